"""What a run may come to, and whether it is worse than another: gates of integration."""

from neatfool.reports.judging.against import compare as compare
from neatfool.reports.judging.against import require_alike as require_alike
from neatfool.reports.judging.check import Check as Check
from neatfool.reports.judging.check import to_junit as to_junit
from neatfool.reports.judging.check import to_markdown as to_markdown
from neatfool.reports.judging.gate import Gate as Gate
