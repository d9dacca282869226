from pathlib import Path

import pytest

from neatfool.data import find_labelled
from neatfool.errors import DataError

LABELS = ("tench, Tinca tinca", "hen", "crane, machine", "crane, bird")
IDS = ("n01", "n02", "n03", "n04")


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_files_are_named_by_their_index(tmp_path: Path) -> None:
    _touch(tmp_path, "003_a.jpg", "1_b.PNG", "notes.txt", ".0_hidden.png")

    found = find_labelled(tmp_path, LABELS)

    assert [(file.name, index) for file, index in found] == [("003_a.jpg", 3), ("1_b.PNG", 1)]


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("2", 2),
        ("002", 2),
        ("n04", 3),
        ("HEN", 1),
        ("tinca_tinca", 0),
        ("tench, Tinca tinca", 0),
        ("bird", 3),
    ],
)
def test_folders_are_named_by_index_label_or_id(tmp_path: Path, name: str, index: int) -> None:
    _touch(tmp_path, f"{name}/any.jpeg", "empty/readme.txt")

    assert find_labelled(tmp_path, LABELS, IDS) == [(tmp_path / name / "any.jpeg", index)]


def test_labels_that_are_numbers_come_before_indices(tmp_path: Path) -> None:
    _touch(tmp_path, "1/a.png")

    assert find_labelled(tmp_path, ("2", "3", "1")) == [(tmp_path / "1" / "a.png", 2)]


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("photo.jpg", r"photo\.jpg: expected the index of its class"),
        ("4_a.jpg", r"expected the index of a class, 0 to 3, got 4"),
        ("4/a.jpg", r"expected the index of a class, 0 to 3, got 4"),
        ("crane/a.jpg", r"crane: expected a folder named by the index, label or WordNet id"),
        ("notes.txt", r"expected pictures .* got none"),
    ],
)
def test_what_is_no_class_is_refused(tmp_path: Path, file: str, message: str) -> None:
    _touch(tmp_path, file)

    with pytest.raises(DataError, match=message):
        find_labelled(tmp_path, LABELS, IDS)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected a folder of pictures"):
        find_labelled(tmp_path / "nowhere", LABELS)


def test_a_folder_may_be_of_no_class(tmp_path: Path) -> None:
    _touch(tmp_path, "hen/a.png", "others/b.png")

    found = find_labelled(tmp_path, LABELS, others="others")

    assert found == [(tmp_path / "hen" / "a.png", 1), (tmp_path / "others" / "b.png", -1)]
    assert find_labelled(tmp_path, ("others", "hen"), others="others")[1][1] == 0
    with pytest.raises(DataError, match="others: expected a folder named by"):
        find_labelled(tmp_path, LABELS)
