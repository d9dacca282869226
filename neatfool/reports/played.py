"""Elites of a run at play again: what they bring, and a film of it."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from neatfool import viz
from neatfool.errors import ConfigError
from neatfool.past.standing import read_standing
from neatfool.runs.folder import writing
from neatfool.types import Bytes, Json

FIRST = 1 << 32
"""The seed of the episode that is filmed; none of evolution is as large."""
MOST_FRAMES = 500
_MILLISECONDS, _LAST = 40, 1500


def play(
    folder: Path,
    wanted: str | None = None,
    episodes: int | None = None,
    film: Path | None = None,
    seed: int = 0,
    trusted: bool = False,
) -> Json:
    """Let an elite of a run play again.

    Args:
        folder: Of the run, finished or not.
        wanted: Index or name of a niche; none: the one of the highest score.
        episodes: How many; none: as the run tests its elites.
        film: File that an episode is filmed into: .gif or .webp; none: it is not.
        seed: Of that episode.
        trusted: The user consents to running programs that the folder names.

    Returns:
        Name of each reward → numbers, as ``niches[].tests`` of ``report.json`` has them.

    Raises:
        ConfigError: The task of the run is none of playing, there is no such elite, or its world
            cannot be seen.
        NeatfoolError: The run cannot be read.
    """
    if film is not None:
        viz.film_format(film)
    run = read_standing(folder, scored=True, trusted=trusted)
    assert run.task is not None
    phenotypes = run.encoding.express(run.archive.genomes.select([run.niche(wanted)]))
    tests = run.task.tests(phenotypes, count=episodes)
    if not tests:
        raise ConfigError(
            f"{folder} has nothing to play: expected a run of a task in which networks act, got "
            f"one of {run.about.name}, or no episodes"
        )
    if film is not None:
        with writing(film, "choose another file with --film"):
            if not save_frames(run.task.frames(phenotypes, FIRST + seed), film):
                raise ConfigError(
                    f"{run.about.name} cannot be seen: expected a world with pictures, got one "
                    "without; leave out --film"
                )
    found: Json = tests[0]
    return found


def save_frames(frames: Iterator[tuple[Bytes, str]], path: Path) -> bool:
    """Write the first pictures of an episode as a film; return whether there were any.

    Args:
        frames: ``(H, W, 3)`` uint8 each, and what stands beneath.
        path: Ends in .gif or .webp.
    """
    taken = list(itertools.islice(frames, MOST_FRAMES))
    if not taken:
        return False
    pictures, captions = zip(*taken, strict=True)
    levels = np.stack(pictures).transpose(0, 3, 1, 2)
    times = [*[_MILLISECONDS] * (len(taken) - 1), _LAST]
    viz.save_film(levels, captions, times, path)
    return True
