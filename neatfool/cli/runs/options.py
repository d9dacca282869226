"""Options of the commands that make runs."""

from pathlib import Path
from typing import Annotated

import typer

from neatfool.cli import completion

Generations = Annotated[
    int | None, typer.Option(help="Generations to evolve. [those of the config, or 200]")
]
Seed = Annotated[
    int | None,
    typer.Option(help="Seed of all random numbers. [that of the config, or 0]"),
]
Device = Annotated[
    str | None,
    typer.Option(
        help="auto, cpu or cuda. [that of the config, or auto]", autocompletion=completion.devices
    ),
]
Track = Annotated[
    list[str] | None,
    typer.Option(
        help="Tell tensorboard, wandb or mlflow of the run, too; may be given several times. "
        "[as in the config, or nobody]",
        autocompletion=completion.trackers,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="New folder for the run. [runs/TIME-TASK-ENCODING-SEED]"),
]
FoolConfig = Annotated[
    str | None,
    typer.Argument(
        help="TOML file of settings, or the name of one that comes with neatfool: `neatfool "
        "configs` lists them. [the defaults]",
        autocompletion=completion.runs,
    ),
]
EncodingOption = Annotated[
    str | None,
    typer.Option(
        help="cppn (patterns), pixels (noise), offset or switch (both). [cppn]",
        autocompletion=completion.kinds("encoding"),
    ),
]
FoolSearch = Annotated[
    str | None,
    typer.Option(
        help="map-elites (one elite per class), neat, gradient or islands. [map-elites]",
        autocompletion=completion.kinds("search"),
    ),
]
ImagesOption = Annotated[
    int | None, typer.Option(help="Images per generation. [200; with neat 150]")
]
Also = Annotated[
    list[str] | None,
    typer.Option(
        help="Another network to fool at once, of the same images and classes; may be given "
        "several times. The score is the mean confidence.",
        autocompletion=completion.networks,
    ),
]
Classes = Annotated[
    str | None,
    typer.Option(help="Names, indices, ranges, or ranges with steps: robin,3,0-9,0-999:20. [all]"),
]
SearchOption = Annotated[
    str | None,
    typer.Option(
        help="map-elites, neat, nsga2, gradient, islands, or one of your own. [of the config "
        "or task]",
        autocompletion=completion.kinds("search"),
    ),
]
