"""The command that attacks a network which is a gate."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neatfool.cli.console import (
    JsonOption,
    Quiet,
    ending_at_once,
    escaped,
    resumable,
    say,
    tell,
)
from neatfool.cli.options import DeviceOption, chosen_classifier, model_options
from neatfool.errors import ConfigError
from neatfool.reporting import percent
from neatfool.types import Json

if TYPE_CHECKING:
    from rich.table import Table

app = typer.Typer()


Accept = Annotated[
    str | None,
    typer.Option(
        metavar="CLASSES",
        help="Classes that are let in: names, indices, ranges: robin,3,0-9,0-999:20. [all]",
    ),
]
Threshold = Annotated[
    float,
    typer.Option(
        help="Confidence from which an image is let in; with --enrol, 0.5 is the --distance."
    ),
]
RealData = Annotated[
    Path | None,
    typer.Option(
        help="Real pictures: as for `neatfool check`, and a folder `others` of no class; or the "
        "four files of MNIST."
    ),
]
Budget = Annotated[
    int, typer.Option(min=1, max=100_000_000, help="Images that each attack may ask about.")
]
Batch = Annotated[
    int,
    typer.Option(min=1, max=100_000, help="Of which so many at a time, no more than the budget."),
]
GateAttacks = Annotated[
    str | None, typer.Option(help="Attacks that evolve images, such as cppn,pixels. [all]")
]
FailAbove = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE",
        help="Exit with code 1 if an attack has a larger share of false accepts: of its images, "
        "or, of evolved ones, of the accepted classes.",
    ),
]
GateSeed = Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Seed of all random numbers.")]
GateFolder = Annotated[
    Path | None,
    typer.Option("--out", help="Folder of the gate. [runs/gate-NETWORK-seedSEED]"),
]


@app.command(
    epilog="Examples:\n\n    neatfool defend gate --model lenet5 --data mnist --threshold 0.9\n\n"
    "    neatfool defend gate --model net.onnx --accept 3,7 --threshold 0.99 --fail-above 0\n\n"
    "    neatfool defend gate --model face.py:build --enrol people --distance 0.6"
)
@model_options
def gate(
    classifier: list[str],
    accept: Accept = None,
    threshold: Threshold = 0.5,
    data: RealData = None,
    budget: Budget = 10_000,
    batch: Batch = 100,
    attacks: GateAttacks = None,
    fail_above: FailAbove = None,
    seed: GateSeed = 0,
    device: DeviceOption = "auto",
    out_folder: GateFolder = None,
    json_file: JsonOption = None,
    quiet: Quiet = False,
) -> None:
    """Attack a network that is a gate: what does it let in that shows nothing of the kind?

    Attackers see confidences alone. Called again with the same folder, it goes on where it was
    stopped; threshold, data and attacks may be others then, and the budget may be larger.
    """
    chosen = chosen_classifier(classifier)
    with ending_at_once():
        from neatfool import defence

    _check_share("--threshold", threshold)
    _check_share("--fail-above", fail_above)
    settings = defence.GateSettings(
        classifier=chosen,
        accept=accept,
        threshold=threshold,
        data=data,
        budget=budget,
        batch=batch,
        attacks=None if attacks is None else tuple(map(str.strip, attacks.split(","))),
        seed=seed,
        device=device,
    )
    folder = out_folder or _default(settings.classifier.model, seed)
    with resumable(quiet) as reporter:
        result = defence.gate(settings, folder, reporter)
    tell(result, json_file, quiet, _table(result), *_lines(result, folder))
    reasons = [] if fail_above is None else defence.above(result, fail_above)
    for reason in reasons:
        say("red", "open", reason)
    if reasons:
        raise typer.Exit(1)


def _check_share(name: str, share: float | None) -> None:
    """Refuse what is no share.

    Raises:
        ConfigError: It is none.
    """
    if share is not None and not 0 <= share <= 1:
        raise ConfigError(f"{name}: expected a number from 0 to 1, got {share:g}")


def _default(model: str, seed: int) -> Path:
    """Name a folder after the network, so that the same command goes on in it."""
    name = re.sub(r"[^\w.-]+", "-", Path(model).name).strip("-")
    return Path("runs") / f"gate-{name}-seed{seed}"


def _table(result: Json) -> "Table":
    from rich import box
    from rich.table import Table

    heads = ("attack", "images", "let in", "targets opened", "queries until open, median")
    table = Table(*heads, box=box.SIMPLE)
    for each in result["attacks"].values():
        made, median = f"{each['queries']:,}", each["median_queries"]
        table.add_row(
            escaped(each["title"]),
            made,
            "–" if each["evolved"] else percent(each["false_accepts"]),
            percent(each["opened"]),
            f"more than {made}" if median is None else f"{median:,.0f}",
        )
    return table


def _lines(result: Json, folder: Path) -> list[str]:
    lines = [f"left out: {reason}" for reason in result["skipped"].values()]
    if result["real"]:
        real = result["real"]
        lines.append(
            f"{percent(real['true_accepts'])} of {real['accepted']:,} real pictures of accepted "
            f"classes let in, {percent(real['own_accepts'])} as the class that they show"
        )
    return [*lines, *(str(folder / name) for name in ("gate.html", "gate.json"))]
