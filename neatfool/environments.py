"""Environments of Gymnasium that neatfool has; importing this registers them.

Example:
    >>> import gymnasium
    >>> import neatfool.environments
    >>> env = gymnasium.make("neatfool/Quadruped-v0", faulty=4)
"""

import gymnasium

gymnasium.register(
    "neatfool/Quadruped-v0",
    entry_point="neatfool.worlds.quadruped.environment:QuadrupedEnv",
    max_episode_steps=6000,
)
