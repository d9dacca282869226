"""What a visitor is told when something cannot be done."""

from typing import Any

from neatfool.settings import Settings


class Refusal(Exception):  # noqa: N818 - not a failure of the server
    """A request that is answered with one sentence.

    Args:
        status: Of HTTP, 4xx or 503.
        message: For people: what was expected, what came, what to do.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Problem(Settings):
    """Why a request was refused."""

    error: str


REFUSED: dict[int | str, dict[str, Any]] = {"4XX": {"model": Problem, "description": "Refused"}}
"""What routes answer where they refuse."""
