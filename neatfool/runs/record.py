"""The growing records of a run: one line of numbers a generation, one line a winner.

Where a search needs more to be run again, there is one line of scores a generation, too.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from neatfool import bounded
from neatfool.runs.written import read_line
from neatfool.search import Archive, Deciding, Front, Generation
from neatfool.search.archive import ranked
from neatfool.stored.layout import BESTS, LINEAGE, METRICS, numbers_of
from neatfool.types import Arrays, Ints, Json, Scores

RECORDS = (METRICS, LINEAGE, BESTS)
UNFIT = (KeyError, IndexError, ValueError, TypeError, OverflowError)
"""What comes of a line that is whole and does not fit."""
_CHUNK = 1 << 20


class Record:
    """Append to the records of a run folder.

    What is behind the given ends is dropped first: a resumed run writes it again.

    Args:
        folder: Of the run.
        ends: For each record how many of its bytes are kept; a record that is not named begins.
        deciding: Which scores a run is replayed from: those that are not winners' go into
            ``bests.jsonl``.
    """

    def __init__(
        self, folder: Path, ends: Mapping[str, int] | None = None, deciding: Deciding = "winners"
    ) -> None:
        self._deciding: Deciding = deciding
        self._files: dict[str, IO[bytes]] = {}
        self._hashes: Json = {}
        with contextlib.ExitStack() as stack:
            for name in (METRICS, LINEAGE) if deciding == "winners" else RECORDS:
                file = stack.enter_context((folder / name).open("ab"))
                file.truncate((ends or {}).get(name, 0))
                file.seek(0, os.SEEK_END)
                self._files[name] = file
                self._hashes[name] = _hash(folder / name)
            self._stack = stack.pop_all()

    def __enter__(self) -> "Record":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def write(
        self,
        generation: Generation,
        archive: Archive,
        seconds: float,
        front: Front | None = None,
        species: Ints | None = None,
    ) -> Json:
        """Record one generation and return its numbers; those of no niche are none."""
        spent = round(seconds, 4)
        lines = lines_of(generation, archive.scores, spent, self._deciding, front, species)
        for name, entries in lines.items():
            for entry in entries:
                content = to_line(entry)
                self._files[name].write(content)
                self._hashes[name].update(content)
        numbers: Json = lines[METRICS][0]
        return numbers

    def flush(self) -> None:
        """Put everything written so far on the disk."""
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())

    def stamps(self) -> Arrays:
        """Return, for a checkpoint, the length and the digest of each record as it is now."""
        stamps: Arrays = {}
        for name, file in self._files.items():
            stamps[f"{name}.end"] = np.array(file.tell())
            stamps[f"{name}.digest"] = np.frombuffer(self._hashes[name].digest(), np.uint8)
        return stamps


def ends_of(stamps: Arrays) -> dict[str, int]:
    """Return how long each record was when the stamps of a checkpoint were made."""
    known = [n for n in RECORDS if {f"{n}.end", f"{n}.digest"} <= stamps.keys()]
    return {name: int(stamps[f"{name}.end"]) for name in known}


def is_as_stamped(path: Path, stamps: Arrays) -> bool:
    """Say whether a record holds, up to a checkpoint, what it held then."""
    end = int(stamps[f"{path.name}.end"])
    if not path.is_file() or path.stat().st_size < end:
        return False
    return _hash(path, end).digest() == stamps[f"{path.name}.digest"].tobytes()


def to_line(entry: Json) -> bytes:
    """Write one line of a record."""
    return json.dumps(entry).encode() + b"\n"


def lines_of(
    generation: Generation,
    standing: Scores,
    seconds: float | None,
    deciding: Deciding,
    front: Front | None = None,
    species: Ints | None = None,
) -> dict[str, list[Json]]:
    """Say what the records hold of a generation: the lines of each, by its name.

    Args:
        generation: What it brought.
        standing: ``(K,)`` scores of the elites after it.
        seconds: Spent evolving; none: nobody knows any more.
        deciding: Which scores are recorded beside those of winners: none, the best of each genome,
            or all.
        front: Of a search with several objectives.
        species: ``(P,)`` keys of those of the genomes told; empty: there are none.
    """
    number, batch = generation.number, len(generation.keys)
    replaced = int(generation.won.sum())
    lines = {
        METRICS: [numbers_of(number, number * batch, standing, replaced, seconds)],
        LINEAGE: [],
    }
    scores = ranked(generation.scores)
    for child in np.flatnonzero(generation.won.any(axis=1)).tolist():
        niches = np.flatnonzero(generation.won[child])
        parents = generation.parents[child]
        winner = {
            "key": int(generation.keys[child]),
            "parents": parents[parents >= 0].tolist(),
            "generation": number,
            "niches": niches.tolist(),
            "scores": [float(score) for score in scores[child, niches]],
        }
        lines[LINEAGE].append(winner)
    if deciding != "winners":
        chosen = scores.argmax(axis=1)[:, None]
        if deciding == "scores":
            chosen = np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
        best = _known(np.take_along_axis(scores, chosen, axis=1).ravel())
        line: Json = {"generation": number, "niches": chosen.ravel().tolist(), "scores": best}
        if deciding == "bests" and generation.within is not None:
            rows, niches = np.nonzero(generation.within)
            line["within"] = {
                "rows": rows.tolist(),
                "niches": niches.tolist(),
                "scores": scores[rows, niches].tolist(),
            }
        lines[BESTS] = [line]
        lines[METRICS][0]["latest"] = _known(scores.max(keepdims=True).ravel())[0]
    if front is not None:
        lines[METRICS][0]["front"] = len(front.keys)
    if species is not None and len(species):
        lines[METRICS][0]["species"] = len(np.unique(species))
    return lines


def _known(scores: Scores) -> list[float | None]:
    """Write scores as JSON does; those of nothing are none."""
    return [score if score > -np.inf else None for score in scores.tolist()]


def with_rate(numbers: Json, before: Json | None) -> Json:
    """Add the evaluations per second to the numbers of a generation; none: nobody knows.

    Args:
        numbers: Of the generation.
        before: Of the one before; none: it is the first.
    """
    zero: Json = {"evaluations": 0, "seconds": 0.0}
    rate, (ends, begins) = None, (each["seconds"] for each in (numbers, before or zero))
    if ends is not None and begins is not None and ends > begins:
        done = numbers["evaluations"] - (before or zero)["evaluations"]
        rate = done / (ends - begins)
    return {**numbers, "evaluations_per_second": rate}


def each_line(path: Path) -> Iterator[Json]:
    """Read a file of JSON lines one by one, up to the first that is not whole.

    A whole line has all the fields that such a line has: ``runs/written.py``. A file that is not
    there has none.
    """
    if not path.exists():
        return
    for line in bounded.each_line(path):
        entry = read_line(path.name, line)
        if entry is None:
            return
        yield entry


def _hash(path: Path, end: int | None = None) -> Any:
    """Digest a file, or the beginning of it; more can be added."""
    digest = hashlib.blake2b(digest_size=16)
    left = path.stat().st_size if end is None else end
    with bounded.opened(path) as file:
        while left > 0 and (part := file.read(min(left, _CHUNK))):
            digest.update(part)
            left -= len(part)
    return digest
