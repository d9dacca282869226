from typing import Any

import numpy as np
import pytest
from PIL import Image

from neatfool.classifiers.zoo.processors import Preprocessing, read_processor
from neatfool.errors import ClassifierError
from tests.processors import FakeProcessor

SQUARE = {"height": 9, "width": 9}
NORMAL = {"do_normalize": True, "image_mean": (0.1, 0.2, 0.3), "image_std": (0.4, 0.5, 0.6)}
FIELDS: dict[str, dict[str, Any]] = {
    "all usual": NORMAL,
    "only scaled": {},
    "another factor": {"rescale_factor": 1 / 127.5},
    "from -1 to 1": {"rescale_factor": 1 / 127.5, "rescale_offset": 1},
    "another factor and mean": {**NORMAL, "rescale_factor": 1 / 128},
    "levels": {"do_rescale": False},
    "levels with mean": {
        "do_rescale": False,
        "do_normalize": True,
        "image_mean": (123.7, 116.3, 103.5),
        "image_std": (58.4, 57.1, 57.4),
    },
    "normalised twice": {**NORMAL, "include_top": True},
    "blue first": {"do_flip_channel_order": True},
    "blue first, with mean": {**NORMAL, "do_flip_channel_order": True},
    "a mean that is not used": {"image_mean": (0.1, 0.2, 0.3), "image_std": (0.4, 0.5, 0.6)},
    "one mean": {"do_normalize": True, "image_mean": 0.5, "image_std": 0.25},
    "harmless steps": {"do_convert_rgb": True, "do_reduce_labels": True, "do_pad": True},
}


@pytest.mark.parametrize("case", FIELDS)
def test_pixels_are_those_of_the_processor(case: str) -> None:
    processor = FakeProcessor(size=SQUARE, **FIELDS[case])
    levels = np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)

    pixels = read_processor(processor, 3, "net")

    seen = processor(Image.fromarray(levels), "pt")["pixel_values"].numpy()[0]
    expected = _shown(levels, pixels)
    assert pixels.size == (9, 9)
    assert np.abs(seen - expected).max() <= 1e-6 * max(1, np.abs(seen).max())


def _shown(levels: Any, pixels: Preprocessing) -> Any:
    """Give what a classifier with these settings shows its network."""
    images = levels.transpose(2, 0, 1).astype(np.float32) / np.float32(255)
    if pixels.channels == "bgr":
        images = images[::-1]
    mean, std = (np.array(each, np.float32)[:, None, None] for each in (pixels.mean, pixels.std))
    return (images - mean) / std


def test_numbers_are_as_they_are_written() -> None:
    pixels = read_processor(FakeProcessor(size=SQUARE, **NORMAL), 3, "net")

    assert (pixels.channels, pixels.mean, pixels.std) == (3, (0.1, 0.2, 0.3), (0.4, 0.5, 0.6))


def test_grey() -> None:
    fields = {"do_normalize": True, "image_mean": [0.1], "image_std": [0.3]}

    pixels = read_processor(FakeProcessor(size=SQUARE, **fields), 1, "net")

    assert pixels == Preprocessing(1, (9, 9), (0.1,), (0.3,))


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({"size": 8}, (8, 8)),
        ({"size": {"height": 6, "width": 8}}, (6, 8)),
        ({"size": {"shortest_edge": 8}}, (8, 8)),
        ({"size": {"shortest_edge": 9}, "do_center_crop": True, "crop_size": 8}, (8, 8)),
        ({"size": SQUARE, "do_center_crop": False, "crop_size": 8}, (9, 9)),
        ({"do_resize": False, "do_center_crop": True, "crop_size": 8}, (8, 8)),
        ({"do_resize": False}, None),
    ],
)
def test_the_sizes_of_processors(fields: dict[str, Any], size: object) -> None:
    assert read_processor(FakeProcessor(**fields), 3, "net").size == size


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"do_color_quantize": True}, "got a processor with do_color_quantize"),
        ({"do_split_image": True, "do_grayscale": True}, "with do_split_image, do_grayscale"),
        ({"do_split_image": False, "patches": True}, "FakeProcessor, which gives 1×3×81"),
        ({"rescale_factor": 0.0}, "white is no brighter than black"),
        ({"do_rescale": True, "rescale_factor": -1.0}, "white is no brighter than black"),
    ],
)
def test_what_is_not_known_is_refused_by_its_name(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ClassifierError, match=message):
        read_processor(FakeProcessor(size=SQUARE, **fields), 3, "net")


@pytest.mark.parametrize("step", ["do_mix", "do_bend"])
def test_colours_that_are_mixed_or_bent_are_refused(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    processor = FakeProcessor(size=SQUARE, **{step: True})
    monkeypatch.setattr(processor, "to_dict", lambda: {"image_processor_type": "FakeProcessor"})

    with pytest.raises(ClassifierError, match="FakeProcessor, which mixes or bends colours"):
        read_processor(processor, 3, "net")
