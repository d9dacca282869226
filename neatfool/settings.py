"""The one base of all settings: frozen, typed, unknown keys refused (pydantic)."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from neatfool.errors import ConfigError

_EXPECTED = {
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number of at most {le}",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    **dict.fromkeys(("string_type", "string_unicode"), "text"),
    **dict.fromkeys(("list_type", "tuple_type"), "a list"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "keys with values"),
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
    "missing": "a value",
    "extra_forbidden": "no such key",
}
"""What pydantic expected, by the type of its error; its own words are said of others."""
_LONGEST = 200


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
        ConfigError: A key is unknown, of the wrong type or out of range. From ``model_validate``
            and its like that is a ``pydantic.ValidationError``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    FREE: ClassVar[frozenset[str]] = frozenset()

    if not TYPE_CHECKING:  # which knows the keys

        def __init__(self, **given):
            try:
                super().__init__(**given)
            except ValidationError as error:
                said = [explained(each, type(self)) for each in error.errors()[:3]]
                raise ConfigError(f"{type(self).__name__}: {'; '.join(said)}") from None

        __init__.__pydantic_base_init__ = True  # settings within others are not made by it

    def parts(self) -> Iterator["Settings"]:
        """Yield these settings, and all that are within them."""
        yield self
        for _, value in self:
            for each in _within(value):
                yield from each.parts()

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


def settings_in(annotation: Any) -> list[type[Settings]]:
    """List the kinds of settings that a field holds, by its annotation; none: it holds a value."""
    if parts := get_args(annotation):
        return [settings for part in parts for settings in settings_in(part)]
    is_settings = isinstance(annotation, type) and issubclass(annotation, Settings)
    return [annotation] if is_settings else []


def unknown(what: str, name: str, choices: list[str], prefix: str = "") -> str:
    """Say that there is no such key or kind, and which is the nearest, or all that there are."""
    same = [choice for choice in choices if choice.endswith(f".{name}")]
    nearest = same or difflib.get_close_matches(name, choices, n=1, cutoff=0.5)
    hint = f"did you mean {prefix}{nearest[0]}?" if nearest else f"choose from {', '.join(choices)}"
    return f"unknown {what} {prefix}{name:.80}: {hint}"


def explained(error: Mapping[str, Any], settings: type[Settings]) -> str:
    """Say in one line what pydantic found wrong, and with which key."""
    *path, last = [str(part) for part in error["loc"]] or [""]
    owner = settings
    for part in path:
        field = owner.model_fields.get(part)
        owner = next(iter(settings_in(field.annotation)), owner) if field else owner
    if error["type"] == "extra_forbidden":
        prefix = "".join(f"{part}." for part in path)
        return unknown("key", last, list(owner.model_fields), prefix)
    return located(error)


def located(error: Mapping[str, Any]) -> str:
    """Say in one line where pydantic found something wrong, and what."""
    where = ".".join(map(str, error["loc"]))
    return f"{where:.80}: {wrong(error)}".removeprefix(": ")


def wrong(error: Mapping[str, Any]) -> str:
    """Say what pydantic found wrong with a value: what was expected, and what was got."""
    kind, given, said = error["type"], error["input"], expected(error)
    if kind == "value_error" and isinstance(given, Mapping):
        return said  # keys that do not go together, which the message names
    is_number = kind.startswith(("greater_than", "less_than"))  # be it written as text
    got = "none" if kind == "missing" else str(given) if is_number else repr(given)
    return f"{said}, got {got if len(got) <= _LONGEST else got[:_LONGEST] + '…'}"


def expected(error: Mapping[str, Any]) -> str:
    """Say what pydantic expected in place of a value that it found wrong."""
    words = _EXPECTED.get(error["type"])
    if words is None:
        said = error["msg"].removeprefix("Value error, ")
        return re.sub(r"^\w+ should (?:be|have) ", "expected ", said)
    limits = {
        name: f"{limit:,}" if isinstance(limit, int) else f"{limit:,.15g}"
        for name, limit in error.get("ctx", {}).items()
        if isinstance(limit, int | float)
    }
    return f"expected {words.format(**limits)}"
