"""What survives a restart: sessions, their pages, saved pictures, in one SQLite file."""

import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from neatfool.errors import DataError
from neatfool.reporting import log
from neatfool.web.refusal import Refusal

Parameters: TypeAlias = Sequence[object] | dict[str, Any]
Execute: TypeAlias = Callable[..., sqlite3.Cursor]
"""What changes the file: a query and its values."""
_SCHEMA = 1
_PATIENCE = 1.0  # seconds to wait for another process to let go of the file
# No number is given twice: what is kept of a page that is gone is not that of another one.
_TABLES = """
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    secret BLOB NOT NULL UNIQUE,
    seed INTEGER NOT NULL,
    page INTEGER,
    preferences TEXT NOT NULL,
    next_node INTEGER NOT NULL DEFAULT 0,
    next_innovation INTEGER NOT NULL DEFAULT 0,
    seen REAL NOT NULL
);
CREATE TABLE pages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    number INTEGER NOT NULL,
    parent INTEGER,
    forward INTEGER,
    generation INTEGER NOT NULL,
    how TEXT NOT NULL,
    canvas TEXT NOT NULL,
    genomes BLOB NOT NULL,
    chosen TEXT NOT NULL,
    UNIQUE (session, number)
);
CREATE TABLE pictures (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    page INTEGER NOT NULL REFERENCES pages ON DELETE CASCADE,
    position INTEGER NOT NULL,
    mother INTEGER,
    father INTEGER
);
CREATE INDEX pictures_by_page ON pictures (page, position);
CREATE INDEX pictures_by_mother ON pictures (mother);
CREATE TABLE saved (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    picture INTEGER NOT NULL UNIQUE REFERENCES pictures,
    session INTEGER NOT NULL REFERENCES sessions,
    name TEXT NOT NULL,
    tags TEXT NOT NULL,
    published INTEGER NOT NULL DEFAULT 0,
    created REAL NOT NULL,
    image BLOB NOT NULL,
    parent INTEGER REFERENCES saved ON DELETE SET NULL
);
CREATE INDEX saved_by_session ON saved (session);
CREATE INDEX saved_by_parent ON saved (parent);
"""


class Store:
    """One connection, which threads use in turn; what was answered outlives the process.

    Args:
        path: The file; made if it is not there.

    Attributes:
        mark: What tells it from other files: a number, drawn when it was made.

    Raises:
        DataError: It cannot be opened, is no database of neatfool, of another version, or in use by
            another process.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise DataError(f"{path}: {error}; choose another file by --data") from None
        try:
            self._connection.row_factory = sqlite3.Row
            self._connection.create_function("casefold", 1, str.casefold, deterministic=True)
            self._prepare(path)
        except BaseException as error:
            self._connection.close()
            if not isinstance(error, sqlite3.Error):
                raise
            busy = "locked" in str(error)
            raise DataError(
                f"{path} is in use by another process: stop it, or choose another file by --data"
                if busy
                else f"{path}: expected a file of `neatfool breed`, or none, got {error}; choose "
                "another file by --data"
            ) from None

    def _prepare(self, path: Path) -> None:
        """Hold the file against other processes, and make the tables if there are none."""
        run = self._connection.execute
        for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=NORMAL"):
            run(f"PRAGMA {pragma}")
        run("PRAGMA foreign_keys=ON")
        with self.changing() as change:
            (version,) = change("PRAGMA user_version").fetchone()
            is_empty = change("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
            if is_empty:
                for statement in _TABLES.split(";"):
                    change(statement)
                change(f"PRAGMA user_version={_SCHEMA}")
                change(f"PRAGMA application_id={secrets.randbits(31)}")
            (self.mark,) = change("PRAGMA application_id").fetchone()
        if not is_empty and version != _SCHEMA:
            raise DataError(
                f"{path} has schema {version}, expected {_SCHEMA}: another version of neatfool "
                "wrote it; use that one, or choose another file by --data"
            )

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def changing(self) -> Iterator[Execute]:
        """Lend the connection's ``execute``; what is done with it is done whole or not at all.

        Raises:
            Refusal: The file is damaged, or there is no room for more.
        """
        with self._lock, _telling():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection.execute
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # SQLite may have ended it: the disk is full
                    self._connection.execute("ROLLBACK")
                raise

    def rows(self, query: str, values: Parameters = ()) -> list[sqlite3.Row]:
        """Return all rows that a query finds."""
        with self._lock, _telling():
            return self._connection.execute(query, values).fetchall()

    def row(self, query: str, values: Parameters = ()) -> sqlite3.Row | None:
        """Return the first row that a query finds."""
        with self._lock, _telling():
            found: sqlite3.Row | None = self._connection.execute(query, values).fetchone()
            return found


@contextmanager
def _telling() -> Iterator[None]:
    """Say in words what is wrong with the file; the log has the details."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise  # our own mistake
    except sqlite3.DatabaseError as error:
        log.warning("the file of sessions: %s", error)
        if "full" in str(error) or "disk I/O" in str(error):
            raise Refusal(
                507,
                "there is no room for more on the disk: make some; all that was answered is kept",
            ) from None
        raise Refusal(
            503,
            f"the file of sessions cannot be read or written ({error!s:.80}): stop the server, and "
            "put back a copy, or choose another file by --data",
        ) from None
