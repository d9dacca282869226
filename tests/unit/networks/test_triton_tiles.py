from types import ModuleType

import numpy as np
import pytest
import torch

from neatfool.networks import ACTIVATIONS, EXECUTORS, compile_graphs
from neatfool.networks.executors import STEPS
from neatfool.networks.reference import evaluate, evaluate_steps
from tests.kernels import compiled, interpreted
from tests.strategies import join, random_graph

pytest.importorskip("triton", reason="Triton is made for Linux only")
on_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")

pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered in exp:RuntimeWarning")

JUMPS = ("step", "sawtooth")
STEEP = ("inv", "log", "exp", "neat_square", "cube")
SMOOTH = tuple(code for code, made in enumerate(ACTIVATIONS) if made.name not in JUMPS + STEEP)


@pytest.fixture(scope="module")
def tiles() -> ModuleType:
    return interpreted("neatfool.networks.executors.triton_tiles")


@pytest.fixture(scope="module")
def steps() -> ModuleType:
    return interpreted("neatfool.networks.executors.triton_steps")


def batch(seed: int, count: int, hidden: int, edges: int, codes=SMOOTH):
    """Make graphs with orphans, disabled and parallel edges; the last has no edges at all."""
    random = np.random.default_rng(seed)
    parts = [random_graph(random, 4, 3, hidden, edges, 0.7, codes) for _ in range(count)]
    return join([*parts, random_graph(random, 4, 3, 0, 0, 0.7, codes)], 4, 3)


def queries(count: int, rows: int = 4) -> torch.Tensor:
    return torch.rand(rows, count, generator=torch.Generator().manual_seed(count)) * 4 - 2


def lone(code: int, values: list[float]):
    """Make one output for each value, which is its bias."""
    part = random_graph(np.random.default_rng(0), 1, len(values), 0, 0, codes=(code,))
    part["biases"][1:] = values
    return join([part], 1, len(values))


@pytest.mark.parametrize("code", range(len(ACTIVATIONS)), ids=lambda code: ACTIVATIONS[code].name)
def test_every_activation_is_that_of_the_table(tiles, code) -> None:
    values = [-40.0, -3.25, -1.5, -0.75, -0.0, 0.0, 0.3, 1.25, 2.9, 3.5, 1500.0]

    found = tiles.execute(compile_graphs(lone(code, values)), torch.zeros(1, 3))

    expected = [ACTIVATIONS[code].scalar(value) for value in values]
    assert found.shape == (1, len(values), 3)
    assert found[0, :, 2].tolist() == pytest.approx(expected, rel=1e-5, abs=2e-6)


@pytest.mark.parametrize("code", range(len(ACTIVATIONS)), ids=lambda code: ACTIVATIONS[code].name)
def test_what_is_not_a_number_comes_through_as_in_torch(tiles, code) -> None:
    networks = compile_graphs(lone(code, [np.nan]))

    assert torch.equal(
        tiles.execute(networks, torch.zeros(1, 1)).isnan(),
        EXECUTORS["torch"](networks, torch.zeros(1, 1)).isnan(),
    )


@pytest.mark.parametrize(
    ("seed", "count", "hidden", "edges", "points"),
    [(0, 4, 3, 10, 5), (1, 6, 8, 24, 2), (2, 2, 0, 6, 300), (3, 1, 70, 200, 3)],
)
def test_random_graphs_equal_the_reference(tiles, seed, count, hidden, edges, points) -> None:
    graphs, inputs = batch(seed, count, hidden, edges), queries(points)

    found = tiles.execute(compile_graphs(graphs), inputs)

    assert found.dtype == torch.float32
    assert np.abs(found.numpy() - evaluate(graphs, inputs)).max() < 1e-4


def test_functions_that_jump_equal_the_reference_where_sums_are_exact(tiles) -> None:
    codes = tuple(code for code, made in enumerate(ACTIVATIONS) if made.name in JUMPS)
    graphs = batch(4, 4, 6, 20, codes)
    for numbers in (graphs.weights, graphs.biases):
        numbers[:] = np.round(numbers * 2) / 2
    inputs = (queries(6) * 4).round() / 4

    found = tiles.execute(compile_graphs(graphs), inputs)

    assert np.array_equal(found.numpy(), evaluate(graphs, inputs))


def test_an_instance_goes_from_pair_to_pair(tiles, monkeypatch) -> None:
    networks, inputs = compile_graphs(batch(5, 4, 3, 10)), queries(150)
    whole = tiles.execute(networks, inputs)
    monkeypatch.setattr(tiles, "INSTANCES", 3)
    in_turns = tiles.execute(networks, inputs)
    monkeypatch.setattr(tiles, "VALUES", 1)

    assert torch.equal(in_turns, whole)
    assert torch.equal(tiles.execute(networks, inputs), whole)


def test_inputs_may_be_a_view_and_are_not_written_to(tiles) -> None:
    networks, inputs = compile_graphs(batch(6, 2, 3, 10)), queries(4, rows=5).T
    before = inputs.clone()

    assert torch.equal(
        tiles.execute(networks, inputs), tiles.execute(networks, inputs.contiguous())
    )
    assert torch.equal(inputs, before)


def test_nothing_gives_nothing(tiles) -> None:
    graphs = batch(7, 2, 3, 10)

    assert tiles.execute(compile_graphs(graphs), queries(0)).shape == (3, 3, 0)
    assert tiles.execute(compile_graphs(graphs.select([])), queries(5)).shape == (0, 3, 5)


@pytest.mark.parametrize("dynamics", ["forward", "recurrent", "ctrnn"])
@pytest.mark.parametrize("each", [1, 130])
def test_steps_equal_the_reference(steps, dynamics, each, monkeypatch) -> None:
    random, cyclic = np.random.default_rng(3), dynamics != "forward"
    parts = [
        random_graph(random, 4, 3, hidden, 9, 0.6, SMOOTH, cyclic=cyclic) for hidden in (0, 5, 2)
    ]
    graphs = join([*parts, random_graph(random, 4, 3, 0, 0)], 4, 3)
    networks = compile_graphs(graphs, dynamics, 0.25)
    observed = torch.from_numpy(random.uniform(-2, 2, (4, 4, each, 4))).float()
    memory = torch.zeros(4, each, networks.remembered) if cyclic else None
    monkeypatch.setattr(steps, "INSTANCES", 3)

    found = torch.stack([steps.step(networks, points, memory) for points in observed])

    shown = [0, each - 1]
    expected = evaluate_steps(graphs, observed[:, :, shown], dynamics, 0.25)
    assert np.abs(found[:, :, shown].numpy() - expected).max() < 1e-4
    none = None if memory is None else memory[:, :0]
    assert steps.step(networks, observed[0, :, :0], none).shape == (4, 0, 3)


def test_the_kernel_of_steps_compiles() -> None:
    from neatfool.networks.executors.triton_steps import _run

    pointers = {"heads": "*i32", "words": "*i32", "numbers": "*fp32", "queries": "*fp32"}
    pointers |= {"values": "*fp32", "result": "*fp32", "memory": "*fp32", "rates": "*fp32"}
    kernel = compiled(
        _run,
        pointers | {"firsts": "*i64", "pairs": "i32", "rows": "i32", "points": "i32"},
        {"inputs": 4, "outputs": 3, "tile": 128, "kind": 2},
        [*pointers],
        num_warps=1,
    )

    assert kernel.asm["ttgir"].count("ttg.barrier all") == 5


@on_gpu
@pytest.mark.parametrize("dynamics", ["forward", "recurrent", "ctrnn"])
def test_on_a_gpu_steps_equal_plain_torch(dynamics) -> None:
    random, cyclic = np.random.default_rng(3), dynamics != "forward"
    parts = [random_graph(random, 4, 3, 9, 20, 0.6, SMOOTH, cyclic=cyclic) for _ in range(50)]
    networks = compile_graphs(join(parts, 4, 3), dynamics, 0.25)
    observed = torch.from_numpy(random.uniform(-2, 2, (6, 50, 300, 4))).float().cuda()
    memories = [observed.new_zeros(50, 300, networks.remembered) for _ in range(2)]
    for points in observed:
        both = [
            STEPS[name](networks, points, memory if cyclic else None)
            for name, memory in zip(("triton", "torch"), memories, strict=True)
        ]
        assert (both[0] - both[1]).abs().max() < 1e-4


@pytest.mark.parametrize("points", ["a multiple of 16", "any"])
def test_the_kernel_compiles_and_keeps_sums_in_registers(points) -> None:
    from neatfool.networks.executors.triton_tiles import _run

    pointers = {"heads": "*i32", "words": "*i32", "numbers": "*fp32", "queries": "*fp32"}
    pointers |= {"values": "*fp32", "result": "*fp32"}
    aligned = [*pointers, "points"] if points == "a multiple of 16" else [*pointers]
    kernel = compiled(
        _run,
        pointers | {"pairs": "i32", "rows": "i32", "points": "i32"},
        {"inputs": 4, "outputs": 3, "tile": 128},
        aligned,
        num_warps=1,
    )

    assert "ld.global.v4" in kernel.asm["ptx"]
    assert kernel.asm["ttgir"].count("ttg.barrier all") == 3
    assert kernel.asm["ttgir"].count("convert_layout") == (points == "any")


@on_gpu
def test_on_a_gpu_the_kernel_equals_plain_torch() -> None:
    networks, inputs = compile_graphs(batch(8, 200, 30, 90)), queries(28 * 28).cuda()

    found = EXECUTORS["triton"](networks, inputs)

    assert (found - EXECUTORS["torch"](networks, inputs)).abs().max() < 1e-4


@on_gpu
@pytest.mark.parametrize("points", [1, 127, 227 * 227])
def test_on_a_gpu_tiles_that_do_not_fit_are_cut(points) -> None:
    networks, inputs = compile_graphs(batch(9, 20, 10, 30)), queries(points)

    found = EXECUTORS["triton"](networks, inputs.cuda()).cpu()

    assert (found - EXECUTORS["torch"](networks, inputs)).abs().max() < 1e-4
