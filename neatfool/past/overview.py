"""How far a run is, finished or not: for who shows many, and runs no program for it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import safetensors

from neatfool.bounded import MOST_TEXT
from neatfool.encodings import AnyEncoding
from neatfool.errors import NeatfoolError
from neatfool.past.about import About, read_about
from neatfool.past.folder import file_of, find_file, is_held, read_config, saved_generation
from neatfool.past.parts import Looked, look, programs_needed
from neatfool.past.records import read_latest, recorded_elites
from neatfool.past.report import read_report
from neatfool.resolved import RESOLVED
from neatfool.runs.checkpoint import put_back
from neatfool.runs.stopping import INTERRUPTED
from neatfool.runs.written import GENOMES, REPORT, Metrics
from neatfool.search import Archive
from neatfool.sections.config import Config
from neatfool.stored import load_arrays
from neatfool.stored.layout import CHECKPOINTS, checkpoint_path
from neatfool.types import Arrays, Json

State: TypeAlias = Literal["running", "finished", "interrupted"]
DAMAGED = (
    *(NeatfoolError, OSError, ValueError, KeyError, TypeError),
    *(AttributeError, IndexError, RecursionError, OverflowError, safetensors.SafetensorError),
)
"""What reading a folder comes to that holds something else than a run left there."""
_MOST_ARRAYS = 1 << 28


@dataclass(frozen=True)
class Niche:
    """A niche, and what is known of its elite.

    Attributes:
        index: Of the niche in a larger list.
        name: Of the niche.
        score: Of its elite; none: it has none.
        found_at: The generation in which the elite was born.
        image: The file of its picture in the folder of the run; none: there is none.
    """

    index: int
    name: str
    score: float | None
    found_at: int
    image: str | None = None


@dataclass(frozen=True)
class Overview:
    """How far a run is, as its folder has it.

    Attributes:
        config: Its settings.
        about: Its task, images and niches.
        state: Whether it goes on.
        generation: The last one that is recorded.
        published: The generation of ``niches``; 0: there is none yet.
        niches: ``K`` niches with their elites.
        latest: The newest numbers, if there are any.
        is_reported: ``niches`` are those of its report.
        takes_program: Its genomes cannot be read without a program that the folder names.
    """

    config: Config
    about: About
    state: State
    generation: int
    published: int
    niches: tuple[Niche, ...]
    latest: Metrics | None
    is_reported: bool
    takes_program: bool

    @property
    def planned(self) -> int:
        """How many generations there are to be; of a script nobody knows: as many as there are."""
        return self.generation if self.config.is_recorded else self.config.run.generations


def archive_file(folder: Path) -> Path:
    """Return the file that the newest elites of a run are in.

    Raises:
        FileNotFoundError: There is none.
        TooLargeError: It is too large to be looked at.
    """
    saved = saved_generation(folder)
    name = str(checkpoint_path(Path(CHECKPOINTS), saved)) if saved else GENOMES
    return file_of(folder, name, _MOST_ARRAYS)


def newest_archive(folder: Path, trusted: bool = False) -> tuple[Archive, Looked]:
    """Load the elites of the newest checkpoint, or those that a run left as it ended.

    Of the latter no score is known: all are NaN.

    Args:
        folder: Of the run.
        trusted: The user consents to running programs that the folder names.

    Raises:
        FileNotFoundError: There are none.
        NeatfoolError: They are damaged or too large, or reading them takes a program.
    """
    path = archive_file(folder)
    found = look(folder, trusted=trusted)
    arrays, _ = load_arrays(path)
    if path.name == GENOMES:
        return _of_elites(found.encoding, arrays), found
    return put_back(found.search(), arrays, folder / CHECKPOINTS), found


def read_overview(
    folder: Path | str, load: Callable[[Path], tuple[Archive, Looked]] = newest_archive
) -> Overview:
    """Read how far a run is. Nothing is written, and no program is run.

    Args:
        folder: Of the run.
        load: Does what ``newest_archive`` does; who keeps what came of that reads it once.

    Raises:
        DAMAGED: Something in the folder is not as a run leaves it.
    """
    folder = Path(folder)
    file_of(folder, RESOLVED)  # a run that is gone is not damaged
    config, about = read_config(folder), read_about(folder)
    takes_program = programs_needed(config, about)
    saved, latest = saved_generation(folder), read_latest(folder)
    report = read_report(folder) if find_file(folder, REPORT, MOST_TEXT) else None
    reported = report if report and report["generations"] >= saved else None
    state: State = "interrupted"
    if is_held(folder):
        state = "running"
    elif config.is_recorded or (reported and reported["stopped_because"] != INTERRUPTED):
        state = "finished"
    return Overview(
        config,
        about,
        state,
        max(saved, latest.generation if latest else 0),
        reported["generations"] if reported else saved,
        _reported(reported) if reported else _saved(folder, about, saved, takes_program, load),
        latest,
        reported is not None,
        takes_program,
    )


def _reported(report: Json) -> tuple[Niche, ...]:
    """Return the niches of a report."""
    return tuple(
        Niche(
            each["index"], each["name"], each["score"], each["found_at_generation"], each["image"]
        )
        for each in report["niches"]
    )


def _saved(
    folder: Path,
    about: About,
    saved: int,
    takes_program: bool,
    load: Callable[[Path], tuple[Archive, Looked]],
) -> tuple[Niche, ...]:
    """Return the niches of a run as its newest checkpoint has it."""
    count = len(about.names)
    scores, found_at = np.full(count, -np.inf, np.float32), np.zeros(count, np.int64)
    if saved and takes_program:
        scores, found_at = recorded_elites(folder, count, saved)
    elif saved:
        archive = load(folder)[0]
        scores, found_at = archive.scores, archive.found_at
    known = [score if np.isfinite(score) else None for score in scores.tolist()]
    rows = zip(about.indices, about.names, known, found_at.tolist(), strict=True)
    return tuple(Niche(*row) for row in rows)


def _of_elites(encoding: AnyEncoding, arrays: Arrays) -> Archive:
    keys, found_at = arrays["keys"], arrays["found_at"]
    unknown = np.full(len(keys), np.nan, np.float32)
    return Archive(encoding.from_arrays(arrays), keys, unknown, found_at)
