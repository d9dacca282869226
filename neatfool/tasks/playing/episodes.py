"""Episodes: a policy acts in a world until all of them are over."""

import numpy as np

from neatfool.networks import Played, Policy
from neatfool.tasks.playing.checks import outcome_of, seen_of, starts_of
from neatfool.types import Doubles, Ints
from neatfool.worlds import World


def play(policy: Policy, world: World, seeds: Ints) -> Played:
    """Play an episode for each network and each seed, as fast as the world allows.

    Args:
        policy: ``P`` networks.
        world: That they act in.
        seeds: ``(E,)`` int64; each network plays the same.
    """
    policy.reset(len(seeds))
    if world.is_compiled():
        return policy.play(world, np.tile(starts_of(world, seeds), (len(policy), 1)))
    return play_stepwise(policy, world, np.tile(seeds, len(policy)))


def play_stepwise(policy: Policy, world: World, seeds: Ints) -> Played:
    """Play episode by episode and step by step, as many at once as the world takes.

    Those that are over cost nothing.

    Args:
        policy: ``P`` networks that were reset.
        world: That they act in.
        seeds: ``(P * E,)`` int64.

    Raises:
        ShapeError: The world gives what does not fit.
    """
    count = len(seeds)
    played = Played(np.zeros((count, len(world.rewards))), np.zeros(count, np.int64))
    for first in range(0, count, world.at_once):
        begun = seeds[first : first + world.at_once]
        seen = seen_of(world.reset(begun), len(begun), world, "reset")
        live = np.arange(first, first + len(begun))
        for _ in range(world.most_steps):
            if not len(live):
                break
            outputs = policy.act(seen.observations, np.repeat(live, seen.counts))
            outcome = outcome_of(world.step(live - first, outputs), len(live), world)
            played.rewards[live] += outcome.rewards
            played.steps[live] += 1
            live, seen = live[~outcome.over], outcome.seen
    return played


def watch(policy: Policy, world: World, seed: int, most: int) -> tuple[Doubles, Doubles]:
    """Play one episode, and note what was seen and said.

    Args:
        policy: One network.
        world: That it acts in.
        seed: Of the episode.
        most: Steps to watch.

    Returns:
        ``(T, I)`` observations and ``(T, O)`` outputs; of several options, those of the one whose
        first output is the greatest.
    """
    policy.reset(1)
    seen, live = world.reset(np.array([seed])), np.zeros(1, np.int64)
    observations: list[Doubles] = []
    said: list[Doubles] = []
    for _ in range(min(most, world.most_steps)):
        outputs = policy.act(seen.observations, np.repeat(live, seen.counts))
        chosen = int(outputs[:, 0].argmax())
        observations.append(seen.observations[chosen].copy())  # worlds may write over it
        said.append(outputs[chosen])
        outcome = world.step(live, outputs)
        if outcome.over[0]:
            break
        seen = outcome.seen
    return np.stack(observations), np.stack(said)
