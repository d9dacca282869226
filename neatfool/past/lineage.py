"""Who descends from whom in a run, and which niches an elite's ancestors held.

An elite of one niche often descends from elites of others: with many goals at once a search
switches goals (Innovation Engines; Nguyen, Yosinski and Clune 2015b).
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from neatfool.encodings import Genomes
from neatfool.errors import RunError
from neatfool.past.about import require_elite
from neatfool.past.replay import Moment, Replay
from neatfool.reporting import Reporter
from neatfool.search import Archive
from neatfool.types import Bools, Ints

_PRUNED = 100_000


class Born(NamedTuple):
    """What is known of a genome.

    Attributes:
        generation: It was born in.
        parents: Their keys; the first is the one whose structure it has.
        niches: That it won, when it was born or since.
        scores: In these, when it won them first.
    """

    generation: int
    parents: tuple[int, ...]
    niches: tuple[int, ...]
    scores: tuple[float, ...]

    def won(self) -> Iterator[tuple[int, float]]:
        """Go through the niches and the scores in them."""
        return zip(self.niches, self.scores, strict=True)


@dataclass(frozen=True, eq=False)
class Ancestor:
    """One genome of a line that leads to an elite.

    Attributes:
        key: Its number.
        generation: It was born in.
        parents: Keys of its parents.
        niches: That it won; a member of a population may have won none.
        scores: In these, when it won them first.
        goal: The niche that the line was about then.
        genome: A batch of it alone.
    """

    key: int
    generation: int
    parents: tuple[int, ...]
    niches: tuple[int, ...]
    scores: tuple[float, ...]
    goal: int
    genome: Genomes


class Family:
    """All genomes that matter to the elites, by key.

    Of an archive these are the winners, since all parents were elites; of a population, everyone
    until it has no descendants left.
    """

    def __init__(self) -> None:
        self.born: dict[int, Born] = {}
        self.wins = self.inherited = self.switched = 0
        """Niches won by children of elites: all; those that a parent had won; the others."""
        self._limit = _PRUNED

    def note(self, moment: Moment) -> None:
        """Write down who was born in a generation."""
        latest, is_population = moment.latest, moment.search.REPLAYED_FROM != "winners"
        wins: dict[int, list[int]] = {}
        for row, niche in np.argwhere(latest.won).tolist():
            wins.setdefault(row, []).append(niche)
        for row in range(len(latest.keys)) if is_population else sorted(wins):
            key, niches = int(latest.keys[row]), tuple(wins.get(row, ()))
            if key in self.born and set(niches) <= set(self.born[key].niches):
                continue  # it lives on, maybe with another score
            parents = tuple(int(parent) for parent in latest.parents[row] if parent >= 0)
            scores = tuple(float(latest.scores[row, niche]) for niche in niches)
            self.add(key, Born(latest.number, parents, niches, scores))
            self._count(niches, parents)
        if is_population and len(self.born) > self._limit:
            kept = self.ancestors(moment.search.living.tolist())
            self.born = {key: born for key, born in self.born.items() if key in kept}
            self._limit = max(_PRUNED, 2 * len(self.born))

    def add(self, key: int, born: Born) -> None:
        """Write down a genome; of one that is known, only the niches it won since."""
        known = self.born.setdefault(key, born)
        more = {niche: score for niche, score in born.won() if niche not in known.niches}
        if more:
            niches, scores = (*known.niches, *more), (*known.scores, *more.values())
            self.born[key] = known._replace(niches=niches, scores=scores)

    def _count(self, niches: tuple[int, ...], parents: tuple[int, ...]) -> None:
        held = {niche for parent in parents for niche in self.born[parent].niches}
        if held:
            self.wins += len(niches)
            self.inherited += len(held.intersection(niches))
            self.switched += len(set(niches) - held)

    def ancestors(self, keys: Iterable[int]) -> set[int]:
        """Return these genomes and all that they descend from."""
        found, coming = set[int](), list(keys)
        while coming:
            key = coming.pop()
            if key not in found:
                found.add(key)
                coming += self.born[key].parents
        return found

    def line(self, key: int) -> list[int]:
        """Return the line of first parents that leads to a genome, from the random start to it.

        Of no genome, -1, it is empty.
        """
        keys = [key] if key >= 0 else []
        while keys and self.born[keys[-1]].parents:
            keys.append(self.born[keys[-1]].parents[0])
        return keys[::-1]

    def goals(self, line: Sequence[int], niche: int) -> list[int]:
        """Tell which niche a line was about at each of its members.

        Of all ways to name one niche that each member had won this is one with the fewest changes,
        going back from the elite of ``niche``; who had won none goes with who comes after it.
        """
        goals: list[int] = []
        possible, waiting = {niche}, 0
        for key in reversed(line):
            held = set(self.born[key].niches)
            if held and not held & possible:
                goals += [min(possible)] * waiting
                possible, waiting = held, 0
            waiting += 1
            possible = (held & possible) or possible
        return (goals + [min(possible)] * waiting)[::-1]

    def held_by_ancestors(self, keys: Ints) -> tuple[Ints, Ints]:
        """Count for each elite the ancestors that had won each niche.

        Args:
            keys: ``(K,)`` of the elites.

        Returns:
            ``(K, K)`` int64, elites in rows, and the number ``(K,)`` of all ancestors of each.
        """
        count = len(keys)
        counts, totals = np.zeros((count, count), np.int64), np.zeros(count, np.int64)
        below: dict[int, Bools] = {}  # elites that descend from a genome, until it is looked at
        elites: dict[int, list[int]] = {}
        for niche, key in enumerate(keys.tolist()):
            elites.setdefault(key, []).append(niche)
        for key in reversed(self.born):  # children were born after their parents
            descendants = below.pop(key, None)
            if descendants is None and key not in elites:
                continue
            if descendants is None:
                descendants = np.zeros(count, np.bool_)
            totals += descendants
            for niche in self.born[key].niches:
                counts[:, niche] += descendants
            passed_on = descendants.copy()
            passed_on[elites.get(key, [])] = True
            for parent in set(self.born[key].parents):
                below[parent] = below[parent] | passed_on if parent in below else passed_on
        return counts, totals


def family_of(again: Replay) -> tuple[Family, Archive]:
    """Go through a run and note who was born; return the elites it comes to, too."""
    family = Family()
    for moment in again.moments():
        family.note(moment)
    return family, moment.archive


def switches(goals: Sequence[int]) -> int:
    """Count the changes of goal in a line."""
    return sum(one != other for one, other in itertools.pairwise(goals))


def chosen(goals: Sequence[int], most: int) -> list[int]:
    """Choose members of a line: both ends, those with which the goal changed, and some between.

    Returns:
        Places, ascending; ``most`` of them, at least 2, if there are so many.
    """
    last = len(goals) - 1
    changes = [place for place in range(1, last) if goals[place] != goals[place - 1]]
    places = {0, last, *_evenly(changes, most - 2)}
    spare = [place for place in range(last) if place not in places]
    return sorted(places.union(_evenly(spare, most - len(places))))


def _evenly(places: Sequence[int], count: int) -> list[int]:
    """Choose so many of some places, or all if they are fewer."""
    count = min(max(count, 0), len(places))
    chosen = (np.arange(count) + 0.5) * len(places) / max(count, 1)
    return [places[int(at)] for at in chosen]


def genomes_of(again: Replay, family: Family, keys: Iterable[int]) -> dict[int, Genomes]:
    """Go through a run again and keep some genomes: key → a batch of it alone."""
    wanted: dict[int, list[int]] = {}
    for key in set(keys):
        wanted.setdefault(family.born[key].generation, []).append(key)
    found: dict[int, Genomes] = {}
    for moment in again.moments(max(wanted), "looking for ancestors"):
        for key in wanted.get(moment.latest.number, ()):
            row = int(np.flatnonzero(moment.latest.keys == key)[0])
            found[key] = moment.genomes.select([row])
    return found


def ancestors(
    folder: Path | str, niche: int, most: int = 200, reporter: Reporter | None = None
) -> list[Ancestor]:
    """Return the line of first parents that leads to the elite of a niche.

    Args:
        folder: Of the run.
        niche: From 0; not the index of a class, where a run has only some.
        most: Members to return at most: both ends, those with which the goal changed, and some
            between.
        reporter: Hears of progress.

    Raises:
        NeatfoolError: The run cannot be replayed, or has no such niche, or that no elite.
    """
    folder = Path(folder)
    again = Replay(folder, reporter)
    family, archive = family_of(again)
    if not 0 <= niche < len(archive.keys):
        raise RunError(f"expected a niche from 0 to {len(archive.keys) - 1}, got {niche}")
    require_elite(archive, niche, again.about.names[niche])
    line = family.line(int(archive.keys[niche]))
    return members(again, family, line, family.goals(line, niche), most)


def members(
    again: Replay, family: Family, line: Sequence[int], goals: Sequence[int], most: int
) -> list[Ancestor]:
    """Choose members of a line and fetch their genomes."""
    places = chosen(goals, most)
    genomes = genomes_of(again, family, [line[place] for place in places])
    return [Ancestor(line[p], *family.born[line[p]], goals[p], genomes[line[p]]) for p in places]
