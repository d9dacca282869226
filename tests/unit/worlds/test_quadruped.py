"""The robot with four legs: what it is made of, how it moves, and what that is worth."""

import importlib.util
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neatfool import runs
from neatfool.errors import ConfigError, ShapeError
from neatfool.reports import Showing, play, run
from neatfool.sections.world import QuadrupedSettings
from neatfool.types import Doubles
from neatfool.version import installing
from neatfool.worlds import CartPole, Quadruped
from neatfool.worlds.quadruped.body import JOINTS, LEGS
from neatfool.worlds.quadruped.picture import draw
from neatfool.worlds.quadruped.quadruped import HEIGHT, WIDTH, _euler
from neatfool.worlds.quadruped.simulation import Simulation

mujoco = pytest.importorskip("mujoco")
JOINT_COLUMNS = [WIDTH * leg + joint for leg in range(HEIGHT) for joint in range(len(JOINTS))]


def quadruped(**settings: object) -> Quadruped:
    return Quadruped(QuadrupedSettings.model_validate(settings))


def sheet(*angles: object) -> Doubles:
    """Say what joints are to have; hips forward, hips sideways and knees, each leg by leg."""
    outputs = np.zeros((HEIGHT, WIDTH))
    for column, wanted in zip((0, 2, 4), angles, strict=False):
        outputs[:, column] = wanted
    return outputs.reshape(1, -1)


def trot() -> Callable[[Doubles], Doubles]:
    """Swing the legs of either diagonal together, and lift those that swing forward."""
    phase, steps = np.array([0, math.pi, 0, math.pi]), iter(range(1_000_000))

    def act(seen: Doubles) -> Doubles:
        turn = next(steps) / 52.0 + phase
        hips = 0.75 * np.tanh(4 * np.sin(turn))
        knees = -0.25 + 0.6 * np.tanh(4 * np.sin(turn + 5.56))
        return sheet(hips - 0.013, 0, knees)

    return act


def energy(simulation: Simulation, robot: Doubles) -> float:
    """Add up energies of place and of movement of a robot, in joules."""
    model, data = simulation.model, mujoco.MjData(simulation.model)
    mujoco.mj_setState(model, data, robot, mujoco.mjtState.mjSTATE_FULLPHYSICS)
    mujoco.mj_forward(model, data)
    mujoco.mj_energyPos(model, data)
    mujoco.mj_energyVel(model, data)
    return float(data.energy.sum())


def test_the_robot_is_as_heavy_and_has_the_joints_that_it_should() -> None:
    model = Simulation().model
    assert model.body_mass.sum() == pytest.approx(10 + 4 * (0.005 + 0.5 + 0.5))
    assert [model.joint(1 + place).name for place in range(12)] == [
        f"{leg} {joint}" for leg in LEGS for joint in JOINTS
    ]
    lowest = Simulation().points(Simulation().start)[:, 2].min() - 0.02
    assert lowest == pytest.approx(0.03)  # metres above the ground


def test_it_stands_still_and_gains_no_energy_if_nothing_is_asked_of_it() -> None:
    world = quadruped(most_steps=1000)
    seen, most = (
        world.reset(np.zeros(1, np.int64)),
        energy(world.simulation, world.simulation.start),
    )
    for step in range(1000):
        outcome = world.step(np.zeros(1, np.int64), sheet(0, 0, 0))
        if step % 50 == 0:
            assert energy(world.simulation, world.robots[0]) <= most + 1e-6
    assert outcome.over.all()
    assert outcome.rewards[0] == pytest.approx((2.0, 0.0), abs=1e-3)
    assert world.robots[0, 3] == pytest.approx(0.17, abs=0.002)
    assert seen.observations.shape == (1, len(world.inputs)) == (1, 20)
    assert world.sensed[0, WIDTH - 2 :: WIDTH].tolist() == [1, 1, 1, 1]  # all feet touch


def test_a_trot_walks_more_than_a_metre() -> None:
    trace = Quadruped().trace(trot(), 0)
    assert len(trace.path) == 6001
    assert np.hypot(*(trace.path[-1] - trace.path[0])) > 1
    assert trace.touching.any(axis=0).all()
    assert not trace.touching.all()


def test_wild_robots_stay_in_bounds() -> None:
    world, random = quadruped(most_steps=400, most_turns=0), np.random.default_rng(0)
    live = np.arange(8)
    world.reset(np.zeros(8, np.int64))
    for _ in range(400):
        outcome = world.step(live, random.uniform(-2, 2, (len(live), 20)))
        live = live[~outcome.over]
    assert len(live) < 8
    assert np.isfinite(world.robots).all()
    assert np.abs(world.robots[:, 1:4]).max() < 2


@pytest.mark.parametrize("faulty", [0, 5])
def test_a_robot_moves_the_same_whoever_is_beside_it(faulty: int) -> None:
    seeds, random = np.array([3, 1, 4, 15]), np.random.default_rng(1)
    outputs = random.uniform(-0.4, 0.4, (60, len(seeds), 20))
    together, alone = quadruped(faulty=faulty), quadruped(faulty=faulty)
    together.reset(seeds)
    for step in outputs:
        together.step(np.arange(len(seeds)), step)
    for place, seed in enumerate(seeds):
        alone.reset(np.array([seed]))
        for step in outputs[:, [place]]:
            alone.step(np.zeros(1, np.int64), step)
        assert (alone.robots[0] == together.robots[place]).all()
        assert (alone.sensed[0] == together.sensed[place]).all()


def test_steps_are_those_of_mujoco() -> None:
    simulation, data = Simulation(), mujoco.MjData(Simulation().model)
    robots, random = simulation.start[None], np.random.default_rng(2)
    for _ in range(100):
        angles = random.uniform(-1, 1, (1, 12))
        robots = simulation.step(robots, angles).robots
        data.ctrl[:] = angles[0]
        mujoco.mj_step(simulation.model, data)
    assert (robots[0, simulation.places] == data.qpos).all()


@given(st.lists(st.floats(-1, 1), min_size=4, max_size=4))
def test_roll_pitch_and_yaw_are_those_of_the_rotation(numbers: list[float]) -> None:
    length = float(np.linalg.norm(numbers))
    if length < 1e-3:
        return
    quaternion, matrix = np.array(numbers) / length, np.empty(9)
    mujoco.mju_quat2Mat(matrix, quaternion)
    turned = matrix.reshape(3, 3)
    pitch = -math.asin(np.clip(turned[0, 2], -1, 1))
    if abs(turned[0, 2]) > 1 - 1e-6:
        return  # roll and yaw are one there
    wanted = math.atan2(turned[1, 2], turned[2, 2]), pitch, math.atan2(turned[0, 1], turned[0, 0])
    found = _euler(quaternion[None])[0]
    away = np.abs(np.exp(1j * np.array(wanted)) - np.exp(1j * found))
    assert away.max() < 1e-6


@given(st.integers(0, 1 << 32), st.integers(0, 12))
def test_errors_are_as_many_as_asked_for_and_those_of_fewer_are_among_them(
    seed: int, faulty: int
) -> None:
    drawn = [quadruped_errors(faulty=count)(seed) for count in (faulty, 12)]
    assert (drawn[0] != 0).sum() == faulty
    assert np.abs(drawn[0]).max(initial=0) <= math.radians(2.5)
    assert (drawn[0] == drawn[1])[drawn[0] != 0].all()


WORLDS: dict[int, Quadruped] = {}


def quadruped_errors(faulty: int) -> Callable[[int], Doubles]:
    return WORLDS.setdefault(faulty, quadruped(faulty=faulty))._drawn


def test_an_error_moves_a_joint_and_is_not_sensed() -> None:
    world = quadruped(faulty=12, error_range=40, most_steps=3000)
    world.reset(np.array([5]))
    errors = world._drawn(5)
    assert world.sensed[0, JOINT_COLUMNS] == pytest.approx(-errors)  # as if it were elsewhere
    for _ in range(400):
        outcome = world.step(np.zeros(1, np.int64), sheet(0, 0, 0))
        if outcome.over[0]:
            break
    angles = world.robots[0, 8:20]
    assert world.sensed[0, JOINT_COLUMNS] == pytest.approx(angles - errors)
    went = np.sign(angles) == np.sign(errors)
    assert went.mean() > 0.7


def test_an_episode_ends_when_something_but_a_foot_is_on_the_ground() -> None:
    world = Quadruped()
    world.reset(np.zeros(1, np.int64))
    for step in range(3000):  # noqa: B007
        outcome = world.step(np.zeros(1, np.int64), sheet(0, 0, 1))
        if outcome.over[0]:
            break
    assert step < 2000
    distance = float(np.hypot(*world.robots[0, 1:3]))
    assert outcome.rewards[0] == pytest.approx((1 + 2 ** (distance**2), distance))
    assert len(outcome.seen.observations) == 0


def test_who_turns_too_often_has_gone_nowhere() -> None:
    world = quadruped(most_steps=200, most_turns=0.16)
    world.reset(np.zeros(1, np.int64))
    for step in range(200):
        outcome = world.step(np.zeros(1, np.int64), sheet((-1) ** (step // 2), 0, 0))
        if outcome.over[0]:
            break
    assert step < 199
    assert outcome.rewards[0].tolist() == [1.001, 0]


def test_a_robot_that_bursts_has_gone_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    world = Quadruped()
    world.reset(np.zeros(2, np.int64))
    world.step(np.arange(2), np.zeros((2, 20)))
    world.robots[1, world.simulation.places.stop] = 1e12  # metres per second
    outcome = world.step(np.arange(2), np.zeros((2, 20)))
    assert not list(tmp_path.iterdir()), "MuJoCo keeps a log of its own"
    assert outcome.over.tolist() == [False, True]
    assert outcome.rewards[1].tolist() == [1.001, 0]


def test_what_was_seen_first_stays_as_it_was() -> None:
    world = Quadruped()
    seen = world.reset(np.zeros(1, np.int64))
    before = seen.observations.copy()
    world.step(np.zeros(1, np.int64), sheet(1, 1, 1))
    assert (seen.observations == before).all()


def test_outputs_that_are_no_numbers_or_too_large_do_no_harm() -> None:
    world = Quadruped()
    world.reset(np.zeros(2, np.int64))
    outputs = np.vstack([np.full((1, 20), np.nan), np.full((1, 20), 1e30)])
    for _ in range(5):
        world.step(np.arange(2), outputs)
    assert np.isfinite(world.robots).all()


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "mujoco" else found(name)
    )
    with pytest.raises(ConfigError, match=re.escape(installing("mujoco"))):
        Quadruped()


def test_a_picture_shows_the_robot() -> None:
    simulation = Simulation()
    picture = draw(simulation.points(simulation.start))
    assert picture.shape == (360, 480, 3)
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("walked") / "run"
    small = ["task.kind=quadruped", "task.faulty=2", "task.most_steps=60", "task.play.tests=2"]
    small += ["task.play.through=substrate", "search.batch=6", "run.generations=2"]
    run(runs.load_config(None, small), folder)
    return folder


@pytest.mark.proof
def test_a_run_is_tested_and_filmed_and_its_gait_is_drawn(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUJOCO_GL", "egl")  # as films of Gymnasium do, too late for MuJoCo
    shown = Showing(film=tmp_path / "film.gif", gait=tmp_path / "gait.svg")
    assert set(play(folder, shown=shown)) == {"fitness", "distance"}
    assert (tmp_path / "film.gif").stat().st_size > 1000
    assert b"<svg" in (tmp_path / "gait.svg").read_bytes()


def test_a_run_is_the_same_on_any_number_of_threads(folder: Path, tmp_path: Path) -> None:
    again = runs.load_config(folder / "resolved.toml", ["run.workers=threads:3", "run.chunk=1"])
    run(again, tmp_path / "run")
    for name in ("elites.safetensors", "niches.csv"):
        assert (tmp_path / "run" / name).read_bytes() == (folder / name).read_bytes()


def test_who_does_not_walk_has_no_gait() -> None:
    assert CartPole().trace(trot(), 0) is None


def test_films_show_one_step_of_several() -> None:
    world = quadruped(most_steps=90)
    assert len(list(world.frames(lambda _: sheet(0, 0, 0), 0))) == 3  # of steps 0, 40 and 80
    cart = CartPole()
    each = len(list(cart.frames(lambda seen: np.zeros((1, 2)), 1)))
    cart.shown_every = 4
    assert len(list(cart.frames(lambda seen: np.zeros((1, 2)), 1))) == -(-each // 4)


def test_wrong_actions_are_told() -> None:
    pytest.importorskip("gymnasium")
    from neatfool.worlds.quadruped.environment import QuadrupedEnv

    env = QuadrupedEnv()
    env.reset(seed=1)
    for action in (np.zeros(11), np.zeros((1, 12)), np.full(12, np.nan), np.float32(0.5)):
        with pytest.raises(ShapeError, match="12 angles"):
            env.step(action)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"faulty": 13}, "faulty: expected a number of at most 12, got 13"),
        ({"faulty": "many"}, "faulty: expected a whole number, got 'many'"),
        ({"fauly": 3}, "fauly"),
        ({"most_steps": 5}, "max_episode_steps"),
        ({"most_turns": 1}, "no limit"),
        ({"render_mode": "human"}, "rgb_array or None"),
    ],
)
def test_wrong_arguments_are_told(given: dict[str, Any], said: str) -> None:
    pytest.importorskip("gymnasium")
    from neatfool.worlds.quadruped.environment import QuadrupedEnv

    with pytest.raises(ConfigError, match=said):
        QuadrupedEnv(**given)


def test_gymnasium_knows_it() -> None:
    gymnasium = pytest.importorskip("gymnasium")
    from gymnasium.utils.env_checker import check_env

    import neatfool.environments  # noqa: F401

    with pytest.warns(UserWarning, match="infinity"):  # as of MuJoCo's own environments
        check_env(gymnasium.make("neatfool/Quadruped-v0", faulty=4).unwrapped)
    env = gymnasium.make("neatfool/Quadruped-v0", faulty=4, render_mode="rgb_array")
    world, random = quadruped(faulty=4), np.random.default_rng(3)
    seen, _ = env.reset(seed=11)
    assert (seen == world.reset(np.array([11])).observations[0].astype(np.float32)).all()
    total = 0.0
    for _ in range(50):
        action = random.uniform(-0.3, 0.3, (4, 3)).astype(np.float32)
        seen, reward, *_ = env.step(action.reshape(-1))
        outputs = np.zeros((4, 5))
        outputs[:, ::2] = action
        outcome = world.step(np.zeros(1, np.int64), outputs.reshape(1, -1))
        total += reward
        assert (seen == outcome.seen.observations[0].astype(np.float32)).all()
    assert total == pytest.approx(float(world.distances(np.zeros(1, np.int64))[0]))
    assert env.render().shape == (360, 480, 3)
    env.close()
