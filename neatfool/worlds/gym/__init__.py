"""Environments of Gymnasium; it is imported when one is made."""

from neatfool.worlds.gym.settings import GymSettings as GymSettings
from neatfool.worlds.gym.world import Gym as Gym
