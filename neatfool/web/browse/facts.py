"""What pages show of a run in numbers, and which of its pictures stand for it."""

from pathlib import Path

import numpy as np

from neatfool import encodings
from neatfool.past.folder import begun_at, find_file, siblings_hash
from neatfool.past.overview import Overview
from neatfool.reports.levels import shares_reached
from neatfool.reports.report import GRID
from neatfool.search import unplayed
from neatfool.web.browse import bodies
from neatfool.web.browse.folders import PROGRAM, shown_rows

_STRIP, _DRAWN = 8, 2
_PROGRAM = "its settings name a program, and no programs are run here"


def facts_of(folder: Path, overview: Overview) -> bodies.Facts:
    """Sum up a run."""
    config, about, latest = overview.config, overview.about, overview.latest
    scores = [each.score for each in overview.niches] if overview.published else []
    known = [each for each in scores if each is not None]
    is_grid, is_image = about.grid is not None, about.shape is not None
    can_read = not overview.takes_program
    why = unplayed(config.search) if can_read else _PROGRAM
    breeds = is_image and can_read and encodings.can_breed(config.encoding)
    begun = begun_at(folder)
    return bodies.Facts(
        name=about.name,
        unit=about.unit,
        best=about.best,
        images=is_image,
        encoding=config.encoding.label,
        search=config.search.label,
        seed=config.run.seed,
        state=overview.state,
        generation=overview.generation,
        planned=overview.planned,
        published=overview.published,
        evaluations=latest.evaluations if latest else overview.generation * config.batch,
        median=latest.median if latest else (float(np.median(known)) if known else None),
        worst=latest.worst if latest else min(known, default=None),
        reached=shares_reached(scores, about.levels) if scores else {},
        coverage=latest.coverage if is_grid and latest else None,
        qd_score=latest.qd_score if is_grid and latest else None,
        niches=len(overview.niches),
        is_grid=is_grid,
        has_map=overview.is_reported and find_file(folder, GRID) is not None,
        can_breed=breeds and overview.published > 0,
        can_enlarge=is_image and can_read and overview.published > 0,
        can_replay=not why,
        unplayed=why,
        unseen="" if can_read or overview.is_reported else PROGRAM,
        version=begun,
        begun=begun,
        seconds=latest.seconds if latest else None,
        group=siblings_hash(folder, config.run.generations),
    )


def strip_of(overview: Overview) -> tuple[bodies.Thumb, ...]:
    """Choose elites that can be seen and are spread evenly; of what is drawn, the best."""
    found = [overview.niches[row] for row in sorted(shown_rows(overview))]
    if overview.about.shape is None:
        found = sorted(found, key=lambda each: each.score or 0.0, reverse=True)[:_DRAWN]
    rows = np.linspace(0, len(found) - 1, min(_STRIP, len(found))).round().astype(int).tolist()
    return tuple(bodies.Thumb(index=found[row].index, found_at=found[row].found_at) for row in rows)
