from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from neatfool.tracking import Entry

tensorboard = pytest.importorskip("neatfool.tracking.tensorboard")
accumulating = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")


def events(folder: Path) -> Any:
    """Read event files as TensorBoard does."""
    everything = {"scalars": 0, "images": 0, "tensors": 0}
    found = accumulating.EventAccumulator(str(folder / "tensorboard"), everything)
    return found.Reload()


def scalars(folder: Path, name: str) -> list[tuple[int, float]]:
    return [(each.step, each.value) for each in events(folder).Scalars(name)]


def test_settings_are_a_table(tmp_path: Path) -> None:
    tensorboard.TensorBoard(Entry(tmp_path, {"run.seed": 3, "task.kind": "a|b"})).close("finished")

    [event] = events(tmp_path).Tensors("settings")
    text = event.tensor_proto.string_val[0].decode()
    assert text.endswith("| run.seed | 3 |\n| task.kind | a&#124;b |")


@pytest.mark.parametrize(("checkpoint", "known"), [(2, 4), (4, 2), (0, 4), (2, 2)])
def test_steps_that_are_told_again_take_the_place_of_those_before(
    tmp_path: Path, checkpoint: int, known: int
) -> None:
    first = tensorboard.TensorBoard(Entry(tmp_path, {}))
    for number in range(1, 5):
        first.numbers(number, {"best": 10 * number})
    first.close("interrupted")
    second = tensorboard.TensorBoard(Entry(tmp_path, {}, checkpoint, first.id, known))
    for number in range(second.told + 1, 7):
        second.numbers(number, {"best": 100 * number})
    second.close("finished")

    kept = min(checkpoint, known)
    expected = [(n, (10 if n <= kept else 100) * n) for n in range(1, 7)]
    assert scalars(tmp_path, "best") == expected


def test_pictures_and_results_are_there(tmp_path: Path) -> None:
    Image.new("L", (4, 3)).save(tmp_path / "gallery.png")
    made = tensorboard.TensorBoard(Entry(tmp_path, {}))
    made.picture(5, "gallery", tmp_path / "gallery.png")
    made.results(5, {"stopped_because": "target", "tests/mean": 0.5})
    made.close("finished")

    [image] = events(tmp_path).Images("gallery")
    assert (image.step, image.width, image.height) == (5, 4, 3)
    assert image.encoded_image_string == (tmp_path / "gallery.png").read_bytes()
    assert scalars(tmp_path, "results/tests/mean") == [(5, 0.5)]
    [words] = events(tmp_path).Tensors("results")
    assert b"| stopped_because | target |" in words.tensor_proto.string_val[0]
