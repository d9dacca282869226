"""Steps on CUDA: the kernel of ``triton_tiles`` for points and memory of each network's own."""

import torch
import triton
import triton.language as tl

from neatfool.networks.compile import Networks
from neatfool.networks.executors.triton_functions import activate
from neatfool.networks.executors.triton_tiles import INSTANCES, TILE, VALUES, pack


def step(
    networks: Networks, points: torch.Tensor, memory: torch.Tensor | None = None
) -> torch.Tensor:
    """Evaluate networks as ``executors.step`` does, for float32 on a GPU."""
    count, each, _ = points.shape
    result = points.new_empty((count, each, networks.outputs.shape[1]))
    if not result.numel():
        return result
    heads, words, numbers = (torch.from_numpy(part).to(points.device) for part in pack(networks))
    kind = ("forward", "recurrent", "ctrnn").index(networks.dynamics)
    rates = numbers if networks.rates is None else torch.from_numpy(networks.rates).to(points)
    firsts = torch.from_numpy(networks.node_offsets).to(points.device)
    rows = networks.rows
    pairs = count * triton.cdiv(each, TILE)
    instances = max(1, min(pairs, INSTANCES, VALUES // (2 * rows * TILE)))
    with torch.cuda.device_of(points):  # type: ignore[no-untyped-call]
        _run[(instances,)](
            heads,
            words,
            numbers,
            points.contiguous(),
            points.new_empty((instances, 2, rows, TILE)),
            result,
            numbers if memory is None else memory,
            rates,
            firsts,
            pairs,
            rows,
            each,
            inputs=networks.inputs,
            outputs=networks.outputs.shape[1],
            tile=TILE,
            kind=kind,
            num_warps=1,
        )
    return result


@triton.jit(do_not_specialize=["pairs", "rows"])  # type: ignore[untyped-decorator]
def _run(  # type: ignore[no-untyped-def]
    heads,
    words,
    numbers,
    queries,
    values,
    result,
    memory,
    rates,
    firsts,
    pairs,
    rows,
    points,
    inputs: tl.constexpr,
    outputs: tl.constexpr,
    tile: tl.constexpr,
    kind: tl.constexpr,
):
    """Fill ``result`` ``(P, X, O)``.

    ``kind`` is 0 for networks that run forward, else 1, or in continuous time 2: then nodes read
    values from the memory ``(P, X, M)``, which stand in rows of their own.
    """
    lanes = tl.arange(0, tile)
    tiles = (points + tile - 1) // tile
    past = values + tl.program_id(0).to(tl.int64) * 2 * rows * tile + lanes
    own = past if kind == 0 else past + rows * tile
    for pair in range(tl.program_id(0), pairs, tl.num_programs(0)):
        network = pair // tiles
        where = (pair % tiles) * tile + lanes
        seen = where < points
        point = network.to(tl.int64) * points + where
        kept = memory + point * (kind * (rows - inputs))
        first = tl.load(firsts + network)
        nodes = tl.load(firsts + network + 1) - first
        tl.debug_barrier()  # all threads are done with the last pair
        _recall(past, queries + point * inputs, kept, nodes, seen, inputs, tile, kind)
        tl.debug_barrier()
        head = heads + network * (2 + outputs)
        line, end, row = tl.load(head), tl.load(head + 1), inputs
        while line < end:
            word = tl.load(words + line)
            last = line + 1 + word // 256
            sums = _summed(words, numbers, line, last, past, tile)
            tl.store(own + row * tile, activate(sums, word % 256))
            tl.debug_barrier()
            if kind > 0:
                place = row - inputs
                rate = tl.load(rates + first + place) if kind == 2 else 1.0
                now, new = past + row * tile, own + row * tile
                _remember(kept + place, rows - inputs, seen, now, new, rate, kind)
            row += 1
            line = last
        tl.debug_barrier()
        _show(result + point * outputs, own, head + 2, seen, outputs, tile)


@triton.jit  # type: ignore[untyped-decorator]
def _recall(  # type: ignore[no-untyped-def]
    past, queries, kept, nodes, seen, inputs: tl.constexpr, tile: tl.constexpr, kind: tl.constexpr
):
    """Put inputs, and what is remembered, where nodes read them."""
    for row in range(inputs):
        tl.store(past + row * tile, tl.load(queries + row, seen, 0))
    if kind > 0:
        for place in range(nodes):
            tl.store(past + (inputs + place) * tile, tl.load(kept + place, seen, 0))


@triton.jit  # type: ignore[untyped-decorator]
def _summed(words, numbers, line, last, past, tile: tl.constexpr):  # type: ignore[no-untyped-def]
    """Add up the bias of a node and its terms."""
    sums = tl.full((tile,), 0, tl.float32) + tl.load(numbers + line)
    for edge in range(line + 1, last):
        sums += tl.load(numbers + edge) * tl.load(past + tl.load(words + edge) * tile)
    return sums


@triton.jit  # type: ignore[untyped-decorator]
def _remember(kept, behind, seen, now, new, rate, kind: tl.constexpr):  # type: ignore[no-untyped-def]
    """Put the new value of a node into the memory; in continuous time it moves there first."""
    value = tl.load(new)
    if kind == 2:
        before, shown = tl.load(kept + behind, seen, 0), tl.load(now)
        value = before + rate * (value - before)
        tl.debug_barrier()
        tl.store(new, shown)
        tl.store(kept + behind, shown, seen)
    tl.store(kept, value, seen)


@triton.jit  # type: ignore[untyped-decorator]
def _show(result, own, head, seen, outputs: tl.constexpr, tile: tl.constexpr):  # type: ignore[no-untyped-def]
    """Write the outputs of a network."""
    for output in range(outputs):
        tl.store(result + output, tl.load(own + tl.load(head + output) * tile), seen)
