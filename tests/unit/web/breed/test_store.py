import sqlite3
from pathlib import Path

import pytest

from neatfool.errors import DataError
from neatfool.web.breed.store import Store


def count(store: Store) -> int:
    row = store.row("SELECT count(*) FROM sessions")
    assert row is not None
    return int(row[0])


def add(store: Store, secret: bytes) -> None:
    with store.changing() as change:
        change(
            "INSERT INTO sessions (secret, seed, preferences, seen) VALUES (?, 0, '', 0)", (secret,)
        )


def test_changes_are_made_whole_or_not_at_all(tmp_path: Path) -> None:
    store = Store(tmp_path / "new" / "data")
    add(store, b"1")
    with pytest.raises(sqlite3.IntegrityError), store.changing() as change:
        [change(f"UPDATE sessions SET {what}") for what in ("seed = 1", "seed = NULL")]
    row = store.row("SELECT seed FROM sessions")
    assert row is not None
    assert row["seed"] == 0
    assert count(store) == 1
    store.close()
    again = Store(tmp_path / "new" / "data")
    assert count(again) == 1
    again.close()


def test_what_is_in_use_or_no_file_of_the_breeder_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "data")
    with pytest.raises(DataError, match="in use by another process"):
        Store(tmp_path / "data")
    store.close()

    for path in (tmp_path, tmp_path / "data" / "below"):
        with pytest.raises(DataError, match="choose another file by --data"):
            Store(path)

    (tmp_path / "text").write_text("this is no database " * 100)
    with pytest.raises(DataError, match="expected a file of `neatfool breed`"):
        Store(tmp_path / "text")
    for name, statement in (
        ("newer", "PRAGMA user_version=99"),
        ("other", "PRAGMA user_version=0"),
    ):
        other = sqlite3.connect(tmp_path / name)
        other.execute("CREATE TABLE photographs (id)")
        other.execute(statement)
        other.close()
        with pytest.raises(DataError, match="schema"):
            Store(tmp_path / name)


def test_a_change_that_fails_at_its_end_leaves_nothing_behind(tmp_path: Path) -> None:
    store = Store(tmp_path / "data")
    lost = "INSERT INTO pictures (page, position) VALUES (7, 0)"
    with pytest.raises(sqlite3.IntegrityError), store.changing() as change:
        [change(each) for each in ("PRAGMA defer_foreign_keys=ON", lost)]
    add(store, b"1")
    assert count(store) == 1
    store.close()
