"""Positions of Tetris that are looked at in a second of one core, by whoever looks at them.

Example:
    python benchmarks/tetris.py
"""

import time
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np
import torch
import typer

from neatfool import runs
from neatfool.encodings import Birth
from neatfool.networks import Policy
from neatfool.streams import stream
from neatfool.substrates import SheetSettings, Substrate, SubstrateSettings
from neatfool.tasks import Playing
from neatfool.tasks.playing.episodes import play, play_stepwise
from neatfool.types import Doubles, Ints
from neatfool.worlds import Tetris
from neatfool.worlds.tetris import TetrisSettings
from neatfool.worlds.tetris.board import MOST, load, rests

CONFIGS = Path(__file__).parents[1] / "configs" / "tetris"
SUM = np.repeat([-0.1, -0.6, 0.0, -10.0, -1.0], (10, 9, 1, 1, 10))
"""Weights of the 31 features, by which games last for a while."""


class Counting:
    """A policy that counts the positions that it looks at."""

    def __init__(self, policy: Policy) -> None:
        self.policy, self.positions = policy, 0

    def act(self, observations: Doubles, episodes: Ints) -> Doubles:
        """As the policy does."""
        self.positions += len(observations)
        return self.policy.act(observations, episodes)


def fastest(work: Callable[[], object], rounds: int) -> float:
    """Return the least seconds of processor time that work takes, of several times."""
    times = []
    work()
    for _ in range(rounds):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def enumeration(rounds: int) -> tuple[float, float]:
    """Return microseconds to find where a piece can rest, and how many such places there are."""
    rows = np.zeros((100, 20))
    random = stream(0, "boards")
    for state in rows:
        height = random.integers(0, 12)
        state[20 - height :] = random.integers(0, 1023, size=height)
    board, found = np.empty(29, np.int64), np.empty((MOST, 4), np.int64)

    @numba.njit
    def find(rows, board, found):  # type: ignore[no-untyped-def]
        count = 0
        for state in rows:
            load(state, board)
            for piece in range(7):
                count += rests(board, piece, found)
        return count

    return fastest(lambda: find(rows, board, found), rounds) / 700 * 1e6, find(
        rows, board, found
    ) / 700


def measure(world: Tetris, policy: Policy, games: int, rounds: int) -> tuple[float, float]:
    """Return positions and pieces per second, the world's work included."""
    seeds, counting = np.arange(games), Counting(policy)
    policy.reset(games)
    play_stepwise(counting, world, np.tile(seeds, len(policy)))  # type: ignore[arg-type]
    pieces = play(policy, world, seeds).steps.sum()
    seconds = fastest(lambda: play(policy, world, seeds), rounds)
    return counting.positions / seconds, pieces / seconds


def evolvable(name: str) -> tuple[Tetris, Policy]:
    """Return the world of a configuration, and networks that it may begin with."""
    parts = runs.build(runs.load_config(CONFIGS / f"{name}.toml"))
    task, encoding = parts.task, parts.encoding
    assert isinstance(task, Playing)
    assert isinstance(task.world, Tetris)
    genomes = encoding.new(20, Birth(1, stream(0, "start"), 0, 0))
    return task.world, task.policy(encoding.express(genomes))


def main(rounds: int = 5) -> None:
    """Print a table."""
    torch.set_num_threads(1)
    microseconds, places = enumeration(rounds)
    print(f"{microseconds:.2f} us to find the {places:.1f} places where a piece can rest\n")
    print("| who looks | positions a second | pieces a second |")
    print("|---|---|---|")
    world = Tetris(TetrisSettings())
    sheets = (
        SheetSettings(name="seen", role="input", width=31),
        SheetSettings(name="value", role="output", activation="identity"),
    )
    linear = Substrate(SubstrateSettings(sheets=sheets))
    rows = {"a weighted sum of 31 features": (world, linear.policy(torch.tensor(SUM[None])))}
    for name in ("features_hyperneat", "features_neat", "raw_hyperneat", "raw_neat"):
        rows[name] = evolvable(name)
    for name, (played, policy) in rows.items():
        positions, pieces = measure(played, policy, 10 if len(policy) == 1 else 4, rounds)
        print(f"| {name} | {positions:,.0f} | {pieces:,.0f} |", flush=True)


if __name__ == "__main__":
    typer.run(main)
