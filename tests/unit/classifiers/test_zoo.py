"""The adapters of libraries, against stand-ins with the same names.

The libraries themselves cannot be imported beside every build of torch.
"""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import torch
from torch import nn

from neatfool.classifiers import Classifier, ClassifierSettings, build
from neatfool.errors import ClassifierError
from tests.model_files import tiny

NAMES = ["ant", "bee", "junco, snowbird", "dog", "eel"]
MEAN, STD = [0.1, 0.2, 0.3], [0.4, 0.5, 0.6]


def _in_training() -> nn.Module:
    """Make a network as libraries return it."""
    return nn.Sequential(tiny(), nn.Dropout()).train()


def _module(monkeypatch: pytest.MonkeyPatch, name: str, **contents: object) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(contents)
    monkeypatch.setitem(sys.modules, name, module)
    return module


@pytest.fixture
def _torchvision(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    weights = SimpleNamespace(
        url="https://host/tiny-123.pth",
        meta={"categories": NAMES},
        transforms=lambda: SimpleNamespace(mean=MEAN, std=STD, crop_size=[8], resize_size=[9]),
    )

    def get_model_weights(name: str) -> object:
        if name != "tiny":
            raise ValueError(f"Unknown model {name}")
        return SimpleNamespace(DEFAULT=weights)

    def get_model(name: str, weights: object) -> nn.Module:
        return _in_training()

    models = SimpleNamespace(get_model=get_model, get_model_weights=get_model_weights)
    _module(monkeypatch, "torchvision", models=models)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))


@pytest.fixture
def _timm(monkeypatch: pytest.MonkeyPatch) -> None:
    def create_model(name: str, pretrained: bool) -> nn.Module:
        if name != "tiny":
            raise RuntimeError(f"Unknown model ({name})")
        assert pretrained
        return _in_training()

    data = _module(
        monkeypatch,
        "timm.data",
        resolve_model_data_config=lambda _: {"input_size": (3, 8, 8), "mean": MEAN, "std": STD},
        infer_imagenet_subset=lambda _: "imagenet-0k",
        ImageNetInfo=lambda subset: SimpleNamespace(label_descriptions=lambda: NAMES),
    )
    _module(monkeypatch, "timm", create_model=create_model, data=data)


class _Transformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.network = _in_training()
        self.config = SimpleNamespace(id2label=dict(enumerate(NAMES)), num_channels=3)

    def forward(self, pixel_values: torch.Tensor) -> SimpleNamespace:
        return SimpleNamespace(logits=self.network(pixel_values))


@pytest.fixture
def _transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    def network(name: str, local_files_only: bool, use_safetensors: bool) -> nn.Module:
        assert use_safetensors
        if name != "tiny" or local_files_only:
            raise OSError(f"cannot find {name}")
        return _Transformer()

    processor = SimpleNamespace(image_mean=MEAN, image_std=STD, size={"height": 8, "width": 8})
    _module(
        monkeypatch,
        "transformers",
        AutoImageProcessor=SimpleNamespace(from_pretrained=lambda *_, **__: processor),
        AutoModelForImageClassification=SimpleNamespace(from_pretrained=network),
    )


LIBRARIES = {"torchvision": "_torchvision", "timm": "_timm", "hf": "_transformers"}


def _build(library: str, name: str = "tiny", offline: bool = False) -> Classifier:
    settings = ClassifierSettings(model=f"{library}:{name}", offline=offline)
    return build(settings, torch.device("cpu"))


@pytest.mark.parametrize("library", LIBRARIES)
def test_all_is_read_from_the_library(
    library: str, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    request.getfixturevalue(LIBRARIES[library])

    classifier = _build(library)

    assert classifier.name == f"{library}:tiny"
    assert classifier.shape == (3, 8, 8)
    assert classifier.labels == tuple(NAMES)
    assert (classifier.mean, classifier.std) == (tuple(MEAN), tuple(STD))
    assert len(classifier.sha256) == 64
    assert not caplog.records
    images = torch.rand(2, 3, 8, 8)
    seen = (images - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]
    torch.testing.assert_close(classifier(images), tiny()(seen).softmax(1))


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_name_the_library_does_not_know(library: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(LIBRARIES[library])

    with pytest.raises(ClassifierError, match=f"{library}:huge: expected .*huge.*check the name"):
        _build(library, "huge")


@pytest.mark.usefixtures("_torchvision")
def test_torchvision_offline_takes_what_is_there(tmp_path: Path) -> None:
    with pytest.raises(ClassifierError, match=r"expected .*tiny-123\.pth, came nothing; go online"):
        _build("torchvision", offline=True)

    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "tiny-123.pth").touch()
    assert _build("torchvision", offline=True).labels == tuple(NAMES)


@pytest.mark.usefixtures("_transformers")
def test_transformers_are_told_to_stay_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")

    with pytest.raises(ClassifierError, match="cannot find tiny"):
        _build("hf", offline=True)


@pytest.mark.parametrize(
    ("crop", "size", "side"),
    [
        (None, {"shortest_edge": 8}, 8),
        (None, 8, 8),
        ({"height": 8, "width": 8}, {"shortest_edge": 9}, 8),
    ],
)
@pytest.mark.usefixtures("_transformers")
def test_the_sizes_of_processors(crop: object, size: object, side: int) -> None:
    processor = sys.modules["transformers"].AutoImageProcessor.from_pretrained()
    processor.size, processor.crop_size, processor.do_center_crop = size, crop, crop is not None

    assert _build("hf").shape == (3, side, side)
