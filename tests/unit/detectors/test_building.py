"""Detectors are fitted alike every time, and their threshold accepts as many as it should."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from neatfool import detectors
from neatfool.classifiers import ClassifierSettings
from neatfool.data.real import split_real
from neatfool.detectors import detector as module
from neatfool.detectors.energy import Energy
from neatfool.errors import ConfigError, DataError
from neatfool.tasks import Fooling, FoolingSettings, Trial
from tests.detecting import classifier, images, made, pictures
from tests.idx_files import write_mnist

SMALL = {"neighbours": {"neighbour": 3}, "openmax": {"tail": 3}}
FITTED = [name for name in detectors.KINDS.named if name != "ensemble"]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pictures(tmp_path_factory.mktemp("real") / "photos", 160)


def built(kind: str, real: Path, **more: object) -> detectors.Detector:
    settings = detectors.KINDS.named[kind](data=real, **SMALL.get(kind, {}), **more)
    return detectors.build(settings, classifier(), 0)


@pytest.mark.parametrize("kind", FITTED)
def test_fitting_is_the_same_every_time(
    kind: str, real: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, some = built(kind, real), images(20, seed=3)
    monkeypatch.setattr(module, "CHUNK", 16)
    other = built(kind, real)
    assert one.digest == other.digest
    assert one.threshold == other.threshold
    np.testing.assert_array_equal(one.suspicion(some), other.suspicion(some))


def test_detectors_are_fitted_on_one_thread(real: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []
    monkeypatch.setattr(Energy, "fit", lambda self, real: counts.append(torch.get_num_threads()))
    torch.set_num_threads(2)
    try:
        built("energy", real)
        assert (counts, torch.get_num_threads()) == ([1], 2)
    finally:
        torch.set_num_threads(1)


def test_the_threshold_accepts_the_share_that_is_asked_for(real: Path) -> None:
    for accepted in (0.5, 0.9, 1.0):
        detector = built("energy", real, accepted=accepted)
        split = detectors.split_of(detector, 0)
        held = detectors.Real(split.held, detector).suspicions()
        assert len(held) == 40
        assert (held <= detector.threshold).mean() == accepted


def test_digests_follow_the_pictures(real: Path, tmp_path: Path) -> None:
    others = pictures(tmp_path / "others", 160, seed=1)
    assert built("energy", real).digest != built("energy", others).digest
    assert built("energy", others).settings.binding() == built("energy", real).settings.binding()


def test_no_picture_is_used_twice(real: Path, tmp_path: Path) -> None:
    folder = split_real(real, ("0", "1", "2"), (), 0, 1000)
    sources = [file for part in folder for file in part.sources]
    assert len({*sources}) == len(sources) == 160
    assert [len(part) for part in folder] == [80, 40, 40]
    mnist = split_real(write_mnist(tmp_path, 40), tuple("0123456789"), (), 0, 1000)
    assert [len(part) for part in mnist] == [40, 20, 20]
    few = split_real(tmp_path, tuple("0123456789"), (), 0, 10)
    assert [len(part) for part in few] == [10, 5, 5]
    assert few.fit.read(0, 10, (1, 28, 28)).shape == (10, 1, 28, 28)
    assert few.fit.read(0, 10, (3, 32, 20)).shape == (10, 3, 32, 20)


def test_too_few_or_wrong_pictures_are_told(real: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"task\.detector\.data"):
        detectors.build(detectors.KINDS.named["energy"](), classifier(), 0)
    with pytest.raises(DataError, match="at least 8"):
        built("energy", pictures(tmp_path / "few", 5))
    with pytest.raises(DataError, match="expected a folder"):
        built("energy", tmp_path / "none")
    with pytest.raises(DataError, match="are these pictures for another network"):
        split_real(write_mnist(tmp_path / "mnist"), ("a", "b"), (), 0, 100)


def scored(
    detector: detectors.Detector, suspicions: list[float], confidences: list[list[float]]
) -> np.ndarray:
    """Score images of which suspicions and confidences are as given, in niches of classes 0, 2."""
    asked = SimpleNamespace(confidences=torch.tensor(confidences))
    detector.judge = lambda asked: torch.tensor(suspicions)  # type: ignore[method-assign]
    return detector.admit(asked, [0, 2])  # type: ignore[arg-type]


def test_an_image_has_first_to_be_named_then_accepted_then_sure() -> None:
    detector = made("softmax", classifier())
    detector.threshold, detector.spread = 1.0, 0.5
    ways = [
        (9.0, [0.1, 0.9, 0.0]),  # another class
        (0.5, [0.4, 0.6, 0.0]),  # another, which is accepted
        (9.0, [0.6, 0.4, 0.0]),  # this one, suspicious
        (2.0, [0.5, 0.4, 0.1]),
        (1.0, [0.5, 0.4, 0.1]),  # accepted
        (0.2, [0.9, 0.1, 0.0]),
    ]
    scores = scored(detector, *map(list, zip(*ways, strict=True)))
    assert (np.diff(scores[:, 0]) > 0).all()
    assert (scores[:4, 0] < 0).all()
    assert scores[4:, 0].tolist() == [0.5, pytest.approx(0.9)]
    assert (scores[:, 1] < -0.4).all()  # none is named 2
    assert (scores > -1).all()


def test_a_detector_may_come_first() -> None:
    detector = made("softmax", classifier(), first="detector")
    detector.threshold, detector.spread = 1.0, 0.5
    scores = scored(detector, [3.0, 2.0, 1.0], [[0.3, 0.7, 0.0]] * 3)
    assert scores[2].tolist() == [pytest.approx(0.3), 0]
    assert (scores[:2] < 0).all()
    assert (scores[:2, 0] == scores[:2, 1]).all()
    assert scores[0, 0] < scores[1, 0]


@pytest.mark.parametrize("first", ["label", "detector"])
def test_scores_rise_as_suspicion_falls_over_many_magnitudes(first: str) -> None:
    detector = made("softmax", classifier(), first=first)
    detector.threshold, detector.spread = 1.0, 0.5
    suspicions = [1.0, 1.1, 2.0, 50.0, 51.0, 1e6, 1.01e6, torch.inf, torch.nan]
    scores = scored(detector, suspicions, [[0.6, 0.2, 0.2]] * 9)[:, 0]
    assert scores[0] == np.float32(0.6)
    assert (np.diff(scores[:8]) < 0).all()
    assert -1 < scores[7] < scores[1] < 0
    assert np.isnan(scores[8])


def test_what_scores_above_nought_is_named_and_accepted(real: Path) -> None:
    detector = built("energy", real)
    some = images(64, seed=5)
    detector.threshold = float(np.median(detector.suspicion(some)))
    scores = Fooling(detector.classifier, detector=detector).score(some, Trial(np.arange(64)))
    confidences = detector.classifier(some).numpy()
    named = confidences >= confidences.max(axis=1, keepdims=True)
    passes = named & detector.accepts(some)[:, None]
    np.testing.assert_array_equal(scores[passes], confidences[passes])
    assert ((scores > -1) & (scores < 0))[~passes].all()


def test_remarks_say_who_passes(real: Path) -> None:
    detector = built("energy", real)
    task = Fooling(detector.classifier, detector=detector)
    remarks = task.remarks(images(3))
    assert [r["accepted"] for r in remarks] == detector.accepts(images(3)).tolist()
    assert Fooling(classifier()).remarks(images(3)) == []
    assert task.facts()["detector"]["threshold"] == detector.threshold
    assert task.digest == detector.digest != task.classifier.sha256


def test_settings_of_detectors_are_checked() -> None:
    for given, said in (
        ({"accepted": 0.9}, "kind is missing"),
        ({"kind": "energi"}, "did you mean energy"),
        ({"kind": "energy", "temperatur": 2}, r"did you mean task\.detector\.temperature"),
    ):
        with pytest.raises(ConfigError, match=said):
            FoolingSettings.model_validate({"detector": given})
    ensemble = {"kind": "ensemble", "classifiers": [{"model": "net.py:build"}]}
    settings = FoolingSettings.model_validate({"detector": ensemble})
    assert [p.files[0].name for p in settings.programs()] == ["net.py"]
    own = FoolingSettings.model_validate({"detector": {"kind": "mine.py:Own", "size": 3}})
    assert not own.is_checked
    assert own.programs()[0].spec == "mine.py:Own"
    assert FoolingSettings(classifier=ClassifierSettings()).is_checked
