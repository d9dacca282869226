import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb

from neatfool import viz
from neatfool.errors import ShapeError
from neatfool.viz.topology.routes import NEGATIVE, POSITIVE


def line(count: int) -> np.ndarray:
    return np.stack([np.linspace(-1, 1, count), np.zeros(count)], axis=1)


def links_of(figure: viz.Figure) -> list[LineCollection]:
    (axes,) = figure.axes
    return [each for each in axes.collections if isinstance(each, LineCollection)]


def test_all_links_of_few_are_drawn_by_their_sign_and_inputs_are_below() -> None:
    weights = np.array([[1.0, -2], [0, 4], [-1, 1]])
    sheets = {"out": line(2), "in": line(3)}
    figure = viz.substrate(sheets, [viz.Bundle("in", "out", weights)], "heading")
    (links,) = links_of(figure)
    ends = np.array(links.get_segments())
    assert len(ends) == 5
    assert (ends[:, 0, 1] < ends[:, 1, 1]).all()
    colours = [tuple(colour[:3]) for colour in links.get_colors()]
    warm, cool = to_rgb(POSITIVE), to_rgb(NEGATIVE)
    assert (colours.count(warm), colours.count(cool)) == (3, 2)
    assert max(links.get_linewidths()) == links.get_linewidths()[-1]  # the strongest is on top
    texts = {text.get_text() for text in figure.axes[0].texts}
    assert texts == {"in", "out", "heading", "5 links"}


def test_of_many_links_those_to_the_middle_of_each_sheet_are_drawn() -> None:
    weights = np.ones((40, 41))
    weights[:4] = 0
    figure = viz.substrate({"in": line(40), "out": line(41)}, [viz.Bundle("in", "out", weights)])
    (links,) = links_of(figure)
    assert len(links.get_segments()) == 36
    assert len(np.unique([ends[1] for ends in links.get_segments()], axis=0)) == 1
    assert any("1,476 links, of which" in text.get_text() for text in figure.axes[0].texts)


def test_recurrent_links_are_dotted_and_do_not_lift_a_sheet() -> None:
    sheets = {"in": line(2), "mid": line(2), "out": line(1)}
    bundles = [
        viz.Bundle("in", "mid", np.ones((2, 2))),
        viz.Bundle("mid", "out", np.ones((2, 1))),
        viz.Bundle("mid", "mid", np.ones((2, 2)), is_recurrent=True),
        viz.Bundle("out", "mid", np.ones((1, 2)), is_recurrent=True),
    ]
    figure = viz.substrate(sheets, bundles)
    solid = [each.get_linestyle()[0][1] is None for each in links_of(figure)]
    assert solid == [True, True, False, False]
    heights = {text.get_text(): text.get_position()[1] for text in figure.axes[0].texts}
    assert heights["in"] < heights["mid"] < heights["out"]
    assert viz.to_png(figure) == viz.to_png(viz.substrate(sheets, bundles))


def test_links_have_to_fit_sheets() -> None:
    with pytest.raises(ShapeError, match=r"a → b: expected weights \(S, T\) of \(2, 0\) nodes"):
        viz.substrate({"a": line(2)}, [viz.Bundle("a", "b", np.ones((2, 1)))])
    with pytest.raises(ShapeError, match="at least one sheet"):
        viz.substrate({}, [])
