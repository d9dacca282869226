"""Networks that turn images into confidences: load them, train them."""

from neatfool.classifiers.classifier import BlackBox as BlackBox
from neatfool.classifiers.classifier import Classifier as Classifier
from neatfool.classifiers.labels import find_classes as find_classes
from neatfool.classifiers.labels import imagenet_ids as imagenet_ids
from neatfool.classifiers.labels import imagenet_labels as imagenet_labels
from neatfool.classifiers.labels import read_labels as read_labels
from neatfool.classifiers.load import build as build
from neatfool.classifiers.load import resolve_device as resolve_device
from neatfool.classifiers.named.alexnet import AlexNet as AlexNet
from neatfool.classifiers.named.caffemodel import read_caffemodel as read_caffemodel
from neatfool.classifiers.named.caffemodel import state_dict_for as state_dict_for
from neatfool.classifiers.named.caffenet import CaffeNet as CaffeNet
from neatfool.classifiers.named.lenet import LeNet5 as LeNet5
from neatfool.classifiers.named.lenet import LeNetCaffe as LeNetCaffe
from neatfool.classifiers.named.models import MODELS as MODELS
from neatfool.classifiers.named.models import find_model as find_model
from neatfool.classifiers.named.models import has_weights as has_weights
from neatfool.classifiers.named.training import TrainSettings as TrainSettings
from neatfool.classifiers.named.training import initialise as initialise
from neatfool.classifiers.named.training import train as train
from neatfool.classifiers.onnx.sessions import ending_runs as ending_runs
from neatfool.classifiers.outputs import INDEPENDENT as INDEPENDENT
from neatfool.classifiers.settings import ClassifierSettings as ClassifierSettings
from neatfool.classifiers.settings import split_spec as split_spec
from neatfool.classifiers.views import count_parameters as count_parameters
from neatfool.classifiers.views import describe_view as describe_view
