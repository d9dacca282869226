"""A folder that is gone on with: what it refuses, and what it lets pass."""

import json
from pathlib import Path

import pytest

from neatfool.defence.folder import PinnedFolder
from neatfool.errors import RunError
from neatfool.types import Json

TOLD: Json = {"seed": 1, "shape": (2, 3), "budget": 5}


def begun(folder: Path, **changes: object) -> PinnedFolder:
    return PinnedFolder(folder, "begun.json", TOLD | changes, grows="budget")


def test_what_a_killed_process_left_is_no_obstacle(tmp_path: Path) -> None:
    for name in (".begun.json.12.part", "lock", "log.txt"):
        (tmp_path / name).touch()

    with begun(tmp_path).held():
        assert json.loads((tmp_path / "begun.json").read_text()) == TOLD | {"shape": [2, 3]}

    assert not (tmp_path / ".begun.json.12.part").exists()


def test_a_folder_is_gone_on_with_and_may_grow(tmp_path: Path) -> None:
    for budget in (5, 5, 9):
        with begun(tmp_path / "new", budget=budget).held():
            (tmp_path / "new" / "result").touch()

    for changes, said in (
        ({"seed": 2}, "the seed that it was begun with, 1, got 2; put it back"),
        ({"shape": [3, 2]}, r"the shape that it was begun with, \[2, 3\], got \[3, 2\]"),
        ({"budget": 8}, "the budget that it was begun with, 9 or more, got 8"),
        ({"budget": 9, "more": 1}, "the more that it was begun with, none, got 1"),
    ):
        with pytest.raises(RunError, match=said):
            begun(tmp_path / "new", **changes).check()
        with pytest.raises(RunError, match=said), begun(tmp_path / "new", **changes).held():
            pass


def test_what_is_no_longer_told_is_named(tmp_path: Path) -> None:
    with begun(tmp_path, more={"weights": 1}).held():
        pass

    said = r"the more\.weights that it was begun with, 1, got none; put it back"
    with pytest.raises(RunError, match=said), begun(tmp_path).held():
        pass
    begun(tmp_path).check(is_whole=False)
    with pytest.raises(RunError, match="the seed that it was begun with"):
        begun(tmp_path, seed=2).check(is_whole=False)
    without = PinnedFolder(tmp_path, "begun.json", {"seed": 1}, grows="budget")
    with pytest.raises(RunError, match=r"shape that it was begun with, .* got none"):
        without.check()


def test_one_process_has_it(tmp_path: Path) -> None:
    with (
        begun(tmp_path).held(),
        pytest.raises(RunError, match="another process"),
        begun(tmp_path).held(),
    ):
        pass


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("notes.txt", "", "is not an empty folder"),
        (".hidden", "", "is not an empty folder"),
        ("begun.json", "nonsense", "is damaged"),
        ("begun.json", "[1]", "is damaged"),
    ],
)
def test_what_is_another_s_is_left_alone(
    name: str, content: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content)

    with pytest.raises(RunError, match=said), begun(tmp_path).held():
        pass

    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [(name, content)]
    if name == "notes.txt":
        with pytest.raises(RunError, match=said):
            begun(tmp_path / name).check()
