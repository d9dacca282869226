"""Tasks: what phenotypes are scored for."""

from neatfool.tasks.fooling import Fooling as Fooling
from neatfool.tasks.fooling import FoolingSettings as FoolingSettings
from neatfool.tasks.task import Task as Task
