"""The elites of a finished run, read from the pictures in its folder."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from neatfool.bounded import read_bytes
from neatfool.errors import RunError
from neatfool.past.report import require_report
from neatfool.types import Bytes, Images, Ints, Json, Shape


@dataclass(frozen=True, eq=False)
class Elites:
    """What a run saved, for the classes that have an elite; pictures are read when asked for.

    Attributes:
        folder: Of the run.
        files: ``P`` pictures.
        classes: ``(P,)`` indices of the classes they were evolved for.
        count: How many classes the network has that they were evolved for; none: they were
            evolved for none.
        shape: ``(C, H, W)`` of every picture.
        report: What ``report.json`` holds.
    """

    folder: Path
    files: tuple[Path, ...]
    classes: Ints
    count: int | None
    shape: Shape
    report: Json

    def __len__(self) -> int:
        return len(self.files)

    def chunks(self, size: int) -> Iterator[Images]:
        """Read so many pictures at a time: ``(P, C, H, W)`` float32 in [0, 1].

        Raises:
            RunError: A picture is missing, damaged or of another shape.
        """
        for first in range(0, len(self.files), size):
            files = self.files[first : first + size]
            levels = read_levels([read_png(file) for file in files], files, self.shape)
            yield torch.from_numpy(levels).float() / 255

    def facts(self) -> Json:
        """Say which run this is."""
        return {
            "folder": str(self.folder),
            "name": self.folder.resolve().name,
            "model": self.report.get("model"),
            "encoding": self.report["encoding"],
            "seed": self.report["seed"],
            "classes": self.classes.tolist(),
            "shape": list(self.shape),
        }


def read_elites(folder: Path | str) -> Elites:
    """Read what a finished run says of its elites.

    Raises:
        RunError: The folder holds no finished run, or its report is damaged, or no class has an
            elite.
    """
    folder = Path(folder)
    report = require_report(folder)
    if not report["task"]["images"]:
        raise RunError(
            f"{folder} evolved no images: expected a run of a task with images, got one of "
            f"{report['task']['name']}; choose another folder"
        )
    found = [entry for entry in report["niches"] if entry["score"] is not None]
    if not found:
        raise RunError(f"{folder} has no elite of any niche: choose another run")
    files = tuple(folder / entry["image"] for entry in found)
    classes = np.array([entry["index"] for entry in found], np.int64)
    model = report.get("model")
    count = model["classes"] if model else None
    channels, height, width = read_levels([read_png(files[0])], files[:1]).shape[1:]
    return Elites(folder, files, classes, count, (channels, height, width), report)


def read_png(file: Path) -> bytes:
    """Read a picture that a run left, as it is.

    Raises:
        RunError: It is missing.
    """
    try:
        return read_bytes(file)
    except FileNotFoundError:
        raise RunError(f"{file} is missing; {_advice(file)}") from None


def read_levels(pngs: Sequence[bytes], files: Sequence[Path], shape: Shape | None = None) -> Bytes:
    """Decode pictures that a run left.

    Args:
        pngs: ``P`` of them, at least one.
        files: Where they lie, for messages.
        shape: ``(C, H, W)`` that they should have; none: that of the first.

    Returns:
        Their levels, untouched: ``(P, C, H, W)``.

    Raises:
        RunError: One is no whole PNG picture, grey or RGB, or of another shape.
    """
    levels = [_decode(png, file) for png, file in zip(pngs, files, strict=True)]
    shape = shape or levels[0].shape
    for file, each in zip(files, levels, strict=True):
        if each.shape != shape:
            raise RunError(
                f"{file}: expected a picture of shape {shape}, as the others of the run, got "
                f"{each.shape}; {_advice(file)}"
            )
    return np.stack(levels)


def levels_of(pngs: Sequence[bytes]) -> Bytes:
    """Decode PNG files of one shape that were just made: ``(P, C, H, W)``."""
    return np.stack([_decode(png, Path("a picture")) for png in pngs])


def _decode(png: bytes, file: Path) -> Bytes:
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
            if picture.mode not in ("L", "RGB"):
                raise ValueError(f"a picture of mode {picture.mode}")
            pixels: Bytes = np.asarray(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise RunError(
            f"{file}: expected a PNG picture, grey or RGB, got {error}; {_advice(file)}"
        ) from error
    return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)


def _advice(file: Path) -> str:
    return f"`neatfool resume {file.parent.parent}` makes it again"
