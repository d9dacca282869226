"""Commands that make runs and go on with them."""

import contextlib
import gc
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from neatfool.cli.console import (
    Changes,
    Quiet,
    RunFolder,
    Trust,
    ending_at_once,
    err,
    out,
    reporter_for,
)
from neatfool.cli.judging import GateOptions, gate_options
from neatfool.cli.options import look_at_names, model_options
from neatfool.errors import Interrupted
from neatfool.reporting import CONFIDENCE

if TYPE_CHECKING:
    from neatfool.types import Json

_SHOWN = 20
app = typer.Typer()


Generations = Annotated[
    int | None, typer.Option(help="Generations to evolve. [those of the config, or 200]")
]
Seed = Annotated[
    int | None,
    typer.Option(help="Seed of all random numbers. [that of the config, or 0]"),
]
Device = Annotated[
    str | None, typer.Option(help="auto, cpu or cuda. [that of the config, or auto]")
]
Track = Annotated[
    list[str] | None,
    typer.Option(
        help="Tell tensorboard, wandb or mlflow of the run, too; may be given several times. "
        "[as in the config, or nobody]"
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="New folder for the run. [runs/TIME-TASK-ENCODING-SEED]"),
]


class _Run(TyperCommand):
    """The command that names the tasks there are in its help, and imports them only for that."""

    def format_help(self, *given: Any) -> None:
        from neatfool.sections.task import RUNNABLE

        self.params[0].help = (  # type: ignore[attr-defined]
            f"TOML file of settings; or a task: {', '.join(RUNNABLE)}, or a class of your "
            "own, path/file.py:Name; gym:ID is an environment of Gymnasium."
        )
        super().format_help(*given)


@app.command(
    cls=_Run,
    epilog="Examples:\n\n"
    "    neatfool run xor\n\n"
    "    neatfool run configs/neat/xor.toml --seed 3 --out runs/xor\n\n"
    "    neatfool run boxes --generations 300 --set search.kind=neat\n\n"
    "    neatfool run gym:LunarLander-v3 --seed 3\n\n"
    "    neatfool run my_task.py:Sphere --set task.size=20 --set encoding.kind=weights",
)
def run(
    what: Annotated[
        str,
        typer.Argument(metavar="CONFIG|TASK"),
    ],
    generations: Generations = None,
    search: Annotated[
        str | None,
        typer.Option(
            help="map-elites, neat, nsga2, gradient, or one of your own. [of the config or task]"
        ),
    ] = None,
    seed: Seed = None,
    device: Device = None,
    out_folder: Out = None,
    track: Track = None,
    changes: Changes = None,
    quiet: Quiet = False,
) -> None:
    """Evolve for any task: one of neatfool's, or a class of your own.

    The run folder gets the elites, pictures of them, curves and a report. Ctrl-C saves and stops;
    `neatfool resume` goes on.
    """
    with ending_at_once():
        from neatfool import sections

    config = Path(what) if what.lower().endswith(".toml") else None
    named: dict[str, str | int | None] = {} if config else {**sections.task_named(what)}
    named |= {"search.kind": search, "run.generations": generations, "run.seed": seed}
    named |= {"run.device": device, "run.track": json.dumps(track) if track else None}
    _begin(config, _settings(named, changes), out_folder, quiet)


@app.command(
    epilog="Examples:\n\n"
    "    neatfool fool\n\n"
    "    neatfool fool --encoding pixels --seed 3 --out runs/noise\n\n"
    "    neatfool fool configs/fooling/mnist_cppn.toml --classes 0,3,7\n\n"
    "    neatfool fool --encoding pixels --search gradient --also lenet-caffe\n\n"
    "    neatfool fool --model net.onnx --mean 0.5 --std 0.5 --labels names.txt\n\n"
    "    neatfool fool --model net.onnx --seed 0 --fail-above nothing+1:0.5\n\n"
    "    neatfool fool --set encoding.structure.add_node_rate=0.2 --set run.target=0.9999"
)
@model_options
@gate_options
def fool(
    classifier: list[str],
    asked: GateOptions,
    config: Annotated[
        Path | None, typer.Argument(help="TOML file of settings. [the defaults]")
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(help="cppn (patterns), pixels (noise), offset or switch (both). [cppn]"),
    ] = None,
    search: Annotated[
        str | None,
        typer.Option(help="map-elites (one elite per class), neat or gradient. [map-elites]"),
    ] = None,
    generations: Generations = None,
    batch: Annotated[
        int | None, typer.Option(help="Images per generation. [200; with neat 150]")
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option(
            help="Another network to fool at once, of the same images and classes; may be given "
            "several times. The score is the mean confidence."
        ),
    ] = None,
    classes: Annotated[
        str | None,
        typer.Option(
            help="Names, indices, ranges, or ranges with steps: robin,3,0-9,0-999:20. [all]"
        ),
    ] = None,
    seed: Seed = None,
    device: Device = None,
    out_folder: Out = None,
    track: Track = None,
    changes: Changes = None,
    quiet: Quiet = False,
) -> "tuple[Json, Path]":
    """Evolve an image for each class of a network, one that it takes for that class.

    The run folder gets the images, a gallery, curves and a report. Ctrl-C saves and stops;
    `neatfool resume` goes on.
    """
    named = {
        "encoding.kind": encoding,
        "search.kind": search,
        "run.generations": generations,
        "search.batch": batch,
        "task.ensemble": json.dumps(also) if also else None,
        "task.classes": None if classes is None else json.dumps(classes),
        "run.seed": seed,
        "run.device": device,
        "run.track": json.dumps(track) if track else None,
    }
    return _begin(config, classifier + _settings(named, changes), out_folder, quiet, asked)


def _settings(named: dict[str, Any], changes: list[str] | None) -> list[str]:
    """Write options as changes of settings, which those given as such come after."""
    given = (f"{name}={value}" for name, value in named.items() if value is not None)
    return [*given, *(changes or [])]


def _begin(
    config: Path | None,
    given: list[str],
    out_folder: Path | None,
    quiet: bool,
    asked: GateOptions | None = None,
) -> "tuple[Json, Path]":
    """Make a run of a config, or of the defaults, with what was given beside it."""
    with ending_at_once():
        from neatfool import sections
        from neatfool.resolved import require_no_run

    if sections.names_programs(config, given):  # which are run now, and import all libraries
        with ending_at_once():
            from neatfool import runs
    settings = sections.load_config(config, given)
    if asked:
        asked.require(settings, CONFIDENCE if settings.task.kind == "fooling" else None)
    look_at_names(settings)
    if out_folder:
        with contextlib.suppress(OSError):  # told when the run begins
            require_no_run(out_folder)
    with ending_at_once():
        from neatfool import runs

    chosen = contextlib.nullcontext(out_folder) if out_folder else runs.claimed_folder(settings)
    with chosen as folder:
        return _run(settings, folder, quiet, resume=False), folder


@app.command(
    epilog="Examples:\n\n    neatfool resume runs/noise\n\n"
    "    neatfool resume runs/noise --generations 1000"
)
def resume(
    folder: RunFolder,
    generations: Annotated[
        int | None, typer.Option(help="Generations in all, those before included. [as before]")
    ] = None,
    track: Annotated[
        list[str] | None,
        typer.Option(help="Tell tensorboard, wandb or mlflow of the run, too. [as before]"),
    ] = None,
    trust: Trust = False,
    quiet: Quiet = False,
) -> None:
    """Go on with a run that was stopped, killed or finished, as if it had never paused.

    Programs that the run needs (a model as Python, TorchScript or .pt2, a task of your own) are
    run if they were run on this machine before; those of somebody else need --trust.
    """
    with ending_at_once():
        from neatfool import past

    changes = [] if generations is None else [f"run.generations={generations}"]
    changes += [f"run.track={json.dumps(track)}"] if track else []
    settings = past.read_config(folder, changes)
    _run(settings, folder, quiet, resume=True, trust=trust)


@app.command(
    epilog="Examples:\n\n    neatfool report runs/noise\n\n"
    "    neatfool report runs/noise --data photographs\n\n"
    "    neatfool report runs/noise --fail-above nothing+1:0.5\n\n"
    "    neatfool report runs/noise --against release/report.json --junit fooling.xml"
)
@gate_options
def report(
    folder: RunFolder,
    asked: GateOptions,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of pictures: how far is each image from the nearest of them?"),
    ] = None,
    trust: Trust = False,
    quiet: Quiet = False,
) -> "tuple[Json, Path]":
    """Write the report of a run, finished or interrupted, again: report.html, .json, niches.csv."""
    with ending_at_once():
        from neatfool import past, reports
        from neatfool.cli import tables

    asked.require(past.read_config(folder), past.read_about(folder).unit, is_made=True)
    made = reports.report_again(folder, data, trust)
    if not quiet:
        for line in tables.level_lines(made):
            out.print(line)
        for name in ("report.html", "report.json", "niches.csv"):
            out.print(f"{folder / name}", markup=False, soft_wrap=True)
    return made, folder


@app.command(epilog="Example:\n\n    neatfool settings > settings.md")
def settings() -> None:
    """Print every setting, its default and its meaning, as Markdown."""
    from neatfool import sections

    out.print(sections.settings_page(), markup=False, soft_wrap=True)


def _run(settings: Any, folder: Path, quiet: bool, resume: bool, trust: bool = False) -> "Json":
    """Run, and print what came of it."""
    from neatfool import past, reports

    gc.freeze()  # what was imported stays: the collector need not walk through it again and again
    try:
        with reporter_for(quiet) as reporter:
            report = reports.run(settings, folder, reporter, resume, trust)
    except Interrupted as interruption:
        text = f"{interruption}; go on with: neatfool resume {folder}"
        err.print(text, markup=False, soft_wrap=True)
        raise
    except KeyboardInterrupt:
        if past.is_run(folder):  # what was evolved is saved
            text = f"stopped; go on with: neatfool resume {folder}"
            err.print(text, markup=False, soft_wrap=True)
        raise
    if not quiet:
        _summarise(report, folder)
    return report


def _summarise(report: "Json", folder: Path) -> None:
    from neatfool.cli import tables

    if tables.has_table(report):
        out.print(tables.niche_table(report, _SHOWN))
    for line in tables.run_lines(report, folder, _SHOWN):
        out.print(line, markup=False, soft_wrap=True)
