"""HybrID's robot with four legs, in MuJoCo."""

from neatfool.worlds.quadruped.quadruped import Quadruped as Quadruped
