"""Real pictures beside evolved ones."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from neatfool.errors import DataError
from neatfool.images import to_png
from neatfool.past.elites import levels_of
from neatfool.reports.real import Compared, examples, read_real
from neatfool.types import Bytes
from tests.idx_files import write_mnist

GREY = (1, 4, 4)
NAMES = {2: "robin, American robin", 5: "owl"}


def write(folder: Path, level: int) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((4, 4), level, np.uint8)).save(folder)


def levels(real: Compared) -> list[int]:
    return [round(255 * value) for value in real.images[:, 0, 0, 0].tolist()]


def test_classes_are_read_from_names_and_folders(tmp_path: Path) -> None:
    write(tmp_path / "2_a.png", 10)
    write(tmp_path / "owl" / "b.png", 20)
    write(tmp_path / "7" / "c.png", 30)
    real = read_real(tmp_path, GREY, NAMES, 9)
    assert real.classes is not None
    assert dict(zip(levels(real), real.classes.tolist(), strict=True)) == {10: 2, 20: 5, 30: 7}


@pytest.mark.parametrize("classes", [0, 2, 9])
def test_pictures_that_do_not_say_their_classes_are_read_without(
    classes: int, tmp_path: Path
) -> None:
    write(tmp_path / "2_a.png", 10)
    write(tmp_path / "b.png", 20)
    real = read_real(tmp_path, GREY, NAMES, classes)
    assert (levels(real), real.classes) == ([10, 20], None)


def test_the_four_files_of_mnist_have_classes(tmp_path: Path) -> None:
    digits = write_mnist(tmp_path / "mnist", count=20)
    real = read_real(digits, (1, 28, 28), dict(enumerate("0123456789")), 10)
    assert real.classes is not None
    assert len(real.classes) == len(real.images) == 20
    next(digits.glob("t10k-labels*")).unlink()
    with pytest.raises(DataError, match="t10k-labels"):
        read_real(digits, (1, 28, 28), {}, 10)


def test_the_example_of_a_class_is_the_one_most_like_its_elite() -> None:
    shades = torch.tensor([0.0, 0.4, 0.5, 0.9, 1.0])
    images = shades[:, None, None, None].expand(-1, *GREY)
    real = Compared("real", images, np.array([2, 2, 2, 5, 7]))
    niches = [{"index": index} for index in (2, 5, 8)]
    elite = to_png(torch.full(GREY, 0.45))
    found = examples(real, niches, [elite, None, elite])
    assert {index: example.among for index, example in found.items()} == {2: 3}
    shown: Bytes = levels_of([found[2].picture])
    assert shown.mean() == pytest.approx(102, abs=26)
    assert examples(Compared("real", images), niches, [elite] * 3) == {}
    assert examples(None, niches, [elite] * 3) == {}
