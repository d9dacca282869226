"""Compare configurations of one task, seed by seed: curves, medians, tests.

Finished runs are recorded beside the page, and not run again, wherever their folders went; so a
study may be done in parts.

Example:
    python experiments/compare.py configs/tetris/raw_*.toml --seeds 8 --write docs/results/raw.md
"""

import dataclasses
import functools
import hashlib
import itertools
import json
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from neatfool import past, reports, runs, studies, viz, workers
from neatfool.cli.console import Changes
from neatfool.cli.progress import LiveReporter
from neatfool.files import write_whole
from neatfool.past.folder import find_file
from neatfool.reporting import Unit
from neatfool.runs.written import FILM
from neatfool.types import Floats, Json


@dataclasses.dataclass(frozen=True)
class Job:
    """One run: a configuration with a seed."""

    path: Path
    changes: tuple[str, ...]
    folder: Path

    @functools.cached_property
    def digest(self) -> str:
        """Of all that the result depends on: settings, and the files that they name."""
        parts = [part for _, part in runs.load_config(self.path, self.changes)]
        files = [*_files([part.programs() for part in parts])]
        files += _files([part.model_dump() for part in parts])
        said = self.path.read_bytes() + "\n".join(self.changes).encode()
        return hashlib.sha256(said + b"".join(map(Path.read_bytes, files))).hexdigest()


def _files(within: object) -> Iterator[Path]:
    """Find the files that are named somewhere."""
    if isinstance(within, Path):
        yield from [within] if within.is_file() else []
    elif isinstance(within, dict | list | tuple):
        for each in within.values() if isinstance(within, dict) else within:
            yield from _files(each)


@dataclasses.dataclass(frozen=True, eq=False)
class Result:
    """What came of it: score of the elite of the first niche after each generation, ``(G,)``."""

    name: str
    digest: str
    folder: str
    unit: Unit
    evaluations: Floats
    scores: Floats
    tests: dict[str, dict[str, float]]
    seconds: float

    @classmethod
    def read(cls, record: Json) -> "Result":
        """Read what ``written`` gave."""
        arrays = {name: np.array(record[name]) for name in ("evaluations", "scores")}
        return cls(**{**record, **arrays, "unit": Unit(**record["unit"])})

    def written(self) -> Json:
        """Return it as JSON has it."""
        arrays = {name: getattr(self, name).tolist() for name in ("evaluations", "scores")}
        return dataclasses.asdict(self) | arrays


def evolve(job: Job) -> Result:
    """Evolve and publish, or go on."""
    config = runs.load_config(job.path, job.changes)
    report = past.read_report(job.folder) if past.is_run(job.folder) else None
    if report is None or report["generations"] < config.run.generations:
        report = reports.run(config, job.folder, resume=past.is_run(job.folder))
    niches = report["niches"]
    evaluations, scores = past.scores_over_time(job.folder, len(niches))
    tests = niches[0].get("tests", {})
    unit, seconds = Unit(**report["task"]["unit"]), report["evolve_seconds"]
    name, folder = job.path.stem, str(job.folder)
    return Result(name, job.digest, folder, unit, evaluations, scores[:, 0], tests, seconds)


def main(
    configs: Annotated[list[Path], typer.Argument(help="TOML files, at least one.")],
    seeds: Annotated[int, typer.Option(min=1, help="Seeds 0 … SEEDS - 1.")] = 8,
    at: Annotated[
        str, typer.Option(help="Generations to compare at; the last one always is.")
    ] = "",
    out: Annotated[Path, typer.Option(help="Folder of the run folders.")] = Path("runs/compare"),
    write: Annotated[Path, typer.Option(help="Page to write; pictures beside it.")] = Path(
        "runs/compare.md"
    ),
    changes: Changes = None,
) -> None:
    """Run every configuration with every seed, and write a page; runs that were cut go on."""
    jobs = [
        Job(path, (*(changes or []), f"run.seed={seed}"), out / f"{path.stem}-seed{seed}")
        for seed, path in itertools.product(range(seeds), configs)
    ]
    pictures = write.with_suffix("")
    pictures.mkdir(parents=True, exist_ok=True)
    record = pictures / "scores.json"
    known = map(Result.read, json.loads(record.read_text())) if record.exists() else ()
    found = {result.digest: result for result in known}
    with LiveReporter() as reporter:
        missing = [job for job in jobs if job.digest not in found]
        found |= {
            result.digest: result for result in workers.in_processes(evolve, missing, reporter)
        }
    results = [found[job.digest] for job in jobs]
    write_whole(record, json.dumps([each.written() for each in found.values()]))
    groups = {path.stem: [r for r in results if r.name == path.stem] for path in configs}
    curves = {
        name: (_longest(group), np.stack([_padded(r.scores, group) for r in group]))
        for name, group in groups.items()
    }
    figure = viz.seed_curves(curves, write.stem, results[0].unit)
    viz.save(figure, pictures / "curves.png")
    generations = [int(each) for each in at.split(",") if each]
    write_whole(write, "\n".join(_page(groups, generations, pictures)))
    print(write.read_text(encoding="utf-8"))


def _longest(group: Sequence[Result]) -> Floats:
    return max((result.evaluations for result in group), key=len)


def _padded(scores: Floats, group: Sequence[Result]) -> Floats:
    """Let a run that stopped early stay where it was."""
    padded: Floats = np.pad(scores, (0, len(_longest(group)) - len(scores)), mode="edge")
    return padded


def _page(
    groups: Mapping[str, Sequence[Result]], generations: Sequence[int], pictures: Path
) -> list[str]:
    last = max(len(_longest(group)) for group in groups.values())
    lines = [f"# {pictures.name}", "", f"Written by `{shlex.join(['python', *sys.argv])}`.", ""]
    for generation in [*(g for g in generations if g < last), last]:
        found = {
            name: np.array([_padded(r.scores, group)[:generation][-1] for r in group])
            for name, group in groups.items()
        }
        lines += [f"## After {generation} generations", "", *_table(found), "", *_tests(found), ""]
    lines += [f"![Curves]({pictures.name}/curves.png)", "", *_in_new_episodes(groups)]
    for name, group in groups.items():
        best = max(group, key=lambda result: float(result.scores[-1]))
        film, shown = find_file(Path(best.folder), FILM), pictures / f"{name}.webp"
        if film is not None:
            shutil.copyfile(film, shown)
        if shown.exists():
            lines += ["", f"![The best of {name}]({pictures.name}/{name}.webp)"]
    times = {name: np.median([r.seconds for r in group]) for name, group in groups.items()}
    said = ", ".join(f"{name} {seconds:,.0f}" for name, seconds in times.items())
    return [*lines, "", f"Seconds of one run, on one core each, median: {said}.", ""]


def _table(found: Mapping[str, Floats]) -> list[str]:
    rows = ["| configuration | runs | least | lower quartile | median | upper quartile | most |"]
    rows.append("|---|--:|--:|--:|--:|--:|--:|")
    for name, scores in found.items():
        numbers = np.quantile(scores, (0, 0.25, 0.5, 0.75, 1))
        rows.append(
            f"| {name} | {len(scores)} | " + " | ".join(f"{n:,.6g}" for n in numbers) + " |"
        )
    return rows


def _tests(found: Mapping[str, Floats]) -> list[str]:
    """Compare all pairs by ranks; p values are adjusted for the number of pairs."""
    pairs = list(itertools.combinations(found.items(), 2))
    compared = [studies.compare(ours, others) for (_, ours), (_, others) in pairs]
    adjusted = studies.holm([each.p for each in compared])
    return [
        f"- {first} against {second}: {each} (Mann–Whitney, two-sided, Vargha–Delaney)"
        + (f"; of {len(pairs)} tests, by Holm: p = {p:.3g}" if len(pairs) > 1 else "")
        for ((first, _), (second, _)), each, p in zip(pairs, compared, adjusted, strict=True)
    ]


def _in_new_episodes(groups: Mapping[str, Sequence[Result]]) -> list[str]:
    """Show what the elites brought in new episodes: medians over the runs of means."""
    rows = ["| configuration | reward | episodes of each | median of means | lowest | highest |"]
    rows.append("|---|---|--:|--:|--:|--:|")
    for name, group in groups.items():
        for reward in group[0].tests:
            means = [result.tests[reward]["mean"] for result in group]
            episodes = int(group[0].tests[reward]["episodes"])
            numbers = (float(np.median(means)), min(means), max(means))
            shown = " | ".join(f"{number:,.6g}" for number in numbers)
            rows.append(f"| {name} | {reward} | {episodes:,} | {shown} |")
    return ["## The elites in new episodes", "", *rows] if len(rows) > 2 else []


if __name__ == "__main__":
    typer.run(main)
