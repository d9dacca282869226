"""Which classes evolution reaches least, what goes with that, and what networks could paint at all.

Example:
    neatfool run configs/fooling/imagenet_cppn_small_tiled.toml --seed 0 --out runs/long/seed-0
    python experiments/limits.py runs/long/seed-0 --data photographs --out runs/limits
"""

import functools
import itertools
import json
import math
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import torch
import typer
from dense_cppns import REACHES, SURE, Fit, climb, copied, edges
from limits_measures import (
    SHUFFLES,
    TILES,
    asked,
    correlations,
    inclination,
    look_at_real,
    look_at_run,
    paint_elites,
)
from limits_page import Evolved, Fitted, Row, forest, gallery, page, short, strip

from neatfool import classifiers, past, studies, viz
from neatfool.classifiers import Classifier, imagenet_ids
from neatfool.cli.progress import LiveReporter
from neatfool.data.pictures import read_picture
from neatfool.data.real import LabelledPictures, find_real
from neatfool.files import write_whole
from neatfool.images import Canvas, to_png
from neatfool.reporting import Reporter, percent, stepping
from neatfool.sections.task import FoolingSettings
from neatfool.tasks import Fooling
from neatfool.types import CPU, Images, Json, Shape

WIDTHS, DEPTHS = (8, 32, 128), (2, 4)
SIZES = tuple(itertools.product(WIDTHS, DEPTHS))
MOST = 8
"""Real pictures of a class that are looked at."""
REAL = ("real", "copies")
"""Galleries with real pictures, which are somebody's."""
ANIMALS = 398
"""Of ImageNet, so many classes are animals: the first."""
KNOWLEDGE = "knowledge: real pictures"
SHOWN = 10
"""Classes at either end that are shown."""


@dataclass(frozen=True)
class Kept:
    """Results in a folder, a file for each; those of other settings are refused.

    Attributes:
        folder: Where they are.
        facts: What they follow from.
    """

    folder: Path
    facts: Json

    def get(self, name: str) -> Any:
        """Read a result; none: it is not there."""
        file = self.folder / f"{name}.json"
        if not file.exists():
            return None
        known = json.loads(file.read_text(encoding="utf-8"))
        if known["facts"] != self.facts:
            raise typer.BadParameter(
                f"{file} is of other settings: expected {self.facts}, got {known['facts']}; give "
                "another --out"
            )
        return known["found"]

    def put(self, name: str, found: Any, image: torch.Tensor | None = None) -> None:
        """Write a result, and the image that belongs to it."""
        if image is not None:
            write_whole(self.folder / f"{name}.png", to_png(image))
        content = json.dumps({"facts": self.facts, "found": found})
        write_whole(self.folder / f"{name}.json", content + "\n")

    def made(self, name: str, make: Callable[[], Any]) -> Any:
        """Read a result, or make and write it."""
        if (found := self.get(name)) is None:
            self.put(name, make())
            found = self.get(name)
        return found

    def image(self, name: str, shape: Shape) -> torch.Tensor:
        """Read the image ``(C, H, W)`` that belongs to a result."""
        levels = read_picture(self.folder / f"{name}.png", shape)
        return torch.from_numpy(levels.copy()).float() / 255


class Given(NamedTuple):
    """What there is to ask, and about what."""

    classifier: Classifier
    canvas: Canvas
    indices: Sequence[int]
    """Of the ``K`` classes that the runs evolved images for."""
    pictures: LabelledPictures
    out: Path

    def kept(self, name: str, **facts: Any) -> Kept:
        """Open a folder of results, which follow from so much."""
        return Kept(self.out / name, {"network": self.classifier.sha256, **facts})

    def of_class(self, index: int) -> Images:
        """Read the real pictures of a class, at most so many."""
        some = self.pictures.select(np.flatnonzero(self.pictures.classes == index)[:MOST])
        if not len(some):
            raise typer.BadParameter(
                f"expected a picture of every class in --data, got none of "
                f"{self.classifier.labels[index]}; put one there"
            )
        levels = some.read(0, len(some), self.canvas.shape)
        return torch.from_numpy(levels).float() / 255


def fit_all(
    given: Given, classes: Sequence[int], steps: int, starts: int, shown: Reporter
) -> dict[Fit, tuple[float, int]]:
    """Climb to every class with every size; again where the starts before did not come to be sure.

    Returns:
        For each fit the best confidence and the steps it took.
    """
    kept = given.kept("climbs", steps=steps, canvas=repr(given.canvas))
    found: dict[Fit, tuple[float, int]] = {}
    for start in range(starts):
        wanted = [Fit(index, *size, start) for size, index in itertools.product(SIZES, classes)]
        sure = {each[:3] for each, (best, _) in found.items() if best >= SURE}
        wanted = [each for each in wanted if each[:3] not in sure]
        known = {each: kept.get(each.name) for each in wanted}
        missing = [each for each in wanted if known[each] is None]
        climbs = climb(given.classifier, given.canvas, missing, steps)
        for each in stepping(climbs, len(missing), f"climbs, start {start}", shown):
            known[each.fit] = each.best, each.steps
            kept.put(each.fit.name, known[each.fit], each.image)
        found |= {each: tuple(result) for each, result in known.items()}
    return found


def copy_all(
    given: Given, classes: Sequence[int], steps: int, shown: Reporter
) -> dict[Fit, tuple[float, float]]:
    """Copy a real picture of every class with every size, and ask what the network sees in that.

    Returns:
        For each fit the confidence in the class, and how near the copy is: its PSNR in dB.
    """
    plain = replace(given.canvas, tiles=1)
    kept = given.kept("copies", steps=steps, data=given.pictures.digest())
    found: dict[Fit, tuple[float, float]] = {}
    for size in stepping(SIZES, len(SIZES), "copies", shown):
        wanted = [Fit(index, *size, 0) for index in classes]
        missing = [each for each in wanted if kept.get(each.name) is None]
        if missing:
            pictures = torch.cat([given.of_class(each.index)[:1] for each in missing])
            copies = copied(missing, plain, pictures, steps)
            errors = (copies - pictures).square().mean(dim=(1, 2, 3)).double()
            confidences = asked(given.classifier, copies)
            for row, each in enumerate(missing):
                near = -10 * math.log10(float(errors[row]))
                kept.put(each.name, (confidences[row, each.index], near), copies[row])
        found |= {each: tuple(kept.get(each.name)) for each in wanted}
    return found


def measured(given: Given, folders: Sequence[Path], new: int, shown: Reporter) -> Evolved:
    """Measure classes and elites: all that may go with how far evolution came."""
    indices, labels, network = given.indices, given.classifier.labels, given.classifier
    found = []
    encoding = past.read_standing(folders[0]).encoding
    for place, folder in enumerate(stepping(folders, len(folders), "elites", shown)):
        standing = past.read_standing(folder)
        kept = given.kept("elites", scores=standing.archive.scores.tolist())
        found.append(kept.made(str(place), functools.partial(look_at_run, network, standing)))
    kept, real = given.kept("real", data=given.pictures.digest(), most=MOST, views=SHUFFLES), []
    for index in stepping(indices, len(indices), "real pictures", shown):
        view = functools.partial(look_at_real, network, index, given.of_class(index))
        real.append(kept.made(str(index), view))
    paint = functools.partial(inclination, network, encoding, new, shown)
    drawn = given.kept("random", new=new, canvas=repr(given.canvas)).made("inclination", paint)
    views = {name: np.array([each[name] for each in real]) for name in real[0]}
    per_run = {name: np.array([run[name] for run in found]) for name in found[0].keys() - {"top"}}
    means = {name: values.mean(axis=0) for name, values in per_run.items()}
    texture = {f"{n} × {n}": views[f"tiles {n}"] - views["real"] for n in TILES}
    reached = per_run["confidence"]
    pairs = [studies.spearman(*pair)[0] for pair in itertools.combinations(reached, 2)]
    best, animals = reached.argmax(axis=0), {}
    if len(labels) == len(imagenet_ids()):
        animals["animal, not thing"] = np.array(indices) < ANIMALS
    return Evolved(
        [labels[index] for index in indices],
        reached,
        {f"texture: {tiles} shuffled tiles": change for tiles, change in texture.items()}
        | {
            "inclination: random images": np.array(drawn)[list(indices)],
            KNOWLEDGE: views["real"],
            "confusion: share of the rival": means["rival"],
            "colour: elite in grey": means["grey"],
            "colour: real pictures in grey": views["grey"] - views["real"],
            "hidden nodes of the elite": means["hidden nodes"],
            "edges of the elite": means["edges"],
            "depth of the elite": means["depth"],
        }
        | animals,
        [[(labels[int(i)], p) for i, p in found[run]["top"][k]] for k, run in enumerate(best)],
        float(np.mean(pairs)) if pairs else math.nan,
        means["edges"],
        [int(past.scores_over_time(folder, len(indices))[0][-1]) for folder in folders],
    )


def begin(folder: Path, model: str, data: Path, out: Path) -> Given:
    """Load the network of a run and the real pictures."""
    task, about = past.read_config(folder).task, past.read_about(folder)
    if not isinstance(task, FoolingSettings):
        raise typer.BadParameter(f"{folder}: expected a run of fooling, got one of {task.kind}")
    if model and about.shape:
        other = {"model": model, "weights": None, "size": about.shape[1:]}
        network = classifiers.build(task.classifier.model_copy(update=other), CPU)
    else:
        fooling = past.read_standing(folder, scored=True).task
        assert isinstance(fooling, Fooling)
        network = fooling.classifier
    ids = imagenet_ids() if len(network.labels) == len(imagenet_ids()) else ()
    canvas = past.read_standing(folder).encoding.medium
    pictures = find_real(data, network.labels, ids)
    return Given(network, canvas, about.indices, pictures, out)


def galleries(
    given: Given, folders: Sequence[Path], evolved: Evolved, fitted: Fitted
) -> dict[str, list[Row]]:
    """Choose the images of the galleries, by their names.

    Args:
        given: What there is to ask.
        folders: Of the runs.
        evolved: How far these came.
        fitted: How far dense networks came.
    """
    elites = [paint_elites(past.read_standing(folder)) for folder in folders]
    best, scores = evolved.reached.argmax(axis=0), evolved.reached.max(axis=0)
    order, most = evolved.order, min(SHOWN, len(evolved.names) // 2)

    def elite_row(places: Sequence[int]) -> Row:
        return [
            (elites[best[k]][k], f"{short(evolved.names[k])} · {percent(scores[k])}")
            for k in places
        ]

    def real_row(places: Sequence[int]) -> Row:
        return [(given.of_class(given.indices[k])[0], "real") for k in places]

    def fitted_row(name: str, size: tuple[int, int], fits: Sequence[Fit]) -> Row:
        kept, results = Kept(given.out / name, {}), getattr(fitted, name)
        row = []
        for index in fitted.hard:
            of_class = [fit for fit in fits if fit[:3] == (index, *size)]
            fit = max(of_class, key=lambda each: results[each][0])
            title = f"{size[0]} × {size[1]} · {percent(results[fit][0])}"
            row.append((kept.image(fit.name, given.canvas.shape), title))
        return row

    hard = [*fitted.hard.values()]
    ends = (order[:most], order[::-1][:most])
    return {
        "extremes": [elite_row(places) for places in ends],
        "real": [row(places) for places in ends for row in (elite_row, real_row)],
        "climbs": [
            elite_row(hard),
            *(fitted_row("climbs", size, [*fitted.climbs]) for size in SIZES),
        ],
        "copies": [
            real_row(hard),
            *(fitted_row("copies", size, [*fitted.copies]) for size in SIZES),
        ],
    }


def main(
    folders: Annotated[list[Path], typer.Argument(help="Finished runs with equal settings.")],
    data: Annotated[Path, typer.Option(help="Real pictures, as for `neatfool check`.")],
    model: Annotated[
        str, typer.Option(help="The same network in PyTorch, net.py:factory. [that of the runs]")
    ] = "",
    new: Annotated[int, typer.Option(min=1, help="Random images.")] = 1_000,
    hard: Annotated[int, typer.Option(min=1, help="Classes reached least, to be fitted.")] = 10,
    easy: Annotated[int, typer.Option(min=1, help="Classes reached best, to be fitted.")] = 5,
    climbing: Annotated[int, typer.Option(min=1, help="Steps to raise a confidence.")] = 300,
    copying: Annotated[int, typer.Option(min=1, help="Steps to copy a picture.")] = 500,
    starts: Annotated[int, typer.Option(min=1, max=len(REACHES), help="To raise it.")] = 2,
    photographs: Annotated[
        bool, typer.Option(help="Show real pictures, too: mind whose they are.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Results; what is there stays.")] = Path("runs/limits"),
    write: Annotated[
        Path, typer.Option(help="Page to write; pictures in a folder beside it.")
    ] = Path("runs/limits.md"),
) -> None:
    """Measure classes and elites, fit dense networks, and write a page of it; it resumes."""
    torch.set_num_threads(1)
    with LiveReporter() as shown:
        given = begin(folders[0], model, data, out)
        evolved = measured(given, folders, new, shown)
        order, indices = evolved.order, given.indices
        ends = [{indices[k]: k for k in some} for some in (order[:hard], order[::-1][:easy])]
        classes = [index for end in ends for index in end]
        climbs = fit_all(given, classes, climbing, starts, shown)
        copies = copy_all(given, classes, copying, shown)
    knowledge = np.exp(evolved.measures[KNOWLEDGE])
    counts = {size: edges(*size, given.canvas) for size in SIZES}
    real = [float(knowledge[k]) for end in ends for k in end.values()]
    fitted = Fitted(*ends, climbs, copies, counts, real)
    rows = correlations(evolved.measures, evolved.reached.mean(axis=0))
    folder = write.with_suffix("")
    viz.save(strip(evolved), folder / "confidences.png")
    viz.save(forest(rows), folder / "correlations.png")
    for name, images in galleries(given, folders, evolved, fitted).items():
        if photographs or name not in REAL:
            gallery(images, folder / f"{name}.jpg")
    told = shlex.join(["python", *sys.argv])
    text = page(told, evolved, rows, fitted, photographs)
    write_whole(write, text.replace("PICTURES", folder.name))
    print(write.read_text(encoding="utf-8"))


if __name__ == "__main__":
    typer.run(main)
