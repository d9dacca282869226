import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from neatfool.classifiers import Classifier
from neatfool.errors import ClassifierError, RunError
from neatfool.exams import transfer, transfer_picture
from neatfool.exams.transfer import fit_images
from neatfool.images import DISTURBANCES
from neatfool.past.elites import read_elites
from neatfool.reporting import Reporter
from tests.fakes import Linear, fake_classifier

GREY, COLOUR, CLASSES = (1, 8, 6), (3, 8, 6), 4

FOUND = {"found_at_generation": 1}
REST: dict[str, Any] = {
    "schema": 3,
    "generations": 1,
    "evaluations": 9,
    "stopped_because": "generations",
}
REST |= dict.fromkeys(("wall_seconds", "evolve_seconds", "evaluations_per_second"), 1.0)
REST |= {"environment": {}}
TASK: dict[str, Any] = {"kind": "fooling", "name": "fake", "best": 1.0, "levels": [0.5]}
TASK |= {"unit": {"noun": "confidence", "is_share": True}, "images": True}
REST |= {"task": TASK, "grid": None}
"""What a report says beside what is of interest here."""


def _run(folder: Path, shape: tuple[int, int, int], classes: list[int], count: int | None) -> Path:
    """Write what transfer reads of a run: pictures of noise."""
    (folder / "elites").mkdir(parents=True)
    levels = np.random.default_rng(0).integers(0, 256, (len(classes), *shape), dtype=np.uint8)
    entries = []
    for index, pixels in zip(classes, levels, strict=True):
        name = f"elites/{index}.png"
        Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)).save(
            folder / name
        )
        entries.append({"index": index, "name": f"c{index}", "score": 0.5, "image": name, **FOUND})
    report = {"encoding": "pixels", "seed": 0, "niches": entries, **REST}
    if count is not None:
        report["model"] = {"name": "fake", "sha256": "", "classes": count}
    (folder / "report.json").write_text(json.dumps(report))
    return folder


@pytest.fixture
def grey(tmp_path: Path) -> Path:
    return _run(tmp_path / "grey", GREY, list(range(CLASSES)), CLASSES)


def _cell(result: dict[str, Any], **where: object) -> dict[str, Any]:
    (cell,) = (c for c in result["cells"] if all(c[key] == value for key, value in where.items()))
    return cell


def test_saved_images_are_scored(grey: Path) -> None:
    classifier = fake_classifier(GREY, CLASSES)
    images = torch.cat(list(read_elites(grey).chunks(3)))
    expected = classifier(images)

    result = transfer([grey], [classifier])

    cell = _cell(result, run=0, model=0, disturbance="as saved")
    own = expected.diagonal().double()
    assert cell["confidences"] == own.tolist()
    assert cell["top_classes"] == expected.argmax(dim=1).tolist()
    assert cell["agreement"] == (expected.argmax(dim=1) == torch.arange(4)).double().mean()
    assert cell["mean_confidence"] == pytest.approx(float(own.mean()))
    assert cell["shares"] == {
        str(level): (own >= level).double().mean() for level in (0.5, 0.9, 0.99)
    }
    blurred = classifier(DISTURBANCES["blur-2"](images)).diagonal().double()
    there = _cell(result, run=0, model=0, disturbance="blur-2")
    assert there["mean_confidence"] == pytest.approx(float(blurred.mean()), abs=1e-6)
    assert "confidences" not in there
    assert result["notes"] == []


def test_every_run_meets_every_network(grey: Path, tmp_path: Path) -> None:
    colour = _run(tmp_path / "colour", COLOUR, [3, 1], CLASSES)
    networks = [fake_classifier(GREY, CLASSES), fake_classifier((3, 5, 7), CLASSES)]
    steps: list[int] = []

    class Heard(Reporter):
        def start(self, task: str, total: int, done: int = 0) -> None:
            steps.append(total)

        def step(self, done: int, **numbers: float) -> None:
            steps.append(done)

    result = transfer([grey, colour], networks, Heard())

    places = [(c["run"], c["model"], c["disturbance"]) for c in result["cells"]]
    names = ["as saved", *DISTURBANCES]
    assert places == [(r, m, name) for r in range(2) for m in range(2) for name in names]
    assert [run["name"] for run in result["runs"]] == ["grey", "colour"]
    assert result["runs"][1]["classes"] == [3, 1]
    assert len(result["notes"]) == 4
    assert steps[0] == steps[-1] == (4 + 2) * 2 * 10
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert transfer_picture(result).startswith(b"\x89PNG")


@pytest.mark.parametrize("shape", [COLOUR, GREY, (3, 16, 12), (1, 3, 3)])
@pytest.mark.parametrize("before", [GREY, COLOUR])
def test_images_are_fitted(before: tuple[int, int, int], shape: tuple[int, int, int]) -> None:
    images = torch.full((2, *before), 51 / 255)

    fitted = fit_images(images, shape)

    assert fitted.shape == (2, *shape)
    torch.testing.assert_close(fitted, torch.full((2, *shape), 51 / 255))


def test_grey_is_as_bright_as_the_colours() -> None:
    red, green = torch.zeros(1, 3, 2, 2), torch.zeros(1, 3, 2, 2)
    red[:, 0] = green[:, 1] = 1

    assert fit_images(red, (1, 2, 2))[0, 0, 0, 0] == pytest.approx(76 / 255)
    assert fit_images(green, (1, 2, 2))[0, 0, 0, 0] == pytest.approx(150 / 255)


@pytest.mark.parametrize(
    ("count", "classes", "message"),
    [
        (CLASSES, 6, "expected a network of 4 classes"),
        (CLASSES, 3, "expected a network of 4 classes"),
        (7, 4, "expected a network of 7 classes"),
        (None, 3, "expected a network of at least 4 classes"),
    ],
)
def test_networks_of_other_classes_are_refused(
    tmp_path: Path, count: int | None, classes: int, message: str
) -> None:
    folder = _run(tmp_path / "run", GREY, list(range(CLASSES)), count)

    with pytest.raises(ClassifierError, match=rf"{message}.* got one of {classes}"):
        transfer([folder], [fake_classifier(GREY, classes)])


@pytest.mark.parametrize(("count", "classes"), [(CLASSES, 5), (CLASSES + 1, 4)])
def test_a_retrained_network_has_a_class_of_its_own(
    tmp_path: Path, count: int, classes: int
) -> None:
    folder, network = _run(tmp_path / "run", GREY, [0, 2, 3], count), fake_classifier(GREY, classes)

    result = transfer([folder], [network])

    (note,) = result["notes"]
    assert f"a network of {count} classes; fake has {classes}, of which those of the im" in note
    expected = network(torch.cat(list(read_elites(folder).chunks(3))))
    own = expected[torch.arange(3), torch.tensor([0, 2, 3])].double()
    assert _cell(result, disturbance="as saved")["confidences"] == own.tolist()
    renamed = Classifier("b", Linear(GREY, classes, 0), GREY, ("background", *network.labels[:-1]))
    with pytest.raises(ClassifierError, match=f"expected a network of {count} classes"):
        transfer([folder], [renamed])


def test_no_numbers_are_refused(grey: Path) -> None:
    broken = Linear(GREY, CLASSES, 0)
    broken.weight.data.fill_(torch.nan)

    with pytest.raises(ClassifierError, match="NaN"):
        transfer([grey], [Classifier("fake", broken, GREY, tuple("abcd"))])


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("report.json", b"{", r"report\.json is damaged"),
        ("report.json", b"{}", r"report\.json is damaged"),
        ("report.json", b'{"niches": []}', r"report\.json is damaged"),
        ("report.json", None, "holds no finished run"),
        ("elites/2.png", b"", r"2\.png: expected a PNG picture"),
        ("elites/2.png", None, r"2\.png is missing"),
    ],
)
def test_damaged_runs_are_refused(
    grey: Path, file: str, content: bytes | None, message: str
) -> None:
    (grey / file).unlink()
    if content is not None:
        (grey / file).write_bytes(content)

    with pytest.raises(RunError, match=message):
        transfer([grey], [fake_classifier(GREY, CLASSES)])


def test_pictures_of_a_run_are_of_one_shape(grey: Path) -> None:
    Image.new("L", (9, 9)).save(grey / "elites" / "3.png")

    with pytest.raises(RunError, match=r"3\.png: expected a picture of shape"):
        transfer([grey], [fake_classifier(GREY, CLASSES)])
