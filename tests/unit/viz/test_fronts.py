import numpy as np
import pytest

from neatfool import viz
from neatfool.errors import ShapeError

FIRST, SECOND = [[3.0, 1.0], [1.0, 3.0], [2.0, 2.0]], [[4.0, 2.0], [np.nan, 9.0], [2.0, np.inf]]


def test_fronts_are_stairs_from_left_to_right() -> None:
    figure = viz.pareto_fronts({"early": FIRST, "late": SECOND}, ("score", "$teps"), "Fronts")

    early, late = figure.axes[0].get_lines()
    assert early.get_xydata().tolist() == [[1, 3], [2, 2], [3, 1]]
    assert late.get_xydata().tolist() == [[4, 2]], "what is no number is left out"
    assert early.get_drawstyle() == "steps-pre"
    names = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert names == ["early", "late"]
    assert viz.to_png(figure) == viz.to_png(figure)
    assert figure.axes[0].get_ylabel() == "$teps"


def test_other_fronts_are_refused() -> None:
    with pytest.raises(ShapeError, match="at least one front"):
        viz.pareto_fronts({}, ("a", "b"))
    with pytest.raises(ShapeError, match=r"late: expected scores of shape \(F, 2\), got \(3, 3\)"):
        viz.pareto_fronts({"late": np.zeros((3, 3))}, ("a", "b"))
