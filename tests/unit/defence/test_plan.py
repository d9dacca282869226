"""What a plan of detectors under attack refuses before anything is evolved."""

from pathlib import Path
from typing import Any

import pytest

from neatfool.defence.detection import DetectionPlan
from neatfool.errors import ConfigError

REAL = Path("real")
MODEL = ("task.classifier.model=lenet-caffe",)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"others": (Path("a/test"), Path("b/test"))}, "--other: .* got test, test"),
        ({"others": (Path("a/textures"),)}, "--other: .* none of uniform noise, .* got textures"),
        ({"others": (Path("a/cppn"),), "attacks": ("cppn",)}, "--other: .* cppn, got cppn"),
        ({"attacks": ("cppn", "cppn")}, "--attack: .* got cppn, cppn"),
        ({"attacks": ()}, "--attack: expected at least one"),
        ({"detectors": ("energy", "energy")}, "--detector: .* got energy, energy"),
        ({"detectors": ("a.py:bare",)}, "--detector: .* none of bare, got bare"),
    ],
)
def test_what_has_a_name_has_it_alone(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        DetectionPlan((), REAL, **given).check()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("run.seed=5", "--set run.seed: .* give --seed"),
        (" run.generations = 5", "give --generations"),
        ("search.batch=5", "give --batch"),
        ("encoding.kind=pixels", "give --attack"),
        ("task.classes=[3]", "give --classes"),
        ("task.detector.kind=vim", "give --detector"),
        ("task.detector={kind = 'vim'}", "--set task.detector: .* got task.detector.kind"),
        ("energy.kind=vim", "--set energy.kind: .* give --detector"),
        ("energy.data=other", "give --data"),
        ("energy.accepted=0.5", "give --accepted"),
        ("run.target=0.5", "leave it out"),
        ("task.kind=xor", "leave it out"),
        ("task.classifier.model=mlp", "got task.classifier.model, .* change the option"),
    ],
)
def test_what_a_plan_says_is_not_changed_behind_it(change: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        DetectionPlan(MODEL, REAL, ("energy",), changes=(change,)).check()


def test_other_settings_are_for_all_runs_or_for_a_detector() -> None:
    changes = (
        "task.classifier.mean=[0.5]",
        "energy.temperature=2",
        "encoding.activations=['sine']",
        "run.device=cpu",
    )
    plan = DetectionPlan(MODEL, REAL, ("energy", "softmax"), ("cppn",), changes=changes)
    plan.check()

    for name in (None, "energy", "softmax"):
        config = plan.config("cppn", 3, name)
        task = config.task.model_dump()
        assert (config.run.seed, config.run.device) == (3, "cpu")
        assert (task["detector"] or {}).get("temperature") == (2 if name == "energy" else None)
