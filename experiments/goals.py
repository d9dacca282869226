"""How often lines of descent changed their goal: Innovation Engines (Nguyen et al. 2015).

Example:
    neatfool study configs/studies/goals.toml --out runs/goals
"""

from pathlib import Path

import numpy as np

from neatfool import past
from neatfool.past.lineage import family_of
from neatfool.past.lineage import switches as count


def switches(folder: Path) -> dict[str, float]:
    """Go through a finished run again, and follow the line that leads to each elite.

    Returns:
        switches: changes of goal in a line, in the mean over the elites; strangers: the share of an
        elite's ancestors that never won its niche, likewise.
    """
    family, archive = family_of(past.Replay(folder))
    occupied = np.flatnonzero(archive.keys >= 0)
    keys = archive.keys[occupied]
    lines = [family.line(int(key)) for key in keys]
    goals = [family.goals(line, int(k)) for line, k in zip(lines, occupied, strict=True)]
    counts, totals = family.held_by_ancestors(archive.keys)
    own = counts[occupied, occupied] / np.maximum(1, totals[occupied])
    return {
        "switches": float(np.mean([count(each) for each in goals])),
        "strangers": float(1 - own.mean()),
    }
