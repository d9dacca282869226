"""The numbers of runs over time, as columns that pandas and polars take."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from neatfool.errors import ConfigError, RunError
from neatfool.past.folder import is_run, read_config
from neatfool.resolved import RESOLVED
from neatfool.runs.record import each_line, with_rate
from neatfool.runs.written import Metrics
from neatfool.stored.layout import METRICS
from neatfool.types import Arrays, Json

_WHOLE = ("generation", "evaluations", "replaced")
_NUMBERS = (*Metrics.model_fields, "evaluations_per_second")


def metrics(*folders: Path | str, settings: Sequence[str] = ()) -> Arrays:
    """Read the numbers of runs, a row for each generation, finished or not.

    Args:
        folders: Of runs, or of folders of runs, in which all are read.
        settings: Names of settings that become columns, such as ``run.seed``.

    Returns:
        Columns by name, each as long as there are rows: ``run``, the folder; the settings; and
        the numbers of ``metrics.jsonl``, with ``evaluations_per_second``. Where there is none,
        numbers are NaN and text is empty.

    Raises:
        RunError: There is no run in a folder.
        ConfigError: No run has a setting of that name, or those of one cannot be read.

    Example:
        >>> frame = pandas.DataFrame(past.metrics("runs", settings=["encoding.kind"]))
    """
    rows: dict[str, list[object]] = {name: [] for name in ("run", *settings, *_NUMBERS)}
    known: set[str] = set()
    for folder in (run for given in folders for run in _runs_in(Path(given))):
        chosen = read_config(folder).named() if settings else {}
        known |= chosen.keys()
        before: Json | None = None
        for line in each_line(folder / METRICS):
            row = {**chosen, "run": str(folder), **with_rate(line, before)}
            for name, column in rows.items():
                column.append(row.get(name))
            before = line
    if missing := [name for name in settings if name not in known]:
        raise ConfigError(
            f"no run has a setting {missing[0]}, or it is unset: expected names such as run.seed, "
            "as `neatfool settings` lists them"
        )
    return {name: _column(name, values) for name, values in rows.items()}


def _runs_in(folder: Path) -> Iterator[Path]:
    """List the run that a folder is, or those in it, by name."""
    found = [folder] if is_run(folder) else [path.parent for path in folder.rglob(RESOLVED)]
    if not found:
        raise RunError(f"{folder} holds no run: expected the folder of a run, or of several")
    yield from sorted(found)


def _column(name: str, values: Sequence[object]) -> np.typing.NDArray[np.generic]:
    if name in _WHOLE:
        return np.array(values, np.int64)
    if name in _NUMBERS:
        return np.array(values, np.float64)
    gap = "" if any(isinstance(value, str) for value in values) else np.nan
    return np.array([gap if value is None else value for value in values])
