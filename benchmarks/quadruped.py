"""Speed of the robot with four legs: MuJoCo alone, the world, controllers, and a generation.

In CPU seconds of one core, so that other work on the machine counts for little.

Example:
    python benchmarks/quadruped.py --write docs/results/quadruped-speed.md
"""

import shlex
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import mujoco
import numpy as np
import torch
import typer
from mujoco import rollout

from neatfool import runs
from neatfool.networks import Policy
from neatfool.sections.world import QuadrupedSettings
from neatfool.tasks import Trial
from neatfool.types import CPU, Doubles
from neatfool.workers.machine import environment
from neatfool.worlds import Quadruped

ROBOTS, STEPS, TIMES = 150, 1000, 3
CONFIG = Path("configs/quadruped/hyperneat.toml")


def rate(play: Callable[[], int]) -> float:
    """Return steps of one robot for each CPU second: the median of several measurements."""
    found = []
    for _ in range(TIMES):
        begun = time.process_time()
        found.append(play() / (time.process_time() - begun))
    return statistics.median(found)


def swinging() -> Doubles:
    """Let legs swing a little, so that robots stay on their feet: ``(STEPS, ROBOTS, 12)``."""
    phases = np.linspace(0, 6, ROBOTS * 12).reshape(ROBOTS, 12)
    return 0.3 * np.sin(np.arange(STEPS)[:, None, None] / 50 + phases)


def alone(world: Quadruped) -> int:
    """Let MuJoCo step robots, each from the first step to the last."""
    simulation = world.simulation
    with rollout.Rollout(nthread=0) as stepping:
        stepping.rollout(
            simulation.model,
            simulation.placed(simulation.start),
            np.tile(simulation.start, (ROBOTS, 1)),
            np.ascontiguousarray(swinging().transpose(1, 0, 2)),
        )
    return ROBOTS * STEPS


def lockstep(world: Quadruped, policy: Policy | None) -> int:
    """Step the world; what controllers say is computed but not done, so that none falls."""
    seen, live = world.reset(np.zeros(ROBOTS, np.int64)), np.arange(ROBOTS)
    for angles in swinging():
        outputs = np.zeros((ROBOTS, 4, 5))
        outputs[:, :, ::2] = angles.reshape(ROBOTS, 4, 3) / np.pi
        if policy is not None:
            policy.act(seen.observations, live)
        outcome = world.step(live, outputs.reshape(ROBOTS, 20))
        if outcome.over.all():
            break
        seen = outcome.seen
    return ROBOTS * STEPS


def main(
    write: Annotated[Path | None, typer.Option(help="Markdown file for the results.")] = None,
) -> None:
    """Measure, print, and write."""
    torch.set_num_threads(1)
    world = Quadruped(QuadrupedSettings(most_steps=STEPS))
    parts = runs.build(runs.load_config(CONFIG, [f"task.most_steps={STEPS}"]))
    genomes, trial = parts.search.ask(), Trial(np.arange(ROBOTS), 1, 0)
    policy = parts.task.policy(parts.encoding.express(genomes))
    policy.reset(1)
    steps = parts.task.steps(parts.encoding.express(genomes), trial)

    def generation() -> int:
        parts.task.score(parts.encoding.express(genomes), trial)
        return steps

    rows = [
        ("MuJoCo alone, robot by robot", rate(lambda: alone(world))),
        ("the world, all robots together", rate(lambda: lockstep(world, None))),
        ("the same with controllers", rate(lambda: lockstep(world, policy))),
        ("a first generation, most of which fall soon", rate(generation)),
    ]
    machine = environment(CPU)
    lines = [
        "# The robot with four legs: speed",
        "",
        f"Written by `{shlex.join(['python', *sys.argv])}`, on {machine['processor']} with MuJoCo "
        f"{mujoco.__version__}.",
        "",
        f"{ROBOTS} robots for {STEPS:,} steps of a millisecond; the median of {TIMES} times.",
        "",
        "| what | steps of a robot per CPU second | of the world |",
        "|---|--:|--:|",
        *(f"| {name} | {found:,.0f} | {found / rows[1][1]:.2f} |" for name, found in rows),
    ]
    print("\n".join(lines))
    if write is not None:
        write.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    typer.run(main)
