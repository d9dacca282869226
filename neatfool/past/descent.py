"""Who the elites of a run descend from, as far as its records say so: no genome is made again."""

from pathlib import Path
from typing import NamedTuple

from neatfool.past.lineage import Born, Family, chosen
from neatfool.runs.record import LINEAGE, each_line


class Descent(NamedTuple):
    """A line of first parents that leads to an elite.

    Attributes:
        members: Those that are shown, the first of all first, and the niche that each was about.
        length: How many ancestors there are in the line.
    """

    members: list[tuple[Born, int]]
    length: int


def descents(folder: Path, niches: int, most: int) -> dict[int, Descent]:
    """Follow the elites of a run back to its random start, by niche.

    Of a population, whose parents are no winners, most have no such line.

    Args:
        folder: Of the run.
        niches: How many it has.
        most: Members to show of a line.
    """
    family, holders = Family(), dict[int, int]()
    for winner in each_line(folder / LINEAGE):
        key, won = winner["key"], tuple(niche for niche in winner["niches"] if niche < niches)
        scores = tuple(winner["scores"])
        if key in family.born:  # of a population: it lives on, and wins more
            won, scores = family.born[key].niches + won, family.born[key].scores + scores
        family.born[key] = Born(winner["generation"], tuple(winner["parents"]), won, scores)
        holders |= dict.fromkeys(won, key)
    found = {}
    for niche, key in holders.items():
        keys = _line(family, key)
        if keys:
            goals = family.goals(keys, niche)
            shown = [(family.born[keys[place]], goals[place]) for place in chosen(goals, most)]
            found[niche] = Descent(shown, len(keys) - 1)
    return found


def _line(family: Family, key: int) -> list[int]:
    """Return the line to a genome; empty, if one of it is not in the records."""
    coming, seen = key, set[int]()
    while coming in family.born and coming not in seen:
        seen.add(coming)
        parents = family.born[coming].parents
        if not parents:
            return family.line(key)
        coming = parents[0]
    return []
