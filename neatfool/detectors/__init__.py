"""Detectors: fitted to real images alone, they say how suspicious others are."""

from neatfool.detectors.building import build as build
from neatfool.detectors.building import one_thread as one_thread
from neatfool.detectors.building import split_of as split_of
from neatfool.detectors.detector import Detector as Detector
from neatfool.detectors.detector import Real as Real
from neatfool.detectors.detector import times as times
from neatfool.sections.detector import KINDS as KINDS
from neatfool.sections.detector import AnyDetector as AnyDetector
from neatfool.sections.detector import DetectorSettings as DetectorSettings
