"""The report of a run, made again from its folder."""

from pathlib import Path
from typing import Any

import torch

from neatfool.data import load_pictures
from neatfool.errors import RunError
from neatfool.past.elites import read_levels, read_png
from neatfool.reports.publish import publish
from neatfool.reports.report import JSON, add_facts, write_report
from neatfool.runs.build import rebuild
from neatfool.runs.checkpoint import newest_generation
from neatfool.runs.config import Config
from neatfool.runs.folder import CHECKPOINTS, occupied, open_folder, writing
from neatfool.runs.mending import warn_of_damage
from neatfool.runs.run import Run
from neatfool.runs.written import REPORT_SCHEMA, read_report
from neatfool.types import CPU, Images, Shape
from neatfool.workers.threads import Threads

_ADVICE = "make room or mend the permissions, then try again"


def report_again(folder: Path, data: Path | None = None, trusted: bool = False) -> dict[str, Any]:
    """Write the report of a run anew: JSON, table, curves and page.

    Of a run that was published, this takes what its report and its elites hold, and does not need
    the model. One that was interrupted, or went on since, is published as its newest checkpoint
    has it, which takes the model; it can still be resumed.

    Args:
        folder: Of the run.
        data: A folder of pictures, or an IDX file, to compare the elites with.
        trusted: The user consents to running a program that the folder names.

    Returns:
        What ``report.json`` holds.

    Raises:
        NeatfoolError: There is no run in the folder, it has no generation behind it, another
            process is working in it, a file of it is missing or damaged, or the data do not fit.
    """
    config = open_folder(folder)
    report = _read(folder / JSON)
    warn_of_damage(folder)
    if report is None or newest_generation(folder / CHECKPOINTS) > report["generations"]:
        return _where_it_stands(config, folder, data, trusted)
    with writing(folder, _ADVICE), occupied(folder):
        try:
            files = [folder / entry["image"] for entry in report["classes"]]
            pngs = [read_png(file) for file in files]
            levels = read_levels(pngs, files)
            channels, height, width = levels.shape[1:]
            named = _load(data, (channels, height, width))
            with Threads(CPU) as pool:
                add_facts(folder, report, levels, pngs, config, named, pool)
            write_report(folder, report, pngs, config)
        except FileNotFoundError as error:
            raise RunError(
                f"{error.filename} is missing: `neatfool resume {folder}` makes it again"
            ) from None
    return report


def _where_it_stands(
    config: Config, folder: Path, data: Path | None, trusted: bool
) -> dict[str, Any]:
    """Publish what the newest checkpoint holds."""
    if not newest_generation(folder / CHECKPOINTS):
        raise RunError(
            f"{folder} has nothing to report yet: expected a finished run or a checkpoint, got "
            f"neither; go on with `neatfool resume {folder}`"
        )
    parts = rebuild(config, folder, trusted)
    with Run(config, folder, parts.classifier.sha256, resume=True) as run:
        run.restore(parts.search)
        if parts.search.archive is None:
            raise RunError(
                f"{folder} has no checkpoint that is whole, so there is nothing to report; start "
                f"over with `neatfool resume {folder}`"
            )
        with writing(folder, _ADVICE):
            return publish(run, parts, _load(data, parts.classifier.shape))


def _read(path: Path) -> dict[str, Any] | None:
    """Read a report of this schema or of the one before; none if there is none."""
    if not path.exists():
        return None
    try:
        report = read_report(path)
    except ValueError as error:
        raise _damage(path, error) from None
    return {"baselines": None, **report, "schema": REPORT_SCHEMA}


def _damage(path: Path, error: Exception) -> RunError:
    return RunError(
        f"{path} is damaged ({error}): take it away, and `neatfool resume {path.parent}` makes it "
        "again"
    )


def _load(data: Path | None, shape: Shape) -> tuple[str, Images] | None:
    if data is None:
        return None
    return data.resolve().name, torch.from_numpy(load_pictures(data, shape))
