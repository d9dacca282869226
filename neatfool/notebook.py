"""What notebooks show of runs, archives, genomes and networks: ``%load_ext neatfool``."""

import base64
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from neatfool import viz
from neatfool.encodings import Genomes, Newborn
from neatfool.encodings.interchange.picture import Picture
from neatfool.networks import Graphs
from neatfool.past import Overview, Standing
from neatfool.past.elites import Elites
from neatfool.reporting import SCORE
from neatfool.reports import Subject
from neatfool.reports.portfolio import Portfolio
from neatfool.search import Archive

_SHOWN = 12
"""Of many elites or networks, so many are drawn."""


def load_ipython_extension(shell: Any) -> None:
    """Let IPython draw what neatfool gives: networks, genomes, pictures, archives and runs.

    Args:
        shell: Of IPython, which calls this for ``%load_ext neatfool``.
    """
    formatters = shell.display_formatter.formatters
    for kind, drawing in _PNG.items():
        formatters["image/png"].for_type(kind, drawing)
    for kind, told in _HTML.items():
        formatters["text/html"].for_type(kind, told)


def unload_ipython_extension(shell: Any) -> None:
    """Undo ``load_ipython_extension``."""
    formatters = shell.display_formatter.formatters
    for kind in _PNG:
        formatters["image/png"].pop(kind, None)
    for kind in _HTML:
        formatters["text/html"].pop(kind, None)


def _of_genomes(genomes: Genomes) -> bytes | None:
    """Draw the networks of some genomes; none: they have no networks."""
    graphs = genomes.networks
    if graphs is None or not len(graphs):
        return None
    some = [graphs.select([place]) for place in range(min(len(graphs), _SHOWN))]
    heading = f"{len(some)} of {len(graphs)} networks" if len(graphs) > len(some) else ""
    return _gallery(list(map(_network, some)), [f"network {k}" for k in range(len(some))], heading)


def _of_newborn(newborn: Newborn) -> bytes | None:
    return _of_genomes(newborn.alone())


def _of_picture(picture: Picture) -> bytes:
    return viz.to_png(viz.topology(picture.graphs, picture.canvas))


def _of_subject(subject: Subject) -> bytes:
    return viz.to_png(viz.topology(subject.graphs, subject.medium, heading=subject.title))


def _of_standing(run: Standing) -> bytes | None:
    """Draw the best elites of a run as its report does."""
    portfolio, archive, about = Portfolio(run.encoding, run.task), run.archive, run.about
    best = archive.best()[:_SHOWN].tolist()
    pngs: list[bytes | None] = [portfolio.draw(archive.genomes.select([k])) for k in best]
    titles = [f"{about.names[k]} · {about.unit.write(float(archive.scores[k]))}" for k in best]
    return portfolio.gallery(pngs, titles, about.name)


def _of_elites(elites: Elites) -> bytes:
    """Draw the first pictures that a run saved."""
    names = [each["name"] for each in elites.report["niches"] if each["score"] is not None]
    images = next(elites.chunks(_SHOWN))
    return viz.to_png(viz.image_grid(images, names[:_SHOWN], heading=elites.report["task"]["name"]))


def _of_archive(archive: Archive) -> str:
    """Sum up an archive, and draw its best network."""
    best = archive.best()
    scores = archive.scores[best]
    facts = {"niches": f"{len(archive.scores):,}", "elites": f"{len(best):,}"}
    if len(best):
        facts |= {
            "best": SCORE.write(float(scores[0])),
            "median": SCORE.write(float(np.median(scores))),
            "worst": SCORE.write(float(scores[-1])),
            "newest elite": f"generation {archive.found_at[best].max():,}",
        }
    png = _of_genomes(archive.genomes.select(best[:1])) if len(best) else None
    return _table(facts) + (_image(png) if png else "")


def _of_overview(run: Overview) -> str:
    """Sum up how far a run is, and list its best niches."""
    config, unit = run.config, run.about.unit
    known = sorted(
        (each for each in run.niches if each.score is not None),
        key=lambda each: -(each.score or 0.0),
    )
    facts = {
        "task": f"{run.about.name} ({config.task.label})",
        "encoding": config.encoding.label,
        "search": config.search.label,
        "seed": str(config.run.seed),
        "state": f"{run.state}, generation {run.generation:,} of {run.planned:,}",
        "elites": f"{len(known):,} of {len(run.niches):,} niches",
    }
    facts |= {each.name: unit.write(each.score) for each in known[:_SHOWN]}
    return _table(facts)


def _network(graphs: Graphs) -> bytes:
    return viz.to_png(viz.topology(graphs))


def _gallery(pngs: Sequence[bytes], titles: Sequence[str], heading: str) -> bytes:
    if len(pngs) == 1:
        return pngs[0]
    return viz.to_png(viz.image_grid(viz.padded(pngs), titles, heading=heading))


def _table(facts: Mapping[str, str]) -> str:
    rows = (f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in facts.items())
    return f"<table>{''.join(rows)}</table>"


def _image(png: bytes) -> str:
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return f'<img style="max-width: 100%" src="{source}">'


_PNG: dict[type, Callable[[Any], bytes | None]] = {
    Graphs: _of_genomes,
    Genomes: _of_genomes,
    Newborn: _of_newborn,
    Picture: _of_picture,
    Subject: _of_subject,
    Standing: _of_standing,
    Elites: _of_elites,
}
_HTML: dict[type, Callable[[Any], str]] = {Archive: _of_archive, Overview: _of_overview}
"""What draws or tells objects of a class, and of those that derive from it."""
