import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from neatfool import runs
from neatfool.classifiers import ClassifierSettings, build
from neatfool.reports.report import KEYS
from neatfool.stored import load_arrays
from tests.command import (
    Outcome,
    assert_same_run,
    assert_whole,
    neatfool,
    read_lineage,
    read_metrics,
)

ENCODINGS = ("cppn", "pixels", "offset", "switch")
GENERATIONS, BATCH = 12, 50
SIZE = ("--generations", GENERATIONS, "--batch", BATCH)
FILES = {
    "about.json",
    "resolved.toml",
    "pinned.json",
    "metrics.jsonl",
    "lineage.jsonl",
    "elites.safetensors",
    "gallery.png",
    "curve.png",
    "report.json",
    "report.html",
    "niches.csv",
    "log.txt",
    "lock",
}
ENTRY = {"index", "name", "score", "image", "found_at_generation", "measures"}
METRICS = [
    *("generation", "evaluations", "seconds", "median", "mean", "worst", "best"),
    *("coverage", "qd_score", "replaced"),
]


def fool(*arguments: object) -> Outcome:
    outcome = neatfool("fool", *SIZE, *arguments)
    assert outcome.code == 0, outcome.err
    return outcome


def kind(encoding: str) -> tuple[str, ...]:
    """Choose an encoding; a switch happens half-way."""
    switch = ("--set", f"encoding.at={GENERATIONS // 2}") if encoding == "switch" else ()
    return ("--encoding", encoding, *switch)


@pytest.fixture(scope="module", params=ENCODINGS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small run of every encoding."""
    folder = tmp_path_factory.mktemp(request.param) / "run"
    fool(*kind(request.param), "--out", folder, "--quiet", "--set", "run.workers=threads:1")
    return folder


def report_of(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


def assert_rescored_alike(folder: Path) -> None:
    """The saved images get the confidences of the report when the classifier is asked again."""
    report = report_of(folder)
    classifier = build(ClassifierSettings(model=report["model"]["name"]), torch.device("cpu"))
    for entry in report["niches"]:
        with Image.open(folder / entry["image"]) as picture:
            assert (picture.mode, picture.size) == ("L", (28, 28))
            pixels = torch.tensor(np.asarray(picture, np.float32)) / 255
        confidence = classifier(pixels[None, None])[0, entry["index"]].item()
        assert confidence == pytest.approx(entry["score"], abs=1e-5)


def test_the_folder_holds_all_that_was_promised(run: Path) -> None:
    assert {path.name for path in run.iterdir() if path.is_file()} == FILES
    assert {path.name for path in run.iterdir() if path.is_dir()} == {"checkpoints", "elites"}
    assert {path.name for path in (run / "elites").iterdir()} == {f"{i}_{i}.png" for i in range(10)}
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["00000012.safetensors"]
    assert_whole(run)
    for name in ("gallery.png", "curve.png"):
        with Image.open(run / name) as picture:
            assert min(picture.size) > 200


def test_the_settings_it_ran_with_are_there(run: Path) -> None:
    config = runs.load_config(run / "resolved.toml")
    assert (config.run.generations, config.search.batch) == (GENERATIONS, BATCH)


def test_the_report_has_every_key_and_no_other(run: Path) -> None:
    report = report_of(run)

    assert tuple(report) == tuple(key for key in KEYS if key != "front")
    assert set(report["task"]) == {"kind", "name", "unit", "best", "levels", "images"}
    assert set(report["model"]) == {"name", "sha256", "classes"}
    assert report["model"]["classes"] == 10
    assert re.fullmatch("[0-9a-f]{64}", report["model"]["sha256"])
    for index, entry in enumerate(report["niches"]):
        assert set(entry) == ENTRY
        assert (entry["index"], entry["name"]) == (index, str(index))
        assert 0 <= entry["score"] <= 1
        assert 1 <= entry["found_at_generation"] <= GENERATIONS


def test_the_numbers_of_the_report_fit_one_another(run: Path) -> None:
    report, last = report_of(run), read_metrics(run)[-1]
    confidences = [entry["score"] for entry in report["niches"]]

    assert (report["generations"], report["evaluations"]) == (GENERATIONS, GENERATIONS * BATCH)
    assert report["stopped_because"] == "generations"
    assert report["median_score"] == np.median(confidences) == last["median"]
    assert report["worst_score"] == min(confidences) == last["worst"]
    assert 0 < report["evolve_seconds"] < report["wall_seconds"]
    assert report["evaluations_per_second"] == pytest.approx(
        report["evaluations"] / report["evolve_seconds"], rel=0.01
    )


def test_metrics_have_one_line_a_generation(run: Path) -> None:
    lines = read_metrics(run)

    assert [list(line) for line in lines] == [METRICS] * GENERATIONS
    assert [line["generation"] for line in lines] == list(range(1, GENERATIONS + 1))
    assert [line["evaluations"] for line in lines] == [BATCH * g for g in range(1, 13)]
    for name in ("seconds", "median", "mean", "worst"):
        values = [line[name] for line in lines]
        assert values == sorted(values)


def test_the_lineage_leads_from_the_random_start_to_every_elite(run: Path) -> None:
    lines = read_lineage(run)
    born = {line["key"]: line for line in lines}
    elites, facts = load_arrays(run / "elites.safetensors")

    assert len(born) == len(lines)
    assert facts["niches"] == list(range(10))
    assert facts["encoding"] == report_of(run)["encoding"]
    for line in lines:
        assert line["generation"] == line["key"] // BATCH + 1
        assert bool(line["parents"]) == (line["generation"] > 1)
        assert all(born[p]["generation"] < line["generation"] for p in line["parents"])
    replaced = [sum(len(x["niches"]) for x in lines if x["generation"] == g) for g in range(1, 13)]
    assert [line["replaced"] for line in read_metrics(run)] == replaced
    for niche, (key, found_at) in enumerate(zip(elites["keys"], elites["found_at"], strict=True)):
        last = [line for line in lines if niche in line["niches"]][-1]
        assert (last["key"], last["generation"]) == (key, found_at)
        entry = report_of(run)["niches"][niche]
        assert last["scores"][last["niches"].index(niche)] == entry["score"]
        assert entry["found_at_generation"] == found_at


def test_a_saved_image_is_the_image_that_was_scored(run: Path) -> None:
    assert_rescored_alike(run)


def test_the_page_needs_nothing_but_itself(run: Path) -> None:
    page = (run / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") >= 10
    assert not re.search(r"(src|href)=.(?!data:|#)", page)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_seed_gives_the_same_run_again_with_any_number_of_threads(
    run: Path, tmp_path: Path, threads: int
) -> None:
    encoding = report_of(run)["encoding"]
    arguments = (*kind(encoding), "--quiet", "--set", f"run.workers=threads:{threads}")

    fool("--out", tmp_path / "again", *arguments)

    assert_same_run(tmp_path / "again", run)


def test_another_seed_gives_another_run(run: Path, tmp_path: Path) -> None:
    encoding = report_of(run)["encoding"]
    fool("--out", tmp_path / "other", *kind(encoding), "--seed", 1, "--quiet")

    assert report_of(tmp_path / "other")["seed"] == 1
    assert read_metrics(tmp_path / "other")[0]["mean"] != read_metrics(run)[0]["mean"]


def test_some_classes_of_another_model(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    fool("--model", "lenet-caffe", "--classes", "7,0,3", "--out", folder, "--quiet")

    report = report_of(folder)
    assert report["model"]["name"] == "lenet-caffe"
    assert [entry["index"] for entry in report["niches"]] == [7, 0, 3]
    assert {path.name for path in (folder / "elites").iterdir()} == {
        "7_7.png",
        "0_0.png",
        "3_3.png",
    }
    assert_rescored_alike(folder)


def test_without_quiet_it_says_what_came_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "run [a] :b:"
    outcome = fool("--out", folder, "--classes", "3", "--set", "run.target=1e-9")

    assert "stopped because every niche reached the target" in outcome.out
    assert str(folder / "gallery.png") in outcome.out
    assert str(folder / "report.html") in outcome.out
    assert "evolving" in outcome.err
    assert report_of(folder)["generations"] == 1


def test_a_file_of_settings_is_obeyed_and_options_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("some.toml").write_text(
        '[run]\nseed = 4\ngenerations = 99\n[encoding]\nkind = "pixels"\n[task]\nclasses = [1]\n'
    )

    outcome = fool("some.toml", "--quiet")

    assert (outcome.out, outcome.err) == ("", "")
    (folder,) = Path("runs").iterdir()
    assert re.fullmatch(r"\d{8}-\d{6}-lenet5-pixels-seed4", folder.name)
    assert report_of(folder)["generations"] == GENERATIONS
    assert report_of(folder)["seed"] == 4


@pytest.mark.parametrize("command", ["fool", "resume", "train", "data mnist"])
def test_the_help_of_every_command_has_an_example(command: str) -> None:
    outcome = neatfool(*command.split(), "--help")

    assert outcome.code == 0
    assert f" neatfool {command}" in outcome.out.partition("Example")[2]


def test_without_a_command_there_is_help() -> None:
    assert "fool" in neatfool("--help").out
    assert neatfool("--version").out == f"neatfool {runs.run.__version__}\n"
