import numpy as np
import pytest

from neatfool import viz
from neatfool.errors import ShapeError

LINE = [1.0, 10.0, 100.0], [0.0, 0.5, 1.0]


def test_shares_over_queries_are_steps() -> None:
    figure = viz.share_curves({"$noise": LINE, "cppn": LINE}, "queries", ("images", "open"), "A")

    (axes,) = figure.axes
    noise, _ = axes.get_lines()
    assert noise.get_xydata().tolist() == [[1, 0], [10, 0.5], [100, 1]]
    assert (noise.get_drawstyle(), axes.get_xscale()) == ("steps-post", "log")
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["$noise", "cppn"]
    assert viz.to_png(figure) == viz.to_png(figure)


def test_thresholds_count_nines_up_to_the_end_of_the_scale() -> None:
    line = [0.0, 0.9, 1.0], [1.0, 0.5, 0.0]
    figure = viz.share_curves({"a": line}, "nines", ("t", "in"), level=1.0, true=line)

    drawn, true, mark = figure.axes[0].get_lines()
    assert drawn.get_xdata().tolist() == [0, 0.9, 0.999999]
    assert true.get_color() == "black"
    assert mark.get_xdata() == [0.999999, 0.999999]
    viz.to_png(figure)
    even = viz.share_curves({"a": line}, "thresholds", ("t", "in"), level=1.0)
    assert even.axes[0].get_xscale() == "linear"
    assert even.axes[0].get_lines()[1].get_xdata() == [1, 1]


def test_shares_against_shares_and_what_does_not_fit() -> None:
    figure = viz.share_curves({"a": ([0.0, 0.5], [0.2, 1.0])}, "shares", ("false", "true"))
    assert figure.axes[0].get_xlim() == (0, 1)
    viz.to_png(figure)
    with pytest.raises(ShapeError, match=r"a: expected places \(N,\) and shares"):
        viz.share_curves({"a": (np.zeros(2), np.zeros(3))}, "queries", ("x", "y"))
