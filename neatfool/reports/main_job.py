"""A run from its configuration to its report, in one call."""

from pathlib import Path

from neatfool.reporting import Reporter, log
from neatfool.reports.publish import publish
from neatfool.runs.build import build, rebuild
from neatfool.runs.loop import evolve
from neatfool.runs.run import Run
from neatfool.sections.config import Config
from neatfool.tracking import require_installed
from neatfool.types import Json


def run(
    config: Config,
    folder: Path | str,
    reporter: Reporter | None = None,
    resume: bool = False,
    trusted: bool = False,
) -> Json:
    """Evolve what a configuration says, and fill the run folder.

    Args:
        config: All settings.
        folder: Where the run lives.
        reporter: Hears of progress.
        resume: Go on with the run in ``folder``.
        trusted: The user consents to running programs that a folder names, to resume.

    Returns:
        What ``report.json`` holds.

    Raises:
        NeatfoolError: A setting cannot be met, or the folder cannot be used.
        Interrupted: Ctrl-C or SIGTERM came; the run can be resumed.
    """
    folder = Path(folder)
    require_installed(config.run.track)
    parts = rebuild(config, folder, trusted, reporter) if resume else build(config, reporter)
    with Run(parts, folder, reporter, resume) as running:
        log.info("computing on %s", parts.method(running.pool))
        for doubt in parts.task.doubts():
            log.warning("%s", doubt)
        evolve(running)
        return publish(running)
