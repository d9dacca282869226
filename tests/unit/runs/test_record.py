import json
from pathlib import Path

import numpy as np
import pytest

from neatfool.runs.record import Record, each_line, ends_of, is_as_stamped
from neatfool.search import Archive, Generation
from neatfool.stored.layout import BESTS, LINEAGE, METRICS
from neatfool.types import Arrays

BATCH, NICHES, GENERATIONS = 5, 3, 9


def generation(number: int, best: np.ndarray) -> Generation:
    """Return random scores, and who is strictly better than ``best``, which is moved."""
    random = np.random.default_rng(number)
    scores = random.random((BATCH, NICHES), dtype=np.float32) ** (1 / number)
    won = np.zeros((BATCH, NICHES), np.bool_)
    for niche in range(NICHES):
        child = int(scores[:, niche].argmax())
        if scores[child, niche] > best[niche]:
            won[child, niche] = True
            best[niche] = scores[child, niche]
    keys = (number - 1) * BATCH + np.arange(BATCH)
    parents = np.full((BATCH, 2), -1) if number == 1 else np.stack([keys - BATCH, keys * 0 - 1], 1)
    if number % 2 and number > 1:
        parents[:, 1] = 0
    return Generation(number, keys, parents, won, scores)


def write(
    folder: Path, first: int, last: int, ends: dict[str, int] | None = None
) -> tuple[list[list[float]], dict[int, Arrays]]:
    """Record generations after ``first``; return best scores and stamps after each of them."""
    best = np.full(NICHES, -np.inf, np.float32)
    rows, stamps = [], {}
    with Record(folder, ends) as record:
        for number in range(1, last + 1):
            latest = generation(number, best)
            rows.append(best.tolist())
            if number > first:
                nothing = np.zeros(NICHES, np.int64)
                record.write(latest, Archive(None, nothing, best.copy(), nothing), 0.5 * number)
                stamps[number] = record.stamps()
    return rows, stamps


def contents(folder: Path) -> tuple[bytes, bytes]:
    return (folder / METRICS).read_bytes(), (folder / LINEAGE).read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    write(tmp_path / "run", 0, GENERATIONS)
    return tmp_path / "run"


def test_a_line_of_metrics_says_how_the_archive_stands(folder: Path) -> None:
    lines = [json.loads(line) for line in (folder / METRICS).read_text().splitlines()]

    assert [line["generation"] for line in lines] == list(range(1, GENERATIONS + 1))
    best = np.full(NICHES, -np.inf, np.float32)
    for line in lines:
        won = generation(line["generation"], best).won
        scores = best.astype(np.float64)
        assert line == {
            "generation": line["generation"],
            "evaluations": BATCH * line["generation"],
            "seconds": 0.5 * line["generation"],
            "median": np.median(scores),
            "mean": scores.mean(),
            "worst": scores.min(),
            "best": scores.max(),
            "coverage": 1,
            "qd_score": scores.sum(),
            "replaced": won.sum(),
        }


def test_a_line_of_lineage_says_who_won_what(folder: Path) -> None:
    lines = [json.loads(line) for line in (folder / LINEAGE).read_text().splitlines()]

    best = np.full(NICHES, -np.inf, np.float32)
    expected = []
    for number in range(1, GENERATIONS + 1):
        latest = generation(number, best)
        for child in range(BATCH):
            niches = [niche for niche in range(NICHES) if latest.won[child, niche]]
            if niches:
                expected.append(
                    {
                        "key": int(latest.keys[child]),
                        "parents": [int(p) for p in latest.parents[child] if p != -1],
                        "generation": number,
                        "niches": niches,
                        "scores": [float(latest.scores[child, niche]) for niche in niches],
                    }
                )
    assert lines == expected
    assert any(len(line["parents"]) == 2 for line in lines)


@pytest.mark.parametrize("first", [0, 1, 4, GENERATIONS])
@pytest.mark.parametrize("cut", [0, 1, 30])
def test_later_lines_are_dropped_and_written_again(tmp_path: Path, first: int, cut: int) -> None:
    _, stamps = write(tmp_path, 0, GENERATIONS)
    expected, ends = contents(tmp_path), ends_of(stamps[first]) if first else {}
    for name in (METRICS, LINEAGE):
        path = tmp_path / name
        path.write_bytes(path.read_bytes()[: max(ends.get(name, 0), path.stat().st_size - cut)])

    _, again = write(tmp_path, first, GENERATIONS, ends)

    assert contents(tmp_path) == expected
    for number in range(first + 1, GENERATIONS + 1):
        assert {n: a.tolist() for n, a in again[number].items()} == {
            n: a.tolist() for n, a in stamps[number].items()
        }


def test_a_stamp_knows_whether_a_record_is_as_it_was(tmp_path: Path) -> None:
    _, stamps = write(tmp_path, 0, GENERATIONS)
    path = tmp_path / LINEAGE
    content, end = path.read_bytes(), ends_of(stamps[4])[LINEAGE]
    assert is_as_stamped(path, stamps[4])

    for at in (0, end // 2, end - 1, end, len(content) - 1):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        assert is_as_stamped(path, stamps[4]) == (at >= end)
    for length in (0, end - 1, end, len(content)):
        path.write_bytes(content[:length])
        assert is_as_stamped(path, stamps[4]) == (length >= end)
    path.unlink()
    assert not is_as_stamped(path, stamps[4])


def test_lines_after_one_that_is_not_whole_are_not_read(tmp_path: Path) -> None:
    first = dict.fromkeys(("evaluations", "replaced"), 3) | {"generation": 1, "more": "kept"}
    first |= dict.fromkeys(("seconds", "median", "mean", "worst", "coverage", "qd_score"), 0.5)
    path, whole = tmp_path / METRICS, json.dumps(first).encode()
    for damaged in (b'{"generation": \xff', b"[1, 2]", b"7", b'{"a": 2}', b"[" * 99_999):
        path.write_bytes(whole + b"\n" + damaged + b"\n" + whole)
        assert list(each_line(path)) == [first]

    assert list(each_line(tmp_path / "none" / METRICS)) == []


WINNER = {"key": 1, "parents": [0], "generation": 1, "niches": [0, 2], "scores": [0.5, 1]}
BEST = {"generation": 1, "niches": [0, 2], "scores": [0.5, 1]}
NUMBERS = dict.fromkeys(("generation", "evaluations", "replaced"), 1)
NUMBERS |= dict.fromkeys(("seconds", "median", "mean", "worst", "coverage", "qd_score"), 0.5)
OF_A_TYPE = {
    "counts": (1.5, -1, 1 << 80, "1", None, True, [1]),
    "lists": (3, None, [-1, 1], ["0", "1"], [0.5, 0.5], [[0], [1]], {"0": 1}),
    "numbers": ("1", [1], True),
    "scores": (1, None, ["1", "1"], [1], [[1], [1]]),
}


@pytest.mark.parametrize(
    ("name", "line"), [(LINEAGE, WINNER), (BESTS, BEST), (METRICS, NUMBERS)], ids=str
)
def test_every_field_of_a_line_is_checked(folder: Path, name: str, line: dict[str, object]) -> None:
    def read(entry: dict[str, object]) -> list[dict[str, object]]:
        (folder / name).write_text(json.dumps(entry) + "\n")
        return list(each_line(folder / name))

    assert read(line) == [line]
    for key, value in line.items():
        assert read({other: each for other, each in line.items() if other != key}) == [], key
        kind = {list: "lists", float: "numbers", int: "counts"}[type(value)]
        for wrong in OF_A_TYPE["scores" if key == "scores" else kind]:
            assert read(line | {key: wrong}) == [], (key, wrong)
    assert read(line | {"generation": 0}) == []
    assert len(read(line | {"scores": [None, 1]})) == (name != LINEAGE)
    assert read({"generation": 1}) == []


def test_what_is_flushed_is_on_disk(tmp_path: Path) -> None:
    with Record(tmp_path) as record:
        nothing = np.zeros(NICHES, np.int64)
        best = np.full(NICHES, -np.inf, np.float32)
        record.write(generation(1, best), Archive(None, nothing, best, nothing), 0.5)
        record.flush()
        assert len(list(each_line(tmp_path / METRICS))) == 1
        assert list(each_line(tmp_path / LINEAGE))
