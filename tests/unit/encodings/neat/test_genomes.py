"""Sections of INI files: what they say is checked, and what is written reads the same."""

import io

import pytest

from neatfool.encodings import (
    CanvasSettings,
    CppnGenome,
    CppnSettings,
    OffsetGenome,
    OffsetSettings,
    PixelGenome,
    PixelSettings,
    SwitchGenome,
    SwitchSettings,
    WeightGenome,
    WeightSettings,
)
from neatfool.encodings.medium import Bare
from neatfool.errors import ConfigError
from neatfool.images import Canvas
from neatfool.substrates import LinkSettings, sandwich

WRONG = {
    "unknown key": ({"add_node_rat": "0.1"}, "did you mean add_node_rate?"),
    "key like none": ({"zzz": "1"}, "[CppnGenome] has an unknown key zzz: choose from"),
    "key of neat-python": ({"conn_add_prob": "0.1"}, "unknown key conn_add_prob"),
    "kind": ({"kind": "cppn"}, "unknown key kind"),
    "text for a number": ({"weight_range": "wide"}, "weight_range: expected a number"),
    "empty": ({"weight_range": ""}, "weight_range: expected a number"),
    "out of range": ({"add_node_rate": "1.5"}, "add_node_rate: expected a number of"),
    "not finite": ({"weight_coefficient": "nan"}, "weight_coefficient: expected a finite"),
    "negative": ({"excess_coefficient": "-1"}, "excess_coefficient: expected a number "),
    "unknown activation": ({"activations": "sine gausian"}, "unknown activation 'gausian'"),
    "no activation": ({"activations": ""}, "name at least one activation"),
    "neither": ({"canvas": None}, "does not say what genomes become: expected one of"),
    "both": ({"inputs": "x y"}, "says canvas and inputs: expected one of canvas ="),
    "no outputs": ({"outputs": "0"}, "outputs: expected a number of at least 1"),
    "two numbers": (
        {"canvas": "28 28"},
        "canvas: expected more values, with spaces between, got '28 28'",
    ),
    "two channels": ({"canvas": "2 28 28"}, "canvas: expected 1 channel"),
    "no pixels": ({"canvas": "1 0 28"}, "canvas: expected a number of at least 1"),
    "absurd canvas": ({"canvas": "1 28 99999999"}, "canvas: expected a number of"),
    "with commas": ({"canvas": "1, 28, 28"}, "canvas: expected spaces between, no commas"),
    "outputs of images": ({"outputs": "2"}, "outputs has no effect without inputs = x y bias"),
    "a sheet of images": (
        {"sheet_activation": "tanh"},
        "[CppnGenome] sheet_activation has no effect without sandwich = 3 3: leave it out",
    ),
    "both ways": ({"sandwich": "3 3"}, "says canvas and sandwich: expected one of canvas ="),
    "links of images": ({"rule": "leo"}, "rule is of links, which there are with sandwich = 3 3"),
    "one side": (
        {"canvas": None, "sandwich": "3"},
        "sandwich: expected more values, with spaces between, got '3'",
    ),
    "no nodes": ({"canvas": None, "sandwich": "0 3"}, "sandwich: expected a number of"),
    "absurd sheet": (
        {"canvas": None, "sandwich": "3 99"},
        "sandwich: expected a number ",
    ),
    "unknown function": ({"sheet_activation": "sigmod"}, "unknown activation 'sigmod'"),
    "seed without LEO": (
        {"canvas": None, "sandwich": "3 3", "locality": "1"},
        "locality has no effect with rule = threshold: leave it out, or choose leo",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_sections_are_refused_in_one_line(case: str) -> None:
    change, message = WRONG[case]
    params = {key: value for key, value in ({"canvas": "1 28 28"} | change).items() if value}
    params |= {key: "" for key, value in change.items() if value == ""}
    with pytest.raises(ConfigError) as caught:
        CppnGenome.parse_config(params)
    assert message in str(caught.value)
    assert str(caught.value).startswith("[CppnGenome]")
    assert "\n" not in str(caught.value)


OTHERS = [
    (PixelGenome, {}, "does not say what genomes become: expected canvas = 1 28 28"),
    (PixelGenome, {"canvas": "1 4 4", "inputs": "x"}, "says canvas and inputs: expected canvas ="),
    (PixelGenome, {"inputs": "x"}, "says inputs: expected canvas = 1 28 28"),
    (WeightGenome, {"canvas": "1 4 4"}, "says canvas: expected sandwich = 3 3"),
    (
        WeightGenome,
        {"sandwich": "3 3", "rule": "raw"},
        "unknown key rule: choose from weight_",
    ),
    (
        OffsetGenome,
        {"inputs": "x"},
        "says inputs: expected one of canvas = 1 28 28, sandwich",
    ),
    (OffsetGenome, {"canvas": "1 4 4", "offset_sgma": "1"}, "did you mean offset_sigma?"),
    (OffsetGenome, {"canvas": "1 4 4", "offset_sigma": "-1"}, "offset_sigma: expected a number"),
    (OffsetGenome, {"canvas": "1 4 4", "sigma": "-1"}, "[OffsetGenome] sigma: expected a number"),
    (OffsetGenome, {"canvas": "1 4 4", "indirect": "cppn"}, "unknown key indirect"),
    (
        SwitchGenome,
        {"inputs": "x"},
        "says inputs: expected one of canvas = 1 28 28, sandwich",
    ),
    (
        SwitchGenome,
        {"canvas": "1 4 4", "at": "1"},
        "at: expected a number of",
    ),
    (SwitchGenome, {"canvas": "1 4 4", "direct_weight_range": "1"}, "unknown key direct_weight_ra"),
    (SwitchGenome, {"sandwich": "3 3", "direct_halve_every": "9"}, "unknown key direct_halve_ever"),
    (SwitchGenome, {"sandwich": "3 3", "direct_wight_rate": "1"}, "mean direct_weight_rate?"),
    (SwitchGenome, {"sandwich": "3 3", "direct_weight_rate": "7"}, "direct_weight_rate: expected"),
]


@pytest.mark.parametrize(("kind", "params", "message"), OTHERS)
def test_each_class_refuses_what_it_cannot_become_and_keys_of_others(kind, params, message) -> None:
    with pytest.raises(ConfigError) as caught:
        kind.parse_config(params)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"[{kind.__name__}]")
    assert "\n" not in str(caught.value)


def test_a_sandwich_has_height_and_width_and_the_settings_of_links() -> None:
    params = {"sandwich": "2 3", "rule": "leo", "locality": "2", "sheet_activation": "identity"}
    brood = CppnGenome.parse_config(params)
    links = LinkSettings(rule="leo", locality=2)
    assert brood.substrate.settings == sandwich(3, 2, links, "identity")
    assert brood.encoding.medium is brood.substrate
    assert CppnGenome.parse_config({"canvas": "1 3 3"}).substrate is None


def test_networks_and_direct_parts_of_hybrids_have_keys_of_their_own() -> None:
    params = {"canvas": "3 4 4", "sigma": "2", "offset_sigma": "3", "offset_rate": "0.5"}
    settings = OffsetGenome.parse_config(params | {"colours": "hls"}).encoding.settings
    networks = CppnSettings(canvas=CanvasSettings(colours="hls"), sigma=2)
    assert settings == OffsetSettings(indirect=networks, sigma=3, offset_rate=0.5)

    params = {"strength": "2", "direct_strength": "3", "direct_crossover": "sbx", "at": "7"}
    made = SwitchGenome.parse_config(params | {"canvas": "1 4 4"}).encoding
    direct = PixelSettings(strength=3, crossover="sbx")
    assert made.settings == SwitchSettings(indirect=CppnSettings(strength=2), direct=direct, at=7)
    assert made.direct.settings == direct

    params = {"sandwich": "3 3", "weight_rate": "0.2", "direct_weight_rate": "0.3"}
    made = SwitchGenome.parse_config(params | {"stagnation": "9"}).encoding
    direct, networks = WeightSettings(weight_rate=0.3), CppnSettings(weight_rate=0.2)
    assert made.settings == SwitchSettings(indirect=networks, direct=direct, stagnation=9)
    assert made.shape == (81,)


def test_what_is_not_said_has_its_default_and_lists_have_any_spaces_between() -> None:
    brood = CppnGenome.parse_config({"inputs": "x  y\tbias", "activations": " sine   tanh "})

    assert brood.encoding.medium == Bare(("x", "y", "bias"), 1)
    assert brood.encoding.settings.activations == ("sine", "tanh")
    assert brood.encoding.settings.weight_range == 10.0
    assert brood.compatibility.small == 20


def test_a_canvas_has_the_settings_of_painting() -> None:
    params = {"canvas": "3 7 5", "coordinates": "pixels", "rounding": "down", "colours": "hls"}
    brood = CppnGenome.parse_config(params)
    assert brood.encoding.medium == Canvas((3, 7, 5), "pixels", "down", "hls")


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        (CppnGenome, {"canvas": "3 7 5", "colours": "hls", "parallel_edges": "False"}),
        (CppnGenome, {"inputs": "x bias", "outputs": "2", "output_activation": "tanh"}),
        (CppnGenome, {"inputs": "x", "small_genome": "0", "weight_coefficient": "3e-7"}),
        (CppnGenome, {"sandwich": "2 3", "rule": "leo", "locality": "2", "biases": "true"}),
        (PixelGenome, {"canvas": "1 4 4", "crossover": "sbx", "halve_every": "7"}),
        (WeightGenome, {"sandwich": "2 3", "biases": "true", "start_range": "0.5"}),
        (OffsetGenome, {"canvas": "1 4 4", "offset_sigma": "3", "sigma": "2"}),
        (OffsetGenome, {"sandwich": "2 3", "offset_rate": "0.5", "distance": "true"}),
        (SwitchGenome, {"canvas": "1 4 4", "at": "7", "direct_strength": "3"}),
        (SwitchGenome, {"sandwich": "2 3", "stagnation": "7", "direct_sigma": "3", "sigma": "2"}),
    ],
)
def test_what_is_written_reads_the_same(kind, params) -> None:
    brood, file = kind.parse_config(params), io.StringIO()

    kind.write_config(file, brood)

    lines = [line.split(" = ") for line in file.getvalue().splitlines()]
    written = dict(lines)
    assert len(written) == len(lines), "no two settings share a key"
    again = kind.parse_config(written)
    assert again.encoding.settings == brood.encoding.settings
    assert again.encoding.shape == brood.encoding.shape
    assert again.compatibility == brood.compatibility
    assert again.parts == brood.parts
    if brood.substrate is None:
        assert getattr(again.encoding, "medium", 0) == getattr(brood.encoding, "medium", 0)
    else:
        assert again.substrate.settings == brood.substrate.settings
