"""Operators that were tried on CPPNs: what `evaluations.py` compares with the usual ones.

Each is a class of its own, named as users name theirs: benchmarks/operators.py:OneChange.
"""

import numpy as np
import torch
from pydantic import Field

from neatfool.encodings import Birth
from neatfool.encodings.cppn import Cppn
from neatfool.images import to_grid
from neatfool.networks import Graphs, compile_graphs, execute
from neatfool.networks.alignment import matches
from neatfool.search.map_elites import MapElites
from neatfool.sections.encoding import CppnSettings
from neatfool.sections.searches import MapElitesSettings
from neatfool.types import Arrays, Images, Ints, Scores


class Rgb(Cppn):
    """Three outputs are red, green and blue."""

    def express(self, genomes: Graphs) -> Images:
        """Paint ``(P, C, H, W)``."""
        return self._paint(genomes, self.medium.points(self.device))

    def _paint(self, genomes: Graphs, points: torch.Tensor) -> Images:
        values = execute(compile_graphs(genomes), points)
        return to_grid(values.abs_()).reshape(-1, *self.medium.shape)


class _Elsewhere(Cppn):
    """Networks are asked at other coordinates than those of the pixel."""

    def express(self, genomes: Graphs) -> Images:
        """Paint ``(P, C, H, W)``."""
        x, y, distance, bias = self.medium.points(self.device)
        points = torch.stack([*self._moved(x, y, distance), bias])
        values = execute(compile_graphs(genomes), points)
        return self.medium.paint(values).reshape(-1, *self.medium.shape)

    def _moved(self, *points: torch.Tensor) -> tuple[torch.Tensor, ...]:
        raise NotImplementedError


class Mirrored(_Elsewhere):
    """The left half is the right half in a mirror."""

    def _moved(self, *points: torch.Tensor) -> tuple[torch.Tensor, ...]:
        x, y, distance = points
        return x.abs(), y, distance


class Tiled(_Elsewhere):
    """Four by four tiles in mirrors; the distance stays that to the centre of the picture."""

    def _moved(self, *points: torch.Tensor) -> tuple[torch.Tensor, ...]:
        x, y, distance = points
        return _folded(x), _folded(y), distance


def _folded(x: torch.Tensor) -> torch.Tensor:
    """Go to and fro between -1 and 1, two times over [-1, 1]."""
    return 4 * ((x - 0.25) % 1 - 0.5).abs() - 1


class Polar(_Elsewhere):
    """Angle and distance in place of x and y, whose sine and cosine have no seam."""

    def _moved(self, *points: torch.Tensor) -> tuple[torch.Tensor, ...]:
        x, y, distance = points
        angle = torch.atan2(y, x)
        return torch.cos(angle), torch.sin(angle), distance


class LinesSettings(CppnSettings):
    """Settings of ``Lines``; with ``search.crossover``, the share of children that it makes."""

    isotropic: float = Field(0.05, ge=0)
    """Standard deviation of steps in all directions."""
    along: float = Field(0.2, ge=0)
    """Standard deviation of steps along the line to the other parent, by its length."""


class Lines(Cppn):
    """Children of two parents: iso+line-DD (Vassiliades and Mouret 2018), where edges match."""

    Settings = LinesSettings
    settings: LinesSettings

    def cross(self, first: Graphs, second: Graphs, birth: Birth) -> Graphs:
        """Step from the first parent, along the line to the second one too."""
        random, reach = birth.random, np.float32(self.settings.weight_range)
        edges = matches(
            first.edge_offsets, first.innovations, second.edge_offsets, second.innovations
        )
        line = np.where(edges >= 0, second.weights[edges] - first.weights, 0).astype(np.float32)
        far = random.standard_normal(len(first), np.float32) * np.float32(self.settings.along)
        steps = random.standard_normal(len(edges), np.float32) * np.float32(self.settings.isotropic)
        weights = first.weights + steps + np.repeat(far, first.edge_counts) * line
        return first.changed(fitness=None, weights=np.clip(weights, -reach, reach))


class Curious(MapElites):
    """Parents by curiosity: how often their children won (Cully and Demiris 2018)."""

    Settings = MapElitesSettings
    _chances: np.ndarray | None = None

    def parents(self, birth: Birth) -> Ints:
        """Draw niches in proportion to their curiosity."""
        assert self.archive is not None
        chances = self._known()[self.archive.occupied]
        niches = np.flatnonzero(self.archive.occupied)
        shape = self.settings.batch, 2
        self._drawn: Ints = niches[
            birth.random.choice(len(niches), size=shape, p=chances / chances.sum())
        ]
        return self._drawn

    def tell(self, scores: Scores) -> None:
        """A niche gains 1 for each child that won, and loses a half for each other one."""
        has_parents = self.archive is not None and self.archive.occupied.any()
        super().tell(scores)
        if has_parents:
            assert self.latest is not None
            change = np.where(self.latest.won.any(axis=1), 1.0, -0.05)
            known = self._known()
            np.add.at(known, self._drawn[:, 0], change)
            self._chances = np.maximum(known, 0.1)

    def state(self) -> Arrays:
        """Return the curiosity of niches too."""
        return super().state() | {"curiosity": self._known().copy()}

    def restore(self, state: Arrays) -> None:
        """Go on from a state."""
        super().restore(state)
        self._chances = state["curiosity"].copy()

    def _known(self) -> np.ndarray:
        return np.ones(self.niches) if self._chances is None else self._chances


class Unfinished(MapElites):
    """Parents of low scores more often: two niches are drawn, and the worse one has a child."""

    def parents(self, birth: Birth) -> Ints:
        """Draw niches."""
        assert self.archive is not None
        first, second = super().parents(birth), super().parents(birth)
        scores = self.archive.scores
        return np.where(scores[first] <= scores[second], first, second)


class Finished(MapElites):
    """Parents of high scores more often: two niches are drawn, and the better one has a child."""

    def parents(self, birth: Birth) -> Ints:
        """Draw niches."""
        assert self.archive is not None
        first, second = super().parents(birth), super().parents(birth)
        scores = self.archive.scores
        return np.where(scores[first] >= scores[second], first, second)
