"""The configuration of a run: TOML in, checked settings out, and back to TOML."""

import difflib
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import tomli_w
from pydantic import Field, ValidationError

from neatfool.classifiers import ClassifierSettings
from neatfool.encodings import CppnSettings, EncodingSettings
from neatfool.errors import ConfigError
from neatfool.search import MapElitesSettings, SearchSettings
from neatfool.settings import Settings
from neatfool.tasks import FoolingSettings, TaskSettings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


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
    threads: int | None = Field(None, ge=1, le=4096)
    """Threads to evaluate with on the CPU; none: all cores. Changes no result."""
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
    """
    tree = _read(path) if path else {}
    for change in changes:
        _apply(tree, change)
    where = f"{path}: " if path else ""
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


def _read(path: Path) -> dict[str, Any]:
    try:
        tree: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return tree
    except OSError as error:
        raise ConfigError(f"cannot read the config {path}: {error.strerror}") from None
    except ValueError as error:  # of TOML, of UTF-8, or a number of too many digits
        raise ConfigError(
            f"{path} is not TOML: {error}; expected lines such as [run] and seed = 0"
        ) from None


def _apply(tree: dict[str, Any], change: str) -> None:
    """Set one key of the tree."""
    name, equals, text = change.partition("=")
    section, dot, key = name.strip().partition(".")
    if not (equals and dot and section and key):
        raise ConfigError(
            f"cannot apply {change!r}: expected section.key=value, such as run.seed=3"
        )
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        value = text
    part = tree.setdefault(section, {})
    if not isinstance(part, dict):
        raise ConfigError(f"{section} must be a section with keys, got {part!r}")
    part[key] = value


def _explain(error: Mapping[str, Any]) -> str:
    """Say in one line what pydantic found wrong."""
    location = [str(part) for part in error["loc"]]
    field = Config.model_fields.get(location[0])
    choices = {choice().kind: choice for choice in get_args(field.annotation)} if field else {}
    if error["type"] == "union_tag_invalid":
        return _unknown(location[0], str(error["ctx"]["tag"]), list(choices))
    known: Any = Config if len(location) == 1 or field is None else field.annotation
    if choices and len(location) > 2:
        known = choices[location.pop(1)]
    name = ".".join(location)
    if error["type"] == "extra_forbidden":
        prefix = ".".join([*location[:-1], ""])
        return _unknown("key", name, [prefix + key for key in known.model_fields])
    came = repr(error["input"])
    return f"{name}: {error['msg']}, got {came if len(came) <= 200 else came[:200] + '…'}"


def _unknown(what: str, name: str, choices: list[str]) -> str:
    nearest = difflib.get_close_matches(name, choices, n=1, cutoff=0.5)
    hint = f"did you mean {nearest[0]}?" if nearest else f"choose from {', '.join(choices)}"
    return f"unknown {what} {name}: {hint}"
