"""The command that attacks detectors."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neatfool.cli import completion
from neatfool.cli.console import (
    Changes,
    JsonOption,
    Quiet,
    ending_at_once,
    escaped,
    resumable,
    tell,
)
from neatfool.cli.options import model_options
from neatfool.reporting import percent
from neatfool.types import Json

if TYPE_CHECKING:
    from rich.table import Table

app = typer.Typer()
RealImages = Annotated[
    Path, typer.Option(help="Real images: as for `neatfool check`, or the four files of MNIST.")
]
Into = Annotated[
    Path, typer.Option("--out", help="Folder for the runs, the page and its pictures.")
]
Names = Annotated[
    list[str] | None,
    typer.Option(
        help="softmax, logit, energy, odin, mahalanobis, neighbours, openmax, vim, squeezing, "
        "ensemble, regularity, or one of your own, path/file.py:Name; may be given several "
        "times. [all but ensemble]",
        autocompletion=completion.detectors,
    ),
]
AttackNames = Annotated[
    list[str] | None,
    typer.Option(
        help="Encoding that evolves images; may be given several times. [cppn, pixels, offset]",
        autocompletion=completion.kinds("encoding"),
    ),
]
Others = Annotated[
    list[Path] | None,
    typer.Option(help="Other pictures that are of no class: a folder, or as --data."),
]


@app.command(
    epilog="Examples:\n\n    neatfool defend detectors --data mnist --out runs/detectors\n\n"
    "    neatfool defend detectors --data mnist --other fashion-mnist --detector energy "
    "--detector vim --attack cppn --out runs/two\n\n"
    "    neatfool defend detectors --model net.onnx --data pictures --seeds 1 --out runs/onnx"
)
@model_options
def detectors(
    classifier: list[str],
    data: RealImages,
    out_folder: Into,
    detector: Names = None,
    attack: AttackNames = None,
    other: Others = None,
    classes: Annotated[
        str | None, typer.Option(help="Classes to evolve images for: robin,3,0-9,0-999:20. [all]")
    ] = None,
    confidence: Annotated[
        float, typer.Option(min=0, max=1, help="From which an accepted image is a success.")
    ] = 0.9,
    accepted: Annotated[
        float, typer.Option(min=0, max=1, help="Share of real images that detectors accept.")
    ] = 0.95,
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="Runs of each attack.")] = 3,
    seed: Annotated[int, typer.Option(min=0, max=2**62, help="The first seed.")] = 0,
    generations: Annotated[int, typer.Option(min=1, help="Generations of each run.")] = 100,
    batch: Annotated[int, typer.Option(min=1, max=100_000, help="Images in a generation.")] = 200,
    changes: Changes = None,
    json_file: JsonOption = None,
    quiet: Quiet = False,
) -> None:
    """Measure what detectors keep out: attacked by those who do not know them, and those who do.

    Detectors are fitted to real images alone. Each attack is a run in a folder of its own; called
    again with the same folder, the command goes on. `--set energy.temperature=2` sets a key of a
    detector, others are for all runs.
    """
    with ending_at_once():
        from neatfool.defence import detection

    plan = detection.DetectionPlan(
        classifier=tuple(classifier),
        data=data.expanduser().absolute(),
        detectors=tuple(detector or ()),
        attacks=tuple(attack or ("cppn", "pixels", "offset")),
        others=tuple(path.expanduser().absolute() for path in other or ()),
        classes=classes,
        seeds=seeds,
        seed=seed,
        generations=generations,
        batch=batch,
        confidence=confidence,
        accepted=accepted,
        changes=tuple(changes or ()),
    )
    with resumable(quiet) as reporter:
        result = detection.detection(plan, out_folder, reporter)
    _publish(result, out_folder, json_file, quiet)


def _publish(result: Json, folder: Path, json_file: Path | None, quiet: bool) -> None:
    """Write the page, and say what came of it."""
    from neatfool.defence import detection

    command = shlex.join(["neatfool", *sys.argv[1:]])
    detection.write_detection(result, folder / "detectors.md", command)
    files = (f"{folder / name}" for name in ("detectors.md", "detectors.json"))
    tell(result, json_file, quiet, _table(result), *files)


def _table(result: Json) -> "Table":
    from rich import box
    from rich.table import Table

    from neatfool.defence.detection.plan import label

    attacks = result["plan"]["attacks"]
    heads = [f"{label(a)}, {kind}" for a in attacks for kind in ("static", "adaptive")]
    table = Table("success", *map(escaped, heads), "real accepted", box=box.SIMPLE)
    for name, each in result["detectors"].items():
        shares = [each[kind][a]["success"] for a in attacks for kind in ("static", "adaptive")]
        cells = [percent(share["mean"]) for share in (*shares, each["real"]["accepted"])]
        table.add_row(escaped(label(name)), *cells)
    return table
