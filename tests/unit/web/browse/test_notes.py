"""Notes of runs, which several servers may write."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from neatfool.web.browse.notes import FILE, NoteOfRun, Notes
from neatfool.web.refusal import Refusal


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("runs/one", "runs/sweep/two"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "resolved.toml").touch()
    return tmp_path / "runs"


def test_reading_makes_no_file(root: Path) -> None:
    assert Notes(root).all() == {}
    assert Notes(None).all() == {}
    assert not (root / FILE).exists()


def test_what_is_noted_is_there_for_others(root: Path) -> None:
    one, other = Notes(root), Notes(root)
    one.change(root / "one", NoteOfRun(True, "odd at 7"))
    other.change(root / "sweep" / "two", NoteOfRun(False, "slow"))

    expected = {"one": NoteOfRun(True, "odd at 7", 1), "sweep/two": NoteOfRun(False, "slow", 1)}
    assert one.all() == other.all() == expected


def test_the_notes_of_a_single_run_are_beside_it(root: Path) -> None:
    Notes(root / "one").change(root / "one", NoteOfRun(True))
    assert Notes(root).all() == {"one": NoteOfRun(True, "", 1)}
    assert [path.name for path in (root / "one").iterdir()] == ["resolved.toml"]


def test_nobody_overwrites_what_they_have_not_read(root: Path) -> None:
    notes = Notes(root)
    first = notes.change(root / "one", NoteOfRun(False, "mine"))
    with pytest.raises(Refusal, match=r"somebody else .* says “mine” now") as refused:
        notes.change(root / "one", NoteOfRun(False, "yours"))
    assert refused.value.status == 409
    notes.change(root / "one", NoteOfRun(False, "ours", first.version))
    assert notes.all()["one"] == NoteOfRun(False, "ours", 2)


def test_a_note_that_is_refused_leaves_a_file_that_can_be_read(root: Path) -> None:
    with pytest.raises(Refusal, match="it is empty now"):
        Notes(root).change(root / "one", NoteOfRun(False, "mine", 7))
    assert Notes(root).all() == {}
    (root / FILE).write_bytes(b"")
    assert Notes(root).all() == {}, "as it was left before"
    assert Notes(root).change(root / "one", NoteOfRun(True)).version == 1


def test_of_many_who_write_at_once_one_wins(root: Path) -> None:
    def write(number: int) -> int:
        try:
            Notes(root).change(root / "one", NoteOfRun(False, str(number)))
        except Refusal as refusal:
            return refusal.status
        return 200

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(write, range(8))) == [200] + 7 * [409]
    assert Notes(root).all()["one"].version == 1


def _rubbish(file: Path) -> None:
    file.write_bytes(b"no database" * 100)


def _others(file: Path) -> None:
    with sqlite3.connect(file) as made:
        made.execute("CREATE TABLE notes (run, starred, note, version)")
        made.execute("INSERT INTO notes VALUES ('one', 1, 7, 'x')")
    made.close()


def _beyond(file: Path) -> None:
    Notes(file.parent).change(file.parent / "one", NoteOfRun())
    with sqlite3.connect(file) as made:
        made.execute(f"UPDATE notes SET version = {(1 << 53) - 1}")
    made.close()


def _link(file: Path) -> None:
    file.symlink_to(file.parent.parent / "elsewhere")
    (file.parent.parent / "elsewhere").write_bytes(b"")


def _endless(file: Path) -> None:
    with file.open("wb") as made:
        made.truncate(1 << 40)


@pytest.mark.parametrize("spoil", [_rubbish, _others, _beyond, _link, Path.mkdir, _endless])
def test_a_file_of_strangers_is_refused_in_words(root: Path, spoil: Callable[[Path], None]) -> None:
    spoil(root / FILE)
    with pytest.raises(Refusal, match="mend its permissions") as refused:
        Notes(root).all()
    assert refused.value.status == 503
    with pytest.raises(Refusal):
        Notes(root).change(root / "one", NoteOfRun())
