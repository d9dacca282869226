"""From the settings of a detector to one that is fitted, and has its threshold."""

import contextlib
import hashlib
from collections.abc import Iterator

import torch

from neatfool.classifiers import Classifier, imagenet_ids
from neatfool.data.real import RealSplit, split_real
from neatfool.detectors.detector import Detector, Real
from neatfool.errors import ClassifierError, ConfigError
from neatfool.kinds import KindSettings
from neatfool.reporting import Reporter
from neatfool.sections.detector import KINDS


def build(
    settings: KindSettings, classifier: Classifier, seed: int, reporter: Reporter | None = None
) -> Detector:
    """Fit a detector to real images, and set its threshold on others.

    It is the same every time, for any number of threads.

    Args:
        settings: Of any detector.
        classifier: The network that is guarded.
        seed: Says which real images are for what.
        reporter: Hears of progress.

    Raises:
        ConfigError: There are no real images, or a setting does not fit the network.
        DataError: They cannot be read, or are too few.
        ClassifierError: The network cannot be used in this way.
    """
    with one_thread(classifier.device):
        detector: Detector = KINDS.owner(settings).build(settings, classifier, reporter)
        split = split_of(detector, seed)
        detector.fit(Real(split.fit, detector, reporter))
        suspicions = Real(split.held, detector, reporter).suspicions()
    if suspicions.shape != (len(split.held),):
        raise ConfigError(
            f"task.detector.kind {settings.kind}: expected a judge that gives (P,), one number for "
            f"each image, got {suspicions.shape} for {len(split.held)}"
        )
    detector.calibrate(suspicions)
    if not detector.threshold < float("inf"):
        raise ClassifierError(
            f"detector {settings.label}: expected suspicions of real images that are numbers, got "
            f"a threshold of {detector.threshold}; choose another detector, or other real images"
        )
    parts = (classifier.sha256, detector.digest, split.fit.digest(), split.held.digest())
    detector.digest = hashlib.sha256(" ".join(parts).encode()).hexdigest()
    return detector


def split_of(detector: Detector, seed: int) -> RealSplit:
    """Find the real images of a detector: some to fit, some held out, some to judge it by.

    Raises:
        ConfigError: Its settings name none.
        DataError: They cannot be read, or are too few.
    """
    settings, labels = detector.settings, detector.classifier.labels
    if settings.data is None:
        raise ConfigError(
            "task.detector.data: expected a folder of real images, which a detector is fitted to, "
            "got none; set it to a folder of pictures, or of the four files of MNIST"
        )
    ids = imagenet_ids() if len(labels) == len(imagenet_ids()) else ()
    return split_real(settings.data, labels, ids, seed, settings.most)


@contextlib.contextmanager
def one_thread(device: torch.device) -> Iterator[None]:
    """Let torch compute on one thread, so that their number shows in no bit."""
    before = torch.get_num_threads()
    if device.type == "cpu":
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
