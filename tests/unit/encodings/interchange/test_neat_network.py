"""Networks of neat-python without their genomes: objects, and the JSON of ``neat.export``."""

import itertools
import json
import math
import pickle
from types import SimpleNamespace

import neat
import numpy as np
import pytest
import torch
from neat.export import export_network_json

from benchmarks.agreement import everything, grow
from neatfool.encodings.interchange import from_neat_json, from_neat_network
from neatfool.encodings.neat.bridge import activate_all, from_neat, to_neat
from neatfool.errors import DataError
from neatfool.networks import ACTIVATIONS, Graphs, compile_graphs, execute
from neatfool.networks.aggregations import AGGREGATIONS
from tests.strategies import join

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow")
QUERIES = np.random.default_rng(0).uniform(-2, 2, (5, 3))
CREATE = neat.nn.FeedForwardNetwork.create


def evaluated(graphs: Graphs) -> np.ndarray:
    inputs = torch.from_numpy(QUERIES.T.copy())
    return execute(compile_graphs(graphs), inputs).transpose(1, 2).numpy()


READERS = {
    "object": from_neat_network,
    "unpickled": lambda network: from_neat_network(pickle.loads(pickle.dumps(network))),
    "text": lambda network: from_neat_json(export_network_json(network)),
    "bytes": lambda network: from_neat_json(export_network_json(network).encode()),
    "parsed": lambda network: from_neat_json(json.loads(export_network_json(network))),
}


@pytest.mark.parametrize("reader", READERS)
def test_networks_give_what_their_genomes_give(reader) -> None:
    config = everything()
    genomes = grow(config, 60, 30, 4)

    graphs = Graphs.concatenate([READERS[reader](CREATE(each, config)) for each in genomes])

    expected = activate_all(genomes, config, QUERIES)
    np.testing.assert_allclose(evaluated(graphs), expected, rtol=1e-12, atol=1e-12)
    whole = from_neat(genomes, config)
    for at, genome in enumerate(genomes):
        mine, theirs = graphs.part(at, at + 1), whole.part(at, at + 1)
        kept = np.isin(theirs.node_ids, mine.node_ids)
        assert np.array_equal(theirs.node_ids[kept], mine.node_ids), genome.key
        assert np.array_equal(theirs.biases[kept], mine.biases)


def test_a_file_is_read(tmp_path) -> None:
    config = everything()
    network = CREATE(grow(config, 1, 5, 0)[0], config)
    path = tmp_path / "network.json"
    export_network_json(network, path, {"fitness": 3.5, "generation": 7})

    found, expected = from_neat_json(path), from_neat_network(network)

    assert np.array_equal(evaluated(found), evaluated(expected))
    with pytest.raises(DataError, match=r"none\.json cannot be read: No such file"):
        from_neat_json(tmp_path / "none.json")


def all_functions() -> Graphs:
    """Make a network with each activation and each aggregation."""
    count = len(ACTIVATIONS)
    ends = [(source, 3 + n) for n in range(count) for source in range(3)]
    part = {
        "node_ids": np.arange(3 + count),
        "activations": [0, 0, 0, *range(count)],
        "biases": np.linspace(-1, 1, 3 + count) * ([0] * 3 + [1] * count),
        "sources": [source for source, _ in ends],
        "targets": [target for _, target in ends],
        "weights": np.linspace(-1, 1, len(ends)),
        "enabled": np.ones(len(ends)),
        "innovations": np.arange(len(ends)),
    }
    made = join([part], 3, count)
    codes = itertools.islice(itertools.cycle(range(len(AGGREGATIONS))), count)
    aggregations = np.array([0, 0, 0, *codes], np.int16)
    return made.changed(aggregations=aggregations, weights=made.weights.astype(float))


def test_all_functions_are_known_also_those_of_neatfool() -> None:
    graphs = all_functions()
    config = everything()
    config.genome_config.num_outputs = graphs.outputs
    config.genome_config.output_keys = [*range(graphs.outputs)]
    network = CREATE(to_neat(graphs, config)[0], config)

    for found in (from_neat_network(network), from_neat_json(export_network_json(network))):
        assert found.activations.tolist() == graphs.activations.tolist()
        assert found.aggregations.tolist() == graphs.aggregations.tolist()
        assert found.weights.tolist() == graphs.weights.tolist()


def small(**entries) -> dict:
    """Make the JSON of a network of two inputs, with other entries in place of some."""
    names = {"activation": {"name": "sigmoid"}, "aggregation": {"name": "sum"}}
    node = {"bias": 0.5, "response": 2.0, "type": "output"} | names
    return {
        "format_version": "1.0",
        "network_type": "feedforward",
        "metadata": {},
        "topology": {"input_keys": [-1, -2], "output_keys": [0]},
        "nodes": [node | {"id": 0}, node | {"id": 5}],
        "connections": [
            {"from": -1, "to": 5, "weight": 1.5, "enabled": True},
            {"from": 5, "to": 0, "weight": 1, "enabled": False},
        ],
    } | entries


def node(**entries) -> dict:
    return small(nodes=[small()["nodes"][0] | entries])


def link(**entries) -> dict:
    return small(connections=[small()["connections"][0] | entries])


def test_ids_are_those_of_from_neat_and_edges_keep_their_order() -> None:
    graphs = from_neat_json(small())

    assert (graphs.inputs, graphs.outputs) == (2, 1)
    assert graphs.node_ids.tolist() == [0, 1, 2, 7]
    assert graphs.innovations.tolist() == [0, 1]
    assert graphs.enabled.tolist() == [True, False]
    assert graphs.responses.tolist() == [1, 1, 2, 2]


def test_outputs_that_old_versions_left_out_are_zero() -> None:
    network = neat.nn.FeedForwardNetwork([-1, -2, -3], [0, 1], [])
    assert network.activate([1, 2, 3]) == [0, 0]
    assert not evaluated(from_neat_network(network)).any()


BAD = {
    "no JSON": ("{", "network of neat-python"),
    "nothing": ({}, "network_type: expected a value, got none"),
    "recurrent": (
        small(network_type="recurrent"),
        "feed-forward network, got the type 'recurrent'",
    ),
    "ctrnn": (small(network_type="ctrnn"), "got the type 'ctrnn'"),
    "unknown function": (node(activation={"name": "mine"}), "'mine' is a function of your own"),
    "custom": (node(activation={"name": "sin", "custom": True}), "'sin' is a function of your own"),
    "custom sum": (node(aggregation={"name": "all", "custom": True}), "'all' is a function"),
    "no bias": (node(bias=None), "nodes.0.bias"),
    "not a number": (node(bias=math.nan), "finite"),
    "no node": (link(to=9), "expected node 9, which is missing"),
    "no source": (link(**{"from": 9}), "expected node 9, which is missing"),
    "into an input": (link(to=-2), "a node that is no input"),
    "loop": (link(**{"from": 5}), "no cycle"),
    "twice": (small(nodes=small()["nodes"] * 2), "a different id for each node"),
    "negative": (
        small(nodes=[small()["nodes"][0] | {"id": -9}]),
        "expected a number of at least 0",
    ),
    "no inputs": (small(topology={"input_keys": [], "output_keys": [0]}), "input_keys"),
}


@pytest.mark.parametrize(("source", "message"), BAD.values(), ids=BAD)
def test_what_is_no_such_network_is_refused_in_a_sentence(source, message) -> None:
    with pytest.raises(DataError, match=message) as caught:
        from_neat_json(source)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_other_kinds_of_networks_and_functions_of_scripts_are_refused() -> None:
    config = everything()
    genome = grow(config, 1, 5, 0)[0]
    with pytest.raises(DataError, match=r"a FeedForwardNetwork .* got a RecurrentNetwork"):
        from_neat_network(neat.nn.RecurrentNetwork.create(genome, config))
    with pytest.raises(DataError, match="got a SimpleNamespace"):
        from_neat_network(SimpleNamespace(node_evals=[]))

    def sin_activation(z: float) -> float:
        return math.sin(z)

    config.genome_config.add_activation("sin", sin_activation)
    genome.nodes[0].activation = "sin"
    network = CREATE(genome, config)
    with pytest.raises(DataError, match="'sin' is a function of your own"):
        from_neat_network(network)
