"""Names of what can be compared of runs."""

import re
from collections.abc import Iterable

from neatfool.errors import ConfigError

MEASURES = (
    *("score", "mean", "worst", "coverage", "generations", "evaluations"),
    *("solved", "solved_after", "png_bytes_per_pixel", "spectral_slope"),
)
"""Those that need no more than a name; not every run has each."""
_FAMILIES = {"reached_LEVEL": r"reached_[\d.e+-]+", "test_NAME": "test_.+"}


def check_measures(names: Iterable[str], where: str = "") -> None:
    """Make sure that runs can have measures of these names, without a program of the user's.

    Raises:
        ConfigError: One is of none.
    """
    for name in names:
        if name not in MEASURES and not re.fullmatch("|".join(_FAMILIES.values()), name):
            raise ConfigError(
                f"{where}there is no measure {name!r:.80}: expected "
                f"{', '.join((*MEASURES, *_FAMILIES))}, or one that a program of yours returns; "
                "see docs/studies.md"
            )
