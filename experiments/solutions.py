"""Measure the first network that solves a task, for `neatfool study`.

Example:
    neatfool study configs/studies/xor.toml --out runs/xor
"""

import collections
from pathlib import Path

import numpy as np

from neatfool import past, runs
from neatfool.studies.measuring import SOLVED
from neatfool.tasks import Playing
from neatfool.tasks.playing import examine


def measure(folder: Path) -> dict[str, float]:
    """Count the hidden nodes and enabled links of the solution, and the starts it copes with."""
    report = past.read_report(folder)
    if report is None or report["stopped_because"] not in SOLVED:
        return {}
    parts = runs.build(past.read_config(folder))
    (last,) = collections.deque(past.replay(folder), maxlen=1)
    solved = parts.task.solved(parts.encoding.express(last.genomes), last.latest.scores)
    first = last.genomes.select(np.flatnonzero(solved)[:1])
    found = {
        "hidden": len(first.node_ids) - first.inputs - first.outputs,
        "links": int(first.enabled.sum()),
    }
    if isinstance(parts.task, Playing) and (exams := parts.task.world.exams()):
        policy = parts.task.policy(parts.encoding.express(first))
        found["starts"] = int(examine(policy, parts.task.world, exams[-1])[0])
    return found
