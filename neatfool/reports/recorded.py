"""The report of a run that a script evolved, from what was recorded meanwhile."""

from pathlib import Path

from neatfool.errors import RunError
from neatfool.past.overview import newest_archive, read_overview
from neatfool.reports.portfolio import Portfolio
from neatfool.reports.publish import ADVICE, Spent, niches_of, outline, save_genomes, write_pictures
from neatfool.reports.report import add_facts, write_report
from neatfool.runs.folder import occupied, writing
from neatfool.sections.config import Config
from neatfool.types import CPU, Json
from neatfool.workers.threads import Threads


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
    overview = read_overview(folder)
    latest = overview.latest
    numbers = (latest.evaluations, latest.seconds or 0.0) if latest else (0, 0.0)
    spent = Spent(overview.generation, *numbers, "script")
    with writing(folder, ADVICE), occupied(folder), Threads(CPU) as pool:
        pngs = portfolio.elites(archive, pool)
        report = outline(config, about, portfolio.has_images, spent)
        report["environment"] = {"method": "a script of neat-python"}
        report["niches"] = niches_of((about.indices, about.names), archive, pngs)
        save_genomes(folder, config, archive, report["niches"])
        add_facts(folder, report, pngs, config, None, pool)
        write_pictures(folder, report, portfolio, pngs)
        write_report(folder, report, pngs, config)
    return report
