import numpy as np
import pytest
import torch

from neatfool.errors import ConfigError, ShapeError
from neatfool.networks import Graphs, activation_codes, compile_graphs, execute, execute_each
from neatfool.substrates import (
    EvolvableSettings,
    EvolvableSubstrate,
    LinkSettings,
    QuadtreeSettings,
    SheetSettings,
    evolvable,
)
from neatfool.substrates.links import weights_of
from tests.cppns import KINDS, having, random_cppns
from tests.strategies import assert_same_arrays, assert_valid, join

SHEETS = (
    SheetSettings(name="eyes", role="input", width=3, y=(-1, -1)),
    SheetSettings(name="hands", role="output", width=2, y=(1, 1), activation="tanh"),
)
LIVELY = QuadtreeSettings(band_threshold=0.05)


def medium(**settings) -> EvolvableSubstrate:
    return EvolvableSubstrate(
        EvolvableSettings(**{"sheets": SHEETS, "quadtree": LIVELY, **settings})
    )


def stripe_cppn() -> Graphs:
    """A CPPN whose output is a Gaussian stripe where y2 - y1 is 3/4, whatever x."""
    part = {
        "node_ids": np.arange(6),
        "activations": [0] * 5 + activation_codes(["gaussian"]),
        "biases": np.zeros(6),
        "sources": [1, 3, 4],
        "targets": [5, 5, 5],
        "weights": [8.0, -8.0, 6.0],
        "enabled": np.ones(3, bool),
        "innovations": np.arange(3),
    }
    return join([part], 5, 1)


def test_hidden_nodes_are_found_between_inputs_and_outputs() -> None:
    eyes, hands = (
        sheet.model_copy(update={"y": (y, y)})
        for sheet, y in zip(SHEETS, (-0.625, 0.875), strict=True)
    )
    substrate = medium(sheets=(eyes, hands), quadtree=QuadtreeSettings())

    graphs = substrate.grow(compile_graphs(stripe_cppn()))

    # Cells are 1/4 high: the stripe around either lies on the row of eight at 1/8.
    assert_valid(graphs)
    assert graphs.node_counts.tolist() == [5 + 8]
    places = [((2 * column + 1) / 8 - 1, 1 / 8) for column in range(8)]
    assert substrate.places(graphs.node_ids[5:]).tolist() == [[*place] for place in places]
    ends = {*zip(graphs.sources.tolist(), graphs.targets.tolist(), strict=True)}
    hidden = range(5, 13)
    assert ends == {(i, h) for i in range(3) for h in hidden} | {
        (h, o) for h in hidden for o in (3, 4)
    }
    assert graphs.weights == pytest.approx(np.full(40, 3), abs=1e-5)


def test_nodes_have_the_functions_of_their_sheets() -> None:
    substrate = medium(activation="sine")
    graphs = substrate.grow(compile_graphs(random_cppns(substrate)))

    identity, tanh, sine = activation_codes(["identity", "tanh", "sine"])
    counts = graphs.node_counts
    assert counts.max() > 5
    assert graphs.activations.tolist() == [
        code for n in counts for code in [identity] * 3 + [tanh] * 2 + [sine] * (n - 5)
    ]


def test_all_networks_are_valid_and_run() -> None:
    substrate = medium(iterations=3)
    networks = compile_graphs(random_cppns(substrate, count=20))

    graphs = substrate.grow(networks)
    outputs = execute(substrate.express(networks), torch.ones(3, 4))

    assert_valid(graphs)
    assert substrate.shape == (3, 2)
    assert outputs.shape == (20, 2, 4)
    assert len(set(graphs.node_counts.tolist())) > 5


def test_equal_places_have_equal_ids_and_innovations() -> None:
    substrate = medium()
    one, other = random_cppns(substrate, seed=1), random_cppns(substrate, seed=2)
    both = substrate.grow(compile_graphs(Graphs.concatenate([one, other])))

    assert_same_arrays(both.select([0, 1, 2]), substrate.grow(compile_graphs(one)))
    assert_same_arrays(both.select([3, 4, 5]), substrate.grow(compile_graphs(other)))


@pytest.mark.parametrize("kind", KINDS)
def test_cppns_of_every_kind_make_networks_alone_as_together(kind) -> None:
    substrate = medium(links=LinkSettings(biases=True))
    cppns = having(random_cppns(substrate, count=20, edges=40), kind)
    together = substrate.grow(compile_graphs(cppns))

    assert len(together.sources) > 0
    for p in range(0, 20, 4):
        alone = substrate.grow(compile_graphs(cppns.select([p])))
        assert_same_arrays(together.select([p]), alone)


def test_torch_uses_one_thread_meanwhile(monkeypatch) -> None:
    threads, seen = torch.get_num_threads(), []
    monkeypatch.setattr(
        evolvable,
        "execute_each",
        lambda n, x, bounds: seen.append(torch.get_num_threads()) or execute_each(n, x, bounds),
    )
    substrate = medium()
    cppns = compile_graphs(random_cppns(substrate))

    torch.set_num_threads(2)
    try:
        substrate.grow(cppns)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
    assert set(seen) == {1}


def test_cppns_are_asked_once_for_a_depth(monkeypatch) -> None:
    calls = []
    monkeypatch.setattr(
        evolvable,
        "execute_each",
        lambda n, x, bounds: calls.append(x.shape[1]) or execute_each(n, x, bounds),
    )
    substrate = medium()
    networks = compile_graphs(random_cppns(substrate, count=8))

    substrate.grow(networks)

    assert len(calls) <= 3 * 2 * 3  # rounds, division and bands, depths
    assert calls[:3] == [8 * 3 * 4, 8 * 3 * 16, 8 * 3 * 64]


def test_without_iterations_hidden_nodes_lead_to_outputs_alone() -> None:
    substrate = medium(iterations=0)
    graphs = substrate.grow(compile_graphs(random_cppns(substrate, count=10)))

    assert len(graphs.sources)
    assert not ((graphs.sources >= 5) & (graphs.targets >= 5)).any()


def test_biases_come_from_an_output_of_their_own() -> None:
    substrate = medium(links=LinkSettings(biases=True))
    networks = compile_graphs(random_cppns(substrate))
    graphs = substrate.grow(networks)

    positions = np.arange(len(graphs.node_ids)) - graphs.node_offsets[graphs.node_owners]
    assert substrate.outputs == 2
    assert (graphs.biases[positions < 3] == 0).all()
    assert (graphs.biases[positions >= 3] != 0).any()
    places = substrate.places(graphs.node_ids)
    for node in np.flatnonzero(positions >= 3)[::7]:
        points = torch.tensor([[0, 0, *places[node], 1]], dtype=torch.float32).T
        output = execute(networks, points)[graphs.node_owners[node], 1]
        expected = weights_of(substrate.settings.links, output.clone())
        assert graphs.biases[node] == pytest.approx(float(expected))


def test_no_cppns_make_no_networks() -> None:
    substrate = medium()
    empty = random_cppns(substrate).select([])

    assert len(substrate.grow(compile_graphs(empty))) == 0


def test_sheets_of_hidden_nodes_are_an_error() -> None:
    hidden = SheetSettings(name="middle", role="hidden")

    with pytest.raises(ConfigError, match="'middle' is of hidden nodes"):
        medium(sheets=(*SHEETS, hidden))


@pytest.mark.parametrize("place", [0, 1])
def test_inputs_and_outputs_are_needed(place) -> None:
    with pytest.raises(ConfigError, match="no sheet of role"):
        medium(sheets=SHEETS[place : place + 1])


def test_cppns_that_do_not_fit_are_an_error() -> None:
    other = random_cppns(medium(links=LinkSettings(rule="leo")))

    with pytest.raises(ShapeError, match="1 outputs, as the substrate has, got 5 inputs and 2"):
        medium().grow(compile_graphs(other))
