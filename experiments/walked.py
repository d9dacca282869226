"""What a run of the robot with four legs came to: metres, and how regular its weights are."""

import math
from pathlib import Path

import torch

from neatfool import past
from neatfool.substrates import compressibility


def distance(folder: Path) -> dict[str, float]:
    """Measure the best network in the episode that it was scored in.

    Args:
        folder: Of a finished run.

    Returns:
        distance: metres; regularity: the share of bytes that compression saves of its weights.
    """
    standing = past.read_standing(folder, scored=True)
    fitness = float(standing.archive.scores[0])
    walked = math.sqrt(math.log2(fitness - 1)) if fitness > 2 else 0.0
    made = standing.encoding.express(standing.archive.genomes.select([0]))
    if not isinstance(made, torch.Tensor):  # of NEAT, a network
        return {"distance": walked}
    return {"distance": walked, "regularity": float(compressibility(made.numpy())[0])}
