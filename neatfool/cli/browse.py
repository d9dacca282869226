"""The command that shows the runs of a folder in the browser."""

from pathlib import Path
from typing import Annotated

import typer

from neatfool.cli.console import Quiet
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

app = typer.Typer()


@app.command(
    epilog="Examples:\n\n    neatfool browse runs\n\n"
    "    neatfool browse runs/noise\n\n"
    "    neatfool browse runs --host 0.0.0.0 --port 9000 --no-browser"
)
@model_options
def browse(
    classifier: list[str],
    folder: Annotated[
        Path, typer.Argument(metavar="RUNS_DIR", help="Folder of runs, or of folders of runs.")
    ],
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
    serve(given, (model, classifier), (host, port), "/browse", browser, quiet)
