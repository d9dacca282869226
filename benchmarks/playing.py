"""Generations that play: neat-python's loop over the same networks, and what the world alone takes.

Example:
    python benchmarks/playing.py --write docs/results/playing.md
"""

import itertools
import math
import re
import shlex
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import gymnasium
import neat
import numpy as np
import typer
from grown import grown as grown_graphs
from neat.innovation import InnovationTracker
from numba import types

from neatfool import runs
from neatfool.encodings import Bare, Cppn, CppnSettings, Genomes, StructureSettings
from neatfool.encodings.neat.bridge import to_neat
from neatfool.networks import Graphs, NetworkPolicy, Networks
from neatfool.networks.jit import jit
from neatfool.runs.build import Parts
from neatfool.sections.world import DoublePoleSettings
from neatfool.tasks import Playing, Trial
from neatfool.tasks.playing import play
from neatfool.types import CPU, Arrays, Ints
from neatfool.workers import Workers, open_workers
from neatfool.workers.machine import cores, environment
from neatfool.worlds import DoublePole, World

NetworkOfNeat = Any


def cart(network: NetworkOfNeat, seeds: Ints) -> float:
    """Play CartPole-v1 as scripts of neat-python do."""
    world, total = gymnasium.make("CartPole-v1"), 0.0
    for seed in seeds.tolist():
        seen, _ = world.reset(seed=seed)
        is_over = False
        while not is_over:
            outputs = network.activate([*seen.tolist(), 1.0])
            seen, reward, fell, cut, _ = world.step(int(outputs[1] > outputs[0]))
            total, is_over = total + reward, fell or cut
    return total / len(seeds)


def poles(network: NetworkOfNeat, _: Ints) -> float:
    """Balance two poles, in Python."""
    state = [0.0, 0.0, math.radians(1), 0.0, 0.0, 0.0]
    scales = 4.8, 2.0, 0.52, 2.0, 0.52, 2.0
    for step in range(1000):
        seen = [value / scale for value, scale in zip(state, scales, strict=True)]
        force = 20 * min(max(network.activate([*seen, 1.0])[0], 0.0), 1.0) - 10
        state = moved(moved(state, force), force)
        if abs(state[0]) > 2.4 or max(abs(state[2]), abs(state[4])) > math.radians(36):
            return step
    return 1000


def moved(state: list[float], force: float) -> list[float]:
    """Make a step of Runge and Kutta."""

    def along(slopes: Sequence[float], seconds: float) -> list[float]:
        return [value + seconds * slope for value, slope in zip(state, slopes, strict=True)]

    one = slopes_of(state, force)
    two = slopes_of(along(one, 0.005), force)
    three = slopes_of(along(two, 0.005), force)
    four = slopes_of(along(three, 0.01), force)
    mean = [(a + 2 * b + 2 * c + d) / 6 for a, b, c, d in zip(one, two, three, four, strict=True)]
    return along(mean, 0.01)


def slopes_of(state: list[float], force: float) -> list[float]:
    """Return what changes in a second (Wieland 1991)."""
    _, velocity, angle, spin, short, short_spin = state
    push, total, falls = force, 1.0, []
    for mass, half, a, s in ((0.1, 0.5, angle, spin), (0.01, 0.05, short, short_spin)):
        torque = -9.8 * math.sin(a) + 2e-6 * s / (mass * half)
        push += mass * half * s * s * math.sin(a) + 0.75 * mass * math.cos(a) * torque
        total += mass * (1 - 0.75 * math.cos(a) ** 2)
        falls.append((half, math.cos(a), torque))
    gain = push / total
    long, little = (-0.75 * (gain * cosine + torque) / half for half, cosine, torque in falls)
    return [velocity, gain, spin, long, short_spin, little]


_CART = ["task.kind=cart-pole", "task.play.confirmed=0"]
_POLES = ["task.kind=double-pole", "task.steps=1000"]
CASES: dict[str, tuple[list[str], int, Callable[[NetworkOfNeat, Ints], float]]] = {
    "CartPole, generation 6": (_CART, 6, cart),
    "two poles, generation 6": (_POLES, 6, poles),
    "two poles, generation 30": (_POLES, 30, poles),
}
"""Settings, which generation is measured, and what neat-python plays."""


def grown(changes: list[str], generations: int) -> tuple[Parts, Arrays]:
    """Evolve networks of functions that neat-python has; return the state of the search as well."""
    usual = ["search.batch=150", 'encoding.activations=["neat_sigmoid"]']
    usual.append("encoding.structure.parallel_edges=false")
    parts = runs.build(runs.load_config(None, [*usual, *changes]))
    with open_workers("threads", CPU, None) as pool:
        for _ in range(generations - 1):
            generation(parts, pool)
    return parts, parts.search.state()


def generation(parts: Parts, pool: Workers) -> Genomes:
    """Make a generation, let it play, and tell the search."""
    search = parts.search
    genomes = search.ask()
    trial = Trial(search.asked, search.generation + 1)
    search.tell(pool.evaluate(genomes, parts.encoding, parts.task, trial))
    return genomes


def theirs(graphs: Graphs) -> neat.Population:
    """Make a population of neat-python of the same networks, in one species."""
    text = Path(__file__).with_name("neat_python.ini").read_text(encoding="utf-8")
    for key, value in {
        "pop_size": len(graphs),
        "compatibility_threshold": 1e9,
        "num_inputs": graphs.inputs,
        "num_outputs": graphs.outputs,
        "activation_default": "sigmoid",
        "activation_options": "sigmoid",
    }.items():
        text = re.sub(rf"(?m)^{key}(\s*)=.*$", rf"{key}\1= {value}", text)
    kinds = neat.DefaultGenome, neat.DefaultReproduction, neat.DefaultSpeciesSet
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "neat.ini")
        path.write_text(text, encoding="utf-8")
        config = neat.Config(*kinds, neat.DefaultStagnation, path)
    population = neat.Population(config)
    genomes = to_neat(graphs, config)
    tracker = InnovationTracker(int(graphs.innovations.max()))
    config.genome_config.innovation_tracker = tracker
    population.reproduction.innovation_tracker = tracker
    config.genome_config.node_indexer = itertools.count(1 + int(graphs.node_ids.max()))
    population.population = {genome.key: genome for genome in genomes}
    population.species.speciate(config, population.population, 0)
    return population


def compare(name: str, rounds: int) -> dict[str, Any]:
    """Measure a generation of neat-python, and ours on one thread and on all."""
    changes, number, play_one = CASES[name]
    parts, state = grown(changes, number)
    task = parts.task
    assert isinstance(task, Playing)
    graphs = parts.search.ask().networks
    assert graphs is not None
    trial = Trial(parts.search.asked, parts.search.generation + 1)
    seeds = trial.stream("episodes").integers(1 << 31, size=task.play.episodes)
    fitness: list[float] = []

    def evaluate(genomes: Any, config: neat.Config) -> None:
        for _, genome in genomes:
            network = neat.nn.FeedForwardNetwork.create(genome, config)
            genome.fitness = play_one(network, seeds)
            fitness.append(genome.fitness)

    row: dict[str, Any] = {"what": name}
    steps = play(task.policy(parts.encoding.express(graphs)), task.world, seeds).steps
    row["steps"] = int(steps.sum()) if task.world.is_random else int(steps[:: len(seeds)].sum())
    population = theirs(graphs)
    began = time.process_time()
    population.run(evaluate, 1)
    row["neat-python"] = time.process_time() - began
    ours = task.score(parts.encoding.express(graphs), trial)[:, 0]
    row["equal scores"] = float(np.mean(np.isclose(ours, fitness, atol=0.5)))
    for workers in ("threads:1", "threads"):
        with open_workers(workers, CPU, None) as pool:
            clock = time.process_time if pool.count == 1 else time.perf_counter
            row[workers] = seconds(
                lambda: generation(parts, pool), rounds, lambda: parts.search.restore(state), clock
            )
    row["bare"] = bare(task.world) * row["steps"]
    return row


def bare(world: World, steps: int = 200_000) -> float:
    """Return the seconds of a step of a world in which something constant acts."""
    number, count = types.float64, types.int64
    observe = types.FunctionType(count(number[::1], number[:, :]))
    advance = types.FunctionType(types.boolean(number[::1], number[:, ::1], number[::1]))
    arrays = number[::1], number[::1], number[:, ::1], number[:, ::1], number[::1]
    run = jit(types.void(observe, advance, *arrays, count), error_model="numpy")(_stepping)
    start = world.starts(np.zeros(1, np.int64))[0]
    seen, given = np.zeros((1, len(world.inputs))), np.full((1, world.outputs), 0.5)
    taken = start.copy(), start, seen, given, np.zeros(len(world.rewards))
    return seconds(lambda: run(*world.compiled(), *taken, steps), 5) / steps


def _stepping(observe, advance, state, start, seen, given, rewards, steps):  # type: ignore[no-untyped-def]
    """Make steps; begin anew where an episode ends."""
    for _ in range(steps):
        observe(state, seen)
        if advance(state, given, rewards):
            state[:] = start


class Steady(DoublePole):
    """Two poles that are put back at each step, so that episodes are as long as was asked for."""

    @staticmethod
    def advance(state, outputs, rewards):  # type: ignore[no-untyped-def]
        """Move, and return."""
        state[:] = 0.0
        rewards[0] = 1.0
        return DOUBLE_POLE(state, outputs, rewards) and False


DOUBLE_POLE = DoublePole.compiled()[1]


def growth() -> dict[str, dict[int, float]]:
    """Measure milliseconds to play, by population, by steps, and by edges of the networks."""
    found: dict[str, dict[int, float]] = {"population": {}, "steps": {}, "edges": {}}
    for population in (50, 150, 500, 1500):
        found["population"][population] = _milliseconds(population, 100, 8)[0]
    for steps in (10, 100, 1000, 10_000):
        found["steps"][steps] = _milliseconds(150, steps, 8)[0]
    for edges in (8, 20, 50, 100):
        took, count = _milliseconds(150, 100, edges)
        found["edges"][round(count)] = took
    return found


def _milliseconds(population: int, steps: int, edges: int) -> tuple[float, float]:
    """Return also the edges that the networks have."""
    world = Steady(DoublePoleSettings(steps=steps))
    settings = CppnSettings(
        activations=("neat_sigmoid",),
        structure=StructureSettings(delete_edge_rate=0, delete_node_rate=0),
    )
    encoding = Cppn(settings, Bare((*world.inputs, "bias"), 1))
    graphs, _ = grown_graphs(encoding, population, nodes=0, edges=edges)
    networks: Networks = encoding.express(graphs)
    policy, seeds = NetworkPolicy(networks), np.zeros(1, np.int64)
    took = seconds(lambda: play(policy, world, seeds), 5)
    return 1000 * took, len(networks.sources) / population


def seconds(
    call: Callable[[], object],
    rounds: int,
    before: Callable[[], object] = lambda: None,
    clock: Callable[[], float] = time.process_time,
) -> float:
    """Return the median over some rounds, after one to warm up."""
    times = []
    for _ in range(rounds + 1):
        before()
        began = clock()
        call()
        times.append(clock() - began)
    return statistics.median(times[1:])


def page(rows: list[dict[str, Any]], growing: dict[str, dict[int, float]]) -> str:
    """Write a Markdown page."""
    facts = environment(CPU)
    lines = [
        "# Speed of playing",
        "",
        f"Made by `python {shlex.join(sys.argv)}` with neatfool {facts['neatfool']}, on "
        f"{facts['processor']}, {cores()} cores. A generation is 150 networks: made, put into "
        "species, and played; both sides play the same networks. Times of one thread are those of "
        "the processor.",
        "",
        "| | steps | neat-python, s | 1 thread, ms | ratio | all, ms | ratio | efficiency |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        one, every, other = row["threads:1"], row["threads"], row["neat-python"]
        lines.append(
            f"| {row['what']} | {row['steps']:,} | {other:.2f} | {1000 * one:.1f} | "
            f"{other / one:.0f} | {1000 * every:.1f} | {other / every:.0f} | "
            f"{row['bare'] / one:.2f} |"
        )
    lines += [
        "",
        "Efficiency is the time that the steps of the world alone take, divided by that of the "
        "generation on one thread.",
        "",
        "Playing alone, two poles that never fall, on one thread, in milliseconds:",
    ]
    for name, row in growing.items():
        lines += ["", f"| {name} | {' | '.join(f'{size:,}' for size in row)} |"]
        lines += ["|---|" + "--:|" * len(row)]
        lines += [f"| ms | {' | '.join(f'{took:,.2f}' for took in row.values())} |"]
    return "\n".join([*lines, ""])


def main(
    rounds: Annotated[int, typer.Option(min=1, help="Rounds that medians are taken over.")] = 9,
    write: Annotated[Path | None, typer.Option(help="Write the page here.")] = None,
) -> None:
    """Measure generations that play."""
    text = page([compare(name, rounds) for name in CASES], growth())
    print(text)
    if write:
        write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
