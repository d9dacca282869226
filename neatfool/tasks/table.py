"""The table of scores that a task gives, checked before any of it is used."""

import reprlib

import numpy as np
import torch

from neatfool.errors import ShapeError
from neatfool.tasks.task import Task
from neatfool.types import Floats

_KINDS = "biufO"
"""Of numpy: truths, whole numbers, fractions; objects may be such."""


def numbers(given: object, who: str) -> Floats:
    """Take what somebody gives as an array of numbers, float32; what is too large is infinite.

    Args:
        given: An array, a tensor on any device, or lists.
        who: Gave it, for the message.

    Raises:
        ShapeError: It is something else.
    """
    if isinstance(given, torch.Tensor):
        given = given.detach().cpu()
        given = given.float() if given.is_floating_point() else given
    try:
        array = np.asarray(given)
        if array.dtype.kind in _KINDS:
            with np.errstate(over="ignore"):
                return array.astype(np.float32)
    except (TypeError, ValueError):  # lists of several lengths, or no numbers in them
        pass
    raise ShapeError(f"{who}: expected an array of numbers, got {reprlib.repr(given)}")


def table_of(given: object, task: Task, count: int) -> Floats:
    """Take the scores of a task, and the measures behind them, if it gave them.

    Args:
        given: What ``task.score`` returned.
        task: Whose it is.
        count: ``P`` phenotypes were scored.

    Returns:
        ``(P, K)`` or ``(P, K + D)`` float32.

    Raises:
        ShapeError: It is something else.
    """
    who, niches = task.name or type(task).__name__, len(task.niches)
    table, wide = numbers(given, who), niches + len(task.measures)
    if table.shape not in ((count, niches), (count, wide)):
        measured = f", or {(count, wide)} with its measures" if task.measures else ""
        raise ShapeError(
            f"{who}: expected a row for each phenotype and a column for each niche, scores of "
            f"shape {(count, niches)}{measured}, got {table.shape}"
        )
    return table
