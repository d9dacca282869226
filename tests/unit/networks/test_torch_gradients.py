"""Gradients in weights are those of every activation, whatever the tiles."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from neatfool.networks import ACTIVATIONS, compile_graphs, execute
from neatfool.networks.executors import torch_gradients
from neatfool.networks.executors.torch_gradients import weight_gradients
from tests.strategies import join
from tests.unit.networks.test_torch_levels import SINE_OF_SQUARE, many


@pytest.mark.parametrize("code", range(len(ACTIVATIONS)), ids=lambda code: ACTIVATIONS[code].name)
def test_every_activation_has_a_gradient(code) -> None:
    one = SINE_OF_SQUARE | {
        "activations": [0, 0, code, code, code],
        "biases": [0, 0, 0.3, 0.2, 0.4],
    }
    networks = compile_graphs(join([one], 2, 2))
    inputs = torch.tensor([[0.1, 0.3], [0.2, -0.05]], dtype=torch.float64)
    wanted = torch.tensor([[[1.0, -0.5], [0.25, 2.0]]], dtype=torch.float64)
    found = weight_gradients(networks, inputs, wanted, torch.clone)
    slopes = []
    for place in range(len(networks.weights)):
        made = []
        for step in (1e-7, -1e-7):
            weights = networks.weights.astype(np.float64)
            weights[place] += step
            values = execute(replace(networks, weights=weights), inputs, "exact")
            made.append(float((values * wanted).sum()))
        slopes.append((made[0] - made[1]) / 2e-7)
    assert found.tolist() == pytest.approx(slopes, rel=1e-4, abs=1e-6)


def test_tiles_of_gradients_make_no_difference(monkeypatch) -> None:
    inputs = torch.rand(3, 100, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    wanted = torch.ones(6, 2, 100, dtype=torch.float64)
    whole = weight_gradients(many(), inputs, wanted, torch.sin)
    monkeypatch.setattr(torch_gradients, "_POINTS_AT_ONCE", 7)
    torch.testing.assert_close(weight_gradients(many(), inputs, wanted, torch.sin), whole)
