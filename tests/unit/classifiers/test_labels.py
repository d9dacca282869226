import json
from pathlib import Path

import pytest

from neatfool.classifiers.labels import (
    find_classes,
    imagenet_ids,
    imagenet_labels,
    read_labels,
)
from neatfool.errors import ClassifierError, ConfigError

SAMPLE = Path(__file__).parents[3] / ".." / "shared" / "data" / "imagenet-sample"
LABELS = (
    "robin, American robin, Turdus migratorius",
    "electric guitar",
    "acoustic guitar",
    "crane",
    "crane",
    "Egyptian cat",
    "maillot",
    "maillot, tank suit",
)


def test_imagenet_has_a_thousand_classes_in_order() -> None:
    labels, ids = imagenet_labels(), imagenet_ids()

    assert len(labels) == len(ids) == len(set(ids)) == 1000
    assert (labels[13], ids[13]) == ("junco, snowbird", "n01534433")
    assert (labels[0], labels[999]) == (
        "tench, Tinca tinca",
        "toilet tissue, toilet paper, bathroom tissue",
    )


@pytest.mark.skipif(not SAMPLE.is_dir(), reason=f"the sample of ImageNet is not at {SAMPLE}")
def test_ids_are_those_of_the_sample() -> None:
    names = sorted(file.stem for file in SAMPLE.glob("*.jpg"))

    assert names == [f"{index:03}_{each}" for index, each in enumerate(imagenet_ids())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", (3,)),
        ("0-2", (0, 1, 2)),
        ("1 - 7 : 3", (1, 4, 7)),
        ("0-7:3", (0, 3, 6)),
        ("5-5", (5,)),
        ("electric guitar", (1,)),
        ("ELECTRIC Guitar", (1,)),
        ("american robin", (0,)),
        ("migratorius", (0,)),
        ("cat", (5,)),
        ("cat egyptian", (5,)),
        ("suit", (7,)),
        ("robin,electric guitar , 2", (0, 1, 2)),
        ("2,0-3,robin", (2, 0, 1, 3)),
        ("robin, American robin, Turdus migratorius", (0,)),
        ("007", (7,)),
    ],
)
def test_classes_are_found(text: str, expected: tuple[int, ...]) -> None:
    assert find_classes(text, LABELS) == expected


def test_an_exact_name_goes_before_a_word() -> None:
    assert find_classes("guitar", ("electric guitar", "guitar", "bass guitar")) == (1,)


def test_the_examples_work_on_imagenet() -> None:
    labels = imagenet_labels()

    assert find_classes("robin,peacock,electric guitar", labels) == (15, 84, 546)
    assert find_classes("0-999:20", labels) == tuple(range(0, 1000, 20))
    assert find_classes("0-999", labels) == tuple(range(1000))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("guitar", r"'guitar', which is 2: 1 electric guitar; 2 acoustic guitar; give more"),
        ("crane", r"'crane', which is 2: 3 crane; 4 crane"),
        ("maillot", r"'maillot', which is 2: 6 maillot; 7 maillot, tank suit"),
        ("electric gutar", r"did you mean 'electric guitar'"),
        ("xylophone", r"index 0 … 7, got 'xylophone'; give another"),
        ("rob", r"got 'rob'"),
        ("", r"an index 0 … 7, got ''"),
        ("robin,,crane", r"got ''"),
        ("--", r"an index 0 … 7, got '--'"),
        ("8", r"0 … 7 as first-last or first-last:step, got '8'"),
        ("0-8", r"got '0-8'"),
        ("3-1", r"got '3-1'"),
        ("0-7:0", r"got '0-7:0'"),
        ("-1", r"got '-1'"),
        ("9" * 5000, r"got '9"),
        ("٣", r"got '٣'"),
    ],
)
def test_what_is_no_class_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        find_classes(text, LABELS)


def test_a_long_list_of_candidates_is_cut() -> None:
    with pytest.raises(ConfigError, match=r"which is 9: 0 cat 0; .*; 4 cat 4; and 4 more; give"):
        find_classes("cat", tuple(f"cat {index}" for index in range(9)))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("labels.txt", "cat\ndog\nbird, fowl\n"),
        ("labels.txt", "cat\r\ndog\r\n bird, fowl\r\n\r\n"),
        ("labels.txt", "\ufeffcat\ndog\nbird, fowl"),
        ("labels.json", '["cat", "dog", "bird, fowl"]'),
        ("labels.JSON", '{"2": "bird, fowl", "0": "cat", "1": "dog"}'),
    ],
)
def test_labels_are_read(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode())

    assert read_labels(path, 3) == read_labels(path) == ("cat", "dog", "bird, fowl")


def test_ten_indices_are_in_the_order_of_numbers(tmp_path: Path) -> None:
    names = tuple(f"class {index}" for index in range(12))
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(dict(enumerate(names)), sort_keys=True))

    assert read_labels(path) == names


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"cat\ndog\n", "expected 3 labels, one per output of the network, got 2"),
        ("a.txt", b"", "expected a name for class 0, got ''"),
        ("a.txt", b"\n \n", "expected a name for class 0, got ''"),
        ("a.txt", b"cat\n\ndog\n", "expected a name for class 1, got ''"),
        ("a.txt", b"caf\xe9\n", "UTF-8, .* can't decode"),
        ("a.json", b"[]", "expected 3 labels, one per output of the network, got 0"),
        ("a.json", b"[1, 2, 3]", "expected a name for class 0, got '1'"),
        ("a.json", b'["a", "", "c"]', "expected a name for class 1, got ''"),
        ("a.json", b'{"1": "a", "2": "b", "3": "c"}', "indices that are not 0 … 2"),
        ("a.json", b'"cat"', "neither a list nor an object"),
        ("a.json", b'["cat"', "got Expecting"),
        ("a.json", b"[" * 100_000, ".*at most 64 deep"),
    ],
)
def test_what_are_no_labels_is_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(ClassifierError, match=rf"{name}: .*{message}"):
        read_labels(path, 3)


def test_labels_that_are_not_there_are_missed(tmp_path: Path) -> None:
    with pytest.raises(ClassifierError, match=r"none\.txt: .*got no such file"):
        read_labels(tmp_path / "none.txt")


def test_no_labels_are_too_few_for_any_network(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    path.write_text("{}")

    with pytest.raises(ClassifierError, match=r"expected some labels, .* got 0"):
        read_labels(path)
