"""Options of the command line that make a run a gate for continuous integration."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neatfool.cli.console import err
from neatfool.cli.options import extended
from neatfool.errors import ConfigError
from neatfool.files import write_whole
from neatfool.reporting import Unit

if TYPE_CHECKING:
    from neatfool.reports.judging import Gate
    from neatfool.sections import Config
    from neatfool.types import Json

_GATE = "A gate for continuous integration"
_TOLERANCE = 1.0
_JUDGING: dict[str, tuple[Any, str, str]] = {
    "fail_above": (
        str | None,
        "SCORE:SHARE",
        "Exit with code 1 if more than SHARE of the classes (or niches) reach SCORE: with 0.9:0.5, "
        "if more than half of the classes have a confidence of 0.9 or more. nothing+1:0.5: one "
        "nine more than images without content.",
    ),
    "against": (
        Path | None,
        "REPORT",
        "Exit with code 1 if the network is easier to fool than that of this report.json, of a run "
        "with the same settings.",
    ),
    "tolerance": (
        float | None,
        "POWERS",
        "With --against: by how many powers of ten odds of confidences may rise, and evaluations "
        f"fall. [{_TOLERANCE:g}]",
    ),
    "junit": (Path | None, "FILE", "Write what was checked as JUnit XML."),
    "summary": (
        Path | None,
        "FILE",
        "Add what was found to a Markdown file, such as $GITHUB_STEP_SUMMARY.",
    ),
}


@dataclass(frozen=True)
class GateOptions:
    """What was asked of a run.

    Attributes:
        gate: How many niches may reach which score.
        base: The report that it is compared with.
        tolerance: Of that, in powers of ten.
        junit: Where to write what was found as XML.
        summary: Where to add it as Markdown.
    """

    gate: "Gate | None" = None
    base: "Json | None" = None
    tolerance: float = _TOLERANCE
    junit: Path | None = None
    summary: Path | None = None

    def require(self, config: "Config", unit: Unit | None, is_made: bool = False) -> None:
        """Make sure that a run can be judged, before any work is done.

        Args:
            config: Its settings.
            unit: Of its scores; none: it is not known yet.
            is_made: It may have been interrupted, so that its generations are not those of the
                settings.

        Raises:
            ConfigError: It cannot.
        """
        if self.gate is not None and unit is not None:
            self.gate.require(unit)
        if self.base is not None:
            from neatfool.reports import judging

            generations = None if is_made else config.run.generations
            judging.require_alike(config.model_dump(mode="json"), self.base, generations)

    def judge(self, report: "Json", folder: Path) -> None:
        """Write what is found, and exit with 1 if a check fails; if none could, say why."""
        if not any((self.gate, self.base, self.junit, self.summary)):
            return
        from neatfool.reports import judging

        checks = [self.gate.check(report)] if self.gate else []
        if self.base is not None:
            checks += judging.compare(report, self.base, self.tolerance)
        if self.junit is not None:
            write_whole(self.junit, judging.to_junit(checks, report))
        if self.summary is not None:
            self.summary.parent.mkdir(parents=True, exist_ok=True)
            with self.summary.open("a", encoding="utf-8") as file:
                file.write(judging.to_markdown(checks, report, folder))
        failed = [each for each in checks if each.is_passed is False]
        could_fail = any(each.is_passed is not None for each in checks)
        for each in failed if could_fail else checks:
            err.print(each.text, markup=False, soft_wrap=True)
        if failed:
            raise typer.Exit(1)


def gate_options(command: "Callable[..., tuple[Json, Path]]") -> Callable[..., object]:
    """Give a command the options of a gate for continuous integration.

    The command has a parameter ``asked``, which it asks before it begins whether the run can be
    judged.

    Args:
        command: Of typer; it returns what ``report.json`` holds, and the folder of the run.

    Returns:
        The command, with more options: it exits with 1 if a check fails.
    """
    shared = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                kind, typer.Option(metavar=metavar, help=text, rich_help_panel=_GATE)
            ],
        )
        for name, (kind, metavar, text) in _JUDGING.items()
    ]

    def called(**given: Any) -> None:
        asked = _asked(**{each.name: given.pop(each.name) for each in shared})
        asked.judge(*command(**given, asked=asked))

    return extended(command, called, shared, ("asked",))


def _asked(
    fail_above: str | None,
    against: Path | None,
    tolerance: float | None,
    junit: Path | None,
    summary: Path | None,
) -> GateOptions:
    """Check what was given.

    Raises:
        ConfigError: It is no gate, or no tolerance.
        RunError: There is no report to compare with.
    """
    if not any((fail_above, against, tolerance, junit, summary)):
        return GateOptions()
    from neatfool.past.report import read_base
    from neatfool.reports import judging

    if tolerance is not None and (against is None or not tolerance >= 0):
        raise ConfigError(
            f"--tolerance: expected a number from 0 on, and --against, got {tolerance:g}"
        )
    gate = None if fail_above is None else judging.Gate.parse(fail_above)
    base = None if against is None else read_base(against)
    return GateOptions(gate, base, _TOLERANCE if tolerance is None else tolerance, junit, summary)
