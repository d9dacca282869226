"""The runs that a study takes."""

import contextlib
import functools
import hashlib
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from neatfool.bounded import read_bytes
from neatfool.errors import ConfigError
from neatfool.kinds import file_digest
from neatfool.programs import files_of, split_program
from neatfool.runs import Config
from neatfool.studies.settings import Method, StudySettings

_LONGEST = 120
"""Bytes of a name of files, which may be 255 with what is put before and after."""


def treatments_of(study: StudySettings) -> list["Treatment"]:
    """List all combinations of the numbers that vary; one, with nothing, if none does."""
    return _combinations(
        {key: values for key, values in study.vary.items() if _are_numbers(values)}
    )


def contenders_of(study: StudySettings) -> list["Contender"]:
    """List what is compared: all methods, with all combinations of what varies and is no number.

    Raises:
        ConfigError: The reference is none of them.
    """
    kinds = {key: values for key, values in study.vary.items() if not _are_numbers(values)}
    found = [Contender(m, each) for m in study.methods for each in _combinations(kinds)]
    names = [each.name for each in found]
    if study.reference and study.reference not in names:
        raise ConfigError(
            f"reference: expected one of {'; '.join(names)}; got {study.reference!r:.80}"
        )
    return found


def jobs_of(study: StudySettings, folder: Path) -> list["Job"]:
    """List all runs, in the order of the tables.

    Args:
        study: Of which they are.
        folder: Of their folders.

    Raises:
        ConfigError: Two of them have one name, or as ``contenders_of``.
    """
    made = [
        Job(contender, treatment, seed, study.changes, study.program, study.niche, folder)
        for treatment in treatments_of(study)
        for contender in contenders_of(study)
        for seed in study.seeds
    ]
    (name, times), *_ = Counter(job.name.lower() for job in made).most_common(1)
    if times > 1:
        raise ConfigError(
            f"two runs of the study would have the name {name!r}: give methods names that differ, "
            "in a file of the study, and each value once"
        )
    return made


def _combinations(vary: Mapping[str, Sequence[JsonValue]]) -> list["Treatment"]:
    return [Treatment(vary, values) for values in itertools.product(*vary.values())]


def _are_numbers(values: Sequence[JsonValue]) -> bool:
    return all(isinstance(each, int | float) and not isinstance(each, bool) for each in values)


class Treatment:
    """One combination of settings that vary.

    Args:
        vary: Their keys.
        values: One for each.
    """

    def __init__(self, vary: Iterable[str], values: Sequence[JsonValue]) -> None:
        self.values = dict(zip(vary, values, strict=True))

    def __str__(self) -> str:
        lasts = [key.rpartition(".")[2] for key in self.values]
        names = lasts if len(set(lasts)) == len(lasts) else self.values
        return ", ".join(
            f"{name}={plain(value)}"
            for name, value in zip(names, self.values.values(), strict=True)
        )

    @property
    def changes(self) -> list[str]:
        """Those that it makes to settings."""
        return [f"{key}={_inline(value)}" for key, value in self.values.items()]

    @property
    def number(self) -> float | None:
        """The value of the one setting that varies; none: there are several, or none."""
        values = list(self.values.values())
        return float(values[0]) if len(values) == 1 else None  # type: ignore[arg-type]


@dataclass(frozen=True)
class Contender:
    """What tables and tests compare.

    Attributes:
        method: Its settings.
        chosen: What differs beside them, such as the kind of encoding.
    """

    method: Method
    chosen: Treatment

    @property
    def name(self) -> str:
        """What it is called."""
        return ", ".join(filter(None, (self.method.name, str(self.chosen))))


@dataclass(frozen=True)
class Job:
    """One run of a study.

    Attributes:
        contender: What runs.
        treatment: The numbers that vary.
        seed: Of the run.
        changes: Settings of all runs.
        program: As in the study.
        niche: As in the study.
        root: Folder of the run folders.
    """

    contender: Contender
    treatment: Treatment
    seed: int
    changes: tuple[str, ...]
    program: str
    niche: str
    root: Path

    @property
    def group(self) -> str:
        """Name of all its runs that differ in the seed alone, as folders may be called."""
        parts = ",".join(filter(None, (self.contender.name, str(self.treatment))))
        return plain_name(parts)

    @property
    def name(self) -> str:
        """Of its folder, within that of all."""
        return f"{self.group}/seed-{self.seed}"

    @property
    def folder(self) -> Path:
        """Where it runs."""
        return self.root / self.name

    @property
    def settings(self) -> tuple[str, ...]:
        """All changes to the file of the method."""
        own = (*self.contender.method.changes, *self.contender.chosen.changes)
        return (*self.changes, *own, *self.treatment.changes, f"run.seed={self.seed}")

    @property
    def varied(self) -> dict[str, JsonValue]:
        """The values of all that varies, by key."""
        return {**self.contender.chosen.values, **self.treatment.values}

    def load(self, running: bool = True) -> Config:
        """Read and check its settings.

        Args:
            running: Programs that they name may be run.

        Raises:
            ConfigError: One is wrong.
        """
        try:
            return self.contender.method.load(self.settings, running)
        except ConfigError as error:
            raise ConfigError(f"{self.name}: {error}") from None

    @functools.cached_property
    def digest(self) -> str:
        """Of all that its numbers depend on: settings, and the files that they name.

        Raises:
            ConfigError: A setting is wrong, or a file cannot be read.
        """
        sections = [section for _, section in self.load()]
        programs = [section.programs() for section in sections]
        files = [*_files(programs), *_files([section.model_dump() for section in sections])]
        program = split_program(self.program)
        files += [Path(program[0])] if program else []
        path, _ = self.contender.method.asked(())
        said = read_bytes(path) if path else self.contender.method.config.encode()
        hashed = hashlib.sha256(said + "\n".join((*self.settings, self.niche)).encode())
        try:
            for file in files:
                moments = (each.stat().st_mtime_ns for each in files_of(file))
                hashed.update(_digest_of(file, *moments).encode())
        except OSError as error:
            raise ConfigError(f"cannot read {error.filename}: {error.strerror}") from None
        return hashed.hexdigest()


@functools.cache
def _digest_of(file: Path, *_: int) -> str:
    return file_digest(file)


def _files(within: object) -> Iterator[Path]:
    """Find the files that are named somewhere, as paths or as text, such as models."""
    if isinstance(within, Path | str):
        with contextlib.suppress(OSError, ValueError):  # of text that is no path
            yield from [Path(within)] if Path(within).is_file() else []
    elif isinstance(within, dict | list | tuple):
        for each in within.values() if isinstance(within, dict) else within:
            yield from _files(each)


def plain_name(text: str) -> str:
    """Write a name as files may be called; a digest stands for letters that ASCII has not, or many.

    Equal names are written equally, whatever other names there are.
    """
    plain = re.sub(r"[^\w.=,+-]+", "_", text).strip(".")
    is_told = re.search(r"[^\W_]", plain) and not re.search(r"[^\w\s!-~]", text)
    if is_told and len(plain.encode()) <= _LONGEST:
        return plain
    short = plain.encode()[:_LONGEST].decode(errors="ignore")
    return f"{short}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _inline(value: JsonValue) -> str:
    """Write a value as TOML has it in one line."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)} = {_inline(each)}" for key, each in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    return json.dumps(value)


def plain(value: JsonValue) -> str:
    """Write a value as tables and names have it."""
    return value if isinstance(value, str) else json.dumps(value)
