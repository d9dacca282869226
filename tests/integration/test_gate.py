"""`neatfool defend gate`, from the command line."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from neatfool.defence.attempt import Tally
from neatfool.encodings import Pixels
from tests.command import Outcome, assert_refused, assert_same_run, digests, neatfool
from tests.idx_files import write_mnist

NETS = """
import torch


def opened():
    return lambda images: torch.ones(len(images), 3)


def shut():
    return lambda images: torch.zeros(len(images), 3)


def bright():
    def ask(images):
        return 20 * torch.nn.functional.adaptive_avg_pool2d(images, 2).flatten(1)
    return ask


def embed():
    return lambda images: torch.nn.functional.adaptive_avg_pool2d(images, 2).flatten(1)
"""
SMALL = ("--size", 8, "--channels", "grey", "--budget", 60, "--batch", 20, "--quiet")


@pytest.fixture
def net(tmp_path: Path) -> str:
    (tmp_path / "net.py").write_text(NETS)
    return str(tmp_path / "net.py")


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the curves of the page out, which take most of the time; other tests draw them."""
    page = sys.modules["neatfool.reports.pages.gate_page"]
    monkeypatch.setattr(page, "_figures", lambda result: [])


def gate(model: str, out: Path, *more: object) -> Outcome:
    return neatfool("defend", "gate", "--model", model, "--out", out, *SMALL, *more)


def result(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "gate.json").read_text())
    return found


@pytest.mark.usefixtures("undrawn")
def test_a_gate_that_lets_everything_in(net: str, tmp_path: Path) -> None:
    sure = ("--outputs", "sigmoid", "--attacks", "cppn", "--threshold", 1)
    outcome = gate(f"{net}:opened", tmp_path / "gate", *sure, "--fail-above", 0.99)

    assert outcome.code == 1
    assert "open: plain colours: 100 % of the images were let in" in outcome.err
    assert "open: evolved patterns (CPPN): 100 % of the targets were opened" in outcome.err
    assert gate(f"{net}:opened", tmp_path / "gate", *sure, "--fail-above", 1).code == 0
    found = result(tmp_path / "gate")
    assert {each["false_accepts"] for each in found["attacks"].values()} == {1}
    assert found["attacks"]["cppn"]["median_queries"] == 20
    assert found["attacks"]["uniform"]["queries"] == 60
    assert found["skipped"]["others"].endswith("there are no real pictures")
    page = (tmp_path / "gate" / "gate.html").read_text()
    assert page.count("open after") == 3 * 4
    assert (tmp_path / "gate" / found["attacks"]["cppn"]["targets"][0]["image"]).exists()


def test_a_gate_that_lets_nothing_in(net: str, tmp_path: Path) -> None:
    sure = ("--outputs", "sigmoid", "--attacks", "pixels", "--fail-above", 0)
    outcome = gate(f"{net}:shut", tmp_path / "gate", *sure, "--json", tmp_path / "x.json")

    assert outcome.code == 0, outcome.err
    found = result(tmp_path / "gate")
    assert found == json.loads((tmp_path / "x.json").read_text())
    for attack in found["attacks"].values():
        assert attack["false_accepts"] == attack["opened"] == 0
        assert attack["median_queries"] is None
        assert attack["success"] == []
    page = (tmp_path / "gate" / "gate.html").read_text()
    assert page.count("Nothing opened the gate") == 4
    assert "more than 60" in page


def cut(of: type, name: str, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a method fail at a later call, as if the process had been killed there."""
    calls: Iterator[int] = iter(range(after))
    method: Callable[..., Any] = getattr(of, name)

    def once(*given: Any) -> Any:
        if next(calls, None) is None:
            monkeypatch.setattr(of, name, method)
            raise KeyboardInterrupt
        return method(*given)

    monkeypatch.setattr(of, name, once)


@pytest.mark.usefixtures("undrawn")
def test_a_gate_that_was_killed_goes_on(
    net: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, few = f"{net}:bright", ("--attacks", "pixels", "--threshold", 0.9)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert gate(model, whole, *few).code == 0
    cut(Tally, "add", 3, monkeypatch)  # in the midst of noise
    assert gate(model, killed, *few).code == 130
    assert not (killed / "pixels").exists()
    cut(Pixels, "vary", 1, monkeypatch)  # in the midst of a run
    assert gate(model, killed, *few).code == 130
    assert (killed / "pixels").exists()
    assert not (killed / "gate.json").exists()

    assert gate(model, killed, *few).code == 0

    assert_same_run(killed / "pixels", whole / "pixels")
    assert result(killed) == result(whole)
    assert (killed / "gate.html").read_text() == (whole / "gate.html").read_text()


@pytest.mark.usefixtures("undrawn")
def test_more_can_be_asked_of_a_gate_and_nothing_is_evolved_again(net: str, tmp_path: Path) -> None:
    model, out = f"{net}:bright", tmp_path / "gate"
    assert gate(model, out, "--attacks", "pixels").code == 0
    before = digests(out / "pixels")

    assert gate(model, out, "--attacks", "pixels,cppn", "--threshold", 0.99).code == 0

    assert digests(out / "pixels") == before
    assert result(out)["threshold"] == 0.99
    assert [*result(out)["attacks"]] == ["plain", "uniform", "gaussian", "pixels", "cppn"]
    more = ("--attacks", "pixels", "--budget", 100)
    assert gate(model, out, *more).code == 0
    assert gate(model, tmp_path / "fresh", *more).code == 0
    assert result(out) == result(tmp_path / "fresh")
    assert result(out)["attacks"]["pixels"]["queries"] == 100


@pytest.mark.usefixtures("undrawn")
def test_another_gate_in_the_same_folder(net: str, tmp_path: Path) -> None:
    model, out = f"{net}:bright", tmp_path / "gate"
    few = ("--attacks", "pixels", "--budget", 40)
    assert gate(model, out, *few).code == 0
    for wrong, message in (
        (("--seed", 1), "the seed that it was begun with, 0, got 1"),
        (("--accept", "1"), "the accept that it was begun with, [0, 1, 2, 3], got [1]"),
        (("--budget", 20), "the budget that it was begun with, 40 or more, got 20"),
        (("--mean", 0.1), "the classifier.mean that it was begun with, None, got [0.1]"),
    ):
        assert_refused(gate(model, out, *few, *wrong), message, "put it back")
    for folder in (tmp_path, out / "pixels", tmp_path / "net.py"):
        assert_refused(gate(model, folder, *few), "is not an empty folder")
    (tmp_path / "net.py").write_text(NETS.replace("20 *", "10 *"))
    assert_refused(gate(model, out, *few), "expected the classifier.model.file")
    assert_refused(
        neatfool("resume", out / "pixels", "--trust", "-q"),
        "expected the task.classifier.model.file",
    )


def save(path: Path, levels: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.array(levels, np.uint8).reshape(2, 2)
    Image.fromarray(coarse.repeat(4, axis=0).repeat(4, axis=1)).save(path)


def test_real_pictures_say_what_a_threshold_costs(net: str, tmp_path: Path) -> None:
    for name, levels in {
        "0/a": [255, 0, 0, 0],  # sure
        "0/b": [60, 40, 0, 0],  # not so sure
        "1/a": [255, 240, 0, 0],  # is let in as 0
        "2/a": [0, 0, 255, 0],
        "others/a": [0, 0, 0, 0],
        "others/b": [200, 0, 0, 0],
    }.items():
        save(tmp_path / "data" / f"{name}.png", levels)

    outcome = gate(
        *(f"{net}:bright", tmp_path / "gate", "--accept", 0, "--threshold", 0.7),
        *("--data", tmp_path / "data", "--attacks", "cppn"),
    )

    assert outcome.code == 0, outcome.err
    found = result(tmp_path / "gate")
    assert found["real"] == {"accepted": 2, "true_accepts": 1, "own_accepts": 1}
    assert found["attacks"]["others"]["queries"] == 4
    assert found["attacks"]["others"]["false_accepts"] == 0.5
    row = found["curve"]["thresholds"].index(0.99)
    assert found["curve"]["true_accepts"][row] == 0.5
    assert found["curve"]["false_accepts"]["others"][row] == 0.25
    assert [point["true_accepts"] for point in found["operating_points"]] == [0.99, 0.95, 0.9]
    page = (tmp_path / "gate" / "gate.html").read_text()
    assert "True against false accepts" in page


@pytest.mark.usefixtures("undrawn")
def test_the_test_images_of_mnist_are_taken(tmp_path: Path) -> None:
    data = write_mnist(tmp_path / "mnist")
    few = ("--accept", "3,7", "--attacks", "cppn", "--budget", 20, "--batch", 20, "--data", data)
    outcome = neatfool("defend", "gate", "--out", tmp_path / "gate", "--quiet", *few)

    assert outcome.code == 0, outcome.err
    found = result(tmp_path / "gate")
    assert found["real"]["accepted"] + found["attacks"]["others"]["queries"] == 40


@pytest.mark.usefixtures("undrawn")
def test_a_verifier_is_a_gate(net: str, tmp_path: Path) -> None:
    people = tmp_path / "people"
    for name, levels in {"Ada": [255, 0, 0, 0], "B <b>": [0, 255, 0, 0]}.items():
        save(people / f"{name}.png", levels)
        save(tmp_path / "data" / name / "again.png", np.array(levels) * 0.8)
    save(tmp_path / "data" / "Ada" / "twin.png", [0, 255, 0, 0])
    save(tmp_path / "data" / "others" / "stranger.png", [255, 255, 255, 255])
    given = ("--enrol", people, "--distance", 0.25, "--attacks", "cppn", "--budget", 200)

    outcome = gate(f"{net}:embed", tmp_path / "gate", *given, "--data", tmp_path / "data")

    assert outcome.code == 0, outcome.err
    found = result(tmp_path / "gate")
    share = pytest.approx(2 / 3)  # the twin of Ada is let in, as somebody else
    assert found["real"] == {"accepted": 3, "true_accepts": 1, "own_accepts": share}
    assert found["attacks"]["others"]["false_accepts"] == 0
    assert found["model"]["independent"]
    assert found["model"]["verifier"] == {"distance": 0.25, "metric": "euclidean"}
    page = (tmp_path / "gate" / "gate.html").read_text()
    assert "B &lt;b&gt;" in page
    assert "a euclidean distance of" in page
    assert "B <b>" not in page
    save(people / "Ada.png", [254, 0, 0, 0])
    assert_refused(
        gate(f"{net}:embed", tmp_path / "gate", *given),
        "expected the weights that it was begun with",
    )
    again = neatfool("resume", tmp_path / "gate" / "cppn", "--quiet")
    assert_refused(again, "expected the weights that it was begun with")


@pytest.mark.usefixtures("undrawn")
def test_gradients_are_climbed_where_there_are_any(net: str, tmp_path: Path) -> None:
    few = ("--attacks", "gradient", "--threshold", 0.9, "--budget", 400)
    assert gate(f"{net}:shut", tmp_path / "none", *few, "--outputs", "sigmoid").code == 0
    found = result(tmp_path / "none")
    assert "gradient" not in found["attacks"]
    assert "expected a network with gradients" in found["skipped"]["gradient"]
    assert "expected a network with gradients" in (tmp_path / "none" / "gate.html").read_text()

    less = (*few, "--budget", 3, "--batch", 3)  # there are four targets
    assert gate(f"{net}:bright", tmp_path / "some", *less).code == 0
    said = result(tmp_path / "some")["skipped"]["gradient"]
    assert "expected a budget of an image for each target, 4 or more, got 3" in said

    assert gate(f"{net}:bright", tmp_path / "some", *few, "--batch", 3).code == 0

    attack = result(tmp_path / "some")["attacks"]["gradient"]
    assert (attack["queries"], attack["opened"]) == (400, 1)
    assert 4 <= attack["median_queries"] < 400
    assert not result(tmp_path / "some")["skipped"].keys() & {"gradient"}


@pytest.mark.usefixtures("undrawn")
def test_noise_that_was_damaged_is_made_again(net: str, tmp_path: Path) -> None:
    out, few = tmp_path / "gate", ("--attacks", "pixels", "--budget", 20)
    assert gate(f"{net}:bright", out, *few).code == 0
    before = result(out)
    (out / "uniform-noise.safetensors").write_bytes(b"nonsense")
    shutil.copy(out / "gate.json", out / "gaussian-noise.safetensors")

    outcome = gate(f"{net}:bright", out, *few)

    assert outcome.code == 0
    assert "uniform-noise.safetensors was damaged: it is made again" in outcome.err
    assert result(out) == before


WRONG: dict[str, tuple[str, ...]] = {
    "--threshold 2": ("--threshold: expected a number from 0 to 1, got 2",),
    "--threshold nan": ("--threshold: expected a number from 0 to 1, got nan",),
    "--threshold x": ("--threshold: ", "neatfool defend gate --help"),
    "--fail-above -0.1": ("--fail-above: expected a number from 0 to 1",),
    "--budget 0": ("--budget: ", "expected a number of at least 1"),
    "--batch 0": ("--batch: ",),
    "--batch 61": ("batch: expected at most the budget, 60, got 61; choose a smaller batch",),
    "--seed -1": ("--seed: ",),
    "--attacks cpnn": ("unknown attack cpnn: choose from pixels, cppn",),
    "--attacks=": ("unknown attack : choose from",),
    "--accept 10": ("expected indices 0 … 3", "got '10'"),
    "--accept nobody": ("expected the name of a class", "got 'nobody'"),
    "--data nowhere": ("nowhere: expected a folder of pictures",),
    "--data data": ("data/broken: expected a folder named by the index",),
    "--device gpu": ("expected device auto, cpu or cuda, got 'gpu'",),
    "--enrol nowhere": ("nowhere: expected a folder of enrolled pictures",),
    "--enrol data --distance 0": ("task.classifier.verify.distance", "expected a number above 0"),
    "--enrol data --distance near": ("--distance: expected a number, such as 0.5", "got 'near'"),
    "--enrol data --metric cos": ("task.classifier.verify.metric", "'euclidean' or 'cosine'"),
    "--distance 0.3": ("--distance: expected --enrol as well",),
}


@pytest.mark.parametrize("options", WRONG)
def test_wrong_options(
    options: str, net: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path / "data" / "broken" / "a.png", [0, 0, 0, 0])
    monkeypatch.chdir(tmp_path)
    model = f"{net}:{'embed' if 'enrol' in options else 'bright'}"
    given = (*SMALL, "--mean", 0, "--std", 1)

    outcome = neatfool(
        *("defend", "gate", "--model", model, "--out", "gate", *given, *options.split())
    )

    lines = outcome.err.strip().splitlines()
    assert (outcome.code, outcome.out, "Traceback" in outcome.err) == (2, "", False)
    for message in WRONG[options]:
        assert message in lines[-1]
    assert not (tmp_path / "gate").exists()
