"""Retraining with the images that fooled a network, in rounds that resume anywhere."""

from neatfool.defence.retraining.comparison import compare as compare
from neatfool.defence.retraining.comparison import comparison_page as comparison_page
from neatfool.defence.retraining.conduct import conduct as conduct
from neatfool.defence.retraining.page import RETRAINING as RETRAINING
from neatfool.defence.retraining.page import page as page
from neatfool.defence.retraining.settings import RetrainSettings as RetrainSettings
from neatfool.defence.retraining.settings import load_settings as load_settings
