"""Elites of a run at play again: what they bring, and a film of it."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neatfool import viz
from neatfool.encodings import Bare, Genomes, Phenotypes
from neatfool.errors import ConfigError
from neatfool.networks import NetworkPolicy
from neatfool.past.standing import Standing, read_standing
from neatfool.runs.folder import writing
from neatfool.types import Bytes, Json

FIRST = 1 << 31
"""The seed of the episode that is filmed; none of evolution is as large."""
MOST_FRAMES = 500
_WATCHED = 240  # steps that are drawn
_MOST_NODES = 60  # of each sort that are drawn
_MILLISECONDS, _LAST = 40, 1500


@dataclass(frozen=True)
class Showing:
    """Files that an episode is shown in; none: it is not.

    Attributes:
        film: .gif, .webp or .mp4.
        activity: What the network saw, thought and said in each step: .png, .svg or .pdf.
        gait: When which foot was on the ground, and the path: likewise.
        seed: Of the episode.
    """

    film: Path | None = None
    activity: Path | None = None
    gait: Path | None = None
    seed: int = 0

    def check(self) -> None:
        """Refuse names that do not fit, before work is spent on them.

        Raises:
            ConfigError: One ends in something else.
        """
        if self.film is not None:
            viz.film_format(self.film)
        for picture in (self.activity, self.gait):
            if picture is not None:
                viz.check_ending(picture)


def play(
    folder: Path | str,
    wanted: str | None = None,
    episodes: int | None = None,
    shown: Showing | None = None,
    trusted: bool = False,
) -> Json:
    """Let an elite of a run play again.

    Args:
        folder: Of the run, finished or not.
        wanted: Index or name of a niche; none: the first.
        episodes: How many; none: as the run tests its elites.
        shown: Files that an episode is shown in; none: it is not.
        trusted: The user consents to running programs that the folder names.

    Returns:
        Name of each reward → numbers, as ``niches[].tests`` of ``report.json`` has them.

    Raises:
        ConfigError: The task of the run is none of playing, there is no such elite, or its world
            cannot be seen.
        NeatfoolError: The run cannot be read.
    """
    folder = Path(folder)
    shown = shown or Showing()
    shown.check()
    run = read_standing(folder, scored=True, trusted=trusted)
    assert run.task is not None
    first = run.about.names[0] if run.about.grid is None else None  # rewards are no rivals
    genome = run.archive.genomes.select([run.niche(first if wanted is None else wanted)])
    phenotypes = run.encoding.express(genome)
    gait = _gait(run, phenotypes, FIRST + shown.seed) if shown.gait is not None else None
    tests = run.task.tests(phenotypes, count=episodes)
    if not tests:
        raise ConfigError(
            f"{folder} has nothing to play: expected a run of a task in which networks act, got "
            f"one of {run.about.name}, or no episodes"
        )
    if shown.film is not None:
        with writing(shown.film, "choose another file with --film"):
            frames = run.task.frames(phenotypes, FIRST + shown.seed)
            if not save_frames(frames, shown.film):
                raise ConfigError(
                    f"{run.about.name} cannot be seen: expected a world with pictures, got one "
                    "without; leave out --film"
                )
    if shown.activity is not None:
        with writing(shown.activity, "choose another file with --activity"):
            figure = _activity(run, genome, FIRST + shown.seed)
            viz.save(figure, shown.activity)
    if shown.gait is not None and gait is not None:
        with writing(shown.gait, "choose another file with --gait"):
            viz.save(gait, shown.gait)
    found: Json = tests[0]
    return found


def _gait(run: Standing, phenotypes: Phenotypes, seed: int) -> viz.Figure:
    """Draw how a phenotype walks.

    Raises:
        ConfigError: It does not.
    """
    assert run.task is not None
    trace = run.task.trace(phenotypes, seed)
    if trace is None:
        raise ConfigError(
            f"nobody walks in {run.about.name}: expected a world with feet, such as quadruped; "
            "leave out --gait"
        )
    heading = f"An episode of {run.about.name}"
    return viz.gait(trace.touching, trace.feet, trace.path, trace.seconds, heading)


def _activity(run: Standing, genome: Genomes, seed: int) -> viz.Figure:
    """Draw what a network saw, thought and said, step by step; of a substrate, without thoughts."""
    assert run.task is not None
    seen, said = run.task.watch(run.encoding.express(genome), seed, _WATCHED)
    panels = [viz.Panel("seen", seen[:, :_MOST_NODES].T, scale="seen")]
    graphs, medium = genome.networks, run.encoding.medium
    if graphs is not None and isinstance(medium, Bare):  # they act themselves
        names = medium.inputs
        panels = [viz.Panel("seen", seen.T, rows=names[: seen.shape[1]], scale="seen")]
        nodes = len(graphs.node_ids) - graphs.inputs
        whole = run.encoding.express(genome.with_networks(graphs.changed(outputs=nodes)))
        policy = NetworkPolicy(whole)
        one = np.zeros(1, np.int64)
        values = np.concatenate([policy.act(seen[[step]], one) for step in range(len(seen))])
        thought = values[:, graphs.outputs :]
        if thought.shape[1]:
            ids = [f"node {each}" for each in graphs.node_ids[graphs.inputs + graphs.outputs :]]
            thought, ids = thought[:, :_MOST_NODES], ids[:_MOST_NODES]
            panels.append(viz.Panel("hidden nodes", thought.T, rows=ids, scale="value"))
    outputs = [f"output {place}" for place in range(said.shape[1])]
    panels.append(viz.Panel("said", said.T, rows=outputs, scale="value"))
    return viz.maps(panels, f"An episode of {run.about.name}, step by step")


def save_frames(frames: Iterator[tuple[Bytes, str]], path: Path) -> bool:
    """Write the first pictures of an episode as a film; return whether there were any.

    Args:
        frames: ``(H, W, 3)`` uint8 each, and what stands beneath.
        path: Ends in .gif, .webp or .mp4.
    """
    taken = list(itertools.islice(frames, MOST_FRAMES))
    if not taken:
        return False
    pictures, captions = zip(*taken, strict=True)
    levels = (picture.transpose(2, 0, 1) for picture in pictures)
    times = [*[_MILLISECONDS] * (len(taken) - 1), _LAST]
    viz.save_film(levels, captions, times, path)
    return True
