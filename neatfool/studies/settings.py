"""What a study consists of: methods, settings that vary, and seeds; in TOML."""

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import tomli_w
from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, ValidationError

from neatfool.bounded import parse_toml, read_toml
from neatfool.errors import ConfigError, DataError
from neatfool.programs import split_program
from neatfool.sections import (
    Config,
    file_named,
    load_config,
    look_at_config,
    names_programs,
    task_named,
)
from neatfool.settings import Program, Settings, TextPath, explained
from neatfool.studies.measures import check_measures

_MOST_SEEDS = 100_000
_SEEDS = re.compile(r"\s*(\d{1,18})\s*(?:-\s*(\d{1,18})\s*)?")


def parse_seeds(text: object) -> object:
    """Read ``0-29``, ``1,5,9`` or, for the first so many, ``30``; anything else is left as it is.

    Raises:
        ValueError: It is a text that names no seeds, or too many.
    """
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str):
        return text
    found: set[int] = set()
    for part in text.split(","):
        match = _SEEDS.fullmatch(part)
        first, last = (int(each) if each else None for each in match.groups()) if match else (0, 0)
        if match and last is None:  # one number: alone it counts them, in a list it is one
            first, last = (0, int(text) - 1) if "," not in text else (first, first)
        if not match or first is None or last is None or not first <= last < first + _MOST_SEEDS:
            raise ValueError("expected seeds such as 0-29, or 1,5,9, or how many there are: 30")
        found.update(range(first, last + 1))
    return sorted(found)


def written_seeds(seeds: Iterable[int]) -> str:
    """Undo ``parse_seeds``: neighbours are joined."""
    groups = itertools.groupby(enumerate(sorted(seeds)), lambda pair: pair[1] - pair[0])
    spans = [[seed for _, seed in group] for _, group in groups]
    return ",".join(f"{span[0]}-{span[-1]}" for span in spans)


class Method(Settings):
    """One of the things that are compared."""

    name: str = Field(min_length=1)
    """What tables and curves call it."""
    config: str
    """TOML file of settings of a run, or the name of a config or a task, as for `neatfool run`."""
    changes: tuple[str, ...] = ()
    """Settings that differ from the file, each `section.key=value`."""
    published: dict[str, str] = Field(default_factory=dict)
    """Numbers of a paper to show beside ours, by the name of the measure: where pages show the mean
    and, in brackets, the standard deviation."""

    def load(self, changes: Sequence[str], running: bool = True) -> Config:
        """Read and check the settings of a run.

        Args:
            changes: All of them.
            running: Programs that they name may be run, to check their settings.

        Raises:
            ConfigError: A setting is wrong, or the file cannot be read.
        """
        return (load_config if running else look_at_config)(*self.asked(changes))

    def asked(self, changes: Sequence[str]) -> tuple[Path | None, list[str]]:
        """Give what the settings of a run are read from: a file, and changes."""
        path = file_named(self.config)
        named = [] if path else [f"{k}={v}" for k, v in task_named(self.config).items()]
        return path, [*named, *changes]


class StudySettings(Settings):
    """A study: every method, on every treatment, with every seed."""

    title: Annotated[str, AfterValidator(lambda text: " ".join(text.split()))] = "Study"
    """Heading of the page."""
    methods: tuple[Method, ...] = Field(min_length=1)
    """What is compared."""
    seeds: Annotated[tuple[int, ...], BeforeValidator(parse_seeds)] = Field(
        default=tuple(range(10)), min_length=1
    )
    """Seeds of the runs: "0-29", "1,5,9", or how many, "30"."""
    vary: dict[str, Annotated[tuple[JsonValue, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    """Settings that vary, `section.key`, and their values: each combination is a treatment."""
    changes: tuple[str, ...] = ()
    """Settings of all runs, each `section.key=value`."""
    at: tuple[Annotated[int, Field(ge=1)], ...] = ()
    """Generations to compare at; the last one always is."""
    niche: str = ""
    """The niche whose score is compared, by name or index. Unset: the median of all; the first, of
    a search with several objectives."""
    measures: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=("score",), min_length=1
    )
    """What is compared of each run, the first before all; see docs/studies.md."""
    program: str = ""
    """A function of yours that measures a run, `path/file.py:name`: it is given the run folder, and
    returns numbers by name."""
    reference: str = ""
    """The method that all others are compared with. Unset: each with each."""
    runs: TextPath | None = None
    """Folder of the run folders, seen from that of the study. Unset: `runs` in it."""
    commands: tuple[str, ...] = ()
    """Commands that made it, one after the other, for the page."""

    def look(self) -> None:
        """Check the settings of each method, but where they vary or run programs.

        Raises:
            ConfigError: One is wrong, or a file cannot be read.
        """
        for method in self.methods if not self.vary else ():
            path, changes = method.asked((*self.changes, *method.changes))
            if not names_programs(path, changes):
                load_config(path, changes)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the methods."""
        return tuple(method.name for method in self.methods)

    def programs(self) -> list[Program]:
        """List the program that measures runs, if there is one."""
        parts = split_program(self.program)
        return [Program(self.program, (Path(parts[0]).absolute(),))] if parts else []

    def dump(self) -> str:
        """Write it as TOML.

        Raises:
            ConfigError: A value is none that TOML holds.
        """
        tree = self.model_dump(mode="json", exclude_defaults=True)
        try:
            return tomli_w.dumps({**tree, "seeds": written_seeds(self.seeds)})
        except TypeError as error:
            raise ConfigError(
                f"expected values that TOML can hold, got others: {error!s:.200}"
            ) from None


def parse_vary(text: str) -> tuple[str, tuple[JsonValue, ...]]:
    """Read ``section.key=1,2,3``, or ``section.key=[…]`` where values have commas of their own.

    Raises:
        ConfigError: It names no key, or no value.
    """
    key, _, values = text.partition("=")
    parts = [values] if values.lstrip().startswith("[") else values.split(",")
    found = [_value(part) for part in parts]
    many = found[0] if len(found) == 1 and isinstance(found[0], list) else found
    if "." not in key.strip() or not many or "" in many:
        raise ConfigError(
            f"cannot vary {text!r:.80}: expected section.key=VALUE,VALUE, such as "
            "task.regularity=0,50,100"
        )
    return key.strip(), tuple(many)


def _value(text: str) -> JsonValue:
    try:
        value: JsonValue = parse_toml(f"value = {text}")["value"]
    except ValueError:
        return text.strip()
    return value


def is_study(path: Path) -> bool:
    """Say whether a file is of a study, and not of a run: it has methods."""
    try:
        return "methods" in read_toml(path)
    except (OSError, ValueError, DataError):
        return False


def load_study(path: Path, given: Mapping[str, Any]) -> StudySettings:
    """Read a study from its file; what is given stands above it.

    Raises:
        ConfigError: The file cannot be read, or a key or value is wrong.
        DataError: It is no plain file, or too large.
    """
    try:
        tree = read_toml(path)
    except OSError as error:
        raise ConfigError(f"cannot read the study {path}: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"{path} is not TOML: {error!s:.200}") from None
    return make_study({**tree, **given}, f"{path}: ")


def make_study(tree: Mapping[str, Any], where: str = "") -> StudySettings:
    """Check the settings of a study.

    Raises:
        ConfigError: A key or value is wrong.
    """
    try:
        study = StudySettings.model_validate(tree)
    except ValidationError as error:
        said = (explained(each, StudySettings) for each in error.errors()[:3])
        raise ConfigError(where + "; ".join(said)) from None
    if len(set(study.names)) < len(study.names):
        raise ConfigError(f"{where}two methods have one name: give each a name of its own")
    for key, values in study.vary.items():
        if any(each in values[:place] for place, each in enumerate(values)):
            raise ConfigError(f"{where}{key}: expected each value once, got {values}")
    changes = (*study.changes, *(each for method in study.methods for each in method.changes))
    if any(key.split("=")[0].strip() == "run.seed" for key in (*study.vary, *changes)):
        raise ConfigError(f"{where}run.seed: expected seeds of a study as seeds, got a setting")
    if not study.program:
        published = [name for method in study.methods for name in method.published]
        check_measures((*study.measures, *published), where)
    return study
