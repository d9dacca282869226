"""The command that trains a network with what fooled it, attacks it again, and so on."""

from typing import Annotated

import typer

from neatfool.cli.console import Changes, JsonOption, Quiet, ending_at_once, resumable, tell
from neatfool.cli.defend.options import (
    ControlsOption,
    EpochsOption,
    FileOption,
    FirstOption,
    FirstSeedOption,
    FormOption,
    GenerationsOption,
    LaterOption,
    LearningRateOption,
    MadeByOption,
    OutOption,
    PupilOption,
    RealOption,
    RunsOption,
    StartOption,
)
from neatfool.cli.options import model_options

app = typer.Typer()


@app.command(
    epilog="Examples:\n\n    neatfool defend retrain --data mnist --out runs/retrain\n\n"
    "    neatfool defend retrain --data mnist --rounds 3 --runs 10 --epochs 2 --out runs/small\n\n"
    "    neatfool defend retrain --data fashion --encoding pixels --form exposure --out runs/oe"
)
@model_options
def retrain(
    classifier: list[str],
    out_folder: OutOption,
    data: RealOption = None,
    config: FileOption = None,
    model: PupilOption = None,
    encoding: MadeByOption = None,
    form: FormOption = None,
    start: StartOption = None,
    rounds: Annotated[int | None, typer.Option(help="Networks in all. [15]")] = None,
    runs: RunsOption = None,
    generations: GenerationsOption = None,
    first: FirstOption = None,
    later: LaterOption = None,
    controls: ControlsOption = None,
    epochs: EpochsOption = None,
    learning_rate: LearningRateOption = None,
    seed: FirstSeedOption = None,
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
        **{"controls": controls, "train.epochs": epochs, "train.start": start, "seed": seed},
        "train.learning_rate": learning_rate,
        "changes": (*classifier, *(changes or ())) or None,
    }
    settings = retraining.load_settings(config, given)
    with resumable(quiet) as reporter:
        result = retraining.conduct(settings, out_folder, reporter)
    path = f"page     {out_folder / 'retraining.md'}"
    tell(result, json_file, quiet, retraining.page(result), path)
