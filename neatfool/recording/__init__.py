"""Evolutions by other libraries, recorded in run folders while they go on."""

from neatfool.recording.recorder import Recorder as Recorder
