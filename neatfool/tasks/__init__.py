"""Tasks: what phenotypes are scored for."""

from neatfool.tasks.bit_mirroring import BitMirroring as BitMirroring
from neatfool.tasks.bit_mirroring import BitMirroringSettings as BitMirroringSettings
from neatfool.tasks.boxes import Boxes as Boxes
from neatfool.tasks.boxes import BoxesSettings as BoxesSettings
from neatfool.tasks.fooling import Fooling as Fooling
from neatfool.tasks.fooling import FoolingSettings as FoolingSettings
from neatfool.tasks.target_weights import TargetWeights as TargetWeights
from neatfool.tasks.target_weights import TargetWeightsSettings as TargetWeightsSettings
from neatfool.tasks.task import Task as Task
from neatfool.tasks.xor import Xor as Xor
from neatfool.tasks.xor import XorSettings as XorSettings
