"""From settings to encodings."""

from typing import Any

import pytest

from neatfool import encodings
from neatfool.encodings import CppnSettings, OffsetSettings, SwitchSettings
from neatfool.images import Canvas

RELEASED = CppnSettings(coordinates="pixels", rounding="down", colours="hls")


@pytest.mark.parametrize("form", [(3, 5, 6), Canvas((3, 5, 6))], ids=["shape", "canvas"])
@pytest.mark.parametrize("settings", [OffsetSettings, SwitchSettings, None])
def test_networks_paint_as_their_settings_say(form: Any, settings: Any) -> None:
    encoding = encodings.build(settings(indirect=RELEASED) if settings else RELEASED, form)
    painter: Any = getattr(encoding, "indirect", encoding)
    assert painter.medium == Canvas((3, 5, 6), "pixels", "down", "hls")
