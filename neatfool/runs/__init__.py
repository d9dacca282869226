"""Runs: configuration, the loop, checkpoints and records."""

from neatfool.runs.build import Parts as Parts
from neatfool.runs.build import build as build
from neatfool.runs.folder import claimed_folder as claimed_folder
from neatfool.runs.folder import default_folder as default_folder
from neatfool.runs.gridded import Gridded as Gridded
from neatfool.runs.loop import complete as complete
from neatfool.runs.loop import evolve as evolve
from neatfool.runs.run import Run as Run
from neatfool.runs.stopping import REASONS as REASONS
from neatfool.sections import KINDS as KINDS
from neatfool.sections import Config as Config
from neatfool.sections import RunSettings as RunSettings
from neatfool.sections import dump_config as dump_config
from neatfool.sections import load_classifier as load_classifier
from neatfool.sections import load_config as load_config
from neatfool.sections import look_at_config as look_at_config
from neatfool.sections import settings_page as settings_page
from neatfool.sections import task_named as task_named
