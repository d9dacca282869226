"""Examinations of networks: checks, transfer, speed."""

from neatfool.exams.bench import bench as bench
from neatfool.exams.bench import bench_table as bench_table
from neatfool.exams.bench import select_cases as select_cases
from neatfool.exams.check import check as check
from neatfool.exams.deck import prepare_deck as prepare_deck
from neatfool.exams.pace import bench_playing as bench_playing
from neatfool.exams.pace import pace_table as pace_table
from neatfool.exams.ratings import ratings as ratings
from neatfool.exams.transfer import AS_SAVED as AS_SAVED
from neatfool.exams.transfer import transfer as transfer
from neatfool.exams.transfer import transfer_picture as transfer_picture
from neatfool.tasks.probes import quick_check as quick_check
