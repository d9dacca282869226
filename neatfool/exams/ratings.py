"""What people call pictures: their answers in a file, and a table of these."""

import codecs
import csv
import io
import os
import threading
from collections.abc import Sequence
from pathlib import Path

from neatfool.bounded import read_bytes
from neatfool.data.writing import writing
from neatfool.errors import ConfigError, DataError
from neatfool.exams.deck import Deck, read_deck
from neatfool.files import csv_line
from neatfool.types import Json

ANSWERS = "answers.csv"
NOTHING = "nothing"
"""The answer of who sees nothing that has a name."""
COLUMNS = ("card", "run", "class", "name", "confidence", "answer", "answer_name")
RATINGS_SCHEMA = 1
_NOTE = (
    "The 95 % intervals take all answers for independent; with several people, or several pictures "
    "of one run, they are too narrow."
)


class RatedDeck:
    """The answers in a folder; each is on the disk before the next picture is shown.

    Of several answers to one picture the last counts.

    Args:
        folder: Of a deck.

    Raises:
        DataError: There is no deck, or the answers are damaged, or a link.
    """

    def __init__(self, folder: Path) -> None:
        self.deck = read_deck(folder)
        self._file = folder / ANSWERS
        if self._file.is_symlink():
            raise DataError(
                f"{self._file} is a link: expected answers in the folder itself, since these are "
                "written to; move them here, or take the link away"
            )
        self.given = read_answers(folder, self.deck)
        if self._file.exists():
            with writing(self._file):
                os.truncate(self._file, len(_whole(self._file)))
        self._lock = threading.Lock()

    @property
    def next(self) -> int | None:
        """Give the first picture without an answer; none: all have one."""
        cards = range(len(self.deck.cards))
        return next((card for card in cards if card not in self.given), None)

    def give(self, card: int, answer: int | None) -> None:
        """Write an answer down.

        Args:
            card: Place of the picture.
            answer: A class by its index; none: nothing.

        Raises:
            DataError: It cannot be written.
        """
        shown = self.deck.cards[card]
        name = NOTHING if answer is None else self.deck.names[answer]
        row = [
            *(card, shown.run or "", shown.index, self.deck.names[shown.index]),
            shown.confidence,
            *(NOTHING if answer is None else answer, name),
        ]
        with self._lock, writing(self._file):
            with self._file.open("ab") as file:
                if not file.tell():
                    file.write(csv_line(COLUMNS).encode())
                file.write(csv_line(row).encode())
                file.flush()
                os.fsync(file.fileno())
            self.given[card] = answer


def read_answers(folder: Path, deck: Deck) -> dict[int, int | None]:
    """Read the answers in a folder, the last to each picture; none: nothing.

    A line that was cut as it was written does not count.

    Raises:
        DataError: The file is damaged, or of other pictures.
    """
    path = folder / ANSWERS
    try:
        content = _whole(path).decode("utf-8-sig") if path.exists() else ""
        found: dict[int, int | None] = {}
        for row in csv.DictReader(io.StringIO(content)):
            card, answer = int(row["card"]), row["answer"]
            found[card] = None if answer == NOTHING else int(answer)
            if int(row["class"]) != deck.cards[card].index or card < 0:
                raise ValueError(f"another class of card {card}")
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise DataError(
            f"{path}: expected answers to the pictures beside it, got {error!s:.100}; mend the "
            "file, or move it away to begin anew"
        ) from error
    return found


def ratings(folders: Sequence[Path]) -> Json:
    """Count what people answered, over one or more folders.

    Args:
        folders: Of decks with answers; one for each person.

    Returns:
        ``schema``, ``folders``, ``note`` (what intervals assume) and ``rows``, each with ``kind``
        (``evolved`` or ``real``), ``answered`` (pictures), and of these, each with its ``share``
        and 95 % ``interval``: ``nothing``, ``named`` (as the network was evolved for, or as it
        really is), ``other``.

    Raises:
        ConfigError: A folder is given twice.
        DataError: A folder has no pictures, or its answers are damaged; or there are none.
    """
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise ConfigError(
            "expected each folder once, one for each person, got one twice; take it away"
        )
    said: dict[str, list[str]] = {"evolved": [], "real": []}
    for folder in folders:
        deck = read_deck(folder)
        for card, answer in read_answers(folder, deck).items():
            shown = deck.cards[card]
            outcome = "named" if answer == shown.index else "other"
            outcome = NOTHING if answer is None else outcome
            said["evolved" if shown.run else "real"].append(outcome)
    if not any(said.values()):
        raise DataError(f"{folders[0]}: expected answers, got none yet; rate some pictures first")
    rows = [
        {
            "kind": kind,
            "answered": len(outcomes),
            **{name: _share(outcomes.count(name), len(outcomes)) for name in _OUTCOMES},
        }
        for kind, outcomes in said.items()
        if outcomes
    ]
    return {
        "schema": RATINGS_SCHEMA,
        "folders": [folder.name for folder in folders],
        "note": _NOTE,
        "rows": rows,
    }


_OUTCOMES = ("nothing", "named", "other")


def _share(count: int, total: int) -> Json:
    """Give a share with its 95 % interval (Wilson 1927)."""
    from scipy import stats  # takes long to import

    found = stats.binomtest(count, total).proportion_ci(method="wilson")
    return {
        "count": count,
        "share": count / total,
        "interval": [float(found.low), float(found.high)],
    }


def _whole(file: Path) -> bytes:
    """Read answers, but for a line that was cut.

    Raises:
        ValueError: They have other columns.
    """
    content, head = read_bytes(file), ",".join(COLUMNS).encode()
    start = content.removeprefix(codecs.BOM_UTF8)[: len(head)]
    if not head.startswith(start):
        raise ValueError(f"columns {start!r:.60}")
    return content[: content.rfind(b"\n") + 1]
