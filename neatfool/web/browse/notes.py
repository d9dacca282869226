"""Notes and stars of runs, in an SQLite file beside them."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from neatfool.past.folder import is_run
from neatfool.reporting import log
from neatfool.viz.figures import shorten
from neatfool.web.refusal import Refusal

FILE = "notes.sqlite"
MOST_LETTERS = 4_000
"""Of a note."""
_TOLD = 200  # of a note that others wrote
_MOST_BYTES = 1 << 26
_MOST_CHANGES = (1 << 53) - 1  # and one more is what a page can count to
_PATIENCE = 2.0  # seconds to wait for another server to write
_TABLE = """
CREATE TABLE IF NOT EXISTS notes (
    run TEXT PRIMARY KEY,
    starred INTEGER NOT NULL,
    note TEXT NOT NULL,
    version INTEGER NOT NULL
)"""
_CHANGED = (
    "somebody else changed the note of this run meanwhile: {}. Yours is not saved; save it again "
    "to replace that one"
)


@dataclass(frozen=True)
class NoteOfRun:
    """What a person thinks of a run.

    Attributes:
        starred: It is worth finding again.
        note: Text.
        version: How often it was changed: who changes it says what was read before.
    """

    starred: bool = False
    note: str = ""
    version: int = 0


def _read(starred: object, note: object, version: object) -> NoteOfRun:
    """Read a row: anybody may have written the file.

    Raises:
        ValueError: It is none of ours.
    """
    if not (isinstance(note, str) and isinstance(version, int)) or not 0 <= version < _MOST_CHANGES:
        raise ValueError("a row of another kind")
    return NoteOfRun(bool(starred), note[:MOST_LETTERS], version)


class Notes:
    """The notes of the runs in a folder; every call opens the file, so several servers share it.

    Args:
        root: The folder; of a single run, its file is beside it. None: there are no runs.
    """

    def __init__(self, root: Path | None) -> None:
        alone = root is not None and is_run(root)
        self._folder = root.resolve().parent if root and alone else root

    def all(self) -> dict[str, NoteOfRun]:
        """Read all notes, by the folder of the run within this one; without a file there are none.

        Raises:
            Refusal: The file cannot be read.
        """
        if self._folder is None or not os.path.lexists(self._file):
            return {}
        with self._telling(), closing(self._opened()) as file:
            if not file.execute("SELECT 1 FROM sqlite_master WHERE name = 'notes'").fetchone():
                return {}
            rows = file.execute("SELECT run, starred, note, version FROM notes").fetchall()
            return {str(run): _read(*values) for run, *values in rows}

    def change(self, folder: Path, wanted: NoteOfRun) -> NoteOfRun:
        """Write the note of a run down, unless somebody changed it meanwhile.

        Args:
            folder: Of the run.
            wanted: The new one; its version is that of the note that was read before.

        Returns:
            What is written.

        Raises:
            Refusal: It was changed, or the file cannot be written.
        """
        with self._telling(), closing(self._opened()) as file:
            file.execute(_TABLE)
            file.execute("BEGIN IMMEDIATE")
            row = file.execute(
                "SELECT starred, note, version FROM notes WHERE run = ?", (self.key(folder),)
            ).fetchone()
            found = _read(*row) if row else NoteOfRun()
            if found.version != wanted.version:
                says = (
                    f"it says “{shorten(found.note, _TOLD)}” now"
                    if found.note
                    else "it is empty now"
                )
                raise Refusal(409, _CHANGED.format(says))
            written = NoteOfRun(wanted.starred, wanted.note, found.version + 1)
            file.execute(
                "INSERT OR REPLACE INTO notes VALUES (?, ?, ?, ?)",
                (self.key(folder), written.starred, written.note, written.version),
            )
            file.execute("COMMIT")
        return written

    def key(self, folder: Path) -> str:
        """Name a run as the file does: by its path from there."""
        assert self._folder is not None, "there are runs"
        return folder.resolve().relative_to(self._folder.resolve()).as_posix()

    @property
    def _file(self) -> Path:
        assert self._folder is not None
        return self._folder / FILE

    def _opened(self) -> sqlite3.Connection:
        known = os.path.lexists(self._file)
        if known and (self._file.is_symlink() or not self._file.is_file()):
            raise sqlite3.OperationalError("it is no plain file")
        if known and self._file.stat().st_size > _MOST_BYTES:
            raise sqlite3.OperationalError("it is too large")
        return sqlite3.connect(self._file, timeout=_PATIENCE, isolation_level=None)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Say in words what is wrong with the file; the log has the details."""
        try:
            yield
        except (sqlite3.Error, ValueError, TypeError, OverflowError) as error:
            log.warning("%s: %s", self._file, error)
            raise Refusal(
                503,
                f"notes are kept in {FILE} beside the runs, which cannot be read or written "
                f"({error!s:.80}): mend its permissions, make room, or take it away",
            ) from None
