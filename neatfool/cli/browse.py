"""The commands that show runs in the browser, and count what people said of their pictures."""

from pathlib import Path
from typing import Annotated

import typer

from neatfool.cli.console import JsonOption, Quiet, ending_at_once, tell
from neatfool.cli.options import model_options
from neatfool.cli.serving import (
    LOCAL,
    BrowserOption,
    Data,
    Host,
    ModelOption,
    Port,
    SeedOption,
    Token,
    check_folder,
    serve,
)
from neatfool.errors import ConfigError

app = typer.Typer()


@app.command(
    epilog="Examples:\n\n    neatfool browse runs\n\n"
    "    neatfool browse runs/noise\n\n"
    "    neatfool browse runs --host 0.0.0.0 --port 9000 --no-browser\n\n"
    "    neatfool browse runs --rate answers --real mnist"
)
@model_options
def browse(
    classifier: list[str],
    folder: Annotated[
        Path, typer.Argument(metavar="RUNS_DIR", help="Folder of runs, or of folders of runs.")
    ],
    rate: Annotated[
        Path | None,
        typer.Option(
            help="Show elites and real pictures in mixed order, to be named by a person; answers "
            "are saved in this folder at once."
        ),
    ] = None,
    real: Annotated[
        Path | None,
        typer.Option(help="For --rate: folder of labelled pictures, or of the files of MNIST."),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option(min=2, max=10_000, help="For --rate: pictures, half of them real. [100]"),
    ] = None,
    model: ModelOption = None,
    port: Port = None,
    host: Host = LOCAL,
    data: Data = None,
    seed: SeedOption = None,
    token: Token = None,
    browser: BrowserOption = True,
    quiet: Quiet = False,
) -> None:
    """Look at runs in the browser: their elites, scores and history, or two runs side by side.

    Runs that are going on are followed live. You can breed from the images of CPPN runs. Nothing in
    the folder is changed.
    """
    check_folder(folder, "RUNS_DIR")
    given = {"data": data, "runs": folder, "seed": seed, "token": token}
    if rate is not None:  # who rates does not see the runs
        _prepare(rate, folder, real, count, seed)
        given |= {"runs": None, "ratings": rate}
    elif real is not None:
        raise ConfigError("expected --rate beside --real, got none: add --rate FOLDER")
    serve(given, (model, classifier), (host, port), "/rate" if rate else "/browse", browser, quiet)


def _prepare(
    rate: Path, folder: Path, real: Path | None, count: int | None, seed: int | None
) -> None:
    """Make the pictures that are to be named, unless they are there."""
    with ending_at_once():
        from neatfool import exams
    exams.prepare_deck(rate, folder, real, count, seed)


@app.command(
    epilog="Examples:\n\n    neatfool ratings answers\n\n"
    "    neatfool ratings answers/anna answers/ben --json ratings.json"
)
def ratings(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="FOLDER", help="Folders of `neatfool browse --rate`."),
    ],
    json_file: JsonOption = None,
    quiet: Quiet = False,
) -> None:
    """Count what people called evolved and real pictures, with 95 % intervals."""
    with ending_at_once():
        from neatfool import exams
        from neatfool.cli import tables
    result = exams.ratings(folders)
    tell(result, json_file, quiet, tables.ratings_table(result))
