"""Runs: configuration, the loop, checkpoints and records."""

from neatfool.runs.build import Parts as Parts
from neatfool.runs.build import build as build
from neatfool.runs.config import KINDS as KINDS
from neatfool.runs.config import Config as Config
from neatfool.runs.config import RunSettings as RunSettings
from neatfool.runs.config import dump_config as dump_config
from neatfool.runs.config import load_classifier as load_classifier
from neatfool.runs.config import load_config as load_config
from neatfool.runs.config import look_at_config as look_at_config
from neatfool.runs.config import task_named as task_named
from neatfool.runs.folder import claimed_folder as claimed_folder
from neatfool.runs.folder import default_folder as default_folder
from neatfool.runs.gridded import Gridded as Gridded
from neatfool.runs.loop import complete as complete
from neatfool.runs.loop import evolve as evolve
from neatfool.runs.run import Run as Run
from neatfool.runs.settings_page import settings_page as settings_page
from neatfool.runs.stopping import REASONS as REASONS
