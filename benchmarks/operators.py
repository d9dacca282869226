"""Operators that were tried on CPPNs: what `evaluations.py` compares with the usual ones.

Each is a class of its own, named as users name theirs: benchmarks/operators.py:OneChange.
"""

import numpy as np
import torch
from pydantic import Field

from neatfool.encodings import Birth, mutate
from neatfool.encodings.cppn import Cppn
from neatfool.images import to_grid
from neatfool.networks import Graphs, compile_graphs, execute
from neatfool.networks.alignment import matches
from neatfool.search.map_elites import MapElites
from neatfool.sections.encoding import CppnSettings
from neatfool.types import Arrays, Doubles, Images, Ints, Scores


class OneChangeSettings(CppnSettings):
    """Settings of ``OneChange``: chances of each kind of change, in proportion."""

    weights: float = Field(0.25, ge=0)
    new_edges: float = Field(0.25, ge=0)
    new_nodes: float = Field(0.3, ge=0)
    functions: float = Field(0.1, ge=0)
    fewer_edges: float = Field(0.1, ge=0)


class OneChange(Cppn):
    """Each child has one kind of change, where the usual ones have several."""

    Settings = OneChangeSettings
    settings: OneChangeSettings

    def vary(self, parents: Graphs, birth: Birth) -> Graphs:
        """Draw a kind of change for each child, and make it."""
        own, random, fixed = self.settings, birth.random, parents.inputs
        birth.shares_numbers = True
        chances = (own.weights, own.new_edges, own.new_nodes, own.functions, own.fewer_edges)
        kinds = random.choice(5, len(parents), p=np.array(chances) / sum(chances))
        some = [np.flatnonzero(kinds == kind) for kind in range(5)]
        children = parents.changed(fitness=None)
        if len(some[0]):
            stepped = parents.select(some[0])
            weights = self._changed_weights(stepped, random, None)
            children = children.replaced(some[0], stepped.changed(fitness=None, weights=weights))
        children = mutate.add_edges(children, some[1], self._draw, True, birth)
        children = mutate.add_nodes(children, some[2], self._codes, "replace", birth)
        children = mutate.one_function(children, some[3], self._codes, fixed, random)
        return mutate.delete_edges(children, some[4], random)


class RefiningSettings(CppnSettings):
    """Settings of ``Refining``."""

    share: float = Field(0.5, ge=0, le=1)
    """Children that have small steps of all weights alone."""
    step: float = Field(0.05, gt=0)
    """Standard deviation of these."""


class Refining(Cppn):
    """A share of the children differ from their parents by small steps of all weights alone."""

    Settings = RefiningSettings
    settings: RefiningSettings

    def vary(self, parents: Graphs, birth: Birth) -> Graphs:
        """Draw who does, and change the others as usual."""
        random, reach = birth.random, self.settings.weight_range
        children = super().vary(parents, birth)
        refined = np.flatnonzero(random.random(len(parents)) < self.settings.share)
        if not len(refined):
            return children
        near = parents.select(refined)
        steps = random.standard_normal(len(near.weights), np.float32)
        weights = np.clip(near.weights + steps * np.float32(self.settings.step), -reach, reach)
        return children.replaced(refined, near.changed(fitness=None, weights=weights))


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
    """Parents by curiosity: how often their children won (Cully and Demiris 2018).

    There, a child that does not win costs a half: where one in ten wins, that would make all niches
    alike.
    """

    _chances: Doubles | None = None

    def choose(self, birth: Birth) -> Ints:
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
        """A niche gains 1 for each child that won, and loses 0.05 for each other one."""
        assert not self.settings.pipelined, "others were drawn since"
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

    def _known(self) -> Doubles:
        return np.ones(self.niches) if self._chances is None else self._chances


class Unfinished(MapElites):
    """Parents of low scores more often: two niches are drawn, and the worse one has a child."""

    def choose(self, birth: Birth) -> Ints:
        """Draw niches."""
        assert self.archive is not None
        first, second = super().choose(birth), super().choose(birth)
        scores = self.archive.scores
        return np.where(scores[first] <= scores[second], first, second)


class Finished(MapElites):
    """Parents of high scores more often: two niches are drawn, and the better one has a child."""

    def choose(self, birth: Birth) -> Ints:
        """Draw niches."""
        assert self.archive is not None
        first, second = super().choose(birth), super().choose(birth)
        scores = self.archive.scores
        return np.where(scores[first] >= scores[second], first, second)
