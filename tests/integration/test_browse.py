"""Runs in a folder, as the server tells of them."""

import io
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from neatfool import past, search, web
from neatfool.encodings import CppnSettings
from neatfool.runs.folder import occupied
from neatfool.web.browse import replays
from neatfool.web.browse.browser import Browser
from tests.browsed_runs import GENERATIONS, GREY, evolve, make_runs
from tests.command import assert_refused, neatfool
from tests.web_server import Visitor, get, serving, told

NAMES = {"finished", "cut", "damaged", "sweep/other", "sweep/pixels"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("browse") / "runs"
    make_runs(root)
    return root


@pytest.fixture(scope="module")
def visitor(made: Path) -> Iterator[Visitor]:
    data = made.parent / "data.sqlite"
    with serving(data, runs=made) as address, Visitor(address) as visitor:
        yield visitor


@pytest.fixture
def copied(made: Path, tmp_path: Path) -> Iterator[tuple[Visitor, Path]]:
    """A server of one run that a test may change."""
    run = shutil.copytree(made / "finished", tmp_path / "runs" / "run")
    data = tmp_path / "data.sqlite"
    with serving(data, runs=run.parent) as address, Visitor(address) as visitor:
        yield visitor, run


def elite(visitor: Visitor, run: str, index: int, **more: Any) -> np.ndarray:
    response = get(visitor, "/elite", run=run, niche=index, **more)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "image/png"
    return np.asarray(Image.open(io.BytesIO(response.content)))


def replayed(visitor: Visitor, run: str) -> Any:
    """Go through a run again; return how that ended."""
    visitor.ask("POST", "/api/runs/replay", json={"run": run})
    for _ in range(600):
        progress = told(visitor, "/replay", run=run)
        if progress["phase"] in ("done", "failed"):
            return progress
        time.sleep(0.02)
    raise AssertionError(progress)


def assert_refused_with(response: httpx.Response, status: int, message: str) -> None:
    assert response.status_code == status, response.text
    assert message in response.json()["error"]


def test_lists_runs_also_one_level_below_and_follows_no_link_out(visitor: Visitor) -> None:
    rows = {row["name"]: row for row in told(visitor, "")}
    assert rows.keys() == NAMES
    finished = rows["finished"]["facts"]
    assert (finished["state"], finished["generation"]) == ("finished", GENERATIONS)
    assert (finished["name"], finished["encoding"], finished["search"], finished["seed"]) == (
        "fake",
        "cppn",
        "map-elites",
        3,
    )
    assert [each["index"] for each in rows["finished"]["strip"]] == [0, 1, 2, 3]
    assert len(rows["sweep/pixels"]["strip"]) == 8
    assert not rows["sweep/pixels"]["facts"]["can_breed"]
    assert rows["cut"]["facts"]["state"] == "interrupted"
    assert rows["damaged"]["facts"] is None
    assert "cannot be read" in rows["damaged"]["problem"]


def test_tells_what_the_report_says(visitor: Visitor, made: Path) -> None:
    run = told(visitor, "/run", run="finished")
    report = json.loads((made / "finished" / "report.json").read_text())
    assert [(c["index"], c["name"], c["score"]) for c in run["niches"]] == [
        (c["index"], c["name"], c["score"]) for c in report["niches"]
    ]
    facts = run["facts"]
    assert facts["reached"] == report["reached"]
    assert facts["evaluations"] == report["evaluations"]
    assert facts["worst"] == pytest.approx(report["worst_score"])
    assert facts["median"] == pytest.approx(report["median_score"])
    assert [point["generation"] for point in run["curve"]] == list(range(1, GENERATIONS + 1))
    assert run["settings"] == (made / "finished" / "resolved.toml").read_text()


def test_pictures_are_those_on_disk_and_carry_nothing_else(visitor: Visitor, made: Path) -> None:
    report = json.loads((made / "sweep" / "pixels" / "report.json").read_text())
    for entry in report["niches"][:3]:
        expected = np.asarray(Image.open(made / "sweep" / "pixels" / entry["image"]))
        for size in ("small", "large"):
            shown = elite(visitor, "sweep/pixels", entry["index"], size=size)
            assert np.array_equal(shown, expected)


def test_a_run_that_is_not_over_is_shown_as_its_newest_checkpoint_has_it(
    visitor: Visitor, made: Path
) -> None:
    run = told(visitor, "/run", run="cut")
    assert run["facts"]["published"] == 4  # of 5 generations, with a checkpoint every 2
    archive = past.archive_at(made / "cut", 4)
    assert [c["score"] for c in run["niches"]] == archive.scores.tolist()
    assert [c["found_at"] for c in run["niches"]] == archive.found_at.tolist()
    expected = past.Replay(made / "cut").encoding.express(archive.genomes)
    for index, image in enumerate(expected):
        levels = (image * 255).round().byte().numpy().transpose(1, 2, 0)
        assert np.array_equal(elite(visitor, "cut", index), levels)


def test_says_that_a_run_goes_on(copied: tuple[Visitor, Path]) -> None:
    visitor, run = copied
    with occupied(run):
        assert told(visitor, "/run", run="run")["facts"]["state"] == "running"
        assert told(visitor, "")[0]["facts"]["state"] == "running"
    assert told(visitor, "/run", run="run")["facts"]["state"] == "finished"


def test_reads_as_far_as_files_are_whole(copied: tuple[Visitor, Path]) -> None:
    visitor, run = copied
    lines = (run / "metrics.jsonl").read_text().splitlines(keepends=True)
    (run / "metrics.jsonl").write_text("".join(lines[:3]) + lines[3][:20])
    curve = told(visitor, "/run", run="run")["curve"]
    assert [point["generation"] for point in curve] == [1, 2, 3]
    (run / "report.json").write_text((run / "report.json").read_text()[:100])
    assert_refused_with(get(visitor, "/run", run="run"), 422, "report.json is damaged")
    assert told(visitor, "")[0]["problem"] is not None
    (run / "report.json").unlink()  # the checkpoint still knows
    assert told(visitor, "/run", run="run")["facts"]["published"] == GENERATIONS
    assert elite(visitor, "run", 2).shape == (6, 5)


def test_a_long_curve_is_thinned(copied: tuple[Visitor, Path]) -> None:
    visitor, run = copied
    line = json.loads((run / "metrics.jsonl").read_text().splitlines()[0])
    with (run / "metrics.jsonl").open("w") as file:
        for generation in range(1, 5_001):
            file.write(json.dumps(line | {"generation": generation}) + "\n")
    numbers = [point["generation"] for point in told(visitor, "/run", run="run")["curve"]]
    assert 100 <= len(numbers) <= 240
    assert numbers == sorted(set(numbers))
    assert (numbers[0], numbers[-1]) == (1, 5_000)
    assert numbers[1] == 2
    assert max(np.diff(numbers)) <= 300


def test_a_run_that_vanishes_is_said_to_be_gone(copied: tuple[Visitor, Path]) -> None:
    visitor, run = copied
    assert told(visitor, "/run", run="run")
    shutil.rmtree(run)
    responses = [
        get(visitor, "/run", run="run"),
        get(visitor, "/elite", run="run", niche=1),
        get(visitor, "/file", run="run", file="report.json"),
    ]
    for response in responses:
        assert response.status_code in (404, 422), response.text
    assert "gone" in responses[0].json()["error"]
    assert told(visitor, "") == []


FOREIGN = {
    "an image outside": lambda report: report["niches"][1].update(image="../../secret.png"),
    "an absolute image": lambda report: report["niches"][1].update(image="/etc/passwd"),
    "a lone surrogate": lambda report: report["niches"][1].update(name="\ud800"),
    "no number": lambda report: report["niches"][1].update(score=float("nan")),
    "another type": lambda report: report["niches"].append(3),
    "no niche": lambda report: report.update(niches=[]),
    "a huge index": lambda report: report["niches"][1].update(index=10**30),
}


@pytest.mark.parametrize("change", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_report_is_no_failure(copied: tuple[Visitor, Path], change: Any) -> None:
    visitor, run = copied
    Image.new("L", (6, 5), 77).save(run.parents[1] / "secret.png")
    report = json.loads((run / "report.json").read_text())
    change(report)
    (run / "report.json").write_text(json.dumps(report))
    responses = [get(visitor, ""), get(visitor, "/run", run="run")]
    responses.append(get(visitor, "/elite", run="run", niche=1))
    assert all(response.status_code < 500 for response in responses)
    if responses[2].status_code == 200:  # painted from the genome instead
        assert not np.all(np.asarray(Image.open(io.BytesIO(responses[2].content))) == 77)


def test_deeply_nested_json_and_huge_or_broken_files_are_refused(
    copied: tuple[Visitor, Path],
) -> None:
    visitor, run = copied
    (run / "report.json").write_text("[" * 100_000)
    assert get(visitor, "/run", run="run").status_code == 422
    os.truncate(run / "report.json", 1 << 27)  # sparse
    assert_refused_with(get(visitor, "/run", run="run"), 413, "at most")
    (run / "report.json").unlink()
    for path in (run / "checkpoints").iterdir():
        path.write_bytes(path.read_bytes()[:-9])
    assert_refused_with(get(visitor, "/run", run="run"), 422, f"0{GENERATIONS}.safetensors is")
    assert get(visitor, "/elite", run="run", niche=1).status_code == 422


def test_names_nested_without_end_are_a_damage_like_others(copied: tuple[Visitor, Path]) -> None:
    visitor, run = copied
    (run / "report.json").unlink()
    (run / "about.json").write_text("[" * 100_000)
    assert_refused_with(get(visitor, "/run", run="run"), 422, "about.json is damaged")
    assert told(visitor, "")[0]["problem"] is not None


def test_a_checkpoint_later_than_the_report_is_what_counts(copied: tuple[Visitor, Path]) -> None:
    visitor, run = copied
    expected = told(visitor, "/run", run="run")["niches"]
    report = json.loads((run / "report.json").read_text()) | {"generations": GENERATIONS - 2}
    for entry in report["niches"]:
        entry["score"] = 0.5
    (run / "report.json").write_text(json.dumps(report))
    told_again = told(visitor, "/run", run="run")
    assert told_again["niches"] == expected
    assert told_again["facts"]["state"] == "interrupted"


def test_runs_of_every_search_are_shown_before_they_are_over(
    run_settings: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "runs" / "cut"
    evolve(folder, CppnSettings(), GREY, 4, stop=5, by=run_settings)
    browser = Browser(tmp_path / "runs")
    niches = browser.run("cut").niches
    browser.close()
    archive = past.archive_at(folder, 4)
    assert [each.score for each in niches] == archive.scores.tolist()
    assert [each.found_at for each in niches] == archive.found_at.tolist()
    assert all(each.shown for each in niches)


def test_steps_through_time(visitor: Visitor, made: Path) -> None:
    assert told(visitor, "/replay", run="cut")["phase"] == "none"
    progress = replayed(visitor, "cut")
    assert progress["phase"] == "done", progress
    assert progress["frames"] == [1, 2, 3, 4, 5]
    for generation in (1, 3):
        archive = past.archive_at(made / "cut", generation)
        frame = told(visitor, "/frame", run="cut", generation=generation)
        assert frame["scores"] == archive.scores.tolist()
        assert frame["found_at"] == archive.found_at.tolist()
        images = past.Replay(made / "cut").encoding.express(archive.genomes)
        for index, image in enumerate(images):
            levels = (image * 255).round().byte().numpy().transpose(1, 2, 0)
            assert np.array_equal(elite(visitor, "cut", index, generation=generation), levels)
    assert_refused_with(get(visitor, "/frame", run="cut", generation=99), 404, "not at hand")


def test_pictures_over_time_are_bounded(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "_MOST_BYTES", 4_000)
    films = replays.Replays()
    try:
        film = films.start(made / "sweep" / "pixels")
        films._pool.submit(int).result(20)  # which comes after the film
    finally:
        films.close()
    assert film.phase == "done", film.message
    assert GENERATIONS in film.frames
    assert 1 <= len(film.frames) < GENERATIONS
    pictures = {p for frame in film.frames.values() for p in frame.pictures}
    assert sum(map(len, pictures)) <= 4_000


def test_a_replay_of_damaged_records_says_so(copied: tuple[Visitor, Path]) -> None:
    visitor, run = copied
    lines = (run / "lineage.jsonl").read_text().splitlines(keepends=True)
    (run / "lineage.jsonl").write_text("".join(lines[3:]))
    progress = replayed(visitor, "run")
    assert progress["phase"] == "failed"
    assert progress["message"]


def test_breeds_from_an_elite_of_any_cppn_run(visitor: Visitor) -> None:
    for run in ("finished", "sweep/other", "cut"):
        session = visitor.post("start", run=run, **{"class": 2})
        assert len(session["pictures"]) == 15
        assert session["history"][-1]["how"] == "run"
    for run, index, status in (("sweep/pixels", 1, 404), ("cut", 99, 404), ("../x", 1, 404)):
        body = {"run": run, "class": index}
        response = visitor.client.post("/api/session/start", json=body)
        assert response.status_code == status, response.text


def test_downloads_known_files_as_attachments(visitor: Visitor, made: Path) -> None:
    files = told(visitor, "/run", run="finished")["files"]
    assert {"report.json", "niches.csv", "gallery.png", "resolved.toml"} <= set(files)
    for name in files:
        response = get(visitor, "/file", run="finished", file=name)
        assert response.content == (made / "finished" / name).read_bytes()
        assert response.headers["content-disposition"].startswith("attachment")
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["content-security-policy"].startswith("default-src 'none'")


BAD_RUNS = (
    *("", "..", "../runs/finished", "sweep", "sweep/../finished", "/etc", "link", "tricky"),
    *("finished/", "./finished", "finished\0", "%2e%2e", "x" * 2_000, "\u202e", "notes"),
)


@pytest.mark.parametrize("run", BAD_RUNS)
def test_names_are_looked_up_and_never_joined(visitor: Visitor, run: str) -> None:
    answers = [
        get(visitor, "/run", run=run),
        get(visitor, "/elite", run=run, niche=1),
        get(visitor, "/file", run=run, file="report.json"),
        get(visitor, "/replay", run=run),
        get(visitor, "/frame", run=run, generation=1),
        visitor.client.post("/api/runs/replay", json={"run": run}),
    ]
    assert {answer.status_code for answer in answers} <= {404, 422}


def test_bad_questions_are_refused(visitor: Visitor) -> None:
    questions: list[tuple[str, dict[str, Any]]] = [
        ("/file", {"run": "finished", "file": "../outside/report.json"}),
        ("/file", {"run": "finished", "file": "log.txt"}),
        ("/elite", {"run": "finished", "niche": -1}),
        ("/elite", {"run": "finished", "niche": 10**20}),
        ("/elite", {"run": "finished", "niche": "1/../2"}),
        ("/elite", {"run": "finished", "niche": 1, "generation": 0}),
        ("/elite", {"run": "finished", "niche": 1, "size": "vast"}),
        ("/run", {}),
    ]
    for what, query in questions:
        assert get(visitor, what, **query).status_code == 422, (what, query)
    response = httpx.post(f"{visitor.client.base_url}/api/runs/replay", json={"run": "cut"})
    assert response.status_code == 403


def test_nothing_is_written_into_the_runs(visitor: Visitor, made: Path) -> None:
    def facts() -> dict[str, Any]:
        files = (path for path in made.rglob("*") if path.is_file())
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in files}

    before = facts()
    test_breeds_from_an_elite_of_any_cppn_run(visitor)
    replayed(visitor, "finished")
    told(visitor, "/run", run="cut")
    assert facts() == before


def test_one_run_is_a_folder_of_runs_as_well(made: Path, tmp_path: Path) -> None:
    data = tmp_path / "data.sqlite"
    with serving(data, runs=made / "finished") as address, Visitor(address) as visitor:
        assert [row["name"] for row in told(visitor, "")] == ["finished"]
        assert elite(visitor, "finished", 0).shape == (6, 5)


def test_without_a_folder_there_are_no_runs(tmp_path: Path) -> None:
    with serving(tmp_path / "data.sqlite") as address, Visitor(address) as visitor:
        assert told(visitor, "") == []
        assert visitor.client.get("/browse").status_code == 200


def test_a_token_opens_this_page_too(made: Path, tmp_path: Path) -> None:
    token = "0123456789abcdef-token"
    data = tmp_path / "data.sqlite"
    served = serving(data, runs=made, token=token)
    with served as address, httpx.Client(base_url=address) as client:
        assert client.get("/browse").status_code == 401
        assert client.get("/api/runs").status_code == 401
        response = client.get("/browse", params={"token": token})
        assert (response.status_code, response.headers["location"]) == (303, "/browse")
        assert client.get("/api/runs").status_code == 200


def test_the_command_explains_itself_and_refuses_what_is_no_folder(tmp_path: Path) -> None:
    assert_refused(neatfool("browse", tmp_path / "none"), "expected a folder of runs")
    assert "neatfool browse runs" in neatfool("browse", "--help").out


def test_the_command_serves_the_folder(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[Any] = []
    monkeypatch.setattr(web, "serve", lambda app, listening, log: served.append(app))
    options = ("--no-browser", "--data", tmp_path / "data.sqlite", "--quiet")
    outcome = neatfool("browse", made, *options)
    assert outcome.code == 0, outcome.err
    assert outcome.out.split()[0].endswith("/browse")
    assert served[0].state.browser.root == made


def test_checkpoints_of_another_search_do_not_hide_the_list(
    copied: tuple[Visitor, Path], tmp_path: Path
) -> None:
    visitor, run = copied
    evolve(tmp_path / "neat", CppnSettings(), GREY, 4, by=search.NeatSettings(batch=12))
    wrong = shutil.copytree(tmp_path / "neat", run.parent / "wrong")
    shutil.rmtree(wrong / "checkpoints")
    shutil.copytree(run / "checkpoints", wrong / "checkpoints")
    (wrong / "report.json").unlink()

    assert {row["name"] for row in told(visitor, "")} >= {"run"}
    assert get(visitor, "/elite", run="wrong", niche=1).status_code == 422
    assert_refused(neatfool("show", wrong), "checkpoints is not of this run")
