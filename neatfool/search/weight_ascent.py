"""Gradient ascent on the weights of networks, by Adam (Kingma and Ba 2015)."""

from collections.abc import Iterable

import numpy as np
import torch

from neatfool.encodings import AnyEncoding, Birth
from neatfool.networks import Graphs
from neatfool.reporting import log
from neatfool.search.search import Ascents
from neatfool.sections.gradient import GradientSettings
from neatfool.streams import stream
from neatfool.types import Arrays, Floats, Ints, Scores

_FADE, _FADE_SQUARES, _LEAST = 0.9, 0.999, 1e-8  # the defaults of Adam
_STEEPEST = 1e18  # slope whose square is a number in single precision
_MOMENTS = ("means", "squares")


class WeightAscent:
    """Networks on their way; their structure stays as it was drawn.

    Args:
        encoding: Its genomes are networks, and it pulls gradients back to their weights.
        settings: How to climb.
        seed: Of the run.

    Raises:
        ConfigError: A setting is for pixels.
    """

    def __init__(self, encoding: AnyEncoding, settings: GradientSettings, seed: int) -> None:
        self._encoding, self._settings, self._seed = encoding, settings, seed
        for name in ("start", "mean", "step", "smooth"):
            settings.require_defaults(name, of="pixels", encoding=encoding.name)
        structure = getattr(encoding.settings, "structure", None)
        if structure is not None and structure.start != "dense":
            log.warning(
                "weights of small networks climb slowly, and encoding.structure.start is %s: set "
                "it to dense",
                structure.start,
            )
        self._reach = getattr(encoding.settings, "weight_range", np.inf)
        self._graphs: Graphs | None = None
        self._means = self._squares = np.empty(0, np.float32)

    @property
    def genomes(self) -> Graphs:
        """Where all climbers are."""
        assert self._graphs is not None
        return self._graphs

    def ascents(self, keys: Ints, goals: Ints) -> Ascents:
        """Say where gradients are wanted: in the weights of all networks."""
        objective = self._settings.objective or "log-odds"
        return Ascents(self.genomes, goals, objective, of_weights=True)

    def begin(self, places: Iterable[int], numbers: Iterable[int]) -> None:
        """Put new networks at some places; of climbers of these numbers."""
        parts: dict[int, tuple[Graphs, Floats, Floats]] = {}
        if self._graphs is not None:
            bounds = self._graphs.edge_offsets[1:-1]
            moments = (np.split(each, bounds) for each in (self._means, self._squares))
            for place, (means, squares) in enumerate(zip(*moments, strict=True)):
                parts[place] = self._graphs.part(place, place + 1), means, squares
        for place, number in zip(places, numbers, strict=True):
            birth = Birth(1, stream(self._seed, "Gradient", "start", number))
            graph: Graphs = self._encoding.new(1, birth)
            still = np.zeros(len(graph.weights), np.float32)
            parts[place] = graph, still, still
        graphs, means, squares = zip(*(parts[place] for place in sorted(parts)), strict=True)
        self._graphs = Graphs.concatenate(graphs)
        self._means, self._squares = np.concatenate(means), np.concatenate(squares)

    def climb(self, gradients: torch.Tensor, keys: Ints, own: Scores, ages: Ints) -> None:
        """Make a step at all places.

        Args:
            gradients: ``(E,)``.
            keys: ``(P,)`` of the climbers, before the step.
            own: ``(P,)`` their scores.
            ages: ``(P,)`` steps that they will have made.
        """
        slopes, graphs = gradients.clamp(-_STEEPEST, _STEEPEST).cpu().numpy(), self.genomes
        self._means += (1 - _FADE) * (slopes - self._means)
        self._squares += (1 - _FADE_SQUARES) * (slopes**2 - self._squares)
        made = np.repeat(ages, graphs.edge_counts)
        means = self._means / (1 - _FADE**made)
        roots = np.sqrt(self._squares / (1 - _FADE_SQUARES**made))
        weights = graphs.weights + self._settings.rate * means / (roots + _LEAST)
        within = np.clip(weights, -self._reach, self._reach).astype(np.float32)
        self._graphs = graphs.changed(fitness=None, weights=within)

    def state(self) -> Arrays:
        """Return where the climbers are, and what Adam remembers."""
        state = {f"climbing.{name}": each for name, each in self.genomes.arrays().items()}
        return state | {name: getattr(self, f"_{name}").copy() for name in _MOMENTS}

    def restore(self, state: Arrays) -> None:
        """Go on from a state."""
        own = {
            n.removeprefix("climbing."): a for n, a in state.items() if n.startswith("climbing.")
        }
        self._graphs = self._encoding.from_arrays(own)
        self._means, self._squares = (state[name].copy() for name in _MOMENTS)
