"""The command that writes the report of a run again, and judges it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neatfool.cli.console import JsonOption, Quiet, RunFolder, Trust, ending_at_once, tell
from neatfool.cli.runs.judging import GateOptions, gate_options

if TYPE_CHECKING:
    from neatfool.types import Json

app = typer.Typer()


@app.command(
    epilog="Examples:\n\n    neatfool report runs/noise\n\n"
    "    neatfool report runs/noise --data photographs\n\n"
    "    neatfool report runs/noise --fail-above nothing+1:0.5\n\n"
    "    neatfool report runs/noise --against release/report.json --junit fooling.xml"
)
@gate_options
def report(
    folder: RunFolder,
    asked: GateOptions,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of pictures: how far is each image from the nearest of them?"),
    ] = None,
    trust: Trust = False,
    json_file: JsonOption = None,
    quiet: Quiet = False,
) -> "tuple[Json, Path]":
    """Write the report of a run, finished or interrupted, again: report.html, .json, niches.csv."""
    with ending_at_once():
        from neatfool import past, reports
        from neatfool.cli import tables

    asked.require(past.read_config(folder), past.read_about(folder).unit, is_made=True)
    made = reports.report_again(folder, data, trust)
    files = (str(folder / name) for name in ("report.html", "report.json", "niches.csv"))
    tell({"folder": str(folder), **made}, json_file, quiet, *tables.level_lines(made), *files)
    return made, folder
