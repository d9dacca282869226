"""The command that lets what evolved act again."""

from pathlib import Path
from typing import Annotated

import typer

from neatfool.cli.console import JsonOption, Quiet, RunFolder, Trust, ending_at_once, tell

app = typer.Typer()


@app.command(
    epilog="Examples:\n\n    neatfool play runs/cart\n\n"
    "    neatfool play runs/cart --episodes 100 --film cart.webp --seed 3\n\n"
    "    neatfool play runs/cart --activity cart.png\n\n"
    "    neatfool play runs/robot --film robot.webp --gait robot.png"
)
def play(
    folder: RunFolder,
    episodes: Annotated[
        int | None,
        typer.Option(
            min=1, help="Episodes to play, none of them seen in evolution. [as the run says: 1000]"
        ),
    ] = None,
    wanted: Annotated[
        str | None, typer.Option("--niche", help="Whose elite plays, by index or name. [the first]")
    ] = None,
    film: Annotated[
        Path | None, typer.Option(help="File to film an episode into: .gif, .webp or .mp4.")
    ] = None,
    activity: Annotated[
        Path | None,
        typer.Option(
            help="File to draw into what the network saw, thought and said in that episode: .png, "
            ".svg or .pdf."
        ),
    ] = None,
    gait: Annotated[
        Path | None,
        typer.Option(
            help="File to draw into when which foot was on the ground, and the path: .png, .svg or "
            ".pdf."
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=(1 << 31) - 1, help="Of the episode that is shown.")
    ] = 0,
    trust: Trust = False,
    json_file: JsonOption = None,
    quiet: Quiet = False,
) -> None:
    """Let the best network of a run act in its world again, and film it.

    Works on any run of a task in which networks act, finished or not.
    """
    with ending_at_once():
        from neatfool import reports
        from neatfool.cli import tables

    shown = reports.Showing(film, activity, gait, seed)
    tests = reports.play(folder, wanted, episodes, shown, trust)
    files = [str(file) for file in (film, activity, gait) if file is not None]
    lines = (*tables.test_lines(tests), *files)
    tell({"tests": tests, "files": files}, json_file, quiet, *lines)
