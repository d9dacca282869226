"""The exact executor: what ``reference.evaluate`` gives, bit for bit, by a compiled loop (CPU).

Numbers are double. Every operation is the one that Python makes, in the same order, and functions
are those of the C library that Python's ``math`` calls, so that networks of neat-python give its
own numbers to the last bit. Compiled at its first use, then kept on disk.
"""

import math
from typing import Any

import numpy as np
import torch

from neatfool.networks.aggregations import MAX, MEAN, MEDIAN, MIN, PRODUCT, SUM
from neatfool.networks.compile import Networks
from neatfool.networks.executors.exact_functions import INNER, OPTIONS, activate
from neatfool.networks.jit import jit
from neatfool.types import Doubles, Ints

_TILE = 64

PYTHON = (
    sum((1e16, 1.0, -1e16)) == 1.0,  # from Python 3.12 on, sums of floats are compensated
    2.0,  # given as numbers, or the compiler multiplies, which rounds otherwise than pow
    3.0,
)


def execute(networks: Networks, inputs: torch.Tensor) -> torch.Tensor:
    """Evaluate networks as ``executors.execute`` does, for any type on the CPU."""
    count, each = len(networks), inputs.shape[1]
    bounds = each * np.arange(count + 1)
    found = _evaluate(networks, inputs.T, bounds, np.zeros(count, np.int64), None)
    found = found.view(count, each, networks.outputs.shape[1]).transpose(1, 2)
    return torch.from_numpy(np.ascontiguousarray(found.numpy()))  # without threads


def execute_each(
    networks: Networks, inputs: torch.Tensor, bounds: Ints, memory: torch.Tensor | None = None
) -> torch.Tensor:
    """Evaluate networks as ``executors.execute_each`` does, for any type on the CPU."""
    return _evaluate(networks, inputs.T, bounds, bounds[:-1], memory).T.contiguous()


def step(
    networks: Networks, points: torch.Tensor, memory: torch.Tensor | None = None
) -> torch.Tensor:
    """Evaluate networks as ``executors.step`` does, for any type on the CPU."""
    count, each, _ = points.shape
    bounds = each * np.arange(count + 1)
    flat = None if memory is None else memory.view(count * each, -1)
    found = _evaluate(networks, points.flatten(0, 1), bounds, bounds[:-1], flat)
    return found.view(count, each, networks.outputs.shape[1])


def _evaluate(
    networks: Networks,
    points: torch.Tensor,
    bounds: Ints,
    starts: Ints,
    memory: torch.Tensor | None,
) -> torch.Tensor:
    """Evaluate each network on some of the points.

    Args:
        networks: ``P`` compiled networks.
        points: ``(X, I)`` of any type.
        bounds: ``(P + 1,)``, ascending from 0: which rows of the result are those of each network.
        starts: ``(P,)`` where its points begin.
        memory: ``(bounds[-1], M)`` of the type of the points, changed in place; or None.

    Returns:
        ``(bounds[-1], O)`` of the type of the points.
    """
    result = torch.empty((int(bounds[-1]), networks.outputs.shape[1]), dtype=torch.float64)
    buffers = rooms_of(networks, max(1, min(_TILE, len(points))))
    inputs = points.contiguous().double().numpy()
    doubles = points.new_empty((0, 0)).double() if memory is None else memory.double()
    taken = doubles.numpy(), result.numpy()
    _run(program_of(networks), buffers, inputs, starts, bounds, taken, PYTHON)
    if memory is not None and doubles is not memory:
        memory.copy_(doubles)
    return result.to(points.dtype)


def program_of(networks: Networks) -> tuple[Any, ...]:
    """Return what the compiled loops read of networks."""
    nodes = networks.node_offsets, networks.activations, networks.edge_offsets
    rates = np.empty(0) if networks.rates is None else networks.rates
    return *nodes, networks.sources, networks.outputs, *networks.in_full, rates


def rooms_of(networks: Networks, width: int) -> tuple[Doubles, Doubles, Doubles]:
    """Return room for so many points: for what nodes read, what they compute, and their terms.

    The first two are one unless networks remember: then nodes read the values of the step before.
    """
    values = np.empty((networks.rows, width))
    past = np.empty_like(values) if networks.remembered else values
    return past, values, np.empty(2 * networks.terms)


@jit(**OPTIONS)
def _run(program, rooms, points, starts, bounds, taken, python):  # type: ignore[no-untyped-def]
    """Fill ``result``, network by network and tile by tile of its points."""
    outputs = program[4]
    past, values, _ = rooms
    memory, result = taken
    for network in range(len(outputs)):
        shift = starts[network] - bounds[network]
        for start in range(bounds[network], bounds[network + 1], values.shape[1]):
            left = bounds[network + 1] - start
            width = left if left < values.shape[1] else values.shape[1]
            for x in range(width):
                for row in range(points.shape[1]):
                    past[row, x] = points[start + shift + x, row]
            advance(program, network, rooms, memory[start:], points.shape[1], width, python)
            for x in range(width):
                for output in range(outputs.shape[1]):
                    result[start + x, output] = values[outputs[network, output], x]


@jit(**INNER)
def advance(program, network, rooms, memory, row, width, python):  # type: ignore[no-untyped-def]
    """Fill in the values of the computed nodes of a network; its inputs stand above ``row``.

    ``memory`` has a row for each point, of no numbers if networks remember none.
    """
    past, values, _ = rooms
    first, rates = program[0][network], program[9]
    count = program[0][network + 1] - first if memory.shape[1] else 0
    behind = memory.shape[1] // 2
    for x in range(width):
        for place in range(count):
            past[row + place, x] = memory[x, place]
    forward(program, network, rooms, row, width, python)
    for x in range(width):
        for place in range(count):
            value = values[row + place, x]
            if len(rates):
                before = memory[x, behind + place]
                value = before + rates[first + place] * (-before + value)
                values[row + place, x] = memory[x, behind + place] = memory[x, place]
            memory[x, place] = value


@jit(**INNER)
def forward(program, network, rooms, row, width, python):  # type: ignore[no-untyped-def]
    """Do the same from what nodes are to read, without memory."""
    node_offsets, codes, edge_offsets, sources, _, biases, weights, responses, ways, _ = program
    _, values, _ = rooms
    first, last = node_offsets[network], node_offsets[network + 1]
    for node in range(first, last):
        links = edge_offsets[node], edge_offsets[node + 1], sources, weights
        _aggregate(ways[node], links, rooms, row, width, python[0])
        for x in range(width):
            total = biases[node] + responses[node] * values[row, x]
            values[row, x] = activate(codes[node], total, python)
        row += 1


@jit(**INNER, inline="always")  # called at each step: its arguments alone would take longer
def advance_plainly(program, network, rooms, row, width, remembers, python):  # type: ignore[no-untyped-def]
    """Do as ``advance`` where all nodes sum and none moves in continuous time.

    Nodes remember in what they read: nobody else may write there.
    """
    node_offsets, codes, edge_offsets, sources, _, biases, weights, responses, _, _ = program
    past, values, _ = rooms
    first, last = node_offsets[network], node_offsets[network + 1]
    shift = row - first
    for node in range(first, last):
        for x in range(width):
            total = 0.0
            if python[0]:
                links = edge_offsets[node], edge_offsets[node + 1], sources, weights
                total = _compensated_sum(links, past, x)
            else:
                for edge in range(edge_offsets[node], edge_offsets[node + 1]):
                    total += past[sources[edge], x] * weights[edge]
            total = biases[node] + responses[node] * total
            values[node + shift, x] = activate(codes[node], total, python)
    if remembers:
        for node in range(first, last):
            for x in range(width):
                past[node + shift, x] = values[node + shift, x]


@jit(**INNER)
def _aggregate(way, links, rooms, row, width, compensated):  # type: ignore[no-untyped-def]
    """Fill a row with the aggregation of rows that are read, times their weights."""
    first, last, sources, weights = links
    past, values, terms = rooms
    if way in (SUM, MEAN, PRODUCT):
        for x in range(width):
            values[row, x] = 1.0 if way == PRODUCT else 0.0
        if way == PRODUCT:
            for edge in range(first, last):
                for x in range(width):
                    values[row, x] *= past[sources[edge], x] * weights[edge]
        elif compensated:
            for x in range(width):
                values[row, x] = _compensated_sum(links, past, x)
        else:
            for edge in range(first, last):
                for x in range(width):
                    values[row, x] += past[sources[edge], x] * weights[edge]
        if way == MEAN and last > first:
            for x in range(width):
                values[row, x] /= last - first
    else:
        for x in range(width):
            for edge in range(first, last):
                terms[edge - first] = past[sources[edge], x] * weights[edge]
            values[row, x] = _choose(way, terms, last - first)


@jit(**INNER)
def _compensated_sum(links, values, x):  # type: ignore[no-untyped-def]
    """Sum as Python from 3.12 on does (Neumaier 1974)."""
    first, last, sources, weights = links
    total, rest = 0.0, 0.0
    for edge in range(first, last):
        term = values[sources[edge], x] * weights[edge]
        new = total + term
        rest += (total - new) + term if abs(total) >= abs(term) else (term - new) + total
        total = new
    return total + rest if rest != 0.0 and math.isfinite(rest) else total


@jit(**INNER)
def _choose(way, terms, count):  # type: ignore[no-untyped-def]
    """Return the aggregation of terms that is one of them, or the median; may sort them."""
    best = terms[0] if count else 0.0
    if way != MEDIAN:
        for place in range(1, count):
            term = terms[place]
            if way == MAX:
                best = term if term > best else best
            elif way == MIN:
                best = term if term < best else best
            else:
                best = term if abs(term) > abs(best) else best
    elif count == 2:
        best = (0.0 + terms[0] + terms[1]) / 2.0
    elif count == 1:
        best = 0.0 + terms[0]
    elif count > 2:
        best = _median(terms, count)
    return best


@jit(**INNER)
def _median(terms, count):  # type: ignore[no-untyped-def]
    """Return the median of terms, behind which there is as much room."""
    half, has_nan = count // 2, False
    for place in range(count):
        terms[count + place] = terms[place]
        has_nan = has_nan or math.isnan(terms[place])
    if has_nan:
        _sort(terms, count)
        lower, upper = terms[half - 1], terms[half]
    else:
        upper = _select(terms, count, half)
        lower = terms[count]
        for place in range(count, count + half):
            lower = terms[place] if terms[place] > lower else lower
        lower = _zero(terms, count, half - 1) if lower == 0.0 else lower
        upper = _zero(terms, count, half) if upper == 0.0 else upper
    return upper if count % 2 else (lower + upper) / 2.0


@jit(**INNER)
def _select(terms, count, wanted):  # type: ignore[no-untyped-def]
    """Return the term that many are below, of the second copy, which is parted there.

    Quickselect (Hoare 1961), without branches that depend on terms.
    """
    low, high, wanted = count, 2 * count - 1, count + wanted
    while low < high:
        first, middle, last = terms[low], terms[(low + high) >> 1], terms[high]
        pivot = max(min(first, middle), min(max(first, middle), last))
        below = low
        for place in range(low, high + 1):
            term = terms[place]
            terms[place] = terms[below]
            terms[below] = term
            below += term < pivot
        if wanted < below:
            high = below - 1
            continue
        low = below
        for place in range(below, high + 1):
            term = terms[place]
            terms[place] = terms[low]
            terms[low] = term
            low += term <= pivot
        if wanted < low:
            return pivot
    return terms[wanted]


@jit(**INNER)
def _zero(terms, count, wanted):  # type: ignore[no-untyped-def]
    """Return the zero at a place in the order of terms, with its sign: equals stay as they come."""
    for place in range(count):
        wanted -= terms[place] < 0.0
    found = 0.0
    for place in range(count):
        if terms[place] == 0.0:
            if wanted == 0:
                found = terms[place]
            wanted -= 1
    return found


@jit(**INNER)
def _sort(terms, count):  # type: ignore[no-untyped-def]
    """Sort as Python sorts few numbers: insert, by bisection, what a run at the start leaves.

    Equals keep their order; where there is NaN, the outcome is the same too.
    """
    run, falls = 2, terms[1] < terms[0]
    while run < count and (terms[run] < terms[run - 1]) == falls:
        run += 1
    if falls:
        for place in range(run // 2):
            terms[place], terms[run - 1 - place] = terms[run - 1 - place], terms[place]
    for place in range(run, count):
        term, low, high = terms[place], 0, place
        while low < high:
            middle = (low + high) >> 1
            if term < terms[middle]:
                high = middle
            else:
                low = middle + 1
        for other in range(place, low, -1):
            terms[other] = terms[other - 1]
        terms[low] = term
