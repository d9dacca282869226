"""A verifier knows the enrolled by how far their pictures are away."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import nn

from neatfool.classifiers import BlackBox, Classifier, ClassifierSettings, build
from neatfool.classifiers.adapt import adapt
from neatfool.classifiers.loaded import Loaded
from neatfool.classifiers.verifier import Verifier, enrol
from neatfool.errors import ClassifierError, DataError
from neatfool.sections.classifier import VerifySettings
from neatfool.tasks import Fooling
from tests.model_files import write_onnx

CPU = torch.device("cpu")
SIDE = 4
ENROLLED = torch.tensor([[3.0, 0.0], [0.0, 0.0], [3.0, 4.0]])
PEOPLE = torch.tensor([0, 1, 0])
EIGHTY = torch.tensor(0.8)


def verifier(distance: float, metric: str = "euclidean") -> Verifier:
    settings = VerifySettings(enrolled="x", distance=distance, metric=metric)
    return Verifier(nn.Flatten(), ENROLLED, PEOPLE, settings)


def of(*points: tuple[float, float]) -> torch.Tensor:
    """Make images of two pixels, which ``nn.Flatten`` embeds as they are."""
    return torch.tensor(points, dtype=torch.float32).view(-1, 1, 1, 2)


def test_distances_are_those_to_the_nearest_picture_of_each() -> None:
    network = verifier(5.0)

    found = network.distances(torch.tensor([[3.0, 4.0], [0.0, 4.0], [0.0, 0.0]]))

    assert found.tolist() == [[0, 5], [3, 4], [3, 0]]


def test_a_confidence_is_one_half_at_the_threshold() -> None:
    found = verifier(5.0)(of((3, 4), (0, 0)))

    assert found.tolist() == [[1.0, 0.5], [5 / 8, 1.0]]


def test_a_cosine_is_that_of_the_angle() -> None:
    root = math.sqrt(0.5)
    found = verifier(1.0, "cosine").distances(torch.tensor([[7.0, 0.0], [0.0, -2.0]]))

    assert found[:, 1].tolist() == [1, 1]  # nothing has no direction
    torch.testing.assert_close(found[:, 0], torch.tensor([0.0, 1.0]))
    diagonal = Verifier(
        nn.Flatten(), torch.tensor([[1.0, 1.0]]), torch.tensor([0]),
        VerifySettings(enrolled="x", distance=1 - root, metric="cosine"),
    )  # fmt: skip
    torch.testing.assert_close(diagonal(of((1, 0))), torch.tensor([[0.5]]))


@given(st.lists(st.floats(0, 1e6, width=32), min_size=2, max_size=6), st.floats(1e-3, 1e3))
def test_a_confidence_never_rises_with_the_distance(away: list[float], distance: float) -> None:
    settings = VerifySettings(enrolled="x", distance=distance)
    network = Verifier(nn.Flatten(), torch.zeros(1, 2), torch.tensor([0]), settings)
    found = network(of(*((each, 0.0) for each in sorted(away)))).flatten()

    assert (found.diff() <= 0).all()
    assert ((found > 0) & (found <= 1)).all()
    limit = torch.tensor(distance)
    within = torch.tensor(sorted(away)) <= limit
    assert (found[within] >= 0.5 - 1e-6).all()
    assert (found[~within] <= 0.5 + 1e-6).all()


def brightness(images: torch.Tensor) -> torch.Tensor:
    return torch.stack([images.mean(dim=(1, 2, 3)), images[:, 0, 0, 0]], dim=1)


class Asked(nn.Module):
    """Give what a function gives."""

    def __init__(self, ask: Callable[[torch.Tensor], object]) -> None:
        super().__init__()
        self.ask = ask

    def forward(self, images: torch.Tensor) -> object:
        return self.ask(images)


def save(path: Path, level: int, mode: str = "RGB") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((SIDE, SIDE), level, np.uint8)).convert(mode).save(path)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Ada has two pictures, Bob has one."""
    save(tmp_path / "people" / "Ada" / "1.png", 255)
    save(tmp_path / "people" / "Ada" / "2.jpg", 204)
    save(tmp_path / "people" / "Bob.png", 0)
    (tmp_path / "people" / ".notes").mkdir()
    (tmp_path / "people" / "readme.txt").touch()
    return tmp_path / "people"


def built(folder: Path, network: nn.Module | None = None, **given: Any) -> Classifier:
    verify = {"enrolled": folder, "distance": given.pop("distance", 0.6)}
    verify |= {"metric": given.pop("metric", "euclidean")}
    facts = {"size": SIDE, "channels": "rgb", "mean": [0], "std": [1], "verify": verify, **given}
    settings = ClassifierSettings.model_validate(facts)
    made = adapt("net", Loaded(network or BlackBox(brightness)), settings, CPU)
    return enrol(made, settings.verify)


def test_the_enrolled_are_the_classes(people: Path, caplog: pytest.LogCaptureFixture) -> None:
    found = built(people)

    assert found.labels == ("Ada", "Bob")
    images = torch.tensor([1.0, 0.8, 0.0, 0.4]).view(-1, 1, 1, 1).expand(-1, 3, SIDE, SIDE)
    confidences = found(images)
    assert confidences[:3].max(dim=1).indices.tolist() == [0, 0, 1]
    assert confidences[[0, 1, 2], [0, 0, 1]].tolist() == pytest.approx([1, 1, 1], abs=1e-6)
    expected = 0.6 / (0.6 + 0.4 * math.sqrt(2))
    assert confidences[3].tolist() == pytest.approx([expected, expected], abs=1e-4)
    assert Fooling(found).niches == ("Ada", "Bob")
    assert not caplog.records


def test_a_single_person_may_be_enrolled(people: Path) -> None:
    (people / "Bob.png").unlink()
    found = built(people, distance=0.25)
    assert found.labels == ("Ada",)
    images = torch.tensor([1.0, 0.0]).view(-1, 1, 1, 1).expand(-1, 3, SIDE, SIDE)
    expected = 0.25 / (0.25 + 0.8 * math.sqrt(2))
    assert found(images).shape == found.logits(images).shape == (2, 1)
    assert found(images)[:, 0].tolist() == pytest.approx([1, expected], abs=1e-4)
    torch.testing.assert_close(found.logits(images)[1].sigmoid(), found(images)[1])


def test_an_onnx_file_may_give_the_embedding(people: Path, tmp_path: Path) -> None:
    verify = VerifySettings(enrolled=people)
    file = write_onnx(tmp_path / "net.onnx")
    found = build(ClassifierSettings(model=str(file), verify=verify), CPU)
    assert found.labels == ("Ada", "Bob")
    confidences = found(torch.zeros(1, *found.shape))
    assert confidences[0, 1] == pytest.approx(1, abs=1e-5)
    assert confidences[0, 0] < 1


def test_it_can_be_differentiated(people: Path) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * SIDE * SIDE, 4))
    found = built(people, network)
    images = torch.full((1, 3, SIDE, SIDE), 0.3, requires_grad=True)

    (slope,) = torch.autograd.grad(found.logits(images)[0, 0], images)

    assert slope.isfinite().all()
    assert slope.abs().max() > 0


def test_crops_and_sizes_hold_for_enrolled_pictures_too(people: Path) -> None:
    for some in ({"canvas": 6, "crops": "centre"}, {"canvas": 6}, {"channels": "bgr"}):
        found = built(people, **some)
        white = torch.ones(1, *found.shape)
        assert found(white)[0, 0] == pytest.approx(1, abs=1e-6)


def test_the_digest_is_of_network_pictures_and_names(people: Path) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * SIDE * SIDE, 2))
    before = built(people, network).sha256
    assert before == built(people, network).sha256
    (people / "Bob.png").rename(people / "Eve.png")
    renamed = built(people, network).sha256
    save(people / "Eve.png", 1)
    assert len({before, renamed, built(people, network).sha256}) == 3


def test_embeddings_are_found_among_outputs(people: Path) -> None:
    def both(images: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"logits": torch.zeros(len(images), 9), "features": brightness(images)}

    assert built(people, Asked(both)).module.enrolled.shape == (3, 2)
    assert built(people, Asked(both), output="logits").module.enrolled.shape == (3, 9)


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (lambda folder: folder.rename(folder.with_name("gone")), "expected a folder of"),
    "nobody": (
        lambda folder: [folder.rename(folder.with_name("gone")), folder.mkdir()],
        "expected enrolled pictures, NAME.png",
    ),
    "no pictures": (lambda folder: (folder / "Eve").mkdir(), "Eve: expected pictures"),
    "twice": (lambda folder: save(folder / "Ada.png", 3), "expected a name that nobody else has"),
    "twice but for case": (lambda folder: save(folder / "bob.jpg", 3), "got that of Bob.png again"),
    "broken": (lambda folder: (folder / "Eve.png").write_bytes(b"\x89PNG"), "expected a PNG"),
    "no text": (lambda folder: save(folder / "E\udcffve.png", 3), "name that can be printed"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_folders(case: str, people: Path) -> None:
    damage, message = WRONG[case]
    damage(people)
    with pytest.raises((ClassifierError, DataError), match=message):
        built(people)


def test_networks_without_an_embedding(people: Path) -> None:
    with pytest.raises(ClassifierError, match=r"embedding of two numbers or more .* a number"):
        built(people, BlackBox(lambda images: images.mean(dim=(1, 2, 3))))
    verify = VerifySettings(enrolled=people)
    with pytest.raises(ClassifierError, match="scores of 10 classes, 0 and others"):
        build(ClassifierSettings(model="lenet5", verify=verify), CPU)
    bright = BlackBox(lambda images: brightness(images) / ~images[:, :2, 0, 0].isclose(EIGHTY))
    with pytest.raises(ClassifierError, match=r"2.jpg: expected an embedding of numbers"):
        built(people, bright)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"verify": {"enrolled": "x", "distance": 0}}, "greater than 0"),
        ({"verify": {"enrolled": "x", "distance": -1}}, "greater than 0"),
        ({"verify": {"enrolled": "x", "distance": math.nan}}, "finite number"),
        ({"verify": {"enrolled": "x", "metric": "cos"}}, "'euclidean' or 'cosine'"),
        ({"verify": {"enrolled": "x"}, "labels": "y"}, "without labels; take that away"),
        ({"verify": {"enrolled": "x"}, "crops": "ten"}, "without crops=ten; take that away"),
        ({"verify": {"distance": 0.6}}, "Field required"),
    ],
)
def test_settings_that_mean_nothing(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ClassifierSettings.model_validate(given)
