"""Turn figures into files whose bytes depend on nothing but the data."""

import functools
import io
import os
import re
import textwrap
import threading
from collections.abc import Sequence, Set
from pathlib import Path
from typing import Any, Literal, TypeAlias
from xml.sax.saxutils import escape

import matplotlib
import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter, Formatter, FuncFormatter

from neatfool.errors import ConfigError
from neatfool.files import write_whole
from neatfool.reporting import log

Look: TypeAlias = dict[str, Any]
"""How matplotlib draws something: arguments by name."""
_DATELESS: dict[str, dict[str, str | None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
_FAMILIES = "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC"
"""Fonts of letters that the usual one lacks, beside those that matplotlib is told of."""
_BOX = "□"
HEADING: Look = {"fontsize": 11, "fontweight": "bold", "parse_math": False}
"""How all headings are written."""
_WEIGHTS = np.array([0.213, 0.715, 0.072])
"""Of red, green and blue in how light a colour is, for filters of CSS."""
_LOCK = threading.Lock()  # the salt of SVG names is a setting of the whole process


class Figure(matplotlib.figure.Figure):
    """A figure that a notebook shows, although pyplot does not know it."""

    def _repr_png_(self) -> bytes:
        return to_png(self)


def to_png(figure: Figure) -> bytes:
    """Draw a figure as PNG at its own resolution; equal figures give equal bytes.

    Args:
        figure: The figure to draw.

    Returns:
        A PNG file without date and without the name of the program.
    """
    return _drawn(figure, "png")


def to_svg(figure: Figure, is_file: bool = False) -> bytes:
    """Draw a figure as SVG; equal figures give equal bytes.

    Letters are outlines, so that it looks the same everywhere; images keep their own pixels.

    Args:
        figure: The figure to draw.
        is_file: Its inks are light on dark pages, by a style sheet; within a page that would hold
            for all of the page.

    Returns:
        An SVG file without date and without the name of the program.
    """
    svg = _drawn(figure, "svg")
    return _darkening(svg) if is_file else svg


def save(figure: Figure, path: str | os.PathLike[str], width: int | None = None) -> None:
    """Write a figure, whole or not at all: PNG, SVG or PDF, as the name ends.

    An interruption leaves the picture that was there before.

    Args:
        figure: The figure to draw.
        path: Where to write; folders that are missing are made.
        width: Pixels of a PNG; none: those of the figure's own resolution.

    Raises:
        ConfigError: The name ends otherwise.
        OSError: The folder is full or not writable.
    """
    check_ending(path)
    kind = Path(path).suffix[1:].lower()
    dpi = "figure" if width is None else width / figure.get_figwidth()
    write_whole(Path(path), to_svg(figure, True) if kind == "svg" else _drawn(figure, kind, dpi))


def check_ending(path: str | os.PathLike[str]) -> None:
    """Make sure that a figure can be saved under a name, before work is spent on it.

    Raises:
        ConfigError: The name ends in none of .png, .svg and .pdf.
    """
    if Path(path).suffix[1:].lower() not in _DATELESS:
        raise ConfigError(f"expected a file name that ends in .svg, .png or .pdf, got {path}")


def dress(axes: Axes) -> None:
    """Give axes the look that all have: a pale grid, and no frame above and to the right."""
    axes.grid(color="0.9", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def entitle(of: Axes | Figure, heading: str) -> None:
    """Write a heading, if there is one: above axes, or above all of a figure."""
    if not heading:
        return
    if isinstance(of, Axes):
        of.set_title(heading, loc="left", **HEADING)
    else:
        of.suptitle(heading, x=0.01, ha="left", **HEADING)


def number(value: float, _place: float = 0) -> str:
    """Write a number at an axis, its thousands apart."""
    return f"{value + 0:,.10g}".replace("-", "−")


def shorten(text: str, letters: int) -> str:
    """Cut a text to at most ``letters`` letters, an ellipsis in place of what is lost."""
    return text if len(text) <= letters else text[: letters - 1] + "…"


def wrapped(text: str, letters: int, lines: int = 4) -> str:
    """Break a text into lines of at most ``letters`` letters, and cut it after so many lines."""
    return "\n".join(textwrap.wrap(text, letters, max_lines=lines, placeholder="…"))


def _make_legible(figure: Figure) -> None:
    """Draw letters that the usual font lacks by others; those that none has become boxes.

    matplotlib would warn of them each time.
    """
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        given = axis.get_major_formatter()
        if isinstance(given, FixedFormatter | FuncFormatter) and axis.get_ticklabels():
            axis.set_major_formatter(functools.partial(_label, given, axis.get_ticklabels()[0]))
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        said = text.get_text()
        if _boxed(said, _fonts(text, text.get_fontfamily())) != said:
            text.set_fontfamily(_families(text))
            text.set_text(_legible(said, text))


def _label(given: Formatter, text: Text, value: float, place: int | None = None) -> str:
    """Write a label of an axis, which does so whenever it is drawn."""
    return _legible(given(value, place), text)


def _legible(said: str, text: Text) -> str:
    """Put boxes in place of letters that no font has, and warn of them."""
    boxed = _boxed(said, _fonts(text, _families(text)))
    if lost := {a for a, b in zip(said, boxed, strict=True) if a != b and a.isprintable()}:
        _warn_of("".join(sorted(lost)))
    return boxed


@functools.cache
def _warn_of(letters: str) -> None:
    """Warn once of letters that no font has."""
    log.warning(
        "no font here has the letters %s: pictures show %s in their place; install one that has, "
        "such as %s, or name it among font.sans-serif in your matplotlibrc",
        letters,
        _BOX,
        _FAMILIES[0],
    )


def _boxed(text: str, fonts: Sequence[Set[int]]) -> str:
    """Put boxes in place of letters that no font has."""
    known = {each for each in {*text} if each == "\n" or any(ord(each) in font for font in fonts)}
    return "".join(each if each in known else _BOX for each in text)


def _families(text: Text) -> list[str]:
    """List the fonts for a text, the usual one first."""
    there = set(fontManager.get_font_names())
    others = (*matplotlib.rcParams["font.sans-serif"], *_FAMILIES)
    return [*text.get_fontfamily(), *(each for each in others if each in there)]


def _fonts(text: Text, families: Sequence[str]) -> list[Set[int]]:
    """Find which letters fonts have, in the weight and style of a text."""
    look = text.get_fontweight(), text.get_fontstyle()
    return [_letters(family, *look) for family in families]


@functools.cache
def _letters(
    family: str, weight: str | int, style: Literal["normal", "italic", "oblique"]
) -> Set[int]:
    found = findfont(FontProperties(family=family, weight=weight, style=style))
    return get_font(found).get_charmap().keys()


def _drawn(figure: Figure, kind: str, dpi: float | str = "figure") -> bytes:
    _make_legible(figure)
    file, metadata = io.BytesIO(), _DATELESS[kind]
    if kind == "svg":
        with _LOCK, matplotlib.rc_context({"svg.hashsalt": "neatfool", "svg.fonttype": "path"}):
            figure.savefig(file, format=kind, dpi=dpi, metadata=metadata)
        return _without_sheet(_explained(figure, file.getvalue()))
    figure.savefig(file, format=kind, dpi=dpi, metadata=metadata)
    return file.getvalue()


def _explained(figure: Figure, svg: bytes) -> bytes:
    """Give each group of an SVG file that has a name the label of its artist as its title."""
    artists = figure.findobj(lambda artist: bool(artist.get_gid()))
    texts = {each.get_gid(): str(each.get_label()) for each in artists}

    def title(found: re.Match[bytes]) -> bytes:
        text = texts.get(found[1].decode(), "")
        return found[0] + (f"<title>{escape(text)}</title>".encode() if text else b"")

    return re.sub(rb'<g id="([^"]+)">', title, svg)


def _without_sheet(svg: bytes) -> bytes:
    """Give the rules for all elements of an SVG file to its root, which the others inherit from."""
    svg, rules, rest = re.split(rb'<style type="text/css">\*\{(.*?)\}</style>', svg)
    return svg.replace(b"<svg ", b'<svg style="' + rules + b'" ', 1) + rest


def _darkening(svg: bytes) -> bytes:
    """Give each ink of an SVG file another for dark pages.

    These are the colours of ``invert(0.9) hue-rotate(180deg)``, with which pages darken figures.
    """
    inks = sorted({*re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", svg.decode())})
    rules = [f"svg{{fill:{_darkened('#000000')}}}"] + [
        f'[style*="{part}: {ink}"]{{{part}:{_darkened(ink)}!important}}'
        for ink in inks
        for part in ("fill", "stroke")
    ]
    style = f"<style>@media (prefers-color-scheme:dark){{{''.join(rules)}}}</style>"
    return svg.replace(b"<defs>", style.encode() + b"\n <defs>", 1)


def _darkened(ink: str) -> str:
    inverted = 0.9 - 0.8 * np.array(to_rgb(ink))
    return to_hex(np.clip(2 * (inverted @ _WEIGHTS) - inverted, 0, 1).tolist())
