"""Commands that make runs and go on with them."""

import contextlib
import gc
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from neatfool.cli import completion
from neatfool.cli.console import (
    Changes,
    JsonOption,
    Quiet,
    RunFolder,
    Trust,
    ending_at_once,
    err,
    reporter_for,
    tell,
)
from neatfool.cli.options import look_at_names, model_options
from neatfool.cli.runs.judging import GateOptions, gate_options
from neatfool.cli.runs.options import (
    Also,
    Classes,
    Device,
    EncodingOption,
    FoolConfig,
    FoolSearch,
    Generations,
    ImagesOption,
    Out,
    SearchOption,
    Seed,
    Track,
)
from neatfool.errors import Interrupted
from neatfool.reporting import CONFIDENCE

if TYPE_CHECKING:
    from neatfool.types import Json

_SHOWN = 20
_ADVICE = "Ctrl-C saves and stops; fewer --generations take less"
app = typer.Typer()


class _Run(TyperCommand):
    """The command that names the tasks there are in its help, and imports them only for that."""

    def format_help(self, *given: Any) -> None:
        from neatfool.sections.task import RUNNABLE

        self.params[0].help = (  # type: ignore[attr-defined]
            f"TOML file of settings, or the name of one that `neatfool configs` lists; or a task: "
            f"{', '.join(RUNNABLE)}, or a class of your own, path/file.py:Name; gym:ID is an "
            "environment of Gymnasium."
        )
        super().format_help(*given)


@app.command(
    cls=_Run,
    epilog="Examples:\n\n"
    "    neatfool run xor\n\n"
    "    neatfool run double_pole --seed 3 --out runs/poles\n\n"
    "    neatfool run boxes --generations 300 --set search.kind=neat\n\n"
    "    neatfool run gym:LunarLander-v3 --seed 3\n\n"
    "    neatfool run my_task.py:Sphere --set task.size=20 --set encoding.kind=weights",
)
def run(
    what: Annotated[
        str,
        typer.Argument(metavar="CONFIG|TASK", autocompletion=completion.runnable),
    ],
    generations: Generations = None,
    search: SearchOption = None,
    seed: Seed = None,
    device: Device = None,
    out_folder: Out = None,
    track: Track = None,
    changes: Changes = None,
    json_file: JsonOption = None,
    quiet: Quiet = False,
) -> None:
    """Evolve for any task: one of neatfool's, or a class of your own.

    The run folder gets the elites, pictures of them, curves and a report. Ctrl-C saves and stops;
    `neatfool resume` goes on.
    """
    with ending_at_once():
        from neatfool import sections

    config = sections.file_named(what)
    named: dict[str, str | int | None] = {} if config else {**sections.task_named(what)}
    named |= {"search.kind": search, "run.generations": generations, "run.seed": seed}
    named |= {"run.device": device, "run.track": json.dumps(track) if track else None}
    _begin(config, _settings(named, changes), out_folder, (json_file, quiet))


@app.command(
    epilog="Examples:\n\n"
    "    neatfool fool\n\n"
    "    neatfool fool --encoding pixels --seed 3 --out runs/noise\n\n"
    "    neatfool fool mnist_cppn_caffe --classes 0,3,7\n\n"
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
    config: FoolConfig = None,
    encoding: EncodingOption = None,
    search: FoolSearch = None,
    generations: Generations = None,
    batch: ImagesOption = None,
    also: Also = None,
    classes: Classes = None,
    seed: Seed = None,
    device: Device = None,
    out_folder: Out = None,
    track: Track = None,
    changes: Changes = None,
    json_file: JsonOption = None,
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
    from neatfool.stored.shipped import config_file

    file = None if config is None else config_file(config)
    given = classifier + _settings(named, changes)
    return _begin(file, given, out_folder, (json_file, quiet), asked)


def _settings(named: dict[str, Any], changes: list[str] | None) -> list[str]:
    """Write options as changes of settings, which those given as such come after."""
    given = (f"{name}={value}" for name, value in named.items() if value is not None)
    return [*given, *(changes or [])]


def _begin(
    config: Path | None,
    given: list[str],
    out_folder: Path | None,
    answer: tuple[Path | None, bool],
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
        return _run(settings, folder, answer, resume=False), folder


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
        typer.Option(
            help="Tell tensorboard, wandb or mlflow of the run, too. [as before]",
            autocompletion=completion.trackers,
        ),
    ] = None,
    trust: Trust = False,
    json_file: JsonOption = None,
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
    _run(settings, folder, (json_file, quiet), resume=True, trust=trust)


def _run(
    settings: Any,
    folder: Path,
    answer: tuple[Path | None, bool],
    resume: bool,
    trust: bool = False,
) -> "Json":
    """Run, and tell what came of it; the answer: where JSON goes, and whether to be quiet."""
    from neatfool import past, reports
    from neatfool.cli import tables

    gc.freeze()  # what was imported stays: the collector need not walk through it again and again
    try:
        with reporter_for(answer[1], _ADVICE) as reporter:
            report = reports.run(settings, folder, reporter, resume, trust)
    except (Interrupted, KeyboardInterrupt) as stop:
        if isinstance(stop, Interrupted) or past.is_run(folder):  # what was evolved is saved
            text = f"{str(stop) or 'stopped'}; go on with: neatfool resume {folder}"
            err.print(text, markup=False, soft_wrap=True)
        raise
    table = [tables.niche_table(report, _SHOWN)] if tables.has_table(report) else []
    lines = tables.run_lines(report, folder, _SHOWN)
    tell({"folder": str(folder), **report}, *answer, *table, *lines)
    return report
