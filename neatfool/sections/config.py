"""The configuration of a run: TOML in, checked settings out, and back to TOML."""

import difflib
import functools
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import tomli_w
from pydantic import SerializeAsAny, ValidationError

from neatfool.bounded import MOST_DEPTH, parse_toml, read_toml
from neatfool.errors import ConfigError
from neatfool.kinds import KindSettings, name_of
from neatfool.programs import run_program, split_program
from neatfool.sections.classifier import ClassifierSettings
from neatfool.sections.encoding import KINDS as ENCODINGS
from neatfool.sections.encoding import CppnSettings
from neatfool.sections.run import RunSettings
from neatfool.sections.search import KINDS as SEARCHES
from neatfool.sections.search import IslandsSettings
from neatfool.sections.searches import MapElitesSettings
from neatfool.sections.task import KINDS as TASKS
from neatfool.sections.task import FoolingSettings
from neatfool.settings import Settings, flat, settings_in, unknown, wrong
from neatfool.stored.shipped import config_file, shipped, shipped_file
from neatfool.types import Json

KINDS = {"task": TASKS, "encoding": ENCODINGS, "search": SEARCHES}
"""What there is to choose from, by section."""


class Config(Settings):
    """All settings of one run; without any it is the main job: LeNet-5 fooled by CPPNs."""

    task: SerializeAsAny[KindSettings] = FoolingSettings()
    encoding: SerializeAsAny[KindSettings] = CppnSettings()
    search: SerializeAsAny[KindSettings] = MapElitesSettings()
    run: RunSettings = RunSettings()

    @property
    def batch(self) -> int:
        """Genomes in a generation, which every search has among its settings."""
        return int(getattr(self.search, "batch", 0))

    @property
    def is_recorded(self) -> bool:
        """Whether something else evolved it: it can be looked at, and not be run."""
        return any(getattr(section, "RECORDED", False) for _, section in self)

    def named(self) -> dict[str, float | str]:
        """Return every setting by its name: numbers, truths and text; lists are written as text."""
        found = flat(self.model_dump(mode="json", exclude_none=True))
        plain = (float, int, str)  # truths are ints
        return {name: v if isinstance(v, plain) else json.dumps(v) for name, v in found.items()}


_DEFAULT: dict[str, Settings] = dict(Config())
_ISLANDS = name_of(IslandsSettings)


def load_config(path: Path | None = None, changes: Iterable[str] = ()) -> Config:
    """Read a TOML file, apply changes and check the result.

    Classes of users that it names are looked at, which runs the files that they are in.

    Args:
        path: The file; none: the defaults.
        changes: Each ``section.key=value``, value as in TOML; a bare word is a string. Or a whole
            section, ``encoding={kind="weights"}``, of which nothing that the file has stays.

    Raises:
        ConfigError: The file cannot be read or is not TOML, or a key or value is wrong.
        DataError: It is no plain file, or too large.
    """
    return _run(_changed(path, changes), f"{path}: " if path else "")


def look_at_config(path: Path | None = None, changes: Iterable[str] = ()) -> Config:
    """Read settings as ``load_config`` does, without running a program that they name.

    Settings of classes of users are taken as they are, ``Unchecked``.

    Raises:
        ConfigError: As ``load_config``.
        DataError: As ``load_config``.
    """
    return _checked(_changed(path, changes), f"{path}: " if path else "", None)


def names_programs(path: Path | None, changes: Iterable[str] = ()) -> bool:
    """Say whether ``load_config`` would run files of users, for the classes in them.

    Raises:
        ConfigError: As ``load_config``, of a file or a change that cannot be read.
        DataError: As ``load_config``.
    """
    kinds = (v for key, v in flat(_changed(path, changes)).items() if key.endswith(".kind"))
    return any(split_program(str(kind)) for kind in kinds)


def task_named(name: str) -> dict[str, str]:
    """Say which settings of a task its name stands for: ``gym:CartPole-v1`` is a kind and an id."""
    kind, colon, rest = name.partition(":")
    settings = TASKS.named.get(kind)
    if colon and settings is not None and settings.NAMED_BY:
        return {"task.kind": kind, f"task.{settings.NAMED_BY}": json.dumps(rest)}
    return {"task.kind": name}


def file_named(what: str) -> Path | None:
    """Find the file of a config, by its path or name; none: it names a task, or nothing.

    Raises:
        ConfigError: It is neither, but nearly a config.
    """
    tasks = TASKS.named
    if what.lower().endswith(".toml") or (what not in tasks and shipped_file(what)):
        return config_file(what)
    if what not in tasks and ":" not in what and difflib.get_close_matches(what, shipped(), n=1):
        raise ConfigError(unknown("task", what, [*tasks, *shipped()]))
    return None


def load_classifier(changes: Iterable[str]) -> ClassifierSettings:
    """Apply changes, each ``task.classifier.key=value``, to the settings of a classifier.

    Raises:
        ConfigError: As ``load_config``.
    """
    tree = _changed(None, changes)
    try:
        return ClassifierSettings.model_validate(tree.get("task", {}).get("classifier", {}))
    except ValidationError as error:
        said = [_explain(e, "task.classifier", ClassifierSettings) for e in error.errors()]
        raise ConfigError("; ".join(said[:3])) from None


def load_resolved(path: Path, changes: Iterable[str] = ()) -> Config:
    """Read the settings that a run wrote down, all of them: none is taken from the defaults.

    No program is run: settings of classes of users are taken as they are, ``Unchecked``.

    Raises:
        ConfigError: As ``load_config``, or a setting is missing.
        DataError: It is no plain file, or too large.
    """
    tree = _changed(path, changes)
    there = set(_names(tree))
    config = _checked(tree, f"{path}: ", None)
    lacking = [n for n in _names(config.model_dump(exclude_none=True)) if n not in there]
    if lacking:
        raise ConfigError(
            f"{path} is not whole: expected all settings, as the run wrote them, got none for "
            f"{lacking[0]}; put the file back"
        )
    return config


def checked(config: Config, sections: Collection[str] = tuple(KINDS)) -> Config:
    """Check what ``load_resolved`` did not look at; this runs the files that it names.

    Args:
        config: All settings.
        sections: Those to check.

    Raises:
        ConfigError: As ``load_config``.
    """
    found = {name: getattr(config, name) for name in sections}
    tree = {
        name: section.model_dump(mode="json", exclude_none=True)
        for name, section in found.items()
        if not section.is_checked
    }
    made = _run(tree)
    return config.model_copy(update={name: getattr(made, name) for name in tree})


def _changed(path: Path | None, changes: Iterable[str]) -> Json:
    """Read a file, if there is one, and apply changes."""
    tree = _read(path) if path else {}
    for change in changes:
        _apply(tree, change)
    return tree


def _run(tree: Mapping[str, Any], where: str = "") -> Config:
    """Check what was read; files that it names are run, each once, whatever they are named for."""
    return _checked(tree, where, functools.cache(run_program))


def _checked(
    tree: Mapping[str, Any], where: str, run: Callable[[Path], ModuleType] | None
) -> Config:
    """Check what was read; sections that do not say their kind are of the default."""
    made: dict[str, Settings] = {}
    said = [unknown("key", name, list(_DEFAULT)) for name in tree if name not in _DEFAULT]
    for name, default in _DEFAULT.items():
        section = tree.get(name, {})
        if not isinstance(section, Mapping):
            said.append(f"{name}: expected a section with keys, got {section!r:.80}")
            continue
        settings: type[Settings] = type(default)
        if name != "task" and "task" in made:
            section = _usual(section, made["task"], name)
        if isinstance(default, KindSettings):
            kind = KINDS[name].settings(str(section.get("kind", default.kind)), run)
            settings, section = kind, {"kind": default.kind, **section} | _own(kind)
        try:
            made[name] = settings.model_validate(section, context={"run": run})
        except ValidationError as error:
            said += [_explain(each, name, settings) for each in error.errors()]
    if said:
        raise ConfigError(where + "; ".join(said[:3]))
    return Config(**made)


def _usual(section: Mapping[str, Any], task: Settings, name: str) -> Mapping[str, Any]:
    """Fill a section up with what is usual for a task, unless it is of another kind.

    Islands are filled up with what is usual within them, but for the batch, which they share out.
    """
    usual: Json = task.USUAL.get(name, {}) if isinstance(task, KindSettings) else {}
    within = section.get("within", {})
    if usual and section.get("kind") == _ISLANDS and isinstance(within, Mapping):
        each = {key: value for key, value in usual.items() if key != "batch"}
        return {**section, "within": _filled(within, each)}
    return _filled(section, usual)


def _filled(section: Mapping[str, Any], usual: Json) -> Mapping[str, Any]:
    """Fill a section up, unless it is of another kind."""
    if section.get("kind", usual.get("kind")) != usual.get("kind"):
        return section
    given = {**usual, **section}
    for key, value in usual.items():
        if isinstance(value, dict) and isinstance(given[key], Mapping):  # else it is told later
            given[key] = {**value, **given[key]}
    return given


def _own(settings: type[KindSettings]) -> dict[str, str]:
    """Give the kind of a class of users its full path."""
    kind = name_of(settings)
    return {"kind": kind} if split_program(kind) else {}


def dump_config(config: Config) -> str:
    """Write every setting as TOML; settings that are none are left out.

    Raises:
        ConfigError: TOML cannot hold one, of a class of users.
    """
    return "\n".join(_dumped(name, section) for name, section in config)


def _dumped(name: str, section: Settings) -> str:
    try:
        text = tomli_w.dumps({name: section.model_dump(mode="json", exclude_none=True)})
        text.encode()
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"{name}: expected settings that TOML can hold (text, numbers, truths, lists and "
            f"tables of them), got others: {error!s:.200}; change the class of its settings"
        ) from None
    return text


def parse_config(text: str) -> Config:
    """Undo ``dump_config``; this runs the files that it names.

    Raises:
        ConfigError: As ``load_config``.
    """
    return _run(parse_toml(text))


def _read(path: Path) -> Json:
    try:
        tree: Json = read_toml(path)
    except OSError as error:
        raise ConfigError(f"cannot read the config {path}: {error.strerror}") from None
    except ValueError as error:  # of TOML, of UTF-8, or a number of too many digits
        raise ConfigError(
            f"{path} is not TOML: {error!s:.200}; expected lines such as [run] and seed = 0"
        ) from None
    if "methods" in tree:
        raise ConfigError(f"{path} is a study: expected settings of one run; use `neatfool study`")
    return tree


def _names(tree: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Name all keys within all sections."""
    for key, value in tree.items():
        inner = isinstance(value, Mapping)
        yield from _names(value, f"{prefix}{key}.") if inner else [prefix + key]


def _apply(tree: Json, change: str) -> None:
    """Set one key of the tree, or a section."""
    name, equals, text = change.partition("=")
    path = name.strip().split(".")
    try:
        value = parse_toml(f"value = {text}")["value"]
    except ValueError:
        value = text
    least = 1 if isinstance(value, dict) else 2
    if not (equals and least <= len(path) <= MOST_DEPTH and all(path)):
        raise ConfigError(
            f"cannot apply {change!r:.80}: expected section.key=value, such as run.seed=3"
        )
    part = tree
    for depth, key in enumerate(path[:-1], start=1):
        part = part.setdefault(key, {})
        if not isinstance(part, dict):
            section = ".".join(path[:depth])
            raise ConfigError(f"{section:.80} must be a section with keys, got {part!r:.80}")
    part[path[-1]] = value


def _explain(error: Mapping[str, Any], section: str, settings: type[Settings]) -> str:
    """Say in one line what pydantic found wrong with a section."""
    names = [section]
    owner, choices = settings, [settings]
    for part in map(str, error["loc"]):
        if len(choices) > 1:  # after the name of such a section comes its kind
            choices = [choice for choice in choices if name_of(choice) == part]
            continue
        names.append(part)
        owner, fields = (choices[0], choices[0].model_fields) if choices else (owner, {})
        choices = settings_in(fields[part].annotation) if part in fields else []
    name = f"{'.'.join(names):.80}"
    if error["type"] == "union_tag_invalid":
        return unknown(name, str(error["ctx"]["tag"]), [name_of(choice) for choice in choices])
    if error["type"] == "union_tag_not_found":
        return f"{name}.kind is missing: choose from {', '.join(map(name_of, choices))}"
    if error["type"] == "extra_forbidden":
        prefix = ".".join([*names[:-1], ""])
        kinds = KINDS[section].named if section in KINDS and len(names) == 2 else {}
        others = [kind for kind, each in kinds.items() if names[1] in each.model_fields]
        is_in_group = any(key.endswith(f".{names[-1]}") for key in _keys(owner))
        if others and not is_in_group:
            return (
                f"unknown key {name}: {section}.kind {name_of(settings)} has none; it is a key of "
                f"{' and '.join(others)}"
            )
        return unknown("key", names[-1], _keys(owner), f"{prefix:.80}")
    return f"{name}: {wrong(error)}"


def _keys(settings: type[Settings]) -> list[str]:
    """Name the keys of settings, and those of the groups within it."""
    groups = {name: settings_in(field.annotation) for name, field in settings.model_fields.items()}
    inner = [f"{name}.{key}" for name, of in groups.items() for each in of for key in _keys(each)]
    return [*groups, *dict.fromkeys(inner)]
