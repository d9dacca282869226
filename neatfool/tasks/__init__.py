"""Tasks: what phenotypes are scored for."""

from neatfool.tasks.fooling import Fooling as Fooling
from neatfool.tasks.fooling import FoolingSettings as FoolingSettings
from neatfool.tasks.task import Task as Task
from neatfool.tasks.xor import Xor as Xor
from neatfool.tasks.xor import XorSettings as XorSettings
