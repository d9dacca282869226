"""From what a person set to a page of genomes: the rules of Picbreeder (Secretan et al. 2011)."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import AfterValidator, Field

from neatfool.encodings import Birth, CanvasSettings, Cppn, CppnSettings, StructureSettings
from neatfool.images import Canvas
from neatfool.networks import Graphs
from neatfool.search import Interactive, InteractiveSettings, Page
from neatfool.sections.encoding import Focus
from neatfool.settings import Settings
from neatfool.streams import stream
from neatfool.types import Ints

ACTIVATIONS = (
    *("sine", "cosine", "gaussian", "sigmoid", "identity", "linear", "tanh", "absolute", "square"),
    *("sawtooth", "triangle", "relu", "step", "hat"),
)
"""The functions that a person can choose from."""
FIRST = -2
"""As a parent: the first picture of the same page."""
SMALLER = 8
"""How much smaller networks must be of which nodes do more than sum: they take longer."""
_REACH = 3.0  # of weights, as in Picbreeder
_START_CHANGES = 8  # so that the first page is worth a look
_MOST_REACH = 1e6


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names or any(name not in ACTIVATIONS for name in names):
        raise ValueError(f"expected one or more of {', '.join(ACTIVATIONS)}")
    return tuple(dict.fromkeys(names))


ChangeCount: TypeAlias = Annotated[int, Field(ge=0, le=100)]
"""How much children differ from their parents, from small to big."""
Activations: TypeAlias = Annotated[
    tuple[str, ...], Field(max_length=len(ACTIVATIONS)), AfterValidator(_known)
]
"""Functions that new nodes draw from."""


class Preferences(Settings):
    """How a visitor wants pictures to change."""

    changes: ChangeCount = 50
    focus: Focus = "both"
    crossover: bool = False
    activations: Activations = ("sine", "cosine", "gaussian", "sigmoid", "identity")
    model: str | None = None
    """The network that names pictures; none: nothing does."""


class Nursery:
    """Make the pages of one session.

    Args:
        preferences: Of the visitor.
        canvas: What the pictures are painted on.
        seed: Of the page to be made: equal seeds make equal pages of equal parents.
        counters: The next numbers of nodes and of edges in this session.
        most: Nodes and edges that a parent must not have for its children to grow.
    """

    def __init__(
        self,
        preferences: Preferences,
        canvas: Canvas,
        seed: int,
        counters: tuple[int, int],
        most: tuple[int, int],
    ) -> None:
        self._preferences = preferences
        self._canvas = canvas
        self._seed = seed
        self._counters = counters
        self._most = most

    def fresh(self, count: int) -> Page:
        """Make a first page."""
        settings = cppn_settings(self._preferences.model_copy(update={"changes": 50}), self._canvas)
        search = self._search(settings, count, _START_CHANGES)
        state = {"generation": 0, "next_key": 0}
        state |= dict(zip(("next_node", "next_innovation"), self._counters, strict=True))
        search.restore({name: np.array(value) for name, value in state.items()})
        return search.page

    def children(self, parents: Graphs, keys: Ints, generation: int, count: int) -> Page:
        """Make children of parents, which a person chose on a page of that generation."""
        settings = cppn_settings(self._preferences, self._canvas, parents, self._most)
        search = self._search(settings, count, 0)
        birth = Birth(generation, np.random.default_rng(0), *self.above(parents))
        search.show(Page(parents, keys, np.full((len(keys), 2), -1), birth))
        search.tell(np.ones((len(keys), 1), np.float32))
        return search.page

    def with_children(self, first: Graphs, generation: int, count: int) -> Page:
        """Make a page of a picture, which has no parents here, and its children."""
        page = self.children(first, np.array([FIRST]), generation, count - 1)
        children = page.genomes.networks
        assert children is not None
        genomes = Graphs.concatenate([first, children])
        parents = np.concatenate([[[-1, -1]], page.parents])
        return Page(genomes, np.arange(count), parents, page.birth)

    def copied(self, genomes: Graphs, parents: Ints) -> Page:
        """Make a page of genomes that are there already, copies of their parents."""
        birth = Birth(1, np.random.default_rng(0), *self.above(genomes))
        pairs = np.stack([parents, np.full(len(parents), -1)], axis=1)
        return Page(genomes, parents, pairs, birth)

    def _search(self, settings: CppnSettings, count: int, start_changes: int) -> Interactive:
        wanted = InteractiveSettings(
            batch=count,
            crossover=0.5 if self._preferences.crossover else 0.0,
            start_changes=start_changes,
        )
        return Interactive(Cppn(settings, self._canvas), 1, wanted, self._seed)

    def above(self, parents: Graphs) -> tuple[int, int]:
        """Return the next numbers of nodes and edges: the session's, above those of parents."""
        nodes, edges = parents.node_ids.max() + 1, parents.innovations.max(initial=-1) + 1
        return max(self._counters[0], int(nodes)), max(self._counters[1], int(edges))


def page_seed(seed: int, number: int) -> int:
    """Return the seed of a page of a session."""
    return int(stream(seed, "page", number).integers(1 << 63))


def within(limits: tuple[int, int], graphs: Graphs) -> tuple[int, int]:
    """Return the nodes and edges that networks like these may have, of those that all may have."""
    only_sums = graphs.responses is None and graphs.aggregations is None
    nodes, edges = limits
    return limits if only_sums else (nodes // SMALLER, edges // SMALLER)


def cppn_settings(
    preferences: Preferences,
    canvas: Canvas,
    parents: Graphs | None = None,
    most: tuple[int, int] = (0, 0),
) -> CppnSettings:
    """Turn what a person set into settings of mutation.

    The power of mutation is Picbreeder's, from 0.01 to 2 over the slider: it is the size of steps
    of weights, and scales the chances of everything else. Structure is added, never taken away.

    Args:
        preferences: Of the visitor.
        canvas: Of the pictures.
        parents: Their largest weight is not cut off. If one is too large, its children get neither
            nodes nor edges.
        most: Nodes and edges from which on a parent is too large.
    """
    power = 0.01 + 1.99 * preferences.changes / 100
    grows, reach = 1.0, _REACH
    if parents is not None:
        nodes, edges = within(most, parents)
        is_large = (parents.node_counts >= nodes) | (parents.edge_counts >= edges)
        grows = 0.0 if is_large.any() else 1.0
        reach = min(max(reach, float(np.abs(parents.weights).max(initial=0))), _MOST_REACH)
    return CppnSettings(
        canvas=CanvasSettings(
            rounding=canvas.rounding,
            colours=canvas.colours,
            hues=canvas.hues,
            saturation=canvas.saturation,
            tiles=canvas.tiles,
        ),
        structure=StructureSettings(
            add_edge_rate=grows * min(0.4 * power, 1),
            delete_edge_rate=0,
            add_node_rate=grows * min(0.4 * power, 1),
            delete_node_rate=0,
            parallel_edges=False,
        ),
        activations=preferences.activations,
        weight_range=reach,
        start_range=_REACH,
        weight_mutation="gaussian",
        sigma=power,
        weight_rate=0.2 if preferences.focus == "both" else 0.4,  # of fewer weights
        activation_rate=min(0.05 * power, 1),
        focus=preferences.focus,
    )
