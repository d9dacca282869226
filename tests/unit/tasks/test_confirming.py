"""Scores that would solve a world are confirmed on more episodes."""

import numpy as np
import pytest

from neatfool.kinds import KindSettings
from neatfool.networks import Networks
from neatfool.tasks import Playing, Trial
from neatfool.tasks.playing import PlaySettings, playing
from neatfool.types import Doubles, Ints
from neatfool.worlds import Outcome, Seen, World
from tests.unit.tasks.test_playing import grown


class LuckySettings(KindSettings):
    kind: str = "lucky"


class Lucky(World):
    """One step, which brings 1 or 0, as the seed says."""

    Settings = LuckySettings
    inputs, outputs, most_steps, solved_at = ("nothing",), 1, 1, 0.5

    def reset(self, seeds: Ints) -> Seen:
        self.seeds = seeds
        return Seen(np.zeros((len(seeds), 1)))

    def step(self, live: Ints, outputs: Doubles) -> Outcome:
        over = np.ones(len(live), np.bool_)
        return Outcome(luck(self.seeds[live])[:, None], over, Seen(np.zeros((0, 1))))


def luck(seeds: Ints) -> Doubles:
    return (seeds % 2).astype(np.float64)


def lucky(confirmed: int) -> Playing:
    kind = playing(Lucky)
    play = PlaySettings(confirmed=confirmed)
    return kind(kind.Settings.model_validate({"kind": "lucky", "play": play}))


def networks(task: Playing) -> Networks:
    return grown(task, 3)


@pytest.mark.parametrize("confirmed", [0, 3, 50])
def test_scores_are_means_of_what_was_played(confirmed: int) -> None:
    task = lucky(confirmed)
    wins = set()
    for generation in range(1, 30):
        trial = Trial(np.arange(3), generation)
        first = luck(trial.stream("episodes").integers(1 << 31, size=5))
        more = luck(trial.stream("confirmed").integers(1 << 31, size=confirmed))
        count = 0
        played = first
        while count < confirmed and played.mean() >= 0.5:
            added = min(len(played), confirmed - count)
            played = np.concatenate([played, more[count : count + added]])
            count += added
        scores = task.score(networks(task), trial)
        assert scores.tolist() == [[np.float32(played.mean())]] * 3
        assert task.solved(networks(task), scores).tolist() == [bool(played.mean() >= 0.5)] * 3
        wins.add(bool(played.mean() >= 0.5))
    assert wins == {True, False}
