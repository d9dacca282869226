"""Who the elites of a run descend from, as far as its records say so: no genome is made again."""

from pathlib import Path
from typing import NamedTuple

from neatfool.past.lineage import Born, Family, chosen
from neatfool.runs.record import each_line
from neatfool.stored.layout import LINEAGE


class Descent(NamedTuple):
    """A line of first parents that leads to an elite.

    Attributes:
        members: Those that are shown, the first of all first, and the niche that each was about.
        length: How many ancestors there are in the line.
    """

    members: list[tuple[Born, int]]
    length: int


def descents(folder: Path, count: int, until: int, most: int) -> dict[int, Descent]:
    """Follow the elites of a run back to its random start, by niche.

    Of a population, whose parents are no winners, most have no such line; who is scored again and
    wins only then is told as if it was born then.

    Args:
        folder: Of the run.
        count: How many niches it has.
        until: The generation whose elites they are; a run may have gone on.
        most: Members to show of a line.
    """
    family, holders = Family(), dict[int, int]()
    for winner in each_line(folder / LINEAGE):
        niches = winner["niches"]
        if winner["generation"] > until or max(niches, default=0) >= count:
            break  # what comes is of later, or is damaged
        parents, scores = tuple(winner["parents"]), tuple(winner["scores"])
        family.add(winner["key"], Born(winner["generation"], parents, tuple(niches), scores))
        holders |= dict.fromkeys(niches, winner["key"])
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
