"""The CPU executor: one compiled loop over tiles of query points, networks, nodes and edges.

The values of one network on one tile stay in the nearest cache. Sine and exponential are
polynomials, so that the compiler can compute many points at once; they are within 2e-7 of the
exact functions.
"""

from typing import Any

import numba
import numpy as np
import torch

from neatfool.networks.compile import Networks
from neatfool.networks.jit import jit
from neatfool.sections.activations import (
    ABSOLUTE,
    BOUNDED_ABSOLUTE,
    CLAMPED,
    COSINE,
    CUBE,
    ELU,
    EXP,
    GAUSSIAN,
    HAT,
    INV,
    LELU,
    LINEAR,
    LOG,
    LOGISTIC,
    NEAT_GAUSS,
    NEAT_SIGMOID,
    NEAT_SIN,
    NEAT_SOFTPLUS,
    NEAT_SQUARE,
    NEAT_TANH,
    NORMAL,
    NORMAL_TOP,
    PAPER_ACTIVATIONS,
    RAMP,
    RELU,
    SAWTOOTH,
    SELU,
    SELU_ALPHA,
    SELU_SCALE,
    SIGMOID,
    SINE,
    SQUARE,
    STEEP_SIGMOID,
    STEP,
    TANH,
    TRIANGLE,
    activation_codes,
)
from neatfool.types import Ints

_TILE = 256
_PAPER = activation_codes(PAPER_ACTIVATIONS)
_F = np.float32
_LARGEST = np.finfo(_F).max
_SMALLEST = _F(1) / _LARGEST  # what is nearer to zero has no inverse
_OPTIONS: dict[str, object] = {
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract", "nsz", "arcp"},
}
_INNER: dict[str, object] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def execute(networks: Networks, inputs: torch.Tensor) -> torch.Tensor:
    """Evaluate networks as ``executors.execute`` does, for float32 on the CPU."""
    result = torch.empty((*networks.outputs.shape, inputs.shape[1]))
    _run(*_program(networks), inputs.contiguous().numpy(), result.numpy())
    return result


def execute_each(networks: Networks, inputs: torch.Tensor, bounds: Ints) -> torch.Tensor:
    """Evaluate networks as ``executors.execute_each`` does, for float32 on the CPU."""
    result = torch.empty((networks.outputs.shape[1], inputs.shape[1]))
    _run_each(*_program(networks), inputs.contiguous().numpy(), result.numpy(), bounds)
    return result


def step(
    networks: Networks, points: torch.Tensor, memory: torch.Tensor | None = None
) -> torch.Tensor:
    """Evaluate networks as ``executors.step`` does, for float32 on the CPU."""
    count, each, inputs = points.shape
    if memory is None:
        bounds = each * np.arange(count + 1)
        found = execute_each(networks, points.reshape(-1, inputs).T, bounds)
        return found.T.reshape(count, each, len(found))
    result = torch.empty((count, each, networks.outputs.shape[1]))
    program, values, others = _program(networks)
    rates = np.empty(0) if networks.rates is None else networks.rates
    rooms = np.concatenate([values, values]), rates.astype(np.float32)
    given = points.contiguous().numpy(), memory.numpy(), result.numpy()
    _run_step(program, rooms, others, *given)
    return result


def _program(networks: Networks) -> tuple[Any, ...]:
    """Return what the compiled loops read, a place for values, and which functions they need."""
    program = (
        networks.node_offsets,
        networks.activations,
        networks.biases.astype(np.float32, copy=False),
        networks.edge_offsets,
        networks.sources,
        networks.weights.astype(np.float32, copy=False),
        networks.outputs,
    )
    others = None if np.isin(networks.activations, _PAPER).all() else True
    return program, np.empty((networks.rows, _TILE), np.float32), others


@numba.njit(inline="always")
def _sine(p):  # type: ignore[no-untyped-def]
    """Compute sin(p) for float32, from the nearest multiple of pi, found in double precision."""
    turns = np.rint(np.float64(p) * (1 / np.pi))
    rest = _F(np.float64(p) - turns * np.pi)
    odd = _F(turns - 2 * np.floor(turns * 0.5))
    s = rest * rest
    tail = _F(-1.98407965e-4) + s * (_F(2.75223034e-6) + s * _F(-2.38419877e-8))
    value = rest + rest * s * (_F(-1.6666667e-1) + s * (_F(8.3333304e-3) + s * tail))
    return value * (_F(1) - _F(2) * odd)


@numba.njit(inline="always")
def _exponential(p):  # type: ignore[no-untyped-def]
    """Compute exp(p) for float32, p cut to [-87, 88]: a power of two times exp of the rest."""
    p = _F(-87) if p < _F(-87) else p
    p = _F(88) if p > _F(88) else p
    power = np.rint(p * _F(1.44269504))
    rest = (p - power * _F(0.693359375)) + power * _F(2.12194440e-4)
    tail = _F(4.1665796e-2) + rest * (_F(8.3334519e-3) + rest * _F(1.3981999e-3))
    value = _F(1) + rest * (_F(1) + rest * (_F(0.5) + rest * (_F(1.6666666e-1) + rest * tail)))
    return value * np.int32((np.int32(power) + np.int32(127)) << np.int32(23)).view(np.float32)


@jit(**_OPTIONS, **_INNER)
def activate(code, values, row, width, others):  # type: ignore[no-untyped-def]
    """Overwrite a row with the activation of it; a code of none of these leaves it as it is."""
    if code == SINE:
        for x in range(width):
            values[row, x] = _sine(values[row, x])
    elif code in (GAUSSIAN, SIGMOID):
        if code == GAUSSIAN:
            for x in range(width):
                values[row, x] *= -values[row, x]
        for x in range(width):
            values[row, x] = _exponential(values[row, x])
        if code != GAUSSIAN:
            for x in range(width):
                values[row, x] = _F(1) - _F(2) / (values[row, x] + _F(1))
    elif code == LINEAR:
        for x in range(width):
            p = _F(-3) if values[row, x] < _F(-3) else values[row, x]
            values[row, x] = (_F(3) if p > _F(3) else p) / _F(3)
    elif others is not None:
        _activate_otherwise(code, values, row, width)


@jit(**_OPTIONS, **_INNER)
def _activate_otherwise(code, values, row, width):  # type: ignore[no-untyped-def]
    """Do the same for the functions that the paper does not use."""
    if code == COSINE:
        for x in range(width):
            values[row, x] = _sine(np.float64(values[row, x]) + np.pi / 2)
    elif code == TANH:
        for x in range(width):
            values[row, x] = _F(1) - _F(2) / (_exponential(_F(2) * values[row, x]) + _F(1))
    elif code == ABSOLUTE:
        for x in range(width):
            values[row, x] = abs(values[row, x])
    elif code == SQUARE:
        for x in range(width):
            p = values[row, x] * values[row, x]
            values[row, x] = _F(1e6) if p > _F(1e6) else p
    elif code == SAWTOOTH:
        for x in range(width):
            values[row, x] -= np.floor(values[row, x])
    elif code == TRIANGLE:
        for x in range(width):
            half = values[row, x] * _F(0.5)
            values[row, x] = _F(1) - _F(4) * abs(half - np.floor(half + _F(0.5)))
    elif code == RELU:
        for x in range(width):
            values[row, x] = _F(0) if values[row, x] < _F(0) else values[row, x]
    elif code == STEP:
        for x in range(width):
            values[row, x] = _F(1) if values[row, x] > _F(0) else _F(0)
    elif code == STEEP_SIGMOID:
        for x in range(width):
            values[row, x] = _F(1) / (_exponential(_F(-4.9) * values[row, x]) + _F(1))
    else:
        _activate_as_others_do(code, values, row, width)


@numba.njit(inline="always")
def _clip(p, reach):  # type: ignore[no-untyped-def]
    p = -reach if p < -reach else p
    return reach if p > reach else p


@jit(**_OPTIONS, **_INNER)
def _activate_as_others_do(code, values, row, width):  # type: ignore[no-untyped-def]
    """Do the same for those of neat-python and MM-NEAT; a code of none of all changes nothing."""
    for x in range(width):
        p = values[row, x]
        if code == NEAT_SIGMOID:
            p = _F(1) / (_F(1) + _exponential(-_clip(_F(5) * p, _F(60))))
        elif code == NEAT_TANH:
            p = _F(1) - _F(2) / (_exponential(_F(5) * p) + _F(1))
        elif code == NEAT_SIN:
            p = _sine(_clip(_F(5) * p, _F(60)))
        elif code == NEAT_GAUSS:
            p = _clip(p, _F(3.4))
            p = _exponential(_F(-5) * p * p)
        elif code == ELU:
            p = p if p > _F(0) else np.expm1(p)
        elif code == LELU:
            p = p if p > _F(0) else _F(0.005) * p
        elif code == SELU:
            p = _F(SELU_SCALE) * (p if p > _F(0) else _F(SELU_ALPHA) * np.expm1(p))
        elif code == NEAT_SOFTPLUS:
            p = _F(0.2 * np.log(1.0 + np.float64(_exponential(_clip(_F(5) * p, _F(60))))))
        elif code == CLAMPED:
            p = _clip(p, _F(1))
        elif code == INV:
            p = _F(0) if abs(p) < _SMALLEST else _F(1) / p
        elif code == LOG:
            p = np.log(_F(1e-7) if p < _F(1e-7) else p)
        elif code == EXP:
            p = _exponential(_clip(p, _F(60)))
        elif code == HAT:
            p = _F(0) if abs(p) > _F(1) else _F(1) - abs(p)
        elif code == NEAT_SQUARE:
            p = _clip(p * p, _LARGEST)
        elif code == CUBE:
            p = _clip(p * p * p, _LARGEST)
        elif code == LOGISTIC:
            p = _F(1) / (_exponential(-p) + _F(1))
        elif code == NORMAL:
            p = _F(NORMAL_TOP) * _exponential(_F(-0.5) * p * p)
        elif code == RAMP:
            p = _F(0) if p < _F(0) else _clip(p, _F(1))
        elif code == BOUNDED_ABSOLUTE:
            p = _clip(abs(p), _F(1))
        values[row, x] = p


@jit(**_OPTIONS, **_INNER)
def _add(weight, values, source, row, width):  # type: ignore[no-untyped-def]
    """Add a multiple of one row to another."""
    for x in range(width):
        values[row, x] += weight * values[source, x]


@jit(**_OPTIONS, **_INNER)
def _forward(program, network, values, row, width, others):  # type: ignore[no-untyped-def]
    """Fill the rows of a network from ``row`` on; what it reads stands in the first ones."""
    node_offsets, activations, biases, edge_offsets, sources, weights, _ = program
    for node in range(node_offsets[network], node_offsets[network + 1]):
        for x in range(width):
            values[row, x] = biases[node]
        for edge in range(edge_offsets[node], edge_offsets[node + 1]):
            _add(weights[edge], values, sources[edge], row, width)
        activate(activations[node], values, row, width, others)
        row += 1


@jit(**_OPTIONS)
def _run(program, values, others, inputs, result):  # type: ignore[no-untyped-def]
    """Fill ``result`` ``(P, O, X)``; ``values`` has a row for each value of the largest network.

    Where ``others`` is None, only the functions of the paper are compiled, which takes less time.
    """
    outputs = program[6]
    first = len(inputs)
    for start in range(0, inputs.shape[1], values.shape[1]):
        left = inputs.shape[1] - start
        width = left if left < values.shape[1] else values.shape[1]
        for row in range(first):
            for x in range(width):
                values[row, x] = inputs[row, start + x]
        for network in range(len(outputs)):
            _forward(program, network, values, first, width, others)
            for output in range(outputs.shape[1]):
                row = outputs[network, output]
                for x in range(width):
                    result[network, output, start + x] = values[row, x]


@jit(**_OPTIONS)
def _run_each(program, values, others, inputs, result, bounds):  # type: ignore[no-untyped-def]
    """Fill ``result`` ``(O, X)``, network by network."""
    node_offsets, activations, biases, edge_offsets, sources, weights, outputs = program
    for network in range(len(outputs)):
        rest = (activations, biases, edge_offsets, sources, weights, outputs[network : network + 1])
        mine = slice(bounds[network], bounds[network + 1])
        own = (node_offsets[network : network + 2], *rest)
        _run(own, values, others, inputs[:, mine], np.expand_dims(result[:, mine], 0))


@jit(**_OPTIONS)
def _run_step(program, rooms, others, points, memory, result):  # type: ignore[no-untyped-def]
    """Fill ``result`` ``(P, X, O)`` from points and memory of each network, and renew the memory.

    The numbers of a point stand side by side: they are turned on the way in and out.
    """
    values, rates = rooms
    outputs, (count, each, first) = program[6], points.shape
    rows, behind = len(values) // 2, memory.shape[2] // 2
    for network in range(count):
        begin = program[0][network]
        nodes = program[0][network + 1] - begin
        for start in range(0, each, values.shape[1]):
            width = min(each - start, values.shape[1])
            for x in range(width):
                for row in range(first):
                    values[row, x] = points[network, start + x, row]
                for place in range(nodes):
                    values[first + place, x] = memory[network, start + x, place]
            _forward(program, network, values, rows + first, width, others)
            for x in range(width):
                kept = memory[network, start + x]
                for place in range(nodes):
                    row = rows + first + place
                    value = values[row, x]
                    if len(rates):
                        before = kept[behind + place]
                        value = before + rates[begin + place] * (value - before)
                        kept[behind + place] = values[row, x] = kept[place]
                    kept[place] = value
                for output in range(outputs.shape[1]):
                    row = rows + outputs[network, output]
                    result[network, start + x, output] = values[row, x]
