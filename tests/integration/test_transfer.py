"""`neatfool transfer`, from the command line."""

import json
from pathlib import Path

import pytest

from tests.command import assert_refused, neatfool

MODELS = ("lenet5", "lenet-caffe")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A small run on every network."""
    folder = tmp_path_factory.mktemp("runs")
    for model in MODELS:
        options = ("--generations", 20, "--batch", 50, "--quiet", "--out", folder / model)
        assert neatfool("fool", "--model", model, *options).code == 0
    return [folder / model for model in MODELS]


def test_runs_meet_networks(folders: list[Path], tmp_path: Path) -> None:
    outcome = neatfool(
        *("transfer", *folders, "--model", "lenet5", "--model", "lenet-caffe"),
        *("--json", tmp_path / "t.json", "--picture", tmp_path / "t.png"),
    )

    assert outcome.code == 0, outcome.err
    assert "lenet5 → lenet-caffe" in outcome.out
    assert "100 %" in outcome.out
    assert outcome.out.splitlines()[-2:] == [str(tmp_path / "t.png"), str(tmp_path / "t.json")]
    assert "scoring" in outcome.err
    assert (tmp_path / "t.png").read_bytes().startswith(b"\x89PNG")
    result = json.loads((tmp_path / "t.json").read_text())
    saved = [cell for cell in result["cells"] if cell["disturbance"] == "as saved"]
    for place, folder in enumerate(folders):
        report = json.loads((folder / "report.json").read_text())
        (own,) = (cell for cell in saved if (cell["run"], cell["model"]) == (place, place))
        confidences = [entry["score"] for entry in report["niches"]]
        assert own["confidences"] == pytest.approx(confidences, abs=1e-4)


def test_options_hold_for_every_network(folders: list[Path], tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "import torch\n\n\ndef build():\n"
        "    torch.manual_seed(0)\n"
        "    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(192, 10))\n"
    )
    spec = f"{tmp_path / 'net.py'}:build"

    outcome = neatfool(
        *("transfer", folders[0], "--model", spec, "--model", spec),
        *("--size", 8, "--channels", "rgb"),
    )

    assert outcome.code == 0, outcome.err
    assert "note: " in outcome.out
    assert "resized from 28×28 to 8×8" in outcome.out


def test_what_does_not_fit_ends_with_2(folders: list[Path], tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "import torch\n\n\ndef build():\n"
        "    torch.manual_seed(0)\n"
        "    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 7))\n"
    )
    options = ("--size", 28, "--channels", "grey", "--quiet")

    outcome = neatfool("transfer", folders[0], "--model", f"{tmp_path / 'net.py'}:build", *options)

    assert_refused(outcome, "expected a network of 10 classes", "got one of 7")
    missing = neatfool("transfer", tmp_path, "--model", "lenet5", "--quiet")
    assert_refused(missing, "holds no run")
    assert neatfool("transfer", folders[0]).code == 2
