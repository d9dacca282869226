import copy
import math
import pickle
import random
from types import SimpleNamespace

import neat
import numpy as np
import pytest
import torch
from neat.genes import DefaultConnectionGene, DefaultNodeGene

import neatfool
from benchmarks.agreement import compare, everything, grow
from neatfool.encodings import Birth, Cppn, CppnSettings
from neatfool.encodings.neat.bridge import activate_all, from_neat, to_neat
from neatfool.errors import ConfigError, ShapeError
from neatfool.images import Canvas
from neatfool.networks import ACTIVATIONS, Graphs, compile_graphs, execute
from neatfool.networks.reference import evaluate
from tests.neat_genomes import attributes, xor_config
from tests.strategies import join

QUERIES = np.random.default_rng(0).uniform(-2, 2, (5, 3))
XOR_INPUTS = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)]
XOR_OUTPUTS = [(0.0,), (1.0,), (1.0,), (0.0,)]


def made(nodes: dict, connections: dict, key: int = 0) -> neat.DefaultGenome:
    """Make a genome of (bias, response, activation, aggregation) and (weight, enabled)."""
    genome = neat.DefaultGenome(key)
    for number, (bias, response, activation, aggregation) in nodes.items():
        gene = genome.nodes[number] = DefaultNodeGene(number)
        gene.bias, gene.response, gene.time_constant = bias, response, 1.0
        gene.activation, gene.aggregation = activation, aggregation
    for number, (ends, (weight, enabled)) in enumerate(connections.items()):
        gene = genome.connections[ends] = DefaultConnectionGene(ends, innovation=number)
        gene.weight, gene.enabled = weight, enabled
    return genome


SUM = (0.0, 1.0, "identity", "sum")


def test_random_genomes_give_what_neat_python_gives() -> None:
    found = compare(400, mutations=30, seed=1)

    assert found["overflow"] < 4
    assert found["bit for bit"] == found["genomes"] - found["overflow"]
    assert found["float32"]["within"] >= 390
    explained = found["float32"]["of which neat-python's own result changes when rounded"]
    assert explained == found["float32"]["beyond"]


def test_random_genomes_have_every_function() -> None:
    config = everything()
    nodes = [node for genome in grow(config, 200, 30, 0) for node in genome.nodes.values()]

    assert {node.activation for node in nodes} == set(config.genome_config.activation_options)
    assert len({node.activation for node in nodes}) == 18
    assert len({node.aggregation for node in nodes}) == 7


@pytest.mark.parametrize("seed", range(3))
def test_there_and_back_is_the_same_gene_by_gene(seed) -> None:
    config = everything()
    genomes = grow(config, 100, 30, seed)

    back = to_neat(from_neat(genomes, config), config, [genome.key for genome in genomes])

    assert [genome.key for genome in back] == [genome.key for genome in genomes]
    for ours, theirs in zip(back, genomes, strict=True):
        assert attributes(ours) == attributes(theirs)
        assert type(ours) is neat.DefaultGenome


def test_graphs_give_what_the_genomes_give() -> None:
    config = everything()
    genomes = grow(config, 60, 30, 3)
    graphs = from_neat(genomes, config)

    outputs = activate_all(genomes, config, QUERIES).transpose(0, 2, 1)

    inputs = torch.from_numpy(QUERIES.T.copy())
    found = execute(compile_graphs(graphs), inputs)  # sums in the order of innovation numbers
    np.testing.assert_allclose(found, outputs, rtol=1e-9)
    assert np.array_equal(evaluate(graphs, QUERIES.T), found)


@pytest.mark.parametrize(
    ("aggregation", "terms", "value"),
    [
        ("sum", [2, -3, 5], 4),
        ("product", [2, -3, 5], -30),
        ("max", [2, -3, 5], 5),
        ("min", [2, -3, 5], -3),
        ("maxabs", [2, -3, 1], -3),
        ("maxabs", [-3, 3], -3),
        ("maxabs", [3, -3], 3),
        ("median", [2, -3, 5], 2),
        ("median", [2, -3, 5, 3], 2.5),
        ("median", [2, -3], -0.5),
        ("mean", [2, -3, 5, 4], 2),
        *((name, [], 0) for name in ("sum", "max", "min", "maxabs", "median", "mean")),
        ("product", [], 1),
    ],
)
def test_aggregations_by_hand(aggregation, terms, value) -> None:
    config = everything()
    config.genome_config.num_inputs, config.genome_config.num_outputs = max(len(terms), 1), 1
    weights = {(-1 - i, 0): (0.5, True) for i in range(len(terms))}
    genome = made({0: (7.0, -3.0, "identity", aggregation)}, weights)

    found = activate_all([genome], config, [[2 * term for term in terms] or [9]])

    assert found.tolist() == [[[7 - 3 * value]]]


def test_disabled_and_dead_connections_carry_nothing() -> None:
    config = xor_config()
    nodes = {0: SUM, 1: SUM, 2: SUM, 3: (0.25, 1.0, "identity", "sum")}
    dead = {(1, 2): (1.0, True), (2, 1): (1.0, True), (-2, 0): (9.0, False)}
    genome = made(nodes, dead | {(-1, 0): (2.0, True), (3, 0): (1.0, True)})

    assert activate_all([genome], config, [(1.0, 1.0)]).tolist() == [[[2.25]]]


def test_one_line_makes_neat_pythons_xor_faster_and_changes_nothing() -> None:
    def one_by_one(genomes, config):
        for _, genome in genomes:
            genome.fitness = 4.0
            network = neat.nn.FeedForwardNetwork.create(genome, config)
            for inputs, outputs in zip(XOR_INPUTS, XOR_OUTPUTS, strict=True):
                genome.fitness -= (network.activate(inputs)[0] - outputs[0]) ** 2

    def at_once(genomes, config):
        all_outputs = neatfool.activate_all(genomes, config, XOR_INPUTS)
        for (_, genome), found in zip(genomes, all_outputs.tolist(), strict=True):
            genome.fitness = 4.0
            for output, outputs in zip(found, XOR_OUTPUTS, strict=True):
                genome.fitness -= (output[0] - outputs[0]) ** 2

    def run(evaluate):
        population, seen = neat.Population(xor_config(), seed=1), []

        def watched(genomes, config):
            evaluate(genomes, config)
            seen.extend(genome.fitness for _, genome in genomes)

        state = random.getstate()
        winner = population.run(watched, 50)
        random.setstate(state)
        return seen, winner

    theirs, their_winner = run(one_by_one)
    ours, our_winner = run(at_once)

    assert len(theirs) > 10 * 150
    assert ours == theirs
    assert their_winner.fitness > 3.9
    assert our_winner.key == their_winner.key
    assert attributes(our_winner) == attributes(their_winner)


def test_nothing_of_the_genomes_and_the_config_changes() -> None:
    config = everything()
    genomes = grow(config, 20, 20, 0)
    before, state = copy.deepcopy(genomes), random.getstate()
    threads = torch.get_num_threads()

    activate_all(genomes, config, QUERIES)
    to_neat(from_neat(genomes, config), config)

    assert [attributes(genome) for genome in genomes] == [attributes(genome) for genome in before]
    assert random.getstate() == state
    assert torch.get_num_threads() == threads
    assert set(config.genome_config.activation_defs.functions) == set(
        everything().genome_config.activation_options
    )


def test_results_have_the_type_and_shape_asked_for() -> None:
    config = everything()
    genomes = grow(config, 7, 5, 0)

    assert activate_all(genomes, config, QUERIES).shape == (7, 5, 2)
    assert activate_all(genomes, config, QUERIES).dtype == np.float64
    assert activate_all(genomes, config, QUERIES, torch.float32).dtype == np.float32
    assert activate_all([], config, QUERIES).shape == (0, 5, 2)
    assert activate_all(genomes, config, QUERIES[:0]).shape == (7, 0, 2)
    assert len(from_neat([], config)) == 0
    assert to_neat(from_neat([], config), config) == []


def test_pairs_are_taken_like_genomes() -> None:
    config = everything()
    genomes = grow(config, 7, 5, 0)
    pairs = [(genome.key, genome) for genome in genomes]

    assert np.array_equal(
        activate_all(pairs, config, QUERIES), activate_all(genomes, config, QUERIES)
    )
    assert len(from_neat(iter(pairs), config)) == 7


def test_numbers_too_large_are_the_largest_where_neat_python_fails() -> None:
    config = xor_config()
    cube = (0.0, 1.0, "cube", "sum")
    genome = made({0: cube}, {(-1, 0): (1.0, True)})
    with pytest.raises(OverflowError):
        neat.nn.FeedForwardNetwork.create(genome, config).activate((1e200, 0))

    assert activate_all([genome], config, [(1e200, 0.0)]).item() == np.finfo(np.float64).max


def test_a_cppn_goes_to_neat_python_with_its_functions_and_can_be_pickled() -> None:
    encoding = Cppn(CppnSettings(activations=("sine", "gaussian", "neat_sin")), Canvas((3, 4, 4)))
    graphs = grown(encoding)
    config = everything()
    config.genome_config.num_inputs, config.genome_config.num_outputs = 4, 3
    config.genome_config.input_keys, config.genome_config.output_keys = [-1, -2, -3, -4], [0, 1, 2]

    genomes = to_neat(graphs, config)

    again = pickle.loads(pickle.dumps(config))
    assert "neatfool_sine" in again.genome_config.activation_defs.functions
    points = np.random.default_rng(0).uniform(-1, 1, (3, 4))
    for genome, expected in zip(genomes, evaluate(graphs, points.T), strict=True):
        network = neat.nn.FeedForwardNetwork.create(genome, again)
        found = [network.activate(point) for point in points.tolist()]
        np.testing.assert_allclose(found, expected.T, rtol=1e-6, atol=1e-6)
    back = from_neat(genomes, config)
    assert np.array_equal(back.activations, graphs.activations)
    assert back.responses is back.aggregations is back.time_constants is None


def grown(encoding: Cppn) -> Graphs:
    birth = Birth(1, np.random.default_rng(0))
    graphs = encoding.new(20, birth)
    for _ in range(12):
        graphs = encoding.vary(graphs, birth)
    return graphs


def twins(aggregation: int) -> Graphs:
    part = {
        "node_ids": [0, 1],
        "activations": [0, 0],
        "biases": [0, 0],
        "sources": [0, 0, 0],
        "targets": [1, 1, 1],
        "weights": [1, 2, 4],
        "enabled": [False, True, True],
        "innovations": [0, 1, 2],
    }
    return join([part], 1, 1).changed(aggregations=np.array([0, aggregation], np.int16))


def one_to_one() -> neat.Config:
    config = xor_config()
    config.genome_config.num_inputs = 1
    return config


def test_edges_side_by_side_become_one() -> None:
    genome = to_neat(twins(0), one_to_one())[0]

    assert [(e.weight, e.enabled) for e in genome.connections.values()] == [(6, True)]


def test_edges_side_by_side_that_are_not_summed_are_an_error() -> None:
    with pytest.raises(ShapeError, match=r"two edges from node -1 to node 0"):
        to_neat(twins(2), one_to_one())


CYCLE = {(1, 2): (1.0, True), (2, 1): (1.0, True), (2, 0): (1.0, True)}


@pytest.mark.parametrize("convert", [from_neat, lambda g, c: activate_all(g, c, XOR_INPUTS)])
def test_recurrent_genomes_are_refused_by_name(convert) -> None:
    nodes = {0: SUM, 1: SUM, 2: SUM}
    genomes = [made(nodes, {(-1, 0): (1.0, True)}, 4), made(nodes, CYCLE, 5)]

    with pytest.raises(ShapeError, match=r"genome 5 is recurrent.*True; set it to False"):
        convert(genomes, xor_config())


@pytest.mark.parametrize(
    ("genome", "message"),
    [
        (made({}, {}, 8), r"expected nodes 0 to 0.*genome 8"),
        (made({0: SUM}, {(5, 0): (1.0, True)}, 8), r"genome 8 .* node 5, which it lacks"),
        (made({0: SUM}, {(0, -1): (1.0, True)}, 8), r"genome 8 .* into input -1"),
    ],
)
def test_broken_genomes_are_refused(genome, message) -> None:
    with pytest.raises(ShapeError, match=message):
        from_neat([genome], xor_config())


def test_two_connections_with_one_innovation_number_are_refused() -> None:
    genome = made({0: SUM}, {(-1, 0): (1.0, True), (-2, 0): (1.0, True)}, 8)
    genome.connections[-2, 0].innovation = 0

    with pytest.raises(ShapeError, match=r"genome 8 have the innovation number 0"):
        from_neat([genome], xor_config())


def test_connections_come_in_the_order_of_their_innovation_numbers() -> None:
    genome = made({0: SUM}, {(-1, 0): (1.0, True), (-2, 0): (2.0, True)}, 8)
    genome.connections[-1, 0].innovation = 7

    graphs = from_neat([genome], xor_config())

    assert graphs.innovations.tolist() == [1, 7]
    assert graphs.weights.tolist() == [2, 1]
    assert graphs.sources.tolist() == [1, 0]


def test_functions_of_the_user_are_refused() -> None:
    config = xor_config()
    config.genome_config.add_activation("mine", lambda z: z)
    config.genome_config.add_activation("sin", lambda z: math.sin(z))
    config.genome_config.add_aggregation("all", lambda x: 0.0)

    for activation, aggregation in (("mine", "sum"), ("sin", "sum"), ("tanh", "all")):
        genome = made({0: (0.0, 1.0, activation, aggregation)}, {})
        with pytest.raises(ConfigError, match=r"of your own"):
            activate_all([genome], config, XOR_INPUTS)


@pytest.mark.parametrize(
    "use",
    [
        lambda config: activate_all([neatfool.CppnGenome(1)], config, XOR_INPUTS),
        lambda config: from_neat([neatfool.CppnGenome(1)], config),
        lambda config: to_neat(twins(0), config),
    ],
)
def test_genomes_that_are_arrays_already_are_refused(use) -> None:
    config = SimpleNamespace(
        genome_type=neatfool.CppnGenome,
        genome_config=neatfool.CppnGenome.parse_config({"inputs": "a b"}),
    )
    with pytest.raises(ConfigError, match=r"one of CppnGenome.*genome_config\.express"):
        use(config)


@pytest.mark.parametrize("inputs", [[1.0, 2.0], [[1.0]], [[1.0, 2.0, 3.0]]])
def test_inputs_that_do_not_fit_are_an_error(inputs) -> None:
    with pytest.raises(ShapeError, match=r"\(X, 2\)"):
        activate_all([made({0: SUM}, {})], xor_config(), inputs)


def test_a_config_or_keys_that_do_not_fit_are_an_error() -> None:
    graphs = twins(0)

    with pytest.raises(ShapeError, match=r"2 inputs and 1 outputs.*1 and 1"):
        to_neat(graphs, xor_config())
    with pytest.raises(ShapeError, match=r"a key for each of 1 graphs, got 2"):
        to_neat(graphs, one_to_one(), [1, 2])


def test_every_function_here_has_a_name_there() -> None:
    codes = np.arange(len(ACTIVATIONS), dtype=np.int16)
    count = len(codes)
    part = {
        "node_ids": np.arange(1 + count),
        "activations": [0, *codes],
        "biases": np.zeros(1 + count),
        "sources": [],
        "targets": [],
        "weights": [],
        "enabled": [],
        "innovations": [],
    }
    graphs = join([part], 1, count)
    config = one_to_one()
    config.genome_config.num_outputs = count

    genome = to_neat(graphs, config)[0]

    assert len({node.activation for node in genome.nodes.values()}) == count
    assert np.array_equal(from_neat([genome], config).activations, graphs.activations)
