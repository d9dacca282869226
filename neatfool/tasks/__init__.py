"""Tasks: what phenotypes are scored for."""

from typing import Any

import torch

from neatfool.encodings import MAKES, Medium
from neatfool.errors import ConfigError
from neatfool.kinds import KindSettings
from neatfool.reporting import Reporter, Unit
from neatfool.sections.task import KINDS as KINDS
from neatfool.sections.task import BitMirroringSettings as BitMirroringSettings
from neatfool.sections.task import BoxesSettings as BoxesSettings
from neatfool.sections.task import FitnessSettings as FitnessSettings
from neatfool.sections.task import FoolingSettings as FoolingSettings
from neatfool.sections.task import TargetWeightsSettings as TargetWeightsSettings
from neatfool.sections.task import XorSettings as XorSettings
from neatfool.tasks.bit_mirroring import BitMirroring as BitMirroring
from neatfool.tasks.boxes import Boxes as Boxes
from neatfool.tasks.fitness import Fitness as Fitness
from neatfool.tasks.fitness import Network as Network
from neatfool.tasks.fitness import NetworkBatch as NetworkBatch
from neatfool.tasks.fitness import one_by_one as one_by_one
from neatfool.tasks.fooling import Fooling as Fooling
from neatfool.tasks.fooling import build_classifier as build_classifier
from neatfool.tasks.playing import Playing as Playing
from neatfool.tasks.table import table_of as table_of
from neatfool.tasks.target_weights import TargetWeights as TargetWeights
from neatfool.tasks.task import Answers as Answers
from neatfool.tasks.task import Task as Task
from neatfool.tasks.task import Trial as Trial
from neatfool.tasks.xor import Xor as Xor
from neatfool.types import CPU


def paints(settings: KindSettings) -> bool:
    """Say whether phenotypes of a task that is known are images, whatever its settings."""
    return settings.is_checked and bool(KINDS.owner(settings).paints)


def build(
    settings: KindSettings,
    seed: int = 0,
    device: torch.device = CPU,
    reporter: Reporter | None = None,
) -> Task:
    """Build the task that the settings name, as ``Task.build`` does.

    Raises:
        ConfigError: A class of users lacks what a task has.
        NeatfoolError: As ``Task.build``.
    """
    owner = KINDS.owner(settings)
    task: Task = owner.build(settings, seed, device, reporter)
    lacking = [name for name in ("niches", "medium") if not hasattr(task, name)]
    if lacking:
        raise ConfigError(
            f"task.kind {settings.kind}: expected a class of tasks, got one without "
            f"{' and '.join(lacking)}; see the class neatfool.Task"
        )
    count = len(task.indices) if isinstance(task.indices, (tuple, list)) else -1
    own_indices = count == 0 or count == len(set(task.indices)) == len(task.niches)
    for name, wanted, is_met in (
        ("niches", "at least one name", bool(_names(task.niches))),
        ("measures", "names", _names(task.measures) is not None),
        ("medium", "what networks are expressed through", _is_medium(task.medium)),
        ("unit", "a neatfool.Unit", isinstance(task.unit, Unit)),
        ("name", "a text", isinstance(task.name, str)),
        ("digest", "a text", isinstance(task.digest, str)),
        ("indices", "a tuple with one of its own for each niche", own_indices),
        ("levels", "a tuple", isinstance(task.levels, (tuple, list))),
    ):
        if not is_met:
            raise ConfigError(
                f"task.kind {settings.kind}: expected {name}, {wanted}, got "
                f"{getattr(task, name)!r:.80}"
            )
    return task


def _names(given: Any) -> tuple[str, ...] | None:
    """Return what is a list of names; none: it is something else."""
    is_list = isinstance(given, (tuple, list)) and all(isinstance(each, str) for each in given)
    return tuple(given) if is_list else None


def _is_medium(given: object) -> bool:
    makes = not isinstance(given, type) and isinstance(given, Medium) and given.makes
    return makes in MAKES
