"""Playing whole episodes in compiled code is playing them step by step."""

import math
from typing import ClassVar, Literal

import numpy as np
import pytest
import torch

from neatfool.encodings import Birth, CppnSettings, build
from neatfool.errors import ConfigError, ShapeError
from neatfool.kinds import KindSettings
from neatfool.networks import Graphs, NetworkPolicy, Networks, Played, Policy, compile_graphs
from neatfool.streams import stream
from neatfool.substrates import SheetSettings, SubstrateSettings
from neatfool.tasks import KINDS, Playing, Trial
from neatfool.tasks import build as build_task
from neatfool.tasks.playing import PlaySettings, play, playing
from neatfool.tasks.playing.episodes import play_stepwise
from neatfool.types import Doubles, Ints
from neatfool.worlds import ALL, CartPole, Outcome, Seen, World

COMPILED = [world for world in ALL if world.is_compiled()]


class DoorsSettings(KindSettings):
    """None."""

    kind: Literal["doors"] = "doors"
    """A world of the tests."""


class Doors(World):
    """Before each step there are one to three doors; what is paid is what is said of the first."""

    Settings = DoorsSettings
    inputs = ("door", "time")
    outputs = 1
    options = 3
    most_steps = 12

    def starts(self, seeds: Ints) -> Doubles:
        return np.stack([seeds.astype(float), np.zeros(len(seeds))], axis=1)

    @staticmethod
    def observe(state, observations):  # type: ignore[no-untyped-def]
        count = 1 + int(state[0] + state[1]) // 2 % 3
        for door in range(count):
            observations[door, 0], observations[door, 1] = state[0] - door, math.sin(state[1])
        return count

    @staticmethod
    def advance(state, outputs, rewards):  # type: ignore[no-untyped-def]
        rewards[0] += outputs[0, 0]  # they are 0 before
        state[1] += 1
        return state[1] > 8 + state[0]


def grown(task: Playing, count: int) -> Networks:
    return compile_graphs(genomes(task, count))


def genomes(task: Playing, count: int) -> Graphs:
    encoding = build(CppnSettings(), task.medium)
    birth = Birth(1, stream(0, "test"), 0, 0)
    varied = encoding.vary(encoding.new(count, birth), birth).networks
    assert varied is not None
    return varied


def task_of(world: type[World]) -> Playing:
    task = build_task(KINDS.settings(world.Settings.model_fields["kind"].default)())
    assert isinstance(task, Playing)
    return task


@pytest.mark.parametrize("world", COMPILED, ids=lambda world: world.__name__)
def test_compiled_episodes_are_those_played_step_by_step(world: type[World]) -> None:
    task = task_of(world)
    assert_same_stepwise(task, task.policy(grown(task, 8)))


def assert_same_stepwise(task: Playing, policy: Policy, episodes: int = 3) -> Played:
    """Play eight networks both ways."""
    seeds = np.arange(episodes)
    whole = play(policy, task.world, seeds)
    policy.reset(len(seeds))
    stepwise = play_stepwise(policy, task.world, np.tile(seeds, 8))
    assert whole.rewards.tobytes() == stepwise.rewards.tobytes()
    assert whole.steps.tolist() == stepwise.steps.tolist()
    assert len(set(whole.steps.tolist())) > 1
    return whole


@pytest.mark.parametrize("dynamics", ["forward", "recurrent", "ctrnn"])
def test_more_episodes_than_are_played_side_by_side_keep_their_memories_apart(dynamics) -> None:
    task = task_of(CartPole)
    policy = NetworkPolicy(compile_graphs(genomes(task, 8), dynamics, 0.5))
    assert_same_stepwise(task, policy, episodes=20)


@pytest.mark.parametrize("dynamics", ["recurrent", "ctrnn"])
def test_networks_with_memory_carry_it_through_each_episode(dynamics) -> None:
    kind = playing(Doors)
    task = kind(kind.Settings())
    graphs = genomes(task, 8)
    policy = NetworkPolicy(compile_graphs(graphs, dynamics, 0.5))

    first, again = (assert_same_stepwise(task, policy) for _ in range(2))

    assert first.rewards.tobytes() == again.rewards.tobytes(), "memory is forgotten at reset"
    forward = play(NetworkPolicy(compile_graphs(graphs)), task.world, np.arange(3))
    assert (first.rewards != forward.rewards).any()
    for p in range(8):
        alone = play_stepwise(policy.select(np.array([p])), task.world, np.zeros(1, np.int64))
        assert alone.rewards[0] == first.rewards[3 * p], "one network in one episode"


@pytest.mark.parametrize("world", COMPILED, ids=lambda world: world.__name__)
def test_scores_do_not_depend_on_who_else_plays(world: type[World]) -> None:
    task = task_of(world)
    networks, trial = grown(task, 5), Trial(np.arange(5), generation=3, seed=1)
    scores = task.score(networks, trial)
    parts = [task.score(networks.part(p, p + 1), trial.part(p, p + 1)) for p in range(5)]
    assert scores.tobytes() == np.concatenate(parts).tobytes()


def test_substrates_play_at_once_as_step_by_step_where_there_are_options() -> None:
    kind = playing(Doors)
    task = kind(kind.Settings(play=PlaySettings(through="substrate")))  # type: ignore[call-arg]
    weights = stream(0, "weights").normal(size=(8, *task.medium.shape)).astype(np.float32)
    assert_same_stepwise(task, task.policy(torch.from_numpy(weights)))


def test_substrates_with_recurrent_pairs_carry_memory_through_each_episode() -> None:
    sheets = (
        SheetSettings(name="seen", role="input", width=2),
        SheetSettings(name="hidden", role="hidden", width=3, activation="tanh"),
        SheetSettings(name="out", role="output", activation="tanh"),
    )
    back = (("hidden", "hidden"), ("out", "hidden"))
    kind = playing(Doors)

    def task_with(recurrent: tuple[tuple[str, str], ...]) -> Playing:
        chosen = SubstrateSettings(sheets=sheets, recurrent=recurrent)
        settings = PlaySettings(through="substrate", substrate=chosen)
        return kind(kind.Settings(play=settings))  # type: ignore[call-arg]

    task, forward = task_with(back), task_with(())
    weights = stream(0, "weights").normal(size=(8, *task.medium.shape)).astype(np.float32)
    policy = task.policy(torch.from_numpy(weights))

    first, again = (assert_same_stepwise(task, policy) for _ in range(2))

    assert first.rewards.tobytes() == again.rewards.tobytes(), "memory is forgotten at reset"
    links = forward.medium.shape[0]
    without = play(forward.policy(torch.from_numpy(weights[:, :links])), task.world, np.arange(3))
    assert (first.rewards != without.rewards).any()


class Noting(World):
    """Every episode is over at once; what they begin from is noted."""

    Settings = DoorsSettings
    inputs = ("nothing",)
    outputs = 1
    noted: ClassVar[list[int]] = []

    def reset(self, seeds: Ints) -> Seen:
        self.noted.extend(seeds.tolist())
        return Seen(np.zeros((len(seeds), 1)))

    def step(self, live: Ints, outputs: Doubles) -> Outcome:
        return Outcome(outputs, np.ones(len(live), np.bool_), Seen(np.zeros((0, 1))))


def test_tests_begin_from_seeds_that_no_evolution_has_and_every_generator_takes() -> None:
    kind = playing(Noting)
    task = kind(kind.Settings())
    networks = grown(task, 1)
    for generation in range(20):
        task.score(networks, Trial(np.arange(1), generation))
    evolved = max(Noting.noted)
    task.tests(networks, 500)
    tested = Noting.noted[-500:]
    assert evolved < min(tested)
    assert max(tested) <= np.iinfo(np.uint32).max, "numpy.random.RandomState takes no more"


def test_networks_that_do_not_fit_a_world_are_refused() -> None:
    kind = playing(Doors)
    task = kind(kind.Settings())
    others = NetworkPolicy(grown(task_of(COMPILED[0]), 2))
    with pytest.raises(ShapeError, match="expected 5 observations, or one less beside a bias, got"):
        play(others, task.world, np.arange(2))


def test_a_reward_counts_once() -> None:
    kind = KINDS.settings("tetris")
    twice = kind(play=PlaySettings(rewards=("score", "score")))  # type: ignore[call-arg]
    with pytest.raises(ConfigError, match="expected each reward once"):
        build_task(twice)
