"""Commands that make runs and go on with them."""

import contextlib
import gc
import json
from pathlib import Path
from typing import Annotated, Any

import typer

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
from neatfool.cli.options import model_options
from neatfool.errors import Interrupted

_SHOWN = 20
app = typer.Typer()


Generations = Annotated[int | None, typer.Option(help="Stop after so many. [200]")]
Seed = Annotated[int | None, typer.Option(help="All that is random follows from it. [0]")]
Device = Annotated[str | None, typer.Option(help="auto, cpu or cuda. [auto]")]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="Folder of the run. [runs/TIME-TASK-ENCODING-SEED]"),
]


@app.command(
    epilog="Examples:\n\n"
    "    neatfool run xor\n\n"
    "    neatfool run configs/neat/xor.toml --seed 3 --out runs/xor\n\n"
    "    neatfool run boxes --generations 300 --set search.kind=neat\n\n"
    "    neatfool run my_task.py:Sphere --set task.size=20 --set encoding.kind=weights"
)
def run(
    what: Annotated[
        str,
        typer.Argument(
            metavar="CONFIG|TASK",
            help="TOML file of settings; or a task: xor, target-weights, bit-mirroring, boxes, "
            "fooling, path/file.py:Name.",
        ),
    ],
    generations: Generations = None,
    seed: Seed = None,
    device: Device = None,
    out_folder: Out = None,
    changes: Changes = None,
    quiet: Quiet = False,
) -> None:
    """Evolve for any task: one of neatfool's, or a class of your own.

    The run folder gets the elites, pictures of them, curves and a report. Ctrl-C saves; `neatfool
    resume` goes on.
    """
    config = Path(what) if what.lower().endswith(".toml") else None
    named = {"task.kind": None if config else what, "run.generations": generations}
    _begin(config, named | {"run.seed": seed, "run.device": device}, changes, out_folder, quiet)


@app.command(
    epilog="Examples:\n\n"
    "    neatfool fool\n\n"
    "    neatfool fool --encoding pixels --seed 3 --out runs/noise\n\n"
    "    neatfool fool configs/fooling/mnist_cppn.toml --classes 0,3,7\n\n"
    "    neatfool fool --model net.onnx --mean 0.5 --std 0.5 --labels names.txt\n\n"
    "    neatfool fool --set encoding.structure.add_node_rate=0.2 --set run.target=0.9999"
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
    generations: Generations = None,
    batch: Annotated[
        int | None, typer.Option(help="Images per generation. [200; of neat 150]")
    ] = None,
    classes: Annotated[
        str | None, typer.Option(help="Names, indices, ranges, steps: robin,3,0-999:20. [all]")
    ] = None,
    seed: Seed = None,
    device: Device = None,
    out_folder: Out = None,
    changes: Changes = None,
    quiet: Quiet = False,
) -> None:
    """Evolve one image per class that the network believes in, and show them.

    The run folder gets the images, a gallery, curves and a report. Ctrl-C saves; `neatfool resume`
    goes on.
    """
    named = {
        "encoding.kind": encoding,
        "search.kind": search,
        "run.generations": generations,
        "search.batch": batch,
        "task.classes": None if classes is None else json.dumps(classes),
        "run.seed": seed,
        "run.device": device,
    }
    _begin(config, named, changes, out_folder, quiet, classifier)


def _begin(
    config: Path | None,
    named: dict[str, Any],
    changes: list[str] | None,
    out_folder: Path | None,
    quiet: bool,
    classifier: list[str] | None = None,
) -> None:
    """Make a run of a config, or of the defaults, with what was given beside it."""
    with ending_at_once():
        from neatfool import runs

    given = [f"{name}={value}" for name, value in named.items() if value is not None]
    settings = runs.load_config(config, [*(classifier or []), *given, *(changes or [])])
    chosen = contextlib.nullcontext(out_folder) if out_folder else runs.claimed_folder(settings)
    with chosen as folder:
        _run(settings, folder, quiet, resume=False)


@app.command(
    epilog="Examples:\n\n    neatfool resume runs/noise\n\n"
    "    neatfool resume runs/noise --generations 1000"
)
def resume(
    folder: RunFolder,
    generations: Annotated[
        int | None, typer.Option(help="Stop after so many, counted from the start. [as before]")
    ] = None,
    trust: Trust = False,
    quiet: Quiet = False,
) -> None:
    """Go on with a run that was stopped, killed or finished, as if it had never paused.

    A model that is a program (Python, TorchScript, .pt2) is run if it was run here before; that of
    somebody else's folder takes --trust.
    """
    with ending_at_once():
        from neatfool import past

    changes = [] if generations is None else [f"run.generations={generations}"]
    settings = past.read_config(folder, changes)
    _run(settings, folder, quiet, resume=True, trust=trust)


@app.command(
    epilog="Examples:\n\n    neatfool report runs/noise\n\n"
    "    neatfool report runs/noise --data photographs\n\n"
    "    neatfool report runs/noise --fail-above 0.9:0.5"
)
def report(
    folder: RunFolder,
    fail_above: Annotated[
        str | None,
        typer.Option(
            metavar="SCORE:SHARE",
            help="Exit with 1 if more than this share of the classes, or niches, has this "
            "confidence, or score, or more.",
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Pictures to measure the distance of the images to.")
    ] = None,
    trust: Trust = False,
    quiet: Quiet = False,
) -> None:
    """Write the report of a run anew, finished or interrupted: report.html, .json, niches.csv."""
    with ending_at_once():
        from neatfool import reports
        from neatfool.cli import tables

    gate = None if fail_above is None else reports.Gate.parse(fail_above)
    made = reports.report_again(folder, data, trust)
    if not quiet:
        for line in tables.level_lines(made):
            out.print(line)
        for name in ("report.html", "report.json", "niches.csv"):
            out.print(f"{folder / name}", markup=False, soft_wrap=True)
    scores = [entry["score"] for entry in made["niches"]]
    verdict = gate and gate.verdict(scores, reports.unit_of(made))
    if verdict:
        err.print(verdict, markup=False, soft_wrap=True)
        raise typer.Exit(1)


@app.command(epilog="Example:\n\n    neatfool settings > settings.md")
def settings() -> None:
    """Print every setting, its default and its meaning, as Markdown."""
    from neatfool import runs

    out.print(runs.settings_page(), markup=False, soft_wrap=True)


def _run(settings: Any, folder: Path, quiet: bool, resume: bool, trust: bool = False) -> None:
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


def _summarise(report: dict[str, Any], folder: Path) -> None:
    from neatfool.cli import tables

    out.print(tables.niche_table(report, _SHOWN))
    for line in tables.run_lines(report, folder, _SHOWN):
        out.print(line, markup=False, soft_wrap=True)
