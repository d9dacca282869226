"""Environments of Gymnasium as worlds."""

import math
import re
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

gymnasium = pytest.importorskip("gymnasium")

from neatfool.encodings import Birth, CppnSettings  # noqa: E402
from neatfool.encodings import build as build_encoding  # noqa: E402
from neatfool.errors import ConfigError, RunError  # noqa: E402
from neatfool.streams import stream  # noqa: E402
from neatfool.tasks import KINDS, Playing, build  # noqa: E402
from neatfool.tasks.playing import play  # noqa: E402
from neatfool.types import Doubles  # noqa: E402
from neatfool.version import installing  # noqa: E402
from neatfool.worlds import CartPole, Gym  # noqa: E402
from neatfool.worlds.gym import GymSettings, apart  # noqa: E402

Said = Callable[[Doubles], Doubles]
OWN = "tests.gym_worlds:"
SEEDS = np.arange(12)


def world_of(name: str, processes: int = 0, **settings: Any) -> Gym:
    return Gym(GymSettings(id=name, processes=processes, **settings))


def own(name: str, processes: int = 0, **settings: Any) -> Gym:
    return world_of(f"{OWN}{name}-v0", processes, **settings)


def swaying(outputs: int) -> Said:
    """Say something that depends on what is seen, and on nothing else."""

    def say(observations: Doubles) -> Doubles:
        weights = np.random.default_rng(0).normal(size=(observations.shape[1], outputs))
        return np.cos(observations @ weights + np.arange(outputs))

    return say


def played(world: Gym, seeds: Any = SEEDS, say: Said | None = None) -> Doubles:
    """Play episodes: returns and lengths ``(E, 2)``."""
    say, live, seen = say or swaying(world.outputs), np.arange(len(seeds)), world.reset(seeds)
    sums = np.zeros((len(seeds), 2))
    for _ in range(world.most_steps):
        outcome = world.step(live, say(seen.observations))
        sums[live] += np.column_stack([outcome.rewards[:, 0], np.ones(len(live))])
        live, seen = live[~outcome.over], outcome.seen
        if not len(live):
            break
    return sums


NAMES = (
    "CartPole-v1",
    "Acrobot-v1",
    "MountainCar-v0",
    "MountainCarContinuous-v0",
    "Pendulum-v1",
    "Blackjack-v1",
    "FrozenLake-v1",
    "LunarLander-v3",
    "LunarLanderContinuous-v3",
    "BipedalWalker-v3",
    "Hopper-v5",
    "Swimmer-v5",
)


@pytest.mark.parametrize("name", NAMES)
def test_an_episode_depends_on_its_seed_alone(name: str) -> None:
    """Not on what was played before, nor beside it, nor on who else plays."""
    try:
        world = world_of(name, most_steps=60)
    except ConfigError as error:
        pytest.skip(str(error))
    seeds = np.array([3, 1, 4, 1])
    sums = played(world, seeds)
    assert np.isfinite(sums).all()
    assert sums[1].tolist() == sums[3].tolist()
    assert played(world, seeds[::-1])[::-1].tobytes() == sums.tobytes()
    assert played(world, seeds[2:3]).tobytes() == sums[2:3].tobytes()


def test_cart_and_pole_is_that_of_gymnasium_to_the_last_bit() -> None:
    theirs, ours = world_of("CartPole-v1"), CartPole()
    seeds, say = np.arange(40), swaying(2)
    live, seen, seen_ours = np.arange(40), theirs.reset(seeds), ours.reset(seeds)
    for _ in range(theirs.most_steps):
        assert seen.observations.tobytes() == seen_ours.observations.tobytes()
        outputs = say(seen.observations * 5)
        outcome, outcome_ours = theirs.step(live, outputs), ours.step(live, outputs)
        assert outcome.over.tolist() == outcome_ours.over.tolist()
        assert outcome.rewards.tolist() == outcome_ours.rewards.tolist()
        live, seen, seen_ours = live[~outcome.over], outcome.seen, outcome_ours.seen
        if not len(live):
            break
    assert (theirs.most_steps, theirs.solved_at) == (ours.most_steps, ours.solved_at)


def test_processes_change_nothing() -> None:
    here = played(own("Line"), np.arange(40))
    world = own("Line", processes=3)
    assert played(world, np.arange(40)).tobytes() == here.tobytes()
    assert played(world, np.arange(40)).tobytes() == here.tobytes()


def test_as_many_episodes_are_begun_as_the_world_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    task = build(KINDS.settings("gym")(id=f"{OWN}Line-v0", processes=0))  # type: ignore[call-arg]
    assert isinstance(task, Playing)
    encoding = build_encoding(CppnSettings(), task.medium)
    policy = task.policy(encoding.express(encoding.new(5, Birth(1, stream(0, "test"), 0, 0))))
    whole = play(policy, task.world, SEEDS)
    monkeypatch.setattr(Gym, "at_once", 7)
    parts = play(policy, task.world, SEEDS)
    assert parts.rewards.tobytes() == whole.rewards.tobytes()
    assert parts.steps.tobytes() == whole.steps.tobytes()


def test_what_remembers_is_made_anew() -> None:
    world = own("Remembers")
    assert played(world).tobytes() == played(world).tobytes() == played(own("Line")).tobytes()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Raises", "OSError in .*gym_worlds.py, line [0-9]+: the floor broke"),
        ("Unrewarding", "a reward that is no number, None"),
        ("NoNumber", "a reward that is no number, nan"),
        ("Blurred", "an observation that is no number"),
        ("Growing", r"an observation of shape \(3,\), expected \(2,\)"),
    ],
)
def test_what_fails_ends_its_own_episode(
    name: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    sound, found = played(own("Line")), played(own(name))
    failed = np.isnan(found[:, 0])
    assert failed.any()
    assert found[~failed].tobytes() == sound[~failed].tobytes()
    assert found[failed, 1].tolist() == [3.0] * failed.sum()
    [line] = caplog.records
    assert re.search(reason, line.getMessage())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Hangs", "it took longer than task.seconds = 0.3"),
        ("Dies", "it ended its process (exit code 7)"),
        ("DiesSoon", "it ended its process (exit code 7)"),
        ("DiesAtOnce", "it ended its process (exit code 7)"),
    ],
)
def test_what_hangs_or_dies_fails_alone(
    name: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    sound = played(own("Line"), SEEDS[:4])
    found = played(own(name, processes=1, seconds=0.3), SEEDS[:4])
    failed = np.isnan(found[:, 0])
    assert 0 < failed.sum() < 4
    assert found[~failed].tobytes() == sound[~failed].tobytes()
    [line] = caplog.records
    assert reason in line.getMessage()


def test_what_never_ends_is_ended() -> None:
    assert own("Endless").most_steps == 1000
    assert played(own("Endless", most_steps=7))[:, 1].tolist() == [7.0] * len(SEEDS)
    assert world_of("CartPole-v1", most_steps=7).most_steps == 7


def test_spaces_of_all_kinds_are_served() -> None:
    world = own("Strange")
    assert world.inputs == (
        *(f"eyes 0 {y},{x}" for y in range(2) for x in range(2)),
        *(f"eyes 1 is {k}" for k in range(3)),
        *(f"mood {place} is {k}" for place in range(2) for k in range(2)),
    )
    assert world.outputs == 2 + 3 + 2 + 3 + 2 + 1
    assert world.reset(SEEDS[:1]).observations.tolist() == [[0.5] * 4 + [0, 0, 1] + [1, 0, 0, 1]]
    ends = [np.full(world.outputs, end) for end in (-9.0, 9.0, np.nan)]
    for said, reward in zip(ends, (0.0, 4.0, 2.0), strict=True):
        sums = played(world, SEEDS[:1], lambda _, said=said: said[None])  # type: ignore[misc]
        assert sums.tolist() == [[10 * reward, 10]]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (f"{OWN}Speaks-v0", "observations that are so many numbers, got Sequence"),
        (f"{OWN}Told-v0", "expected actions that are Discrete"),
        (f"{OWN}Sees-v0", "at most 4,096 numbers to observe, got 100,800"),
        ("CartPole-v7", "CartPole"),
        ("LunaLander-v3", "did you mean LunarLander-v3"),
        ("nowhere:Hill-v0", "there is no module nowhere: install it, or write FILE.py:ID"),
        ("no_such_file.py:Hill-v0", "no_such_file.py"),
    ],
)
def test_what_cannot_be_played_is_refused(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        world_of(name)


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "Box2D", None)
    for name in [n for n in sys.modules if n.startswith("gymnasium.envs.box2d")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ConfigError, match=r"pip install 'gymnasium\[box2d\]'"):
        world_of("LunarLander-v3", arguments={"gravity": -9.0})
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=re.escape(installing("gym"))):
        world_of("CartPole-v1", arguments={"sutton_barto_reward": True})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"arguments": {"render_mode": "human"}}, "render_mode"),
        ({"wrappers": [{"name": "RecordVideo", "video_folder": "/"}]}, "wrappers with a name of"),
        ({"wrappers": [{"name": "NormalizeObservation"}]}, "wrappers with a name of"),
        ({"id": "my.py"}, "FILE.py:ID"),
        ({"id": "GymV26Environment-v0"}, "FILE.py:ID"),
    ],
)
def test_what_must_not_be_set_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        GymSettings(**settings)


def test_arguments_and_wrappers_are_applied() -> None:
    assert played(own("Line", arguments={"length": 4}))[:, 1].tolist() == [4.0] * len(SEEDS)
    stacked = own("Line", wrappers=[{"name": "FrameStackObservation", "stack_size": 3}])
    assert stacked.inputs == tuple(f"observation {y},{x}" for y in range(3) for x in range(2))
    assert stacked.sheets == (("observation 0", 2, 3),)
    with pytest.raises(ConfigError, match="check task"):
        own("Line", arguments={"speed": 3})
    with pytest.raises(ConfigError, match="check task"):
        own("Line", wrappers=[{"name": "FrameStackObservation", "size": 3}])


def test_observations_are_normalised() -> None:
    plain, bounds, measured = (
        own("Line", normalised=how).reset(SEEDS).observations
        for how in ("no", "bounds", "measured")
    )
    np.testing.assert_allclose(bounds, plain / 20)
    assert (measured[:, 1] < -1).all()  # time is 4.5 in the mean
    assert math.isclose(np.ptp(measured[:, 1]), 0, abs_tol=1e-9)
    again = own("Line", normalised="measured", processes=1).reset(SEEDS).observations
    assert again.tobytes() == measured.tobytes()


@pytest.mark.parametrize("processes", [0, 1])
def test_an_episode_can_be_seen(processes: int) -> None:
    pictures = list(own("Line", processes).frames(swaying(3), 5))
    assert [picture.shape for picture in pictures] == [(8, 12, 3)] * 11
    assert [int(picture[0, 0, 0]) for picture in pictures] == [*range(11)]


def test_a_film_ends_where_the_environment_fails(caplog: pytest.LogCaptureFixture) -> None:
    seeds = range(9)
    lengths = {len(list(own("Raises").frames(swaying(3), seed))) for seed in seeds}
    assert lengths == {3, 11}
    assert all("the floor broke" in line.getMessage() for line in caplog.records)


@pytest.mark.parametrize(
    ("name", "length", "why"),
    [("Unseen", 2, "took longer than 0.5 seconds"), ("Unopened", 1, "ended its process")],
)
def test_a_film_that_hangs_holds_nobody_up(
    name: str,
    length: int,
    why: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("neatfool.worlds.gym.world._PICTURE", 0.5)
    assert len(list(own(name, processes=1).frames(swaying(3), 5))) == length
    assert why in caplog.text


def test_a_process_that_is_killed_from_outside_costs_nothing() -> None:
    world, say = own("Line", processes=1), swaying(3)
    whole = played(world)
    live, seen, sums = np.arange(len(SEEDS)), world.reset(SEEDS), np.zeros(len(SEEDS))
    for step in range(10):
        if step in (0, 4):
            [apart_] = world._taken
            assert apart_._process is not None  # type: ignore[attr-defined]
            apart_._process.kill()  # type: ignore[attr-defined]
        outcome = world.step(live, say(seen.observations))
        sums += outcome.rewards[:, 0]
        seen = outcome.seen
    assert sums.tobytes() == whole[:, 0].tobytes()


def test_who_dies_for_another_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_START", "raise SystemExit(3)")
    with pytest.raises(RunError, match=r"died \(exit code 3\)"):
        own("Line", processes=1, most_steps=8).reset(SEEDS)
