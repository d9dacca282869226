"""What the metadata of ONNX files say."""

import json

import pytest

from neatfool.classifiers.onnx.said import read_said

NAMES = ("cat", "dog", "crane (bird), 'heron'")
LABELS: dict[str, dict[str, str]] = {
    "ultralytics": {"names": str(dict(enumerate(NAMES))), "task": "classify"},
    "JSON list": {"labels": json.dumps(NAMES)},
    "JSON by index": {"id2label": json.dumps(dict(enumerate(NAMES)))},
    "in another order": {"classes": str({2: NAMES[2], 0: NAMES[0], 1: NAMES[1]})},
    "index by name": {"class_to_idx": json.dumps({name: i for i, name in enumerate(NAMES)})},
    "Python list": {"Class_Names": str(list(NAMES))},
    "Python tuple": {"categories": str(NAMES)},
    "lines": {"classes": "cat\ndog\ncrane (bird), 'heron'\n"},
    "in a configuration": {"config": json.dumps({"id2label": dict(enumerate(NAMES))})},
    "the second key": {"names": "", "labels": json.dumps(NAMES)},
}


@pytest.mark.parametrize("case", LABELS)
def test_names_of_classes(case: str) -> None:
    assert read_said(LABELS[case]).labels == NAMES


def test_names_with_commas() -> None:
    assert read_said({"classes": "cat, dog,cow"}).labels == ("cat", "dog", "cow")


NONE: dict[str, str] = {
    "a number": "3",
    "empty names": "['cat', ' ']",
    "lists": "[['cat'], ['dog']]",
    "gaps": "{0: 'cat', 2: 'dog'}",
    "code": "[__import__('os').abort() for _ in range(3)]",
    "too deep": "[" * 100_000,
    "too many signs": "-" * 200_000 + "1",
    "too long": str(["cat"] * 200_000),
    "zeros": "\0",
}


@pytest.mark.parametrize("case", NONE)
def test_what_names_no_classes_counts_as_not_said(case: str) -> None:
    assert read_said({"names": NONE[case]}).labels is None


@pytest.mark.parametrize(
    ("imgsz", "size"),
    [
        ("[48, 192]", (48, 192)),
        ("64", (64, 64)),
        ("[0, 8]", None),
        ("[8, 8, 8]", None),
        ("(8, 99999)", None),
        ("large", None),
    ],
)
def test_size(imgsz: str, size: tuple[int, int] | None) -> None:
    assert read_said({"imgsz": imgsz}).size == size


def test_colours_and_range_of_winml() -> None:
    said = read_said(
        {"Image.BitmapPixelFormat": "Bgr8", "Image.NominalPixelRange": "NominalRange_0_255"}
    )

    assert (said.colours, said.bounds) == ("bgr", (0, 255))


def test_nothing_said() -> None:
    said = read_said({"description": "a network"})

    assert (said.labels, said.size, said.colours, said.bounds) == (None, None, None, None)
