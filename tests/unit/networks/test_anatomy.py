import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neatfool.errors import ShapeError
from neatfool.networks import (
    ablations,
    compile_graphs,
    execute,
    hidden_nodes,
    live_nodes,
    node_values,
)
from neatfool.networks.executors import EXECUTORS
from neatfool.networks.reference import evaluate
from tests.cppns import BOUNDED
from tests.strategies import graphs, of_neat_python, points

SMALL = {"max_graphs": 1, "reaches": (1.0,), "codes": BOUNDED}


def graph_and_points(kind):
    return kind.flatmap(lambda graph: st.tuples(st.just(graph), points(graph.inputs)))


def by_reference(graph, inputs):
    """Evaluate each node as the first output of a network, one at a time."""
    everything = graph.changed(outputs=len(graph.node_ids) - graph.inputs)
    return np.concatenate([inputs, evaluate(everything, inputs)[0]])


@given(graph_and_points(graphs(**SMALL) | of_neat_python(**SMALL)))
def test_every_node_has_the_value_of_the_reference(case):
    graph, inputs = case
    expected = by_reference(graph, inputs.numpy())
    np.testing.assert_allclose(node_values(graph, inputs).numpy(), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("executor", ["numba", "torch"])
@given(case=graph_and_points(graphs(max_graphs=1)))
def test_outputs_are_those_of_the_executor_bit_for_bit(executor, case):
    assert executor in EXECUTORS
    graph, inputs = case[0], case[1].float()
    values = node_values(graph, inputs, executor)
    outputs = execute(compile_graphs(graph), inputs, executor)[0]
    rows = values[graph.inputs : graph.inputs + graph.outputs]
    assert torch.equal(rows.nan_to_num(), outputs.nan_to_num())
    assert torch.equal(values[: graph.inputs], inputs)


@given(graph_and_points(graphs(**SMALL)))
def test_only_live_nodes_change_outputs(case):
    graph, inputs = case
    before = execute(compile_graphs(graph), inputs)
    dead = ~live_nodes(graph)
    changed = graph.changed(biases=np.where(dead, 7, graph.biases).astype(np.float32))
    assert torch.equal(execute(compile_graphs(changed), inputs), before)


@given(graphs(max_graphs=1))
def test_an_ablation_disables_the_edges_of_one_hidden_node_alone(graph):
    hidden, without = hidden_nodes(graph), ablations(graph)
    assert len(without) == len(hidden)
    for place, node in enumerate(hidden.tolist()):
        one = without.select([place])
        touched = (graph.sources == node) | (graph.targets == node)
        np.testing.assert_array_equal(one.enabled, graph.enabled & ~touched)
        np.testing.assert_array_equal(one.weights, graph.weights)


@given(graphs(max_graphs=3))
def test_several_graphs_are_refused(batch):
    if len(batch) != 1:
        for call in (hidden_nodes, ablations, lambda g: node_values(g, torch.zeros(g.inputs, 1))):
            with pytest.raises(ShapeError, match="expected one graph"):
                call(batch)
