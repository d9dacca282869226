"""The report of a run that a script evolved, from what was recorded meanwhile."""

from pathlib import Path

from neatfool.errors import RunError
from neatfool.files import write_whole
from neatfool.past.overview import newest_archive, read_overview
from neatfool.reports.portfolio import Portfolio
from neatfool.reports.publish import niches_of
from neatfool.reports.report import add_facts, write_report
from neatfool.reports.words import title
from neatfool.runs.folder import occupied, writing
from neatfool.runs.written import GALLERY, GENOMES, REPORT_SCHEMA
from neatfool.sections.config import Config
from neatfool.stored import save_arrays
from neatfool.types import CPU, Json
from neatfool.version import __version__
from neatfool.workers.threads import Threads

_ADVICE = "make room or mend the permissions, then try again"


def publish_recorded(folder: Path, config: Config) -> Json:
    """Write the report of a run that a script evolved, as far as it has come.

    Args:
        folder: Of the run.
        config: Its settings.

    Returns:
        What ``report.json`` holds.

    Raises:
        RunError: No genome has a fitness yet, the script still works in the folder, or it cannot be
            written.
    """
    try:
        archive, found = newest_archive(folder)
    except FileNotFoundError:
        raise RunError(
            f"{folder} has nothing to report yet: expected a genome with a fitness, got none; wait "
            "for the first generation of the script"
        ) from None
    portfolio, about = Portfolio(found.encoding), found.about
    with writing(folder, _ADVICE), occupied(folder), Threads(CPU) as pool:
        pngs = portfolio.elites(archive, pool)
        report = _report(folder, config) | {
            "niches": niches_of((about.indices, about.names), archive, pngs)
        }
        facts = {"keys": archive.keys, "found_at": archive.found_at}
        save_arrays(folder / GENOMES, archive.genomes.arrays() | facts)
        add_facts(folder, report, pngs, config, None, pool)
        for png, entry in zip(pngs, report["niches"], strict=True):
            if png is not None:
                write_whole(folder / entry["image"], png)
        gallery = portfolio.gallery(pngs, [*about.names], title(report))
        if gallery is not None:
            write_whole(folder / GALLERY, gallery)
        write_report(folder, report, pngs, config)
    return report


def _report(folder: Path, config: Config) -> Json:
    """Gather what the records say, in the order of the file."""
    overview = read_overview(folder)
    about, latest = overview.about, overview.latest
    seconds = (latest.seconds if latest else None) or 0.0
    evaluations = latest.evaluations if latest else 0
    return {
        "schema": REPORT_SCHEMA,
        "version": __version__,
        "task": {
            "kind": config.task.kind,
            "name": about.name,
            "unit": {"noun": about.unit.noun, "is_share": about.unit.is_share},
            "best": about.best,
            "levels": [*about.levels],
            "images": False,
        },
        "grid": None,
        "encoding": config.encoding.label,
        "search": config.search.label,
        "seed": config.run.seed,
        "generations": overview.generation,
        "evaluations": evaluations,
        "failed": 0,
        "wall_seconds": round(seconds, 3),
        "evolve_seconds": round(seconds, 3),
        "evaluations_per_second": round(evaluations / max(seconds, 1e-9), 1),
        "stopped_because": "script",
        "hashes": {},
        "environment": {"method": "a script of neat-python"},
    }
