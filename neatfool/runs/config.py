"""The configuration of a run: TOML in, checked settings out, and back to TOML."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import tomli_w
from pydantic import Field, ValidationError

from neatfool.bounded import MOST_DEPTH, parse_toml, read_toml
from neatfool.classifiers import ClassifierSettings
from neatfool.encodings import CppnSettings, EncodingSettings
from neatfool.errors import ConfigError
from neatfool.search import MapElitesSettings, SearchSettings
from neatfool.settings import Settings
from neatfool.tasks import FoolingSettings, TaskSettings
from neatfool.workers import WorkersName


class RunSettings(Settings):
    """How long a run lasts, and where it computes."""

    seed: int = Field(0, ge=0, lt=1 << 63)
    """All that is random follows from it."""
    generations: int = Field(200, ge=1, le=100_000_000)
    """Stop after so many; the random start is the first."""
    target: float | None = Field(None, gt=0, le=1)
    """Stop as soon as every class has at least this confidence, as a fraction: 0.9999."""
    patience: int | None = Field(None, ge=1)
    """Stop when no elite has gained more than ``tolerance`` in so many generations."""
    tolerance: float = Field(1e-4, ge=0)
    """Gain that counts, for ``patience``."""
    seconds: float | None = Field(None, gt=0)
    """Stop after so many seconds of evolution."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where to compute; auto takes a GPU if there is one."""
    workers: WorkersName = "threads"
    """Who evaluates: threads, or processes for tasks that hold Python's lock; as many as cores, or
    so many: processes:4. On a GPU there is one. Changes no result."""
    checkpoint_every: int = Field(25, ge=1)
    """Generations between two checkpoints."""


class Config(Settings):
    """All settings of one run; without any it is the main job: LeNet-5 fooled by CPPNs."""

    classifier: ClassifierSettings = ClassifierSettings()
    task: TaskSettings = Field(FoolingSettings(), discriminator="kind")
    encoding: EncodingSettings = Field(CppnSettings(), discriminator="kind")
    search: SearchSettings = Field(MapElitesSettings(), discriminator="kind")
    run: RunSettings = RunSettings()


def load_config(path: Path | None = None, changes: Iterable[str] = ()) -> Config:
    """Read a TOML file, apply changes and check the result.

    Args:
        path: The file; none: the defaults.
        changes: Each ``section.key=value``, value as in TOML; a bare word is a string.

    Raises:
        ConfigError: The file cannot be read or is not TOML, or a key or value is wrong.
        DataError: It is no plain file, or too large.
    """
    tree = _read(path) if path else {}
    for change in changes:
        _apply(tree, change)
    return _checked(tree, f"{path}: " if path else "")


def load_resolved(path: Path) -> Config:
    """Read the settings that a run wrote down, all of them: none is taken from the defaults.

    Raises:
        ConfigError: As ``load_config``, or a setting is missing.
        DataError: It is no plain file, or too large.
    """
    tree = _read(path)
    there = set(_names(tree))
    config = _checked(tree, f"{path}: ")
    lacking = [n for n in _names(config.model_dump(exclude_none=True)) if n not in there]
    if lacking:
        raise ConfigError(
            f"{path} is not whole: expected all settings, as the run wrote them, got none for "
            f"{lacking[0]}; put the file back"
        )
    return config


def _checked(tree: dict[str, Any], where: str) -> Config:
    """Check what was read; sections that do not say their kind are of the default."""
    for name, default in Config():
        section = tree.setdefault(name, {})
        if isinstance(section, dict) and hasattr(default, "kind"):
            section.setdefault("kind", default.kind)
    try:
        return Config.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(where + "; ".join(_explain(e) for e in error.errors()[:3])) from None


def dump_config(config: Config) -> str:
    """Write every setting as TOML; settings that are none are left out."""
    return tomli_w.dumps(config.model_dump(mode="json", exclude_none=True))


def settings_in(annotation: Any) -> list[type[Settings]]:
    """List the kinds of settings that a field holds, by its annotation; none: it holds a value."""
    if parts := get_args(annotation):
        return [settings for part in parts for settings in settings_in(part)]
    is_settings = isinstance(annotation, type) and issubclass(annotation, Settings)
    return [annotation] if is_settings else []


def kind_of(settings: type[Settings]) -> str:
    """Name a kind of settings, as ``kind`` does."""
    return str(settings.model_fields["kind"].default)


def _read(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path)
    except OSError as error:
        raise ConfigError(f"cannot read the config {path}: {error.strerror}") from None
    except ValueError as error:  # of TOML, of UTF-8, or a number of too many digits
        raise ConfigError(
            f"{path} is not TOML: {error!s:.200}; expected lines such as [run] and seed = 0"
        ) from None


def _names(tree: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Name all keys within all sections."""
    for key, value in tree.items():
        inner = isinstance(value, Mapping)
        yield from _names(value, f"{prefix}{key}.") if inner else [prefix + key]


def _apply(tree: dict[str, Any], change: str) -> None:
    """Set one key of the tree."""
    name, equals, text = change.partition("=")
    path = name.strip().split(".")
    if not (equals and 1 < len(path) <= MOST_DEPTH and all(path)):
        raise ConfigError(
            f"cannot apply {change!r:.80}: expected section.key=value, such as run.seed=3"
        )
    try:
        value = parse_toml(f"value = {text}")["value"]
    except ValueError:
        value = text
    part = tree
    for depth, key in enumerate(path[:-1], start=1):
        part = part.setdefault(key, {})
        if not isinstance(part, dict):
            section = ".".join(path[:depth])
            raise ConfigError(f"{section:.80} must be a section with keys, got {part!r:.80}")
    part[path[-1]] = value


def _explain(error: Mapping[str, Any]) -> str:
    """Say in one line what pydantic found wrong."""
    names: list[str] = []
    owner: type[Settings] = Config
    choices: list[type[Settings]] = [Config]
    for part in map(str, error["loc"]):
        if len(choices) > 1:  # after the name of such a section comes its kind
            choices = [choice for choice in choices if kind_of(choice) == part]
            continue
        names.append(part)
        owner, fields = (choices[0], choices[0].model_fields) if choices else (owner, {})
        choices = settings_in(fields[part].annotation) if part in fields else []
    name = f"{'.'.join(names):.80}"
    if error["type"] == "union_tag_invalid":
        return _unknown(name, str(error["ctx"]["tag"]), [kind_of(choice) for choice in choices])
    if error["type"] == "union_tag_not_found":
        return f"{name}.kind is missing: choose from {', '.join(map(kind_of, choices))}"
    if error["type"] == "extra_forbidden":
        prefix = ".".join([*names[:-1], ""])
        return _unknown("key", names[-1], list(owner.model_fields), f"{prefix:.80}")
    message = error["msg"].removeprefix("Value error, ")
    if isinstance(error["input"], Mapping) and error["type"] == "value_error":
        return f"{name}: {message}"  # keys that do not go together, which the message names
    got = repr(error["input"])
    return f"{name}: {message}, got {got if len(got) <= 200 else got[:200] + '…'}"


def _unknown(what: str, name: str, choices: list[str], prefix: str = "") -> str:
    nearest = difflib.get_close_matches(name, choices, n=1, cutoff=0.5)
    hint = f"did you mean {prefix}{nearest[0]}?" if nearest else f"choose from {', '.join(choices)}"
    return f"unknown {what} {prefix}{name:.80}: {hint}"
