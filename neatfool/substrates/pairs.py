"""Pairs of sheets: whether they make a network, and in which order it is computed."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from neatfool.errors import ConfigError
from neatfool.sections.substrate import SheetSettings


class Pair(NamedTuple):
    """Two sheets, all of whose nodes are connected.

    Attributes:
        source: Name of the sheet that links come from.
        target: Name of the sheet they lead to.
        is_recurrent: They carry values of the step before.
    """

    source: str
    target: str
    is_recurrent: bool

    def __str__(self) -> str:
        return f"{self.source} → {self.target}{', a step later' * self.is_recurrent}"


def ordered(
    sheets: Sequence[SheetSettings],
    pairs: Sequence[tuple[str, str]],
    recurrent: Sequence[tuple[str, str]] = (),
) -> list[str]:
    """Check pairs of sheets, and put the sheets that are computed into an order of evaluation.

    Args:
        sheets: All there are.
        pairs: Names, from and to.
        recurrent: Pairs that carry values of the step before, so that their order does not matter.

    Returns:
        Names of all sheets but those of inputs, each behind those that lead to it by ``pairs``.

    Raises:
        ConfigError: Names are not unique or unknown, there are no inputs or outputs, a sheet lies
            on no path from an input to an output, or ``pairs`` form a cycle.
    """
    roles = {sheet.name: sheet.role for sheet in sheets}
    if len(roles) < len(sheets):
        raise ConfigError(f"two sheets have one name, of {[s.name for s in sheets]}: rename one")
    for role in ("input", "output"):
        if role not in roles.values():
            raise ConfigError(f"the substrate has no sheet of role {role}: give it one")
    for some in (pairs, recurrent):
        if len(set(some)) < len(some):
            raise ConfigError(f"a pair of sheets is named twice in {list(some)}: name each once")
    every = [*pairs, *recurrent]
    for source, target in every:
        for name in (source, target):
            if name not in roles:
                raise ConfigError(
                    f"the pair ({source}, {target}) names no sheet {name!r}: "
                    f"choose from {', '.join(roles)}"
                )
        if roles[target] == "input":
            raise ConfigError(f"the pair ({source}, {target}) leads into a sheet of inputs")
    for names, what in (
        (_reached(_having(roles, "input"), every), "from an input"),
        (_reached(_having(roles, "output"), [(b, a) for a, b in every]), "to an output"),
    ):
        lost = [name for name in roles if name not in names]
        if lost:
            raise ConfigError(
                f"no path leads {what} {'to' if 'from' in what else 'from'} the sheet "
                f"{lost[0]!r}: connect it by a pair, or take it out"
            )
    return [name for name in _sorted(list(roles), pairs) if roles[name] != "input"]


def _having(roles: Mapping[str, str], role: str) -> set[str]:
    return {name for name, its in roles.items() if its == role}


def _reached(start: set[str], pairs: Sequence[tuple[str, str]]) -> set[str]:
    """Add all that can be reached from the start."""
    while True:
        more = {target for source, target in pairs if source in start} - start
        if not more:
            return start
        start = start | more


def _sorted(names: list[str], pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Put every sheet behind those that lead to it."""
    order: list[str] = []
    while len(order) < len(names):
        ready = [
            name
            for name in names
            if name not in order and all(a in order for a, b in pairs if b == name)
        ]
        if not ready:
            left = [name for name in names if name not in order]
            raise ConfigError(
                f"pairs of sheets form a cycle through {' and '.join(left)}: name one of them "
                "under recurrent instead, and it carries values of the step before"
            )
        order += ready
    return order
