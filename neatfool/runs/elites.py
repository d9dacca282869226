"""The elites of a finished run, read from the pictures in its folder."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from neatfool import classifiers
from neatfool.errors import NeatfoolError, RunError
from neatfool.runs.folder import open_folder
from neatfool.types import CPU, Bytes, Images, Ints, Shape


@dataclass(frozen=True, eq=False)
class Elites:
    """What a run saved; pictures are read when they are asked for.

    Attributes:
        folder: Of the run.
        files: ``P`` pictures.
        classes: ``(P,)`` indices of the classes they were evolved for.
        count: How many classes the network has that they were evolved for; none: nobody knows.
        shape: ``(C, H, W)`` of every picture.
        report: What ``report.json`` holds.
    """

    folder: Path
    files: tuple[Path, ...]
    classes: Ints
    count: int | None
    shape: Shape
    report: dict[str, Any]

    def __len__(self) -> int:
        return len(self.files)

    def chunks(self, size: int) -> Iterator[Images]:
        """Read so many pictures at a time: ``(P, C, H, W)`` float32 in [0, 1].

        Raises:
            RunError: A picture is missing, damaged or of another shape.
        """
        for first in range(0, len(self.files), size):
            levels = [_read(file, self.shape) for file in self.files[first : first + size]]
            yield torch.from_numpy(np.stack(levels)).float() / 255

    def facts(self) -> dict[str, Any]:
        """Say which run this is."""
        return {
            "folder": str(self.folder),
            "name": self.folder.resolve().name,
            "model": self.report["model"],
            "encoding": self.report["encoding"],
            "seed": self.report["seed"],
            "classes": self.classes.tolist(),
            "shape": list(self.shape),
        }


def read_elites(folder: Path) -> Elites:
    """Read what a finished run says of its elites.

    Raises:
        RunError: The folder holds no finished run, or its report is damaged.
    """
    path = folder / "report.json"
    if not path.is_file():
        raise RunError(
            f"{folder} holds no finished run: expected report.json and elites in it; finish the "
            f"run by `neatfool resume {folder}`, or choose another folder"
        )
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        files = tuple(folder / str(entry["image"]) for entry in report["classes"])
        classes = np.array([entry["index"] for entry in report["classes"]], np.int64)
        whole = {"model", "encoding", "seed"} <= report.keys() and classes.min() >= 0
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise _damaged(path) from error
    if not whole:
        raise _damaged(path)
    channels, (height, width) = _open(files[0])
    return Elites(
        folder, files, classes, _class_count(folder, report), (channels, height, width), report
    )


def _damaged(path: Path) -> RunError:
    return RunError(
        f"{path} is damaged: expected the report as the run wrote it; write it again by "
        f"`neatfool resume {path.parent}`"
    )


def _class_count(folder: Path, report: dict[str, Any]) -> int | None:
    """Say how many classes the network of a run has, from its settings or the network itself."""
    config = open_folder(folder)
    if config.task.classes is None:
        return len(report["classes"])
    try:
        return len(classifiers.build(config.classifier, CPU).labels)
    except NeatfoolError:
        return None  # its file may be gone


def _open(file: Path) -> tuple[int, tuple[int, int]]:
    pixels = _levels(file)
    return pixels.shape[0], (pixels.shape[1], pixels.shape[2])


def _read(file: Path, shape: Shape) -> Bytes:
    pixels = _levels(file)
    if pixels.shape != shape:
        raise RunError(
            f"{file}: expected a picture of shape {shape}, as the others of the run, came "
            f"{pixels.shape}; write it again by `neatfool resume`"
        )
    return pixels


def _levels(file: Path) -> Bytes:
    """Read a picture ``(C, H, W)``, its levels untouched."""
    try:
        with Image.open(file) as picture:
            if picture.mode not in ("L", "RGB"):
                raise ValueError(f"a picture of mode {picture.mode}")
            pixels: Bytes = np.asarray(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise RunError(
            f"{file}: expected a PNG picture, grey or RGB, came {error}; write it again by "
            "`neatfool resume`"
        ) from error
    return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
