import numpy as np
import pytest
import torch

from neatfool.encodings import (
    Bare,
    Birth,
    CanvasSettings,
    Cppn,
    CppnSettings,
    Offset,
    OffsetSettings,
    Pixels,
    PixelSettings,
    Switch,
    SwitchSettings,
    Weights,
    WeightSettings,
)
from neatfool.encodings.encoding import polynomial_steps
from neatfool.errors import ConfigError, ShapeError
from neatfool.images import Canvas
from neatfool.substrates import EvolvableSettings, EvolvableSubstrate, Substrate, sandwich
from tests.conftest import built
from tests.fakes import Line

DRAWS = 200_000


def birth(generation: int = 1, **numbers: int) -> Birth:
    return Birth(generation, np.random.default_rng(0), **numbers)


def draws() -> torch.Tensor:
    return torch.rand(DRAWS, generator=torch.Generator().manual_seed(0))


def test_nodes_that_split_equal_edges_share_a_number() -> None:
    numbers = birth(next_node=7)

    ids = numbers.number_nodes(np.array([30, 4, 30, 9]))

    assert ids.tolist() == [9, 7, 9, 8]
    assert numbers.next_node == 10
    assert numbers.number_nodes(np.array([4])).tolist() == [10]


def test_edges_with_equal_ends_share_a_number() -> None:
    numbers = birth(next_innovation=5)

    innovations = numbers.number_edges(np.array([(2, 3), (1, 9), (2, 3), (3, 2)]))

    assert innovations.tolist() == [6, 5, 6, 7]
    assert numbers.next_innovation == 8


def test_no_newborn_take_no_numbers() -> None:
    numbers = birth()

    assert numbers.number_nodes(np.zeros(0, np.int64)).tolist() == []
    assert numbers.number_edges(np.zeros((0, 2), np.int64)).tolist() == []
    assert (numbers.next_node, numbers.next_innovation) == (0, 0)


@pytest.mark.parametrize("strength", [1.0, 15.0, 40.0])
def test_the_mean_size_of_a_polynomial_step(strength: float) -> None:
    steps = polynomial_steps(draws(), strength).numpy()

    assert steps.dtype == np.float32
    assert np.abs(steps).max() <= 1
    assert np.abs(steps).mean() == pytest.approx(1 / (strength + 2), rel=0.015)


def test_polynomial_steps_are_those_of_the_paper() -> None:
    steps = polynomial_steps(draws(), 15.0).numpy()

    assert np.abs(steps).mean() == pytest.approx(0.0588, rel=0.015)
    assert steps.std() == pytest.approx(0.0809, rel=0.015)
    percentiles = np.percentile(np.abs(steps), [50, 90, 99])
    assert percentiles == pytest.approx([0.042, 0.134, 0.250], abs=0.003)


def test_polynomial_steps_are_symmetric() -> None:
    steps = polynomial_steps(draws(), 15.0).numpy()

    assert abs(steps.mean()) < 5 * 0.0809 / DRAWS**0.5
    assert (steps > 0).mean() == pytest.approx(0.5, abs=0.006)
    assert np.percentile(steps, 90) == pytest.approx(-np.percentile(steps, 10), rel=0.02)


LINE = Line(5)
SHEETS = sandwich(2, 2)
GROWING = EvolvableSubstrate(EvolvableSettings(sheets=SHEETS.sheets))


@pytest.mark.parametrize(
    ("settings", "form", "kind"),
    [
        (CppnSettings(), (1, 4, 5), Cppn),
        (CppnSettings(), LINE, Cppn),
        (CppnSettings(), Bare(("x",), 1), Cppn),
        (PixelSettings(), (3, 4, 5), Pixels),
        (PixelSettings(), Canvas((3, 4, 5)), Pixels),
        (WeightSettings(), LINE, Weights),
        (WeightSettings(), Substrate(SHEETS), Weights),
        (OffsetSettings(), (3, 4, 5), Offset),
        (OffsetSettings(), LINE, Offset),
        (SwitchSettings(), (1, 4, 5), Switch),
        (SwitchSettings(direct=WeightSettings()), LINE, Switch),
    ],
)
def test_settings_say_which_encoding_is_built(settings, form, kind) -> None:
    made = built(settings, form)

    assert type(made) is kind
    assert made.shape == (form if isinstance(form, tuple) else form.shape)


def test_a_switch_ends_in_what_fits() -> None:
    assert isinstance(built(SwitchSettings(), (1, 4, 5)).direct, Pixels)
    assert isinstance(built(SwitchSettings(), Canvas((1, 4, 5))).direct, Pixels)
    assert isinstance(built(SwitchSettings(), LINE).direct, Weights)


def test_the_canvas_of_a_hybrid_is_that_of_its_networks() -> None:
    indirect = CppnSettings(
        canvas=CanvasSettings(coordinates="pixels", rounding="down", colours="hls")
    )
    for settings in (OffsetSettings(indirect=indirect), SwitchSettings(indirect=indirect)):
        medium = built(settings, (3, 4, 5)).indirect.medium
        assert medium == Canvas((3, 4, 5), "pixels", "down", "hls")


@pytest.mark.parametrize(
    ("settings", "form", "message"),
    [
        (PixelSettings(), LINE, "encoding.kind pixels makes images.*choose weights"),
        (PixelSettings(), Bare(("x",), 1), "makes images.*choose cppn"),
        (WeightSettings(), (1, 4, 5), "encoding.kind weights makes weights.*choose pixels"),
        (WeightSettings(), Bare(("x",), 1), "makes weights.*choose cppn"),
        (OffsetSettings(), Bare(("x",), 1), "encoding.kind offset changes.*choose cppn"),
        (SwitchSettings(), Bare(("x",), 1), "encoding.kind switch changes.*choose cppn"),
        (OffsetSettings(), GROWING, "encoding.kind offset changes.*choose cppn"),
        (WeightSettings(), GROWING, "makes weights.*choose cppn"),
        (SwitchSettings(direct=PixelSettings()), LINE, "encoding.direct.kind pixels.*weights"),
        (SwitchSettings(direct=WeightSettings()), (1, 4, 5), "direct.kind weights.*choose pixels"),
    ],
)
def test_what_does_not_fit_is_refused(settings, form, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        built(settings, form)


@pytest.mark.parametrize(
    ("settings", "form", "others"),
    [
        (PixelSettings(), (1, 4, 5), (1, 4, 6)),
        (WeightSettings(), LINE, Line(6)),
        (OffsetSettings(), LINE, Line(10)),
        (SwitchSettings(at=2), LINE, Line(4)),
    ],
)
def test_genomes_of_another_size_are_refused(settings, form, others) -> None:
    numbers, made = birth(generation=2), built(settings, others)
    genomes = made.vary(made.new(3, numbers), numbers)

    with pytest.raises(ShapeError, match=r"expected genomes of \d+ genes, .* another canvas or"):
        built(settings, form).from_arrays(genomes.arrays())


def test_a_switch_between_different_shapes_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"expected a direct .* \(5,\), got \(6,\)"):
        Switch(SwitchSettings(), Cppn(CppnSettings(), LINE), Weights(WeightSettings(), (6,)))
