"""Environments of Gymnasium; it is imported when one is made."""

from neatfool.sections.gym import GymSettings as GymSettings
from neatfool.worlds.gym.world import Gym as Gym
