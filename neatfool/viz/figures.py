"""Turn figures into files whose bytes depend on nothing but the data."""

import io
import os
import threading
from pathlib import Path
from typing import Any, TypeAlias

import matplotlib
from matplotlib.figure import Figure as Figure

from neatfool.errors import ConfigError
from neatfool.files import write_whole

Look: TypeAlias = dict[str, Any]
"""How matplotlib draws something: arguments by name."""
_DATELESS: dict[str, dict[str, str | None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
_LOCK = threading.Lock()  # the salt of SVG names is a setting of the whole process


def to_png(figure: Figure) -> bytes:
    """Draw a figure as PNG at its own resolution; equal figures give equal bytes.

    Args:
        figure: The figure to draw.

    Returns:
        A PNG file without date and without the name of the program.
    """
    return _drawn(figure, "png")


def to_svg(figure: Figure) -> bytes:
    """Draw a figure as SVG; equal figures give equal bytes.

    Letters are outlines, so that it looks the same everywhere; images keep their own pixels.

    Args:
        figure: The figure to draw.

    Returns:
        An SVG file without date and without the name of the program.
    """
    return _drawn(figure, "svg")


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
    path = Path(path)
    dpi = "figure" if width is None else width / figure.get_figwidth()
    write_whole(path, _drawn(figure, path.suffix[1:].lower(), dpi))


def check_ending(path: str | os.PathLike[str]) -> None:
    """Make sure that a figure can be saved under a name, before work is spent on it.

    Raises:
        ConfigError: The name ends in none of .png, .svg and .pdf.
    """
    if Path(path).suffix[1:].lower() not in _DATELESS:
        raise ConfigError(f"expected a file name that ends in .svg, .png or .pdf, got {path}")


def shorten(text: str, letters: int) -> str:
    """Cut a text to at most ``letters`` letters, an ellipsis in place of what is lost."""
    return text if len(text) <= letters else text[: letters - 1] + "…"


def _drawn(figure: Figure, kind: str, dpi: float | str = "figure") -> bytes:
    file, metadata = io.BytesIO(), _DATELESS[kind]
    if kind == "svg":
        with _LOCK, matplotlib.rc_context({"svg.hashsalt": "neatfool", "svg.fonttype": "path"}):
            figure.savefig(file, format=kind, dpi=dpi, metadata=metadata)
    else:
        figure.savefig(file, format=kind, dpi=dpi, metadata=metadata)
    return file.getvalue()
