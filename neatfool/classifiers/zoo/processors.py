"""What the image processor of a network of transformers makes of images.

The processor itself is asked, since its fields mean other things in other processors: some exchange
red and blue without a field for it, some normalise twice, some ignore what is set.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from neatfool.errors import ClassifierError
from neatfool.types import Doubles, Floats

_COLOURS = np.array(
    [[0, 0, 0], [255, 255, 255], [10, 100, 200], [250, 30, 120], [0, 255, 60], [37, 1, 128]],
    np.uint8,
)
"""Black, white, and others that tell red, green and blue apart."""
_SIDES = (512, 640)
"""Of images of one colour, larger than most networks take them."""
_TOLERANCE = 1e-6
_HARMLESS = {
    *("do_resize", "do_center_crop", "do_rescale", "do_normalize", "do_flip_channel_order"),
    *("do_convert_rgb", "do_reduce_labels", "do_pad", "do_thumbnail", "do_align_long_axis"),
}
"""Steps that change nothing about an image of the network's size, or that are measured."""


@dataclass(frozen=True)
class Preprocessing:
    """What a network sees of 8-bit images.

    Attributes:
        channels: 1, 3, or ``"bgr"`` if blue comes first.
        size: Height and width; none: those of the image.
        mean: Subtracted from images in [0, 1], one value per channel in the network's order.
        std: They are divided by it after that.
    """

    channels: int | str
    size: tuple[int, int] | None
    mean: tuple[float, ...]
    std: tuple[float, ...]


def read_processor(processor: Any, channels: int, source: str) -> Preprocessing:
    """Find out what a processor makes of images of its network's size.

    It is shown images of one colour, for which resizing and crops make no difference.

    Args:
        processor: An image processor of transformers.
        channels: Those of the network, 1 or 3.
        source: What messages call it.

    Raises:
        ClassifierError: It does more than to shift and scale each channel, and exchange red and
            blue; or it does something that is not known.
    """
    fields = processor.to_dict()
    unknown = [name for name in _steps(fields) if name not in _HARMLESS]
    if unknown:
        raise _refusal(source, f"a processor with {', '.join(unknown)}")
    colours = _COLOURS if channels == 3 else _COLOURS[:, :1]
    seen, sizes = [], set()
    for place, colour in enumerate(colours):
        pixels = _ask(processor, colour, _SIDES[place % 2])
        if pixels.ndim != 4 or pixels.shape[:2] != (1, channels):
            shape = "×".join(map(str, pixels.shape))
            raise _refusal(source, f"{fields.get('image_processor_type')}, which gives {shape}")
        height, width = pixels.shape[2:]
        sizes.add((height, width))
        seen.append(pixels[0, :, height // 2, width // 2])
    black, *_ = values = np.array(seen, np.float64)
    contrast = values[1] - black
    if not (contrast > 0).all():
        raise _refusal(source, "a processor for which white is no brighter than black")
    config = fields.get("data_config", {})  # of timm
    mean = _as_written(fields.get("image_mean", config.get("mean")), 0 - black / contrast)
    std = _as_written(fields.get("image_std", config.get("std")), 1 / contrast)
    for order in (1, -1):
        expected = (colours[:, ::order] / 255 - mean) / std
        if np.abs(expected - values).max() <= _TOLERANCE * max(1, np.abs(values).max()):
            return Preprocessing(
                "bgr" if order < 0 else channels,
                sizes.pop() if len(sizes) == 1 else None,
                tuple(mean.tolist()),
                tuple(std.tolist()),
            )
    raise _refusal(source, f"{fields.get('image_processor_type')}, which mixes or bends colours")


def _steps(fields: Mapping[str, object]) -> list[str]:
    """Name the steps that are switched on."""
    return [name for name, value in fields.items() if name.startswith("do_") and value]


def _ask(processor: Any, colour: Sequence[float], side: int) -> Floats:
    """Show one image of one colour."""
    pixels = np.broadcast_to(colour, (side, side, len(colour)))
    image = Image.fromarray(pixels if len(colour) == 3 else pixels[..., 0])
    answer: Floats = np.asarray(processor(image, return_tensors="pt")["pixel_values"])
    return answer


def _as_written(written: object, measured: Doubles) -> Doubles:
    """Take the numbers of a field where they are what was measured, which was rounded."""
    wanted = np.array(written, np.float64)
    return (
        wanted + 0 * measured if np.allclose(wanted, measured, rtol=1e-6, atol=1e-6) else measured
    )


def _refusal(source: str, got: str) -> ClassifierError:
    return ClassifierError(
        f"{source}: expected an image processor that scales and shifts the colours of an image, "
        f"got {got}; wrap the network in a Python file, net.py:factory, that does the same"
    )
