"""Settings that a script changes while it runs: checked, and in effect from then on."""

import copy
import io
import pickle

import numpy as np
import pytest

from neatfool.encodings import (
    CppnGenome,
    OffsetGenome,
    PixelGenome,
    SwitchGenome,
    WeightGenome,
)
from neatfool.errors import ConfigError
from neatfool.search import NeatReproduction, NeatSpecies

SANDWICH = {"sandwich": "2 2"}
CONFIGS = {
    "cppn": (CppnGenome, {"inputs": "a b bias"}, "add_node_rate", 0.25),
    "cppn painted": (CppnGenome, {"canvas": "1 4 4"}, "weight_coefficient", 2.0),
    "links": (CppnGenome, SANDWICH, "max_weight", 2.5),
    "pixels": (PixelGenome, {"canvas": "1 4 4"}, "mutation_rate", 0.5),
    "weights": (WeightGenome, SANDWICH, "weight_rate", 0.5),
    "offset": (OffsetGenome, SANDWICH, "offset_rate", 0.5),
    "switch": (SwitchGenome, {"canvas": "1 4 4"}, "direct_strength", 5.0),
    "species": (NeatSpecies, {}, "compatibility_threshold", 1.5),
    "target": (NeatSpecies, {}, "target", 7),
    "reproduction": (NeatReproduction, {}, "survival_threshold", 0.5),
}


@pytest.fixture(params=CONFIGS)
def case(request):
    """A config of every kind, and a key of it with another value."""
    section, params, key, value = CONFIGS[request.param]
    return section, section.parse_config(params), key, value


def written(section, config) -> str:
    file = io.StringIO()
    section.write_config(file, config)
    return file.getvalue()


def test_a_value_may_change_and_is_kept(case) -> None:
    section, config, key, value = case
    before = getattr(config, key)
    assert before != value

    setattr(config, key, value)

    assert getattr(config, key) == value
    assert f"{key} = {value}\n" in written(section, config)
    for twin in (pickle.loads(pickle.dumps(config)), copy.deepcopy(config)):
        assert getattr(twin, key) == value
        assert written(section, twin) == written(section, config)
    setattr(config, key, before)
    assert getattr(config, key) == before


NONSENSE = {
    "text": "high",
    "nan": float("nan"),
    "negative": -1,
    "none": None,
    "list": [1, 2],
    "object": object(),
    "dict": {},
}
STRANGE = ["conn_add_prob", "elitism", "compatibility_treshold", "num_inputs"]


@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_refused_in_words_and_changes_nothing(case, nonsense) -> None:
    section, config, key, _ = case
    before = written(section, config)
    with pytest.raises(ConfigError, match=rf"^\[\w+\] {key}: ") as caught:
        setattr(config, key, nonsense)
    assert "pydantic" not in str(caught.value)
    assert len(str(caught.value)) < 300
    assert written(section, config) == before


@pytest.mark.parametrize("name", STRANGE)
def test_keys_of_others_are_refused_in_words(case, name) -> None:
    section, config, *_ = case
    before = written(section, config)
    with pytest.raises(ConfigError, match=f"unknown key {name}"):
        setattr(config, name, 0.5)
    assert not hasattr(config, name)
    with pytest.raises(ConfigError, match=f"unknown key {name}"):
        getattr(config, name)
    assert written(section, config) == before


@pytest.mark.parametrize(
    ("name", "key", "here"),
    [
        ("cppn", "conn_add_prob", "write add_edge_rate"),
        ("cppn painted", "weight_mutate_power", "write sigma"),
        ("cppn painted", "num_inputs", "leave it out, the canvas or sandwich says it"),
        ("links", "weight_max_value", "write weight_range"),
        ("offset", "node_delete_prob", "write delete_node_rate"),
        ("pixels", "rule", "rule is of links, which there are with sandwich"),
        ("reproduction", "elitism", "write champion_size"),
    ],
)
def test_it_is_said_what_keys_of_others_are_called_here(name, key, here) -> None:
    section, params, *_ = CONFIGS[name]
    config = section.parse_config(params)
    with pytest.raises(ConfigError, match=here):
        setattr(config, key, 0.5)
    with pytest.raises(ConfigError, match=here):
        getattr(config, key)


def test_a_change_is_in_effect_from_then_on() -> None:
    still = {"add_node_rate": "0", "delete_node_rate": "0"}
    config = CppnGenome.parse_config({"inputs": "a b bias"} | still)
    newborns = [CppnGenome(key) for key in range(40)]
    for newborn in newborns:
        newborn.configure_new(config)
        newborn.mutate(config)
    config.add_node_rate = 1.0  # those that are asked for already are as they would have been
    assert (config.gather(newborns).node_counts == 4).all()

    for newborn in newborns:
        newborn.mutate(config)
    assert (config.gather(newborns).node_counts == 5).all()


def test_distances_are_not_remembered_over_a_change() -> None:
    config = CppnGenome.parse_config({"inputs": "a b bias"})
    one, other = CppnGenome(1), CppnGenome(2)
    for newborn in (one, other):
        newborn.configure_new(config)
    before = one.distance(other, config)

    config.weight_coefficient *= 2

    assert before > 0
    assert one.distance(other, config) == pytest.approx(2 * before)


def test_lists_may_be_lists_or_text() -> None:
    config = CppnGenome.parse_config({"inputs": "a b bias"})
    for value in (["tanh", "sine"], ("tanh", "sine"), "tanh sine", np.array(["tanh", "sine"])):
        config.activations = ["identity"]
        config.activations = value
        assert config.activations == ("tanh", "sine")
    with pytest.raises(ConfigError, match="gausian"):
        config.activations = ["gausian"]


@pytest.mark.parametrize(
    ("section", "params", "key", "value"),
    [
        (CppnGenome, {"inputs": "a b"}, "inputs", "a b c"),
        (CppnGenome, {"inputs": "a b"}, "outputs", 3),
        (CppnGenome, {"inputs": "a b"}, "canvas", (1, 28, 28)),
        (CppnGenome, {"canvas": "1 4 4"}, "canvas", (3, 4, 4)),
        (PixelGenome, {"canvas": "1 4 4"}, "canvas", (1, 5, 5)),
        (WeightGenome, SANDWICH, "sandwich", (3, 3)),
        (CppnGenome, SANDWICH, "biases", True),
        (CppnGenome, SANDWICH, "rule", "leo"),
        (WeightGenome, SANDWICH, "biases", True),
    ],
    ids=str,
)
def test_what_genomes_become_does_not_change_in_a_run(section, params, key, value) -> None:
    config = section.parse_config(params)
    before = written(section, config)
    with pytest.raises(ConfigError, match=rf"\[{section.__name__}\]"):
        setattr(config, key, value)
    assert written(section, config) == before


def test_networks_may_be_painted_larger() -> None:
    config = CppnGenome.parse_config({"canvas": "1 4 4"})
    newborn = CppnGenome(1)
    newborn.configure_new(config)
    assert config.express([newborn]).shape == (1, 1, 4, 4)
    config.canvas = (1, 8, 6)
    assert config.express([newborn]).shape == (1, 1, 8, 6)


def test_keys_that_belong_together_are_checked_together() -> None:
    rules = NeatSpecies.parse_config({})
    with pytest.raises(ConfigError, match="step has no effect with target = 0"):
        rules.step = 0.3
    rules.target = 10
    rules.step = 0.3
    with pytest.raises(ConfigError, match="step has no effect with target = 0"):
        rules.target = 0
    rules.step = None
    rules.target = 0
    assert (rules.step, rules.target) == (None, 0)


def test_what_scripts_and_neat_python_put_there_is_let_through() -> None:
    config = CppnGenome.parse_config({"inputs": "a b"})
    config.innovation_tracker = "neat-python's own"
    config.birth = None
    assert config.innovation_tracker == "neat-python's own"
