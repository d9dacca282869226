"""The attacks on a gate that are runs: each evolves images for the accepted classes."""

from dataclasses import dataclass
from pathlib import Path

from neatfool import past, reports, runs
from neatfool.classifiers import ClassifierSettings
from neatfool.defence.attempt import Attempt
from neatfool.past.elites import read_png
from neatfool.past.records import scores_over_time
from neatfool.reporting import Announcing, Reporter
from neatfool.runs.stopping import INTERRUPTED
from neatfool.tasks import Fooling, FoolingSettings
from neatfool.types import Json


@dataclass(frozen=True)
class GateAttack:
    """How a run evolves images against a gate.

    Attributes:
        title: What people call it.
        changes: Of the settings of a run of fooling, as ``runs.load_config`` takes them.
        wants_gradients: The attacker knows the network, and has one image climb for each target.
    """

    title: str
    changes: tuple[str, ...]
    wants_gradients: bool = False


ATTACKS = {
    "pixels": GateAttack("evolved noise (pixels)", ("encoding.kind=pixels",)),
    "cppn": GateAttack("evolved patterns (CPPN)", ("encoding.kind=cppn",)),
    "offset": GateAttack("patterns with noise (offset)", ("encoding.kind=offset",)),
    "switch": GateAttack(
        "patterns, then noise (switch)", ("encoding.kind=switch", "encoding.at=20")
    ),
    "gradient": GateAttack(
        "gradient images", ("encoding.kind=pixels", "search.kind=gradient"), wants_gradients=True
    ),
}
"""Every attack, by the name of its folder in that of the gate."""


@dataclass(frozen=True)
class Effort:
    """What an attacker may spend, and on what.

    Attributes:
        targets: ``K`` indices of the accepted classes.
        budget: Images that the gate is asked about.
        batch: Of which so many at a time, at most the budget.
        seed: Of everything that is drawn.
    """

    targets: tuple[int, ...]
    budget: int
    batch: int
    seed: int


def configuration(
    attack: GateAttack, classifier: ClassifierSettings, effort: Effort, device: str
) -> runs.Config:
    """Write an attack as the configuration of a run, which asks for no more than the budget."""
    batch = len(effort.targets) if attack.wants_gradients else effort.batch
    changes = (
        *attack.changes,
        f"search.batch={batch}",
        f"run.generations={effort.budget // batch}",
        f"run.seed={effort.seed}",
        f"run.device={device}",
    )
    task = FoolingSettings(classifier=classifier, classes=effort.targets)
    return runs.load_config(None, changes).model_copy(update={"task": task})


def run_attack(
    attack: GateAttack,
    config: runs.Config,
    task: Fooling,
    folder: Path,
    reporter: Reporter,
) -> Attempt:
    """Run an attack to its end, or go on with it, and read what came of it.

    Args:
        attack: Which one.
        config: What ``configuration`` made of it.
        task: The one of that configuration.
        folder: Of the run.
        reporter: Hears of progress.

    Raises:
        NeatfoolError: A setting cannot be met, or the folder cannot be used.
        Interrupted: Ctrl-C or SIGTERM came; what was evolved is saved.
    """
    report = past.read_report(folder)
    if report is None or not _is_done(report, config):
        reporter = Announcing(folder.name, reporter)
        parts = runs.build(config, reporter, task)
        with runs.Run(parts, folder, reporter, resume=past.is_run(folder)) as run:
            runs.evolve(run)
            report = reports.publish(run)
    niches = report["niches"]
    files = [entry["image"] for entry in niches]
    queries, best = scores_over_time(folder, len(niches))
    done = queries <= config.batch * config.run.generations
    return Attempt(
        attack.title,
        queries[done].astype(int),
        best[done],
        None,
        lambda place: None if files[place] is None else read_png(folder / files[place]),
        tuple(None if file is None else f"{folder.name}/{file}" for file in files),
    )


def _is_done(report: Json, config: runs.Config) -> bool:
    is_whole = report["stopped_because"] != INTERRUPTED
    return is_whole and report["generations"] >= config.run.generations
