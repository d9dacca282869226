"""Sections of INI files: what they say is checked, and what is written reads the same."""

import io

import pytest

from neatfool.encodings import CppnGenome, PixelGenome
from neatfool.encodings.encoding import Bare
from neatfool.errors import ConfigError
from neatfool.images import Canvas

WRONG = {
    "unknown key": ({"add_node_rat": "0.1"}, "did you mean add_node_rate?"),
    "key like none": ({"zzz": "1"}, "[CppnGenome] has an unknown key zzz: choose from"),
    "key of neat-python": ({"conn_add_prob": "0.1"}, "unknown key conn_add_prob"),
    "kind": ({"kind": "cppn"}, "unknown key kind"),
    "text for a number": ({"weight_range": "wide"}, "weight_range: Input should be a valid number"),
    "empty": ({"weight_range": ""}, "weight_range: Input should be a valid number"),
    "out of range": ({"add_node_rate": "1.5"}, "add_node_rate: Input should be less than or equal"),
    "not finite": ({"weight_coefficient": "nan"}, "weight_coefficient: Input should be a finite"),
    "negative": ({"excess_coefficient": "-1"}, "excess_coefficient: Input should be greater"),
    "unknown activation": ({"activations": "sine gausian"}, "unknown activation 'gausian'"),
    "no activation": ({"activations": ""}, "name at least one activation"),
    "neither": ({"canvas": None}, "says neither: expected either canvas"),
    "both": ({"inputs": "x y"}, "says both: expected either canvas"),
    "no outputs": ({"outputs": "0"}, "outputs: Input should be greater than or equal to 1"),
    "two numbers": ({"canvas": "28 28"}, "canvas: Field required, got '28 28'"),
    "two channels": ({"canvas": "2 28 28"}, "canvas: Value error, expected 1 channel"),
    "no pixels": ({"canvas": "1 0 28"}, "canvas: Input should be greater than or equal to 1"),
    "absurd canvas": ({"canvas": "1 28 99999999"}, "canvas: Input should be less than or equal"),
    "with commas": ({"canvas": "1, 28, 28"}, "canvas: Input should be a valid integer"),
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


@pytest.mark.parametrize("params", [{}, {"canvas": "1 4 4", "inputs": "x"}, {"inputs": "x"}])
def test_pixels_need_a_canvas_alone(params: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"\[PixelGenome\] needs a canvas"):
        PixelGenome.parse_config(params)


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
        (PixelGenome, {"canvas": "1 4 4", "crossover": "sbx", "halve_every": "7"}),
    ],
)
def test_what_is_written_reads_the_same(kind, params) -> None:
    brood, file = kind.parse_config(params), io.StringIO()

    kind.write_config(file, brood)

    written = dict(line.split(" = ") for line in file.getvalue().splitlines())
    again = kind.parse_config(written)
    assert again.encoding.settings == brood.encoding.settings
    assert again.encoding.shape == brood.encoding.shape
    assert again.compatibility == brood.compatibility
    assert getattr(again.encoding, "medium", 0) == getattr(brood.encoding, "medium", 0)
