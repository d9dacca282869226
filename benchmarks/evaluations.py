"""How many images must be looked at: operators of evolution, compared on three networks.

Example:
    python benchmarks/evaluations.py lenet5 --out docs/results/evaluations
    python benchmarks/evaluations.py imagenet --model net.py:build --budget 5000 \
        --out docs/results/evaluations
"""

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import typer

from neatfool import past, process, studies
from neatfool.cli.progress import LiveReporter

BUDGETS = (2_000, 5_000, 20_000, 100_000)
SURE = 0.9999
_OWN = "benchmarks/operators.py"
_STRUCTURE = "encoding.structure"
_TILES, _HIDDEN = "encoding.canvas.tiles=4", f"{_STRUCTURE}.start=random"
_CLIMBING = (
    *("search.kind=gradient", "search.batch=10", "encoding.weight_range=30"),
    *("encoding.start_range=10", f"{_STRUCTURE}.start=dense", f"{_STRUCTURE}.start_nodes=32"),
)
_CPPN = "configs/fooling/imagenet_cppn_small_as_published.toml"
OPERATORS: dict[str, tuple[str, ...]] = {
    "usual": (),
    "20 children a generation": ("search.batch=20",),
    "crossover": ("search.crossover=0.5",),
    "iso + line": (f"encoding.kind={_OWN}:Lines", "search.crossover=0.5"),
    "structure changes less often": (
        f"{_STRUCTURE}.add_edge_rate=0.2",
        f"{_STRUCTURE}.delete_edge_rate=0.1",
        f"{_STRUCTURE}.add_node_rate=0.2",
        f"{_STRUCTURE}.delete_node_rate=0.05",
    ),
    "one change a child": (
        f"encoding.kind={_OWN}:OneChange",
        "encoding.weight_rate=0.3",
        "encoding.strength=30",
    ),
    "half only refine": (f"encoding.kind={_OWN}:Refining",),
    "weights up to 30": ("encoding.weight_range=30",),
    "weights up to 3": ("encoding.weight_range=3",),
    "new edges up to 1": ("encoding.start_range=1",),
    "first networks with hidden nodes": (_HIDDEN,),
    "red, green, blue": (f"encoding.kind={_OWN}:Rgb",),
    "mirrored": (f"encoding.kind={_OWN}:Mirrored",),
    "4 x 4 tiles": (_TILES,),
    "angle and distance": (f"encoding.kind={_OWN}:Polar",),
    "curious parents": (f"search.kind={_OWN}:Curious",),
    "parents of low scores": (f"search.kind={_OWN}:Unfinished",),
    "parents of high scores": (f"search.kind={_OWN}:Finished",),
    "all 1,000 classes": ('task.classes="0-999"',),
    "tiles, hidden nodes": (_TILES, _HIDDEN),
    "8 x 8 tiles, hidden nodes": ("encoding.canvas.tiles=8", _HIDDEN),
    "tiles, 30 hidden nodes": (_TILES, _HIDDEN, f"{_STRUCTURE}.start_nodes=30"),
    "tiles, hidden nodes, 20 children, crossover": (
        *(_TILES, _HIDDEN, "search.batch=20", "search.crossover=0.5"),
    ),
    "hidden nodes, 20 children, crossover": (_HIDDEN, "search.batch=20", "search.crossover=0.5"),
    "gradients on weights": _CLIMBING,
    "gradients on weights, tiles": (*_CLIMBING, _TILES),
}
"""What differs from the usual settings, by name."""
_COLOUR = ("red, green, blue", "all 1,000 classes")
_WANTED = slice(None, None, 20)
"""Of 1,000 classes, those that count."""
Network = Literal["lenet5", "lenet-caffe", "imagenet"]
COST = {"gradient": 4}
"""Images that an evaluation counts as, by search, where it is not one: the image is scored, and its
gradient takes a pass forwards and one backwards, which counts as two."""


def budgets(folder: Path) -> dict[str, float]:
    """Measure a finished run: what it had reached when so many images had been looked at.

    Returns:
        Images until all is sure, infinite if it never is; for each budget mean and median of the
        scores, and the shares of at least 0.5 and 0.9; area, the mean of the mean over all images
        that the run might have looked at: one that ended earlier, as all was found, stays where it
        was.
    """
    evaluations, scores = past.scores_over_time(folder, len(past.read_about(folder).names))
    scores = np.maximum(scores, 0)[:, _WANTED if scores.shape[1] == 1000 else slice(None)]
    config = past.read_config(folder)
    cost = COST.get(config.search.label, 1)
    evaluations = evaluations * cost
    end = cost * config.run.generations * config.search.batch
    means = scores.mean(axis=1)
    area = np.trapezoid([*means, means[-1]], [*evaluations, end])
    sure = evaluations[scores.min(axis=1) >= SURE]
    found = {"images": float(sure[0]) if len(sure) else np.inf}
    found["area"] = float(area / (end - evaluations[0]))
    for budget in BUDGETS:
        if budget <= evaluations[-1]:
            then = scores[np.searchsorted(evaluations, budget, "right") - 1]
            found |= {
                f"mean_{budget}": float(then.mean()),
                f"median_{budget}": float(np.median(then)),
            }
            found |= {
                f"share_{level}_{budget}": float((then >= level).mean()) for level in (0.5, 0.9)
            }
    return found


def _measures(budget: int) -> list[str]:
    within = [each for each in BUDGETS if each <= budget]
    return [f"{what}_{each}" for what in ("mean", "median", "share_0.5") for each in within]


def _study(
    network: Network, asked: Sequence[str], seeds: str, budget: int, operators: Sequence[str]
) -> studies.StudySettings:
    """Put together the runs against one network.

    Args:
        network: Runs against one of the two LeNets end when every class is sure, too.
        asked: Settings of all others that say which network it is.
        seeds: Of the runs.
        budget: Images that each run may look at.
        operators: Their names.
    """
    is_small = network != "imagenet"
    common = (f"task.classifier.model={network}", f"run.target={SURE}") if is_small else asked
    config = "configs/fooling/mnist_cppn.toml" if is_small else _CPPN
    methods = []
    for name in dict.fromkeys(operators):
        changes = OPERATORS[name]
        batch = next((int(each[13:]) for each in changes if each[:13] == "search.batch="), 100)
        cost = COST["gradient"] if "search.kind=gradient" in changes else 1
        ends = [f"search.batch={batch}", f"run.generations={budget // (cost * batch)}"]
        if cost > 1:
            ends.append(f"search.goal={SURE if is_small else 0.99}")
        if not (is_small and name in _COLOUR):
            methods.append(studies.Method(name=name, config=config, changes=(*changes, *ends)))
    return studies.make_study(
        {
            "title": f"Operators against {network}",
            "seeds": seeds,
            "methods": [each.model_dump() for each in methods],
            "changes": common,
            "program": "benchmarks/evaluations.py:budgets",
            "measures": ("images", "area") if is_small else _measures(budget),
            "reference": "usual",
            "commands": [shlex.join(["python", *sys.argv])],
        }
    )


def main(
    network: Annotated[Network, typer.Argument(help="Which one to fool.")],
    out: Annotated[Path, typer.Option(help="Gets a folder for each network.")],
    model: Annotated[str, typer.Option(help="The network of ImageNet.")] = "",
    mean: Annotated[float, typer.Option(help="What its images are normalised with.")] = 0.5,
    std: Annotated[float, typer.Option(help="What its images are normalised with.")] = 0.5,
    seeds: Annotated[str, typer.Option(help="Of the runs: 0-9, or how many.")] = "3",
    budget: Annotated[int, typer.Option(help="Images that a run may look at.")] = 20_000,
    only: Annotated[list[str] | None, typer.Option(help="Operators beside the usual ones.")] = None,
    runs: Annotated[Path, typer.Option(help="Folder of the run folders.")] = Path(
        "runs/evaluations"
    ),
    on: Annotated[str, typer.Option(help="As for `neatfool study`.")] = "processes",
) -> None:
    """Run every operator with every seed, and write a study; what is done already stays."""
    if network == "imagenet" and not model:
        raise typer.BadParameter("expected a network of ImageNet, got none: give --model")
    named = {"model": model, "mean": [mean], "std": [std], "size": 224}
    changes = [f"task.classifier.{key}={json.dumps(value)}" for key, value in named.items()]
    study = _study(network, changes, seeds, budget, ["usual", *(only or OPERATORS)])
    process.keep_memory()
    with LiveReporter() as reporter:
        results = studies.conduct(study, out / network, runs / network, on, reporter=reporter)
    print(studies.publish(results, out / network))


if __name__ == "__main__":
    typer.run(main)
