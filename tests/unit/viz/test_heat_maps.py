import numpy as np
import pytest

from neatfool import viz
from neatfool.errors import ShapeError


def test_every_matrix_is_drawn_with_names_and_numbers():
    values = np.array([[0.1, 0.5, 1.0], [0.0, 0.25, 0.999]])
    first = viz.HeatMap("agreement", values, ["a", "b"], ["x", "y", "$z$"])
    second = viz.HeatMap("confidence", values[:1], ["a"], ["x", "y", "z"])

    figure = viz.heat_maps([first, second], "heading")

    axes, other = figure.axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["x", "y", "$z$"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]
    assert [text.get_text() for text in axes.texts] == [
        *("10.0 %", "50.0 %", "100 %", "0 %", "25.0 %", "99.90 %")
    ]
    np.testing.assert_array_equal(axes.images[0].get_array(), values)
    assert axes.images[0].get_clim() == (0, 1)
    assert other.get_title(loc="left") == "confidence"
    assert viz.to_png(figure) == viz.to_png(viz.heat_maps([first, second], "heading"))


def test_many_cells_have_no_numbers():
    names = [f"a rather long name of something {number}" for number in range(20)]
    names.append("so very long a name that nobody would want to read all of it " * 3)

    figure = viz.heat_maps([viz.HeatMap("all", np.zeros((21, 21)), names, names)])

    assert len(figure.axes[0].texts) == 0
    first, *_, last = (label.get_text() for label in figure.axes[0].get_yticklabels())
    assert first == "a rather long name of\nsomething 0"
    assert last.count("\n") == 2
    assert last.endswith("…")


@pytest.mark.parametrize(("shape", "rows"), [((2, 3), 3), ((0, 3), 0)])
def test_matrices_fit_their_names(shape, rows):
    with pytest.raises(ShapeError, match="all: expected values"):
        viz.heat_maps([viz.HeatMap("all", np.zeros(shape), ["a"] * rows, ["b"] * 3)])


def test_there_is_something_to_draw():
    with pytest.raises(ShapeError, match="at least one matrix"):
        viz.heat_maps([])
