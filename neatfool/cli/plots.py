"""Commands that draw what runs left."""

from pathlib import Path
from typing import Annotated

import typer

from neatfool.cli.console import (
    JsonOption,
    Quiet,
    RunFolder,
    Trust,
    ending_at_once,
    reporter_for,
    tell,
)

app = typer.Typer()
FilmSize = Annotated[
    int | None,
    typer.Option(
        min=64,
        max=4096,
        help="Longer side of films in pixels; networks paint anew at that size. [280, with the "
        "pixels that were scored]",
    ),
]
Fps = Annotated[int, typer.Option(min=1, max=60, help="Pictures of a film per second.")]


@app.command(
    epilog="Examples:\n\n    neatfool plot runs/patterns\n\n"
    "    neatfool plot runs/patterns --only lineage,goals --class 3\n\n"
    "    neatfool plot runs/patterns --film lineage.gif --film morph.webp --class robin --to 7\n\n"
    "    neatfool plot runs/patterns --film morph.mp4 --size 1080 --fps 30"
)
def plot(
    folder: RunFolder,
    only: Annotated[
        str | None,
        typer.Option(
            help="Pictures to draw: gallery,curves,heat-map,grid,sizes,species,lineage,goals. "
            "[all that there are]"
        ),
    ] = None,
    elite: Annotated[
        str | None,
        typer.Option(
            "--class",
            help="Class or niche, by index or name, whose ancestors are shown. [the best]",
        ),
    ] = None,
    film: Annotated[
        list[str] | None,
        typer.Option(
            help="Film to make: lineage or morph, with .gif, .webp or .mp4; may be given several "
            "times. With --film, only the pictures named by --only are drawn."
        ),
    ] = None,
    to: Annotated[
        str | None, typer.Option(help="The class that a morph ends at. [the next best]")
    ] = None,
    size: FilmSize = None,
    fps: Fps = 15,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Folder for the pictures. [RUN_DIR/plots]")
    ] = None,
    trust: Trust = False,
    json_file: JsonOption = None,
    quiet: Quiet = False,
) -> None:
    """Draw the history of a run: curves, network sizes, species, ancestors, goal switching.

    Works on any run, finished or not, and replays it from its records: nothing is scored again.
    """
    with ending_at_once():
        from neatfool import reports
        from neatfool.cli import tables

    pictures = [] if only is None else [name.strip() for name in only.split(",")]
    wanted = reports.Wanted(pictures, film or [], elite, to, size, fps)
    with reporter_for(quiet) as reporter:
        made = reports.plot(folder, out_folder, wanted, reporter, trust)
    files = [str(path) for path in made.files]
    result = {"files": files, "notes": [*made.notes], "lineage": made.lineage}
    tell(result, json_file, quiet, *tables.plot_lines(made))
