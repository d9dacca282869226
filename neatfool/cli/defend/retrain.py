"""The command that trains a network with what fooled it, attacks it again, and so on."""

import json
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from neatfool.cli.console import Changes, JsonOption, Quiet, ending_at_once, out, reporter_for
from neatfool.files import write_whole

app = typer.Typer()
_Data: TypeAlias = Annotated[
    Path | None, typer.Option(help="Folder with the four files of MNIST, or of such a set.")
]
_Config: TypeAlias = Annotated[
    Path | None, typer.Option(help="TOML file of settings; options stand above it.")
]
_Model: TypeAlias = Annotated[str | None, typer.Option(help="lenet5 or lenet-caffe. [lenet5]")]
_Encoding: TypeAlias = Annotated[
    str | None, typer.Option(help="What evolves: cppn or pixels. [cppn]")
]
_Form: TypeAlias = Annotated[
    str | None, typer.Option(help="class (n + 1), exposure, adversarial or none. [class]")
]
_Runs: TypeAlias = Annotated[
    int | None,
    typer.Option(help="Runs against each network. [as many as --first and --later need]"),
]
_First: TypeAlias = Annotated[
    int | None, typer.Option(help="Fooling images that the second network learns. [6000]")
]
_Later: TypeAlias = Annotated[
    int | None, typer.Option(help="That each later one learns in addition. [1000]")
]
_Controls: TypeAlias = Annotated[
    int | None, typer.Option(help="Runs of each kind that is not learned from. [3]")
]
_Epochs: TypeAlias = Annotated[
    int | None, typer.Option(help="Times through all images in training. [20]")
]


@app.command(
    epilog="Examples:\n\n    neatfool defend retrain --data mnist --out runs/retrain\n\n"
    "    neatfool defend retrain --data mnist --rounds 3 --runs 10 --epochs 2 --out runs/small\n\n"
    "    neatfool defend retrain --data fashion --encoding pixels --form exposure --out runs/oe"
)
def retrain(
    out_folder: Annotated[Path, typer.Option("--out", help="Folder; call again to go on.")],
    data: _Data = None,
    config: _Config = None,
    model: _Model = None,
    encoding: _Encoding = None,
    form: _Form = None,
    rounds: Annotated[int | None, typer.Option(help="Networks in all. [15]")] = None,
    runs: _Runs = None,
    generations: Annotated[int | None, typer.Option(help="Of each run. [200]")] = None,
    first: _First = None,
    later: _Later = None,
    controls: _Controls = None,
    epochs: _Epochs = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all random numbers. [0]")] = None,
    changes: Changes = None,
    json_file: JsonOption = None,
    quiet: Quiet = False,
) -> None:
    """Retrain a network with the images that fool it, as a class of their own, in rounds.

    Each round evolves images against the network, then trains the next one with them too. Calling
    it again with the same folder goes on where it was cut.
    """
    with ending_at_once():
        from neatfool.defence import retraining

    given = {
        **{"data": data, "model": model, "encoding": encoding, "form": form, "rounds": rounds},
        **{"runs": runs, "generations": generations, "first": first, "later": later},
        **{"controls": controls, "train.epochs": epochs, "seed": seed},
        "changes": tuple(changes) if changes else None,
    }
    settings = retraining.load_settings(config, given)
    with reporter_for(quiet) as reporter:
        result = retraining.conduct(settings, out_folder, reporter)
    if json_file is not None:
        write_whole(json_file, json.dumps(result, indent=2) + "\n")
    if not quiet:
        out.print(retraining.page(result), markup=False, soft_wrap=True)
        out.print(f"page     {out_folder / 'retraining.md'}", markup=False, soft_wrap=True)
