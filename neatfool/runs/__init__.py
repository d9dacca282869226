"""Runs: configuration, the loop, checkpoints, records and reports."""

from neatfool.runs.again import report_again as report_again
from neatfool.runs.bench import bench as bench
from neatfool.runs.bench import bench_table as bench_table
from neatfool.runs.bench import select_cases as select_cases
from neatfool.runs.build import Parts as Parts
from neatfool.runs.build import build as build
from neatfool.runs.config import Config as Config
from neatfool.runs.config import RunSettings as RunSettings
from neatfool.runs.config import dump_config as dump_config
from neatfool.runs.config import load_config as load_config
from neatfool.runs.coverage import Gate as Gate
from neatfool.runs.folder import RESOLVED as RESOLVED
from neatfool.runs.folder import default_folder as default_folder
from neatfool.runs.folder import open_folder as open_folder
from neatfool.runs.main_job import fool as fool
from neatfool.runs.publish import publish as publish
from neatfool.runs.record import scores_over_time as scores_over_time
from neatfool.runs.run import Run as Run
from neatfool.runs.settings_page import settings_page as settings_page
from neatfool.runs.stopping import REASONS as REASONS
from neatfool.runs.summary import SeedResult as SeedResult
from neatfool.runs.summary import read_result as read_result
from neatfool.runs.summary import write_summary as write_summary
