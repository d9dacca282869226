"""The robot as MuJoCo reads it: the sizes, masses and joints of HybrID's quadruped.

Clune, Beckmann, Pennock and Ofria 2009; numbers are those of their code, which ran on ODE. Two
things have no exact twin in MuJoCo: friction without bound, and ODE's motor, which seeks a velocity
of twice the error with a force of at most 100. Here friction is 2, and the motor is a position
servo whose damping makes it seek the same velocity.
"""

import itertools

LEGS = ("front left", "back left", "back right", "front right")
"""Row by row as the sheets of a substrate have them."""
JOINTS = ("hip forward", "hip sideways", "knee")
"""Of each leg."""
STEP = 0.001
"""Seconds of a step of the simulation."""
START = 0.2
"""Height in metres at which the middle of the torso begins; its feet are 3 cm above the ground."""
TORSO = (0.5, 0.3, 0.05)
"""Length, width and height in metres."""
RADIUS = 0.02
"""Of all parts of legs, in metres."""
PART = 0.075
"""Length of each part of a leg without its round ends."""
_TORSO_MASS, _MASSES = 10.0, (0.005, 0.5, 0.5)
_AXES = ((0, 1, 0), (1, 0, 0), (0, 1, 0))
_GAIN = 20.0  # force for each radian per second that a joint is too slow
_MOST_FORCE = 100.0
_HALF = tuple(side / 2 for side in TORSO)
_HIP = ((TORSO[0] - RADIUS) / 2, (TORSO[1] + PART) / 2)

CORNERS = tuple(itertools.product((-1, 1), repeat=3))
"""Of the torso, the first points that are looked at."""
POINTS = ("inner", "outer", "hip", "knee", "foot")
"""Of each leg, the next ones: the ends of its parts."""


def written() -> str:
    """Write the robot as MJCF."""
    corners = "".join(
        _site(f"corner {place}", [side * half for side, half in zip(signs, _HALF, strict=True)])
        for place, signs in enumerate(CORNERS)
    )
    legs = "".join(_leg(name, x, y) for name, (x, y) in zip(LEGS, _places(), strict=True))
    names = [f"{leg} {joint}" for leg in LEGS for joint in JOINTS]
    servos = "".join(f'<position name="{name}" joint="{name}"/>' for name in names)
    points = [f"corner {place}" for place in range(len(CORNERS))]
    points += [f"{leg} {point}" for leg in LEGS for point in POINTS]
    seen = "".join(f'<framepos objtype="site" objname="{name}"/>' for name in points)
    return f"""
<mujoco model="quadruped">
  <option timestep="{STEP}" gravity="0 0 -9.8" integrator="implicitfast">
    <flag warmstart="disable"/>
  </option>
  <compiler angle="radian" autolimits="true"/>
  <default>
    <geom friction="2 0.005 0.0001" solref="0.004 1"/>
    <joint armature="0.001"/>
    <position kp="{2 * _GAIN}" kv="{_GAIN}" forcerange="{-_MOST_FORCE} {_MOST_FORCE}"/>
  </default>
  <visual><global offwidth="640" offheight="480"/></visual>
  <asset>
    <texture name="ground" type="2d" builtin="checker" rgb1=".92 .92 .92" rgb2=".8 .8 .8"
      width="256" height="256"/>
    <material name="ground" texture="ground" texrepeat="4 4" texuniform="true"/>
  </asset>
  <worldbody>
    <light pos="0 0 3" dir="0 0 -1" directional="true"/>
    <geom name="ground" type="plane" size="0 0 1" material="ground"/>
    <body name="torso" pos="0 0 {START}">
      <freejoint/>
      <geom type="box" size="{_numbers(_HALF)}" mass="{_TORSO_MASS}" rgba=".3 .4 .6 1"/>
      {corners}{legs}
    </body>
  </worldbody>
  <actuator>{servos}</actuator>
  <sensor>{seen}</sensor>
</mujoco>"""


def _places() -> list[tuple[float, float]]:
    """Return where hips are: x to the front, y to the left."""
    x, y = _HIP
    return [(x, y), (-x, y), (-x, -y), (x, -y)]


def _leg(name: str, x: float, y: float) -> str:
    """Write a leg: a part that lies sideways, on which the two others hang."""
    inward = -PART / 2 if y > 0 else PART / 2
    forward, sideways, knee = (f"{name} {joint}" for joint in JOINTS)
    hip, thigh, shin = _MASSES
    return f"""
      <body name="{name} hip" pos="{x} {y} 0">
        <joint name="{forward}" axis="{_numbers(_AXES[0])}" range="-1.5707963 1.5707963"/>
        {_capsule((0, inward, 0), (0, -inward, 0), hip)}
        {_site(f"{name} inner", (0, inward, 0))}{_site(f"{name} outer", (0, -inward, 0))}
        <body name="{name} thigh">
          <joint name="{sideways}" axis="{_numbers(_AXES[1])}"/>
          {_capsule((0, 0, 0), (0, 0, -PART), thigh)}{_site(f"{name} hip", (0, 0, 0))}
          <body name="{name} shin" pos="0 0 {-PART}">
            <joint name="{knee}" axis="{_numbers(_AXES[2])}"/>
            {_capsule((0, 0, 0), (0, 0, -PART), shin)}
            {_site(f"{name} knee", (0, 0, 0))}{_site(f"{name} foot", (0, 0, -PART))}
          </body>
        </body>
      </body>"""


def _capsule(start: tuple[float, ...], end: tuple[float, ...], mass: float) -> str:
    ends = _numbers((*start, *end))
    return f'<geom type="capsule" fromto="{ends}" size="{RADIUS}" mass="{mass}" rgba=".8 .4 .3 1"/>'


def _site(name: str, place: object) -> str:
    return f'<site name="{name}" pos="{_numbers(place)}" size="0.005" rgba="0 0 0 0"/>'


def _numbers(values: object) -> str:
    return " ".join(f"{value:g}" for value in values)  # type: ignore[attr-defined]
