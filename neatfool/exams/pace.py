"""Measure what evolution costs beside the world that networks act in."""

import statistics
import time

from neatfool.errors import ConfigError
from neatfool.reporting import Reporter
from neatfool.runs.build import Parts, build
from neatfool.sections.config import Config
from neatfool.tasks import Trial
from neatfool.types import CPU, Json
from neatfool.workers.machine import environment
from neatfool.workers.threads import Threads

GROWN = 12
"""Generations before one is measured."""
_TIMES = 4
_BARE_STEPS = 50_000


def bench_playing(config: Config, rounds: int = 5, reporter: Reporter | None = None) -> Json:
    """Measure a generation of a task in which networks act, and how its cost grows.

    Args:
        config: Of the task.
        rounds: Medians over so many are reported; one more comes before, to warm up.
        reporter: Hears of progress.

    Returns:
        ``schema``, ``environment``, ``task``, ``search`` and ``rows``: what was measured, networks,
        ``edges`` of each in the mean, ``steps`` in all episodes, ``seconds`` of the generation,
        ``bare_seconds``, those of the steps alone, and ``efficiency``, the second by the first.
        Everything but a world's own processes is on one thread.

    Raises:
        ConfigError: In this task nothing acts.
    """
    reporter = reporter or Reporter()
    config = _with_episodes(config, 1)
    variants = {
        "as it is": (config, GROWN),
        f"{_TIMES} times the networks": (_with_batch(config), GROWN),
        f"{_TIMES} times the episodes": (_with_episodes(config, _TIMES), GROWN),
        f"after {_TIMES} times the generations": (config, _TIMES * GROWN),
    }
    reporter.start("measuring", len(variants))
    rows = []
    with Threads(CPU, 1) as pool:
        for name, (changed, generations) in variants.items():
            rows.append({"what": name, **_row(build(changed), generations, pool, rounds)})
            reporter.step(len(rows))
    reporter.finish()
    return {
        "schema": 1,
        "environment": environment(CPU),
        "task": config.task.label,
        "search": config.search.label,
        "rows": rows,
    }


def pace_table(result: Json) -> str:
    """Write what ``bench_playing`` returns as a Markdown table."""
    rows = [
        f"| {result['task']}, {result['search']} | networks | links | steps | ms | ms of the steps "
        "alone | efficiency |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in result["rows"]:
        rows.append(
            f"| {row['what']} | {row['networks']} | {row['edges']:.1f} | {row['steps']:,} "
            f"| {1000 * row['seconds']:,.1f} | {1000 * row['bare_seconds']:,.1f} "
            f"| {row['efficiency']:.2f} |"
        )
    return "\n".join(rows)


def _with_batch(config: Config) -> Config:
    batch = {"batch": _TIMES * config.batch}
    return config.model_copy(update={"search": config.search.model_copy(update=batch)})


def _with_episodes(config: Config, times: int) -> Config:
    """Play so many times the episodes; nothing is confirmed, as that takes others."""
    play = getattr(config.task, "play", None)
    if play is None:
        return config
    more = play.model_copy(update={"episodes": times * play.episodes, "confirmed": 0})
    return config.model_copy(update={"task": config.task.model_copy(update={"play": more})})


def _row(parts: Parts, generations: int, pool: Threads, rounds: int) -> Json:
    """Measure a generation that comes after so many."""
    search, task = parts.search, parts.task
    for _ in range(generations):
        _generation(parts, pool)
    state = search.state()
    genomes, trial = search.ask(), Trial(search.asked, search.generation + 1)
    steps = task.steps(parts.encoding.express(genomes), trial)
    if not steps:
        raise ConfigError(
            f"{parts.name}: expected a task in which networks act, such as cart-pole, got one in "
            "which none does"
        )
    times, bare = [], []
    for _ in range(rounds + 1):
        search.restore(state)
        begun = time.perf_counter()
        _generation(parts, pool)
        times.append(time.perf_counter() - begun)
        bare.append(task.bare_seconds(trial, min(steps, _BARE_STEPS)) * steps)
    seconds, alone = statistics.median(times[1:]), statistics.median(bare[1:])
    networks = genomes.networks
    return {
        "networks": len(genomes),
        "edges": len(networks.sources) / len(networks) if networks is not None else 0.0,
        "steps": steps,
        "seconds": seconds,
        "bare_seconds": alone,
        "efficiency": alone / seconds,
    }


def _generation(parts: Parts, pool: Threads) -> None:
    """Make a generation, let it play, and tell the search."""
    search = parts.search
    genomes = search.ask()
    trial = Trial(search.asked, search.generation + 1)
    search.tell(pool.evaluate(genomes, parts.encoding, parts.task, trial))
