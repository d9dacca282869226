"""What a tracker is told of one run."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from neatfool.bounded import read_json
from neatfool.errors import DataError

Ending: TypeAlias = Literal["finished", "interrupted", "failed"]
TRACKED = "tracked"
"""The folder, within that of a run, of what trackers keep there."""


@dataclass(frozen=True)
class Entry:
    """The one entry that a run has with a tracker, however often it is resumed.

    Attributes:
        folder: Of the run.
        settings: Of the run, by name: numbers, truths and text.
        generation: The last one of its checkpoint; 0: it begins.
        id: What the tracker calls the entry; empty: there is none yet.
        told: The last generation that the tracker is known to have been told.
        published: The generation of the pictures and results that it was told last.
    """

    folder: Path
    settings: Mapping[str, float | str]
    generation: int = 0
    id: str = ""
    told: int = 0
    published: int = 0

    @property
    def name(self) -> str:
        """What the run is called."""
        return self.folder.resolve().name


class Tracker(ABC):
    """Keeps what it is told of a run where people look at it.

    Making one opens the entry, a new one or that of ``Entry.id``. All of this runs in a process
    of its own: whatever is raised ends the tracking, and not the run.

    Attributes:
        id: What the entry is called.
        told: The last generation that it has; what is told again up to there is left out.
    """

    id: str
    told: int

    @abstractmethod
    def numbers(self, generation: int, numbers: Mapping[str, float]) -> None:
        """Take the numbers of one generation, later than all before."""

    @abstractmethod
    def picture(self, generation: int, name: str, file: Path) -> None:
        """Take a PNG file of the run after a generation."""

    @abstractmethod
    def results(self, generation: int, results: Mapping[str, float | str]) -> None:
        """Take what the report says of the run after a generation."""

    @abstractmethod
    def flush(self) -> None:
        """Return when everything told is where it stays."""

    @abstractmethod
    def close(self, ending: Ending) -> None:
        """Leave the entry such that it can be gone on with."""


def file_of(folder: Path, name: str) -> Path:
    """Name the file of what is remembered of an entry."""
    return folder / TRACKED / f"{name}.json"


def entry_of(
    folder: Path, name: str, settings: Mapping[str, float | str], generation: int
) -> Entry:
    """Return the entry with a tracker, as far as it is remembered; if not, a new one."""
    try:
        found = read_json(file_of(folder, name))
        known = str(found["id"]), int(found["told"]), int(found["published"])
    except (DataError, OSError, ValueError, LookupError, TypeError):
        known = "", 0, 0
    return Entry(folder, settings, generation, *known)
