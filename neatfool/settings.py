"""The one base of all settings: frozen, typed, unknown keys refused (pydantic)."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

FullPath = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]
"""A path that still means the same when a run is resumed from another folder."""


class Settings(BaseModel):
    """Settings of one part; they never change once built.

    Raises:
        pydantic.ValidationError: A key is unknown, of the wrong type or out of range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
