"""The CUDA executor: one Triton kernel that interprets the programs of all networks.

An instance of the kernel is one warp, which computes one network on one tile of query points, and
then the next pair of the two; its values stand in rows of global memory of its own, that are
written again and again and so stay in cache. A barrier after each row makes it visible to the whole
warp: a thread sees what it wrote itself, but which thread stores and which one loads a point is for
the compiler to choose.
"""

import numpy as np
import numpy.typing as npt
import torch
import triton
import triton.language as tl

from neatfool.networks.activations import (
    BOUNDED_ABSOLUTE,
    NORMAL_TOP,
    SELU_ALPHA,
    SELU_SCALE,
    SINE,
)
from neatfool.networks.compile import Networks
from neatfool.types import Floats

_Words = npt.NDArray[np.int32]
_TILE = 128  # query points: four for each thread of a warp, which it loads at once
_INSTANCES = 1 << 12  # about what the largest GPUs run at once
_VALUES = 1 << 28  # 1 GiB of float32: bounds memory for networks of very many nodes

(
    _SINE,
    _SIGMOID,
    _GAUSSIAN,
    _LINEAR,
    _TANH,
    _COSINE,
    _ABSOLUTE,
    _SQUARE,
    _SAWTOOTH,
    _TRIANGLE,
    _RELU,
    _STEP,
    _STEEP_SIGMOID,
    _NEAT_SIGMOID,
    _NEAT_TANH,
    _NEAT_SIN,
    _NEAT_GAUSS,
    _ELU,
    _LELU,
    _SELU,
    _NEAT_SOFTPLUS,
    _CLAMPED,
    _INV,
    _LOG,
    _EXP,
    _HAT,
    _NEAT_SQUARE,
    _CUBE,
    _LOGISTIC,
    _NORMAL,
    _RAMP,
    _BOUNDED_ABSOLUTE,
) = map(tl.constexpr, range(SINE, BOUNDED_ABSOLUTE + 1))  # in the order of the table
_SCALE, _ALPHA, _PEAK = map(tl.constexpr, (SELU_SCALE, SELU_ALPHA, NORMAL_TOP))
_LARGEST = tl.constexpr(float(np.finfo(np.float32).max))
_SMALLEST = tl.constexpr(1 / float(np.finfo(np.float32).max))  # what is nearer to 0 has no inverse


def execute(networks: Networks, inputs: torch.Tensor) -> torch.Tensor:
    """Evaluate networks as ``executors.execute`` does, for float32 on a GPU."""
    result = inputs.new_empty((*networks.outputs.shape, inputs.shape[1]))
    if not result.numel():
        return result
    heads, words, numbers = (torch.from_numpy(part).to(inputs.device) for part in _pack(networks))
    rows = networks.inputs + int(np.diff(networks.node_offsets).max())
    pairs = len(networks) * triton.cdiv(inputs.shape[1], _TILE)
    instances = max(1, min(pairs, _INSTANCES, _VALUES // (rows * _TILE)))
    with torch.cuda.device_of(inputs):  # type: ignore[no-untyped-call]
        _run[(instances,)](
            heads,
            words,
            numbers,
            inputs.contiguous(),
            inputs.new_empty((instances, rows, _TILE)),
            result,
            pairs,
            rows,
            inputs.shape[1],
            inputs=networks.inputs,
            outputs=networks.outputs.shape[1],
            tile=_TILE,
            num_warps=1,
        )
    return result


def _pack(networks: Networks) -> tuple[_Words, _Words, Floats]:
    """Write the programs of all networks one behind the other.

    A line of a program is a word and a number. A computed node is its activation plus 256 for each
    edge, and its bias; the lines of its edges follow: their sources, and their weights.

    Returns:
        ``(P, 2 + O)`` int32: the first line of each network, the one after its last, and the rows
        of its outputs; the words, int32; the numbers, float32.
    """
    counts = np.diff(networks.edge_offsets)
    nodes = np.arange(len(counts)) + networks.edge_offsets[:-1]
    edges = np.arange(len(networks.sources)) + np.repeat(np.arange(len(counts)), counts) + 1
    words = np.empty(len(nodes) + len(edges), np.int32)
    words[nodes], words[edges] = networks.activations + 256 * counts, networks.sources
    numbers = np.empty(len(words), np.float32)
    numbers[nodes], numbers[edges] = networks.biases, networks.weights
    bounds = networks.node_offsets + networks.edge_offsets[networks.node_offsets]
    heads = np.column_stack([bounds[:-1], bounds[1:], networks.outputs])
    return heads.astype(np.int32), words, numbers


@triton.jit(do_not_specialize=["pairs", "rows"])  # type: ignore[untyped-decorator]
def _run(  # type: ignore[no-untyped-def]
    heads,
    words,
    numbers,
    queries,
    values,
    result,
    pairs,
    rows,
    points,
    inputs: tl.constexpr,
    outputs: tl.constexpr,
    tile: tl.constexpr,
):
    """Fill ``result`` ``(P, O, X)``; ``values`` has a row for each value of the largest network."""
    lanes = tl.arange(0, tile)
    tiles = (points + tile - 1) // tile
    own = values + tl.program_id(0).to(tl.int64) * rows * tile + lanes
    for pair in range(tl.program_id(0), pairs, tl.num_programs(0)):
        network = pair // tiles
        where = (pair % tiles) * tile + lanes
        tl.debug_barrier()  # all threads are done with the last pair
        for row in range(inputs):
            tl.store(own + row * tile, tl.load(queries + row * points + where, where < points, 0))
        tl.debug_barrier()
        head = heads + network * (2 + outputs)
        line = tl.load(head)
        end = tl.load(head + 1)
        row = inputs
        while line < end:
            word = tl.load(words + line)
            sums = tl.full((tile,), 0, tl.float32) + tl.load(numbers + line)
            last = line + 1 + word // 256
            for edge in range(line + 1, last):
                source = tl.load(own + tl.load(words + edge) * tile)
                sums += tl.load(numbers + edge) * source
            tl.store(own + row * tile, _activate(sums, word % 256))
            tl.debug_barrier()
            row += 1
            line = last
        first = network.to(tl.int64) * outputs
        for output in range(outputs):
            value = tl.load(own + tl.load(head + 2 + output) * tile)
            tl.store(result + (first + output) * points + where, value, where < points)


@triton.jit
def _activate(p, code):  # type: ignore[no-untyped-def]
    """Compute the activation of sums; those of a code of none of these stay as they are."""
    if code == _SINE:
        p = tl.sin(p)
    elif code == _COSINE:
        p = tl.cos(p)
    elif code == _GAUSSIAN:
        p = tl.exp(-p * p)
    elif code == _SIGMOID:
        p = 1 - 2 / (tl.exp(p) + 1)
    elif code == _TANH:
        p = 1 - 2 / (tl.exp(2 * p) + 1)
    elif code == _LINEAR:
        p = tl.where(p < -3, -3, tl.where(p > 3, 3, p)) / 3
    elif code == _ABSOLUTE:
        p = tl.abs(p)
    elif code == _SQUARE:
        p = tl.where(p * p > 1e6, 1e6, p * p)
    elif code == _SAWTOOTH:
        p = p - tl.floor(p)
    elif code == _TRIANGLE:
        p = 1 - 4 * tl.abs(p * 0.5 - tl.floor(p * 0.5 + 0.5))
    elif code == _RELU:
        p = tl.where(p < 0, 0, p)
    elif code == _STEP:
        p = tl.where(p > 0, 1.0, 0.0)
    elif code == _STEEP_SIGMOID:
        p = 1 / (1 + tl.exp(-4.9 * p))
    elif code >= _NEAT_SIGMOID:
        p = _activate_as_others_do(p, code)
    return p


@triton.jit
def _clip(p, reach):  # type: ignore[no-untyped-def]
    return tl.where(p < -reach, -reach, tl.where(p > reach, reach, p))


@triton.jit
def _activate_as_others_do(p, code):  # type: ignore[no-untyped-def]
    if code == _NEAT_SIGMOID:
        p = 1 / (1 + tl.exp(-_clip(5 * p, 60.0)))
    elif code == _NEAT_TANH:
        p = 1 - 2 / (tl.exp(5 * p) + 1)
    elif code == _NEAT_SIN:
        p = tl.sin(_clip(5 * p, 60.0))
    elif code == _NEAT_GAUSS:
        p = _clip(p, 3.4)
        p = tl.exp(-5 * p * p)
    elif code == _ELU:
        p = tl.where(p > 0, p, tl.exp(p) - 1)
    elif code == _LELU:
        p = tl.where(p > 0, p, 0.005 * p)
    elif code == _SELU:
        p = _SCALE * tl.where(p > 0, p, _ALPHA * (tl.exp(p) - 1))
    elif code == _NEAT_SOFTPLUS:
        p = tl.exp(_clip(5 * p, 60.0))
        small = tl.where((p < 1e-3) & (p > 1.11e-16), p, 0)  # nearer to zero log(1 + p) is zero
        p = 0.2 * tl.where(p < 1e-3, small - 0.5 * small * small, tl.log(1 + p))
    elif code == _CLAMPED:
        p = _clip(p, 1.0)
    elif code == _INV:
        is_small = tl.abs(p) < _SMALLEST
        p = tl.where(is_small, 0, 1 / tl.where(is_small, 1, p))
    elif code == _LOG:
        p = tl.log(tl.where(p < 1e-7, 1e-7, p))
    elif code == _EXP:
        p = tl.exp(_clip(p, 60.0))
    elif code == _HAT:
        p = tl.where(tl.abs(p) > 1, 0, 1 - tl.abs(p))
    elif code == _NEAT_SQUARE:
        p = _clip(p * p, _LARGEST)
    elif code == _CUBE:
        p = _clip(p * p * p, _LARGEST)
    elif code == _LOGISTIC:
        p = 1 / (1 + tl.exp(-p))
    elif code == _NORMAL:
        p = _PEAK * tl.exp(-0.5 * p * p)
    elif code == _RAMP:
        p = tl.where(p < 0, 0, _clip(p, 1.0))
    elif code == _BOUNDED_ABSOLUTE:
        p = _clip(tl.abs(p), 1.0)
    return p
