"""Weights that others publish: fetched once, checked, read from the cache after that."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from neatfool.classifiers import MODELS, ClassifierSettings, LeNetCaffe, build, has_weights
from neatfool.classifiers.asked import NAMED, digits
from neatfool.classifiers.named.models import Published
from neatfool.data import download
from tests.caffe_files import caffemodel, layers_of, seeded, shaped
from tests.command import assert_refused, neatfool
from tests.mirror import Mirror, closed_address

CPU = torch.device("cpu")
FILE = "net.caffemodel"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NEATFOOL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    return tmp_path / "cache"


@pytest.fixture
def network(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> LeNetCaffe:
    """A network that is called ``far`` and whose weights are on the mirror."""
    network = seeded(LeNetCaffe)
    assert isinstance(network, LeNetCaffe)
    content = caffemodel(layers_of(network), "v2", shaped)
    mirror.files[FILE] = content
    checksum = f"sha1:{hashlib.sha1(content).hexdigest()}"
    _publish(monkeypatch, f"{mirror.address}/{FILE}", checksum)
    return network


def _publish(monkeypatch: pytest.MonkeyPatch, url: str, checksum: str) -> None:
    model = replace(MODELS["lenet-caffe"], published=Published(url, checksum))
    monkeypatch.setitem(MODELS, "far", model)
    monkeypatch.setitem(NAMED, "far", digits)


def test_what_is_published_is_what_is_loaded(mirror: Mirror, network: LeNetCaffe) -> None:
    for offline in (False, True):
        classifier = build(ClassifierSettings(model="far", offline=offline), CPU)
        state = classifier.module.state_dict()
        assert all(torch.equal(state[key], value) for key, value in network.state_dict().items())
    assert classifier.sha256 == hashlib.sha256(mirror.files[FILE]).hexdigest()
    assert mirror.asked == [FILE]


@pytest.mark.usefixtures("network")
def test_given_weights_stand_above_published_ones(mirror: Mirror, tmp_path: Path) -> None:
    other = seeded(LeNetCaffe, seed=1)
    file = tmp_path / "other.caffemodel"
    file.write_bytes(caffemodel(layers_of(other), "v1", shaped))

    classifier = build(ClassifierSettings(model="far", weights=file), CPU)

    assert torch.equal(classifier.module.state_dict()["0.bias"], other.state_dict()["0.bias"])
    assert mirror.asked == []


@pytest.mark.usefixtures("network")
def test_commands_show_how_much_came() -> None:
    outcome = neatfool("check", "--model", "far")

    assert f"/{FILE}: " in outcome.err
    assert "(100 %)" in outcome.err


@pytest.mark.parametrize("command", ["check", "fool"])
@pytest.mark.parametrize("answer", ["half", "wrong", "none", "silent", "page"])
def test_a_failure_is_one_message_and_leaves_nothing(
    mirror: Mirror,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    command: str,
) -> None:
    _publish(monkeypatch, f"{mirror.address}/{answer}", "sha1:0123456789abcdef")
    out = ("--out", tmp_path / "run") if command == "fool" else ()

    outcome = neatfool(command, "--model", "far", "--quiet", *out)

    assert_refused(outcome, f"fetch it from {mirror.address}/{answer} and put it at {cache}")
    assert not cache.exists()
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["alexnet", "caffenet"])
def test_offline_the_message_says_which_file_to_put_where(name: str, cache: Path) -> None:
    published = MODELS[name].published
    assert published is not None
    assert not has_weights(name)

    outcome = neatfool("check", "--model", name, "--offline")

    assert_refused(
        outcome,
        "offline, nothing is fetched",
        f"fetch it from {published.url} and put it at {cache / published.file}",
    )


def test_without_a_network_the_same_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    _publish(monkeypatch, f"{closed_address()}/{FILE}", "sha1:0")

    assert_refused(neatfool("check", "--model", "far"), "Connection refused", "and put it at")
