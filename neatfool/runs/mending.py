"""Records that were damaged, made again: nothing that cannot be made again is written over.

A checkpoint knows how the records ended when it was written. Where one is not as it was, the run is
gone through again up to the checkpoint: a generation whose lines are whole and agree is told as it
is recorded, any other one is evaluated again. What comes out has to have the digest that the
checkpoint knows. The damaged file is kept beside it.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from neatfool.bounded import each_line, opened
from neatfool.files import copy_beside, write_whole
from neatfool.reporting import log
from neatfool.runs.record import RECORDS, UNFIT, ends_of, is_as_stamped, lines_of, to_line
from neatfool.runs.told import Told
from neatfool.runs.written import read_line
from neatfool.search import Search
from neatfool.search.archive import empty_archive
from neatfool.stored.layout import BESTS, LINEAGE, METRICS, numbers_of
from neatfool.types import Arrays, Json, Scores


def damaged_records(folder: Path, stamps: Arrays) -> list[str]:
    """Name the records of a run that are not as its checkpoint knows them.

    Args:
        folder: Of the run.
        stamps: Of the checkpoint: what ``Record.stamps`` gave.
    """
    ends = ends_of(stamps)
    return [name for name, end in ends.items() if end and not is_as_stamped(folder / name, stamps)]


class Mending:
    """Make damaged records again while a search goes through its run again.

    Args:
        folder: Of the run.
        stamps: Of the checkpoint.
        generation: That of the checkpoint.
        niches: Of the search.

    Attributes:
        damaged: Names of the records that are not as they were.
    """

    def __init__(self, folder: Path, stamps: Arrays, generation: int, niches: int) -> None:
        self.damaged = damaged_records(folder, stamps)
        self.generation = generation
        self._folder = folder
        self._stamps = stamps
        self._niches = niches
        self._names = list(ends_of(stamps))
        self._lines: dict[str, dict[int, list[Json]]] = {}
        self._trusting = False
        for name in self.damaged:
            path = folder / name
            state = "is damaged" if path.exists() else "is missing"
            log.warning("%s %s: making it again from what is whole", path, state)

    def begin(self, trusting: bool) -> None:
        """Begin with the first generation.

        Args:
            trusting: Take lines that are whole and agree for true.
        """
        self._trusting = trusting
        self._lines = {name: _read(self._folder / name, self.generation) for name in self._names}
        self._made: dict[str, list[bytes]] = {name: [] for name in self._names}

    def scores(self, search: Search) -> Scores | None:
        """Return the recorded scores of what a search asked for; none: they have to be made again.

        Returns:
            ``(P, K)`` float32; those that decided nothing are minus infinity.
        """
        number, asked = search.generation + 1, search.asked
        metrics, bests = self._only(METRICS, number), self._only(BESTS, number)
        winners = self._lines[LINEAGE].get(number, [])
        is_checked = LINEAGE in self.damaged
        if (
            not self._trusting
            or search.WANTS_GRADIENTS  # which are not recorded
            or (BESTS in self._names and bests is None)
            or (is_checked and metrics is None)
        ):
            return None
        before = search.archive or empty_archive(search.ask(), self._niches)
        try:
            scores = Told(winners, bests).scores(search)
            won, standing = before.judge(asked, scores)
            niches = np.flatnonzero(won.any(axis=0)).tolist()
            named = sorted(niche for winner in winners for niche in winner["niches"])
            seconds = metrics["seconds"] if metrics else None
        except UNFIT:
            return None
        found = numbers_of(number, number * len(asked), standing, len(niches), seconds)
        is_sound = named == niches and (not is_checked or found.items() <= (metrics or {}).items())
        return scores if is_sound else None

    def note(self, search: Search) -> None:
        """Write down what the generation brought that a search was told last."""
        latest, archive = search.latest, search.archive
        assert latest is not None
        assert archive is not None
        told = self._only(METRICS, latest.number) or {}
        seconds, deciding = told.get("seconds"), search.REPLAYED_FROM
        lines = lines_of(latest, archive.scores, seconds, deciding, search.front, search.species)
        if lines[METRICS] != [told]:  # nobody knows how long it had taken
            lines[METRICS][0]["seconds"] = None
        for name, made in self._made.items():
            made += map(to_line, lines[name])

    @property
    def fits(self) -> bool:
        """Whether everything came out as the checkpoint knows it, times aside."""
        return all(
            hashlib.blake2b(b"".join(self._made[name]), digest_size=16).digest()
            == self._stamps[f"{name}.digest"].tobytes()
            for name in self._names
            if name != METRICS
        )

    def finish(self) -> dict[str, int]:
        """Put what was made in place of what was damaged, if it fits; return the ends of records.

        What was there is kept beside it. If it does not fit, the damaged records stay as they are,
        and grow.
        """
        ends, fits = ends_of(self._stamps), self.fits
        for name in self.damaged:
            path = self._folder / name
            kept = f"; as it was it is kept as {copy_beside(path).name}" if path.is_file() else ""
            if fits:
                content = b"".join(self._made[name])
                write_whole(path, content)
                ends[name] = len(content)
                log.warning("%s is whole again%s", path, kept)
            else:
                ends[name] = _end(path, self.generation)
                log.warning(
                    "%s cannot be made again: the run does not come out here as it ran; it goes "
                    "on, and its past cannot be drawn%s",
                    path,
                    kept,
                )
        return ends

    def _only(self, name: str, generation: int) -> Json | None:
        """Return the line of a generation; none: there is none, or several."""
        lines = self._lines.get(name, {}).get(generation, [])
        return lines[0] if len(lines) == 1 else None


def keep_tails(folder: Path, ends: Mapping[str, int], generation: int, doubtful: bool) -> None:
    """Copy records that hold, behind their ends, something else than later generations.

    Args:
        folder: Of the run.
        ends: Of the records, up to the checkpoint.
        generation: That of the checkpoint.
        doubtful: Copy them whatever they hold.
    """
    for name in RECORDS:
        path = folder / name
        if path.is_file() and (lines := _lines_after(path, ends.get(name, 0))):
            whole = [line for line in lines if line.endswith(b"\n")]  # the last may be half a line
            entries = [read_line(name, line) for line in whole]
            later = all(entry and entry["generation"] > generation for entry in entries)
            last = read_line(name, lines[-1])
            if doubtful or not later or (last and last["generation"] <= generation):
                kept = copy_beside(path).name
                log.warning("%s holds what does not belong there; it is kept as %s", path, kept)


def _lines_after(path: Path, end: int) -> list[bytes]:
    with opened(path) as file:
        file.seek(end)
        return [*file]


def _read(path: Path, until: int) -> dict[int, list[Json]]:
    """Read all whole lines by generation; of lines that are there twice, one."""
    found: dict[int, list[Json]] = {}
    if path.is_file():
        for line in dict.fromkeys(line.strip() for line in each_line(path)):
            entry = read_line(path.name, line)
            if entry and entry["generation"] <= until:
                found.setdefault(entry["generation"], []).append(entry)
    return found


def _end(path: Path, generation: int) -> int:
    """Return where later generations begin in a damaged record, after the end of a line."""
    end, line = 0, b"\n"
    for line in _lines_after(path, 0) if path.is_file() else []:
        entry = read_line(path.name, line)
        if entry and entry["generation"] > generation:
            return end
        end += len(line)
    if not line.endswith(b"\n"):
        with path.open("ab") as file:
            end += file.write(b"\n")
    return end
