"""What a plan of detectors under attack refuses before anything is evolved."""

from pathlib import Path
from typing import Any

import pytest

from neatfool.defence.detection import DetectionPlan
from neatfool.errors import ConfigError

REAL = Path("real")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"others": (Path("a/test"), Path("b/test"))}, "--other: .* got test, test"),
        ({"others": (Path("a/textures"),)}, "--other: .* none of uniform noise, .* got textures"),
        ({"others": (Path("a/cppn"),), "attacks": ("cppn",)}, "--other: .* cppn, got cppn"),
        ({"attacks": ("cppn", "cppn")}, "--attack: .* got cppn, cppn"),
        ({"attacks": ()}, "--attack: expected at least one"),
        ({"detectors": ("energy", "energy")}, "--detector: .* got energy, energy"),
        ({"detectors": ("a.py:bare",)}, "--detector: .* none of bare, got bare"),
    ],
)
def test_what_has_a_name_has_it_alone(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        DetectionPlan((), REAL, **given).check()
