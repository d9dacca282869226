"""Worlds of users that do not fit are told apart before they spoil anything."""

from pathlib import Path

import pytest

from neatfool import runs
from neatfool.errors import NeatfoolError
from neatfool.reports import run

WORLD = """
import numpy as np
from neatfool import Outcome, Seen, World


class Walk(World):
    inputs = ("place",)
    outputs = 1
    most_steps = 5

    def reset(self, seeds):
        self.places = np.zeros(len(seeds))
        return Seen(self.places[:, None])

    def step(self, live, outputs):
        self.places[live] += outputs[:, 0]
        over = np.zeros(len(live), bool)
        rewards = self.places[live][:, None]
        return Outcome(rewards, over, Seen(self.places[live[~over]][:, None]))
"""
COMPILED = """
import numpy as np
from neatfool import World


class Walk(World):
    inputs = ("place",)
    outputs = 1
    most_steps = 5

    def starts(self, seeds):
        return np.zeros((len(seeds), 1))

    @staticmethod
    def observe(state, observations):
        observations[0, 0] = state[0]
        return 1

    @staticmethod
    def advance(state, outputs, rewards):
        state[0] += outputs[0, 0]
        rewards[0] = state[0]
        return False
"""


def play(source: str, folder: Path) -> None:
    file = folder / "walk.py"
    file.write_text(source, encoding="utf-8")
    small = ("run.generations=2", "search.batch=10", "task.play.episodes=2", "task.play.tests=2")
    run(runs.load_config(None, [f"task.kind={file}:Walk", *small]), folder / "run")


@pytest.mark.parametrize("source", [WORLD, COMPILED], ids=["python", "compiled"])
def test_own_worlds_are_played(source: str, tmp_path: Path) -> None:
    play(source, tmp_path)
    assert (tmp_path / "run" / "report.html").exists()


@pytest.mark.parametrize(
    ("source", "old", "new", "said"),
    [
        (WORLD, '("place",)', '"place"', "Walk.inputs: expected a tuple of names"),
        (WORLD, "outputs = 1", "outputs = 0", "Walk.outputs: expected a whole number"),
        (WORLD, "    def reset", "    def begin", "without reset"),
        (
            WORLD,
            "return Seen(self.places[:, None])",
            "return self.places",
            "expected neatfool.Seen",
        ),
        (WORLD, "Seen(self.places[:, None])", "Seen(self.places)", r"an array \(20, 1\)"),
        (WORLD, "None])\n\n    def step", "None], [0, 20])\n\n    def step", r"bounds \(21,\)"),
        (WORLD, "Outcome(rewards, over,", "Outcome(rewards[:, 0], over,", r"rewards \(20, 1\)"),
        (WORLD, "bool)", "int)", "of bool"),
        (WORLD, "live[~over]", "live[:1]", "that go on"),
        (COMPILED, "(len(seeds), 1)", "len(seeds)", "a row for each seed"),
        (COMPILED, "return False", "return open('x')", "cannot be compiled"),
        (COMPILED, "def observe", "def look", "without observe"),
    ],
)
def test_what_does_not_fit_is_told(
    source: str, old: str, new: str, said: str, tmp_path: Path
) -> None:
    assert old in source
    with pytest.raises(NeatfoolError, match=said):
        play(source.replace(old, new, 1), tmp_path)
