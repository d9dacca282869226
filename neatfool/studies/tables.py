"""What the runs of a study come to: groups, their summaries, and tests between them."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neatfool.streams import stream
from neatfool.studies.conducting import StudyResults
from neatfool.studies.jobs import Treatment, contenders_of, treatments_of
from neatfool.studies.records import RunRecord
from neatfool.studies.statistics import (
    Comparison,
    compare,
    holm,
    kruskal,
    median_interval,
    quantiles,
    spearman,
)
from neatfool.types import Doubles

_CORRELATED = 3  # values of a setting, at least
_SEVERAL = 3  # methods that are compared together, at least


@dataclass(frozen=True, eq=False)
class Group:
    """The runs of one contender on one treatment, and one number of each.

    Attributes:
        method: Name of the contender.
        treatment: What was varied.
        values: ``(N,)`` of the runs that have such a number.
        runs: How many are done, those without such a number included.
        measure: What the number is.
    """

    method: str
    treatment: Treatment
    values: Doubles
    runs: int
    measure: str

    @property
    def ranked(self) -> Doubles:
        """``(N,)`` what is ordered: runs that were never solved took longer than all others."""
        return np.concatenate([self.values, np.full(self.lost, np.inf)])

    @property
    def lost(self) -> int:
        """How many runs never solved what they were to solve, where that is what is measured."""
        return self.runs - len(self.values) if self.measure == "solved_after" else 0

    def quantiles(self, *shares: float) -> list[float]:
        """Interpolate quantiles; infinite: so many were never solved."""
        return quantiles(self.ranked, shares).tolist()

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the median; the same whenever it is asked for."""
        return median_interval(self.ranked, stream(0, "study", self.method, str(self.treatment)))


@dataclass(frozen=True)
class Tested:
    """Two methods on one treatment, or two treatments of the one method that there is.

    Attributes:
        methods: Their names.
        treatment: What was varied; of two treatments the first.
        found: How they compare; none: one of them has no number to compare.
        adjusted: Its p, by Holm over all tests of the table.
    """

    methods: tuple[str, str]
    treatment: Treatment
    found: Comparison | None
    adjusted: float


class Table:
    """One measure of all runs, or the score after some generation.

    Args:
        outcome: Of the study.
        measure: By its name.
        generation: After which the score is looked at; none: in the end.
    """

    def __init__(self, outcome: StudyResults, measure: str, generation: int | None = None) -> None:
        self.measure, self.generation = measure, generation
        self.study = outcome.study
        self.treatments = treatments_of(outcome.study)
        self.contenders = contenders_of(outcome.study)
        done = outcome.done
        self.unit = done[0][1].unit if done else None
        self.groups: list[list[Group]] = []
        for treatment in self.treatments:
            row = []
            for name in self.names:
                own = [
                    self._number(record)
                    for job, record in done
                    if (job.contender.name, job.treatment.values) == (name, treatment.values)
                ]
                known = np.array([each for each in own if each is not None], np.float64)
                row.append(Group(name, treatment, known, len(own), measure))
            self.groups.append(row)

    @property
    def names(self) -> list[str]:
        """Of the methods."""
        return [each.name for each in self.contenders]

    @property
    def is_sweep(self) -> bool:
        """Whether there is one method, whose treatments are compared with one another."""
        return len(self.contenders) == 1 and len(self.treatments) > 1

    @property
    def rows(self) -> list[list[Group]]:
        """Groups that are compared with one another, row by row."""
        return [[row[0] for row in self.groups]] if self.is_sweep else self.groups

    def label(self, group: Group) -> str:
        """Name a group among those that it is compared with."""
        return str(group.treatment) if self.is_sweep else group.method

    @property
    def is_empty(self) -> bool:
        """Whether no run has such a number."""
        return not any(len(group.values) for row in self.groups for group in row)

    @property
    def tests(self) -> list[Tested]:
        """All pairs of methods, or all with the reference, on each treatment; or of treatments."""
        found = [
            (first, second, compare(first.ranked, second.ranked))
            if len(first.ranked) and len(second.ranked)
            else (first, second, None)
            for row in self.rows
            for first, second in self._pairs(row)
        ]
        adjusted = iter(holm([each.p for _, _, each in found if each is not None]).tolist())
        return [
            Tested(
                (self.label(first), self.label(second)),
                first.treatment,
                each,
                1.0 if each is None else next(adjusted),
            )
            for first, second, each in found
        ]

    @property
    def overall(self) -> list[float | None]:
        """For each treatment, p that no method differs from the others; empty: there are but two.

        By Kruskal and Wallis, adjusted by Holm over the treatments. None: a method has no number.
        """
        rows = [[group.ranked for group in row] for row in self.rows]
        if len(rows[0]) < _SEVERAL:
            return []
        are_whole = [all(map(len, row)) for row in rows]
        found = iter(holm([kruskal(r) for r, whole in zip(rows, are_whole, strict=True) if whole]))
        return [float(next(found)) if whole else None for whole in are_whole]

    @property
    def trends(self) -> dict[str, tuple[float, float, int]]:
        """By method, the rank correlation with what varies, its p by Holm, and the number of runs.

        Empty: what varies is no number, or has fewer than three values.
        """
        numbers = [treatment.number for treatment in self.treatments]
        if len(numbers) < _CORRELATED or None in numbers:
            return {}
        found = {}
        for place, name in enumerate(self.names):
            column = [row[place].ranked for row in self.groups]
            settings = np.repeat(np.array(numbers, np.float64), [len(each) for each in column])
            if len(settings) >= _CORRELATED:
                found[name] = *spearman(settings, np.concatenate(column)), len(settings)
        adjusted = holm([p for _, p, _ in found.values()])
        return {
            name: (rho, float(p), runs)
            for (name, (rho, _, runs)), p in zip(found.items(), adjusted, strict=True)
        }

    def _number(self, record: RunRecord) -> float | None:
        if self.generation is not None:
            return record.at(self.generation)
        return record.numbers.get(self.measure)

    def _pairs(self, row: Sequence[Group]) -> list[tuple[Group, Group]]:
        reference = next(
            (group for group in row if self.label(group) == self.study.reference), None
        )
        if reference is None:
            return list(itertools.combinations(row, 2))
        return [(group, reference) for group in row if group is not reference]
