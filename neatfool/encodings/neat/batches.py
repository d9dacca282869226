"""Genomes that live in whatever batches, brought together in one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from neatfool.encodings.genomes import Genomes
from neatfool.types import Ints

if TYPE_CHECKING:
    from neatfool.encodings.neat.brood import Newborn


def together(newborns: Sequence["Newborn"]) -> tuple[Genomes, Ints]:
    """Return a batch that holds genomes of whatever batches, and where they are in it."""
    distinct = dict.fromkeys(newborn.batch for newborn in newborns)
    batches = {id(batch): batch for batch in distinct}
    places = np.array([newborn.place for newborn in newborns])
    if len(batches) == 1:
        return newborns[0].batch, places
    starts = dict(zip(batches, np.cumsum([0, *map(len, batches.values())]), strict=False))
    whole = join(list(batches.values()))
    return whole, places + np.array([starts[id(newborn.batch)] for newborn in newborns])


def join(batches: list[Genomes]) -> Genomes:
    """Make one batch of several; of one, itself."""
    return batches[0] if len(batches) == 1 else type(batches[0]).concatenate(batches)


def copied(newborns: Sequence["Newborn"]) -> Genomes:
    """Copy genomes, of whatever batches, into a batch of their own."""
    batch, places = together(newborns)
    return batch.select(places)


def settle(newborns: Sequence["Newborn"], batch: Genomes) -> None:
    """Tell newborns where they are, and let go of their parents."""
    for place, newborn in enumerate(newborns):
        newborn.batch, newborn.place = batch, place
        newborn.made_of, newborn.is_mutated = (), False
