"""Films: images one after the other, as GIF, WebP or MP4."""

import io
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

from PIL import Image, ImageDraw

from neatfool.errors import ConfigError
from neatfool.files import replacing, write_whole
from neatfool.types import Bytes
from neatfool.version import installing
from neatfool.viz.montage import coloured, fitting, font

SIDE = 280
"""Pixels of the longer side of a film, unless it is said; smaller images are magnified by a whole
number."""
PER_SECOND = 25
"""Frames of an MP4, all of which last equally long."""
FORMATS = {".gif": "GIF", ".webp": "WEBP", ".mp4": "MP4"}
_CAPTION, _LETTERS = 26 / SIDE, 12 / SIDE  # parts of the longer side
_MOST_PIXELS = 1 << 28


def save_film(
    levels: Iterable[Bytes],
    captions: Sequence[str],
    milliseconds: Sequence[int],
    path: Path,
    side: int = SIDE,
    per_second: int = PER_SECOND,
) -> None:
    """Write images as a film, whole or not at all; one that goes on for ever, but for MP4.

    Args:
        levels: ``T`` of ``(C, H, W)`` uint8, at least one; they are scaled down one by one.
        captions: ``T`` short texts, shown below the images; what is too wide is cut before its
            last " · ".
        milliseconds: ``T`` times that they are shown.
        path: Ends in .gif, .webp or .mp4.
        side: Pixels of the longer side.
        per_second: Frames of an MP4.

    Raises:
        ConfigError: As ``film_format``; or all of it would have to be in memory, and is too large.
    """
    kind = film_format(path)
    if kind != "MP4" and len(captions) * side**2 > _MOST_PIXELS:
        raise ConfigError(
            f"{path.name}: expected at most {_MOST_PIXELS:,} pixels in all pictures of a film of "
            f"this kind, got {len(captions) * side**2:,}: choose .mp4, a smaller size, or fewer "
            "pictures per second"
        )
    made = (_frame(each, text, side) for each, text in zip(levels, captions, strict=True))
    if kind == "MP4":
        _save_video(made, milliseconds, path, per_second)
        return
    frames, file = list(made), io.BytesIO()
    how = {"quality": 80, "method": 2} if kind == "WEBP" else {"optimize": False}
    frames[0].save(
        file,
        format=kind,
        save_all=True,
        append_images=frames[1:],
        duration=list(milliseconds),
        loop=0,
        **how,
    )
    write_whole(path, file.getvalue())


def film_format(path: Path) -> str:
    """Tell the format of a film by the end of its name.

    Raises:
        ConfigError: It is no format of films, or one that takes a library which is not there.
    """
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise ConfigError(f"expected a film that ends in .gif, .webp or .mp4, got {path.name!r}")
    if kind == "MP4" and find_spec("imageio_ffmpeg") is None:
        raise ConfigError(
            f"{path.name}: MP4 takes a library that is not installed; choose .webp or .gif, or "
            f"install it by: {installing('mp4')}"
        )
    return kind


def _save_video(
    frames: Iterable[Image.Image], milliseconds: Sequence[int], path: Path, per_second: int
) -> None:
    """Write H.264 in an MP4; who is shown longer is there several times."""
    import imageio_ffmpeg

    frames = iter(frames)
    first = next(frames)
    width, height = (side + side % 2 for side in first.size)  # the codec wants even sides
    with replacing(path) as temporary:
        how = {"fps": per_second, "macro_block_size": 2, "output_params": ["-f", "mp4"]}
        writer = imageio_ffmpeg.write_frames(str(temporary), (width, height), **how)
        writer.send(None)
        for frame, time in zip(chain([first], frames), milliseconds, strict=True):
            page = Image.new("RGB", (width, height), "white")
            page.paste(frame)
            for _ in range(max(1, round(time * per_second / 1000))):
                writer.send(page.tobytes())
        writer.close()


def _frame(levels: Bytes, caption: str, side: int) -> Image.Image:
    """Scale one image ``(C, H, W)`` and write its caption below."""
    picture = Image.fromarray(coloured(levels))
    longest = max(picture.size)
    scale = side // longest if longest <= side else side / longest
    size = max(1, round(scale * picture.width)), max(1, round(scale * picture.height))
    how = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.LANCZOS
    frame = Image.new("RGB", (side, size[1] + round(_CAPTION * side)), "white")
    frame.paste(picture.resize(size, how), ((side - size[0]) // 2, 0))
    middle = side / 2, size[1] + 5 / SIDE * side
    letters = font(round(_LETTERS * side))
    said = fitting(caption, round(0.96 * side), letters)
    ImageDraw.Draw(frame).text(middle, said, "black", letters, anchor="mt")
    return frame
