"""Measure everything that docs/performance.md speaks of, and write the page and its pictures.

Example:
    python benchmarks/speed.py --device cpu --write docs/results/speed-cpu.md
"""

import json
from pathlib import Path
from typing import Annotated, Any

import neat_generation
import neat_python
import scaling
import torch
import typer

from neatfool import classifiers, encodings, exams, runs, search
from neatfool.classifiers import ClassifierSettings
from neatfool.cli.progress import LiveReporter
from neatfool.exams.bench import Case
from neatfool.images import Canvas
from neatfool.reporting import percent
from neatfool.tasks import Fooling
from neatfool.types import CPU
from neatfool.workers.threads import Threads

BUDGET = 5_001 * 400
"""Evaluations of the paper's experiment with AlexNet."""
GPU_CASES = [
    Case(ClassifierSettings(model=model), encoding, 400)
    for model in ("alexnet", "lenet5")
    for encoding in ("cppn", "pixels")
]
TITLES = {
    "population": "population (28×28)",
    "nodes": "nodes of a genome (28×28)",
    "side": "pixels a side (colour)",
}


def main(
    write: Annotated[Path, typer.Option(help="Page to write; pictures and JSON go beside it.")],
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    rounds: Annotated[int, typer.Option(min=1, help="Rounds that medians are taken over.")] = 9,
) -> None:
    """Measure, and write a page; without the device the page says that nothing was measured."""
    title = f"# Speed on the {'CPU' if device == 'cpu' else 'GPU'}"
    command = f"python benchmarks/speed.py --device {device} --write {write} --rounds {rounds}"
    write.parent.mkdir(parents=True, exist_ok=True)
    if device == "cuda" and not torch.cuda.is_available():
        write.write_text(
            f"{title}\n\nNot measured yet. On a machine with a GPU: `make bench-gpu`.\n"
        )
        return
    where = torch.device(device)
    with LiveReporter() as reporter:
        cases = exams.select_cases() if device == "cpu" else GPU_CASES
        result = exams.bench(cases, where, rounds=rounds, reporter=reporter)
    with Threads(where) as pool:
        result["scaling"] = {
            "population": scaling.by_population(pool, rounds),
            "nodes": scaling.by_nodes(pool, rounds),
            "side": scaling.by_side(pool, min(rounds, 5)),
        }
    with Threads(CPU) as pool:
        result["neat-python"] = neat_python.compare(rounds, pool)
    result["neat-python"] += neat_generation.compare(rounds)
    result["memory"] = scaling.peak_gibibytes(where)
    result["precision"] = precision(where)

    picture = write.with_suffix(".png")
    scaling.picture({TITLES[name]: c for name, c in result["scaling"].items()}, picture)
    write.with_suffix(".json").write_text(json.dumps(result, indent=2) + "\n")
    write.write_text(page(title, command, result, picture.name))
    print(write.read_text())


def precision(device: torch.device) -> list[dict[str, Any]]:
    """Evolve against LeNet-5 in full precision, and score the elites in others."""
    rows = []
    for kind in ("cppn", "pixels"):
        config = runs.load_config(None, [f"encoding.kind={kind}"])
        exact = classifiers.build(config.classifier, device)
        encoding = encodings.build(config.encoding, Canvas(exact.shape), device)
        task = Fooling(exact)
        evolution = search.build(config.search, encoding, len(task.niches), seed=0)
        with Threads(device) as pool:
            for _ in range(config.run.generations):
                evolution.tell(pool.evaluate(evolution.ask(), encoding, task))
        assert evolution.archive is not None
        images = encoding.express(evolution.archive.genomes)
        before = exact(images).diagonal()
        others = ("bf16", "fp16") if device.type == "cpu" else ("tf32", "bf16", "fp16")
        for name in others:
            settings = ClassifierSettings(precision=name)
            after = classifiers.build(settings, device)(images).diagonal()
            change = (after - before).abs()
            row = {"encoding": kind, "precision": name, "largest": float(change.max())}
            row |= {"exact": float(before.median()), "median": float(after.median())}
            rows.append(row)
    return rows


def page(title: str, command: str, result: dict[str, Any], picture: str) -> str:
    """Write what was measured as Markdown."""
    facts = "\n".join(f"| {name} | {value} |" for name, value in result["environment"].items())
    sections = [
        f"{title}\n\nMade by `{command}`. Times are medians; a ratio is the median of the ratios "
        "of single rounds.",
        f"## The machine\n\n| | |\n|---|---|\n{facts}",
        "## Evolution beside the bare network\n\n*Efficiency* is whole evaluations per second over "
        "forward passes per second of the bare network; *threads ×* is the gain over one thread. "
        "The times of stages are per genome, on one thread.\n\n"
        + exams.bench_table(result)
        + budget(result),
        "## neat-python 2.0.0, on the same networks\n\n" + comparison(result["neat-python"]),
        f"## Scaling\n\n![microseconds per genome against population, nodes and side]({picture})"
        "\n\nWithout a network. The first table is making children, compiling, painting and the "
        f"archive; the others are compiling and painting.\n\n{curves(result['scaling'])}",
        f"## Memory\n\n{memory(result['memory'])}",
        "## Precision\n\nThe elites of a run against LeNet-5 in fp32, scored in other precisions: "
        f"how the confidence in their class changes.\n\n{precisions(result['precision'])}",
    ]
    return "\n\n".join(sections) + "\n"


def budget(result: dict[str, Any]) -> str:
    """Say how long the paper's experiment would take, where it was measured on a GPU."""
    if result["cases"][0]["device"] == "cpu":
        return ""
    seconds = BUDGET / result["cases"][0]["whole_per_second"]
    return f"\n\nAt this rate {BUDGET:,} evaluations of AlexNet take {seconds:,.0f} s."


def comparison(rows: list[dict[str, Any]]) -> str:
    """Write the table of neat-python."""
    lines = ["| | nodes, edges | neat-python µs | neatfool µs | ratio |", "|---|---|--:|--:|--:|"]
    lines += [
        f"| {r['what']} | {r['nodes']:.0f}, {r['edges']:.0f} | {r['theirs']:,.0f} "
        f"| {r['ours']:,.1f} | {r['ratio']:,.0f}× |"
        for r in rows
    ]
    note = (
        "\n\nTimes are per genome, of 400 genomes unless the row says otherwise. neatfool paints "
        "on all threads; everything else runs on one. *Children of 1,000* is the whole "
        "reproduction step; *a generation* adds putting the children into species, without "
        "evaluation. The numbers of species are those of neat-python and of neatfool."
    )
    return "\n".join(lines) + note


def curves(result: dict[str, scaling.Curve]) -> str:
    """Write the points of the curves."""
    lines = []
    for name, curve in result.items():
        lines += [f"| {TITLES[name]} | " + " | ".join(map(str, curve)) + " |"]
        lines += ["|---|" + "--:|" * len(curve)]
        lines += ["| µs per genome | " + " | ".join(f"{v:,.1f}" for v in curve.values()) + " |", ""]
    population = result["population"]
    growth = population[10_000] / population[100]
    return "\n".join(lines) + f"\nFrom population 100 to 10,000 a genome's cost is × {growth:.2f}."


def memory(result: dict[str, float]) -> str:
    """Write what 10,000 genomes held."""
    more = result["peak"] - result["before"]
    text = (
        f"Evaluating 10,000 CPPNs at 256×256 in colour took {more:.2f} GiB more than evaluating one"
        f" ({result['peak']:.2f} GiB in all, the libraries included)"
    )
    return text + (f"; {result['device']:.2f} GiB on the GPU." if result["device"] else ".")


def precisions(rows: list[dict[str, Any]]) -> str:
    """Write the table of precisions."""
    lines = [
        "| encoding | precision | median | in fp32 | largest change |",
        "|---|---|--:|--:|--:|",
    ]
    lines += [
        f"| {r['encoding']} | {r['precision']} | {percent(r['median'])} | {percent(r['exact'])} "
        f"| {r['largest']:.6f} |"
        for r in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    typer.run(main)
