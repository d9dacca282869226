"""Places for the nodes of a graph: rows by depth, few crossings, no overlaps.

Sugiyama, Tagawa and Toda 1981: an edge over several rows gets a narrow place in each row between,
so that it runs beside nodes; barycentres of neighbours order each row.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import networkx
import numpy as np

from neatfool.types import Bools, Doubles, Ints
from neatfool.viz.scales import ascending

NODE, SLOT = 1.0, 0.08
"""Widths in a row: of a node, and of an edge that passes by."""
_GAP = 0.22  # beside a node
_ORDERINGS, _SHIFTS = 12, 24


@dataclass(frozen=True, eq=False)
class Places:
    """Where everything is; a node is 1 wide, rows are numbered from 0.

    Attributes:
        x: ``(N,)`` float64, middles of the nodes; the leftmost item is at 0 or right of it.
        rows: ``(N,)`` int64, row of each node.
        depths: ``(R,)`` int64, ascending: depth of the nodes of each row.
        width: Of the widest row.
        lower: ``(E,)`` int64, the node that each edge begins at, below.
        upper: ``(E,)`` int64, the node that it ends at. An edge that closes a cycle with older ones
            runs from its target up to its source; one of a node with itself has both the same.
        routes: For each edge the middles ``(M,)`` of where it is in the rows from one to the other.
    """

    x: Doubles
    rows: Ints
    depths: Ints
    width: float
    lower: Ints
    upper: Ints
    routes: list[Doubles]


def layout(nodes: int, inputs: int, outputs: int, sources: Ints, targets: Ints) -> Places:
    """Place nodes and edges.

    The inputs are the lowest row and outputs from which no edge leads on the highest, both in
    their own order. A crowded depth is spread over several rows.

    Args:
        nodes: How many; inputs come first, then outputs, then hidden nodes.
        inputs: How many of them.
        outputs: Likewise.
        sources: ``(E,)`` positions of nodes.
        targets: ``(E,)`` likewise.
    """
    is_backward = _closing(sources, targets)
    sources, targets = (
        np.where(is_backward, targets, sources),
        np.where(is_backward, sources, targets),
    )
    depths = _depths(nodes, inputs, outputs, sources, targets)
    rows, of_rows = _spread(depths)
    routes, item_rows = _with_slots(rows, sources, targets)
    lower = np.concatenate([route[:-1] for route in routes] or [np.empty(0, np.int64)])
    upper = np.concatenate([route[1:] for route in routes] or [np.empty(0, np.int64)])
    widths = np.where(np.arange(len(item_rows)) < nodes, NODE + _GAP, SLOT)
    has_end = np.flatnonzero(rows == len(of_rows) - 1)[-1] < inputs + outputs
    fixed = {0, len(of_rows) - 1} if has_end else {0}
    drawing = _Drawing(item_rows, widths, lower, upper, fixed)
    drawing.order()
    x = drawing.shift()
    width = float((x + widths / 2).max())
    along = [x[route] for route in routes]
    return Places(x[:nodes], rows, of_rows, width, sources, targets, along)


def _closing(sources: Ints, targets: Ints) -> Bools:
    """Mark the edges that close a cycle with those before them; those of a node with itself not."""
    ends = list(zip(sources.tolist(), targets.tolist(), strict=True))
    parts = networkx.strongly_connected_components(networkx.DiGraph(ends))
    part = {node: number for number, members in enumerate(parts) for node in members}
    closing = np.zeros(len(ends), np.bool_)
    forwards = networkx.DiGraph()
    for edge, (source, target) in enumerate(ends):
        if part[source] == part[target] and source != target:
            known = forwards.has_node(source) and forwards.has_node(target)
            closing[edge] = known and networkx.has_path(forwards, target, source)
            if not closing[edge]:
                forwards.add_edge(source, target)
    return closing


def _depths(nodes: int, inputs: int, outputs: int, sources: Ints, targets: Ints) -> Ints:
    """Count the edges of the longest way from an input to each node."""
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(nodes))
    pairs = zip(sources.tolist(), targets.tolist(), strict=True)
    graph.add_edges_from((source, target) for source, target in pairs if source != target)
    depths = np.ones(nodes, np.int64)
    depths[:inputs] = 0
    order = list(networkx.topological_sort(graph))
    for node in order:
        for after in graph.successors(node):
            depths[after] = max(depths[after], depths[node] + 1)
    for node in reversed(order):  # what nothing leads to stands right below what it leads to
        if node >= inputs and not graph.in_degree(node) and graph.out_degree(node):
            depths[node] = max(1, min(depths[after] for after in graph.successors(node)) - 1)
    ends = [n for n in range(inputs, inputs + outputs) if not graph.out_degree(n)]
    hidden = np.delete(depths, ends)
    depths[ends] = hidden.max(initial=0) + 1
    return depths


def _spread(depths: Ints) -> tuple[Ints, Ints]:
    """Give each node a row, and say which depth the nodes of each row have."""
    most = max(6, round(1.5 * len(depths) ** 0.5))
    rows = np.empty_like(depths)
    of_rows: list[int] = []
    deepest = int(depths.max(initial=0))
    for depth in range(int(depths.min(initial=deepest)), deepest + 1):
        members = np.flatnonzero(depths == depth)
        parts = 1 if depth == 0 else -(-len(members) // most)
        rows[members] = len(of_rows) + np.arange(len(members)) % parts
        of_rows += [depth] * parts
    return rows, np.array(of_rows)


def _with_slots(rows: Ints, sources: Ints, targets: Ints) -> tuple[list[Ints], Ints]:
    """Give edges a place in every row that they pass.

    Returns:
        For each edge its items from source to target, numbered on from the nodes; and the row of
        each item.
    """
    routes, item_rows = [], rows.tolist()
    for source, target in zip(sources.tolist(), targets.tolist(), strict=True):
        passed = range(rows[source] + 1, rows[target])
        slots = range(len(item_rows), len(item_rows) + len(passed))
        item_rows += passed
        routes.append(np.array([source, *slots, target] if source != target else [source]))
    return routes, np.array(item_rows)


class _Drawing:
    """Items in rows, and the segments of edges between neighbouring rows."""

    def __init__(
        self, rows: Ints, widths: Doubles, lower: Ints, upper: Ints, fixed: Iterable[int]
    ) -> None:
        self._widths, self._lower, self._upper = widths, lower, upper
        self._rows = [np.flatnonzero(rows == row) for row in range(rows.max(initial=0) + 1)]
        self._fixed = {*fixed}
        self._segments = [np.flatnonzero(rows[lower] == row) for row in range(len(self._rows))]
        slots = widths < NODE
        self._pull = 1.0 + 3.0 * slots[lower] + 3.0 * slots[upper]
        """Long edges are straightened first."""

    def order(self) -> None:
        """Order the rows by barycentres of neighbours, upwards and downwards; keep the best."""
        best, fewest = self._rows, self._crossings()
        for sweep in range(_ORDERINGS):
            x = self._packed()
            upwards = sweep % 2 == 0
            order = range(len(self._rows))
            for row in order if upwards else reversed(order):
                if row in self._fixed:
                    continue
                members = self._rows[row]
                wanted = self._means(row, x, below=upwards, above=not upwards)
                self._rows = [*self._rows]
                self._rows[row] = members = members[np.argsort(wanted, kind="stable")]
                x[members] = self._centred(members)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = self._rows, crossings
        self._rows = best

    def shift(self) -> Doubles:
        """Move items towards their neighbours as far as their order allows: ``(items,)``."""
        x = self._packed()
        for sweep in range(_SHIFTS):
            order = range(len(self._rows))
            for row in order if sweep % 2 == 0 else reversed(order):
                members = self._rows[row]
                wanted = self._means(row, x, below=True, above=True)
                half = self._widths[members] / 2
                starts = np.concatenate([[0], np.cumsum(half[1:] + half[:-1])])
                x[members] = ascending(wanted - starts) + starts
        moved: Doubles = x - (x - self._widths / 2).min()
        return moved

    def _packed(self) -> Doubles:
        """Put the items of each row side by side, the rows in the middle."""
        x = np.empty(len(self._widths))
        for members in self._rows:
            x[members] = self._centred(members)
        return x

    def _centred(self, members: Ints) -> Doubles:
        ends = np.cumsum(self._widths[members])
        middles: Doubles = ends - self._widths[members] / 2 - ends[-1] / 2
        return middles

    def _means(self, row: int, x: Doubles, below: bool, above: bool) -> Doubles:
        """Return where the neighbours of each item of a row are in the mean, or where it is."""
        total, weight = np.zeros(len(x)), np.zeros(len(x))
        if below and row:
            chosen = self._segments[row - 1]
            np.add.at(total, self._upper[chosen], x[self._lower[chosen]] * self._pull[chosen])
            np.add.at(weight, self._upper[chosen], self._pull[chosen])
        if above:
            chosen = self._segments[row]
            np.add.at(total, self._lower[chosen], x[self._upper[chosen]] * self._pull[chosen])
            np.add.at(weight, self._lower[chosen], self._pull[chosen])
        members = self._rows[row]
        alone = weight[members] == 0
        return np.where(alone, x[members], total[members] / np.where(alone, 1, weight[members]))

    def _crossings(self) -> int:
        """Count pairs of segments that cross."""
        x, count = self._packed(), 0
        for chosen in self._segments:
            a, b = x[self._lower[chosen]], x[self._upper[chosen]]
            count += int(np.sum((a[:, None] < a) & (b[:, None] > b)))
        return count
