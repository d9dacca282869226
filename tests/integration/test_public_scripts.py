"""Scripts as users of neat-python write them: with neatfool's evaluation they evolve the same."""

import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import neat
import numpy as np
import pytest
from neat.ctrnn import CTRNN

import neatfool
from neatfool.networks import NetworkPolicy
from tests.neat_genomes import XOR
from tests.neat_objects import traced

INI = Path(__file__).parents[2] / "configs" / "neat" / "xor_2002.ini"
CLASSES = neat.DefaultReproduction, neat.DefaultSpeciesSet, neat.DefaultStagnation


class Cart:
    """A pole on a cart, of which all is seen (Barto, Sutton and Anderson 1983)."""

    INPUTS, OUTPUTS, STEPS = 4, 1, 60
    SEEN = (0, 1, 2, 3)

    def __init__(self) -> None:
        self.state, self.score, self.is_over = [0.0, 0.0, 0.05, 0.0], 0.0, False

    def observe(self) -> list[float]:
        return [self.state[k] for k in self.SEEN]

    def act(self, outputs: list[float]) -> None:
        x, v, angle, spin = self.state
        force = 10.0 if outputs[0] > 0.5 else -10.0
        push = (force + 0.05 * spin * spin * math.sin(angle)) / 1.1
        fall = 9.8 * math.sin(angle) - math.cos(angle) * push
        fall /= 0.5 * (4 / 3 - 0.1 * math.cos(angle) ** 2 / 1.1)
        pull = push - 0.05 * fall * math.cos(angle) / 1.1
        self.state = [x + 0.02 * v, v + 0.02 * pull, angle + 0.02 * spin, spin + 0.02 * fall]
        self.score += 1
        self.is_over = abs(x) > 2.4 or abs(angle) > 0.21 or self.score >= self.STEPS


class BlindCart(Cart):
    """The same without velocities: networks have to remember."""

    INPUTS = 2
    SEEN = (0, 2)


class Bird:
    """A bird that flaps or falls, between pipes."""

    INPUTS, OUTPUTS = 3, 1

    def __init__(self) -> None:
        self.random = random.Random(5)
        self.height, self.speed, self.far, self.gap = 0.5, 0.0, 1.0, 0.5
        self.score, self.is_over = 0.0, False

    def observe(self) -> list[float]:
        return [self.height - self.gap, self.speed, self.far]

    def act(self, outputs: list[float]) -> None:
        self.speed = 0.05 if outputs[0] > 0.5 else self.speed - 0.01
        self.height += self.speed
        self.far -= 0.06
        self.score += 0.1
        if self.far < 0:
            is_through = abs(self.height - self.gap) < 0.15
            self.is_over = not is_through
            self.score += 5 * is_through
            self.far, self.gap = 1.0, self.random.uniform(0.3, 0.7)
        self.is_over = self.is_over or not 0 < self.height < 1 or self.score > 30


class Lander:
    """A ship that has to come down softly, on little fuel."""

    INPUTS, OUTPUTS = 3, 2

    def __init__(self) -> None:
        self.height, self.speed, self.drift, self.score, self.is_over = 10.0, 0.0, 1.0, 0.0, False

    def observe(self) -> list[float]:
        return [self.height / 10, self.speed, self.drift]

    def act(self, outputs: list[float]) -> None:
        thrust, side = max(0.0, min(1.0, outputs[0])), max(-1.0, min(1.0, 2 * outputs[1] - 1))
        self.speed += 0.3 * thrust - 0.1
        self.drift += 0.1 * side
        self.height += self.speed
        self.score -= 0.05 * thrust + 0.01 * abs(self.drift)
        if self.height <= 0 or self.height > 20 or self.score < -5:
            self.is_over = True
            self.score -= 3 * abs(self.speed) + abs(self.drift) + (self.height > 0) * 20


class Recall:
    """Three bits are shown, one after the other, and are to be said again."""

    INPUTS, OUTPUTS = 2, 1

    def __init__(self) -> None:
        self.random, self.bits, self.time = random.Random(3), [], 0
        self.score, self.is_over = 0.0, False

    def observe(self) -> list[float]:
        if self.time % 6 == 0:
            self.bits = [self.random.randint(0, 1) for _ in range(3)]
        place = self.time % 6
        return [float(self.bits[place]), 0.0] if place < 3 else [0.0, 1.0]

    def act(self, outputs: list[float]) -> None:
        place = self.time % 6
        if place >= 3:
            self.score += 1 - (outputs[0] - self.bits[place - 3]) ** 2
        self.time += 1
        self.is_over = self.time == 48


GAMES = {
    "cart": (Cart, "forward"),
    "bird": (Bird, "forward"),
    "lander": (Lander, "forward"),
    "recall": (Recall, "recurrent"),
    "blind cart": (BlindCart, "recurrent"),
    "blind cart in continuous time": (BlindCart, "ctrnn"),
}
TIME, STEP = 2.0, 0.5


def one_by_one(game: type[Any], dynamics: str) -> Callable[[Any, Any], None]:
    """Evaluate as scripts of neat-python do."""

    def eval_genomes(genomes: list[tuple[int, Any]], config: neat.Config) -> None:
        for _, genome in genomes:
            if dynamics == "forward":
                act = neat.nn.FeedForwardNetwork.create(genome, config).activate
            elif dynamics == "recurrent":
                act = neat.nn.RecurrentNetwork.create(genome, config).activate
            else:
                network = CTRNN.create(genome, config)
                act = lambda seen, run=network.advance: run(seen, TIME, STEP)  # noqa: E731
            played = game()
            while not played.is_over:
                played.act(act(played.observe()))
            genome.fitness = played.score

    return eval_genomes


def all_at_once(game: type[Any], dynamics: str) -> Callable[[Any, Any], None]:
    """Evaluate by neatfool."""

    def eval_genomes(genomes: list[tuple[int, Any]], config: neat.Config) -> None:
        if dynamics == "ctrnn":
            networks = neatfool.compile_all(genomes, config, dynamics="ctrnn")
        else:
            networks = neatfool.compile_all(genomes, config)
        games = [game() for _ in genomes]
        while not all(played.is_over for played in games):
            seen = [played.observe() for played in games]
            found = networks.advance(seen, TIME, STEP) if dynamics == "ctrnn" else networks(seen)
            for played, outputs in zip(games, found.tolist(), strict=True):
                if not played.is_over:
                    played.act(outputs)
        for (_, genome), played in zip(genomes, games, strict=True):
            genome.fitness = played.score

    return eval_genomes


def config_of(folder: Path, inputs: int, outputs: int, **changes: Any) -> neat.Config:
    """Write an INI file and read it."""
    keys = {"num_inputs": inputs, "num_outputs": outputs, "pop_size": 30, "seed": None} | changes
    keys |= {"no_fitness_termination": True, "initial_connection": "full_direct"}
    lines = []
    for line in XOR.read_text(encoding="utf-8").splitlines():
        key = line.partition("=")[0].strip()
        if keys.get(key, "") is not None:
            lines.append(f"{key} = {keys[key]}" if key in keys else line)
    path = folder / "config.ini"
    path.write_text("\n".join(lines), encoding="utf-8")
    return neat.Config(neat.DefaultGenome, *CLASSES, path)


@pytest.mark.parametrize("name", GAMES)
def test_games_evolve_the_same(name, tmp_path) -> None:
    game, dynamics = GAMES[name]
    keys = {"feed_forward": dynamics == "forward", "conn_add_prob": 0.8, "node_add_prob": 0.4}
    traces = []
    for evaluate in (one_by_one, all_at_once):
        made = config_of(tmp_path, game.INPUTS, game.OUTPUTS, **keys)
        traces.append(traced(neat.Population(made, seed=1), evaluate(game, dynamics), 6))

    assert traces[0] == traces[1]
    assert len({fitness for generation in traces[0] for _, fitness in generation}) > 10


def xor(outputs: list[list[float]]) -> float:
    return 4.0 - sum((o[0] - w) ** 2 for o, w in zip(outputs, (0, 1, 1, 0), strict=True))


def waves(outputs: list[list[float]]) -> float:
    return -sum((o[0] - 0.5 - 0.5 * math.sin(k)) ** 2 for k, o in enumerate(outputs))


TABLES = {
    "xor": (xor, [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], True),
    "a function": (waves, [[k / 6] for k in range(7)], True),
    "a sequence": (waves, [[float(k == 0)] for k in range(7)], False),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_evolve_the_same(name, tmp_path) -> None:
    fitness, rows, feed_forward = TABLES[name]
    kind = neat.nn.FeedForwardNetwork if feed_forward else neat.nn.RecurrentNetwork

    def one_after_the_other(genomes: list[tuple[int, Any]], config: neat.Config) -> None:
        for _, genome in genomes:
            network = kind.create(genome, config)
            genome.fitness = fitness([network.activate(row) for row in rows])

    def together(genomes: list[tuple[int, Any]], config: neat.Config) -> None:
        found = neatfool.activate_all(genomes, config, rows)
        for (_, genome), outputs in zip(genomes, found.tolist(), strict=True):
            genome.fitness = fitness(outputs)

    traces = []
    for evaluate in (one_after_the_other, together):
        made = config_of(tmp_path, len(rows[0]), 1, feed_forward=feed_forward, conn_add_prob=0.8)
        traces.append(traced(neat.Population(made, seed=2), evaluate, 8))
    assert traces[0] == traces[1]


@pytest.mark.parametrize("dynamics", ["recurrent", "ctrnn"])
def test_genomes_of_neatfool_with_memory_take_their_place(dynamics, tmp_path) -> None:
    text = INI.read_text(encoding="utf-8")
    text = text.replace("inputs =", f"dynamics = {dynamics}\ntime_step = 0.8\ninputs =")
    path = tmp_path / "config.ini"
    path.write_text(text.replace("pop_size = 150", "pop_size = 30"), encoding="utf-8")
    ours = neatfool.NeatReproduction, neatfool.NeatSpecies, neat.DefaultStagnation

    def eval_genomes(genomes: list[tuple[int, Any]], config: neat.Config) -> None:
        policy = NetworkPolicy(config.genome_config.express(genomes))
        policy.reset(1)
        games = [Recall() for _ in genomes]
        while not games[0].is_over:
            seen = np.array([played.observe() for played in games])
            found = policy.act(seen, np.arange(len(games)))
            for played, outputs in zip(games, found.tolist(), strict=True):
                played.act(outputs)
        for (_, genome), played in zip(genomes, games, strict=True):
            genome.fitness = played.score

    traces = []
    for seed in (1, 1, 2):
        config = neat.Config(neatfool.CppnGenome, *ours, path)
        config.no_fitness_termination = True
        traces.append(traced(neat.Population(config, seed=seed), eval_genomes, 6))
    assert traces[0] == traces[1] != traces[2]
