"""Numbers over time are those that the run had, whatever is left of them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from neatfool import encodings, past, search
from neatfool.past.records import count_failed, read_curve, read_latest, recorded_elites
from tests.evolving import configured, evolve

GENERATIONS = 9


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("records") / "run"
    config = configured(encodings.CppnSettings(), search.MapElitesSettings(batch=6))
    evolve(folder, config, (1, 6, 5), GENERATIONS)
    return folder


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "run")


def lengthen(run: Path, count: int) -> None:
    """Make the metrics so many lines long."""
    path = run / "metrics.jsonl"
    line = json.loads(path.read_text().splitlines()[0])
    lines = (line | {"generation": number} for number in range(1, count + 1))
    path.write_text("".join(json.dumps(each) + "\n" for each in lines))


def test_scores_over_time_are_those_of_the_run_again(run: Path) -> None:
    evaluations, scores = past.scores_over_time(run, len(past.read_about(run).names))

    assert evaluations.tolist() == [6 * (g + 1) for g in range(GENERATIONS)]
    assert scores.dtype == np.float32
    again = [moment.archive.scores.tolist() for moment in past.Replay(run).moments()]
    assert scores.tolist() == again


def test_who_won_says_what_the_elites_are(run: Path) -> None:
    for moment in past.Replay(run).moments():
        archive, number = moment.archive, moment.latest.number
        scores, found_at = recorded_elites(run, len(archive.scores), number)
        assert scores.tolist() == archive.scores.tolist()
        assert found_at.tolist() == archive.found_at.tolist()


@pytest.mark.parametrize("count", [1, 5, 239, 5_000])
def test_a_curve_has_both_ends_and_few_points(run: Path, count: int) -> None:
    lengthen(run, count)

    numbers = [each.generation for each in read_curve(run, 240).points]

    assert (numbers[0], numbers[-1]) == (1, count)
    assert numbers == sorted(set(numbers))
    assert min(count, 100) <= len(numbers) <= 240
    assert numbers[:20] == [*range(1, min(count, 20) + 1)], "most is found early"
    assert count < 240 or max(np.divide(numbers[1:], numbers[:-1])) < 2.1


@pytest.mark.parametrize(
    "end", [b'{"generation": 99', b"[]\n", b'{"generation": 99}\n', b"\xff\xff\n", b"nonsense\n"]
)
def test_what_is_not_whole_is_passed_over(run: Path, end: bytes) -> None:
    with (run / "metrics.jsonl").open("ab") as file:
        file.write(end)

    latest = read_latest(run)

    assert latest is not None
    assert latest.generation == GENERATIONS
    assert [each.generation for each in read_curve(run, 100).points] == [*range(1, GENERATIONS + 1)]
    evaluations, _ = past.scores_over_time(run, len(past.read_about(run).names))
    assert len(evaluations) == GENERATIONS


@pytest.mark.parametrize("count", [GENERATIONS, 5_000])
def test_the_first_line_that_is_damaged_is_named_and_one_under_way_is_not(
    run: Path, count: int
) -> None:
    lengthen(run, count)
    path = run / "metrics.jsonl"
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)

    path.write_bytes(whole[:-20])
    assert read_curve(run, 240).damaged is None
    path.write_bytes(b"".join([*lines[:2], *(line[5:] for line in lines[2:])]))
    assert read_curve(run, 240).damaged == 3
    for long in (b'{"generation": 3' + b" " * 5_000 + b"\n", b'{"generation": 3' + b" " * 5_000):
        path.write_bytes(b"".join([*lines[:2], long]))
        assert read_curve(run, 240).damaged == 3
    half = b'{"gener\r'  # which does not end a line
    path.write_bytes(b"".join([*lines[:2], half, *lines[2:]]))
    assert read_curve(run, 240).damaged == 3
    path.write_bytes(b"".join([*lines[:-100], half, *lines[-100:]]))  # few are looked at there
    assert read_curve(run, 240).damaged == (1 if count == GENERATIONS else None)


@pytest.mark.parametrize("place", [0.03, 0.5, 0.92])
def test_what_is_damaged_does_not_depend_on_how_many_points_are_wanted(
    run: Path, place: float
) -> None:
    lengthen(run, 100)
    path = run / "metrics.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    number = round(place * len(lines))
    path.write_bytes(b"".join([*lines[:number], b"?", *lines[number:]]))
    assert [read_curve(run, points).damaged for points in (32, 240)] == [number + 1] * 2


@pytest.mark.parametrize("key", ["seconds", "median", "mean", "worst", "coverage", "qd_score"])
@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_no_line(run: Path, key: str, number: float) -> None:
    line = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])
    with (run / "metrics.jsonl").open("a") as file:
        file.write(json.dumps(line | {"generation": GENERATIONS + 1, key: number}) + "\n")

    assert read_curve(run, 100).points[-1].generation == GENERATIONS


@pytest.mark.parametrize("content", [None, b"", b"nonsense"])
def test_without_numbers_there_are_none(run: Path, content: bytes | None) -> None:
    (run / "metrics.jsonl").unlink()
    if content is not None:
        (run / "metrics.jsonl").write_bytes(content)

    assert read_latest(run) is None
    assert read_curve(run, 10) == ([], 1 if content == b"nonsense" else None)


def test_each_evaluation_without_a_score_counts_once(tmp_path: Path) -> None:
    lines = [
        {"generation": 1, "niches": [0, 1, 0, 1], "scores": [None, None, 1.0, None]},
        {"generation": 2, "niches": [0, 1, 0, 1], "scores": [2.0, 3.0, None, None]},
    ]
    (tmp_path / "bests.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert count_failed(tmp_path, 2, "scores") == 2
    assert count_failed(tmp_path, 2, "bests") == 5
    assert count_failed(tmp_path / "none", 2, "winners") == 0
