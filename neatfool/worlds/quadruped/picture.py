"""Pictures of the robot: drawn, or as MuJoCo renders it.

MuJoCo takes OpenGL for that, which is slow where no graphics card is. So it does where the variable
of the environment MUJOCO_GL says by which library, such as egl.
"""

import contextlib
import os
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from neatfool.reporting import log
from neatfool.types import Bytes, Doubles
from neatfool.worlds.quadruped.body import CORNERS, LEGS, POINTS, RADIUS
from neatfool.worlds.quadruped.simulation import Simulation

_LIBRARY = os.environ.get("MUJOCO_GL")  # at the beginning: MuJoCo ends the process if it changes
_WIDTH, _HEIGHT, _METRE = 480, 360, 300  # pixels
_GROUND, _MIDDLE = 120, 240  # rows of the ground from the side, and of the torso from above
_TORSO, _LEGS = "#4c72b0", ("#c44e52", "#dd8452", "#55a868", "#8172b3")
_MARK = 0.25  # metres between marks on the ground
_BONES = (("inner", "outer"), ("hip", "knee"), ("knee", "foot"))
_FACES = [
    [place for place, corner in enumerate(CORNERS) if corner[axis] == side]
    for axis in range(3)
    for side in (-1, 1)
]


@contextlib.contextmanager
def camera(simulation: Simulation) -> Iterator[Callable[[Doubles], Bytes]]:
    """Give what makes a picture of a robot ``(S,)``, which stays in its middle."""
    renderer = _renderer(simulation.model)
    if renderer is None:
        yield lambda robot: draw(simulation.points(robot))
        return
    import mujoco

    view = mujoco.MjvCamera()
    view.distance, view.azimuth, view.elevation = 1.2, 130, -20

    def show(robot: Doubles) -> Bytes:
        view.lookat[:] = robot[1:4]
        renderer.update_scene(simulation.placed(robot), view)
        picture: Bytes = renderer.render()
        return picture

    with renderer:
        yield show


def draw(points: Doubles) -> Bytes:
    """Draw a robot, the upper half from the side, the lower from above: ``(H, W, 3)`` uint8.

    Args:
        points: ``(28, 3)`` float64, as ``Simulation.points`` has them; the front is on the right.
    """
    image = Image.new("RGB", (_WIDTH, _HEIGHT), "white")
    pen = ImageDraw.Draw(image)
    corners = points[: len(CORNERS)]
    centre = corners.mean(axis=0)
    across = _WIDTH / 2 + _METRE * (points[:, 0] - centre[0])
    views = _GROUND - _METRE * points[:, 2], _MIDDLE - _METRE * (points[:, 1] - centre[1])
    first = int((centre[0] - 1) // _MARK)
    for mark in range(first, first + int(2 / _MARK) + 2):
        x = _WIDTH / 2 + _METRE * (mark * _MARK - centre[0])
        pen.line((x, _GROUND, x, _GROUND + 6), fill="#888888")
        pen.line((x, _GROUND + 25, x, _HEIGHT), fill="#e8e8e8")
    pen.line((0, _GROUND, _WIDTH, _GROUND), fill="#888888", width=2)
    order = [leg for leg, name in sorted(enumerate(LEGS), key=lambda each: "right" in each[1])]
    for down, far in zip(views, (order[:2], order), strict=True):
        placed = list(zip(across.tolist(), down.tolist(), strict=True))
        for leg in far:
            _draw_leg(pen, placed, leg)
        for face in _FACES:
            a, b, c, d = (placed[place] for place in face)
            pen.polygon([a, b, d, c], fill=_TORSO)
        for leg in order:
            if leg not in far:
                _draw_leg(pen, placed, leg)
    return np.asarray(image)


def _draw_leg(pen: ImageDraw.ImageDraw, placed: list[tuple[float, float]], leg: int) -> None:
    first, half = len(CORNERS) + leg * len(POINTS), RADIUS * _METRE
    for ends in _BONES:
        bone = [placed[first + POINTS.index(end)] for end in ends]
        pen.line(bone, fill=_LEGS[leg], width=round(2 * half))
        for x, y in bone:
            pen.ellipse((x - half, y - half, x + half, y + half), fill=_LEGS[leg])


def _renderer(model: Any) -> Any:
    """Return what renders off the screen; None: nobody asked for it, or there is no OpenGL."""
    if not _LIBRARY:
        return None
    try:
        import mujoco

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the driver; what fails is told below
            return mujoco.Renderer(model, _HEIGHT, _WIDTH)
    except Exception as error:  # whatever the driver says
        log.warning("MUJOCO_GL=%s: %s; the robot is drawn", _LIBRARY, error)
        return None
