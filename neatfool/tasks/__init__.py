"""Tasks: what phenotypes are scored for."""

import torch

from neatfool.kinds import Kinds, KindSettings
from neatfool.reporting import Reporter
from neatfool.tasks.bit_mirroring import BitMirroring as BitMirroring
from neatfool.tasks.bit_mirroring import BitMirroringSettings as BitMirroringSettings
from neatfool.tasks.boxes import Boxes as Boxes
from neatfool.tasks.boxes import BoxesSettings as BoxesSettings
from neatfool.tasks.fitness import Fitness as Fitness
from neatfool.tasks.fitness import FitnessSettings as FitnessSettings
from neatfool.tasks.fitness import Network as Network
from neatfool.tasks.fitness import NetworkBatch as NetworkBatch
from neatfool.tasks.fitness import one_by_one as one_by_one
from neatfool.tasks.fooling import Fooling as Fooling
from neatfool.tasks.fooling import FoolingSettings as FoolingSettings
from neatfool.tasks.target_weights import TargetWeights as TargetWeights
from neatfool.tasks.target_weights import TargetWeightsSettings as TargetWeightsSettings
from neatfool.tasks.task import Answers as Answers
from neatfool.tasks.task import Task as Task
from neatfool.tasks.task import Trial as Trial
from neatfool.tasks.xor import Xor as Xor
from neatfool.tasks.xor import XorSettings as XorSettings
from neatfool.types import CPU

KINDS = Kinds("task", [Fooling, Xor, TargetWeights, BitMirroring, Boxes, Fitness])


def paints(settings: KindSettings) -> bool:
    """Say whether phenotypes of a task that is known are images, whatever its settings."""
    return settings.is_checked and bool(KINDS.owner(settings).paints)


def build(
    settings: KindSettings,
    seed: int = 0,
    device: torch.device = CPU,
    reporter: Reporter | None = None,
) -> Task:
    """Build the task that the settings name, as ``Task.build`` does."""
    return KINDS.owner(settings).build(settings, seed, device, reporter)
