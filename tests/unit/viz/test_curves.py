import numpy as np
import pytest

from neatfool import viz
from neatfool.errors import ShapeError
from neatfool.reporting import CONFIDENCE, SCORE, Unit

EVALUATIONS = np.arange(1, 6) * 200
DISTANCE = Unit("distance")
TICKS = ["0 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %", "≥ 99.9999 %"]


def growing(classes):
    return 1 - 10.0 ** -np.outer(np.arange(5), np.linspace(0.5, 1.5, classes))


def legend_of(figure):
    """Return the names of lines: of a legend, or at their ends from the highest to the lowest."""
    texts = figure.legends[0].get_texts() if figure.legends else figure.axes[0].texts[::-1]
    return [text.get_text() for text in texts]


def looks_of(lines):
    return [(line.get_color(), line.get_linestyle()) for line in lines]


def height_of(figure, confidence):
    return figure.axes[0].transData.transform((0, confidence))[1]


def test_draws_every_class_and_a_thick_median():
    values = growing(4)
    figure = viz.score_curves(EVALUATIONS, values, list("abcd"), "heading")
    (axes,) = figure.axes
    *classes, median = axes.lines
    assert [line.get_ydata().tolist() for line in classes] == values.T.tolist()
    np.testing.assert_allclose(median.get_ydata(), np.median(values, axis=1))
    np.testing.assert_array_equal(median.get_xdata(), EVALUATIONS)
    assert median.get_linewidth() > 2 * max(line.get_linewidth() for line in classes)
    assert legend_of(figure) == ["d", "c", "median", "b", "a"]
    assert axes.get_title(loc="left") == "heading"


def test_the_axis_gives_every_nine_the_same_space():
    figure = viz.score_curves(EVALUATIONS, growing(2), ["a", "b"])
    figure.draw_without_rendering()
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == TICKS
    heights = [height_of(figure, 1 - 10.0**-n) for n in range(7)]
    np.testing.assert_allclose(np.diff(heights), heights[1] - heights[0], rtol=1e-6)


def test_certainty_is_drawn_at_the_top_of_the_axis():
    figure = viz.score_curves(EVALUATIONS, np.ones((5, 1)), ["a"])
    figure.draw_without_rendering()
    line = figure.axes[0].lines[0]
    assert line.get_ydata().tolist() == [0.999999] * 5
    assert height_of(figure, line.get_ydata()[0]) <= figure.axes[0].bbox.y1


@pytest.mark.parametrize("classes", [10, 20])
def test_named_classes_all_look_different(classes):
    figure = viz.score_curves(EVALUATIONS, growing(classes), ["x"] * classes)
    assert len(set(looks_of(figure.axes[0].lines))) == classes + 1
    assert len(legend_of(figure)) == classes + 1
    heights = [text.get_position()[1] for text in figure.axes[0].texts]
    assert min(np.diff(heights)) > 0.045
    assert min(heights) >= 0
    assert max(heights) <= 1


def test_many_classes_are_grey_and_unnamed():
    figure = viz.score_curves(EVALUATIONS, growing(21), ["x"] * 21)
    *classes, _ = figure.axes[0].lines
    assert len(set(looks_of(classes))) == 1
    assert legend_of(figure) == ["median", "21 classes"]


def test_names_are_shown_as_they_are_but_not_endless():
    figure = viz.score_curves(EVALUATIONS, growing(3), ["_a", "$\\frac$", "b" * 99])
    assert legend_of(figure) == ["b" * 27 + "…", "median", "$\\frac$", "_a"]
    assert viz.to_png(figure)


def test_one_generation_can_be_seen():
    figure = viz.score_curves([200], [[0.95, 0.3]], ["a", "b"])
    assert {line.get_marker() for line in figure.axes[0].lines} == {"o"}


@pytest.mark.parametrize("values", [np.zeros((0, 2)), np.full((5, 2), np.nan)])
def test_nothing_to_draw_is_no_error(values):
    figure = viz.score_curves(EVALUATIONS[: len(values)], values, ["a", "b"])
    assert viz.to_png(figure)


def test_equal_data_give_equal_bytes():
    first, second = (
        viz.to_png(viz.score_curves(EVALUATIONS, growing(3), list("abc"))) for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize(
    ("shape", "labels", "came"),
    [
        (
            (4, 3),
            3,
            r"expected evaluations \(G,\) and scores \(G, K\), got \(5,\) and \(4, 3",
        ),
        ((5,), 3, r"got \(5,\) and \(5,\)"),
        ((5, 3), 2, "expected one label per niche, 3 ≥ 1; got 2"),
        ((5, 0), 0, "expected one label per niche, 0 ≥ 1; got 0"),
    ],
)
def test_refuses_arrays_that_do_not_fit(shape, labels, came):
    with pytest.raises(ShapeError, match=came):
        viz.score_curves(EVALUATIONS, np.zeros(shape), ["x"] * labels)


def test_low_confidences_get_an_axis_of_their_own() -> None:
    low = viz.score_curves([10, 20], [[0.001], [0.02]], ["noise"]).axes[0]
    high = viz.score_curves([10, 20], [[0.001], [0.9]], ["patterns"]).axes[0]

    assert low.get_yscale() == "linear"
    assert low.get_ylim() == pytest.approx((0, 0.02), abs=0.001)
    assert [label.get_text() for label in low.get_yticklabels()][:2] == ["0 %", "0.4 %"]
    assert high.get_yscale() == "function"


@pytest.mark.parametrize(
    "values",
    [
        np.linspace(0, 16, 10).reshape(5, 2),
        np.linspace(-2250, -10, 10).reshape(5, 2),
        np.full((5, 2), 2250.0),
        np.zeros((5, 2)),
        np.linspace(1e9, 3e9, 10).reshape(5, 2),
    ],
)
def test_scores_that_are_no_shares_are_drawn_as_they_are(values):
    figure = viz.score_curves(EVALUATIONS, values, ["a", "b"], unit=DISTANCE)
    axes = figure.axes[0]
    assert (axes.get_yscale(), axes.get_ylabel()) == ("linear", "distance")
    assert [line.get_ydata().tolist() for line in axes.lines[:-1]] == values.T.tolist()
    low, high = axes.get_ylim()
    assert low < values.min() <= values.max() < high
    assert viz.to_png(figure)


@pytest.mark.parametrize("unit", [SCORE, CONFIDENCE])
def test_what_is_no_number_is_a_gap(unit):
    values = [[-np.inf, 0.25], [np.nan, 0.5], [0.5, np.inf], [0.75, np.nan], [0.75, 0.75]]
    figure = viz.score_curves(EVALUATIONS, values, ["a", "b"], unit=unit)
    drawn = np.array([line.get_ydata() for line in figure.axes[0].lines])
    np.testing.assert_array_equal(np.isnan(drawn[:2].T), ~np.isfinite(values))
    assert drawn[2].tolist() == [0.25, 0.5, 0.5, 0.75, 0.75]


@pytest.mark.parametrize(
    ("unit", "niches"), [(CONFIDENCE, "classes"), (SCORE, "niches"), (Unit("wins", True), "niches")]
)
def test_many_niches_are_called_what_they_are(unit, niches):
    figure = viz.score_curves(EVALUATIONS, growing(1200), ["x"] * 1200, unit=unit)
    assert legend_of(figure) == ["median", f"1,200 {niches}"]


@pytest.mark.parametrize("unit", [SCORE, CONFIDENCE])
def test_a_single_niche_is_one_line(unit):
    figure = viz.score_curves(EVALUATIONS, growing(1), ["xor"], unit=unit)
    assert len(figure.axes[0].lines) == 1
    assert legend_of(figure) == ["xor"]


@pytest.mark.parametrize("values", [np.zeros((0, 2)), np.full((5, 2), np.nan), np.ones((1, 2))])
def test_nothing_and_one_generation_of_scores_are_no_error(values):
    figure = viz.score_curves(EVALUATIONS[: len(values)], values, ["a", "b"], unit=SCORE)
    assert viz.to_png(figure)


@pytest.mark.parametrize("noun", [r"$\frac$", "long " * 150], ids=["formula", "long"])
def test_units_of_users_are_drawn_as_they_are(noun: str) -> None:
    unit, scores = Unit(noun), np.array([[0.0], [1.0]])
    for figure in (
        viz.score_curves(np.array([1, 2]), scores, ["one"], unit=unit),
        viz.archive_history(scores, ["one"], "", unit=unit),
        viz.grid_map(scores, ["x", "y"], [0, 0], [1, 1], "", unit),
        viz.grid_map(scores[:, 0], ["x"], [0], [1], "", unit),
    ):
        assert viz.to_png(figure).startswith(b"\x89PNG")


def test_the_best_of_each_generation_is_drawn_behind_a_single_niche() -> None:
    best = np.maximum.accumulate([[3.0], [1.0], [4.0], [1.0], [5.0]])
    latest = [3.0, 1.0, np.nan, 1.0, 5.0]

    figure = viz.score_curves(EVALUATIONS, best, ["return"], unit=DISTANCE, latest=latest)

    alone, elite = figure.axes[0].lines
    np.testing.assert_array_equal(alone.get_ydata(), latest)
    assert elite.get_ydata().tolist() == best[:, 0].tolist()
    assert elite.get_linewidth() > 2 * alone.get_linewidth()
    assert legend_of(figure) == ["best of the generation", "return"]
    with pytest.raises(ShapeError, match="latest"):
        viz.score_curves(EVALUATIONS, best, ["return"], latest=latest[:3])


@pytest.mark.parametrize(
    ("evaluations", "names"),
    [
        ([200], ["100", "200"]),
        ([200, 400, 600], ["200", "300", "400", "500", "600"]),
        (np.arange(1, 26) * 200, ["200", "500", "1,000", "2,000", "5,000"]),
        (np.arange(1, 201) * 200, ["200", "500", "1,000", "2,000", "5,000", "10,000", "20,000"]),
        ([150, 10_000_000], ["1,000", "10,000", "100,000", "1,000,000", "10,000,000"]),
        ([0, 150, 300], ["200", "300"]),
        ([1], ["1", "2"]),
        ([], ["1", "2"]),
    ],
)
def test_factors_of_evaluations_have_equal_spaces_and_round_marks(evaluations, names):
    values = np.linspace(0, 0.9, len(evaluations))[:, None]
    axes = viz.score_curves(evaluations, values, ["a"]).axes[0]
    assert axes.get_xscale() == "log"
    assert [label.get_text() for label in axes.get_xticklabels()] == names
    low, high = axes.get_xlim()
    assert all(low <= x <= high for x in axes.lines[0].get_xdata())
