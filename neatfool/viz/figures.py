"""Turn figures into PNG files whose bytes depend on nothing but the data."""

import io
import os
from pathlib import Path

from matplotlib.figure import Figure as Figure

from neatfool.files import write_whole


def to_png(figure: Figure) -> bytes:
    """Draw a figure as PNG at its own resolution; equal figures give equal bytes.

    Args:
        figure: The figure to draw.

    Returns:
        A PNG file without date and without the name of the program.
    """
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi="figure", metadata={"Software": None})
    return file.getvalue()


def save(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a figure as PNG, whole or not at all.

    An interruption leaves the picture that was there before.

    Args:
        figure: The figure to draw.
        path: Where to write; folders that are missing are made.

    Raises:
        OSError: The folder is full or not writable.
    """
    write_whole(Path(path), to_png(figure))


def shorten(text: str, letters: int) -> str:
    """Cut a text to at most ``letters`` letters, an ellipsis in place of what is lost."""
    return text if len(text) <= letters else text[: letters - 1] + "…"
