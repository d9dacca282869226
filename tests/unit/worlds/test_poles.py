"""Poles move as mechanics has it, and are scored as published."""

import numpy as np
import pytest

from neatfool.sections.world import BlindDoublePoleSettings, DoublePoleSettings, PoleSettings
from neatfool.types import Doubles
from neatfool.worlds import BlindDoublePole, DoublePole, Pole, World

POLES = ((0.1, 0.5), (0.01, 0.05))  # kg, and half the length in metres
CALM = (0.5, 0.0, 0.0, 0.0, 0.0, 0.0)


def fall(state: Doubles, force: float, count: int) -> Doubles:
    """Return slopes by Lagrange's equations of a cart of 1 kg with rods, solved as they stand."""
    masses, sides = np.zeros((1 + count, 1 + count)), np.zeros(1 + count)
    masses[0, 0], sides[0] = 1.0 + sum(mass for mass, _ in POLES[:count]), force
    for n, (mass, half) in enumerate(POLES[:count]):
        angle, spin = state[2 + 2 * n], state[3 + 2 * n]
        masses[0, n + 1] = masses[n + 1, 0] = mass * half * np.cos(angle)
        masses[n + 1, n + 1] = 4 / 3 * mass * half**2
        sides[0] += mass * half * spin**2 * np.sin(angle)
        sides[n + 1] = mass * 9.8 * half * np.sin(angle) - 2e-6 * spin
    slopes = np.zeros(6)
    slopes[0:6:2], slopes[1 : 2 + 2 * count : 2] = state[1:6:2], np.linalg.solve(masses, sides)
    return slopes


def moved(state: Doubles, force: float, count: int) -> Doubles:
    """Go on for 0.02 seconds, in much smaller steps."""
    step = 0.02 / 40
    for _ in range(40):
        middle = state + step / 2 * fall(state, force, count)
        state = state + step * fall(middle, force, count)
    return state


def begun(world: World, state: tuple[float, ...]) -> Doubles:
    world.reset(np.arange(1))
    states: Doubles = world._states
    states[0, :6] = state
    return states[0]


def pushed(world: World, output: float) -> tuple[list[float], bool]:
    outcome = world.step(np.arange(1), np.array([[output]]))
    return outcome.rewards[0].tolist(), bool(outcome.over[0])


@pytest.mark.parametrize(
    ("world", "count"), [(Pole(PoleSettings()), 1), (DoublePole(DoublePoleSettings()), 2)]
)
def test_poles_fall_by_the_laws_of_mechanics(world: World, count: int) -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        state = rng.uniform(-0.5, 0.5, 6) * [1, 1, 1, 1, count - 1, count - 1]
        output = rng.uniform()
        row = begun(world, tuple(state))
        pushed(world, output)
        wanted = moved(state, 20 * output - 10, count)
        np.testing.assert_allclose(row[:6], wanted, rtol=0, atol=1e-5)


def test_outputs_beyond_0_and_1_push_no_harder() -> None:
    world = DoublePole(DoublePoleSettings())
    found = []
    for output in (1.0, 7.0, np.inf):
        row = begun(world, CALM)
        pushed(world, output)
        found.append(row.tolist())
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("place", [0, 2, 4])
@pytest.mark.parametrize("sign", [-1, 1])
def test_episodes_end_out_of_bounds(place: int, sign: int) -> None:
    world = DoublePole(DoublePoleSettings())
    state = np.zeros(6)
    bound = 2.4 if place == 0 else np.radians(36)
    for share, is_over in ((0.9, False), (1.01, True)):
        state[place] = sign * share * bound
        begun(world, tuple(state))
        assert pushed(world, 0.5) == ([0.0 if is_over else 1.0], is_over)


def test_what_is_no_number_ends_an_episode() -> None:
    world = DoublePole(DoublePoleSettings())
    begun(world, CALM)
    assert pushed(world, np.nan)[1]


def test_published_starts_are_all_alike() -> None:
    world = DoublePole(DoublePoleSettings())
    assert not world.is_random
    assert world.starts(np.arange(2)).tolist() == [[0, 0, np.radians(1), 0, 0, 0]] * 2


def test_drawn_starts_are_within_those_of_the_exam() -> None:
    world = BlindDoublePole(BlindDoublePoleSettings(start="drawn"))
    starts = world.starts(np.arange(500))
    _, general = world.exams()
    assert world.is_random
    assert starts[7].tolist() == world.starts(np.array([7]))[0].tolist()
    low, high = general.starts.min(axis=0), general.starts.max(axis=0)
    assert (low <= starts.min(axis=0)).all()
    assert (starts.max(axis=0) <= high).all()
    np.testing.assert_allclose(starts[:, :4].max(axis=0), high[:4], rtol=0.05)


def test_the_exam_of_generalisation_is_as_published() -> None:
    long_run, general = BlindDoublePole(BlindDoublePoleSettings()).exams()
    assert (long_run.steps, long_run.needed) == (100_000, 1)
    assert (general.steps, general.needed) == (1000, 200)
    assert len(np.unique(general.starts, axis=0)) == 625
    tops = [1.944, 1.215, np.radians(3.24), np.radians(7.74), 0, 0]
    np.testing.assert_allclose(general.starts[:, :6].max(axis=0), tops)
    np.testing.assert_allclose(general.starts[:, :6].min(axis=0), -np.array(tops))


def test_calm_is_worth_what_gruau_has_it_worth() -> None:
    world = BlindDoublePole(BlindDoublePoleSettings(steps=250))
    begun(world, CALM)
    rewards = np.array([pushed(world, 0.5)[0] for _ in range(250)])
    fitness, steps = rewards.sum(axis=0)
    assert steps == 250
    assert fitness == pytest.approx(0.1 * 250 / 1000 + 0.9 * 0.75 / (100 * 0.5))


@pytest.mark.parametrize("calm", [60, 130])
def test_a_fall_counts_the_last_hundred_steps_before_it(calm: int) -> None:
    world = BlindDoublePole(BlindDoublePoleSettings())
    row, terms, total, is_over = begun(world, CALM), [], np.zeros(2), False
    while not is_over:
        rewards, is_over = pushed(world, 0.5 if len(terms) < calm else 0.9)
        total += rewards
        if not is_over:
            terms.append(np.abs(row[:4]).sum())
    late = 0.9 * 0.75 / sum(terms[-100:]) if len(terms) >= 100 else 0.0
    assert total[1] == len(terms)
    assert total[0] == pytest.approx(0.1 * len(terms) / 1000 + late)
