"""The command that makes many runs, and compares them."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neatfool.cli import completion
from neatfool.cli.console import (
    Changes,
    JsonOption,
    Quiet,
    Trust,
    ending_at_once,
    err,
    escaped,
    resumable,
    tell,
)
from neatfool.errors import ConfigError

if TYPE_CHECKING:
    from neatfool.studies import StudyResults, StudySettings

app = typer.Typer()


What = Annotated[
    list[str],
    typer.Argument(
        metavar="WHAT…",
        help="What to compare: configs or tasks, each as for `neatfool run`; or one study, by its "
        "file or its name in `neatfool configs`; or the folder of one, to go on with or extend.",
        autocompletion=completion.studied,
    ),
]
_WHAT, _HOW = "What is compared", "Where and how"
Seeds = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=_WHAT, help="0-29, or 1,5,9, or how many: 30. [those of the file, or ten]"
    ),
]
Vary = Annotated[
    list[str] | None,
    typer.Option(
        rich_help_panel=_WHAT,
        metavar="KEY=VALUE,VALUE",
        help="A setting that varies, and its values; may be given several times. Words are "
        "compared with one another, numbers are treatments.",
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=_WHAT,
        help="Generations to compare at, 100,200; the last one always is.",
    ),
]
Measures = Annotated[
    list[str] | None,
    typer.Option(
        rich_help_panel=_WHAT,
        help="What to compare: score, mean, worst, evaluations, solved_after, …; may be given "
        "several times. [score]",
    ),
]
Title = Annotated[str | None, typer.Option(rich_help_panel=_WHAT, help="Heading of the page.")]
On = Annotated[
    str,
    typer.Option(
        rich_help_panel=_HOW,
        help="processes: as many runs at once as there are cores, or processes:4; threads: one run "
        "at a time, on all cores; ray, or ray://HOST:PORT: a cluster.",
    ),
]
Retry = Annotated[
    bool, typer.Option("--retry", rich_help_panel=_HOW, help="Make runs again that failed.")
]
OutFolder = Annotated[
    Path | None,
    typer.Option("--out", rich_help_panel=_HOW, help="Folder of the study. [runs/study-NAME]"),
]
RunsFolder = Annotated[
    Path | None,
    typer.Option(
        "--runs",
        rich_help_panel=_HOW,
        help="Folder of the run folders, from now on. [runs, in that of the study]",
    ),
]


@app.command(
    epilog="Examples:\n\n"
    "    neatfool study mnist_cppn mnist_pixels --seeds 0-4 --out runs/two\n\n"
    "    neatfool study xor --seeds 0-9 --vary search.kind=neat,map-elites --out runs/searches\n\n"
    "    neatfool study studies/boxes --out runs/boxes\n\n"
    "    neatfool study runs/boxes --seeds 0-29"
)
def study(
    what: What,
    seeds: Seeds = None,
    vary: Vary = None,
    at: At = None,
    measure: Measures = None,
    title: Title = None,
    on: On = "processes",
    retry: Retry = False,
    out_folder: OutFolder = None,
    runs_folder: RunsFolder = None,
    changes: Changes = None,
    trust: Trust = False,
    json_file: JsonOption = None,
    quiet: Quiet = False,
) -> None:
    """Run many seeds of many settings, and compare them: tables, tests, curves.

    Each run has a folder of its own. Called again, the command makes only what is missing: more
    seeds, more values, what was cut. The folder gets study.md, runs.csv (a row for each run),
    tests.csv, table.tex and pictures. The exit code is 1 if a run failed.
    """
    with ending_at_once():
        from neatfool import studies

    given: dict[str, Any] = {
        "seeds": seeds,
        "vary": _varied(vary) if vary else None,
        "at": _numbers(at) if at is not None else None,
        "measures": measure,
        "title": title,
        "changes": changes,
    }
    given = {name: value for name, value in given.items() if value is not None}
    asked, folder = _asked(what, given, out_folder)
    with ending_at_once():  # what was asked for is checked: now large libraries are imported
        conduct = studies.conduct
    if not Path(what[0]).is_dir():
        studies.consent(asked)
    with resumable(quiet) as reporter:
        outcome = conduct(asked, folder, runs_folder, on, retry, reporter, trust)
    page = studies.publish(outcome, folder)
    written = [record.written() for _, record in outcome.done]
    result = {"folder": str(folder), "runs": written + [each.written() for each in outcome.failed]}
    tell(result, json_file, quiet, *_summary(outcome), str(page))
    for record in outcome.failed:
        err.print(f"failed: {record.name}: {record.error}", markup=False, soft_wrap=True)
    if outcome.failed:
        err.print("make them again with --retry", markup=False)
        raise typer.Exit(1)


def _asked(
    what: list[str], given: dict[str, Any], folder: Path | None
) -> "tuple[StudySettings, Path]":
    """Find out what is to be studied, and where."""
    from neatfool import sections, studies

    first, command = Path(what[0]), shlex.join(["neatfool", *sys.argv[1:]])
    if len(what) == 1 and first.is_dir():
        begun = studies.begun(first)
        if begun is None:
            raise ConfigError(
                f"{first} holds no study: expected study.toml in it; name what to compare, and "
                f"--out {first} to begin one there"
            )
        commands = (*begun.commands, *([command] if given or not begun.commands else []))
        given |= {"commands": tuple(dict.fromkeys(commands))}
        return studies.make_study(begun.model_dump(exclude={"runs"}) | given), folder or first
    given |= {"commands": [command]}
    file = sections.file_named(what[0])
    if len(what) == 1 and file and studies.is_study(file):
        in_file = studies.load_study(file, {})
        both = {"changes": (*in_file.changes, *given.get("changes", ()))}
        asked = studies.make_study(in_file.model_dump() | given | both)
        return asked, folder or Path("runs", f"study-{file.stem}")
    methods = [{"name": Path(each).stem, "config": each} for each in what]
    name = "-".join(method["name"] for method in methods)[:80].replace(":", "-")
    asked = studies.make_study(
        {"title": ", ".join(m["name"] for m in methods)} | given | {"methods": methods}
    )
    asked.look()
    return asked, folder or Path("runs", f"study-{name}")


def _varied(texts: list[str]) -> dict[str, Any]:
    from neatfool import studies

    found = list(map(studies.parse_vary, texts))
    if len(dict(found)) < len(found):
        raise ConfigError("--vary: expected each setting once, with all its values: KEY=1,2,3")
    return dict(found)


def _numbers(text: str) -> list[int]:
    try:
        return [int(each) for each in text.split(",")]
    except ValueError:
        raise ConfigError(f"--at: expected generations such as 100,200, got {text!r:.80}") from None


def _summary(outcome: "StudyResults") -> "list[object]":
    """Show the medians of what is compared first, in a table and a line."""
    from rich import box
    from rich.table import Table

    from neatfool.studies.page import heading_of, median_of
    from neatfool.studies.tables import Table as Numbers

    numbers = Numbers(outcome, outcome.study.measures[0])
    heads = [str(each) or "median (95 %)" for each in numbers.treatments]
    shown = Table(heading_of(numbers), *map(escaped, heads), box=box.SIMPLE)
    for place, name in enumerate(numbers.names):
        cells = [median_of(numbers, row[place]) for row in numbers.groups]
        shown.add_row(escaped(name), *cells)
    seconds = sorted(record.seconds for _, record in outcome.done)
    if not seconds:
        return [shown]
    said = f"{len(seconds)} runs, {sum(seconds):,.0f} s of evolution; median of a run"
    return [shown, f"{said} {seconds[len(seconds) // 2]:,.1f} s"]
