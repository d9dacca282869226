"""What runs left: the run folder, read only."""

from neatfool.past.lineage import Ancestor as Ancestor
from neatfool.past.lineage import ancestors as ancestors
from neatfool.past.replay import Replay as Replay
from neatfool.past.replay import archive_at as archive_at
from neatfool.past.replay import replay as replay
from neatfool.past.standing import Standing as Standing
from neatfool.past.standing import read_standing as read_standing
from neatfool.runs.record import scores_over_time as scores_over_time
