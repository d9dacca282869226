"""Networks from the other side: what gets past them, and what keeps it out."""

from neatfool.defence.attacks import ATTACKS as ATTACKS
from neatfool.defence.gate import GateSettings as GateSettings
from neatfool.defence.gate import gate as gate
from neatfool.defence.result import above as above
