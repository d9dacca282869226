"""INI files of neat-python for genomes of neatfool: what to write instead of its keys."""

import re
from pathlib import Path

import neat
import pytest

import neatfool
from neatfool.encodings.neat.keys import COUNTERPARTS, counterpart
from neatfool.errors import ConfigError
from neatfool.networks import ACTIVATIONS, NEAT_NAMES
from tests.neat_genomes import xor_config

ROOT = Path(__file__).parents[4]
CONFIG = xor_config()
STOCK = {
    p.name: p.format(getattr(CONFIG.genome_config, p.name)) for p in CONFIG.genome_config._params
}
CLASSES = {
    "networks": (neatfool.CppnGenome, {}, {"inputs": "a b"}),
    "painters": (neatfool.CppnGenome, {"canvas": "1 4 4"}, {}),
    "hyperneat": (neatfool.CppnGenome, {"sandwich": "3 3"}, {}),
    "pixels": (neatfool.PixelGenome, {"canvas": "1 4 4"}, {}),
    "weights": (neatfool.WeightGenome, {}, {"sandwich": "3 3"}),
    "offset": (neatfool.OffsetGenome, {"canvas": "1 4 4"}, {}),
    "switch": (neatfool.SwitchGenome, {}, {"sandwich": "3 3"}),
}


def refused(kind: type, params: dict[str, str]) -> str:
    with pytest.raises(ConfigError) as caught:
        kind.parse_config(params)
    assert str(caught.value).startswith(f"[{kind.__name__}] ")
    return str(caught.value)


def advice(message: str) -> tuple[dict[str, str], set[str]]:
    """Read what to write, by the key it is for, and what to leave out."""
    write, leave = (
        re.search(r"^write (.*)$", message, re.M),
        re.search(r"^leave out (.*)$", message, re.M),
    )
    renamed = {}
    for part in write[1].split("; ") if write else []:
        keys, _, new = part.partition(" as ")
        renamed |= dict.fromkeys(keys.split(", "), re.sub(r" \(.*\)$", "", new))
    left_out = re.sub(r" \([^)]*\)", "", leave[1]).replace(";", ",").split(", ") if leave else []
    return renamed, set(left_out)


@pytest.mark.parametrize("name", CLASSES)
def test_a_renamed_section_is_refused_once_and_the_advice_leads_to_one_that_works(name) -> None:
    kind, given, form = CLASSES[name]
    usual = {"activation_options": "sigmoid gauss abs relu", "weight_min_value": "-30"}
    params = STOCK | usual | given

    message = refused(kind, params)

    assert ("does not say what genomes become" in message) == bool(form)
    renamed, left_out = advice(message)
    named = renamed.keys() | left_out
    assert params.keys() - named <= given.keys() | {"weight_replace_rate"}
    assert f"has {len(named)} unknown keys:\n" in message
    assert message.count("\n") == 2
    section = {key: value for key, value in params.items() if key not in named}
    for key, new in renamed.items():
        here, _, value = new.partition(" = ")
        section[here] = value or params[key].removeprefix("-")
    made = kind.parse_config(section | form)
    if "activations" in section:
        settings = made.encoding.settings
        networks = getattr(settings, "indirect", settings)
        assert networks.activations == ("neat_sigmoid", "neat_gauss", "absolute", "relu")
        assert (networks.structure.add_edge_rate, networks.weight_range) == (0.5, 30)


ONE = [
    ({"conn_add_prob": "1"}, "has an unknown key conn_add_prob: write add_edge_rate"),
    ({"feed_forward": "1"}, "unknown key feed_forward: leave it out, it is so"),
    ({"feed_forward": "False"}, "unknown key feed_forward: write dynamics = recurrent"),
    ({"num_inputs": "3"}, "unknown key num_inputs: leave it out, inputs is there"),
    ({"add_node_rat": "1"}, "unknown key add_node_rat: did you mean add_node_rate?"),
    ({"zzz": "1"}, "unknown key zzz: choose from coordinates, "),
    ({"zzz": "1", "yyy": "2"}, "2 unknown keys:\nzzz, yyy: choose from coordinates, "),
    (
        {"add_node_rat": "1", "zzz": "2"},
        "errors: add_node_rat, did you mean add_node_rate?\nzzz: c",
    ),
    (
        {"sigma": "-1", "add_node_rate": "2"},
        "sigma: expected a number above 0, got '-1'; add_n",
    ),
    ({"activations": "sine, tanh"}, "activations: expected spaces between, no commas"),
    ({"inputs": "3"}, "a name for each input, no number: inputs = i0 i1 i2, got '3'"),
    ({"inputs": "12"}, "no number: inputs = i0 i1 i2 i3 …, got '12'"),
    ({"inputs": "0"}, "no number: inputs = i0, got '0'"),
    ({"inputs": "2 1"}, "no number: inputs = i0 i1, got '2 1'"),
    ({"inputs": "1 2 3"}, "no number: inputs = i0 i1 i2, got '1 2 3'"),
    ({"inputs": "nan x"}, "no number: inputs = i0 i1, got 'nan x'"),
    ({"inputs": "-1.5"}, "no number: inputs = i0 i1 i2, got '-1.5'"),
    ({"inputs": "a b a"}, "inputs: expected a different name for each input, got 'a b a'"),
    ({"inputs": "a, b"}, "inputs: expected spaces between, no commas, got 'a, b'"),
    ({"outputs": "left right"}, "outputs: expected a whole number"),
    ({"inputs": "", "num_inputs": "2"}, "write inputs = i0 i1 (a name for each)"),
    (
        {"activations": "sin"},
        "did you mean sine? neat-python's sin is another function, here called",
    ),
    ({"output_activation": "gauss"}, "did you mean gaussian? neat-python's gauss is another"),
]


@pytest.mark.parametrize(("params", "message"), ONE)
def test_wrong_keys_and_values_have_a_hint(params, message) -> None:
    assert message in refused(neatfool.CppnGenome, {"inputs": "a b"} | params)


def test_rules_of_neat_python_have_a_hint() -> None:
    params = {"elitism": "2", "min_species_size": "2", "survival_threshold": "0.2"}
    message = refused(neatfool.NeatReproduction, params)
    assert "write elitism as champion_size" in message
    assert "leave out min_species_size (species may have any size)" in message


def test_every_key_of_neat_python_has_a_row_and_every_row_a_key() -> None:
    keys = {*STOCK, *(p.name for p in CONFIG.reproduction_config._params)} - {"survival_threshold"}
    rows = [counterpart(key) for key in keys]
    assert None not in rows
    assert {*rows} == {*COUNTERPARTS}
    assert counterpart("bias") is counterpart("biased") is None


def test_the_table_of_the_page_is_that_of_the_messages() -> None:
    page = (ROOT / "docs" / "neat.md").read_text(encoding="utf-8")
    for key, here, remark in COUNTERPARTS:
        names = ", ".join(f"`{name}`" for name in here) or "–"
        row = f"| `{key}` | {names} | {remark} |"
        assert row in page or key in ("elitism", "min_species_size")


def test_names_that_mean_other_functions_are_those_of_the_page() -> None:
    page = (ROOT / "docs" / "neat.md").read_text(encoding="utf-8")
    ours = {activation.name: activation for activation in ACTIVATIONS}
    stock = neat.activations.ActivationFunctionSet().functions
    for name, function in stock.items():
        same = name in ours and all(
            ours[name].scalar(z) == pytest.approx(function(z), rel=1e-12) for z in (-3.7, -0.3, 2e3)
        )
        assert same == (name not in NEAT_NAMES), name
        assert same or (f"`{name}`" in page and f"`{NEAT_NAMES[name]}`" in page)
