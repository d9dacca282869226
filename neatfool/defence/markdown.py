"""Tables of Markdown."""

from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Write a table, a line for each row; whatever is in a cell stays in it.

    Args:
        heads: Of the columns; the first has names, the others numbers.
        rows: As many cells each.
    """
    rule = f"| --- |{' ---: |' * (len(heads) - 1)}"
    first, *others = [f"| {' | '.join(map(_cell, row))} |" for row in (heads, *rows)]
    return [first, rule, *others]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")
