"""Studies: what many runs say together."""

from neatfool.studies.statistics import Comparison as Comparison
from neatfool.studies.statistics import compare as compare
from neatfool.studies.statistics import holm as holm
from neatfool.studies.statistics import median_interval as median_interval
from neatfool.studies.statistics import runs_needed as runs_needed
