"""Pictures drawn at random for people to name: elites of runs, and real ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from neatfool.classifiers import imagenet_ids, imagenet_labels
from neatfool.data.real import LabelledPictures, find_real
from neatfool.errors import DataError
from neatfool.images import to_levels
from neatfool.past.overview import newest_archive, read_overview
from neatfool.streams import stream
from neatfool.types import Bytes
from neatfool.workers.chunks import at_once

_DIGITS = 10
"""Classes of the files of MNIST."""
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Drawn:
    """A picture before it is a card."""

    levels: Bytes
    run: str | None
    index: int
    confidence: float | None = None


def find_elites(root: Path, runs: Mapping[str, Path]) -> tuple[list[Drawn], dict[int, str]]:
    """List the elites of runs, and name their classes by index.

    Args:
        root: Where the runs are.
        runs: Their folders, by name.

    Raises:
        DataError: There are none, or of different shapes, or they call a class differently.
    """
    evolved, names = list[Drawn](), dict[int, str]()
    for name, run in runs.items():
        elites, its_names = _elites(name, run)
        evolved += elites
        for index, its_name in its_names.items():
            if names.setdefault(index, its_name) != its_name:
                raise DataError(
                    f"run {name}: expected class {index} to be {names[index]:.40}, as in other "
                    f"runs, got {its_name:.40}; rate runs of one network at a time"
                )
    if not evolved:
        raise DataError(
            f"{root}: expected runs that fool a network with images, got none; choose another"
        )
    shape = evolved[0].levels.shape
    if odd := next((each for each in evolved if each.levels.shape != shape), None):
        raise DataError(
            f"run {odd.run}: expected images of shape {shape}, as those of {evolved[0].run}, "
            f"got {odd.levels.shape}; rate runs of one shape at a time"
        )
    return evolved, names


def _elites(name: str, folder: Path) -> tuple[list[Drawn], dict[int, str]]:
    """List the elites of a run, and name its classes by index; of other tasks, none.

    One that holds several niches is there once, for the niche of its highest score.
    """
    overview, (archive, found) = read_overview(folder), newest_archive(folder)
    if found.about.shape is None or not found.about.unit.is_confidence:
        return [], {}
    known = [row for row, each in enumerate(overview.niches) if each.score is not None]
    best: dict[int, int] = {}
    for row in sorted(known, key=lambda row: -(overview.niches[row].score or 0)):
        best.setdefault(int(archive.keys[row]), row)
    rows = list(best.values())
    elites, size = list[Drawn](), at_once(found.about.shape)
    for first in range(0, len(rows), size):
        some = rows[first : first + size]
        levels = to_levels(found.encoding.express(archive.genomes.select(np.array(some))))
        niches = [overview.niches[row] for row in some]
        elites += [
            Drawn(image, name, niche.index, niche.score)
            for image, niche in zip(levels, niches, strict=True)
        ]
    return elites, dict(zip(found.about.indices, found.about.names, strict=True))


def draw_real(folder: Path, names: Mapping[int, str], count: int, seed: int) -> LabelledPictures:
    """Draw real pictures of classes.

    Args:
        folder: As ``find_real`` takes it.
        names: Of the classes, by index.
        count: How many.
        seed: Decides which.

    Raises:
        DataError: There are too few, or one is of no class.
    """
    imagenet = dict(enumerate(imagenet_labels()))
    known = imagenet if len(names) > 1 and names.items() <= imagenet.items() else names
    labels = [known.get(index, str(index)) for index in range(max(_DIGITS, max(known) + 1))]
    ids = imagenet_ids() if len(labels) == len(imagenet_ids()) else ()
    found = find_real(folder, labels, ids)
    places = np.flatnonzero(np.isin(found.classes, list(names))).tolist()
    what = f"pictures of the classes in {folder}"
    return found.select(np.array(draw_some(places, count, stream(seed, "deck", "real"), what)))


def draw_some(all_: Sequence[T], count: int, random: np.random.Generator, what: str) -> list[T]:
    """Draw so many of a sequence.

    Raises:
        DataError: There are fewer.
    """
    if len(all_) < count:
        raise DataError(
            f"expected at least {count} {what}, got {len(all_)}; ask for fewer by --count"
        )
    return [all_[place] for place in random.choice(len(all_), count, replace=False)]
