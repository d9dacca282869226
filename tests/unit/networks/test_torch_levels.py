import math

import numpy as np
import pytest
import torch

from neatfool.errors import ShapeError
from neatfool.networks import compile_graphs, execute
from neatfool.networks.executors import torch_levels
from neatfool.networks.reference import evaluate
from tests.strategies import join, random_graph

SINE_OF_SQUARE = {
    "node_ids": np.arange(5),
    "activations": [0, 0, 1, 0, 8],  # outputs: sine, identity; hidden: square
    "biases": [0, 0, 0.5, -3, 1],
    "sources": [0, 1, 4, 4, 0],
    "targets": [4, 4, 2, 2, 3],
    "weights": [2, -1, 0.5, 0.25, 10],
    "enabled": [True, True, True, True, False],
    "innovations": np.arange(5),
}


def many(count: int = 6) -> torch.Tensor:
    random = np.random.default_rng(0)
    parts = [random_graph(random, 3, 2, 5, 15) for _ in range(count)]
    return compile_graphs(join(parts, 3, 2))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_values_are_those_computed_by_hand(dtype) -> None:
    networks = compile_graphs(join([SINE_OF_SQUARE], 2, 2))

    outputs = execute(networks, torch.tensor([[0.0, 1.0], [0.0, 4.0]], dtype=dtype))

    assert outputs.dtype == dtype
    assert outputs.shape == (1, 2, 2)
    expected = [math.sin(0.5 + 0.75), math.sin(0.5 + 0.75)]  # (2x - y + 1)² is 1 at both points
    assert outputs[0, 0].tolist() == pytest.approx(expected, rel=1e-6)
    assert outputs[0, 1].tolist() == [-3, -3]


def test_the_reference_computes_the_same_by_hand() -> None:
    outputs = evaluate(join([SINE_OF_SQUARE], 2, 2), [[0.0, 1.0, 2.0], [0.0, 4.0, 0.0]])

    assert outputs.shape == (1, 2, 3)
    expected = [math.sin(1.25), math.sin(1.25), math.sin(0.5 + 0.75 * 25)]
    assert outputs[0, 0].tolist() == pytest.approx(expected, rel=1e-15)
    assert outputs[0, 1].tolist() == [-3, -3, -3]


@pytest.mark.parametrize("shape", [(2, 5), (4, 5), (3,), (1, 3, 5)])
def test_the_wrong_number_of_inputs_is_an_error(shape) -> None:
    with pytest.raises(ShapeError, match=r"\(3, X\)"):
        execute(many(), torch.zeros(shape))


def test_no_query_points_give_no_values() -> None:
    assert execute(many(), torch.zeros(3, 0)).shape == (6, 2, 0)


def test_an_empty_batch_gives_no_outputs() -> None:
    empty = compile_graphs(join([SINE_OF_SQUARE], 2, 2).select([]))

    assert execute(empty, torch.zeros(2, 5)).shape == (0, 2, 5)


def test_inputs_are_not_written_to() -> None:
    inputs = torch.rand(3, 40, generator=torch.Generator().manual_seed(0))
    before = inputs.clone()

    execute(many(), inputs)

    assert torch.equal(inputs, before)


def test_tiles_make_no_difference(monkeypatch) -> None:
    inputs = torch.rand(3, 1000, generator=torch.Generator().manual_seed(0))
    whole = execute(many(), inputs, "torch")
    monkeypatch.setattr(torch_levels, "_VALUES_AT_ONCE", 1)

    assert torch.equal(execute(many(), inputs, "torch"), whole)
