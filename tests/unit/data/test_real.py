from pathlib import Path

import numpy as np
import pytest
import torch

from neatfool.data import load_mnist
from neatfool.data.real import find_real
from neatfool.defence.still import RealPictures
from neatfool.errors import DataError
from neatfool.exams import check
from neatfool.types import CPU
from neatfool.workers.threads import Threads
from tests.fakes import fake_classifier
from tests.idx_files import write_mnist

DIGITS = tuple("0123456789")


def test_files_of_mnist_are_found_by_any_of_their_names(tmp_path: Path) -> None:
    folder = write_mnist(tmp_path)
    images, labels = load_mnist(folder, "test")
    for file in folder.iterdir():
        file.rename(file.with_name(file.name.replace("-idx", ".idx")))

    found = find_real(folder, DIGITS)

    assert found.classes.tolist() == labels.tolist()
    assert np.array_equal(found.read(3, 5, (1, 28, 28)), images[3:5, None])
    with pytest.raises(DataError, match="are these pictures for another network"):
        find_real(folder, ("a", "b"))


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 20, 24)])
def test_gates_and_checks_are_shown_the_same_pictures(
    shape: tuple[int, int, int], tmp_path: Path
) -> None:
    classifier, folder = fake_classifier(shape, 10), write_mnist(tmp_path)
    found = find_real(folder, DIGITS)
    levels = torch.from_numpy(found.read(0, len(found), shape).copy())
    with Threads(CPU) as pool:
        images, classes = (
            np.concatenate(parts)
            for parts in zip(*RealPictures(folder, classifier).chunks(pool), strict=True)
        )
        guessed = pool.ask(classifier, levels.float() / 255).argmax(axis=1)

    assert np.array_equal(images, levels.numpy() / np.float32(255))
    assert classes.tolist() == found.classes.tolist()
    data = check(classifier, folder)["data"]
    assert (data["pictures"], data["top1"]) == (40, (guessed == classes).mean())
