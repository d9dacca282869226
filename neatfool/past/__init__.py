"""What runs left: the run folder, read only."""

from neatfool.past.about import About as About
from neatfool.past.about import read_about as read_about
from neatfool.past.elites import read_elites as read_elites
from neatfool.past.folder import is_run as is_run
from neatfool.past.folder import read_config as read_config
from neatfool.past.frames import metrics as metrics
from neatfool.past.lineage import Ancestor as Ancestor
from neatfool.past.lineage import ancestors as ancestors
from neatfool.past.overview import Overview as Overview
from neatfool.past.overview import read_overview as read_overview
from neatfool.past.records import first_to_reach as first_to_reach
from neatfool.past.records import scores_over_time as scores_over_time
from neatfool.past.replay import Replay as Replay
from neatfool.past.replay import archive_at as archive_at
from neatfool.past.replay import replay as replay
from neatfool.past.report import read_report as read_report
from neatfool.past.standing import Standing as Standing
from neatfool.past.standing import read_standing as read_standing
