"""Names in any script are drawn without a warning, which would fail these tests."""

import re
from collections.abc import Callable
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib import colors

from neatfool import viz
from neatfool.viz import figures

NAMES = "方法 一", "طريقة 😀", "विधि\tदो", "𓀀 \ue000 é"
ONE = np.ones((4, 4))
DRAWN: dict[str, Callable[[], Any]] = {
    "boxes": lambda: viz.group_boxes({NAMES[0]: dict.fromkeys(NAMES, np.arange(3.0))}, NAMES[1]),
    "curves": lambda: viz.group_curves(
        {NAMES[0]: dict.fromkeys(NAMES, (np.arange(3.0), ONE[:2, :3]))}, NAMES[0]
    ),
    "grid": lambda: viz.image_grid(np.zeros((4, 1, 5, 5), np.float32), [*NAMES], heading=NAMES[2]),
    "heat map": lambda: viz.heat_maps([viz.HeatMap(NAMES[0], ONE, NAMES, NAMES)], NAMES[3]),
    "goals": lambda: viz.goal_matrix(ONE, np.arange(4), NAMES, NAMES[0]),
    "map": lambda: viz.maps([viz.Panel(NAMES[0], ONE, NAMES, NAMES, NAMES[1])], NAMES[2]),
}


@pytest.mark.parametrize("kind", DRAWN)
def test_names_in_any_script_are_drawn(kind: str) -> None:
    assert viz.to_png(DRAWN[kind]()).startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", DRAWN)
def test_a_notebook_shows_what_is_drawn(kind: str) -> None:
    assert DRAWN[kind]()._repr_png_().startswith(b"\x89PNG")


def test_letters_that_no_font_has_are_boxes_and_others_are_drawn_by_another(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    figures._warn_of.cache_clear()
    monkeypatch.setitem(matplotlib.rcParams, "font.sans-serif", ["DejaVu Sans", "STIXGeneral"])
    only_there = "\u1d8a"
    figure = viz.group_boxes({f"𓀀{only_there}é": {f"𓀀{only_there}": ONE[0]}}, "score")
    viz.to_svg(figure)
    viz.to_png(figure)

    (told,) = caplog.messages
    assert told.startswith("no font here has the letters 𓀀: pictures show □")
    (axes,) = figure.axes
    assert axes.get_title(loc="left") == f"□{only_there}é"
    assert [each.get_text() for each in axes.get_yticklabels()] == [f"□{only_there}"]


def test_inks_of_an_svg_file_turn_light_on_a_dark_page_and_images_stay() -> None:
    figure = viz.Figure()
    axes = figure.add_subplot(title="black")
    axes.imshow(ONE, cmap="gray", vmin=0, vmax=1)
    axes.axhline(1, color="#0000ff")
    file = viz.to_svg(figure, is_file=True).decode()
    _, _, dark = file.partition("(prefers-color-scheme:dark)")
    dark, _, drawn = dark.partition("</style>")
    inks = dict(re.findall(r"\[style\*=\"stroke: (#\w+)\"\]\{stroke:(#\w+)!important\}", dark))
    assert inks["#000000"] == "#e5e5e5"
    assert max(colors.to_rgb(inks["#ffffff"])) == pytest.approx(0.1, abs=0.01)
    red, green, blue = colors.to_rgb(inks["#0000ff"])
    assert 0.6 < red == green < blue, "as blue as before, and light"
    assert dark.startswith("{svg{fill:#e5e5e5}"), "letters, which say nothing of their ink"
    assert "<image" in drawn
    assert "image" not in dark


def test_an_svg_within_a_page_leaves_the_rest_of_the_page_alone() -> None:
    within = viz.to_svg(viz.Figure()).decode()
    assert "<style" not in within
    assert 'style="stroke-linejoin: round; stroke-linecap: butt" ' in within.partition("<g ")[0]
