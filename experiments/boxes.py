"""Ask CPPNs that find the larger box to do so on larger sheets, for `neatfool study`.

Example:
    neatfool study configs/studies/boxes.toml --out runs/boxes
"""

from pathlib import Path

import numpy as np

from neatfool import encodings, past
from neatfool.tasks import Boxes

SOLVED = 0.95
SIDES = (33, 55)


def measure(folder: Path) -> dict[str, float]:
    """Say after which generation a run came to 95 %, and what share CPPNs keep on larger sheets."""
    config = past.read_config(folder)
    scores = past.scores_over_time(folder, 1)[1][:, 0]
    reached = np.flatnonzero(scores >= SOLVED * Boxes(config.task).best)
    found = {"generations_to_95_percent": float(reached[0] + 1)} if len(reached) else {}
    if config.encoding.kind == "cppn":
        genomes = past.archive_at(folder).genomes
        for side in SIDES:
            larger = Boxes(config.task.model_copy(update={"side": side}))
            weights = encodings.build(config.encoding, larger.medium).express(genomes)
            found[f"kept_at_{side}_nodes"] = float(larger.score(weights)[0, 0] / scores[-1])
    return found
