"""Play Tetris by weighted sums: published weights, and weights found by climbing hills.

They are an upper anchor for evolved networks, in the same game.

Example:
    python experiments/tetris_anchors.py --games 20
"""

import time
from typing import Annotated

import numpy as np
import torch
import typer

from neatfool.streams import stream
from neatfool.substrates import SheetSettings, Substrate, SubstrateSettings
from neatfool.tasks.playing import play
from neatfool.types import Doubles, Ints
from neatfool.worlds import Tetris
from neatfool.worlds.tetris import TetrisSettings

PUBLISHED = {
    "Dellacherie, set by hand": (-1.0, 1.0, -1.0, -1.0, -4.0, -1.0),
    "El-Tetris": (
        *(-4.500158825082766, 3.4181268101392694, -3.2178882868487753),
        *(-9.348695305445199, -7.899265427351652, -3.3855972247263626),
    ),
}
"""Weights of the features of Dellacherie; those of El-Tetris were found for lines in place of cells
that they take out."""
TIED = np.repeat(np.eye(5), (10, 9, 1, 1, 10), axis=1)
"""``(5, 31)``, which of the 31 features share a weight: those of one kind."""
CHILDREN, GAMES_OF_EACH = 15, 4
CLIMBED = 20_000
"""Steps after which games of climbing end, so that good weights do not take all the time."""


def scores(inputs: str, weights: Doubles, seeds: Ints, most_steps: int = 500_000) -> Doubles:
    """Play a game for each of ``(P, I)`` weights, by weighted sums, and each seed: ``(P, E)``."""
    world = Tetris(TetrisSettings(inputs=inputs, most_steps=most_steps))
    sheets = (
        SheetSettings(name="seen", role="input", width=len(world.inputs)),
        SheetSettings(name="value", role="output", activation="identity"),
    )
    policy = Substrate(SubstrateSettings(sheets=sheets)).policy(torch.from_numpy(weights).float())
    return play(policy, world, seeds).rewards[:, 0].reshape(len(weights), len(seeds))


def climb(inputs: str, ties: Doubles, rounds: int, seed: int) -> Doubles:
    """Keep the best of some weights and changed ones, in new games each round: ``(I,)``."""
    random = stream(seed, "hill")
    best, step = random.normal(size=len(ties)), 1.0
    for number in range(rounds):
        tried = best + step * random.normal(size=(CHILDREN, len(ties)))
        tried = np.concatenate([best[None], tried]) / np.linalg.norm(best)
        games = stream(seed, "games", number).integers(1 << 31, size=GAMES_OF_EACH)
        found = np.log1p(scores(inputs, tried @ ties, games, CLIMBED)).mean(axis=1)
        best, step = tried[found.argmax()], step * (0.85 if found.argmax() == 0 else 1.0)
    return best @ ties


def main(
    games: Annotated[int, typer.Option(min=1, help="New games that each plays.")] = 20,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of climbing.")] = 25,
    seed: Annotated[int, typer.Option(min=0, help="Seed of climbing and games.")] = 0,
) -> None:
    """Print a table of scores."""
    seeds = stream(seed, "tests").integers(1 << 32, 1 << 33, size=games)
    print("| weights | seconds to find | median score | mean | least | most |")
    print("|---|---|---|---|---|---|")
    rows = [(name, "dellacherie", 0.0, np.array(each)) for name, each in PUBLISHED.items()]
    for name, inputs, ties in (
        ("six features of Dellacherie, climbed", "dellacherie", np.eye(6)),
        ("31 features with five weights, climbed", "features", TIED),
    ):
        began = time.process_time()
        weights = climb(inputs, ties, rounds, seed)
        rows.append((name, inputs, time.process_time() - began, weights))
    for name, inputs, seconds, weights in rows:
        got = scores(inputs, weights[None], seeds)[0]
        numbers = f"{np.median(got):,.0f} | {got.mean():,.0f} | {got.min():,.0f} | {got.max():,.0f}"
        print(f"| {name} | {seconds:.0f} | {numbers} |")


if __name__ == "__main__":
    typer.run(main)
