"""Fooling images: evolved against a network by ordinary runs, and what is kept of these."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors.numpy

from neatfool import runs
from neatfool.bounded import read_bytes
from neatfool.data.writing import writing
from neatfool.errors import RunError
from neatfool.files import write_whole
from neatfool.images import to_levels
from neatfool.past.replay import archive_at
from neatfool.reporting import Reporter, Within
from neatfool.search.archive import Archive
from neatfool.streams import stream
from neatfool.types import Arrays, Bytes, Doubles, Ints
from neatfool.workers.chunks import at_once

_NAMES = ("first", "last", "classes", "scores")


@dataclass(frozen=True, eq=False)
class Harvest:
    """The elites of runs against one network, run by run.

    Attributes:
        first: ``(P, C, H, W)`` uint8, those of the first generation.
        last: ``(P, C, H, W)`` uint8, those of the last.
        classes: ``(P,)`` classes that they were evolved for.
        scores: ``(P,)`` confidences in these of the last.
    """

    first: Bytes
    last: Bytes
    classes: Ints
    scores: Doubles

    @property
    def learned_from(self) -> Bytes:
        """Give what a network learns from: of each elite, what it was first and last.

        Returns:
            ``(2 P, C, H, W)``.
        """
        both: Bytes = np.stack([self.first, self.last], axis=1)
        return both.reshape(-1, *self.last.shape[1:])


@dataclass(frozen=True)
class Campaign:
    """Runs against one network.

    Attributes:
        folder: Gets a folder for each run, and beside it what is kept of it.
        changes: Settings of every run, each ``section.key=value``; their seeds follow from below.
        count: How many runs.
        seed: Of all of them.
        path: Words and numbers that name the attack among others of the same seed.
    """

    folder: Path
    changes: tuple[str, ...]
    count: int
    seed: int
    path: tuple[str | int, ...]

    def config(self, number: int) -> runs.Config:
        """Give all settings of one run."""
        seed = seed_of(self.seed, *self.path, number)
        return runs.load_config(None, [*self.changes, f"run.seed={seed}"])


def seed_of(seed: int, *path: str | int) -> int:
    """Derive a seed."""
    return int(stream(seed, *path).integers(1 << 32))


def evolve(attack: Campaign, reporter: Reporter, title: str) -> Harvest:
    """Bring the runs of an attack to their end; those that are done are not begun again.

    Args:
        attack: Which runs.
        reporter: Hears of generations.
        title: What the attack is called.

    Raises:
        NeatfoolError: A run cannot be made.
        Interrupted: Ctrl-C or SIGTERM came; what was evolved is saved.
    """
    found, each = [], attack.config(0).run.generations
    reporter.start(title, attack.count * each)
    for number in range(attack.count):
        folder, file = (attack.folder / f"{number:04d}{suffix}" for suffix in ("", ".safetensors"))
        if not file.exists():
            within = Within(reporter, number * each, "evolving")
            _keep(folder, file, attack.config(number), within)
        found.append(_read(file))
        reporter.step((number + 1) * each)
    reporter.finish()
    return Harvest(*(np.concatenate([run[name] for run in found]) for name in _NAMES))


def _keep(folder: Path, file: Path, config: runs.Config, reporter: Reporter) -> None:
    """Complete a run, and write what is kept of it."""
    parts = runs.complete(config, folder, reporter)
    last = parts.search.archive
    assert last is not None, "it has evolved"
    first = archive_at(folder, 1)
    classes = np.array(parts.task.indices or range(len(parts.task.niches)), np.int64)
    known = np.flatnonzero(first.occupied)
    size = at_once(parts.encoding.shape)
    chunks = [known[start : start + size] for start in range(0, len(known), size)]

    def levels(archive: Archive) -> Bytes:
        found = (parts.encoding.express(archive.genomes.select(some)) for some in chunks)
        return np.concatenate([to_levels(each) for each in found])

    arrays: Arrays = {
        "first": levels(first),
        "last": levels(last),
        "classes": classes[known],
        "scores": last.scores[known].astype(np.float64),
    }
    with writing(file):
        write_whole(file, safetensors.numpy.save(arrays))


def _read(file: Path) -> Arrays:
    try:
        found: Arrays = safetensors.numpy.load(read_bytes(file, None))
        return {name: found[name] for name in _NAMES}
    except (OSError, KeyError, safetensors.SafetensorError) as error:
        raise RunError(
            f"{file}: expected the images that a run left, got {error!s:.100}; take the file away "
            "and call the command again"
        ) from error


def attack_changes(
    changes: Sequence[str], encoding: str, generations: int, classes: int
) -> tuple[str, ...]:
    """Say how a network is attacked.

    Args:
        changes: Which network, and what else is set.
        encoding: Of the images.
        generations: Of each run.
        classes: How many there are to evolve images for: the first ones of the network.
    """
    usual = {
        "task.classes": list(range(classes)),
        "encoding.kind": encoding,
        "run.generations": generations,
    }
    return (*(f"{name}={json.dumps(value)}" for name, value in usual.items()), *changes)
