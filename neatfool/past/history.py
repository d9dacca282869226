"""What pictures of a run need, gathered while it is replayed."""

from collections import defaultdict
from itertools import islice

import numpy as np

from neatfool.encodings import Genomes
from neatfool.networks import Graphs
from neatfool.past.lineage import Family
from neatfool.past.records import latest_over_time
from neatfool.past.replay import Moment, Replay
from neatfool.runs.record import each_line
from neatfool.search import Archive
from neatfool.stored.layout import POPULATION
from neatfool.types import Doubles, Ints, Scores

MEASURES = ("hidden nodes", "edges")


class Origins:
    """Which species came of which.

    Attributes:
        found: By key of a species, the one in which, a generation before, most of its first members
            were, or their first parents if they were newborn. Those of the start have none.
    """

    def __init__(self) -> None:
        self.found: dict[int, int] = {}
        self._homes: dict[int, int] = {}

    def note(self, keys: Ints, parents: Ints, species: Ints) -> None:
        """Write down a generation: of each genome its key, its first parent's and its species'."""
        before, members = self._homes, zip(keys.tolist(), parents.tolist(), strict=True)
        homes = species.tolist()
        known, came = {*before.values()}, defaultdict[int, list[int]](list)
        for (key, parent), home in zip(members, homes, strict=True):
            above = before.get(key, before.get(parent))
            if home not in known and above is not None:
                came[home].append(above)
        self.found |= {home: max(sorted(those), key=those.count) for home, those in came.items()}
        self._homes = dict(zip(keys.tolist(), homes, strict=True))


class History:
    """A run from its first generation to its last.

    Attributes:
        archive: The elites at the end.
        family: Who descends from whom.
        elites: For each generation, the least, the median and the largest size of all elites'
            networks, by each of ``MEASURES``: ``(M, 3)``, NaN where there are none.
        everyone: For each generation, the median of all its genomes: ``(M,)``.
        species: For each generation of a population, keys of species and how many members each
            has; empty for an archive.
        origins: Which species came of which.
        bests: For each generation, its best score, as far as it is recorded; NaN: there is none.
        fronts: For each generation of a search with several objectives, the scores ``(F, K)`` of
            its front; else empty.
    """

    def __init__(self, again: Replay) -> None:
        self.family = Family()
        """Empty, if something else evolved the run: nobody knows who descends from whom."""
        self.elites: list[Doubles] = []
        self.everyone: list[Doubles] = []
        self.species: list[tuple[Ints, Ints]] = []
        self.origins = Origins()
        self.bests: list[float] = []
        self.fronts: list[Scores] = []
        if again.config.is_recorded:
            self._recall(again)
            self.archive: Archive = again.standing()
            return
        for moment in again.moments():
            self._note(moment)
        self.archive = moment.archive

    def _note(self, moment: Moment) -> None:
        self.family.note(moment)
        elites, occupied, latest = moment.archive.genomes, moment.archive.occupied, moment.latest
        best = float(latest.scores.max())
        if not occupied.all():
            elites = elites.select(np.flatnonzero(occupied))
        self.elites.append(_spread(elites))
        self.everyone.append(_spread(moment.genomes)[:, 1])
        self.bests.append(best if best > -np.inf else np.nan)
        front = moment.search.front
        if front is not None:
            self.fronts.append(front.scores)
        if len(moment.search.species):
            self.species.append(np.unique(moment.search.species, return_counts=True))
            self.origins.note(latest.keys, latest.parents[:, 0], moment.search.species)

    def _recall(self, again: Replay) -> None:
        """Read what was recorded beside another program."""
        for line in islice(each_line(again.folder / POPULATION), again.length):
            self.elites.append(np.repeat(np.array(line["elite"], np.float64)[:, None], 3, axis=1))
            self.everyone.append(np.array(line["everyone"], np.float64))
            if line["species"]:
                self.species.append((np.array(line["species"]), np.array(line["members"])))
        latest = latest_over_time(again.folder)
        if latest is not None:
            self.bests = latest[: again.length].tolist()

    @property
    def has_networks(self) -> bool:
        """Whether there were networks at any time."""
        return bool(np.isfinite(self.everyone).any())


def _spread(genomes: Genomes) -> Doubles:
    """Give least, median and largest size of the networks in a batch: ``(M, 3)``."""
    graphs = genomes.networks
    if graphs is None or not len(graphs):
        return np.full((len(MEASURES), 3), np.nan)
    return np.array([(each.min(), np.median(each), each.max()) for each in _sizes(graphs)])


def _sizes(graphs: Graphs) -> tuple[Ints, Ints | Doubles]:
    """Count hidden nodes and enabled edges of each graph."""
    enabled = np.bincount(graphs.edge_owners, graphs.enabled, len(graphs))
    return graphs.node_counts - graphs.inputs - graphs.outputs, enabled
