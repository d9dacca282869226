"""Several classifiers asked as one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from neatfool import runs
from neatfool.classifiers import ClassifierSettings, together
from neatfool.errors import ClassifierError, ConfigError
from neatfool.tasks import Fooling, FoolingSettings
from tests.fakes import fake_classifier

SHAPE = (1, 4, 5)
ONE, OTHER = fake_classifier(SHAPE, 3, seed=1), fake_classifier(SHAPE, 3, seed=2)
IMAGES = torch.rand(7, *SHAPE, generator=torch.Generator().manual_seed(0))


def test_confidences_are_means() -> None:
    whole = together([ONE, OTHER])
    torch.testing.assert_close(whole(IMAGES), (ONE(IMAGES) + OTHER(IMAGES)) / 2)
    assert whole.name == "fake + fake"
    loose = together([ONE, replace(OTHER, outputs="log-odds")])
    sigmoids = OTHER.logits(IMAGES).sigmoid()
    torch.testing.assert_close(loose(IMAGES), (ONE(IMAGES) + sigmoids) / 2)
    assert together([ONE]) is ONE


def test_the_digest_is_of_all() -> None:
    first, second = replace(ONE, sha256="a"), replace(OTHER, sha256="b")
    digests = {together(each).sha256 for each in ([first, second], [second, first], [first, ONE])}
    assert len(digests) == 3
    assert together([ONE, OTHER]).sha256 == ""


def test_gradients_are_those_of_the_mean() -> None:
    task = Fooling(together([ONE, OTHER]))
    niches = np.arange(7) % 3
    found = task.gradients(IMAGES, niches, None, "confidence")
    parts = [Fooling(each).gradients(IMAGES, niches, None, "confidence") for each in (ONE, OTHER)]
    torch.testing.assert_close(found, (parts[0] + parts[1]) / 2)


def test_networks_that_do_not_agree_are_refused(caplog) -> None:
    with pytest.raises(ClassifierError, match=r"expected images .* set its canvas to \[4, 5\]"):
        together([ONE, fake_classifier((1, 5, 5), 3)])
    with pytest.raises(ClassifierError, match="expected the 3 classes of fake, got 4"):
        together([ONE, fake_classifier(SHAPE, 4)])
    together([ONE, replace(OTHER, labels=("x", "y", "z"))])
    assert "names its classes otherwise" in caplog.text


def test_settings_name_further_networks(tmp_path: Path) -> None:
    config = runs.load_config(None, ['task.ensemble=["lenet-caffe"]'])
    assert config.task == FoolingSettings(ensemble=(ClassifierSettings(model="lenet-caffe"),))
    assert config.task.label == "lenet5-and-1"
    assert runs.build(config).task.name == "lenet5 + lenet-caffe"
    path = tmp_path / "config.toml"
    path.write_text(runs.dump_config(config))
    assert runs.load_config(path) == config

    program = tmp_path / "net.py"
    settings = FoolingSettings(ensemble=({"model": f"{program}:build"}, {"offline": True}))
    assert [each.files for each in settings.programs()] == [(program,)]
    bound = settings.binding()["ensemble"]
    assert bound[0]["model"] == f"{program}:build"
    assert not {"weights", "offline"} & bound[1].keys(), "where files lie changes no result"

    with pytest.raises(ConfigError, match=r"unknown key task\.ensemble\.0\.modl: did you mean"):
        runs.load_config(None, ['task.ensemble=[{modl="lenet5"}]'])
