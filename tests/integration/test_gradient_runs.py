"""A run of gradient ascent goes the whole way, and says what it cannot do."""

from pathlib import Path

import pytest

from neatfool import past, reports, runs
from neatfool.errors import ConfigError, RunError
from neatfool.web.browse.browser import Browser
from tests.command import assert_refused, assert_same_run, assert_whole, neatfool, read_metrics
from tests.integration.test_runs import CLIMBING as CONFIGS
from tests.integration.test_runs import SMALL_NETWORK, cut, done, lasting

SMOOTH = ["search.smooth.decay=0.01", "search.smooth.jitter=1", "search.smooth.blur=0.3"]
SIZE = ["search.batch=7", "search.steps=3", "run.generations=5", "run.checkpoint_every=2"]
CLIMBING = ["encoding.kind=pixels", "search.kind=gradient", *SIZE]
DENSE = ["encoding.structure.start=dense", "encoding.canvas.tiles=2"]
OF = {
    "pixels": [*CLIMBING, *SMOOTH],
    "weights": ["encoding.kind=cppn", *DENSE, *CLIMBING[1:]],
}


@pytest.fixture(scope="module", params=OF)
def climbing(request: pytest.FixtureRequest) -> list[str]:
    return OF[request.param]


@pytest.fixture(scope="module")
def whole(climbing: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gradient") / "run"
    reports.run(runs.load_config(None, climbing), folder)
    return folder


def test_a_run_that_is_cut_is_the_run_that_was_not(
    whole: Path, climbing: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    cut(runs.load_config(None, [*climbing, "run.workers=threads:1"]), folder)

    done("resume", folder, "--quiet")

    assert_same_run(folder, whole)
    assert_whole(folder)
    (folder / "lineage.jsonl").write_text("")
    done("resume", folder, "--quiet")
    assert_same_run(folder, whole)
    assert (
        lasting(folder).items() >= {k: v for k, v in lasting(whole).items() if "elite" in k}.items()
    )


def test_its_past_is_refused_in_words_and_its_curves_are_drawn(whole: Path, tmp_path: Path) -> None:
    outcome = done("plot", whole, "--out", tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {"curves.png", "heat-map.png"}
    assert "no picture of lineage: its search follows gradients" in outcome.out
    assert_refused(neatfool("plot", whole, "--only", "lineage"), "which no record holds")
    assert_refused(neatfool("plot", whole, "--film", "lineage.gif"), "which no record holds")
    with pytest.raises(RunError, match="cannot be gone through again"):
        past.archive_at(whole)
    browser = Browser(whole.parent)
    shown = browser.run("run")
    browser.close()
    assert shown.pictures == ("curves", "heat-map")
    assert shown.facts.unplayed == "its search follows gradients, which no record holds"
    done("report", whole, "--quiet")
    page = (whole / "report.html").read_text()
    assert "search gradient" in page
    assert "--only lineage" not in page, "which is refused"
    assert ("neatfool show" in page) == ("cppn" in page)
    assert [line["evaluations"] for line in read_metrics(whole)] == [7, 14, 21, 28, 35]
    _, scores = past.scores_over_time(whole, 10)
    keys = past.first_to_reach(whole, 10, (0.0, float(scores[-1, 0]), 2.0))
    assert (keys[:, 0] >> 20).tolist() == list(range(10)), "the seven, and three after their steps"
    assert keys[0, 1] == (scores[:, 0] < scores[-1, 0]).sum(), "steps"
    assert (keys[:, 2] == -1).all()


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_configs_run(path: Path, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(SMALL_NETWORK, encoding="utf-8")
    small = [*SIZE, "task.classifier.size=24", "task.classes=[0, 20, 980]"]
    if path.stem.startswith("imagenet"):
        small += [f"task.classifier.model={tmp_path / 'net.py'}:build"]
    else:
        small = SIZE
    report = reports.run(runs.load_config(path, small), tmp_path / "run")
    assert report["generations"] == 5
    scores = [line["median"] for line in read_metrics(tmp_path / "run")]
    assert scores[-1] > scores[0]


BLIND = """
import numpy as np

def build():
    return lambda images: np.asarray(images.flatten(1)[:, :3])
"""


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["task.kind=xor"], "expected encoding pixels or cppn and a task of images, got cppn"),
        (["encoding.kind=offset"], "and a task of images, got offset and one of images"),
        (["search.rate=0.1"], "search.rate is for weights of CPPNs, and encoding pixels has none"),
        (["task.classifier.model=blind.py:build"], "expected a network with gradients"),
    ],
)
def test_what_has_no_gradients_is_refused_before_the_run(
    changes: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("blind.py").write_text(BLIND)
    given = [*CLIMBING, *changes]
    if "task.kind=xor" in changes:
        given.remove("encoding.kind=pixels")
    options = [option for change in given for option in ("--set", change)]

    assert_refused(neatfool("fool", "--out", "run", *options, "--quiet"), message)

    assert not Path("run").exists()


OWN = """
import numpy as np
import torch
from neatfool import Canvas, Task

class Bright(Task):
    niches = ("left", "right")
    medium = Canvas((1, 4, 6))

    def __init__(self, settings, seed):
        pass

    def rising(self, images):
        return torch.stack([images[..., :3].mean((1, 2, 3)), images[..., 3:].mean((1, 2, 3))], 1)

    def score(self, images, trial):
        return self.rising(images).numpy()

class Climbable(Bright):
    def gradients(self, images, niches, trial, objective):
        leaf = images.clone().requires_grad_()
        own = self.rising(leaf)[range(len(niches)), niches]
        return torch.autograd.grad(own.sum(), leaf)[0]
"""


def test_a_task_of_a_user_may_have_gradients(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN)
    own = [*CLIMBING, f"task.kind={tmp_path / 'own.py'}:Climbable", "search.start=new"]
    report = reports.run(runs.load_config(None, own), tmp_path / "run")
    found = read_metrics(tmp_path / "run")
    assert found[-1]["worst"] > found[0]["worst"]
    assert report["search"] == "gradient"
    own[-2] = own[-2].replace("Climbable", "Bright")
    with pytest.raises(ConfigError, match="Bright: expected a task with gradients"):
        runs.build(runs.load_config(None, own))
