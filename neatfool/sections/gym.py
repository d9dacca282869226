"""Settings of environments of Gymnasium."""

import importlib.util
import sys
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, JsonValue, TypeAdapter, field_validator

from neatfool.kinds import KindSettings, file_digests
from neatfool.programs import split_program
from neatfool.sections.world import ENCODING, SEARCH
from neatfool.settings import FullPath, Program
from neatfool.types import Json

WRAPPERS = (
    "AtariPreprocessing",
    "ClipAction",
    "ClipReward",
    "DelayObservation",
    "DiscretizeAction",
    "DiscretizeObservation",
    "DtypeObservation",
    "FilterObservation",
    "FlattenObservation",
    "FrameStackObservation",
    "GrayscaleObservation",
    "MaxAndSkipObservation",
    "RepeatAction",
    "RescaleAction",
    "RescaleObservation",
    "ReshapeObservation",
    "ResizeObservation",
    "StickyAction",
    "TimeAwareObservation",
)
"""Those that write no files, open no windows and remember nothing from episode to episode."""

_OURS = {
    "render_mode": "films are made without it",
    "max_episode_steps": "set task.most_steps",
    "disable_env_checker": "it is off",
}

_ENCODING = ENCODING | {"start_range": 3.0}
_SEARCH = SEARCH | {"survival": 0.1}
"""Few become parents: scores are of few episodes, and most children are worse."""


class GymSettings(KindSettings):
    """Settings of the environments of Gymnasium."""

    FREE: ClassVar = frozenset({"processes"})
    NAMED_BY: ClassVar = "id"
    USUAL: ClassVar[Json] = {"encoding": _ENCODING, "search": _SEARCH}
    kind: Literal["gym"] = "gym"
    """An environment of Gymnasium."""
    id: str = Field(default="CartPole-v1", min_length=1)
    """Its id, such as LunarLander-v3; with a colon before it the module that registers it, or your
    own file: gymnasium_robotics:FetchReach-v4, my_worlds.py:Hill-v0."""
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    """Given to gymnasium.make, such as {gravity = -5.0}."""
    wrappers: tuple[dict[str, JsonValue], ...] = ()
    """Wrappers of Gymnasium, the innermost first, each with its arguments:
    [{name = "FrameStackObservation", stack_size = 4}]."""
    normalised: Literal["no", "bounds", "measured"] = "no"
    """What networks see. no: observations as they are. bounds: those with a lower and an upper
    bound from -1 to 1. measured: less the mean, over the standard deviation, of some random play,
    which is the same in every run."""
    most_steps: int | None = Field(default=None, ge=1)
    """After so many steps an episode ends. Unset: as the environment says, or 1000."""
    processes: int | None = Field(default=None, ge=0, le=4096)
    """How many processes step environments; 0: none, this one does. Unset: as many as cores. No
    result depends on it."""
    seconds: float | None = Field(default=None, gt=0)
    """The most that a step may take. If one takes longer, up to twice as long, its process is
    ended, and the network has the worst score. Unset: no limit."""

    @field_validator("id")
    @classmethod
    def _full(cls, name: str) -> str:
        if name.rpartition(":")[2].startswith("GymV"):  # it imports what an argument names
            raise ValueError(
                "expected an environment of Gymnasium, got one of gym: register yours in a file of "
                "your own, FILE.py:ID"
            )
        program = split_program(name)
        if program is None:
            return name
        if not program[1]:
            raise ValueError("expected the id of an environment behind the file; write FILE.py:ID")
        full: Path = TypeAdapter(FullPath).validate_python(program[0])
        return f"{full}:{program[1]}"

    @field_validator("arguments")
    @classmethod
    def _given(cls, arguments: dict[str, JsonValue]) -> dict[str, JsonValue]:
        for name in arguments.keys() & _OURS.keys():
            raise ValueError(f"{name} is none of the arguments: {_OURS[name]}")
        return arguments

    @field_validator("wrappers")
    @classmethod
    def _known(cls, wrappers: tuple[dict[str, JsonValue], ...]) -> Any:
        for wrapper in wrappers:
            if wrapper.get("name") not in WRAPPERS:
                raise ValueError(
                    f"expected wrappers with a name of {', '.join(WRAPPERS)}; register an "
                    "environment of your own for others"
                )
        return wrappers

    @property
    def label(self) -> str:
        """The id alone."""
        return self.id.rpartition(":")[2].rpartition("/")[2]

    @property
    def file(self) -> Path | None:
        """The file of the user that registers the environment, if there is one."""
        program = split_program(self.id)
        return Path(program[0]) if program else None

    def programs(self) -> list[Program]:
        """Name the file or the module that registers the environment."""
        module, colon, _ = self.id.rpartition(":")
        files = (self.file,) if self.file else _files_of(module) if colon else ()
        return [Program(self.id, files), *super().programs()] if files else super().programs()

    def binding(self) -> Json:
        """Return all that results depend on: also what such a file holds."""
        return super().binding() | ({"id.file": file_digests(self.file)} if self.file else {})

    def recipe(self) -> Json:
        """Return what makes the environment."""
        program = split_program(self.id)
        return {
            "program": program and program[0],
            "id": program[1] if program else self.id,
            "arguments": self.arguments,
            "wrappers": [
                (each["name"], {key: value for key, value in each.items() if key != "name"})
                for each in self.wrappers
            ],
            "most_steps": self.most_steps,
        }


def _files_of(module: str) -> tuple[Path, ...]:
    """Find the files of a module and of the packages that it is in, without running them.

    A module that is there without files, as in an archive, stands for the interpreter, so that it
    is not run unasked either.
    """
    top, *inner = module.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return ()
    if spec is None:
        return ()
    found = [Path(spec.origin)] if spec.origin else []
    for place in map(Path, spec.submodule_search_locations or ()):
        for depth in range(1, len(inner) + 1):
            below = place.joinpath(*inner[:depth])
            found += [below.with_suffix(".py"), below / "__init__.py"]
    return tuple(file for file in found if file.is_file()) or (Path(sys.executable),)
