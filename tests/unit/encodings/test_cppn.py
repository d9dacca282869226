from dataclasses import replace

import numpy as np
import pytest

from neatfool.encodings import Birth, Cppn, CppnSettings, mutate
from neatfool.errors import ConfigError
from neatfool.networks import Graphs, activation_codes
from tests.conftest import built
from tests.cppns import settings_of
from tests.strategies import assert_same_arrays, assert_valid

MANY = 20_000
RATES = {
    "weight_rate": 0.1,
    "activation_rate": 0.1,
    "add_edge_rate": 0.5,
    "delete_edge_rate": 0.3,
    "add_node_rate": 0.5,
    "delete_node_rate": 0.2,
}


def birth(seed: int = 0, **numbers: int) -> Birth:
    return Birth(1, np.random.default_rng(seed), **numbers)


def uniform(random: np.random.Generator, count: int) -> np.ndarray:
    return random.uniform(-1, 1, count)


def only(**changes: object) -> Cppn:
    """Make a grey encoding whose rates are zero but for those given."""
    return built(settings_of(**{**dict.fromkeys(RATES, 0.0), **changes}), (1, 4, 4))


def grown(count: int) -> tuple[Graphs, Birth]:
    """Make copies of one graph with two hidden nodes and seven enabled edges."""
    drawn = birth()
    one = only().new(1, drawn)
    for _ in range(2):
        one = mutate.add_nodes(one, np.array([0]), np.array([1]), "replace", drawn)
        one = mutate.add_edges(one, np.array([0]), uniform, True, drawn)
    return one.select(np.zeros(count, np.int64)), drawn


def changed(children: Graphs, parents: Graphs) -> dict[str, float]:
    """Return the share of genes or graphs that each kind of mutation changed."""
    nodes, edges = children.node_counts - 7, children.edge_counts - 8
    same = len(children.weights) == len(parents.weights)
    return {
        "weight_rate": (children.weights != parents.weights).mean() if same else 0,
        "add_edge_rate": ((edges == 1) & (nodes == 0)).mean(),
        "delete_edge_rate": ((edges == -1) & (nodes == 0)).mean(),
        "add_node_rate": ((edges == 1) & (nodes == 1)).mean(),
        "delete_node_rate": (nodes == -1).mean(),
    }


def test_the_default_rates_are_those_of_the_paper() -> None:
    settings = CppnSettings()

    assert settings == settings_of(**RATES)
    assert (settings.weight_range, settings.strength) == (10, 15)
    assert settings.activations == ("sine", "sigmoid", "gaussian", "linear")
    assert (settings.structure.split, settings.structure.split_choice) == ("replace", "any")


@pytest.mark.parametrize("name", [name for name in RATES if name != "activation_rate"])
def test_every_mutation_happens_as_often_as_its_setting_says(name: str) -> None:
    parents, drawn = grown(MANY)

    children = only(**{name: RATES[name]}).vary(parents, drawn)

    assert_valid(children, 10)
    found = changed(children, parents)
    assert found.pop(name) == pytest.approx(RATES[name], abs=0.018)
    assert set(found.values()) == {0}


def test_functions_are_drawn_anew_as_often_as_the_setting_says() -> None:
    parents, drawn = grown(MANY)
    codes = activation_codes(["sine", "sigmoid", "gaussian", "linear"])

    children = only(activation_rate=0.1).vary(parents, drawn)
    every = only(activation_rate=1.0).vary(parents, drawn)

    computed = parents.node_ids >= parents.inputs
    differ = children.activations != parents.activations
    assert differ[computed].mean() == pytest.approx(0.075, abs=0.006)
    assert not differ[~computed].any()
    for code in codes:
        assert (every.activations[computed] == code).mean() == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(
    ("kind", "mean", "deviation"), [("polynomial", 20 / 17, 1.62), ("gaussian", 1.197, 1.5)]
)
def test_weights_change_by_steps_in_their_own_units(kind, mean, deviation) -> None:
    parents, drawn = grown(MANY)
    parents = replace(parents, weights=np.zeros_like(parents.weights))

    children = only(weight_rate=1.0, weight_mutation=kind, sigma=1.5).vary(parents, drawn)

    assert np.abs(children.weights).mean() == pytest.approx(mean, rel=0.02)
    assert children.weights.std() == pytest.approx(deviation, rel=0.02)


def test_weights_stop_at_the_ends_of_their_range() -> None:
    parents, drawn = grown(MANY)
    parents = replace(parents, weights=np.full_like(parents.weights, 9.9))

    children = only(weight_rate=1.0).vary(parents, drawn)

    assert children.weights.max() == 10
    assert (children.weights == 10).mean() > 0.3


def test_edges_come_before_nodes_and_adding_before_deleting() -> None:
    drawn = birth()
    parents = only().new(500, drawn)
    settings = {name: 1.0 for name in RATES if name.endswith(("edge_rate", "node_rate"))}

    children = only(**settings).vary(parents, drawn)

    assert (children.node_counts == 5).all(), "the new node is the one that is deleted"
    assert (children.edge_counts == 3).all()
    assert_valid(children, 10)


def test_without_mutations_children_are_copies() -> None:
    parents, drawn = grown(50)

    assert_same_arrays(only().vary(parents, drawn), parents)


@pytest.mark.parametrize("outputs", [1, 3])
def test_the_first_are_fully_connected_and_without_hidden_nodes(outputs: int) -> None:
    drawn = birth()
    genomes = built(CppnSettings(), (outputs, 4, 4)).new(5000, drawn)

    assert_valid(genomes, 10, tuple(activation_codes(CppnSettings().activations)))
    assert (genomes.inputs, genomes.outputs) == (4, outputs)
    assert (genomes.node_counts == 4 + outputs).all()
    assert (genomes.edge_counts == 4 * outputs).all()
    ends = set(zip(genomes.sources.tolist(), genomes.targets.tolist(), strict=True))
    assert ends == {(i, 4 + o) for i in range(4) for o in range(outputs)}
    triples = zip(genomes.innovations, genomes.sources, genomes.targets, strict=True)
    assert len(set(triples)) == 4 * outputs
    assert genomes.enabled.all()
    assert (genomes.biases == 0).all()
    assert genomes.weights.std() == pytest.approx(10 / 3**0.5, rel=0.02)
    assert (drawn.next_node, drawn.next_innovation) == (4 + outputs, 4 * outputs)


@pytest.mark.parametrize("function", ["sine", "sigmoid", "gaussian", "linear"])
def test_the_first_draw_their_functions_uniformly(function: str) -> None:
    genomes = only().new(MANY, birth())

    drawn = genomes.activations.reshape(MANY, 5)[:, 4]
    assert (drawn == activation_codes([function])[0]).mean() == pytest.approx(0.25, abs=0.016)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_genome_paints_its_canvas(channels: int) -> None:
    encoding = built(CppnSettings(), (channels, 5, 7))

    images = encoding.express(encoding.new(9, birth()))

    assert images.shape == (9, channels, 5, 7)
    assert len(images.unique()) > 20


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ConfigError, match="swish"):
        CppnSettings(activations=("sine", "swish"))
    with pytest.raises(ConfigError, match="at least one"):
        CppnSettings(activations=())
    for wrong in ({"weight_range": 0}, {"add_edge_rate": 1.1}, {"strength": 0}, {"colour": 1}):
        with pytest.raises(ConfigError):
            settings_of(**wrong)


def test_outputs_may_have_a_function_of_their_own() -> None:
    encoding = built(CppnSettings(output_activation="tanh", activation_rate=1.0), (3, 4, 4))
    drawn = birth()
    genomes = encoding.new(50, drawn)
    for _ in range(3):
        genomes = encoding.vary(genomes, drawn)

    outputs = (genomes.node_ids >= 4) & (genomes.node_ids < 7)
    tanh = activation_codes(["tanh"])[0]
    assert (genomes.activations[outputs] == tanh).all()
    assert not (genomes.activations[~outputs] == tanh).any()


def test_some_weights_of_some_children_are_stepped_and_some_are_drawn_anew() -> None:
    parents, drawn = grown(MANY)
    parents.weights[:] = 5.0
    settings = {
        "weights_rate": 0.8, "weight_rate": 1.0, "weight_mutation": "uniform", "sigma": 0.5,
        "weight_replace_rate": 0.1, "start_range": 1.0,
    }  # fmt: skip

    children = only(**settings).vary(parents, drawn)

    weights = children.weights.reshape(MANY, -1)
    changed_ = (weights != 5).any(axis=1)
    assert changed_.mean() == pytest.approx(0.8, abs=0.018)
    anew = weights[changed_] < 2
    assert anew.mean() == pytest.approx(0.1, abs=0.01)
    assert abs(weights[changed_][anew]).max() <= 1
    assert abs(weights[changed_][~anew] - 5).max() <= 0.5


def test_one_function_is_drawn_anew_as_often_as_the_setting_says() -> None:
    parents, drawn = grown(MANY)
    is_output = (parents.node_ids >= 4) & (parents.node_ids < 5)

    children = only(function_rate=0.3).vary(parents, drawn)
    others = only(function_rate=1.0, output_activation="tanh").vary(parents, drawn)

    differ = (children.activations != parents.activations).reshape(MANY, -1).sum(axis=1)
    assert differ.max() == 1
    assert differ.mean() == pytest.approx(0.3 * 0.75, abs=0.02)
    assert (others.activations[is_output] == parents.activations[is_output]).all()


def test_halves_of_a_split_edge_may_have_random_weights() -> None:
    parents, drawn = grown(MANY)
    parents.weights[:] = 5.0

    children = only(add_node_rate=1.0, split="random", start_range=1.0).vary(parents, drawn)

    assert_valid(children, 10)
    weights = children.weights.reshape(MANY, -1)
    new = weights[:, -2:]
    assert (weights[:, :-2] == 5).all()
    assert abs(new).max() <= 1
    assert new.std() == pytest.approx(1 / 3**0.5, rel=0.02)
    enabled = children.enabled.reshape(MANY, -1).sum(axis=1)
    assert (enabled == parents.enabled.reshape(MANY, -1).sum(axis=1) + 1).all()
    assert np.array_equal(only(add_node_rate=0.0, split="random").vary(parents, drawn).weights,
                          parents.weights)  # fmt: skip


def test_numbers_of_equal_mutations_may_be_fresh() -> None:
    parents, drawn = grown(200)
    changes = {"add_node_rate": 1.0, "add_edge_rate": 1.0, "split": "disable"}
    shared = only(**changes).vary(parents, replace(drawn))
    fresh = only(**changes, innovations="fresh").vary(parents, replace(drawn))

    assert_valid(fresh, 10)
    new = fresh.innovations[fresh.innovations >= drawn.next_innovation]
    assert len(new) == len(set(new.tolist())) == 600
    nodes = fresh.node_ids[fresh.node_ids >= drawn.next_node]
    assert len(nodes) == len(set(nodes.tolist())) == 200
    assert len(set(shared.innovations.tolist())) < 100
    with pytest.raises(ConfigError):
        settings_of(innovations="new")
