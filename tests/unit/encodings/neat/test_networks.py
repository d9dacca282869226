"""Networks of neat-python's genomes give its own numbers to the last bit, and so its own runs."""

import random
from functools import partial
from itertools import count

import neat
import numpy as np
import pytest
import torch
from neat.innovation import InnovationTracker

from benchmarks.agreement import everything, grow, runs_are_equal, same_bits, theirs
from neatfool.encodings.neat import bridge as neat_python
from neatfool.encodings.neat.bridge import activate_all, compile_all
from neatfool.errors import ConfigError, ShapeError
from tests.neat_genomes import xor_config

QUERIES = np.random.default_rng(0).uniform(-2, 2, (6, 3))


@pytest.mark.parametrize("seed", range(3))
def test_outputs_are_those_of_neat_python_to_the_last_bit(seed) -> None:
    config = everything()
    genomes = grow(config, 200, 40, seed)
    own = np.random.default_rng(seed).normal(0, 3, (200, 6, 3))
    expected = [theirs(genome, config, QUERIES) for genome in genomes]
    expected_own = [theirs(g, config, q) for g, q in zip(genomes, own, strict=True)]
    kept = [p for p in range(200) if expected[p] is not None and expected_own[p] is not None]
    networks = compile_all(genomes, config)

    assert len(kept) >= 198
    together = activate_all(genomes, config, QUERIES)
    for p in kept:
        assert same_bits(together[p], expected[p])
        assert same_bits(networks.execute(QUERIES)[p], expected[p])
        assert same_bits(networks(own)[p], expected_own[p])
        assert same_bits(networks(own[:, 2])[p], expected_own[p][2])


@pytest.mark.parametrize("size", [1e3, 1e30, 1e150, np.inf, np.nan])
def test_numbers_without_bounds_take_the_same_way(size) -> None:
    config = everything()
    genomes = grow(config, 150, 30, 5)
    queries = np.array([[size, -1.0, 0.5], [0.0, size, -size], [-size, -0.0, 1.0]])
    expected = [theirs(genome, config, queries) for genome in genomes]

    found = activate_all(genomes, config, queries)

    kept = [p for p in range(150) if expected[p] is not None]
    assert len(kept) > 100
    for p in kept:
        assert same_bits(found[p], expected[p])


def test_nodes_of_many_terms_add_them_in_the_order_of_the_connections() -> None:
    config = everything()
    config.genome_config.num_inputs = 40
    config.genome_config.input_keys = [-1 - i for i in range(40)]
    config.genome_config.connection_fraction = 1.0
    genomes = grow(config, 60, 20, 2)
    for genome in genomes:  # neat-python goes by the order of the dictionary
        pairs = [*genome.connections.items()]
        random.Random(genome.key).shuffle(pairs)
        genome.connections = dict(pairs)
    queries = np.random.default_rng(0).normal(size=(5, 40))

    found = activate_all(genomes, config, queries)

    assert np.mean([len(genome.connections) for genome in genomes]) > 40
    for outputs, genome in zip(found, genomes, strict=True):
        assert same_bits(outputs, theirs(genome, config, queries))


@pytest.mark.parametrize("seed", [3, 7])
def test_whole_runs_are_those_of_neat_python(seed) -> None:
    assert runs_are_equal(seed, generations=6)


def test_single_precision_is_near_and_of_its_type() -> None:
    config = everything()
    genomes = grow(config, 50, 10, 0)
    networks = compile_all(genomes, config, torch.float32)
    own = np.random.default_rng(0).uniform(-1, 1, (50, 4, 3)).astype(np.float32)

    assert len(networks) == 50
    assert networks.execute(QUERIES).dtype == networks(own).dtype == np.float32
    double = compile_all(genomes, config)
    assert double(own).dtype == double.execute(own[0]).dtype == np.float64
    np.testing.assert_allclose(networks(own), double(own), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, "float32", torch.float16, torch.int64, None])
def test_other_types_are_refused_in_words(dtype) -> None:
    config = xor_config()
    for call in (compile_all, partial(activate_all, inputs=[(0.0, 1.0)])):
        with pytest.raises(ConfigError, match=r"expected dtype=torch\.float64 or torch.float32"):
            call(initial(config, 2), config, dtype=dtype)


@pytest.mark.parametrize("each", [1, 3])
def test_lists_of_numbers_are_taken(each) -> None:
    config = xor_config()
    genomes = initial(config, 4)
    networks = compile_all(((genome.key, genome) for genome in genomes), config)

    found = networks([[[1, 0.5]] * each] * 4)

    assert found.shape == (4, each, 1)
    assert np.array_equal(networks([[1, 0.5]] * 4), found[:, 0])
    objects = np.array([[1, 0.5]] * 4, object)
    assert np.array_equal(networks(objects), found[:, 0])
    assert compile_all([], config)(np.zeros((0, 2))).shape == (0, 1)
    assert networks(np.zeros((4, 0, 2))).shape == (4, 0, 1)


def initial(config: neat.Config, number: int) -> list[neat.DefaultGenome]:
    config.genome_config.innovation_tracker = InnovationTracker()
    config.genome_config.node_indexer = count(1)
    genomes = [neat.DefaultGenome(key) for key in range(number)]
    for genome in genomes:
        genome.configure_new(config.genome_config)
    return genomes


@pytest.mark.parametrize(
    "inputs",
    [np.zeros((3, 2)), np.zeros((4, 3)), np.zeros(2), np.zeros((4, 1, 3)), np.zeros((4, 1, 1, 2))],
    ids=lambda inputs: str(inputs.shape),
)
def test_inputs_that_do_not_fit_are_an_error(inputs) -> None:
    config = xor_config()
    networks = compile_all(initial(config, 4), config)

    with pytest.raises(ShapeError, match=r"\(4, 2\), a row for each genome.*or \(4, X, 2\), got"):
        networks(inputs)


@pytest.mark.parametrize("inputs", [[["a", "b"]], [[1.0], [1.0, 2.0]], [[None, 1.0]], [[1j, 0]]])
def test_inputs_that_are_no_numbers_are_an_error(inputs) -> None:
    config = xor_config()
    networks = compile_all(initial(config, len(inputs)), config)

    for call in (networks, networks.execute):
        with pytest.raises(ShapeError, match="got no array of numbers"):
            call(inputs)


def broken(config: neat.Config, how: str) -> neat.DefaultGenome:
    [genome] = initial(config, 1)
    edge = next(iter(genome.connections.values()))
    if how == "node":
        genome.connections = {(9, 0): edge}
    elif how == "input":
        genome.connections = {(0, -1): edge}
    elif how == "unknown input":
        genome.connections = {(-3, 0): edge}
    elif how == "output":
        genome.nodes = {}
    elif how == "cycle":
        genome.connections |= {(0, 0): edge}
    else:
        genome.nodes[0].activation = how
    return genome


@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ("node", ShapeError, "genome 0 has a connection to or from node 9, which it lacks"),
        ("input", ShapeError, "genome 0 has a connection into input -1"),
        ("unknown input", ShapeError, "genome 0 has a connection to or from node -3"),
        ("output", ShapeError, "expected nodes 0 to 0, the outputs of the config, in genome 0"),
        ("cycle", ShapeError, "genome 0 is recurrent"),
        ("mine", ConfigError, "'mine' is a function of your own"),
    ],
)
def test_broken_genomes_are_refused_in_words(how, error, message) -> None:
    config = xor_config()
    genomes = initial(config, 3)
    genomes[1] = broken(config, how)

    with pytest.raises(error, match=message) as caught:
        compile_all(genomes, config)
    assert "neatfool_" not in str(caught.value)


def test_the_fast_reader_reads_what_the_full_one_reads(monkeypatch) -> None:
    config = everything()
    genomes = grow(config, 100, 30, 4)
    fast = activate_all(genomes, config, QUERIES)
    monkeypatch.setattr(neat_python, "read", lambda *_: None)

    assert same_bits(activate_all(genomes, config, QUERIES), fast)


def test_sound_genomes_are_read_by_the_fast_reader(monkeypatch) -> None:
    monkeypatch.setattr(neat_python, "read_all", None)
    config = everything()

    assert len(compile_all(grow(config, 100, 30, 4), config)) == 100


def test_genomes_may_change_after_they_were_compiled() -> None:
    config = xor_config()
    genomes = initial(config, 5)
    networks = compile_all(genomes, config)
    before = networks(np.ones((5, 2)))

    genomes[0].nodes[0].bias += 1
    genomes[1].connections.clear()

    assert np.array_equal(networks(np.ones((5, 2))), before)
