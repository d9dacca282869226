"""The adapters of libraries, against stand-ins with the same names.

The libraries themselves cannot be imported beside every build of torch.
"""

import os
import socket
import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import torch
from torch import nn

from neatfool.classifiers import Classifier, ClassifierSettings, build
from neatfool.classifiers.zoo import hub
from neatfool.errors import ClassifierError
from tests.model_files import tiny
from tests.processors import FakeProcessor

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
        assert os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] == "1"  # pickles do not run
        return _in_training()

    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setattr(hub, "_answers", lambda: True)
    data = _module(
        monkeypatch,
        "timm.data",
        resolve_model_data_config=lambda _: {"input_size": (3, 8, 8), "mean": MEAN, "std": STD},
        infer_imagenet_subset=lambda _: "imagenet-0k",
        ImageNetInfo=lambda subset: SimpleNamespace(label_descriptions=lambda: NAMES),
    )
    _module(monkeypatch, "timm", create_model=create_model, data=data)


class _Transformer(nn.Module):
    def __init__(self, config: SimpleNamespace) -> None:
        super().__init__()
        self.network = _in_training()
        self.config = config

    def forward(self, pixel_values: torch.Tensor) -> SimpleNamespace:
        return SimpleNamespace(logits=self.network(pixel_values))


@dataclass
class _Repository:
    """What a stand-in of transformers has, and how it was asked."""

    config: SimpleNamespace
    processor: FakeProcessor
    missing: tuple[str, ...] = ()
    is_local: bool | None = None

    def find(self, name: str, local_files_only: bool, trust_remote_code: bool) -> None:
        assert trust_remote_code is False  # nor is the user asked
        self.is_local = local_files_only
        if name != "tiny" or local_files_only:
            raise OSError(f"cannot find {name}")

    def load_config(self, name: str, **options: bool) -> SimpleNamespace:
        self.find(name, **options)
        return self.config

    def load(self, name: str, config: object, use_safetensors: bool, **wanted: bool) -> object:
        assert use_safetensors
        assert wanted.pop("output_loading_info")
        self.find(name, **wanted)
        return _Transformer(self.config), {"missing_keys": set(self.missing)}


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> _Repository:
    config = SimpleNamespace(
        id2label=dict(enumerate(NAMES)), num_channels=3, num_labels=5, problem_type=None
    )
    size = {"height": 8, "width": 8}
    processor = FakeProcessor(size=size, image_mean=MEAN, image_std=STD, do_normalize=True)
    repository = _Repository(config, processor)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setattr(hub, "_answers", lambda: True)
    silence = dict.fromkeys(("disable_progress_bar", "enable_progress_bar"), lambda: None)
    logging = SimpleNamespace(
        **silence,
        get_verbosity=lambda: 0,
        set_verbosity=lambda _: None,
        set_verbosity_error=lambda: None,
    )
    _module(monkeypatch, "transformers.utils", logging=logging)
    _module(
        monkeypatch,
        "transformers",
        AutoConfig=SimpleNamespace(from_pretrained=repository.load_config),
        AutoImageProcessor=SimpleNamespace(from_pretrained=lambda *_, **__: processor),
        AutoModelForImageClassification=SimpleNamespace(from_pretrained=repository.load),
    )
    return repository


LIBRARIES = {"torchvision": "_torchvision", "timm": "_timm", "hf": "repository"}


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
    with pytest.raises(
        ClassifierError, match=r"expected .*tiny-123\.pth, got nothing; fetch it once"
    ):
        _build("torchvision", offline=True)

    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "tiny-123.pth").touch()
    assert _build("torchvision", offline=True).labels == tuple(NAMES)


@pytest.mark.parametrize(
    ("offline", "answers", "reason"),
    [(True, True, "it is offline"), (False, False, "the hub does not answer")],
)
@pytest.mark.parametrize("library", ["hf", "timm"])
def test_without_the_hub_libraries_take_what_is_there(
    library: str,
    offline: bool,
    answers: bool,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    request.getfixturevalue(LIBRARIES[library])
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setattr(hub, "_answers", lambda: answers)
    if library == "timm":
        monkeypatch.setattr(sys.modules["timm"], "create_model", _raise_os_error)

    with pytest.raises(ClassifierError, match=f"a copy on this machine, since {reason}") as caught:
        _build(library, offline=offline)

    assert "check the connection" not in str(caught.value)
    assert os.environ["HF_HUB_OFFLINE"] == "1"


def _raise_os_error(*_: object, **__: object) -> None:
    raise OSError("not in the cache")


def test_transformers_are_told_to_fetch_nothing(
    repository: _Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setattr(hub, "_answers", lambda: False)

    with pytest.raises(ClassifierError):
        _build("hf")

    assert repository.is_local


def test_a_hub_that_is_not_there_is_seen_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{taken.getsockname()[1]}")
        monkeypatch.setenv("HF_HUB_OFFLINE", "0")

        assert hub.why_closed(offline=False) == "the hub does not answer"


@pytest.mark.parametrize(("status", "is_there"), [(200, True), (404, True), (503, False)])
def test_a_hub_that_answers(status: int, is_there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.handle_request).start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("HF_HUB_OFFLINE", "0")

        assert (hub.why_closed(offline=False) == "") == is_there


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "../a", "a/b/c"])
def test_a_folder_that_is_not_there(name: str) -> None:
    with pytest.raises(ClassifierError, match="expected a folder that save_pretrained wrote"):
        _build("hf", name)


def test_a_folder_is_written_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)

    assert ClassifierSettings(model="hf:mine").model == f"hf:{tmp_path / 'mine'}"
    assert ClassifierSettings(model="hf:owner/mine").model == "hf:owner/mine"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"num_labels": 0}, "features, which are no classes"),
        ({"problem_type": "regression"}, "estimates a number"),
        ({"num_labels": 1}, "estimates a number"),
    ],
)
def test_networks_that_are_no_classifiers(
    fields: dict[str, object], expected: str, repository: _Repository
) -> None:
    vars(repository.config).update(fields)

    with pytest.raises(ClassifierError, match=expected):
        _build("hf")


@pytest.mark.usefixtures("_timm")
def test_features_of_timm_are_no_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    def create_model(name: str, pretrained: bool) -> nn.Module:
        network = _in_training()
        network.num_classes, network.num_features = 0, 384
        return network

    monkeypatch.setattr(sys.modules["timm"], "create_model", create_model)

    with pytest.raises(ClassifierError, match="got one that gives 384 features, which are no"):
        _build("timm")


@pytest.mark.usefixtures("_timm")
def test_names_in_a_repository_of_timm(monkeypatch: pytest.MonkeyPatch) -> None:
    def create_model(name: str, pretrained: bool) -> nn.Module:
        network = _in_training()
        network.pretrained_cfg = {"label_names": list("vwxyz")}
        return network

    monkeypatch.setattr(sys.modules["timm"], "create_model", create_model)

    assert _build("timm").labels == tuple("vwxyz")


def test_weights_that_are_missing_are_not_made_up(repository: _Repository) -> None:
    repository.missing = ("classifier.weight", "classifier.bias")

    with pytest.raises(ClassifierError, match=r"got none for classifier\.bias"):
        _build("hf")


def test_numbers_of_transformers_are_single_precision(repository: _Repository) -> None:
    def load(*_: object, **__: object) -> object:
        return _Transformer(repository.config).half(), {"missing_keys": ()}

    sys.modules["transformers"].AutoModelForImageClassification.from_pretrained = load

    assert _build("hf")(torch.rand(2, 3, 8, 8)).dtype == torch.float32


def test_a_size_that_only_the_network_knows(repository: _Repository) -> None:
    vars(repository.processor).update(size=None, do_resize=False)
    repository.config.image_size = 8

    assert _build("hf").shape == (3, 8, 8)


def test_blue_first(repository: _Repository) -> None:
    repository.processor.do_flip_channel_order = True
    images = torch.rand(2, 3, 8, 8)

    classifier = _build("hf")

    seen = (images - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]
    torch.testing.assert_close(classifier(images), tiny()(seen.flip(1)).softmax(1))


def test_several_labels_at_once(repository: _Repository) -> None:
    repository.config.problem_type = "multi_label_classification"
    images = torch.rand(2, 3, 8, 8)

    classifier = _build("hf")

    seen = (images - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]
    assert classifier.outputs == "sigmoid"
    torch.testing.assert_close(classifier(images), tiny()(seen).sigmoid())
