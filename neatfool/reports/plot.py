"""Pictures and films of a run, from its folder alone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from neatfool import viz
from neatfool.encodings import AnyEncoding
from neatfool.errors import ConfigError
from neatfool.files import write_whole
from neatfool.past.about import About, require_elite
from neatfool.past.history import MEASURES, History
from neatfool.past.lineage import switches
from neatfool.past.records import Metrics, latest_over_time, read_latest, scores_over_time
from neatfool.past.replay import Replay
from neatfool.reporting import Reporter, headed, stepping
from neatfool.reports.portfolio import Portfolio
from neatfool.reports.portraits import FILMS, Portraits
from neatfool.reports.poster import Enlarger
from neatfool.runs.folder import writing
from neatfool.sections.config import Config
from neatfool.settings import unknown
from neatfool.substrates import Substrate
from neatfool.types import Floats, Json
from neatfool.viz.figures import shorten
from neatfool.workers.threads import Threads

PICTURES = (
    "gallery",
    "curves",
    "heat-map",
    "grid",
    "front",
    "sizes",
    "species",
    "substrate",
    "lineage",
    "goals",
)
"""What can be drawn."""
_FROM_RECORDS = {"curves", "heat-map", "grid"}
_TOLD = {"gallery", "front", "sizes", "species"}
"""What is recorded of a run that something else evolved, too."""
_NONE = {
    "grid": "its niches are no cells of a grid",
    "front": "the search has none",
    "substrate": "its elites are no networks on one",
}
"""Why most runs lack them: where all is drawn, nobody misses these."""
_FRONTS = 6  # are drawn
_FOLDER = "plots"
_JSON = "lineage.json"
_ADVICE = "make room, mend the permissions or choose another folder with --out"


@dataclass
class Plots:
    """What was made.

    Attributes:
        files: The pictures, films and numbers, in the order in which they were made.
        notes: What could not be drawn of this run, and why.
        lineage: What ``lineage.json`` holds; none if nothing was asked of the lineage.
    """

    files: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lineage: Json | None = None


@dataclass(frozen=True)
class Wanted:
    """What to make.

    Attributes:
        pictures: Some of ``PICTURES``; none: all, or no picture if there are films.
        films: Files: lineage.gif, lineage.webp, morph.gif, morph.webp.
        elite: Name or index of the niche whose elite is looked at; none: the one of most score.
        to: The niche that a morph ends at; none: the best of the others.
        size: Pixels of the longer side of films, whose pictures are painted anew; none: as they
            were scored, magnified if they are small.
        per_second: Pictures of a film.
        ending: Of the files of pictures; a gallery is a PNG file.
        most: Nodes and edges of the largest network that is drawn; none: all are.

    Raises:
        ConfigError: There is no such picture or film, or a class to end at and no morph.
    """

    pictures: Sequence[str] = ()
    films: Sequence[str] = ()
    elite: str | None = None
    to: str | None = None
    size: int | None = None
    per_second: int = 15
    ending: Literal["png", "svg"] = "png"
    most: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        for name in self.pictures:
            _known("picture", name, PICTURES)
        for film in self.films:
            viz.film_format(Path(film))
            _known("film", Path(film).stem, FILMS)
            if Path(film).name != film:
                raise ConfigError(f"expected the name of a film without a folder, got {film!r}")
        if self.to is not None and "morph" not in {Path(film).stem for film in self.films}:
            raise ConfigError(
                f"--to {self.to} is where a morph ends: expected a film of one, --film morph.gif, "
                f"got {', '.join(self.films) or 'none'}"
            )

    @property
    def drawn(self) -> Sequence[str]:
        """The pictures that are wanted."""
        return self.pictures or (() if self.films else PICTURES)


def plot(
    folder: Path | str,
    out: Path | None = None,
    wanted: Wanted | None = None,
    reporter: Reporter | None = None,
    trusted: bool = False,
) -> Plots:
    """Draw pictures of a run, finished or not, from its folder alone.

    The folder is only read, unless it takes the pictures.

    Args:
        folder: Of the run.
        out: Where pictures go; none: into ``plots`` in that folder.
        wanted: Which; none: all.
        reporter: Hears of progress.
        trusted: The user consents to running programs that the folder names, where it takes them.

    Raises:
        NeatfoolError: The run cannot be replayed, does not have what was asked for, or the
            pictures cannot be written.
    """
    folder = Path(folder)
    again = Replay(folder, reporter, trusted)
    drawing = _Drawing(again, out or folder / _FOLDER, wanted or Wanted())
    with writing(drawing.out, _ADVICE):
        drawing.draw()
    return drawing.made


def lacking(
    config: Config, about: About, encoding: AnyEncoding, unplayed: str, latest: Metrics | None
) -> dict[str, str]:
    """Say which pictures there cannot be of a run, and why, before anybody goes through it."""
    niches, has_front = len(about.names), latest is not None and latest.front is not None
    cannot = {
        "heat-map": niches == 1 and "with a single niche, the curves show as much",
        "grid": about.grid is None and _NONE["grid"],
        "front": niches != 2 and "it is not of two objectives" if has_front else _NONE["front"],
        "sizes": encoding.is_plain and "its genomes have no networks to grow",
        "species": (latest is None or latest.species is None) and "the search has no species",
        "substrate": not isinstance(encoding.medium, Substrate) and _NONE["substrate"],
        "goals": niches == 1 and "with a single niche, goals cannot switch",
    }
    if unplayed:
        told = _FROM_RECORDS | (_TOLD if config.is_recorded else set())
        cannot |= {name: unplayed for name in PICTURES if name not in told}
    return {name: reason for name, reason in cannot.items() if reason}


class _Drawing:
    """One call of ``plot``."""

    def __init__(self, again: Replay, out: Path, wanted: Wanted) -> None:
        self.again, self.out, self.wanted, self.made = again, out, wanted, Plots()
        names, config = again.about.names, again.config
        self.names = [name if len(set(names)) == len(names) else f"{index} {name}"
                      for index, name in zip(again.about.indices, names, strict=True)]  # fmt: skip
        self.of = (
            f"{shorten(again.about.name, 60)} ({config.encoding.label}, {config.search.label})"
        )
        self.unit = again.about.unit
        self.noun = shorten(headed(self.unit.noun), 40)
        self.portfolio = Portfolio(again.encoding, most=wanted.most)
        self.elite = None if wanted.elite is None else again.about.niche(wanted.elite)
        self.to = None if wanted.to is None else again.about.niche(wanted.to)

    def draw(self) -> None:
        """Make everything that is wanted, cheap things first."""
        drawn = self._possible()
        if _FROM_RECORDS & set(drawn):
            self._scores(drawn)
        if not self.wanted.films and set(drawn) <= _FROM_RECORDS:
            return
        history = History(self.again)
        for name, draw in (
            ("gallery", self._gallery),
            ("front", self._front),
            ("sizes", self._sizes),
            ("species", self._species),
            ("substrate", self._substrate),
            ("goals", self._goals),
        ):
            if name in drawn:
                draw(history)
        if {"lineage", "goals"} & set(drawn):
            self._numbers(history)
        if "lineage" in drawn or self.wanted.films:
            self._ancestors(history)

    def _scores(self, drawn: Sequence[str]) -> None:
        names = self.again.about.names
        evaluations, scores = scores_over_time(self.again.folder, len(names))
        evaluations, scores = evaluations[: self.again.length], scores[: self.again.length]
        if "curves" in drawn:
            curves = evaluations, scores, self.names, f"{self.noun} of {self.of}", self.unit
            self._save("curves", viz.score_curves(*curves, self._latest(scores)))
        if "heat-map" in drawn:
            elites = scores, self.names, f"Elites over time: {self.of}"
            self._save("heat-map", viz.archive_history(*elites, unit=self.unit))
        if "grid" in drawn:
            self._grid(scores[-1])

    def _latest(self, scores: Floats) -> Floats | None:
        """Give the best of each generation, where there is one niche, and the elite is another."""
        found = latest_over_time(self.again.folder)
        if found is None or scores.shape[1] > 1:
            return None
        found = found[: self.again.length]
        return None if np.array_equal(found, scores[:, 0]) else found

    def _grid(self, scores: Floats) -> None:
        grid = self.again.about.grid
        assert grid is not None, "else it is not possible"
        cells, heading = scores.reshape(grid.bins), f"The grid of {self.of}"
        bounds = grid.lower, grid.upper
        self._save("grid", viz.grid_map(cells, grid.measures, *bounds, heading, self.unit))

    def _gallery(self, history: History) -> None:
        archive = history.archive
        titles = [
            f"{name} · {self.unit.write(score)}"
            for name, score in zip(self.names, archive.scores.tolist(), strict=True)
        ]
        heading = f"{self.of} after {self.again.length:,} generations"
        with Threads(self.again.encoding.device) as pool:
            pngs = self.portfolio.elites(archive, pool)
        drawn = self.portfolio.gallery(pngs, titles, heading)
        if drawn is None:
            self._without("gallery", "there is no elite of any niche")
            return
        write_whole(self.out / "gallery.png", drawn)
        self.made.files.append(self.out / "gallery.png")

    def _front(self, history: History) -> None:
        places = np.linspace(0, len(history.fronts) - 1, _FRONTS).round().astype(int)
        fronts = {f"generation {p + 1:,}": history.fronts[p] for p in np.unique(places).tolist()}
        names = self.names[0], self.names[1]
        self._save("front", viz.pareto_fronts(fronts, names, f"The front of {self.of}"))

    def _sizes(self, history: History) -> None:
        if not history.has_networks:
            self._without("sizes", "its genomes have no networks to grow")
            return
        elites, everyone = np.array(history.elites), np.array(history.everyone)
        figure = viz.size_curves(
            {name: elites[:, place] for place, name in enumerate(MEASURES)},
            {name: everyone[:, place] for place, name in enumerate(MEASURES)},
            f"Size of networks: {self.of}",
        )
        self._save("sizes", figure)

    def _species(self, history: History) -> None:
        seen, origins = (history.species, history.bests), history.origins.found
        figure = viz.species_areas(*seen, f"Species: {self.of}", origins, self.unit)
        self._save("species", figure)

    def _substrate(self, history: History) -> None:
        figure = None
        if history.archive.occupied.any():
            best = int(history.archive.scores.argmax()) if self.elite is None else self.elite
            niche = self._elite(history, best)
            score = self.unit.write(float(history.archive.scores[niche]))
            genome = history.archive.genomes.select([niche])
            figure = self.portfolio.substrate(genome, f"{self.of}: {self.unit.noun} {score}")
        if figure is not None:
            self._save("substrate", figure)
        elif "substrate" in self.wanted.pictures:
            self._without("substrate", "there is no elite of any niche")

    def _goals(self, history: History) -> None:
        counts, totals = history.family.held_by_ancestors(history.archive.keys)
        shares = counts / np.maximum(totals, 1)[:, None]
        changes = [switches(goals) for _, goals in self._lines(history)]
        heading = f"Which niches the ancestors of elites had won: {self.of}"
        self._save("goals", viz.goal_matrix(shares, changes, self.names, heading))

    def _numbers(self, history: History) -> None:
        """Write ``lineage.json``."""
        indices, family, archive = self.again.about.indices, history.family, history.archive
        counts, totals = family.held_by_ancestors(archive.keys)
        elites = []
        for niche, (line, goals) in enumerate(self._lines(history)):
            born = family.born[line[-1]] if line else None
            held = {str(indices[k]): int(counts[niche, k]) for k in np.flatnonzero(counts[niche])}
            told = [goal for at, goal in enumerate(goals) if not at or goals[at - 1] != goal]
            elites.append(
                {
                    "index": indices[niche],
                    "name": self.again.about.names[niche],
                    "score": float(archive.scores[niche]) if born else None,
                    "key": line[-1] if line else None,
                    "generation": born.generation if born else None,
                    "ancestors": int(totals[niche]),
                    "line": max(len(line) - 1, 0),
                    "goal_switches": switches(goals),
                    "goals": [indices[goal] for goal in told],
                    "ancestors_by_niche": held,
                }
            )
        changes = [switches(goals) for line, goals in self._lines(history) if line]
        self.made.lineage = {
            "generations": self.again.length,
            "wins": {
                "by_children_of_elites": family.wins,
                "of_a_niche_a_parent_had_won": family.inherited,
                "of_another_niche": family.switched,
            },
            "mean_goal_switches": float(np.mean(changes)) if changes else 0.0,
            "elites_with_switches": sum(map(bool, changes)),
            "elites": elites,
        }
        write_whole(self.out / _JSON, json.dumps(self.made.lineage, indent=2) + "\n")
        self.made.files.append(self.out / _JSON)

    def _ancestors(self, history: History) -> None:
        """Draw the line to an elite, and make films of it."""
        scores = history.archive.scores
        if not (history.archive.occupied.any() or self.wanted.films):
            self._without("lineage", "there is no elite of any niche")
            return
        niche = self._elite(history, int(scores.argmax()) if self.elite is None else self.elite)
        if self.wanted.films and not self.portfolio.has_images:
            raise ConfigError("films are of images, and this run evolved none: leave out --film")
        portraits = Portraits(self.again, history, self.names, self.portfolio)
        size, per_second = self.wanted.size, self.wanted.per_second
        if "lineage" in self.wanted.drawn:
            self._save("lineage", portraits.lineage(niche))
        for film in self.wanted.films:
            enlarger = Enlarger(self.again.encoding, size or max(self.again.encoding.shape[1:]))
            if Path(film).stem == "lineage":
                frames = portraits.lineage_film(niche, enlarger)
            else:
                others = np.where(np.arange(len(scores)) == niche, -np.inf, scores)
                to = self._elite(history, int(others.argmax()) if self.to is None else self.to)
                frames = portraits.morph_film(niche, to, enlarger, per_second)
            painted = stepping(frames[0], len(frames[1]), "painting", self.again.reporter)
            viz.save_film(painted, *frames[1:], self.out / film, size or viz.SIDE, per_second)
            self.made.files.append(self.out / film)

    def _elite(self, history: History, niche: int) -> int:
        """Return a niche that has an elite; refuse others."""
        require_elite(history.archive, niche, self.names[niche])
        return niche

    def _lines(self, history: History) -> list[tuple[list[int], list[int]]]:
        """Give the line to each elite, and its goals."""
        lines = [history.family.line(key) for key in history.archive.keys.tolist()]
        return [(line, history.family.goals(line, niche)) for niche, line in enumerate(lines)]

    def _possible(self) -> list[str]:
        """Say which of the pictures that are wanted there can be."""
        again = self.again
        if again.unplayed and self.wanted.films:
            raise ConfigError(f"there are no films of this run: {again.unplayed}")
        latest = read_latest(again.folder)
        reasons = lacking(again.config, again.about, again.encoding, again.unplayed, latest)
        for name in self.wanted.drawn:
            reason = reasons.get(name)
            if reason and (name in self.wanted.pictures or reason != _NONE.get(name)):
                self._without(name, reason)
        return [name for name in self.wanted.drawn if name not in reasons]

    def _without(self, name: str, reason: str) -> None:
        """Leave a picture out; refuse, if it was asked for by its name."""
        if name in self.wanted.pictures:
            raise ConfigError(f"there is no picture of {name} of this run: {reason}")
        self.made.notes.append(f"no picture of {name}: {reason}")

    def _save(self, name: str, figure: viz.Figure) -> None:
        path = self.out / f"{name}.{self.wanted.ending}"
        viz.save(figure, path)
        self.made.files.append(path)


def _known(what: str, name: str, choices: Sequence[str]) -> None:
    if name not in choices:
        raise ConfigError(unknown(what, name, list(choices)))
