"""Several seeds of several configurations, summed up in one page."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from neatfool import viz
from neatfool.bounded import opened
from neatfool.files import replacing, write_whole
from neatfool.past.folder import file_of
from neatfool.past.records import scores_over_time
from neatfool.past.report import require_report
from neatfool.reporting import Unit
from neatfool.runs.written import GALLERY
from neatfool.types import Doubles, Floats

_LARGE = 1 << 20
PASS = 0.9999
"""The confidence that the paper is known for."""


@dataclass(frozen=True, eq=False)
class SeedResult:
    """What one run came to.

    Attributes:
        folder: Its run folder.
        name: Of the task, or of the network that is fooled.
        unit: Of the scores.
        encoding: Kind of the encoding.
        seed: The seed.
        evaluations: ``(G,)`` evaluations after each generation.
        scores: ``(G, K)`` score of each niche's elite after each generation; minus infinity
            where there is none, which counts neither in medians nor in the mean.
        labels: ``K`` names.
        seconds: Spent evolving.
        workers: That evaluated.
        bytes_per_pixel: ``(K,)`` of each elite as a PNG: the fewer, the more regular; empty: there
            are no images.
        slopes: ``(K,)`` spectral slopes of the elites: 0 is noise, the lower the smoother.
    """

    folder: Path
    name: str
    unit: Unit
    encoding: str
    seed: int
    evaluations: Floats
    scores: Floats
    labels: tuple[str, ...]
    seconds: float
    workers: str
    bytes_per_pixel: tuple[float, ...]
    slopes: tuple[float, ...]

    @property
    def medians(self) -> Doubles:
        """``(G,)`` median over classes after each generation."""
        return viz.medians(self.scores.T)

    @property
    def mean(self) -> float:
        """Mean over classes at the end."""
        last = self.scores[-1].astype(np.float64)
        return float(last[np.isfinite(last)].mean())

    def fooled(self, confidence: float) -> int:
        """Count the classes of at least so much confidence at the end."""
        return int((self.scores[-1] >= confidence).sum())

    @property
    def passed_at(self) -> int | None:
        """The generation after which every class had passed; none if it did not come to that."""
        passed = np.flatnonzero(self.scores.min(axis=1) >= PASS)
        return int(passed[0]) + 1 if len(passed) else None


def read_result(folder: Path) -> SeedResult:
    """Read a finished run."""
    report = require_report(folder)
    labels = tuple(entry["name"] for entry in report["niches"])
    measures = [entry["measures"] for entry in report["niches"]]
    evaluations, scores = scores_over_time(folder, len(labels))
    return SeedResult(
        folder,
        report["task"]["name"],
        Unit(**report["task"]["unit"]),
        report["encoding"],
        report["seed"],
        evaluations,
        scores,
        labels,
        report["evolve_seconds"],
        report["environment"]["workers"],
        tuple(each["png_bytes_per_pixel"] for each in measures if each),
        tuple(each["spectral_slope"] for each in measures if each),
    )


def write_summary(
    page: Path, results: Mapping[str, Sequence[SeedResult]], heading: str, command: str
) -> None:
    """Write a Markdown page with tables, curves and the gallery of each first seed.

    Args:
        page: The file; its pictures are put into a folder of its name beside it.
        results: By name of the configuration, one result per seed.
        heading: Title of the page.
        command: What makes the page again.
    """
    pictures = page.with_suffix("")
    series = {name: _curves(seeds) for name, seeds in results.items()}
    pictures.mkdir(parents=True, exist_ok=True)
    viz.save(viz.seed_curves(series, heading), pictures / "curves.png")
    galleries = {
        name: _copy_gallery(file_of(seeds[0].folder, GALLERY), pictures / name)
        for name, seeds in results.items()
    }
    lines = [
        f"# {heading}",
        "",
        f"Made by `{command}`. Confidences are float32: 100.0000 % is a softmax of exactly 1, "
        "where selection stops. *Passed* is the generation after which every class had "
        f"{100 * PASS:g} % or more. PNG bytes per pixel and spectral slope are medians over all "
        "elites: the lower they are, the more regular the images.",
        "",
        "## By configuration",
        "",
        *_overview(results),
        "",
        f"![Median confidence over evaluations]({pictures.name}/curves.png)",
        "",
        "## By seed",
        "",
        *_seeds(results),
        "",
        "## Galleries of seed 0",
        "",
    ]
    for name, gallery in galleries.items():
        lines += [f"### {name}", "", f"![{name}]({pictures.name}/{gallery})", ""]
    write_whole(page, "\n".join(lines))


def _copy_gallery(gallery: Path, to: Path) -> str:
    """Copy a picture, as a JPEG if it is large; return the name of the file."""
    is_large = gallery.stat().st_size > _LARGE
    file = to.with_name(to.name + (".jpg" if is_large else ".png"))
    with replacing(file) as temporary:
        if is_large:
            with opened(gallery) as plain, Image.open(plain, formats=["PNG"]) as picture:
                picture.convert("RGB").save(temporary, format="JPEG", quality=80)
        else:
            shutil.copyfile(gallery, temporary)
    return file.name


def _curves(seeds: Sequence[SeedResult]) -> tuple[Floats, Doubles]:
    """Stack the medians ``(S, G)``; a run that stopped early stays where it was."""
    longest = max((seed.evaluations for seed in seeds), key=len)
    medians = [seed.medians for seed in seeds]
    return longest, np.stack([np.pad(m, (0, len(longest) - len(m)), mode="edge") for m in medians])


def _overview(results: Mapping[str, Sequence[SeedResult]]) -> list[str]:
    rows = [
        "| configuration | network | encoding | seeds | evaluations | median of medians "
        "| lowest median | mean of means | lowest mean | worst class of all | seeds passed "
        "| PNG bytes per pixel | spectral slope | seconds (median) | workers |",
        "|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, seeds in results.items():
        medians, write = [float(seed.medians[-1]) for seed in seeds], seeds[0].unit.write
        means = [seed.mean for seed in seeds]
        worst = min(float(seed.scores[-1].min()) for seed in seeds)
        passed = sum(seed.passed_at is not None for seed in seeds)
        seconds = float(np.median([seed.seconds for seed in seeds]))
        size, slope = (
            f"{np.median(np.concatenate(each)):.{digits}f}" if len(each[0]) else "–"
            for each, digits in (
                ([seed.bytes_per_pixel for seed in seeds], 2),
                ([seed.slopes for seed in seeds], 1),
            )
        )
        evaluations = max(float(seed.evaluations[-1]) for seed in seeds)
        rows.append(
            f"| {name} | {seeds[0].name} | {seeds[0].encoding} | {len(seeds)} "
            f"| {evaluations:,.0f} | {write(float(np.median(medians)))} "
            f"| {write(min(medians))} | {write(float(np.mean(means)))} "
            f"| {write(min(means))} | {write(worst)} | {passed} of {len(seeds)} "
            f"| {size} | {slope} | {seconds:.1f} | {seeds[0].workers} |"
        )
    return rows


def _seeds(results: Mapping[str, Sequence[SeedResult]]) -> list[str]:
    rows = [
        "| configuration | seed | median | mean | classes ≥ 50 % | ≥ 90 % | ≥ 99 % | worst class "
        "| passed |",
        "|---|--:|--:|--:|--:|--:|--:|---|--:|",
    ]
    for name, seeds in results.items():
        for seed in seeds:
            worst, write = int(seed.scores[-1].argmin()), seed.unit.write
            rows.append(
                f"| {name} | {seed.seed} | {write(float(seed.medians[-1]))} "
                f"| {write(seed.mean)} | {seed.fooled(0.5)} | {seed.fooled(0.9)} "
                f"| {seed.fooled(0.99)} "
                f"| {seed.labels[worst]}: {write(float(seed.scores[-1, worst]))} "
                f"| {seed.passed_at or 'no'} |"
            )
    return rows
