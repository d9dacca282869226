import numpy as np
import pytest

from neatfool import viz
from neatfool.errors import ShapeError


def verdict(*agrees: bool) -> viz.Verdict:
    return viz.Verdict(np.array(agrees), [f"{place} %" for place in range(len(agrees))])


@pytest.mark.parametrize("shape", [(12, 1, 28, 28), (12, 3, 20, 40)])
def test_each_picture_has_a_mark_of_each_judge_in_its_column(shape: tuple[int, ...]) -> None:
    agrees = [place % 3 == 0 for place in range(12)]
    names = [f"${place}$" for place in range(12)]
    two = {"one": verdict(*agrees), "other": verdict(*[True] * 12)}
    figure = viz.judged(np.zeros(shape, np.uint8), names, two, "heading")
    (axes,) = figure.axes
    assert len(axes.images) == 12
    ticks = [text for text in axes.texts if text.get_text() == "✓"]
    crosses = [text for text in axes.texts if text.get_text() == "✗"]
    assert (len(ticks), len(crosses)) == (12 + 4, 8)
    assert {text.get_text() for text in axes.texts} >= {*names, "one", "other", "11 %", "heading"}
    lefts = sorted({round(text.get_position()[0], 3) for text in ticks + crosses})
    assert len(lefts) == 10  # the other two are in a second row
    assert viz.to_png(figure).startswith(b"\x89PNG")


def test_marks_fit_the_pictures() -> None:
    with pytest.raises(ShapeError, match=r"each of 2 ≥ 1 pictures, got \[1, 2\]"):
        viz.judged(np.zeros((2, 1, 4, 4), np.uint8), ["a", "b"], {"one": verdict(True)})
