"""Settings of the robot with four legs."""

from typing import ClassVar, Literal

from pydantic import Field

from neatfool.kinds import KindSettings
from neatfool.types import Json


class QuadrupedSettings(KindSettings):
    """Settings of the robot with four legs."""

    USUAL: ClassVar[Json] = {"run": {"until_solved": False}}
    kind: Literal["quadruped"] = "quadruped"
    """Walk as far as possible on four legs, some of whose joints may be faulty."""
    faulty: int = Field(0, ge=0, le=12)
    """How many of the twelve joints are faulty: they go to a wrong angle, and sense nothing of
    it."""
    error_range: float = Field(5.0, ge=0, le=360)
    """Degrees from the lowest to the highest error; each faulty joint has one of its own, which
    stays as it is throughout an episode."""
    most_steps: int = Field(6000, ge=1, le=1_000_000)
    """After so many steps of a millisecond an episode ends."""
    most_turns: float = Field(0.16, ge=0)
    """The most that joints may change their direction, all of them together, for each step that an
    episode may have; who does it more often has gone nowhere. 0: no limit."""
