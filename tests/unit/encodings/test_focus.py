"""Mutations that keep to structure, or to colour."""

import numpy as np
import pytest
import torch

from neatfool.encodings import Birth, Cppn, CppnSettings
from neatfool.images import BRIGHTNESS, Canvas
from neatfool.networks import compile_graphs, execute
from tests.cppns import settings_of
from tests.strategies import assert_valid, freeze

WILD = {"weight_rate": 0.5, "activation_rate": 0.3, "weight_mutation": "gaussian"}
RATES = {f"{what}_rate": 0.8 for what in ("add_edge", "delete_edge", "add_node", "delete_node")}


def outputs(cppn: Cppn, graphs) -> torch.Tensor:
    return execute(compile_graphs(graphs), cppn.medium.points(torch.device("cpu")))


@pytest.mark.parametrize("parallel", [True, False])
@pytest.mark.parametrize("colours", ["hsv", "hls"])
def test_colour_alone_leaves_the_brightness_to_the_bit(colours, parallel) -> None:
    canvas = Canvas((3, 9, 9), colours=colours)
    settings = {**WILD, **RATES, "colours": colours, "parallel_edges": parallel}
    grown, kept = Cppn(settings_of(**settings), canvas), BRIGHTNESS[colours]
    colour = Cppn(settings_of(**settings, focus="colour"), canvas)
    birth = Birth(1, np.random.default_rng(0))
    graphs = grown.new(20, birth)
    for _ in range(10):
        graphs = grown.vary(graphs, birth)
    before = outputs(grown, graphs)

    for _ in range(10):
        graphs = colour.vary(freeze(graphs), birth)
        assert_valid(graphs)

    after = outputs(colour, graphs)
    assert torch.equal(after[:, kept], before[:, kept])
    for other in {0, 1, 2} - {kept}:
        assert (after[:, other] != before[:, other]).flatten(1).any(1).float().mean() > 0.8


def test_structure_alone_leaves_what_only_colours_have() -> None:
    canvas = Canvas((3, 9, 9))
    cppn = Cppn(settings_of(**WILD, **RATES, focus="structure"), canvas)
    birth = Birth(1, np.random.default_rng(0))
    graphs = cppn.new(20, birth)  # here nothing is shared
    before = outputs(cppn, graphs)

    for _ in range(5):
        graphs = cppn.vary(freeze(graphs), birth)
        assert_valid(graphs)

    after = outputs(cppn, graphs)
    assert torch.equal(after[:, :2], before[:, :2])
    assert (after[:, 2] != before[:, 2]).flatten(1).any(1).float().mean() > 0.8


def test_without_colours_the_focus_means_nothing() -> None:
    children = []
    for focus in ("both", "colour", "structure"):
        cppn = Cppn(CppnSettings(focus=focus), Canvas((1, 4, 4)))
        birth = Birth(1, np.random.default_rng(0))
        children.append(cppn.vary(cppn.new(5, birth), birth).weights.tolist())
    assert children[0] == children[1] == children[2]
