"""Networks that run step by step: every executor is the reference, which is neat-python."""

import contextlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from neat.ctrnn import CTRNN
from neat.nn import RecurrentNetwork

from benchmarks.agreement import everything
from neatfool.encodings.neat.bridge import to_neat
from neatfool.errors import ShapeError
from neatfool.networks import ACTIVATIONS, Graphs, compile_graphs, execute, execute_each, step
from neatfool.networks.reference import evaluate_steps
from tests.strategies import graphs, join, of_neat_python, random_graph
from tests.unit.networks.test_numba_exact import TAME, TOTAL, assert_same_bits

JUMPS = ("step", "sawtooth")
CONTINUOUS = tuple(code for code in TAME if ACTIVATIONS[code].name not in JUMPS)
KINDS = ("forward", "recurrent", "ctrnn")
TIME_STEP = 0.25


def course(batch: Graphs, steps: int, each: int, seed: int) -> torch.Tensor:
    """Draw what networks observe: ``(T, P, X, I)``."""
    generator = torch.Generator().manual_seed(seed)
    return 4 * torch.rand(steps, len(batch), each, batch.inputs, generator=generator).double() - 2


def run(
    batch: Graphs, observed: torch.Tensor, dynamics: str, executor: str | None = None
) -> torch.Tensor:
    """Go through a course: ``(T, P, X, O)``."""
    networks = compile_graphs(batch, dynamics, TIME_STEP)
    memory = None
    if dynamics != "forward":
        memory = observed.new_zeros(*observed.shape[1:3], networks.remembered)
    return torch.stack([step(networks, points, memory, executor) for points in observed])


@pytest.mark.parametrize("dynamics", KINDS)
def test_the_exact_executor_is_the_reference_to_the_last_bit(dynamics) -> None:
    @settings(max_examples=60)
    @given(st.data())
    def check(data) -> None:
        kinds = graphs, of_neat_python
        drawn = [kind(codes=TAME, cyclic=dynamics != "forward") for kind in kinds]
        batch = data.draw(st.one_of(*drawn))
        observed = course(batch, 6, 2, data.draw(st.integers(0, 99)))

        expected = evaluate_steps(batch, observed, dynamics, TIME_STEP)
        assert_same_bits(run(batch, observed, dynamics), expected)

    check()


@pytest.mark.parametrize("dynamics", KINDS)
@pytest.mark.parametrize(
    ("executor", "dtype", "limit"),
    [
        ("numba", torch.float32, 1e-4),
        ("torch", torch.float32, 1e-4),
        ("torch", torch.float64, 1e-9),
    ],
)
def test_every_executor_is_close_to_the_reference(executor, dtype, limit, dynamics) -> None:
    @settings(max_examples=25)
    @given(st.data())
    def check(data) -> None:
        options = {"codes": CONTINUOUS, "cyclic": dynamics != "forward", "max_hidden": 5}
        of_sums = graphs(reaches=(0.1, 0.5), max_edges=10, **options)
        with_all = of_neat_python(max_edges=10, **options)
        batch = data.draw(of_sums if executor == "numba" else st.one_of(of_sums, with_all))
        if batch.responses is not None:
            batch = batch.changed(weights=batch.weights / 2, responses=batch.responses / 2)
        each = data.draw(st.sampled_from([1, 3, 300]))
        observed = course(batch, 5, each, data.draw(st.integers(0, 99))).to(dtype)

        found = run(batch, observed, dynamics, executor)

        assert found.dtype == dtype
        shown = [0, each - 1]
        expected = evaluate_steps(batch, observed[:, :, shown].double(), dynamics, TIME_STEP)
        size = np.maximum(1, np.abs(expected))
        assert (np.abs(found[:, :, shown].double().numpy() - expected) <= limit * size).all()

    check()


def steps_of_neat_python(genome, config, observed, dynamics):
    """Go through a course ``(T, I)`` as neat-python does, until it raises an error."""
    kind = RecurrentNetwork if dynamics == "recurrent" else CTRNN
    network = kind.create(genome, config)
    with contextlib.suppress(OverflowError):  # of squares and cubes
        for points in observed.tolist():
            if dynamics == "recurrent":
                yield network.activate(points)
            else:
                yield network.advance(points, TIME_STEP, TIME_STEP)


def assert_neat_python_agrees(batch: Graphs, steps: int, dynamics: str) -> None:
    """Run genomes of neat-python by both, to the last bit."""
    config = everything()
    config.genome_config.feed_forward = False
    config.genome_config.num_inputs = batch.inputs
    config.genome_config.num_outputs = batch.outputs
    config.genome_config.input_keys = [-1 - i for i in range(batch.inputs)]
    config.genome_config.output_keys = list(range(batch.outputs))
    observed = course(batch, steps, 1, 0)

    found = run(batch, observed, dynamics)[:, :, 0]

    lengths = []
    for p, genome in enumerate(to_neat(batch, config)):
        expected = [*steps_of_neat_python(genome, config, observed[:, p, 0], dynamics)]
        lengths.append(len(expected))
        assert_same_bits(found[: len(expected), p], np.array(expected).reshape(-1, batch.outputs))
    assert np.mean(lengths) > 0.9 * steps


def random_batch(count: int, seed: int) -> Graphs:
    """Make graphs with cycles, disabled edges, and functions that neat-python can have."""
    random = np.random.default_rng(seed)
    codes = TAME if seed % 2 else tuple(TOTAL)
    sizes = [(int(random.integers(9)), int(random.integers(30))) for _ in range(count)]
    parts = [random_graph(random, 3, 2, *size, codes=codes, cyclic=True) for size in sizes]
    for part in parts:  # one connection for each pair of nodes
        pairs = np.stack([part["sources"], part["targets"]])
        kept = np.sort(np.unique(pairs, axis=1, return_index=True)[1])
        for name in ("sources", "targets", "weights", "enabled", "innovations"):
            part[name] = part[name][kept]
    made = join(parts, 3, 2)
    computed = made.node_ids >= made.inputs
    size = len(computed)
    return made.changed(
        biases=made.biases.astype(np.float64),
        weights=made.weights.astype(np.float64),
        aggregations=(random.integers(7, size=size) * computed).astype(np.int16),
        responses=np.where(computed, random.uniform(-2, 2, size), 1),
        time_constants=np.where(computed, random.uniform(0.3, 2, size), 1),
    )


@pytest.mark.parametrize("dynamics", KINDS[1:])
def test_neat_python_gives_the_same_to_the_last_bit(dynamics) -> None:
    assert_neat_python_agrees(random_batch(60, 0), 20, dynamics)


@pytest.mark.proof
@pytest.mark.parametrize("dynamics", KINDS[1:])
def test_neat_python_gives_the_same_for_ten_thousand_genomes(dynamics) -> None:
    for seed in range(1, 11):
        assert_neat_python_agrees(random_batch(1000, seed), 50, dynamics)


@pytest.mark.parametrize("dynamics", KINDS[1:])
def test_a_part_of_the_networks_and_episodes_goes_its_own_way(dynamics) -> None:
    batch = random_batch(5, 1)
    observed = course(batch, 8, 3, 2)
    networks = compile_graphs(batch, dynamics, TIME_STEP)

    whole = run(batch, observed, dynamics)

    for p in range(len(batch)):
        alone = run(batch.part(p, p + 1), observed[:, p : p + 1], dynamics)
        assert_same_bits(alone[:, 0], whole[:, p])
    chosen, bounds = np.array([0, 2, 3, 7, 8, 12]), np.array([0, 2, 3, 5, 5, 6])
    memory = torch.zeros(len(chosen), networks.remembered).double()
    for t in range(len(observed)):
        points = observed[t].flatten(0, 1)[chosen].T
        found = execute_each(networks, points, bounds, memory).T
        assert_same_bits(found, whole[t].flatten(0, 1)[chosen])


def test_memory_that_does_not_fit_is_an_error() -> None:
    batch = random_batch(3, 1)
    networks = compile_graphs(batch, "recurrent")
    points = course(batch, 1, 2, 0)[0]
    sizes = *points.shape[:2], networks.remembered
    acyclic = compile_graphs(join([random_graph(np.random.default_rng(0), 3, 2, 2, 4)], 3, 2))

    for wrong in (None, torch.zeros(sizes), torch.zeros(3, 2, 1).double()):
        with pytest.raises(ShapeError, match=r"memory of shape \(3, 2, \d+\)"):
            step(networks, points, wrong)
    with pytest.raises(ShapeError, match="have no memory"):
        step(acyclic, points[:1], torch.zeros(sizes).double())
    with pytest.raises(ShapeError, match="step by step"):
        execute(networks, points[0].T)
