"""A run again, from its own records: no network is asked for anything.

A search is deterministic, so its seed and the scores that decided anything are all it takes. An
archive changes by winners alone, whose scores are in ``lineage.jsonl``; a population also needs
the best score of each genome, or all of them, which are in ``bests.jsonl``.
"""

import collections
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neatfool.encodings import Genomes
from neatfool.encodings.encoding import prefixed, unprefixed
from neatfool.errors import RunError
from neatfool.images import to_levels
from neatfool.past.parts import look
from neatfool.reporting import Reporter
from neatfool.runs.checkpoint import fitting, has_begun, newest_checkpoint, put_back
from neatfool.runs.record import UNFIT, each_line
from neatfool.runs.told import Told
from neatfool.search import Archive, Generation, Search
from neatfool.stored.layout import BESTS, CHECKPOINTS, LINEAGE, METRICS
from neatfool.types import Arrays, Bytes, Json, Scores
from neatfool.workers.chunks import chunk_size


@dataclass(frozen=True, eq=False)
class Moment:
    """A search as it stood after one generation; all of it is good until the next is asked for.

    Attributes:
        search: After it was told; in ``latest.scores``, those that decided nothing are minus
            infinity.
        genomes: ``P`` genomes, those of this generation.
    """

    search: Search
    genomes: Genomes

    @property
    def archive(self) -> Archive:
        """The elites."""
        assert self.search.archive is not None, "it was told a generation"
        return self.search.archive

    @property
    def latest(self) -> Generation:
        """What the generation brought."""
        assert self.search.latest is not None, "it was told a generation"
        return self.search.latest


class Replay:
    """A run that can be gone through again, as often as need be.

    A run that is going on can be replayed as far as it is recorded on disk.

    Args:
        folder: Of the run.
        reporter: Hears of progress.
        trusted: The user consents to running programs that the folder names, where it takes them.

    Attributes:
        config: Settings of the run.
        about: Its task, images and niches.
        encoding: Turns its genomes into phenotypes.
        reporter: Hears of progress.
        length: Generations that are on disk to the end, in all records.
        unplayed: Why its past cannot be seen; empty: records hold all that decided.

    Raises:
        RunError: The folder holds no run, or one without a generation behind it, or its records
            are damaged.
        NeatfoolError: The encoding cannot be built.
    """

    def __init__(
        self, folder: Path, reporter: Reporter | None = None, trusted: bool = False
    ) -> None:
        self.folder = folder
        found = look(folder, trusted=trusted)
        self.config, self.about = found.config, found.about
        self.encoding, self._search = found.encoding, found.search
        state = newest_checkpoint(folder / CHECKPOINTS)
        self._saved = unprefixed("search.", state) if state and has_begun(state) else None
        self.reporter = reporter or Reporter()
        if not any(True for _ in each_line(folder / METRICS)):
            raise self._damage(1) if self._saved else self._too_early()
        begun = self._search()
        self._with_bests = begun.REPLAYED_FROM != "winners"
        self.unplayed = begun.UNPLAYED
        self.length = sum(1 for _ in _recorded(folder, self._with_bests))
        with fitting(folder / CHECKPOINTS):
            self._until = int(self._saved["generation"]) if self._saved else 0
        if self.length < self._until:
            raise self._damage(self.length + 1)
        if not self.length:
            raise self._too_early()

    def moments(self, until: int | None = None, task: str = "replaying") -> Iterator[Moment]:
        """Yield the search after each generation.

        Args:
            until: The last generation; none: the last that was on disk at the beginning.
            task: What progress is shown under.

        Raises:
            RunError: The records are damaged, or what comes of them is not what the run has in
                its checkpoint: it ran on another machine, or by another version. Or gradients
                decided, which no record holds.
        """
        if self.unplayed:
            raise RunError(
                f"{self.folder} cannot be gone through again: {self.unplayed}; its report, elites "
                "and curves are there"
            )
        evolution, last = self._search(), self.length if until is None else until
        self.reporter.start(task, last)
        try:
            for told in itertools.islice(_recorded(self.folder, self._with_bests), last):
                genomes = evolution.ask()
                evolution.tell(self._scores(told, evolution))
                if self._saved and evolution.generation == self._until:
                    self._check(evolution, self._saved)
                self.reporter.step(evolution.generation)
                yield Moment(evolution, genomes)
        finally:
            self.reporter.finish()

    def standing(self) -> Archive:
        """Return the elites of the newest checkpoint.

        Raises:
            RunError: There is none.
        """
        if self._saved is None:
            raise self._too_early()
        return put_back(self._search(), prefixed("search.", self._saved), self.folder / CHECKPOINTS)

    def paint(self, genomes: Genomes) -> Bytes:
        """Express genomes of images, some at a time: their levels ``(P, C, H, W)`` uint8."""
        size = chunk_size(len(genomes), self.encoding.shape, self.encoding.device)
        bounds = [*range(0, len(genomes), size), len(genomes)]
        parts = itertools.starmap(genomes.part, itertools.pairwise(bounds))
        return np.concatenate([to_levels(self.encoding.express(part)) for part in parts])

    def _scores(self, told: Told, evolution: Search) -> Scores:
        """Fill in the scores that decided something: ``(P, K)``, all others minus infinity."""
        try:
            return told.scores(evolution)
        except UNFIT as error:
            raise self._damage(evolution.generation + 1) from error

    def _check(self, evolution: Search, state: Arrays) -> None:
        ours = evolution.state()
        if ours.keys() == state.keys() and all(
            np.array_equal(each, state[name], equal_nan=each.dtype.kind == "f")
            for name, each in ours.items()
        ):
            return
        raise RunError(
            f"{self.folder} does not come out as it ran: expected the state of its checkpoint "
            f"after generation {evolution.generation}, got another; replay it on the machine and "
            "with the version of neatfool that it ran with"
        )

    def _too_early(self) -> RunError:
        return RunError(
            f"{self.folder} has no generation on disk yet: expected a run with records in "
            f"{METRICS}; wait for its first checkpoint, or go on with `neatfool resume "
            f"{self.folder}`"
        )

    def _damage(self, generation: int) -> RunError:
        return RunError(
            f"{self.folder} has damaged records: expected all of generation {generation} in "
            f"{METRICS}, {LINEAGE} and, of a population, {BESTS}, as the run left them; "
            f"`neatfool resume {self.folder}` mends them; if it cannot, begin a new run"
        )


def replay(folder: Path | str, reporter: Reporter | None = None) -> Iterator[Moment]:
    """Go through a run again, generation by generation, as ``Replay`` does."""
    folder = Path(folder)
    return Replay(folder, reporter).moments()


def archive_at(folder: Path | str, generation: int | None = None) -> Archive:
    """Return the archive as it was after a generation; none: after the last one on disk.

    Raises:
        NeatfoolError: As ``Replay``; or the run has no such generation.
    """
    folder = Path(folder)
    again = Replay(folder)
    if generation is not None and not 1 <= generation <= again.length:
        raise RunError(
            f"expected a generation from 1 to {again.length}, got {generation}: {folder} has no "
            "other"
        )
    (moment,) = collections.deque(again.moments(generation), maxlen=1)
    return moment.archive


def _recorded(folder: Path, with_bests: bool) -> Iterator[Told]:
    """Read the records side by side, up to the first generation that is not whole in all."""

    def number(line: Json) -> int:
        return int(line["generation"])

    groups = itertools.groupby(each_line(folder / LINEAGE), key=number)
    bests = each_line(folder / BESTS) if with_bests else itertools.repeat(None)
    group = next(groups, None)
    for metrics, best in zip(each_line(folder / METRICS), bests, strict=False):
        winners: list[Json] = []
        if group and group[0] == number(metrics):
            winners = list(group[1])
            group = next(groups, None)
        won = sum(len(winner["niches"]) for winner in winners)
        if won != metrics["replaced"] or (best and number(best) != number(metrics)):
            return
        yield Told(winners, best)
