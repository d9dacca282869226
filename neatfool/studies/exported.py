"""Tables of a study for other programs: CSV and LaTeX."""

from collections.abc import Callable, Iterator, Sequence

from neatfool.files import csv_line
from neatfool.studies.tables import Group, Table


def summary(tables: Sequence[Table]) -> Iterator[str]:
    """Write a line of CSV for each group of each table: its quantiles, and the interval."""
    heads = [
        "measure",
        "generation",
        "treatment",
        "method",
        "runs",
        "with",
        "median",
        "low",
        "high",
    ]
    yield csv_line([*heads, "lower_quartile", "upper_quartile", "least", "most", "mean", "sd"])
    for table in tables:
        for row in table.groups:
            for group in row:
                named = [table.measure, table.generation or "", str(group.treatment), group.method]
                numbers: list[object] = []
                if len(group.values):
                    low, bottom, middle, top, high = group.quantiles(0, 0.25, 0.5, 0.75, 1)
                    found = [middle, *group.interval, bottom, top, low, high, group.values.mean()]
                    found += [group.values.std(ddof=1)] if len(group.values) > 1 else []
                    numbers = [float(f"{n:.9g}") for n in found]
                yield csv_line([*named, group.runs, len(group.values), *numbers])


def tested(tables: Sequence[Table]) -> Iterator[str]:
    """Write a line of CSV for each test of each table."""
    yield csv_line(
        ["measure", "generation", "treatment", "first", "second", "n", "m", "U", "p", "p_holm", "A"]
    )
    for table in tables:
        for test in table.tests:
            if test.found is not None:
                named = [table.measure, table.generation or "", str(test.treatment), *test.methods]
                f = test.found
                numbers = (f.statistic, f.p, test.adjusted, f.effect)
                yield csv_line([*named, *f.counts, *(float(f"{n:.6g}") for n in numbers)])


def latex(table: Table, heading: str, median: Callable[[Table, Group], str]) -> Iterator[str]:
    """Write the medians of a table as LaTeX (package booktabs)."""
    titles = [str(treatment) or heading for treatment in table.treatments]
    yield rf"\begin{{tabular}}{{l{'r' * len(titles)}}}"
    yield r"\toprule"
    yield " & ".join(["", *map(_escaped, titles)]) + r" \\"
    yield r"\midrule"
    for place, name in enumerate(table.names):
        cells = [median(table, row[place]).replace("–", "--") for row in table.groups]
        yield " & ".join([_escaped(name), *map(_escaped, cells)]) + r" \\"
    yield r"\bottomrule"
    yield r"\end{tabular}"


def _escaped(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    special |= {each: rf"\{each}" for each in "&%$#_{}"}
    special |= {"<": r"\textless{}", ">": r"\textgreater{}"}
    return "".join(special.get(letter, letter) for letter in text)
