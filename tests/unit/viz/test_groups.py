import numpy as np
import pytest

from neatfool.errors import ShapeError
from neatfool.reporting import CONFIDENCE
from neatfool.viz import group_boxes, group_curves, group_trends, to_png


def test_curves_are_medians_with_an_axes_for_each_treatment() -> None:
    x = np.array([10.0, 20.0])
    y = np.array([[1.0, 2.0], [3.0, 9.0], [2.0, -np.inf]])
    figure = group_curves({"t=1": {"a": (x, y), "b": (x, y + 1)}, "t=2": {"b": (x, y)}})
    first, second = figure.axes
    assert [line.get_ydata().tolist() for line in first.lines] == [[2, 5.5], [3, 6.5]]  # type: ignore[union-attr]
    assert first.lines[1].get_color() == second.lines[0].get_color()
    assert to_png(figure).startswith(b"\x89PNG")


def test_shares_are_drawn_on_a_scale_of_nines() -> None:
    x, y = np.array([10.0]), np.array([[0.5], [0.999999]])
    assert group_curves({"": {"a": (x, y)}}, unit=CONFIDENCE).axes[0].get_yscale() == "function"
    assert group_curves({"": {"a": (x, y)}, "none": {}}).axes[0].get_xscale() == "log"
    low = group_curves({"": {"a": (x, y / 10)}}, unit=CONFIDENCE)
    assert low.axes[0].get_yscale() == "linear"


def test_boxes_show_every_run() -> None:
    figure = group_boxes({"": {"a": np.arange(5.0), "b": np.empty(0)}}, "score")
    (axes,) = figure.axes
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [line.get_xdata().tolist() for line in dots] == [[0, 1, 2, 3, 4]]  # type: ignore[union-attr]
    assert [each.get_text() for each in axes.get_yticklabels()] == ["a", "b"]


def test_a_box_goes_from_quartile_to_quartile_and_its_whiskers_to_the_ends() -> None:
    (axes,) = group_boxes({"": {"a": np.array([0.0, 2, 4, 6, 10])}}, "score").axes
    ends = {(min(line.get_xdata()), max(line.get_xdata())) for line in axes.lines[1:]}  # type: ignore[type-var]
    assert ends == {(0, 2), (6, 10), (2, 6), (0, 0), (2, 2), (4, 4), (6, 6), (10, 10)}


def test_runs_that_never_came_to_it_are_counted_beside_their_row() -> None:
    lost = np.array([3.0, np.inf, np.inf])
    found = {"a": np.arange(3.0), "b": lost, "c": lost[1:]}
    (axes,) = group_boxes({"": found}, "runs", notes={"": "p = 0.1"}).axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["a", "b", "c"]
    assert [text.get_text() for text in axes.texts] == ["1 of 3", "0 of 2", "p = 0.1"]
    assert [text.get_position()[1] for text in axes.texts[:2]] == [1, 2]
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [line.get_xdata().tolist() for line in dots] == [[0, 1, 2], [3], []]  # type: ignore[union-attr]

    many = np.append(np.arange(99.0), np.inf)
    (axes,) = group_boxes({"": {"a": many}}, "runs").axes
    assert [line.get_xdata().tolist() for line in axes.lines] == [[*range(99)]]  # type: ignore[union-attr]


def test_no_name_is_tilted_and_panels_share_the_axis_of_numbers() -> None:
    names = [f"method_with_a_long_name_{n}" for n in range(8)]
    shares = {name: np.array([0.95, 0.9999]) for name in names}
    first, second = group_boxes({"t": shares, "u": shares}, "score", unit=CONFIDENCE).axes
    assert first.get_xscale() == second.get_xscale() == "function"
    assert first.get_xlim() == second.get_xlim()
    assert len(first.get_xticks()) <= 4
    labels = [*first.get_yticklabels(), *first.get_xticklabels()]
    assert {label.get_rotation() for label in labels} == {0}


def test_trends_have_a_line_for_each_method() -> None:
    figure = group_trends([0, 50], {"a": [(1, 0, 2), (3, 2, 4)]}, ("setting", "score"))
    assert [line.get_ydata().tolist() for line in figure.axes[0].lines] == [[1, 3]]  # type: ignore[union-attr]


def test_what_cannot_be_drawn_is_told() -> None:
    with pytest.raises(ShapeError, match="at least one treatment"):
        group_boxes({}, "score")
    with pytest.raises(ShapeError, match=r"expected evaluations \(G,\) and scores \(S, G\)"):
        group_curves({"": {"a": (np.arange(3.0), np.zeros((2, 2)))}})


def test_long_names_are_broken_and_not_cut() -> None:
    names = [f"a method with a rather long name, of which {n} is another" for n in range(2)]
    words = [name.split() for name in names]
    boxes = group_boxes({names[0]: dict.fromkeys(names, np.arange(3.0))}, "score").axes[0]
    assert [each.get_text().split() for each in boxes.get_yticklabels()] == words
    assert boxes.get_title(loc="left").split() == words[0]
    x, y = np.array([1.0, 2.0]), np.ones((2, 2))
    curves = group_curves({"": dict.fromkeys(names, (x, y))})
    assert [each.get_text().split() for each in curves.legends[0].get_texts()] == words
    trends = group_trends([0], {name: [(1, 0, 2)] for name in names}, ("setting", "score"))
    assert [each.get_text().split() for each in trends.legends[0].get_texts()] == words
