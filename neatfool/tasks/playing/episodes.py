"""Episodes: a policy acts in a world until all of them are over."""

import numpy as np

from neatfool.networks import Played, Policy
from neatfool.types import Ints
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
        return policy.play(world, np.tile(world.starts(seeds), (len(policy), 1)))
    return play_stepwise(policy, world, np.tile(seeds, len(policy)))


def play_stepwise(policy: Policy, world: World, seeds: Ints) -> Played:
    """Play episode by episode and step by step, all at once; those that are over cost nothing.

    Args:
        policy: ``P`` networks that were reset.
        world: That they act in.
        seeds: ``(P * E,)`` int64.
    """
    count = len(seeds)
    played = Played(np.zeros((count, len(world.rewards))), np.zeros(count, np.int64))
    live, seen = np.arange(count), world.reset(seeds)
    for _ in range(world.most_steps):
        if not len(live):
            break
        outputs = policy.act(seen.observations, np.repeat(live, seen.counts))
        outcome = world.step(live, outputs)
        played.rewards[live] += outcome.rewards
        played.steps[live] += 1
        live, seen = live[~outcome.over], outcome.seen
    return played
