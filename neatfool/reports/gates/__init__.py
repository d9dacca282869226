"""Gates: what a run may come to, and whether it is worse than another."""

from neatfool.reports.gates.against import compare as compare
from neatfool.reports.gates.against import require_alike as require_alike
from neatfool.reports.gates.check import Check as Check
from neatfool.reports.gates.check import to_junit as to_junit
from neatfool.reports.gates.check import to_markdown as to_markdown
from neatfool.reports.gates.reached import Gate as Gate
