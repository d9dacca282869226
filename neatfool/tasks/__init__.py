"""Tasks: what phenotypes are scored for."""

from typing import TypeAlias

from neatfool.tasks.bit_mirroring import BitMirroring as BitMirroring
from neatfool.tasks.bit_mirroring import BitMirroringSettings as BitMirroringSettings
from neatfool.tasks.boxes import Boxes as Boxes
from neatfool.tasks.boxes import BoxesSettings as BoxesSettings
from neatfool.tasks.fooling import Fooling as Fooling
from neatfool.tasks.fooling import FoolingSettings as FoolingSettings
from neatfool.tasks.target_weights import TargetWeights as TargetWeights
from neatfool.tasks.target_weights import TargetWeightsSettings as TargetWeightsSettings
from neatfool.tasks.task import Task as Task
from neatfool.tasks.task import Trial as Trial
from neatfool.tasks.xor import Xor as Xor
from neatfool.tasks.xor import XorSettings as XorSettings

SolvedSettings: TypeAlias = (
    XorSettings | TargetWeightsSettings | BitMirroringSettings | BoxesSettings
)
"""Settings of any task that needs no classifier; ``kind`` says which."""
TaskSettings: TypeAlias = FoolingSettings | SolvedSettings
"""Settings of any task."""


def build(settings: SolvedSettings, seed: int) -> Xor | TargetWeights | BitMirroring | Boxes:
    """Build the task that the settings name; what it draws follows from the seed."""
    match settings:
        case TargetWeightsSettings():
            return TargetWeights(settings, seed)
        case BitMirroringSettings():
            return BitMirroring(settings, seed)
        case BoxesSettings():
            return Boxes(settings)
        case XorSettings():
            return Xor()
