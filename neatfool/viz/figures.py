"""Turn figures into PNG files whose bytes depend on nothing but the data."""

import io
import os
from pathlib import Path

from matplotlib.figure import Figure

from neatfool.files import write_whole


def to_png(figure: Figure, dpi: float | None = None) -> bytes:
    """Draw a figure as PNG; equal figures give equal bytes.

    Args:
        figure: The figure to draw.
        dpi: Pixels per inch; the figure's own if None. A gallery keeps its pixels square and of
            equal size only at its own resolution or a whole multiple of it.

    Returns:
        A PNG file without date and without the name of the program.
    """
    file = io.BytesIO()
    resolution: float = figure.dpi if dpi is None else dpi
    figure.savefig(file, format="png", dpi=resolution, metadata={"Software": None})
    return file.getvalue()


def save(figure: Figure, path: str | os.PathLike[str], dpi: float | None = None) -> None:
    """Write a figure as PNG, whole or not at all.

    An interruption leaves the picture that was there before.

    Args:
        figure: The figure to draw.
        path: Where to write; folders that are missing are made.
        dpi: As in `to_png`.

    Raises:
        OSError: The folder is full or not writable.
    """
    write_whole(Path(path), to_png(figure, dpi))


def shorten(text: str, letters: int) -> str:
    """Cut a text to at most ``letters`` letters, an ellipsis in place of what is lost."""
    return text if len(text) <= letters else text[: letters - 1] + "…"
