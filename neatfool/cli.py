"""The command line: parse, call, print."""

import contextlib
import gc
import json
import logging
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from neatfool.console import Json, Quiet, Warnings, ending_at_once, err, out, say
from neatfool.errors import Interrupted, NeatfoolError
from neatfool.files import write_whole
from neatfool.options import model_options
from neatfool.reporting import log
from neatfool.version import __version__

_SHOWN = 20
UsageError: Any = typer.BadParameter.__base__  # of click, or of the copy in newer typer
app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Evolve images that mean nothing to people and that networks name with certainty.",
)
data_app = typer.Typer(no_args_is_help=True, help="Fetch the data that training needs.")
app.add_typer(data_app, name="data")


@app.command(
    epilog="Examples:\n\n"
    "    neatfool fool\n\n"
    "    neatfool fool --encoding pixels --seed 3 --out runs/noise\n\n"
    "    neatfool fool configs/fooling/mnist_cppn.toml --classes 0,3,7\n\n"
    "    neatfool fool --model net.onnx --mean 0.5 --std 0.5 --labels names.txt\n\n"
    "    neatfool fool --set encoding.add_node_rate=0.2 --set run.target=0.9999"
)
@model_options
def fool(
    classifier: list[str],
    config: Annotated[
        Path | None, typer.Argument(help="TOML file of settings; none: the defaults.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="cppn (patterns), pixels (noise), offset or switch. [cppn]")
    ] = None,
    search: Annotated[
        str | None, typer.Option(help="map-elites (one elite per class) or neat. [map-elites]")
    ] = None,
    generations: Annotated[int | None, typer.Option(help="Stop after so many. [200]")] = None,
    batch: Annotated[
        int | None, typer.Option(help="Images per generation. [200; of neat 150]")
    ] = None,
    classes: Annotated[
        str | None, typer.Option(help="Names, indices, ranges, steps: robin,3,0-999:20. [all]")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="All that is random follows from it. [0]")
    ] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda. [auto]")] = None,
    out_folder: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of the run. [runs/TIME-MODEL-ENCODING-SEED]"),
    ] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Any setting, as section.key=value.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Evolve one image per class that the network believes in, and show them.

    The run folder gets the images, a gallery, curves and a report. Ctrl-C saves; `neatfool resume`
    goes on.
    """
    with ending_at_once():
        from neatfool import runs

    named = {
        "encoding.kind": encoding,
        "search.kind": search,
        "run.generations": generations,
        "search.batch": batch,
        "task.classes": None if classes is None else json.dumps(classes),
        "run.seed": seed,
        "run.device": device,
    }
    given = [f"{name}={value}" for name, value in named.items() if value is not None]
    settings = runs.load_config(config, [*classifier, *given, *(changes or [])])
    folder = out_folder or runs.default_folder(settings)
    _run(settings, folder, quiet, resume=False)


@app.command(
    epilog="Examples:\n\n    neatfool resume runs/noise\n\n"
    "    neatfool resume runs/noise --generations 1000"
)
def resume(
    folder: Annotated[Path, typer.Argument(metavar="RUN_DIR", help="Folder of the run.")],
    generations: Annotated[
        int | None, typer.Option(help="Stop after so many, counted from the start. [as before]")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Go on with a run that was stopped, killed or finished, as if it had never paused."""
    with ending_at_once():
        from neatfool import runs

    settings = runs.open_folder(folder)
    if generations is not None:
        settings = runs.load_config(folder / runs.RESOLVED, [f"run.generations={generations}"])
    _run(settings, folder, quiet, resume=True)


@app.command(
    epilog="Examples:\n\n    neatfool report runs/noise\n\n"
    "    neatfool report runs/noise --data photographs\n\n"
    "    neatfool report runs/noise --fail-above 0.9:0.5"
)
def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN_DIR", help="Folder of the run.")],
    fail_above: Annotated[
        str | None,
        typer.Option(
            metavar="CONFIDENCE:SHARE",
            help="Exit with 1 if more than this share of the classes is fooled at this "
            "confidence or more.",
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Pictures to measure the distance of the images to.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Write the report of a run anew, finished or interrupted: report.html, .json, classes.csv."""
    with ending_at_once():
        from neatfool import runs

    gate = None if fail_above is None else runs.Gate.parse(fail_above)
    made = runs.report_again(folder, data)
    if not quiet:
        for level, share in made["coverage"].items():
            out.print(f"{100 * share:5.1f} % of the classes are fooled at {level} or more")
        for name in ("report.html", "report.json", "classes.csv"):
            out.print(f"{folder / name}", markup=False, soft_wrap=True)
    verdict = gate and gate.verdict([entry["confidence"] for entry in made["classes"]])
    if verdict:
        err.print(verdict, markup=False, soft_wrap=True)
        raise typer.Exit(1)


@app.command(epilog="Example:\n\n    neatfool settings > settings.md")
def settings() -> None:
    """Print every setting, its default and its meaning, as Markdown."""
    from neatfool import runs

    out.print(runs.settings_page(), markup=False, soft_wrap=True)


@app.command(epilog="Example:\n\n    neatfool train lenet5 --data mnist --out weights")
def train(
    model: Annotated[str, typer.Argument(help="lenet5 or lenet-caffe.")],
    data: Annotated[Path, typer.Option(help="Folder with the four files of MNIST.")],
    out_folder: Annotated[
        Path, typer.Option("--out", help="Folder for the weights and their card.")
    ] = Path("weights"),
    seed: Annotated[
        int, typer.Option(min=0, max=2**63 - 1, help="All that is random follows from it.")
    ] = 0,
    epochs: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="Times through the images. [20]")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Train a network on MNIST, and write its weights and a card that says how good it is."""
    with ending_at_once():
        from neatfool import classifiers

    given = {"seed": seed} if epochs is None else {"seed": seed, "epochs": epochs}
    with _reporter(quiet) as reporter:
        settings = classifiers.TrainSettings(**given)
        card = classifiers.train(model, data, out_folder, settings, reporter)
    if not quiet:
        out.print(f"{100 * card['test_accuracy']:.2f} % of the test images are named right")
        for kind, suffix in (("weights", "safetensors"), ("card", "json")):
            path = f"{out_folder / model}.{suffix}"
            out.print(f"{kind:8} {path}", markup=False, soft_wrap=True)


@app.command(
    epilog="Examples:\n\n    neatfool bench\n\n"
    "    neatfool bench --model lenet5 --encoding cppn --batch 400 --json speed.json"
)
@model_options
def bench(
    classifier: list[str],
    encoding: Annotated[
        str | None, typer.Option(help="An encoding alone. [cppn and pixels]")
    ] = None,
    batch: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="Images per generation. [200; 64]")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    threads: Annotated[int | None, typer.Option(min=1, help="Threads. [all cores]")] = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Measure what evolution costs beside the network it fools, on this machine.

    Without a network: LeNet-5, and AlexNet with random weights.
    """
    with ending_at_once():
        from neatfool import classifiers, runs
    chosen = runs.load_config(None, classifier).classifier if classifier else None
    cases = runs.select_cases(chosen, encoding, batch)
    with _reporter(quiet) as reporter:
        result = runs.bench(cases, classifiers.resolve_device(device), threads, reporter=reporter)
    if json_file is not None:
        write_whole(json_file, json.dumps(result, indent=2) + "\n")
    if not quiet:
        out.print(runs.bench_table(result), markup=False, soft_wrap=True)


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
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Check that a network is loaded as it should be: accuracy, noise, determinism, batch size.

    Ends with 1, and says why, if something is off.
    """
    with ending_at_once():
        from neatfool import classifiers, runs, tables

    settings = runs.load_config(None, classifier).classifier
    where = classifiers.resolve_device(device)
    with _reporter(quiet) as reporter:
        network = classifiers.build(settings, where, reporter)
        result = runs.check(network, data, reporter)
    if json_file is not None:
        write_whole(json_file, json.dumps(result, indent=2) + "\n")
    if not quiet:
        out.print(tables.check_table(result))
    for reason in result["reasons"]:
        say("red", "off", reason)
    if result["reasons"]:
        raise typer.Exit(1)
    if not quiet:
        out.print("nothing is off")


@app.command(
    epilog="Examples:\n\n    neatfool transfer runs/noise --model lenet-caffe\n\n"
    "    neatfool transfer runs/a runs/b --model lenet5 --model lenet-caffe --picture matrix.png"
)
@model_options
def transfer(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN_DIR", help="Finished runs.")],
    model: Annotated[
        list[str],
        typer.Option(help="A network to show the images to; may be given several times."),
    ],
    classifier: list[str],
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    json_file: Json = None,
    picture: Annotated[Path | None, typer.Option(help="PNG file for heat maps.")] = None,
    quiet: Quiet = False,
) -> None:
    """Show the images of runs to other networks: do they see the same, even when disturbed?

    The options of the network hold for every --model.
    """
    with ending_at_once():
        from neatfool import classifiers, runs, tables

    where = classifiers.resolve_device(device)
    changes = [[*classifier, f"classifier.model={json.dumps(name)}"] for name in model]
    settings = [runs.load_config(None, each).classifier for each in changes]
    with _reporter(quiet) as reporter:
        networks = [classifiers.build(each, where, reporter) for each in settings]
        result = runs.transfer(folders, networks, reporter)
    if json_file is not None:
        write_whole(json_file, json.dumps(result, indent=2) + "\n")
    if picture is not None:
        write_whole(picture, runs.transfer_picture(result))
    if not quiet:
        for table in tables.transfer_tables(result):
            out.print(table)
        for note in result["notes"]:
            out.print(f"note: {note}", markup=False, soft_wrap=True)


@data_app.command(epilog="Example:\n\n    neatfool data mnist --to mnist")
def mnist(
    to: Annotated[Path, typer.Option(help="Folder to put the four files in.")],
    quiet: Quiet = False,
) -> None:
    """Download MNIST from its public mirrors and check it."""
    with ending_at_once():
        from neatfool import data

    with _reporter(quiet) as reporter:
        data.download_mnist(to, reporter)
    if not quiet:
        out.print(f"MNIST is in {to}", markup=False, soft_wrap=True)


@app.callback(invoke_without_command=True)
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        out.print(f"neatfool {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; what the user can mend ends in a message and exit code 2."""
    handler = Warnings(logging.WARNING)
    log.addHandler(handler)
    try:
        sys.exit(_called())
    finally:
        log.removeHandler(handler)


def _called() -> int:
    """Call the command, turn errors into messages, and return the exit code."""
    try:
        return app(standalone_mode=False) or 0
    except UsageError as error:
        if "NoArgs" in type(error).__name__:
            error.show()  # the help
        else:
            command = error.ctx.command_path if error.ctx else "neatfool"
            say("red", "error", f"{error.format_message()} (see {command} --help)")
        return 2
    except (NeatfoolError, OSError) as error:
        say("red", "error", str(error))
        return 2
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except Interrupted as interruption:
        return 128 + interruption.signal


def _run(settings: Any, folder: Path, quiet: bool, resume: bool) -> None:
    """Run the main job and print what came of it."""
    from neatfool import runs

    gc.freeze()  # what was imported stays: the collector need not walk through it again and again
    try:
        with _reporter(quiet) as reporter:
            report = runs.fool(settings, folder, reporter, resume)
    except Interrupted as interruption:
        text = f"{interruption}; go on with: neatfool resume {folder}"
        err.print(text, markup=False, soft_wrap=True)
        raise
    if not quiet:
        _summarise(report, folder)


def _summarise(report: dict[str, Any], folder: Path) -> None:
    from neatfool import tables

    out.print(tables.class_table(report["classes"][:_SHOWN]))
    for line in tables.run_lines(report, folder, _SHOWN):
        out.print(line, markup=False, soft_wrap=True)


def _reporter(quiet: bool) -> Any:
    from neatfool.progress import LiveReporter
    from neatfool.reporting import Reporter

    return contextlib.nullcontext(Reporter()) if quiet else LiveReporter()


if __name__ == "__main__":
    main()
