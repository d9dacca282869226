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

from neatfool.networks.compile import Networks
from neatfool.networks.executors.triton_functions import activate
from neatfool.types import Floats

_Words = npt.NDArray[np.int32]
TILE = 128  # query points: four for each thread of a warp, which it loads at once
INSTANCES = 1 << 12  # about what the largest GPUs run at once
VALUES = 1 << 28  # 1 GiB of float32: bounds memory for networks of very many nodes


def execute(networks: Networks, inputs: torch.Tensor) -> torch.Tensor:
    """Evaluate networks as ``executors.execute`` does, for float32 on a GPU."""
    result = inputs.new_empty((*networks.outputs.shape, inputs.shape[1]))
    if not result.numel():
        return result
    heads, words, numbers = (torch.from_numpy(part).to(inputs.device) for part in pack(networks))
    rows = networks.inputs + int(np.diff(networks.node_offsets).max())
    pairs = len(networks) * triton.cdiv(inputs.shape[1], TILE)
    instances = max(1, min(pairs, INSTANCES, VALUES // (rows * TILE)))
    with torch.cuda.device_of(inputs):  # type: ignore[no-untyped-call]
        _run[(instances,)](
            heads,
            words,
            numbers,
            inputs.contiguous(),
            inputs.new_empty((instances, rows, TILE)),
            result,
            pairs,
            rows,
            inputs.shape[1],
            inputs=networks.inputs,
            outputs=networks.outputs.shape[1],
            tile=TILE,
            num_warps=1,
        )
    return result


def pack(networks: Networks) -> tuple[_Words, _Words, Floats]:
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
            tl.store(own + row * tile, activate(sums, word % 256))
            tl.debug_barrier()
            row += 1
            line = last
        first = network.to(tl.int64) * outputs
        for output in range(outputs):
            value = tl.load(own + tl.load(head + 2 + output) * tile)
            tl.store(result + (first + output) * points + where, value, where < points)
