"""Tables and tests of made-up runs, beside what the definitions say."""

import dataclasses
import functools
import html
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from markdown_it import MarkdownIt
from scipy import stats

from neatfool.errors import DataError
from neatfool.reporting import Unit
from neatfool.studies import StudyResults, compare, holm, make_study, publish
from neatfool.studies.jobs import Treatment, jobs_of
from neatfool.studies.records import RunRecord, read_records, write_records
from neatfool.studies.tables import Group, Table

METHODS = [
    {"name": name, "config": "xor", "changes": [f"run.generations={place + 3}"]}
    for place, name in enumerate("abc")
]
BATCHES = (10, 20, 30)


def outcome(scores: Mapping[tuple[str, int, int], float | None]) -> StudyResults:
    """Make a study of three methods and batches up; scores by method, batch and seed."""
    study = make_study(
        {"methods": METHODS, "seeds": "0-5", "vary": {"search.batch": BATCHES}, "at": [2]}
    )
    jobs = jobs_of(study, Path("runs"))
    records = {}
    for job in jobs:
        score = scores[job.contender.name, int(job.treatment.number or 0), job.seed]
        curve = np.array([0, (score or 0) / 2, score or 0], np.float32)
        evaluations = np.array([5, 10, 15], np.float32)
        records[job.digest] = RunRecord(
            job.name, job.digest, Unit(), {"score": score}, evaluations, curve, 1.5
        )
    return StudyResults(study, jobs, records)


RANDOM = np.random.default_rng(0)
SCORES = {
    (name, batch, seed): float(place * batch + RANDOM.normal(scale=20))
    for place, name in enumerate("abc")
    for batch in BATCHES
    for seed in range(6)
}


def test_tests_are_those_of_scipy_adjusted_over_the_table() -> None:
    table = Table(outcome(SCORES), "score")
    ps = []
    for test in table.tests:
        groups = [
            [SCORES[name, int(test.treatment.number or 0), seed] for seed in range(6)]
            for name in test.methods
        ]
        ps.append(stats.mannwhitneyu(*groups).pvalue)
        assert test.found is not None
        assert test.found.p == pytest.approx(ps[-1])
    assert len(ps) == 3 * 3
    assert [test.adjusted for test in table.tests] == pytest.approx(holm(ps).tolist())
    overall = [
        stats.kruskal(*([SCORES[n, batch, s] for s in range(6)] for n in "abc")).pvalue
        for batch in BATCHES
    ]
    assert table.overall == pytest.approx(holm(overall).tolist())
    rows = [(batch, SCORES["c", batch, seed]) for batch in BATCHES for seed in range(6)]
    assert table.trends["c"][0] == pytest.approx(stats.spearmanr(rows).statistic)


def test_a_reference_is_compared_with_all_others_alone() -> None:
    whole = outcome(SCORES)
    study = whole.study.model_copy(update={"reference": "b"})
    table = Table(StudyResults(study, whole.jobs, whole.records), "score")
    assert [test.methods for test in table.tests] == [("a", "b"), ("c", "b")] * 3


def test_scores_of_earlier_generations_are_those_of_the_curves() -> None:
    table = Table(outcome(SCORES), "score", 2)
    expected = [np.float32(SCORES["a", 10, seed] / 2) for seed in range(6)]
    assert table.groups[0][0].values.tolist() == pytest.approx(expected)


def test_runs_without_the_number_are_counted_and_left_out() -> None:
    scores = {key: None if key[2] == 3 else score for key, score in SCORES.items()}
    group = Table(outcome(scores), "score").groups[0][0]
    assert (group.runs, len(group.values)) == (6, 5)
    nothing = Table(outcome(dict.fromkeys(SCORES, None)), "score")
    assert nothing.is_empty
    assert nothing.overall == [None] * 3


def test_who_never_solved_it_took_longer() -> None:
    first = Group("a", Treatment((), ()), np.array([5000.0]), 1, "solved_after")
    second = Group("b", Treatment((), ()), np.array([3000.0]), 3, "solved_after")
    assert second.ranked.tolist() == [3000, np.inf, np.inf]
    assert compare(first.ranked, second.ranked).effect == pytest.approx(1 / 3)
    assert second.quantiles(0, 0.5) == [3000, np.inf]
    assert second.interval == (3000, np.inf)
    plain = Group("b", Treatment((), ()), np.array([3000.0]), 3, "hidden")
    assert plain.ranked.tolist() == [3000]


def test_runs_that_solved_nothing_count_wherever_runs_are_ordered(tmp_path: Path) -> None:
    study = make_study(
        {
            "methods": METHODS[:1],
            "seeds": "0-4",
            "vary": {"search.batch": BATCHES},
            "measures": ["solved_after"],
        }
    )
    solved = {(10, 0): 7850, (10, 1): 7000, (10, 2): 8000, (20, 0): 6550, (20, 1): 6000}
    solved |= {(30, 0): 3500.0}
    jobs, records, rows = jobs_of(study, Path("runs")), {}, []
    for job in jobs:
        batch = int(job.treatment.number or 0)
        number, one = solved.get((batch, job.seed)), np.ones(1, np.float32)
        rows.append((batch, np.inf if number is None else number))
        numbers = {"solved_after": number, "score": 1.0}
        records[job.digest] = RunRecord(job.name, job.digest, Unit(), numbers, one, one, 1.0)
    results = StudyResults(study, jobs, records)
    (rho, _, runs) = Table(results, "solved_after").trends["a"]
    assert (rho, runs) == (pytest.approx(stats.spearmanr(rows).statistic), 15)
    assert rho > 0, "of those that solved it alone, it is -0.8"

    page = publish(results, tmp_path).read_text("utf-8")

    (ten, twenty) = (re.search(rf"\| batch={n} \|.*", page) for n in (10, 20))
    assert ten is not None
    assert twenty is not None
    assert ten[0].split(" | ")[1:4] == ["3 of 5", "7,616.67 (539)", "8,000"]
    assert twenty[0].split(" | ")[1:4] == ["2 of 5", "6,275 (389)", "never"]
    assert "the others count as longer than all" in page
    assert "| a | xor | cppn | " in page.split("## What ran")[1]


def test_records_are_read_as_they_were_written(tmp_path: Path) -> None:
    whole = outcome(SCORES)
    assert read_records(tmp_path) == {}
    write_records(tmp_path, whole.records.values())
    found = read_records(tmp_path)
    assert found.keys() == whole.records.keys()
    for digest, record in whole.records.items():
        assert found[digest].scores.tobytes() == record.scores.tobytes()
        assert found[digest].numbers == record.numbers
    path = tmp_path / "records.jsonl"
    path.write_bytes(path.read_bytes()[:-7])  # killed in the midst of the last line
    assert len(read_records(tmp_path)) == len(found) - 1


def test_the_largest_scores_are_read_as_they_were_written(tmp_path: Path) -> None:
    most = np.finfo(np.float32).max
    scores = np.array([-most, most, np.nextafter(most, np.float32(0)), 1e-45], np.float32)
    record = RunRecord("a", "d", Unit(), {"score": float(most)}, scores * 0 + 1, scores, 1.0)
    write_records(tmp_path, [record])
    assert read_records(tmp_path)["d"].scores.tobytes() == scores.tobytes()


CURVE = np.array([5, 10, 15], np.float32)
LINE = json.dumps(RunRecord("a", "d", Unit(), {"score": 1.0}, CURVE, CURVE, 1.5).written())
PARTS = ["name", "digest", "unit", "numbers", "evaluations", "scores", "seconds", "error"]


def nested(depth: int) -> Any:
    """Make lists within lists."""
    return functools.reduce(lambda inner, _: [inner], range(depth), 0)


def written(**changes: Any) -> str:
    """Write a line of which parts are others."""
    return json.dumps(json.loads(LINE) | changes)


DAMAGED = [
    *("null", "5", "[]", "{}", '"', "\xff", LINE[:-1], LINE + LINE, "9" * 5000),
    *(written(**{part: wrong}) for part in PARTS for wrong in (None, [[]], nested(80))),
    *(written(**{part: {"a": {}}}) for part in PARTS if part != "unit"),
    *(written(**{part: 5}) for part in PARTS if part != "seconds"),
    *(written(**{part: [math.nan]}) for part in ("evaluations", "scores")),
    *(written(evaluations=[1, 2, each]) for each in (math.inf, -1, 1e39, 10**400, "3", True, None)),
    *(written(scores=[1, 2, each]) for each in (math.inf, -1e39, 10**400, "3", True, [])),
    *(written(numbers={"score": each}) for each in (math.nan, 10**400, "3", True, [])),
    *(written(unit=each) for each in (5, [], {"noun": 3}, {"is_share": None})),
    *(written(seconds=each) for each in (math.nan, math.inf, "3", True)),
    *(written(scores=each) for each in ([], [1, 2], [1, 2, 3, 4])),
    written(scores=[], evaluations=[]),
    written(more=1),
    *(json.dumps({k: v for k, v in json.loads(LINE).items() if k != part}) for part in PARTS),
]


@pytest.mark.parametrize("line", DAMAGED, ids=range(len(DAMAGED)))
def test_damaged_records_are_told_by_file_and_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "records.jsonl"
    path.write_bytes(f"{LINE}\n{line}\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"records.jsonl, line 2: expected the record of a run"):
        read_records(tmp_path)


DISAGREEING = {
    "numbers": written(numbers={"score": 2.0}),
    "scores": written(scores=[5, 10, 16]),
    "evaluations": written(evaluations=[5, 10, 16]),
    "unit": written(unit={"noun": "distance", "is_share": False}),
}
FAILED = written(numbers={}, evaluations=[], scores=[], error="no memory")


@pytest.mark.parametrize("part", DISAGREEING)
def test_records_of_one_run_that_disagree_are_told_by_their_lines(
    tmp_path: Path, part: str
) -> None:
    lines = [FAILED, LINE, written(digest="other"), FAILED, DISAGREEING[part]]
    (tmp_path / "records.jsonl").write_text("".join(f"{line}\n" for line in lines))
    with pytest.raises(DataError, match=rf"jsonl, lines 2 and 5: .* run a .* other {part};"):
        read_records(tmp_path)


@pytest.mark.parametrize(
    "lines",
    [[FAILED, LINE], [LINE, FAILED], [LINE, written(seconds=9.0, name="b")]],
    ids=["done later", "failed elsewhere", "made again"],
)
def test_records_of_one_run_that_agree_are_one(tmp_path: Path, lines: list[str]) -> None:
    (tmp_path / "records.jsonl").write_text("".join(f"{line}\n" for line in lines))
    (record,) = read_records(tmp_path).values()
    assert (record.error, record.numbers) == ("", {"score": 1.0})


def test_a_line_that_is_too_long_is_no_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What came after it would be written away."""
    monkeypatch.setattr("neatfool.studies.records.MOST_LINE", len(LINE))
    (tmp_path / "records.jsonl").write_text(f"{LINE[:-9]}\n{LINE}\n")
    with pytest.raises(DataError, match=r"line"):
        read_records(tmp_path)


def test_treatments_of_a_single_method_are_compared(tmp_path: Path) -> None:
    one = {**METHODS[1], "published": {"score": "about 7"}}
    study = make_study({"methods": [one], "seeds": "0-5", "vary": {"search.batch": BATCHES}})
    jobs, records = jobs_of(study, Path("runs")), {}
    for job in jobs:
        score = SCORES["b", int(job.treatment.number or 0), job.seed]
        curve = np.array([score], np.float32)
        made = RunRecord(job.name, job.digest, Unit(), {"score": score}, curve * 0 + 5, curve, 1.0)
        records[job.digest] = made
    table = Table(StudyResults(study, jobs, records), "score")
    groups = [[SCORES["b", batch, seed] for seed in range(6)] for batch in BATCHES]
    pairs = [(0, 1), (0, 2), (1, 2)]
    ps = [stats.mannwhitneyu(groups[a], groups[b]).pvalue for a, b in pairs]
    assert [test.methods for test in table.tests] == [
        (f"batch={BATCHES[a]}", f"batch={BATCHES[b]}") for a, b in pairs
    ]
    assert [test.adjusted for test in table.tests] == pytest.approx(holm(ps).tolist())
    assert table.overall == pytest.approx([stats.kruskal(*groups).pvalue])
    page = publish(StudyResults(study, jobs, records), tmp_path).read_text("utf-8")
    for said in ("batch=10 against batch=20", "Kruskal", "Spearman", "Published: b: about 7."):
        assert said in page, said


@pytest.mark.parametrize(("seeds", "said"), [(3, "p cannot be below 0.3 here"), (6, None)])
def test_a_page_says_when_no_test_can_show_anything(
    tmp_path: Path, seeds: int, said: str | None
) -> None:
    """Three tests by Holm: 3 × 2 of the 20 orders of three and three runs."""
    scores = {
        (name, 10, seed): place + seed / 10.0
        for place, name in enumerate("abc")
        for seed in range(6)
    }
    study = make_study({"methods": METHODS, "seeds": seeds, "vary": {"search.batch": [10]}})
    jobs = jobs_of(study, Path("runs"))
    records = {}
    for job in jobs:
        score = scores[job.contender.name, 10, job.seed]
        curve = np.array([score], np.float32)
        records[job.digest] = RunRecord(
            job.name, job.digest, Unit(), {"score": score}, curve * 0 + 5, curve, 1.0
        )
    page = publish(StudyResults(study, jobs, records), tmp_path).read_text("utf-8")
    assert ("p cannot be below" in page) == (said is not None)
    assert said is None or said in page


@pytest.mark.proof
def test_a_page_depends_on_the_records_alone(tmp_path: Path) -> None:
    pages = []
    for name, order in (("one", 1), ("two", -1)):
        whole = outcome(SCORES)
        records = dict(list(whole.records.items())[::order])
        (tmp_path / name).mkdir()
        (tmp_path / name / "best-a.webp").write_bytes(b"of a run whose folder is gone")
        page = publish(StudyResults(whole.study, whole.jobs, records), tmp_path / name)
        files = sorted(page.parent.iterdir())
        pages.append({file.name: file.read_bytes() for file in files})
    assert pages[0] == pages[1]
    assert {"study.md", "tests.csv", "summary.csv", "table.tex"} < pages[0].keys()
    assert {"curves.png", "boxes.svg", "medians.png"} < pages[0].keys()
    text = pages[0]["study.md"].decode()
    assert "3 methods × 3 treatments × 6 seeds: 54 of 54 runs are done." in text
    assert "Score after 2 generations" in text
    assert "![a](best-a.webp)" in text
    assert pages[0]["table.tex"].count(rb"\\") == 4


NAMES = ("<b>one</b> & two", "*x* `y` [a](b) $z$", "_a_ b_c |", "a &amp; \\b")


def test_names_are_names_in_markdown_whatever_they_hold(tmp_path: Path) -> None:
    methods = [{**METHODS[0], "name": n, "published": {"score": n}} for n in NAMES]
    study = make_study(
        {"methods": methods, "seeds": "0-1", "title": NAMES[0], "commands": ["a `b`", "<i>"]}
    )
    jobs, curve = jobs_of(study, Path("runs")), np.array([1, 2], np.float32)
    records = {}
    for job in jobs:
        failed = "<class 'int'>" if job.seed else ""
        records[job.contender.name + failed] = dataclasses.replace(
            RunRecord(job.name, job.digest, Unit(), {"score": 1.0}, curve, curve, 1.0),
            error=failed,
            warnings=["<u>odd</u> | *x*", f"of {job.seed}"],
        )
    found = {job.digest: r for job, r in zip(jobs, records.values(), strict=True)}
    page = publish(StudyResults(study, jobs, found), tmp_path).read_text("utf-8")
    shown = MarkdownIt("commonmark").enable("table").render(page)
    text = html.unescape(re.sub(r"<[^>]*>", "", shown))
    assert (page.count("and 7 more"), page.count("and 3 more")) == (1, 2), "a line for each warning"
    for name in (*NAMES, "<class 'int'>", "Made by a `b`, then <i>.", "<u>odd</u> | *x*", "of 1"):
        assert name in text, name
    for mark in ("<b>", "<i>", "<class", "href"):
        assert mark not in shown, mark
    assert (shown.count("<em>"), shown.count("<code>")) == (1, 2), "A, and commands"
