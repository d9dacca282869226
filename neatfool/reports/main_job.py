"""The main job in one call."""

from pathlib import Path
from typing import Any

from neatfool.exams.probes import quick_check
from neatfool.reporting import Reporter, log
from neatfool.reports.publish import publish
from neatfool.runs.about import write_about
from neatfool.runs.build import build, rebuild
from neatfool.runs.config import Config
from neatfool.runs.run import Run


def fool(
    config: Config,
    folder: Path,
    reporter: Reporter | None = None,
    resume: bool = False,
    trusted: bool = False,
) -> dict[str, Any]:
    """Evolve images that a classifier believes in, and fill the run folder.

    Args:
        config: All settings.
        folder: Where the run lives.
        reporter: Hears of progress.
        resume: Go on with the run in ``folder``.
        trusted: The user consents to running a program that a folder names, to resume.

    Returns:
        What ``report.json`` holds.

    Raises:
        NeatfoolError: A setting cannot be met, or the folder cannot be used.
        Interrupted: Ctrl-C or SIGTERM came; the run can be resumed.
    """
    parts = rebuild(config, folder, trusted, reporter) if resume else build(config, reporter)
    with Run(config, folder, parts.classifier.sha256, reporter, resume) as run:
        log.info("computing on %s", parts.method(run.pool, config.search.batch))
        write_about(folder, parts)
        for reason in quick_check(parts.classifier):
            log.warning("%s: %s", parts.classifier.name, reason)
        for _ in run.generations(parts.search):
            genomes = parts.search.ask()
            scores = run.evaluate(genomes, parts.encoding, parts.task)
            parts.search.tell(scores)
        return publish(run, parts)
