"""What rounds are made of: settings, images that are repeated, images that nobody evolved."""

from pathlib import Path

import numpy as np
import pytest

from neatfool.defence.retraining import RetrainSettings, load_settings
from neatfool.defence.retraining.controls import COUNT, bred, noise
from neatfool.defence.retraining.evolved import Harvest
from neatfool.defence.retraining.rounds import repeated
from neatfool.errors import ConfigError


def test_the_defaults_are_those_of_the_paper() -> None:
    settings = RetrainSettings()

    assert [settings.wanted(n) for n in (1, 2, 14)] == [6000, 1000, 1000]
    assert [settings.runs_of(n, 10) for n in (1, 2, 14)] == [300, 50, 50]
    assert (settings.rounds, settings.generations, settings.other) == (15, 200, "pixels")


def test_a_file_and_what_stands_above_it(tmp_path: Path) -> None:
    file = tmp_path / "retrain.toml"
    file.write_text("rounds = 4\nencoding = 'pixels'\n[train]\nepochs = 2\nbatch = 32\n")

    settings = load_settings(file, {"rounds": 5, "train.epochs": 3, "seed": None})

    assert (settings.rounds, settings.train.epochs, settings.train.batch) == (5, 3, 32)
    assert settings.other == "cppn"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rounds = 0", "rounds: expected a number of at least 1"),
        ("round = 3", "unknown key round: did you mean rounds"),
        ("encoding = 'noise'", "encoding: expected 'cppn' or 'pixels'"),
        ("train = 3", "train"),
        ("rounds =", "not TOML"),
    ],
)
def test_settings_that_cannot_be(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "retrain.toml"
    file.write_text(text)

    with pytest.raises(ConfigError, match=message):
        load_settings(file, {"train.epochs": 1})


def test_half_of_what_is_learned_is_from_the_first_generation() -> None:
    first, last = (np.full((3, 1, 2, 2), level, np.uint8) for level in (1, 9))
    evolved = Harvest(first, last, np.arange(3), np.ones(3))

    learned = evolved.learned_from

    assert learned.shape == (6, 1, 2, 2)
    assert (repeated(learned, 4) == 1).mean() == 0.5
    assert repeated(learned, 14)[6:12].tolist() == learned.tolist()


def test_images_that_no_network_was_asked_about() -> None:
    patterns, drawn = bred((1, 12, 10), 3), noise((1, 12, 10), 3)

    for images in (patterns, drawn):
        assert images.shape == (COUNT, 1, 12, 10)
        assert len(np.unique(images, axis=0)) > 0.9 * COUNT
    assert np.array_equal(patterns, bred((1, 12, 10), 3))
    assert not np.array_equal(patterns, bred((1, 12, 10), 4))
    assert patterns.std(axis=(1, 2, 3)).mean() > 40
