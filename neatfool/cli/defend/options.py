"""Options that the commands about training with fooling images share."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

RealOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        help="Folder with the four files of MNIST, or of such a set; or of labelled pictures."
    ),
]
FileOption: TypeAlias = Annotated[
    Path | None, typer.Option(help="TOML file of settings; options stand above it.")
]
PupilOption: TypeAlias = Annotated[
    str | None,
    typer.Option(help="As for neatfool train; of any other network, the last layer. [lenet5]"),
]
MadeByOption: TypeAlias = Annotated[
    str | None, typer.Option(help="What evolves: cppn or pixels. [cppn]")
]
FormOption: TypeAlias = Annotated[
    str | None, typer.Option(help="class (n + 1), exposure, adversarial or none. [class]")
]
StartOption: TypeAlias = Annotated[
    str | None,
    typer.Option(help="What later networks begin as: new, or previous: the network before. [new]"),
]
RunsOption: TypeAlias = Annotated[
    int | None,
    typer.Option(help="Runs against each network. [as many as --first and --later need]"),
]
FirstOption: TypeAlias = Annotated[
    int | None,
    typer.Option(help="Fooling images for the second network. [6000]"),
]
LaterOption: TypeAlias = Annotated[
    int | None, typer.Option(help="That each later one learns in addition. [1000]")
]
ControlsOption: TypeAlias = Annotated[
    int | None, typer.Option(help="Runs of each kind that is not learned from. [3]")
]
EpochsOption: TypeAlias = Annotated[
    int | None, typer.Option(help="Times through all images in training. [20]")
]

LearningRateOption: TypeAlias = Annotated[
    float | None,
    typer.Option(min=1e-9, max=1e9, help="Of training, at first. [0.05]"),
]
GenerationsOption: TypeAlias = Annotated[int | None, typer.Option(help="Of each run. [200]")]
FirstSeedOption: TypeAlias = Annotated[
    int | None, typer.Option(help="Seed of all random numbers. [0]")
]
OutOption: TypeAlias = Annotated[
    Path, typer.Option("--out", help="Folder; call the command again to go on.")
]
