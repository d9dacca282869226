"""Real pictures beside evolved ones: how far these are from them, and one of the same class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from neatfool.data import load_pictures
from neatfool.data.real import find_real, has_idx
from neatfool.errors import DataError
from neatfool.images import to_png
from neatfool.past.elites import levels_of
from neatfool.reports.pages.thumbnails import thumbnails
from neatfool.types import Images, Ints, Json, Shape

_MOST = 3 * 2**20
"""Bytes of real pictures on a page."""


@dataclass(frozen=True, eq=False)
class Compared:
    """Pictures that the elites of a run are compared with.

    Attributes:
        name: Of their folder or file.
        images: ``(N, C, H, W)`` float32 in [0, 1].
        classes: ``(N,)`` indices of their classes; none: these are not known.
    """

    name: str
    images: Images
    classes: Ints | None = None


class Example(NamedTuple):
    """A real picture of a class, the one that is most like the elite."""

    picture: bytes
    among: int
    """Pictures of the class that there are."""


def read_real(path: Path, shape: Shape, names: Mapping[int, str], classes: int) -> Compared:
    """Read real pictures; with their classes, where they say these.

    Pictures say their classes by their names or folders, as those of ``neatfool check`` do.

    Args:
        path: A folder of pictures or of the four files of MNIST, or an IDX file.
        shape: ``(C, H, W)`` wanted.
        names: Of the classes of the run, by their index.
        classes: Of the network that was fooled; 0: there is none.

    Raises:
        DataError: There are no pictures, or they do not fit.
    """
    name = path.resolve().name
    if classes and path.is_dir():
        try:
            found = find_real(path, [names.get(index, "") for index in range(classes)])
        except DataError:
            if has_idx(path):
                raise
        else:
            levels = found.read(0, len(found), shape)
            return Compared(name, torch.from_numpy(levels).float() / 255, found.classes)
    return Compared(name, torch.from_numpy(load_pictures(path, shape)))


def examples(
    real: Compared | None, niches: Sequence[Json], pngs: Sequence[bytes | None]
) -> dict[int, Example]:
    """Choose a real picture of each class, by the index of the class.

    Args:
        real: Real pictures, or none.
        niches: As in ``report.json``.
        pngs: ``K`` PNG files, the elites in the order of the niches.
    """
    if real is None or real.classes is None:
        return {}
    chosen, counts = dict[int, bytes](), dict[int, int]()
    for entry, png in zip(niches, pngs, strict=True):
        places = np.flatnonzero(real.classes == entry["index"])
        if png is None or not len(places):
            continue
        own = real.images[torch.from_numpy(places)]
        elite = torch.from_numpy(levels_of([png])).float() / 255
        nearest = int((own - elite).flatten(1).square().mean(dim=1).argmin())
        chosen[entry["index"]] = to_png(own[nearest])
        counts[entry["index"]] = len(places)
    small = thumbnails([*chosen.values()], _MOST, _MOST)
    return {k: Example(file, counts[k]) for k, file in zip(chosen, small, strict=True)}
