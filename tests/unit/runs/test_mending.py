"""Records that were damaged are made again, and nothing that was there is lost."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neatfool import encodings, past, search
from neatfool.runs.record import RECORDS
from neatfool.stored.layout import METRICS
from neatfool.tasks import Fooling
from tests.evolving import configured, evolve
from tests.fakes import Lucky

CPPN = encodings.CppnSettings()
SEARCHES = {
    "map-elites": search.MapElitesSettings(batch=12),
    "pipelined": search.MapElitesSettings(batch=12, crossover=0.5, pipelined=True),
    "neat": search.NeatSettings(batch=12),
    "nsga2": search.Nsga2Settings(batch=12),
    "islands": search.IslandsSettings(
        batch=12, islands=2, every=2, migrants=1, within=search.MapElitesSettings(pipelined=True)
    ),
}
TASKS = {"nsga2": Lucky}
"""Elites of these have another score when they are scored again."""
SHAPE, GENERATIONS = (1, 3, 3), 7


def _line(number: int, change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Change one line."""

    def changed(content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        lines[number] = change(lines[number])
        return b"".join(lines)

    return changed


def _digit(content: bytes) -> bytes:
    """Write another last digit: the line stays whole."""
    at = max(content.rfind(b"%d" % digit) for digit in range(10))
    return content[:at] + (b"7" if content[at : at + 1] != b"7" else b"3") + content[at + 1 :]


def _scores(content: bytes, score: float) -> bytes:
    line = json.loads(content)
    return json.dumps({**line, "scores": [score] * len(line["scores"])}).encode() + b"\n"


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "half": lambda content: content[: len(content) // 2],
    "bit": _line(2, lambda line: line[:5] + bytes([line[5] ^ 64]) + line[6:]),
    "digit": _line(1, _digit),
    "zeros": _line(2, lambda line: b"\0" * len(line)),
    "line lost": _line(1, lambda line: b""),
    "line twice": _line(1, lambda line: line * 2),
    "line too many": _line(1, lambda line: line + b'{"generation": 2}\n'),
    "fields of other types": _line(
        1, lambda line: b'{"generation": 2, "niches": {"a": [1]}, "scores": "x", "key": []}\n'
    ),
    "a score too large": _line(1, lambda line: _scores(line, 1e300)),
    "a score that is none": _line(1, lambda line: _scores(line, float("inf"))),
    "line endings": lambda content: content.replace(b"\n", b"\r\n"),
    "old line endings": lambda content: content.replace(b"\n", b"\r"),
}


@pytest.fixture(scope="module")
def all_runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Runs of seven generations, with checkpoints of the third, the sixth and the last."""
    root = tmp_path_factory.mktemp("runs")
    for name, settings in SEARCHES.items():
        kind = TASKS.get(name, Fooling)
        evolve(root / name, configured(CPPN, settings), SHAPE, GENERATIONS, kind=kind)
    return {name: root / name for name in SEARCHES}


def resume(folder: Path, by: str) -> None:
    config, kind = configured(CPPN, SEARCHES[by]), TASKS.get(by, Fooling)
    evolve(folder, config, SHAPE, GENERATIONS, resume=True, kind=kind)


def lines(folder: Path) -> dict[str, Any]:
    """Read all records; times, which may be lost, are left out."""
    records = {name: (folder / name).read_bytes() for name in RECORDS if (folder / name).exists()}
    metrics = [json.loads(line) for line in records[METRICS].splitlines()]
    return {**records, METRICS: [{**line, "seconds": 0} for line in metrics]}


def assert_mended(folder: Path, by: str, expected: Path, damaged: dict[str, bytes]) -> None:
    resume(folder, by)
    assert lines(folder) == lines(expected)
    for name, content in damaged.items():
        assert [kept.read_bytes() for kept in folder.glob(f"{name}.kept*")] == [content]
    assert past.Replay(folder).length == GENERATIONS


CASES = [
    *[("map-elites", "lineage.jsonl", how) for how in DAMAGE],
    *[("map-elites", "metrics.jsonl", how) for how in ("bit", "digit", "line twice")],
    *[("neat", "bests.jsonl", how) for how in ("half", "bit", "digit", "fields of other types")],
    ("neat", "bests.jsonl", "a score too large"),
    *[("nsga2", "bests.jsonl", how) for how in ("half", "digit", "a score too large")],
    *[("nsga2", "lineage.jsonl", how) for how in ("bit", "digit")],
    ("nsga2", "metrics.jsonl", "digit"),
    *[("islands", "bests.jsonl", how) for how in ("half", "digit")],
    ("islands", "lineage.jsonl", "bit"),
]


@pytest.mark.parametrize(("by", "name", "how"), CASES)
def test_a_damaged_record_is_made_again_and_kept(
    all_runs: dict[str, Path], tmp_path: Path, by: str, name: str, how: str
) -> None:
    folder = shutil.copytree(all_runs[by], tmp_path / "run")
    if len(how) % 2:  # of some the last generation is still to come
        (folder / "checkpoints" / f"{GENERATIONS:08d}.safetensors").unlink()
    content = DAMAGE[how]((folder / name).read_bytes())
    (folder / name).write_bytes(content)

    assert_mended(folder, by, all_runs[by], {name: content})


@pytest.mark.parametrize("by", SEARCHES)
def test_all_records_at_once(all_runs: dict[str, Path], tmp_path: Path, by: str) -> None:
    folder = shutil.copytree(all_runs[by], tmp_path / "run")
    damaged = {}
    for number, path in enumerate(sorted(folder.glob("*.jsonl"))):
        damaged[path.name] = _line(number, lambda line: line[1:])(path.read_bytes())
        path.write_bytes(damaged[path.name])

    assert_mended(folder, by, all_runs[by], damaged)


@pytest.mark.parametrize(
    ("by", "missing"),
    [
        ("map-elites", ["metrics.jsonl"]),
        ("pipelined", ["lineage.jsonl"]),
        ("neat", ["bests.jsonl"]),
        ("neat", list(RECORDS)),
    ],
)
def test_records_that_are_missing(
    all_runs: dict[str, Path], tmp_path: Path, by: str, missing: list[str]
) -> None:
    folder = shutil.copytree(all_runs[by], tmp_path / "run")
    for name in missing:
        (folder / name).unlink(missing_ok=True)

    assert_mended(folder, by, all_runs[by], {})


def test_only_damaged_generations_are_evaluated_again(
    all_runs: dict[str, Path], tmp_path: Path
) -> None:
    by = "map-elites"
    folder = shutil.copytree(all_runs[by], tmp_path / "run")
    path = folder / "metrics.jsonl"
    path.write_bytes(DAMAGE["digit"](path.read_bytes()))
    config = configured(CPPN, SEARCHES[by])
    assert evolve(folder, config, SHAPE, GENERATIONS, resume=True) == []

    path = folder / "lineage.jsonl"
    path.write_bytes(DAMAGE["bit"](path.read_bytes()))
    assert len(evolve(folder, config, SHAPE, GENERATIONS, resume=True)) == 1


def test_what_cannot_be_made_again_is_named_and_stays(
    all_runs: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As on a machine that computes otherwise."""
    folder = shutil.copytree(all_runs["map-elites"], tmp_path / "run")
    (folder / "checkpoints" / f"{GENERATIONS:08d}.safetensors").unlink()
    path = folder / "lineage.jsonl"
    content = DAMAGE["zeros"](path.read_bytes())
    path.write_bytes(content)
    monkeypatch.setattr("neatfool.runs.mending.Mending.fits", False)

    resume(folder, "map-elites")

    assert f"{path} cannot be made again" in caplog.text
    assert path.read_bytes() == content, "the last generation is made again, all others stay"
    assert [kept.read_bytes() for kept in folder.glob("lineage.jsonl.kept*")] == [content]
    caplog.clear()
    resume(folder, "map-elites")
    assert "is damaged" not in caplog.text, "it is as the new checkpoint knows it"


@pytest.mark.parametrize("tail", [b"hello\nhello\n", b'{"generation": 2}\n', b"\0\n\0\n"])
def test_what_does_not_belong_behind_a_checkpoint_is_kept(
    all_runs: dict[str, Path], tmp_path: Path, tail: bytes
) -> None:
    folder = shutil.copytree(all_runs["map-elites"], tmp_path / "run")
    path = folder / "lineage.jsonl"
    content = path.read_bytes() + tail
    path.write_bytes(content)

    assert_mended(folder, "map-elites", all_runs["map-elites"], {"lineage.jsonl": content})


def test_where_checkpoints_are_gone_the_records_are_kept(
    all_runs: dict[str, Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(all_runs["neat"], tmp_path / "run")
    damaged = {path.name: path.read_bytes() for path in folder.glob("*.jsonl")}
    shutil.rmtree(folder / "checkpoints")

    assert_mended(folder, "neat", all_runs["neat"], damaged)
