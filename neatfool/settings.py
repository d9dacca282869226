"""The one base of all settings: frozen, typed, unknown keys refused (pydantic)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict


def _text(path: Path) -> Path:
    """Say why a path can be none."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise ValueError("expected a path that is text; rename it") from None
    if "\0" in str(path):
        raise ValueError("expected a path that is text, without NUL; take it out")
    return path


def _full(path: Path) -> Path:
    """Write a path out, or say why it cannot be."""
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:
        raise ValueError("expected a path of a known user; write it out") from error


TextPath = Annotated[Path, AfterValidator(_text)]
"""A path that can be written into a file."""
FullPath = Annotated[TextPath, AfterValidator(_full)]
"""A path that still means the same when a run is resumed from another folder."""


class Program(NamedTuple):
    """A program that building something from settings runs.

    Attributes:
        spec: What the settings call it.
        files: That it is made of, as far as the settings name them.
    """

    spec: str
    files: tuple[Path, ...]


class Settings(BaseModel):
    """Settings of one part; they never change once built.

    Attributes:
        FREE: Keys that change no result, such as where a file lies.

    Raises:
        pydantic.ValidationError: A key is unknown, of the wrong type or out of range.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )
    FREE: ClassVar[frozenset[str]] = frozenset()

    def programs(self) -> list[Program]:
        """List the programs that building from these settings runs."""
        return [
            program for _, value in self for each in _within(value) for program in each.programs()
        ]

    def binding(self) -> dict[str, Any]:
        """Return all that results depend on, as JSON holds it."""
        tree = self.model_dump(mode="json", exclude=set(self.FREE))
        for name, value in self:
            if name not in self.FREE and (inner := _within(value)):
                bound = [settings.binding() for settings in inner]
                tree[name] = bound[0] if isinstance(value, Settings) else bound
        return tree


def flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Name every value of a tree by the path to it.

    Example:
        >>> flat({"run": {"seed": 3}})
        {'run.seed': 3}
    """
    found: dict[str, Any] = {}
    for key, value in tree.items():
        inner = isinstance(value, Mapping)
        found |= flat(value, f"{prefix}{key}.") if inner else {prefix + key: value}
    return found


def differing(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Name the values of two flat trees that are not the same in both."""
    return [name for name in {**before, **now} if before.get(name) != now.get(name)]


def _within(value: object) -> Sequence[Settings]:
    """List the settings that a value is, or that are in it."""
    if isinstance(value, Settings):
        return [value]
    return [each for each in value if isinstance(each, Settings)] if type(value) is tuple else []
