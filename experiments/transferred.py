"""Do images that fool one network fool others: of the same architecture, and of another one?

The two questions of Nguyen et al. 2015, section 3.5, and its supplement's images for an ensemble.

Example:
    python experiments/transferred.py mnist --out runs/transferred
"""

import dataclasses
import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer

from neatfool import classifiers, exams, past, reports, runs, viz
from neatfool.cli.console import Changes
from neatfool.cli.progress import LiveReporter
from neatfool.data.mnist import mnist_checksums
from neatfool.files import write_whole
from neatfool.reporting import Announcing, Reporter, percent

METHODS = {
    "patterns": ["encoding.kind=cppn"],
    "noise": ["encoding.kind=pixels"],
    "gradient": ["encoding.kind=pixels", "search.kind=gradient", "search.mean=[0.1307]"],
}
SAME, OTHERS = "lenet5", ("lenet-caffe", "mlp", "lenet-rbf")
GROUPS = ("fooled", "same architecture, other start", "another architecture")


def trained(
    model: str, seed: int, data: Path, folder: Path, epochs: int, reporter: Reporter
) -> tuple[str, dict[str, str]]:
    """Train a net, unless that was done before, and say how settings name it."""
    name = f"{model}-{seed}"
    card, settings = folder / f"{name}.json", classifiers.TrainSettings(seed=seed, epochs=epochs)
    if not card.exists():
        said = Announcing(f"seed {seed}", reporter)
        classifiers.train(model, data, folder, settings, said, name)
    found = json.loads(card.read_text(encoding="utf-8"))
    wanted = {"data_sha256": mnist_checksums(data), "settings": settings.model_dump()}
    for key, value in wanted.items():
        if found[key] != value:
            raise typer.BadParameter(
                f"{card} is of a net that was trained otherwise: expected {key} {value}, got "
                f"{found[key]}; give another --out"
            )
    return name, {"model": model, "weights": str(folder / f"{name}.safetensors")}


def toml(net: dict[str, str]) -> str:
    """Write the settings of a net as TOML has them in one line."""
    return "{" + ", ".join(f"{key} = {json.dumps(value)}" for key, value in net.items()) + "}"


def evolved(
    method: str, nets: Sequence[dict[str, str]], folder: Path, more: list[str], reporter: Reporter
) -> Path:
    """Evolve against one net or several, or go on where that was cut."""
    first, *others = nets
    changes = [
        f"task.classifier={toml(first)}",
        f"task.ensemble=[{', '.join(map(toml, others))}]",
        *METHODS[method],
        *more,
    ]
    said = Announcing(folder.name, reporter)
    reports.run(runs.load_config(None, changes), folder, said, past.is_run(folder))
    return folder


def group_of(net: str, fooled: Sequence[str]) -> str:
    """Say what a net is to those that images were evolved for."""
    if net in fooled:
        return GROUPS[0]
    return GROUPS[1] if net.rpartition("-")[0] == SAME else GROUPS[2]


def page(result: dict[str, Any], fooled: dict[str, Sequence[str]], picture: str) -> str:
    """Write the matrix by groups of nets, and net by net."""
    names = [model["name"] for model in result["models"]]
    saved = [cell for cell in result["cells"] if cell["disturbance"] == exams.AS_SAVED]
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for cell in saved:
        run = result["runs"][cell["run"]]["name"].rpartition("-")[0]
        rows.setdefault((run, group_of(names[cell["model"]], fooled[run])), []).append(cell)
    lines = [
        "# Do other networks see the same?",
        "",
        f"Written by `{shlex.join(['python', *sys.argv])}`.",
        "",
        "Of the best image for each digit: how often the digit is on top in the answer of a net, "
        "the mean confidence in it, and how often that reaches 0.99. Means over nets and seeds; "
        "below the agreement, the range over single nets.",
        "",
        "| images | nets | number | agreement | range | mean confidence | ≥ 0.99 |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for (run, group), cells in sorted(rows.items(), key=lambda row: GROUPS.index(row[0][1])):
        agreement = [cell["agreement"] for cell in cells]
        confidence = np.mean([cell["mean_confidence"] for cell in cells])
        high = np.mean([cell["shares"]["0.99"] for cell in cells])
        lines.append(
            f"| {run} | {group} | {len(cells)} | {percent(np.mean(agreement))} | "
            f"{percent(min(agreement))} to {percent(max(agreement))} | {percent(confidence)} | "
            f"{percent(high)} |"
        )
    return "\n".join([*lines, "", f"![Every net]({picture})", ""])


def drawn(result: dict[str, Any]) -> bytes:
    """Draw agreement and confidence of each net in each kind of images, means over seeds."""
    names = [model["name"] for model in result["models"]]
    runs_of = [run["name"].rpartition("-")[0] for run in result["runs"]]
    kinds = list(dict.fromkeys(runs_of))
    saved = [cell for cell in result["cells"] if cell["disturbance"] == exams.AS_SAVED]
    maps = []
    for title, key in (("Top-1 agreement", "agreement"), ("Mean confidence", "mean_confidence")):
        values = np.array([cell[key] for cell in saved]).reshape(len(runs_of), len(names))
        means = [values[[run == kind for run in runs_of]].mean(axis=0) for kind in kinds]
        maps.append(viz.HeatMap(title, np.stack(means), kinds, names))
    return viz.to_png(viz.heat_maps(maps, heading="Do other networks see the same?"))


def main(
    data: Annotated[Path, typer.Argument(help="Folder with the four files of MNIST or the like.")],
    nets: Annotated[int, typer.Option(min=3, help="LeNets of different starts.")] = 5,
    together: Annotated[int, typer.Option(min=2, help="Of these, how many form the ensemble.")] = 3,
    epochs: Annotated[int, typer.Option(min=1, help="Of training.")] = 20,
    generations: Annotated[int, typer.Option(min=1, help="Of evolution, and steps.")] = 200,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each kind.")] = 5,
    out: Annotated[Path, typer.Option(help="Folder of nets and runs.")] = Path("runs/transferred"),
    write: Annotated[Path | None, typer.Option(help="Page to write. [in --out]")] = None,
    changes: Changes = None,
) -> None:
    """Train nets, evolve for one and for an ensemble, and show the images to all; it resumes."""
    if together >= nets:
        raise typer.BadParameter(f"expected --together below --nets, {nets}, got {together}")
    wanted = [(SAME, seed) for seed in range(nets)] + [(model, 0) for model in OTHERS]
    write = write or out / "transferred.md"
    with LiveReporter() as reporter:
        made = dict(trained(*each, data, out / "nets", epochs, reporter) for each in wanted)
        fooled = {}
        folders = []
        for method in METHODS:
            for kind, some in (("one", [*made][:1]), ("ensemble", [*made][:together])):
                fooled[f"{method}-{kind}"] = some
                for seed in range(seeds):
                    folder = out / f"{method}-{kind}-{seed}"
                    more = [f"run.generations={generations}", f"run.seed={seed}", *(changes or [])]
                    against = [made[name] for name in some]
                    folders.append(evolved(method, against, folder, more, reporter))
        built = []
        for name, net in made.items():
            settings = classifiers.ClassifierSettings(**net)
            network = classifiers.build(settings, torch.device("cpu"), reporter)
            built.append(dataclasses.replace(network, name=name, owned=True))
        result = exams.transfer(folders, built, reporter)
    picture = write.with_suffix(".png")
    write_whole(write.with_suffix(".json"), json.dumps(result, indent=2) + "\n")
    write_whole(picture, drawn(result))
    write_whole(write, page(result, fooled, picture.name))
    print(write.read_text(encoding="utf-8"))


if __name__ == "__main__":
    typer.run(main)
