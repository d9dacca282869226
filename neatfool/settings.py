"""The one base of all settings: frozen, typed, unknown keys refused (pydantic)."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


def _full(path: Path) -> Path:
    """Write a path out, or say why it can be none."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise ValueError("expected a path that is text; rename it") from None
    if "\0" in str(path):
        raise ValueError("expected a path that is text, without NUL; take it out")
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:
        raise ValueError("expected a path of a known user; write it out") from error


FullPath = Annotated[Path, AfterValidator(_full)]
"""A path that still means the same when a run is resumed from another folder."""


class Settings(BaseModel):
    """Settings of one part; they never change once built.

    Raises:
        pydantic.ValidationError: A key is unknown, of the wrong type or out of range.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )
