import pytest
import torch

from neatfool.errors import ConfigError
from neatfool.substrates import LinkSettings
from neatfool.substrates.links import points_of, weights_of

OUTPUTS = torch.tensor([-5.0, -1.0, -0.6, -0.2, 0.0, 0.1, 0.2, 0.6, 1.0, 5.0])


def weigh(settings: LinkSettings, outputs: torch.Tensor, *more: torch.Tensor) -> list[float]:
    return weights_of(settings, outputs.clone(), *more).tolist()


def test_small_outputs_make_no_link_and_the_threshold_is_taken_off_the_others() -> None:
    weights = weigh(LinkSettings(), OUTPUTS)

    assert weights == pytest.approx([-3, -3, -1.5, 0, 0, 0, 0, 1.5, 3, 3])
    assert weights[3:7] == [0, 0, 0, 0]


def test_the_threshold_can_be_taken_off_without_scale() -> None:
    weights = weigh(LinkSettings(max_weight=0.8), OUTPUTS)

    assert weights == pytest.approx([-0.8, -0.8, -0.4, 0, 0, 0, 0, 0.4, 0.8, 0.8])


def test_raw_outputs_are_weights() -> None:
    weights = weigh(LinkSettings(rule="raw", max_weight=2.0), OUTPUTS)

    assert weights == pytest.approx([-2, -2, -1.2, -0.4, 0, 0.2, 0.4, 1.2, 2, 2])


def test_an_output_of_its_own_expresses_a_link() -> None:
    settings = LinkSettings(rule="leo", threshold=0.2, max_weight=3.0)
    expressed = torch.tensor([0.3, 0.2, -1.0, float("nan"), 1.0] * 2)

    weights = weigh(settings, OUTPUTS, expressed)

    assert weights == pytest.approx([-3, 0, 0, 0, 0, 0.3, 0, 0, 0, 3])


@pytest.mark.parametrize("rule", ["threshold", "raw", "leo"])
def test_what_is_not_a_number_makes_no_link(rule) -> None:
    outputs = torch.tensor([float("nan"), float("inf"), -float("inf")])
    expressed = [torch.ones(3)] if rule == "leo" else []

    assert weigh(LinkSettings(rule=rule), outputs, *expressed) == pytest.approx([0, 3, -3])


def test_points_have_a_row_for_each_input() -> None:
    settings = LinkSettings(bias=0.3, deltas=True, distance=True)
    sources = torch.tensor([[0.0, 1.0], [-1.0, 0.5]], dtype=torch.float64)
    targets = torch.tensor([[0.0, 1.0], [0.5, -1.5]], dtype=torch.float64)

    points = points_of(settings, sources, targets)

    assert settings.inputs == ("x1", "y1", "x2", "y2", "bias", "dx", "dy", "d")
    assert points.dtype == torch.float32
    assert points.T.tolist() == [
        pytest.approx([0, 1, 0, 1, 0.3, 0, 0, 0]),
        pytest.approx([-1, 0.5, 0.5, -1.5, 0.3, 1.5, -2, 2.5]),
    ]


def test_deltas_and_distance_are_optional() -> None:
    place = torch.zeros(1, 2, dtype=torch.float64)

    assert LinkSettings().inputs == ("x1", "y1", "x2", "y2", "bias")
    assert points_of(LinkSettings(), place, place).tolist() == [[0], [0], [0], [0], [1]]
    assert LinkSettings(distance=True).inputs[5:] == ("d",)
    assert points_of(LinkSettings(deltas=True), place, place + 1)[5:].tolist() == [[1], [1]]


@pytest.mark.parametrize("wrong", [{"threshold": 1.0}, {"max_weight": 0}, {"rule": "none"}])
def test_wrong_settings_are_refused(wrong) -> None:
    with pytest.raises(ConfigError):
        LinkSettings(**wrong)


def test_a_seed_of_locality_without_leo_is_refused() -> None:
    with pytest.raises(ConfigError, match="locality has no effect with rule = raw"):
        LinkSettings(rule="raw", locality=1.0)
