"""Studies: many runs, made once each, and what they say together."""

from neatfool.studies.conduct import StudyResults as StudyResults
from neatfool.studies.conduct import begun as begun
from neatfool.studies.conduct import conduct as conduct
from neatfool.studies.conduct import consent as consent
from neatfool.studies.page import publish as publish
from neatfool.studies.settings import Method as Method
from neatfool.studies.settings import StudySettings as StudySettings
from neatfool.studies.settings import is_study as is_study
from neatfool.studies.settings import load_study as load_study
from neatfool.studies.settings import make_study as make_study
from neatfool.studies.settings import parse_seeds as parse_seeds
from neatfool.studies.settings import parse_vary as parse_vary
from neatfool.studies.statistics import Comparison as Comparison
from neatfool.studies.statistics import compare as compare
from neatfool.studies.statistics import holm as holm
from neatfool.studies.statistics import kruskal as kruskal
from neatfool.studies.statistics import median_interval as median_interval
from neatfool.studies.statistics import runs_needed as runs_needed
from neatfool.studies.statistics import spearman as spearman
