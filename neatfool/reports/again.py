"""The report of a run, made again from its folder."""

from pathlib import Path

from neatfool.encodings import AnyEncoding, Genomes
from neatfool.errors import ConfigError, NeatfoolError, RunError
from neatfool.past.about import About, read_about
from neatfool.past.elites import read_levels, read_png
from neatfool.past.folder import read_config, saved_generation
from neatfool.past.overview import newest_archive
from neatfool.past.records import warn_of_damage
from neatfool.past.report import read_report
from neatfool.reports.behind import behind
from neatfool.reports.publish import ADVICE, publish
from neatfool.reports.real import Compared, read_real
from neatfool.reports.recorded import publish_recorded
from neatfool.reports.report import add_facts, write_report
from neatfool.runs.build import rebuild
from neatfool.runs.folder import occupied, writing
from neatfool.runs.run import Run
from neatfool.sections.config import Config
from neatfool.types import CPU, Json, Shape
from neatfool.workers.chunks import at_once
from neatfool.workers.threads import Threads


def report_again(folder: Path | str, data: Path | None = None, trusted: bool = False) -> Json:
    """Write the report of a run anew: JSON, table, curves and page.

    Of a run that was published, this takes what its report and its elites hold, and does not need
    the model. One that was interrupted, or went on since, is published as its newest checkpoint
    has it, which takes the model; it can still be resumed.

    Args:
        folder: Of the run.
        data: A folder of pictures, an IDX file, or the four files of MNIST, to compare the elites
            with.
        trusted: The user consents to running a program that the folder names.

    Returns:
        What ``report.json`` holds.

    Raises:
        NeatfoolError: There is no run in the folder, it has no generation behind it, another
            process is working in it, a file of it is missing or damaged, or the data do not fit.
    """
    folder = Path(folder)
    config, report = read_config(folder), read_report(folder)
    if config.is_recorded:
        _check_data(data, read_about(folder).shape)
        return publish_recorded(folder, config)
    warn_of_damage(folder)
    if report is None or saved_generation(folder) > report["generations"]:
        return _where_it_stands(config, folder, data, trusted)
    with writing(folder, ADVICE), occupied(folder):
        try:
            images = [entry["image"] for entry in report["niches"]]
            files = [None if image is None else folder / image for image in images]
            pngs = [None if file is None else read_png(file) for file in files]
            about = read_about(folder)
            if about.shape:
                _check(pngs, files, about.shape)
            real = _load(data, about, report.get("model"))
            with Threads(CPU) as pool:
                add_facts(folder, report, pngs, config, real, pool)
            told = behind(folder, report, *_genomes(folder, trusted))
            write_report(folder, report, pngs, config, told, real)
        except FileNotFoundError as error:
            raise RunError(
                f"{error.filename} is missing: `neatfool resume {folder}` makes it again"
            ) from None
    return report


def _genomes(folder: Path, trusted: bool) -> tuple[Genomes | None, AnyEncoding | None]:
    """Read the elites and what expresses them; none, where that takes what is not there."""
    try:
        archive, found = newest_archive(folder, trusted)
    except (NeatfoolError, FileNotFoundError):
        return None, None
    return archive.genomes, found.encoding


def _where_it_stands(config: Config, folder: Path, data: Path | None, trusted: bool) -> Json:
    """Publish what the newest checkpoint holds."""
    if not saved_generation(folder):
        raise RunError(
            f"{folder} has nothing to report yet: expected a finished run or a checkpoint, got "
            f"neither; go on with `neatfool resume {folder}`"
        )
    parts = rebuild(config, folder, trusted)
    with Run(parts, folder, resume=True) as run:
        run.restore()
        if parts.search.archive is None:
            raise RunError(
                f"{folder} has no checkpoint that is whole, so there is nothing to report; start "
                f"over with `neatfool resume {folder}`"
            )
        with writing(folder, ADVICE):
            return publish(run, _load(data, read_about(folder), parts.task.facts().get("model")))


def _check(pngs: list[bytes | None], files: list[Path | None], shape: Shape) -> None:
    """Make sure that pictures are whole and of one shape, some at a time."""
    found = [(png, file) for png, file in zip(pngs, files, strict=True) if png and file]
    size = at_once(shape)
    for first in range(0, len(found), size):
        some = found[first : first + size]
        read_levels([png for png, _ in some], [file for _, file in some], shape)


def _load(data: Path | None, about: About, model: Json | None) -> Compared | None:
    _check_data(data, about.shape)
    if data is None or about.shape is None:
        return None
    names = dict(zip(about.indices, about.names, strict=True))
    return read_real(data, about.shape, names, model["classes"] if model else 0)


def _check_data(data: Path | None, shape: Shape | None) -> None:
    """Make sure that there are images, where there are pictures to compare them with."""
    if data is not None and shape is None:
        raise ConfigError("--data compares images, and this run evolved none: leave it out")
