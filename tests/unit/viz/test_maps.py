"""Maps of numbers around 0."""

import numpy as np
import pytest

from neatfool import viz
from neatfool.errors import ShapeError

WANTED = np.array([[0.0], [1], [1], [0]])
TRIALS = ("00", "01", "10", "11")


def names_of(axis) -> list[str]:
    return [label.get_text() for label in axis.get_ticklabels()]


def normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape)


def test_answers_stand_beside_those_that_were_wanted() -> None:
    wanted = viz.Panel("wanted", WANTED, TRIALS, ("out",), "answer")
    given = viz.Panel("given", -2 * WANTED, TRIALS, ("out",), "answer")
    figure = viz.maps([wanted, given], "XOR")

    first, second, bar = figure.axes
    assert [axes.get_title(loc="left") for axes in (first, second)] == ["wanted", "given"]
    assert names_of(first.yaxis) == [*TRIALS]
    assert names_of(first.xaxis) == ["out"]
    assert [text.get_text() for text in second.texts] == ["0", "−2", "−2", "0"]
    assert {axes.images[0].get_clim() for axes in (first, second)} == {(-2, 2)}
    assert bar.get_ylabel() == "answer"
    assert figure.get_suptitle() == "XOR"
    figure.draw_without_rendering()
    assert first.bbox.x1 < second.bbox.x0


def test_every_scale_has_colours_of_its_own() -> None:
    panels = [viz.Panel("w", normal(3, 3), scale="weight"), viz.Panel("b", WANTED.T, scale="bias")]
    figure = viz.maps(panels)
    largest = float(np.abs(panels[0].values).max())
    limits = [axes.images[0].get_clim() for axes in figure.axes[:2]]
    assert limits == [(-largest, largest), (-1, 1)]
    assert [axes.get_ylabel() for axes in figure.axes[2:]] == ["weight", "bias"]


def test_panels_that_are_wide_stand_one_below_the_other() -> None:
    figure = viz.maps([viz.Panel("x", normal(75, 121)) for _ in range(3)])
    figure.draw_without_rendering()
    corners = {(round(axes.bbox.x0), round(axes.bbox.y0)) for axes in figure.axes[:3]}
    assert len({x for x, _ in corners}) == len({y for _, y in corners}) == 2


def test_panels_of_one_scale_stay_together() -> None:
    wide = [
        viz.Panel("x", normal(75, 121), scale=scale) for scale in ("weight", "answer", "answer")
    ]
    figure = viz.maps(wide)
    figure.draw_without_rendering()
    weights, wanted, given = (axes.bbox for axes in figure.axes[:3])
    assert weights.y0 > wanted.y1
    assert wanted.y0 == pytest.approx(given.y0)
    assert wanted.x1 < given.x0


@pytest.mark.parametrize("shape", [(1, 1), (10, 49), (121, 121), (2401, 1), (1, 2401), (1000, 49)])
def test_maps_of_any_size_are_bounded_and_have_ticks_at_cells(shape) -> None:
    values = normal(*shape)
    figure = viz.maps([viz.Panel("links", values)])
    axes = figure.axes[0]
    image = axes.images[0]
    assert max(image.get_array().shape) <= 480
    assert np.abs(image.get_array()).max() == np.abs(values).max() == image.get_clim()[1]
    assert axes.get_xlim() == (-0.5, shape[1] - 0.5)
    assert axes.get_ylim() == (shape[0] - 0.5, -0.5)
    figure.draw_without_rendering()
    for ticks in (axes.get_xticks(), axes.get_yticks()):
        assert (ticks == ticks.round()).all()
    assert max(figure.get_size_inches()) < 10
    assert bool(axes.texts) == (shape == (1, 1))


def test_no_strong_link_is_lost_among_many() -> None:
    values = np.zeros((1100, 700), np.float32)
    values[1099, 3], values[5, 699], values[6, 699] = -3, 2, np.inf
    image = viz.maps([viz.Panel("links", values)]).axes[0].images[0]
    shown = image.get_array()
    assert shown.shape == (-(-1100 // 3), 350)
    assert (shown[366, 1], shown[1, 349], np.count_nonzero(shown)) == (-3, 2, 2)
    assert image.get_extent() == [-0.5, 699.5, 1100.5, -0.5]


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_zeros_and_what_is_no_number_are_no_error(value) -> None:
    values = np.array([[value, 0.0]])
    figure = viz.maps([viz.Panel("a", values)])
    image = figure.axes[0].images[0]
    assert image.get_clim() == (-1, 1)
    assert np.ma.getmaskarray(image.get_array()).tolist() == (~np.isfinite(values)).tolist()
    assert len(figure.axes[0].texts) == np.isfinite(values).sum()
    assert viz.to_png(figure) == viz.to_png(viz.maps([viz.Panel("a", values)]))


def test_long_names_are_shortened_and_many_are_counted() -> None:
    few = viz.Panel("a", normal(2, 12), ["$x$" * 9, "b"], ["a long name"] * 12)
    many = viz.Panel("b", normal(41, 2), ["x"] * 41)
    first, second = viz.maps([few, many]).axes[:2]
    assert names_of(first.yaxis)[0].endswith("…")
    assert first.get_xticklabels()[0].get_rotation() == 45
    assert len(second.get_yticks()) < 41


@pytest.mark.parametrize(
    ("panel", "got"),
    [
        (viz.Panel("w", np.zeros(3)), r"w: expected values \(R, C\), at least one, got \(3,\)"),
        (viz.Panel("w", np.zeros((0, 3))), r"got \(0, 3\)"),
        (viz.Panel("w", WANTED, TRIALS[1:]), "w: expected a name for each row, 4, or none; got 3"),
        (viz.Panel("w", WANTED, (), TRIALS), "a name for each column, 1, or none; got 4"),
    ],
)
def test_panels_fit_their_names(panel, got) -> None:
    with pytest.raises(ShapeError, match=got):
        viz.maps([panel])


def test_there_is_something_to_map() -> None:
    with pytest.raises(ShapeError, match="at least one panel to draw, got none"):
        viz.maps([])
