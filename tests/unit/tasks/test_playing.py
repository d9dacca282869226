"""Playing whole episodes in compiled code is playing them step by step."""

import numpy as np
import pytest

from neatfool.encodings import Birth, CppnSettings, build
from neatfool.networks import Networks
from neatfool.streams import stream
from neatfool.tasks import KINDS, Playing, Trial
from neatfool.tasks import build as build_task
from neatfool.tasks.playing import play
from neatfool.tasks.playing.episodes import play_stepwise
from neatfool.worlds import ALL, World

COMPILED = [world for world in ALL if world.is_compiled()]


def grown(task: Playing, count: int) -> Networks:
    encoding = build(CppnSettings(), task.medium)
    birth = Birth(1, stream(0, "test"), 0, 0)
    genomes = encoding.vary(encoding.new(count, birth), birth)
    networks: Networks = encoding.express(genomes)
    return networks


def task_of(world: type[World]) -> Playing:
    task = build_task(KINDS.settings(world.Settings.model_fields["kind"].default)())
    assert isinstance(task, Playing)
    return task


@pytest.mark.parametrize("world", COMPILED, ids=lambda world: world.__name__)
def test_compiled_episodes_are_those_played_step_by_step(world: type[World]) -> None:
    task = task_of(world)
    policy = task.policy(grown(task, 8))
    seeds = np.arange(3)
    whole = play(policy, task.world, seeds)
    policy.reset(len(seeds))
    stepwise = play_stepwise(policy, task.world, np.tile(seeds, 8))
    assert whole.rewards.tobytes() == stepwise.rewards.tobytes()
    assert whole.steps.tolist() == stepwise.steps.tolist()
    assert len(set(whole.steps.tolist())) > 1


@pytest.mark.parametrize("world", COMPILED, ids=lambda world: world.__name__)
def test_scores_do_not_depend_on_who_else_plays(world: type[World]) -> None:
    task = task_of(world)
    networks, trial = grown(task, 5), Trial(np.arange(5), generation=3, seed=1)
    scores = task.score(networks, trial)
    parts = [task.score(networks.part(p, p + 1), trial.part(p, p + 1)) for p in range(5)]
    assert scores.tobytes() == np.concatenate(parts).tobytes()
