"""Commands about the classifiers that are fooled."""

import json
from pathlib import Path
from typing import Annotated

import typer

from neatfool.cli import completion
from neatfool.cli.console import (
    JsonOption,
    Quiet,
    ending_at_once,
    give,
    reporter_for,
    require_run,
    say,
    show,
    tell,
)
from neatfool.cli.options import DeviceOption, chosen_classifier, model_options
from neatfool.files import write_whole
from neatfool.reporting import percent

app = typer.Typer()
data_app = typer.Typer(
    no_args_is_help=True,
    help="Download data to train networks on.",
    epilog="Example:\n\n    neatfool data mnist --to mnist",
)
app.add_typer(data_app, name="data")


@app.command(
    epilog="Examples:\n\n    neatfool train lenet5 --data mnist --out weights\n\n"
    "    neatfool train mlp --data fashion-mnist --seed 3 --name mlp-3"
)
def train(
    model: Annotated[
        str,
        typer.Argument(
            help="lenet5, lenet-caffe, lenet-rbf or mlp.", autocompletion=completion.trainable
        ),
    ],
    data: Annotated[
        Path, typer.Option(help="Folder with the four files of MNIST, or of Fashion-MNIST.")
    ],
    out_folder: Annotated[
        Path, typer.Option("--out", help="Folder to write the weights and their card to.")
    ] = Path("weights"),
    seed: Annotated[
        int, typer.Option(min=0, max=2**63 - 1, help="Seed of all random numbers.")
    ] = 0,
    epochs: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="Times through all images. [20]")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(min=1e-9, max=1e9, help="Of gradient descent, at first. [0.05]")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the files. [that of the network]")
    ] = None,
    json_file: JsonOption = None,
    quiet: Quiet = False,
) -> None:
    """Train a network on MNIST, and write its weights and a card that says how good it is."""
    from neatfool.classifiers.asked import check_name

    check_name(model)
    with ending_at_once():
        from neatfool import classifiers

    asked = {"seed": seed, "epochs": epochs, "learning_rate": learning_rate}
    given = {key: value for key, value in asked.items() if value is not None}
    with reporter_for(quiet) as reporter:
        settings = classifiers.TrainSettings(**given)
        card = classifiers.train(model, data, out_folder, settings, reporter, name)
    files = {
        kind: f"{out_folder / (name or model)}.{suffix}"
        for kind, suffix in (("weights", "safetensors"), ("card", "json"))
    }
    said = f"{percent(card['test_accuracy'])} of the test images are named right"
    lines = (f"{kind:8} {path}" for kind, path in files.items())
    tell({**card, "files": files}, json_file, quiet, said, *lines)


@app.command(
    epilog="Examples:\n\n    neatfool bench\n\n"
    "    neatfool bench --model lenet5 --encoding cppn --batch 400 --json speed.json\n\n"
    "    neatfool bench double-pole"
)
@model_options
def bench(
    classifier: list[str],
    task: Annotated[
        str | None,
        typer.Argument(
            metavar="[WORLD]",
            help="A task in which networks act, as for `neatfool run`. [fooling a network]",
            autocompletion=completion.kinds("task"),
        ),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(
            help="Measure this encoding only: cppn, pixels … [cppn and pixels]",
            autocompletion=completion.kinds("encoding"),
        ),
    ] = None,
    batch: Annotated[
        int | None,
        typer.Option(min=1, max=100_000, help="Images per generation. [200 for LeNet-5, else 64]"),
    ] = None,
    device: DeviceOption = "auto",
    threads: Annotated[int | None, typer.Option(min=1, help="Threads to use. [all cores]")] = None,
    json_file: JsonOption = None,
    quiet: Quiet = False,
) -> None:
    """Measure how fast evolution is on this machine, against the network that it fools.

    Without --model, LeNet-5 and AlexNet (with random weights) are measured. With a world, a
    generation is measured against the steps of the world alone, and how its cost grows.
    """
    if task is not None:
        _bench_playing(task, encoding, batch, json_file, quiet)
        return
    chosen = chosen_classifier(classifier) if classifier else None
    with ending_at_once():
        from neatfool import classifiers, exams
    cases = exams.select_cases(chosen, encoding, batch)
    with reporter_for(quiet) as reporter:
        result = exams.bench(cases, classifiers.resolve_device(device), threads, reporter=reporter)
    tell(result, json_file, quiet, exams.bench_table(result))


def _bench_playing(
    task: str, encoding: str | None, batch: int | None, json_file: Path | None, quiet: bool
) -> None:
    """Measure a task in which networks act."""
    from neatfool import sections

    named = {**sections.task_named(task), "encoding.kind": encoding, "search.batch": batch}
    config = sections.load_config(None, [f"{k}={v}" for k, v in named.items() if v is not None])
    with ending_at_once():
        from neatfool import exams
    with reporter_for(quiet) as reporter:
        result = exams.bench_playing(config, reporter=reporter)
    tell(result, json_file, quiet, exams.pace_table(result))


@app.command(
    epilog="Examples:\n\n    neatfool check --model lenet5\n\n"
    "    neatfool check --model net.onnx --mean 0.5 --std 0.5 --data pictures\n\n"
    "    neatfool check --model timm:resnet18 --data val --json check.json"
)
@model_options
def check(
    classifier: list[str],
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder of pictures: INDEX_*.jpg or .png, or one folder per class, named by its "
            "index, label or WordNet id."
        ),
    ] = None,
    device: DeviceOption = "auto",
    json_file: JsonOption = None,
    quiet: Quiet = False,
) -> None:
    """Check that a network is loaded as it should be: accuracy, noise, determinism, batch size.

    If something is wrong, it says what, and exits with code 1.
    """
    settings = chosen_classifier(classifier)
    with ending_at_once():
        from neatfool import classifiers, exams
        from neatfool.cli import tables

    where = classifiers.resolve_device(device)
    with reporter_for(quiet) as reporter:
        network = classifiers.build(settings, where, reporter)
        result = exams.check(network, data, reporter)
    fine = [] if result["reasons"] else ["nothing is off"]
    tell(result, json_file, quiet, tables.check_table(result), *fine)
    for reason in result["reasons"]:
        say("red", "off", reason)
    if result["reasons"]:
        raise typer.Exit(1)


@app.command(
    epilog="Examples:\n\n    neatfool transfer runs/noise --model lenet-caffe\n\n"
    "    neatfool transfer runs/a runs/b --model lenet5 --model lenet-caffe --picture matrix.png"
)
@model_options
def transfer(
    folders: Annotated[
        list[Path], typer.Argument(metavar="RUN_DIR", help="Folders of finished runs of images.")
    ],
    model: Annotated[
        list[str],
        typer.Option(
            help="Network to show the images to, as for neatfool fool; may be given several times.",
            autocompletion=completion.networks,
        ),
    ],
    classifier: list[str],
    device: DeviceOption = "auto",
    json_file: JsonOption = None,
    picture: Annotated[Path | None, typer.Option(help="PNG file to draw heat maps in.")] = None,
    quiet: Quiet = False,
) -> None:
    """Show the images of runs to other networks: do these see the same, even when disturbed?

    The other options of the network hold for every --model.
    """
    changes = [[*classifier, f"task.classifier.model={json.dumps(name)}"] for name in model]
    settings = [chosen_classifier(each) for each in changes]
    for folder in folders:
        require_run(folder)
    with ending_at_once():
        from neatfool import classifiers, exams
        from neatfool.cli import tables

    where = classifiers.resolve_device(device)
    with reporter_for(quiet) as reporter:
        networks = [classifiers.build(each, where, reporter) for each in settings]
        result = exams.transfer(folders, networks, reporter)
    give(result, json_file)  # whatever becomes of the picture
    if picture is not None:
        write_whole(picture, exams.transfer_picture(result))
    lines = [*(f"note: {note}" for note in result["notes"]), *([str(picture)] if picture else [])]
    show(json_file, quiet, *tables.transfer_tables(result), *lines)


@data_app.command(epilog="Example:\n\n    neatfool data mnist --to mnist")
def mnist(
    to: Annotated[Path, typer.Option(help="Folder to put the four files of MNIST in.")],
    json_file: JsonOption = None,
    quiet: Quiet = False,
) -> None:
    """Download MNIST from its public mirrors and check it."""
    with ending_at_once():
        from neatfool import data

    with reporter_for(quiet) as reporter:
        data.download_mnist(to, reporter)
    tell({"folder": str(to)}, json_file, quiet, f"MNIST is in {to}")
