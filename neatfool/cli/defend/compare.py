"""The command that compares forms of training against evolved images."""

from typing import Annotated

import typer

from neatfool.cli.console import Changes, JsonOption, Quiet, ending_at_once, resumable, tell
from neatfool.cli.defend.options import (
    ControlsOption,
    EpochsOption,
    FileOption,
    FirstOption,
    FirstSeedOption,
    GenerationsOption,
    LearningRateOption,
    MadeByOption,
    OutOption,
    PupilOption,
    RealOption,
    RunsOption,
)
from neatfool.cli.options import model_options

app = typer.Typer()


@app.command(
    epilog="Examples:\n\n    neatfool defend compare --data mnist --out runs/compare\n\n"
    "    neatfool defend compare --data mnist --runs 5 --epochs 2 --seeds 1 --out runs/quick"
)
@model_options
def compare(
    classifier: list[str],
    out_folder: OutOption,
    data: RealOption = None,
    config: FileOption = None,
    model: PupilOption = None,
    encoding: MadeByOption = None,
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="Networks of each form.")] = 3,
    runs: RunsOption = None,
    generations: GenerationsOption = None,
    first: FirstOption = None,
    controls: ControlsOption = None,
    epochs: EpochsOption = None,
    learning_rate: LearningRateOption = None,
    seed: FirstSeedOption = None,
    changes: Changes = None,
    json_file: JsonOption = None,
    quiet: Quiet = False,
) -> None:
    """Compare ways to train against fooling images: each network is attacked anew.

    A network is trained as usual; with the images that fool it as one more class; such that it is
    unsure of them (outlier exposure); and by adversarial training. Calling it again with the same
    folder goes on where it was cut.
    """
    with ending_at_once():
        from neatfool.defence import retraining

    given = {
        **{"data": data, "model": model, "encoding": encoding, "runs": runs, "first": first},
        **{"generations": generations, "controls": controls, "train.epochs": epochs},
        **{"train.learning_rate": learning_rate, "seed": seed},
        "changes": (*classifier, *(changes or ())) or None,
    }
    settings = retraining.load_settings(config, given)
    with resumable(quiet) as reporter:
        result = retraining.compare(settings, seeds, out_folder, reporter)
    path = f"page     {out_folder / 'comparison.md'}"
    tell(result, json_file, quiet, retraining.comparison_page(result), path)
