"""Measure what evolution costs beside the network it fools."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from neatfool import encodings
from neatfool.classifiers import (
    MODELS,
    Classifier,
    ClassifierSettings,
    build,
    has_weights,
    initialise,
)
from neatfool.encodings import AnyEncoding, Birth
from neatfool.images import Canvas
from neatfool.networks import compile_graphs
from neatfool.reporting import Reporter
from neatfool.search import MapElites, MapElitesSettings
from neatfool.sections.config import Config, load_config
from neatfool.streams import stream
from neatfool.tasks import Fooling
from neatfool.types import Images, Json
from neatfool.workers.chunks import chunk_size
from neatfool.workers.machine import environment
from neatfool.workers.threads import Threads

GROWN = 200
"""Generations of a real run before it is measured: its genomes are grown, not fresh."""
DRIFT = 30
"""Mutations of each genome instead, where a network is none of the package."""


@dataclass(frozen=True)
class Case:
    """What is measured: a network, fooled by an encoding, so many images a generation."""

    classifier: ClassifierSettings
    encoding: str
    batch: int


_LENET, _ALEXNET = ClassifierSettings(model="lenet5"), ClassifierSettings(model="alexnet")
_LONG_ENOUGH = 0.2
"""Seconds that a round should measure a generation for: one of LeNet's takes but milliseconds."""

CASES = (
    Case(_LENET, "cppn", 200),
    Case(_LENET, "pixels", 200),
    Case(_ALEXNET, "cppn", 64),
    Case(_ALEXNET, "pixels", 64),
)
"""What is measured by default."""


def bench(
    cases: Sequence[Case],
    device: torch.device,
    threads: int | None = None,
    rounds: int = 9,
    reporter: Reporter | None = None,
) -> Json:
    """Measure cases, in rounds of the bare network and a whole generation in turn.

    The bare network is given ready-made images, in the fastest of the ways known. AlexNet and
    CaffeNet get random weights, unless there are some.

    Args:
        cases: What to measure.
        device: Where.
        threads: Of evaluation on the CPU; none: all cores.
        rounds: Medians over so many are reported; one more comes before, to warm up.
        reporter: Hears of progress.

    Returns:
        ``schema``, ``environment`` and ``cases``, a list of model, encoding, canvas, batch,
        device, executor, ``bare_per_second``, ``whole_per_second``, ``efficiency`` (median over
        rounds of whole per bare), ``spread`` (its lowest and highest), ``threads_gain`` (how much
        faster a generation is than on one thread) and ``microseconds`` per genome by stage, on
        one thread.
    """
    reporter = reporter or Reporter()
    reporter.start("measuring", len(cases))
    results = []
    for case in cases:
        with Threads(device, threads) as pool:
            results.append(_measure(case, pool, rounds))
        reporter.step(len(results))
    reporter.finish()
    facts = {**environment(device), "threads": pool.count}
    return {"schema": 1, "environment": facts, "cases": results}


def select_cases(
    classifier: ClassifierSettings | None = None,
    encoding: str | None = None,
    batch: int | None = None,
) -> list[Case]:
    """Return the default cases, or those of a network, an encoding or a batch only.

    Raises:
        ConfigError: The encoding is unknown.
    """
    chosen = [
        case
        for case in CASES
        if classifier in (None, case.classifier) and encoding in (None, case.encoding)
    ]
    if not chosen:
        kind = load_config(None, [f"encoding.kind={encoding or 'cppn'}"]).encoding.kind
        chosen = [Case(classifier or _LENET, kind, 64)]
    return [replace(case, batch=batch or case.batch) for case in chosen]


def bench_table(result: Json) -> str:
    """Write what ``bench`` returns as a Markdown table."""
    stages = ("vary", "compile", "paint", "score", "tell")
    rows = [
        "| model | encoding | canvas | batch | executor | bare/s | whole/s | efficiency (spread) "
        "| threads × | " + " | ".join(f"{stage} µs" for stage in stages) + " |",
        "|---|---|---|--:|---|--:|--:|--:|--:|" + "--:|" * len(stages),
    ]
    for case in result["cases"]:
        low, high = case["spread"]
        costs = [case["microseconds"].get(stage) for stage in stages]
        rows.append(
            f"| {case['model']} | {case['encoding']} | {'×'.join(map(str, case['canvas']))} "
            f"| {case['batch']} | {case['executor']} | {case['bare_per_second']:,.0f} "
            f"| {case['whole_per_second']:,.0f} "
            f"| {case['efficiency']:.2f} ({low:.2f}–{high:.2f}) | {case['threads_gain']:.2f} | "
            + " | ".join("" if cost is None else f"{cost:,.1f}" for cost in costs)
            + " |"
        )
    return "\n".join(rows)


def _measure(case: Case, pool: Threads, rounds: int) -> Json:
    device = pool.device
    config = load_config(None, [f"encoding.kind={case.encoding}", f"search.batch={case.batch}"])
    classifier = _classifier(case.classifier, device)
    task = Fooling(classifier)
    encoding = encodings.build(config.encoding, Canvas(classifier.shape), device)
    evolution = _grown(config, encoding, task, pool, has_weights(case.classifier.model))
    images = encoding.express(evolution.ask())
    bare = _fastest(classifier, images, pool)

    def whole() -> None:
        evolution.tell(pool.evaluate(evolution.ask(), encoding, task))

    def alone() -> None:
        with Threads(device, 1) as one_thread:
            evolution.tell(one_thread.evaluate(evolution.ask(), encoding, task))

    calls = (bare, whole, alone)
    times = max(1, round(_LONG_ENOUGH / _seconds(whole)))
    seconds = [[_seconds(call, times) for call in calls] for _ in range(rounds + 1)][1:]
    ratios = [one / other for one, other, _ in seconds]
    stages = _stages(evolution, encoding, task, device)
    return {
        "model": classifier.name,
        "encoding": case.encoding,
        "canvas": list(classifier.shape),
        "batch": case.batch,
        "device": str(device),
        "executor": encoding.executor or "none",
        "bare_per_second": case.batch / statistics.median(one for one, _, _ in seconds),
        "whole_per_second": case.batch / statistics.median(other for _, other, _ in seconds),
        "threads_gain": statistics.median(one / all_of_them for _, all_of_them, one in seconds),
        "efficiency": statistics.median(ratios),
        "spread": [min(ratios), max(ratios)],
        "microseconds": {name: 1e6 * seconds / case.batch for name, seconds in stages.items()},
    }


def _classifier(settings: ClassifierSettings, device: torch.device) -> Classifier:
    """Build a network; one that neatfool knows by name gets random weights if it has none."""
    name = settings.model
    if name not in MODELS or settings.weights or has_weights(name):
        return build(settings, device)
    model = MODELS[name]
    network = initialise(model, 0)
    return Classifier(
        name,
        network,
        model.shape,
        model.labels,
        mean=model.mean,
        std=model.std,
        device=device,
        crop=(model.crop, model.crop) if model.crop else None,
        precision=settings.precision,
        owned=True,
    )


def _grown(
    config: Config, encoding: AnyEncoding, task: Fooling, pool: Threads, is_quick: bool
) -> MapElites:
    """Return a search whose elites are as large as those of a run of ``GROWN`` generations."""
    settings = MapElitesSettings(batch=config.batch)
    evolution = MapElites(encoding, len(task.niches), settings, seed=0)
    for _ in range(GROWN if is_quick else 1):
        evolution.tell(pool.evaluate(evolution.ask(), encoding, task))
    assert evolution.archive is not None
    if not is_quick:
        genomes = evolution.archive.genomes
        for step in range(DRIFT):
            birth = Birth(step + 1, stream(0, "drift", step), step << 32, step << 32)
            genomes = encoding.vary(genomes, birth)
        evolution.archive = replace(evolution.archive, genomes=genomes)
    return evolution


def _fastest(classifier: Classifier, images: Images, pool: Threads) -> Callable[[], object]:
    """Return the fastest way known to ask a classifier about ready-made images."""
    if pool.device.type != "cpu":
        return lambda: classifier(images).cpu()

    def at_once() -> None:
        torch.set_num_threads(pool.count)
        classifier(images)
        torch.set_num_threads(1)

    def in_chunks(size: int) -> Callable[[], object]:
        chunks = torch.split(images, size)
        return lambda: pool.map(classifier, chunks)

    sizes = {chunk_size(len(images), classifier.shape, pool.device), 96}
    ways: list[Callable[[], object]] = [at_once, *map(in_chunks, sorted(sizes))]
    return min(ways, key=lambda way: min(_seconds(way) for _ in range(4)))


def _stages(
    evolution: MapElites, encoding: AnyEncoding, task: Fooling, device: torch.device
) -> dict[str, float]:
    """Measure each stage of a generation on one thread: median seconds."""
    genomes = evolution.ask()
    part = genomes.part(0, chunk_size(len(genomes), encoding.shape, device))
    share = len(genomes) / len(part)
    images = encoding.express(part)
    scores = task.score(images).repeat(-(-len(genomes) // len(part)), axis=0)[: len(genomes)]
    birth = Birth(GROWN, stream(0, "stages"), 1 << 62, 1 << 62)

    def tell() -> float:
        evolution.ask()
        return _seconds(lambda: evolution.tell(scores))

    def vary() -> None:
        encoding.vary(genomes.select(range(len(genomes))), birth)

    stages = {"vary": _median(vary)}
    if networks := part.networks:
        stages["compile"] = share * _median(lambda: compile_graphs(networks))
    express = share * _median(lambda: encoding.express(part).cpu())
    stages["paint"] = express - stages.get("compile", 0.0)
    stages["score"] = share * _median(lambda: task.score(images))
    stages["tell"] = statistics.median(tell() for _ in range(7))
    return stages


def _median(call: Callable[[], object]) -> float:
    return statistics.median(_seconds(call) for _ in range(7))


def _seconds(call: Callable[[], object], times: int = 1) -> float:
    """Measure a call, repeated so many times: seconds for one."""
    before = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - before) / times
