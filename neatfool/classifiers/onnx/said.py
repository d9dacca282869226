"""What the metadata of an ONNX file say: names of classes, size, colours, range of values."""

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from neatfool.classifiers.labels import labels_in

_LONGEST = 1 << 20
"""Characters of an entry that is read."""
_MOST = 4096
"""Pixels along a side."""
_COLOURS = {"rgb8": "rgb", "bgr8": "bgr", "gray8": "grey"}
_RANGES = {
    "nominalrange_0_255": (0.0, 255.0),
    "normalized_0_1": (0.0, 1.0),
    "normalized_1_1": (-1.0, 1.0),
    "nominalrange_16_235": (16.0, 235.0),
}


@dataclass(frozen=True)
class Said:
    """What was read; none: the file does not say."""

    labels: tuple[str, ...] | None
    size: tuple[int, int] | None
    """Height and width."""
    colours: str | None
    bounds: tuple[float, float] | None
    """What black and full brightness are."""


def read_said(metadata: Mapping[str, str]) -> Said:
    """Read the metadata of exporters: ultralytics, Hugging Face, WinML and Custom Vision.

    Args:
        metadata: Of the model. What cannot be read counts as not said; nothing in it is run.
    """
    said = {key.lower().removeprefix("image."): value for key, value in metadata.items()}
    parsed = {key: _parsed(value) for key, value in said.items()}
    return Said(
        labels=labels_in(parsed),
        size=_size(parsed.get("imgsz")),
        colours=_COLOURS.get(said.get("bitmappixelformat", "").lower()),
        bounds=_RANGES.get(said.get("nominalpixelrange", "").lower()),
    )


def _parsed(text: str) -> Any:
    """Read a text as JSON or as a literal of Python, or as names with commas or line breaks."""
    if not text or len(text) > _LONGEST:
        return None
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
    parts = [part.strip() for part in text.strip().split("\n" if "\n" in text else ",")]
    return parts if len(parts) > 1 and text.lstrip()[0] not in "[{(" else None


def _size(value: object) -> tuple[int, int] | None:
    """Read a side, or height and width; none: it is something else."""
    sides = value if isinstance(value, list | tuple) else (value, value)
    if len(sides) == 2 and all(isinstance(side, int) and 0 < side <= _MOST for side in sides):
        return sides[0], sides[1]
    return None
