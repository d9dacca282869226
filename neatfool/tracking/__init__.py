"""Tracking: what a run tells TensorBoard, Weights & Biases and MLflow."""

from neatfool.tracking.choice import FOLDERS as FOLDERS
from neatfool.tracking.choice import TrackerNames as TrackerNames
from neatfool.tracking.choice import require_installed as require_installed
from neatfool.tracking.tracker import Entry as Entry
from neatfool.tracking.tracking import Tracking as Tracking
