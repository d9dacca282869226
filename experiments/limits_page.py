"""The page of `limits.py`: tables and pictures of what it found."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from dense_cppns import SURE, Fit
from limits_measures import Correlation
from matplotlib.figure import Figure
from PIL import Image

from neatfool import viz
from neatfool.files import markdown_table, write_whole
from neatfool.reporting import percent
from neatfool.types import Doubles
from neatfool.viz.figures import dress

SIDE = 96
"""Pixels of a picture in a gallery."""
WIDTH = 1_000
"""Pixels of a gallery, at most."""
Row: TypeAlias = list[tuple[torch.Tensor, str]]
"""Images ``(C, H, W)``, each with its title."""
BLUE, ORANGE = "#0072B2", "#D55E00"


@dataclass(frozen=True, eq=False)
class Evolved:
    """What ``R`` runs came to in ``K`` classes.

    Attributes:
        names: ``K`` names of the classes.
        reached: ``(R, K)`` confidences.
        measures: What may go with them: ``(K,)`` each.
        tops: Of the best elite of each class, names of classes and confidences, the highest first.
        agreement: Mean rank correlation of the confidences of two runs; NaN: there is one run.
        edges: ``(K,)`` of the networks of the elites, means over runs.
        images: How many each run looked at.
    """

    names: Sequence[str]
    reached: Doubles
    measures: Mapping[str, Doubles]
    tops: Sequence[Sequence[tuple[str, float]]]
    agreement: float
    edges: Doubles
    images: Sequence[int]

    @property
    def order(self) -> list[int]:
        """The places of the classes, that of the least confidence first."""
        return np.argsort(self.reached.mean(axis=0), kind="stable").tolist()


@dataclass(frozen=True, eq=False)
class Fitted:
    """What dense networks came to.

    Attributes:
        hard: Of the classes that evolution reached least, indices and places in the runs.
        easy: Likewise of those it reached best.
        climbs: Confidence and steps of each fit to a confidence.
        copies: Confidence and PSNR of each fit to a real picture.
        edges: Of each width and depth.
        real: Confidences of the real pictures of all these classes.
    """

    hard: Mapping[int, int]
    easy: Mapping[int, int]
    climbs: Mapping[Fit, tuple[float, int]]
    copies: Mapping[Fit, tuple[float, float]]
    edges: Mapping[tuple[int, int], int]
    real: Sequence[float]


MEASURES = (
    "- *Texture*: log confidence in real pictures of the class whose tiles are shuffled, less that "
    "in the pictures as they are. High: pieces are enough.",
    "- *Inclination*: mean log confidence in what new networks paint, before any selection.",
    "- *Knowledge*: log confidence in real pictures as they are.",
    "- *Confusion*: of what the class does not get in its elite, the share of the strongest rival.",
    "- *Colour*: log confidence with luminance alone, less that with colours. High: colours do not "
    "matter.",
    "- *Animal*: 1 for animals, among them over a hundred breeds of dogs; 0 for things and places.",
    "- *Hidden nodes*, *edges* and *depth* of the elite's network, without what reaches no output.",
)


def short(name: str) -> str:
    """Take the first of the names that a class has."""
    return name.partition(",")[0]


def strip(evolved: Evolved) -> Figure:
    """Draw the confidence in every class: means as bars, runs as dots."""
    order, means = evolved.order, evolved.reached.mean(axis=0)
    figure = Figure(figsize=(7, 0.9 + 0.17 * len(order)), layout="constrained")
    axes, places = figure.add_subplot(), np.arange(len(order))
    dress(axes)
    axes.barh(places, means[order], color=BLUE, alpha=0.35, height=0.8)
    for run in evolved.reached:
        axes.plot(run[order], places, "o", color=BLUE, markersize=2.5)
    labels = [short(evolved.names[k]) for k in order]
    axes.set_yticks(places, labels, fontsize=7, parse_math=False)
    axes.set_ylim(-0.7, len(order) - 0.3)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
    axes.set_xlabel("confidence that evolution reached (bar: mean of runs)")
    return figure


def forest(rows: Sequence[Correlation]) -> Figure:
    """Draw rank correlations with their intervals; those that Holm leaves are orange."""
    figure = Figure(figsize=(7, 0.9 + 0.3 * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    dress(axes)
    axes.axvline(0, color="0.5", linewidth=1)
    for place, row in enumerate(reversed(rows)):
        colour = ORANGE if row.p < 0.05 else BLUE
        axes.plot((row.low, row.high), (place, place), color=colour, linewidth=2)
        axes.plot(row.rho, place, "o", color=colour)
    axes.set_yticks(range(len(rows)), [row.name for row in reversed(rows)], fontsize=8)
    axes.set_xlim(-1, 1)
    axes.set_xlabel("rank correlation with the confidence that evolution reached")
    return figure


def gallery(rows: Sequence[Row], file: Path) -> None:
    """Write rows of images, each under its title, as a JPEG file."""
    shrunk = [
        torch.nn.functional.interpolate(image[None], SIDE, mode="bilinear", antialias=True)
        for row in rows
        for image, _ in row
    ]
    titles = [title for row in rows for _, title in row]
    figure = viz.image_grid(torch.cat(shrunk).clamp(0, 1), titles, columns=len(rows[0]))
    drawn, written = Image.open(io.BytesIO(viz.to_png(figure)), formats=["PNG"]), io.BytesIO()
    drawn = drawn.convert("RGB")
    drawn.thumbnail((WIDTH, WIDTH))
    drawn.save(written, format="JPEG", quality=75)
    write_whole(file, written.getvalue())


def worst_table(evolved: Evolved, count: int) -> list[str]:
    """Write which classes were reached least, and what the network sees in their best images."""
    rows = []
    for k in evolved.order[:count]:
        runs = evolved.reached[:, k]
        seen = ", ".join(f"{short(name)} {percent(share)}" for name, share in evolved.tops[k])
        rows.append((short(evolved.names[k]), percent(runs.mean()), percent(runs.max()), seen))
    return markdown_table(("class", "mean", "best run", "answer to the best image"), rows)


def correlation_table(rows: Sequence[Correlation]) -> list[str]:
    """Write rank correlations with their intervals and p values."""
    cells = [
        (row.name, f"{row.rho:+.2f}", f"{row.low:+.2f} to {row.high:+.2f}", f"{row.p:.2g}")
        for row in rows
    ]
    return markdown_table(("measure", "rho", "95 % interval", "p (Holm)"), cells)


def shares(confidences: Sequence[float]) -> tuple[str, str, str]:
    """Write the median, and how many are at least 0.5 and 0.99."""
    count = len(confidences)
    numbers = (sum(each >= level for each in confidences) for level in (0.5, SURE))
    median = percent(float(np.median(confidences))) if count else "–"
    return (median, *(f"{number} of {count}" for number in numbers))


def best_starts(climbs: Mapping[Fit, tuple[float, int]]) -> dict[tuple[int, int, int], float]:
    """Take the best start of each class and size."""
    best: dict[tuple[int, int, int], float] = {}
    for fit, (confidence, _) in climbs.items():
        best[fit[:3]] = max(confidence, best.get(fit[:3], 0.0))
    return best


def climb_table(evolved: Evolved, fitted: Fitted) -> list[str]:
    """Write how far climbs came, by size, and evolution in the same classes."""
    best, means = best_starts(fitted.climbs), evolved.reached.max(axis=0)
    ends = (fitted.hard, fitted.easy)
    places = [k for end in ends for k in end.values()]
    reached = [cell for end in ends for cell in shares(means[list(end.values())].tolist())]
    rows = [("evolution, best run", f"{np.median(evolved.edges[places]):.0f}", *reached)]
    for size, count in fitted.edges.items():
        cells = [cell for end in ends for cell in shares([best[(k, *size)] for k in end])]
        rows.append((f"{size[0]} wide, {size[1]} deep", f"{count:,}", *cells))
    names = f"{len(fitted.hard)} least", f"{len(fitted.easy)} best"
    heads = [f"{name}: {what}" for name in names for what in ("median", "≥ 50 %", "≥ 99 %")]
    return markdown_table(("networks", "edges", *heads), rows)


def copy_table(fitted: Fitted) -> list[str]:
    """Write what the network sees in copies of real pictures, by the size of what painted them."""
    rows = [("real pictures", "–", *shares(fitted.real))]
    for size in fitted.edges:
        some = [result for fit, result in fitted.copies.items() if fit[1:3] == size]
        near = f"{np.median([each for _, each in some]):.1f} dB"
        rows.append((f"{size[0]} wide, {size[1]} deep", near, *shares([each for each, _ in some])))
    return markdown_table(("painted by", "PSNR", "confidence", "≥ 50 %", "≥ 99 %"), rows)


def page(
    command: str,
    evolved: Evolved,
    rows: Sequence[Correlation],
    fitted: Fitted,
    photographs: bool,
) -> str:
    """Write the page; PICTURES stands for the folder of its pictures.

    Args:
        command: That wrote it.
        evolved: What evolution came to.
        rows: What goes with that.
        fitted: What dense networks came to.
        photographs: There are galleries with real pictures.
    """
    runs, count = evolved.reached.shape
    budgets = " and ".join(f"{each:,}" for each in evolved.images)
    steps = [taken for _, taken in fitted.climbs.values()]
    best = best_starts(fitted.climbs)
    found = {index: max(v for key, v in best.items() if key[0] == index) for index in fitted.hard}
    agreement = f" Two runs agree on the order of classes by {evolved.agreement:.2f} (Spearman)."
    real = ["", "![Elites and real pictures](PICTURES/real.jpg)"] * photographs
    copies = ["", "![Real pictures and copies](PICTURES/copies.jpg)"] * photographs
    return "\n".join(
        [
            "# Where evolution stops",
            "",
            f"Patterns were evolved for {count} classes, in {runs} run{'s' * (runs > 1)} of "
            f"{budgets} images{' each' * (runs > 1)}. In some classes they are believed soon, in "
            "others hardly ever. Which, what goes with it, and "
            "could networks of another size do better?",
            "",
            f"Written by `{command}`.",
            "",
            "## How far each class came",
            "",
            f"The mean confidence is {percent(evolved.reached.mean())}."
            + (agreement if runs > 1 else " With one run, nobody knows how much is chance."),
            "",
            "![Confidences](PICTURES/confidences.png)",
            "",
            "The classes that were reached least:",
            "",
            *worst_table(evolved, len(fitted.hard)),
            "",
            "The best elites of the classes that were reached least, and of those reached best:",
            "",
            "![Elites](PICTURES/extremes.jpg)",
            *real,
            "",
            "## What goes with it",
            "",
            f"Rank correlations, over {count} classes, with the mean confidence that evolution "
            "reached. Intervals are bootstrap intervals over classes; p is adjusted for all rows.",
            "",
            *correlation_table(rows),
            "",
            "![Correlations](PICTURES/correlations.png)",
            "",
            *MEASURES,
            "",
            "A correlation is no cause: rows may go with each other, and with something that is "
            "not here. A class has few real pictures, often one, so what follows from them is "
            "noisy. Measures of elites come after the fact: an image that the network does not "
            "believe in has a rival, whatever the reason.",
            "",
            "## What could networks of another size paint?",
            "",
            "Dense networks with the same inputs, functions and colours are fitted by gradients "
            "(Adam on the weights) to the confidence in the class, on the same canvas. Each stops "
            f"at {percent(SURE)}, so a higher median of evolution says nothing. Where there are "
            "several starts, the best counts.",
            "",
            *climb_table(evolved, fitted),
            "",
            f"Of the {len(fitted.hard)} classes that evolution reached least, gradients came to "
            f"50 % in {sum(each >= 0.5 for each in found.values())} with one of these sizes at "
            f"least, and to 99 % in {sum(each >= SURE for each in found.values())}. That took "
            f"{len(fitted.climbs):,} fits and {sum(steps):,} images, each sent forwards and "
            f"backwards through the network; a fit took {np.median(steps):g} (median).",
            "",
            "![Best of evolution, then of each size](PICTURES/climbs.jpg)",
            "",
            "The first row is evolution's, the others are of the sizes in the table: "
            "width × depth.",
            "",
            "### Copies of real pictures",
            "",
            "The same networks, fitted to one real picture of each of these classes by least "
            "squares, without tiles and without asking the network that is fooled. What does it "
            "see in the copy?",
            "",
            *copy_table(fitted),
            *copies,
            "",
        ]
    )
