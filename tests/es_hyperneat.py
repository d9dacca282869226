"""ES-HyperNEAT one cell at a time, as the algorithm is written: the oracle of the batched one."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from neatfool.substrates import EvolvableSettings

Place = tuple[float, float]
Query = Callable[[Place, Place], tuple[float, float]]
"""``(source, target) -> (output, expression)`` of one CPPN."""


@dataclass
class Point:
    """A cell, by its centre and half its side; the root is the whole plane."""

    x: float
    y: float
    half: float
    depth: int
    value: float = 0.0
    children: list["Point"] = field(default_factory=list)


def leaves(point: Point) -> list[float]:
    if not point.children:
        return [point.value]
    return [value for child in point.children for value in leaves(child)]


def search(settings: EvolvableSettings, anchor: Place, query: Query, outgoing: bool) -> set[Place]:
    """Return the centres of the cells around a node that it has links with."""
    tree = settings.quadtree

    def ask(x: float, y: float) -> float:
        return query(anchor, (x, y))[0] if outgoing else query((x, y), anchor)[0]

    root = Point(0.0, 0.0, 1.0, 0)
    waiting = [root]
    while waiting:
        point = waiting.pop(0)
        half = point.half / 2
        for dx, dy in [(-1, -1), (1, -1), (-1, 1), (1, 1)]:
            x, y = point.x + dx * half, point.y + dy * half
            point.children.append(Point(x, y, half, point.depth + 1, ask(x, y)))
        depth = point.depth + 1
        varies = np.var([child.value for child in point.children]) > tree.division_threshold
        if depth < tree.initial_depth or (depth < tree.max_depth and varies):
            waiting += point.children

    found: set[Place] = set()

    def prune(point: Point) -> None:
        for child in point.children:
            if np.var(leaves(child)) > tree.variance_threshold:
                prune(child)
                continue
            side = 2 * child.half
            left = abs(child.value - ask(child.x - side, child.y))
            right = abs(child.value - ask(child.x + side, child.y))
            top = abs(child.value - ask(child.x, child.y - side))
            bottom = abs(child.value - ask(child.x, child.y + side))
            if max(min(top, bottom), min(left, right)) > tree.band_threshold:
                found.add((child.x, child.y))

    prune(root)
    return found


def weigh(settings: EvolvableSettings, output: float, expression: float) -> float:
    links = settings.links
    if links.rule == "raw":
        return output * links.max_weight
    if links.rule == "leo":
        return output * links.max_weight * (expression > links.threshold)
    if abs(output) <= links.threshold:
        return 0.0
    return (
        np.sign(output)
        * (abs(output) - links.threshold)
        / (1 - links.threshold)
        * (links.max_weight)
    )


def find_links(
    settings: EvolvableSettings, inputs: list[Place], outputs: list[Place], query: Query
) -> dict[tuple[tuple[str, Place], tuple[str, Place]], float]:
    """Return the weights of the links of one network, by the kinds and places of their ends."""
    links = {}

    def connect(anchor: Place, kind: str, outgoing: bool) -> set[Place]:
        """Connect a node to what is found around it; return the places of that."""
        reached = set()
        for place in search(settings, anchor, query, outgoing):
            if kind == "hidden" and place[1] <= anchor[1]:
                continue
            ends = (anchor, place) if outgoing else (place, anchor)
            weight = weigh(settings, *query(*ends))
            if weight != 0:
                names = ((kind, anchor), ("hidden", place))
                links[names if outgoing else names[::-1]] = weight
                reached.add(place)
        return reached

    hidden: set[Place] = set()
    for place in inputs:
        hidden |= connect(place, "input", outgoing=True)
    unexplored = set(hidden)
    for _ in range(settings.iterations):
        reached = set()
        for place in unexplored:
            reached |= connect(place, "hidden", outgoing=True)
        unexplored = reached - hidden
        hidden |= reached
    for place in outputs:
        connect(place, "output", outgoing=False)

    def spread(start: set, pairs: list) -> set:
        while True:
            more = {b for a, b in pairs if a in start} - start
            if not more:
                return start
            start = start | more

    ahead = spread({("input", place) for place in inputs}, list(links))
    back = spread({("output", place) for place in outputs}, [(b, a) for a, b in links])
    live = ahead & back
    return {ends: weight for ends, weight in links.items() if set(ends) <= live}
