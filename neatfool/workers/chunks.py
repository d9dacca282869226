"""How many phenotypes are held, expressed and scored at once; who works, changes none of it."""

import math

import torch

STEP = 16
"""To multiples of this classifiers fill their batches."""

_IMAGES_PER_CHUNK = 96
_VALUES_HELD = 1 << 25  # 128 MiB of float32
_VALUES_PER_CHUNK = {"cpu": 1 << 23, "cuda": 1 << 28}  # 32 MiB and 1 GiB of float32


def at_once(shape: tuple[int, ...], most: int = 100) -> int:
    """Return how many images to hold in memory: ``most``, or fewer if they are large."""
    return max(1, min(most, _VALUES_HELD // math.prod(shape)))


def chunk_size(
    count: int, shape: tuple[int, ...], device: torch.device, wanted: int | None = None
) -> int:
    """Return how many of so many phenotypes are expressed and scored at once.

    The last may be fewer; if so many are wanted, they are that, or as many as fit.

    On the CPU there is an even number of chunks of about equal size. It does not depend on the
    number of threads, so that they change no result; it is a multiple of sixteen where it can be,
    to which classifiers fill their batches.
    """
    fits = max(1, _VALUES_PER_CHUNK.get(device.type, 1 << 23) // math.prod(shape))
    if wanted is not None:
        return min(fits, wanted)
    teams = 1
    if device.type == "cpu":
        fits, teams = min(fits, _IMAGES_PER_CHUNK), 2
    chunks = teams * max(1, round(count / (teams * fits)))
    step = STEP if fits >= STEP else 1
    return max(1, -(-count // (chunks * step)) * step)


def halved(count: int) -> int:
    """Halve a chunk, to a multiple of sixteen where it can be."""
    half = (count + 1) // 2
    return half if half <= STEP else -(-half // STEP) * STEP
