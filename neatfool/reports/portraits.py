"""Ancestors of elites, and what lies between two elites, as pictures and films."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np

from neatfool import viz
from neatfool.past.history import History
from neatfool.past.lineage import Born, chosen, genomes_of, switches
from neatfool.past.replay import Replay
from neatfool.reporting import stepping
from neatfool.reports.portfolio import Portfolio
from neatfool.reports.poster import Enlarger
from neatfool.reports.words import first_name
from neatfool.types import Bytes

FILMS = ("lineage", "morph")
ANCESTORS = 24
"""Thumbnails of the line to an elite."""
FRAMES = 120
"""Ancestors in a film."""
SECONDS = 2.8
"""Of a morph from one end to the other."""
Frames: TypeAlias = tuple[Iterable[Bytes], list[str], list[int]]
"""Levels ``(C, H, W)`` of ``T`` pictures, captions, and milliseconds that each is shown."""
END = 1500
"""Milliseconds that the last picture of a film is shown."""


class Portraits:
    """Draws from a run that was replayed once.

    Args:
        again: The run.
        history: What came of it.
        names: Of its niches.
        portfolio: Shows its genomes.
    """

    def __init__(
        self, again: Replay, history: History, names: Sequence[str], portfolio: Portfolio
    ) -> None:
        self._again, self._history = again, history
        is_of_classes = again.about.unit.is_confidence
        self._names = [first_name(name) for name in names] if is_of_classes else names
        self._portfolio, self._write = portfolio, again.about.unit.write
        self._born = history.family.born

    def lineage(self, niche: int) -> viz.Figure:
        """Draw the line of first parents to an elite, with the other parents of who is shown."""
        keys, goals = self._line(niche)
        places = chosen(goals, ANCESTORS)
        mates = {place: self._born[keys[place]].parents[1:] for place in places}
        wanted = {keys[place] for place in places}.union(*mates.values())
        images = self._images(wanted)

        def thumbnail(key: int, goal: int, **more: Any) -> viz.Thumbnail:
            return viz.Thumbnail(images[key], self._lines(self._born[key], goal), goal, **more)

        line = [
            thumbnail(
                keys[place],
                goals[place],
                is_child=before == place - 1,
                mate=next((thumbnail(mate, goals[place]) for mate in mates[place]), None),
            )
            for before, place in zip([-1, *places], places, strict=False)
        ]
        count = len(self._history.family.ancestors([keys[-1]])) - 1
        times = switches(goals)
        heading = (
            f"How “{self._names[niche]}” came about: {count:,} ancestor{'s' * (count != 1)}, "
            f"{len(places)} of {len(keys):,} in line, {times} goal switch{'es' * (times != 1)}"
        )
        return viz.lineage(line, heading, self._names)

    def lineage_film(self, niche: int, enlarger: Enlarger) -> Frames:
        """Show the line of first parents to an elite, one after the other."""
        keys, goals = self._line(niche)
        places = chosen(goals, FRAMES)
        wanted = {keys[place] for place in places}
        genomes = genomes_of(self._again, self._history.family, wanted)
        levels = (enlarger.paint(genomes[keys[place]]) for place in places)
        captions = [" · ".join(self._lines(self._born[keys[p]], goals[p])[:3]) for p in places]
        each = min(max(8000 // len(places), 60), 500)
        return levels, captions, [each] * (len(places) - 1) + [END]

    def morph_film(self, niche: int, to: int, enlarger: Enlarger, per_second: int) -> Frames:
        """Go from one elite to another and back."""
        count = max(2, round(SECONDS * per_second))
        genomes, steps = self._history.archive.genomes, np.linspace(0, 1, count)
        ends = genomes.select([niche]), genomes.select([to])
        one, other = self._names[niche], self._names[to]
        captions = [f"{one} → {other} · {100 * step:.0f} %" for step in steps]
        captions[0], captions[-1] = one, other
        times = [END, *[round(1000 / per_second)] * (count - 2), END]
        back = slice(count - 2, 0, -1)
        there = np.concatenate([steps, steps[back]]).astype(np.float32)
        levels = enlarger.between(*ends, there)
        return levels, captions + captions[back], times + times[back]

    def _line(self, niche: int) -> tuple[list[int], list[int]]:
        family = self._history.family
        keys = family.line(int(self._history.archive.keys[niche]))
        return keys, family.goals(keys, niche)

    def _images(self, keys: set[int]) -> dict[int, Bytes]:
        genomes = genomes_of(self._again, self._history.family, keys)
        if self._portfolio.has_images:
            return {key: self._again.paint(genome)[0] for key, genome in genomes.items()}
        told = stepping(genomes.values(), len(genomes), "drawing ancestors", self._again.reporter)
        drawn = viz.padded([self._portfolio.draw(genome) for genome in told])
        return dict(zip(genomes, drawn, strict=True))

    def _lines(self, born: Born, goal: int) -> tuple[str, ...]:
        """Say of an ancestor when it was born, and what it won."""
        told = [f"generation {born.generation:,}"]
        if born.niches:
            at = born.niches.index(goal) if goal in born.niches else 0
            told += [f"won {self._names[born.niches[at]]}", self._write(born.scores[at])]
        others = len(born.niches) - 1
        if others > 0:
            told.append(f"and {others} other{'s' * (others > 1)}")
        return tuple(told)
