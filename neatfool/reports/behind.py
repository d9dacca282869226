"""What is behind the picture of an elite: its network, its ancestors."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from neatfool import viz
from neatfool.encodings import AnyEncoding, Genomes
from neatfool.past.descent import descents
from neatfool.types import Json

_NODES = 1500
"""Of so many nodes together networks are drawn, those of the best elites."""
_MEMBERS = 10
"""Of a line of ancestors that are named."""


class Forebear(NamedTuple):
    """An ancestor: when it was born, and the niche it was about then."""

    generation: int
    name: str
    score: float | None


@dataclass(frozen=True, eq=False)
class Behind:
    """What is told where an elite is looked at.

    Attributes:
        network: Its drawing, an SVG element; empty: there is none.
        line: Some of its ancestors, the first of all first.
        ancestors: How many there are in that line.
    """

    network: str = ""
    line: tuple[Forebear, ...] = ()
    ancestors: int = 0


def behind(
    folder: Path, report: Json, genomes: Genomes | None, encoding: AnyEncoding | None
) -> dict[int, Behind]:
    """Gather what is behind the pictures of a run, by index of the niche.

    Args:
        folder: Of the run; its records are read.
        report: What ``report.json`` holds.
        genomes: ``K`` elites; none: their networks are not drawn.
        encoding: Of the genomes.
    """
    niches = report["niches"]
    if not report["task"]["images"]:
        return {}
    names = [entry["name"] for entry in niches]
    drawn = _networks(niches, genomes, encoding) if genomes and encoding else {}
    lines = descents(folder, len(niches), report["generations"], _MEMBERS)
    found = {}
    for niche, entry in enumerate(niches):
        line = lines.get(niche)
        members = line.members if line else []
        steps = tuple(
            Forebear(born.generation, names[goal], dict(born.won()).get(goal))
            for born, goal in members
        )
        length = line.length if line else 0
        found[entry["index"]] = Behind(drawn.get(niche, ""), steps, length)
    return found


def _networks(niches: list[Json], genomes: Genomes, encoding: AnyEncoding) -> dict[int, str]:
    """Draw the networks of the best elites, as many as there is room for."""
    known = [niche for niche, entry in enumerate(niches) if entry["score"] is not None]
    known.sort(key=lambda niche: -niches[niche]["score"])
    drawn, nodes = dict[int, str](), 0
    for niche in known:
        graphs = genomes.select([niche]).networks
        if graphs is None or not len(graphs):
            continue
        nodes += len(graphs.node_ids)
        if nodes > _NODES:
            break
        drawn[niche] = viz.inline_topology(graphs, encoding.medium)
    return drawn
