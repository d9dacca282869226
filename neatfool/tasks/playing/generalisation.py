"""Exams: whether networks do in other episodes what they were not scored for."""

import copy

import numpy as np

from neatfool.networks import Policy
from neatfool.types import Bools, Ints
from neatfool.worlds import Exam, World


def examine(policy: Policy, world: World, exam: Exam) -> Ints:
    """Count the episodes ``(P,)`` of an exam that each of ``P`` networks does well in."""
    asked = copy.copy(world)
    asked.most_steps = exam.steps
    count = len(exam.starts)
    policy.reset(count)
    rewards = policy.play(asked, np.tile(exam.starts, (len(policy), 1))).rewards[:, -1]
    found: Ints = (rewards >= exam.steps).reshape(-1, count).sum(axis=1)
    return found


def passes(policy: Policy, world: World) -> Bools:
    """Tell which of ``P`` networks pass all exams ``(P,)``; who fails one is not asked the next."""
    left = np.arange(len(policy))
    for exam in world.exams():
        left = left[examine(policy.select(left), world, exam) >= exam.needed]
    passed = np.zeros(len(policy), np.bool_)
    passed[left] = True
    return passed
