"""Detectors under attack: by those who do not know them, and by those who do."""

from neatfool.defence.detection.page import write_detection as write_detection
from neatfool.defence.detection.plan import DetectionPlan as DetectionPlan
from neatfool.defence.detection.table import detection as detection
