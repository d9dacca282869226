"""The page of a study: tables, tests and pictures, for people and for papers."""

import math
from pathlib import Path

from neatfool.files import markdown, markdown_code, markdown_table, write_whole
from neatfool.reporting import Unit, headed, log
from neatfool.studies.conducting import StudyResults
from neatfool.studies.exported import latex, summary, tested
from neatfool.studies.pictures import pictures
from neatfool.studies.statistics import least_p, runs_needed
from neatfool.studies.tables import Group, Table, Tested

PAGE, SUMMARY, TESTS, LATEX = "study.md", "summary.csv", "tests.csv", "table.tex"
ALPHA = 0.05
_LOST = (
    "Means are of the runs that solved it. In medians, quartiles and tests the others count as "
    "longer than all."
)
_HEADINGS = {
    "score": "Score",
    "solved_after": "Evaluations until solved",
    "evaluations": "Evaluations",
    "generations": "Generations",
}


def publish(outcome: StudyResults, folder: Path) -> Path:
    """Write the page of a study with its pictures and tables, and return its name.

    What it writes depends on the records alone: ``study.md``, ``summary.csv``, ``tests.csv``,
    ``table.tex``, and pictures as PNG and SVG.

    Args:
        outcome: Of the study.
        folder: Of the study.
    """
    study = outcome.study
    last = [Table(outcome, measure) for measure in study.measures]
    tables = [Table(outcome, "score", at) for at in sorted(study.at)] + last
    told = [table for table in tables if not table.is_empty]
    _warn_of_measures(outcome)
    lines = [f"# {markdown(study.title)}", "", _made(outcome), ""]
    for table in told:
        lines += [f"## {markdown(heading_of(table))}", "", *_numbers(table), "", *_tests(table), ""]
    if last and not last[0].is_empty:
        lines += [*pictures(outcome, last[0], folder, heading_of(last[0])), ""]
    lines += [*_failures(outcome), *_warned(outcome), *_settings(outcome)]
    write_whole(folder / SUMMARY, "".join(summary(told)))
    write_whole(folder / TESTS, "".join(tested(told)))
    write_whole(folder / LATEX, "\n".join(latex(last[0], heading_of(last[0]), median_of)) + "\n")
    write_whole(folder / PAGE, "\n".join(lines).rstrip() + "\n")
    return folder / PAGE


def _warn_of_measures(outcome: StudyResults) -> None:
    """Name measures that no run has."""
    known = {name for _, record in outcome.done for name in record.numbers}
    for name in outcome.study.measures:
        if known and name not in known:
            log.warning("no run has a measure %s: there are %s", name, ", ".join(sorted(known)))


def heading_of(table: Table) -> str:
    """Say what a table shows."""
    words = table.measure.replace("_", " ")
    name = _HEADINGS.get(table.measure, headed(words))
    if table.measure == "score" and table.unit is not None:
        name = headed(table.unit.noun)
    return f"{name} after {table.generation:,} generations" if table.generation else name


def written(table: Table, number: float) -> str:
    """Write a number of a table in the unit of its measure."""
    if math.isinf(number):
        return "never"
    is_score = table.measure in ("score", "mean", "worst")
    return (table.unit if is_score and table.unit else Unit()).write(number)


def _made(outcome: StudyResults) -> str:
    """Say what made the study, and how far it is."""
    commands = ", then ".join(map(markdown_code, outcome.study.commands))
    return f"Made by {commands}. {_extent(outcome)}" if commands else _extent(outcome)


def _extent(outcome: StudyResults) -> str:
    counts = {
        "methods": len({job.contender.name for job in outcome.jobs}),
        "treatments": len({str(job.treatment) for job in outcome.jobs}),
    }
    parts = [f"{count} {name}" for name, count in counts.items() if count > 1]
    parts += [f"{len(outcome.study.seeds)} seeds"]
    product = " × ".join(parts)
    said = f"{product}: {len(outcome.done)} of {len(outcome.jobs)} runs are done"
    return f"{said}, {len(outcome.failed)} failed." if outcome.failed else f"{said}."


def _numbers(table: Table) -> list[str]:
    """Write the groups: of one treatment each quantile, of several medians with intervals."""
    said = [] if not any(group.lost for row in table.groups for group in row) else ["", _LOST]
    if len(table.rows) > 1:
        heads = ["method", *_titles(table)]
        rows = [
            [markdown(name), *(median_of(table, row[place]) for row in table.groups)]
            for place, name in enumerate(table.names)
        ]
        text = "Medians, in brackets their 95 % bootstrap intervals."
        return [text, "", *markdown_table(heads, rows), *said, *_published(table)]
    heads = [
        "" if table.is_sweep else "method",
        "runs",
        "mean (sd)",
        "median",
        "95 % of the median",
        "lower quartile",
        "upper quartile",
    ]
    rows = []
    known = {each.name: each.method.published.get(table.measure) for each in table.contenders}
    for group in table.rows[0]:
        rows.append([markdown(table.label(group)), *_quantiles(table, group)])
        published = None if table.is_sweep else known[group.method]
        if published is not None and table.generation is None:
            rows.append(["published", "", markdown(published), *[""] * 6])
    more = _published(table) if table.is_sweep else []
    return [*markdown_table([*heads, "least", "most"], rows), *said, *more]


def _titles(table: Table) -> list[str]:
    return [markdown(str(treatment)) for treatment in table.treatments]


def _published(table: Table) -> list[str]:
    """Quote what papers say, where methods have several treatments."""
    told = [(each.name, each.method.published.get(table.measure)) for each in table.contenders]
    said = "; ".join(markdown(f"{name}: {number}") for name, number in told if number is not None)
    return ["", f"Published: {said}."] if said and table.generation is None else []


def _quantiles(table: Table, group: Group) -> list[str]:
    runs = str(group.runs)
    if len(group.values) < group.runs:
        runs = f"{len(group.values)} of {group.runs}"
    if not len(group.values):
        return [runs, *["–"] * 7]
    low, bottom, middle, top, high = group.quantiles(0, 0.25, 0.5, 0.75, 1)
    mean = written(table, float(group.values.mean()))
    if len(group.values) > 1:
        mean += f" ({written(table, float(f'{group.values.std(ddof=1):.3g}'))})"
    ends = "–".join(written(table, end) for end in group.interval)
    shown = [written(table, each) for each in (bottom, top, low, high)]
    return [runs, mean, written(table, middle), ends, *shown]


def median_of(table: Table, group: Group) -> str:
    """Write the median of a group and, in brackets, its interval."""
    if not len(group.values):
        return "–"
    low, high = (written(table, end) for end in group.interval)
    missing = group.runs - len(group.values)
    without = f", {missing} without" if missing else ""
    return f"{written(table, *group.quantiles(0.5))} ({low}–{high}{without})"


def _tests(table: Table) -> list[str]:
    """Write all comparisons, and what runs over the treatments."""
    tests = [each for each in table.tests if each.found is not None]
    return [*(_compared_all(table, tests) if tests else []), *_trends(table)]


def _compared_all(table: Table, tests: list[Tested]) -> list[str]:
    count = len(tests)
    said = "Two-sided Mann–Whitney U tests"
    if count > 1:
        said += f"; p is adjusted for the {count} tests of this table (Holm)"
    lines = [
        f"{said}. *A* is the chance that a run of the first has a higher value than a run of the "
        "second; ties count half (Vargha and Delaney)."
    ]
    if len(table.rows) > 1:
        lines += ["", *_matrix(table)]
    else:
        heads = ["compared", "n", "U", "p", "A", "runs to show it"]
        lines += ["", *markdown_table(heads, [[_pair(each), *_compared(each)] for each in tests])]
    least = min(1, count * min(least_p(*each.found.counts) for each in tests if each.found))
    if least > ALPHA:
        lines += ["", f"With so few runs, p cannot be below {_p(least)} here."]
    overall = table.overall
    if len(table.rows) == 1 and overall and overall[0] is not None:
        lines += ["", f"All together (Kruskal–Wallis): p = {overall[0]:.2g}."]
    return lines


def _trends(table: Table) -> list[str]:
    trends = table.trends
    if not trends:
        return []
    (key,) = table.treatments[0].values
    rows = [
        [markdown(name), str(runs), f"{rho:+.2f}", f"{p:.2g}"]
        for name, (rho, p, runs) in trends.items()
    ]
    said = f"Rank correlation (Spearman) with {markdown_code(key)}; p by Holm:"
    return ["", said, "", *markdown_table(["method", "runs", "correlation", "p"], rows)]


def _pair(test: Tested) -> str:
    return markdown(" against ".join(test.methods))


def _compared(test: Tested) -> list[str]:
    found = test.found
    assert found is not None
    needed = f"{runs_needed(found.effect):,}" if found.effect != 0.5 else "–"
    counts = " and ".join(map(str, found.counts))
    return [counts, f"{found.statistic:g}", _p(test.adjusted), f"{found.effect:.2f}", needed]


def _p(p: float) -> str:
    return f"**{p:.2g}**" if p < ALPHA else f"{p:.2g}"


def _matrix(table: Table) -> list[str]:
    """Write a row for each pair, a column for each treatment: p, and the effect."""
    cells: dict[str, list[str]] = {}
    for test in table.tests:
        shown = "–" if test.found is None else f"{_p(test.adjusted)}, A = {test.found.effect:.2f}"
        cells.setdefault(_pair(test), []).append(shown)
    rows = [[pair, *row] for pair, row in cells.items()]
    if overall := table.overall:
        rows.append(["all (Kruskal–Wallis)", *("–" if p is None else _p(p) for p in overall)])
    return markdown_table(["p and A", *_titles(table)], rows)


def _settings(outcome: StudyResults) -> list[str]:
    """Say what each method is, as far as a line can hold it."""
    first = {job.contender.name: job for job in reversed(outcome.jobs)}
    rows = []
    for name, config in ((name, job.load(False)) for name, job in reversed(first.items())):
        parts = [config.task.label, config.encoding.label, config.search.label]
        batch = getattr(config.search, "batch", None)  # searches of users may have none
        counts = ["–" if batch is None else f"{batch:,}", f"{config.run.generations:,}"]
        rows.append([markdown(name), *map(markdown, parts), *counts])
    heads = ["method", "task", "encoding", "search", "genomes a generation", "generations at most"]
    return ["## What ran", "", *markdown_table(heads, rows), ""] if rows else []


def _failures(outcome: StudyResults) -> list[str]:
    if not outcome.failed:
        return []
    rows = [[markdown(record.name), markdown(record.error[:400])] for record in outcome.failed]
    return ["## Runs that failed", "", *markdown_table(["run", "why"], rows), ""]


def _warned(outcome: StudyResults) -> list[str]:
    """List what runs warned of, each with the runs that did."""
    runs: dict[str, list[str]] = {}
    for record in [*(record for _, record in outcome.done), *outcome.failed]:
        for text in record.warnings:
            runs.setdefault(text, []).append(record.name)
    rows = [
        [f"{markdown(names[0])}{f' and {len(names) - 1} more' if names[1:] else ''}", each]
        for each, names in ((markdown(text[:400]), names) for text, names in runs.items())
    ]
    return ["## Warnings", "", *markdown_table(["run", "warning"], rows), ""] if rows else []
