"""How sure a share is that was counted."""

import math

_Z = 1.959963984540054
"""Of the normal distribution, at 95 %."""


def wilson(count: int, total: int) -> tuple[float, float]:
    """Give the 95 % interval of a share (Wilson 1927, "Probable inference").

    Args:
        count: Of those that are meant.
        total: Of all, at least one.

    Returns:
        Its lower and upper end, in [0, 1].

    Example:
        >>> wilson(0, 10)
        (0.0, 0.2775327998628892)
    """
    share, spread = count / total, _Z**2 / total
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * math.sqrt(share * (1 - share) / total + spread / (4 * total))
    low = 0.0 if count == 0 else middle - half
    return low, 1.0 if count == total else middle + half
