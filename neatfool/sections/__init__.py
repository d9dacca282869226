"""Sections of a configuration: all that can be asked for, checked before anything computes.

Nothing here imports PyTorch or numba, nor the classes that settings are of: a slip is answered at
once. ``tests/unit/cli/test_answers.py`` sees to it.
"""

from neatfool.sections.config import KINDS as KINDS
from neatfool.sections.config import Config as Config
from neatfool.sections.config import dump_config as dump_config
from neatfool.sections.config import file_named as file_named
from neatfool.sections.config import load_classifier as load_classifier
from neatfool.sections.config import load_config as load_config
from neatfool.sections.config import look_at_config as look_at_config
from neatfool.sections.config import names_programs as names_programs
from neatfool.sections.config import task_named as task_named
from neatfool.sections.run import RunSettings as RunSettings
from neatfool.sections.settings_page import settings_page as settings_page
