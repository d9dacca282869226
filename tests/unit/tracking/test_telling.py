"""What a tracker hears, however often the run is resumed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from neatfool.tracking import Entry
from neatfool.tracking.choice import TRACKERS
from neatfool.tracking.telling import main
from neatfool.tracking.tracker import Ending, Tracker

NAME = "tensorboard"


class Hearing(Tracker):
    """Remembers all of it."""

    def __init__(self, entry: Entry, heard: list[Any]) -> None:
        self.id, self.told = entry.id or "mine", entry.told
        self._heard = heard
        heard.append(("open", entry.id, entry.generation))

    def numbers(self, generation: int, numbers: Mapping[str, float]) -> None:
        self._heard.append((generation, dict(numbers)))

    def picture(self, generation: int, name: str, file: Path) -> None:
        self._heard.append((generation, name, file))

    def results(self, generation: int, results: Mapping[str, float | str]) -> None:
        self._heard.append((generation, dict(results)))

    def flush(self) -> None:
        """Have nothing to do."""

    def close(self, ending: Ending) -> None:
        self._heard.append(ending)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """What the tracker hears."""
    (tmp_path / "tracked").mkdir()
    found: list[Any] = []
    monkeypatch.setitem(TRACKERS, NAME, lambda entry: Hearing(entry, found))
    return found


def tell(folder: Path, generation: int, *words: object) -> None:
    first = str(folder), {"run.seed": 3}, generation
    main(NAME, [json.dumps(each).encode() + b"\n" for each in (first, *words)])


def test_nothing_is_told_twice(tmp_path: Path, heard: list[Any]) -> None:
    one, two, three = (["numbers", number, {"best": number / 2}] for number in (1, 2, 3))
    published = ["publish", 3, {"best": 1.5}, {"gallery": "gallery.png"}]
    tell(tmp_path, 0, one, two)
    tell(tmp_path, 1, two, three, published, ["close", "finished"])
    tell(tmp_path, 3, published, ["close", "finished"])

    assert heard == [
        *(("open", "", 0), (1, {"best": 0.5}), (2, {"best": 1.0}), "interrupted"),
        *(("open", "mine", 1), (3, {"best": 1.5}), (3, "gallery", Path("gallery.png"))),
        *((3, {"best": 1.5}), "finished", ("open", "mine", 3), "finished"),
    ]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"id": 3}', '{"id": "", "told": "x"}'])
def test_what_is_remembered_may_be_damaged(tmp_path: Path, heard: list[Any], content: str) -> None:
    (tmp_path / "tracked" / f"{NAME}.json").write_text(content)
    tell(tmp_path, 5)

    assert heard == [("open", "", 5), "interrupted"]


def test_what_a_run_did_not_come_to_say_is_left_out(tmp_path: Path, heard: list[Any]) -> None:
    first = json.dumps([str(tmp_path), {}, 0]).encode() + b"\n"
    main(NAME, [first, b'["numbers", 1, {"best": 0.5}]\n', b'["numbers", 2, {"be'])

    assert heard == [("open", "", 0), (1, {"best": 0.5}), "interrupted"]
    assert json.loads((tmp_path / "tracked" / f"{NAME}.json").read_text())["told"] == 1


def test_a_run_that_told_nothing_opens_nothing(heard: list[Any]) -> None:
    main(NAME, [])

    assert heard == []
