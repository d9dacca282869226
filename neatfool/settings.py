"""The one base of all settings: frozen, typed, unknown keys refused (pydantic)."""

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Settings of one part; they never change once built.

    Raises:
        pydantic.ValidationError: A key is unknown, of the wrong type or out of range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
