"""MLflow: a server, or files, as ``MLFLOW_TRACKING_URI`` says."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, Param

from neatfool.tracking.tracker import Ending, Entry, Tracker

_EXPERIMENT = "neatfool"
_MOST_METRICS, _MOST_PARAMS, _LONGEST = 1000, 100, 500
"""What MLflow takes at once, and letters of a value."""
_EVERY = 5.0
"""Seconds from one sending to the next."""
_STATUS: dict[Ending, str] = {
    "finished": "FINISHED",
    "interrupted": "KILLED",
    "failed": "FAILED",
}


class Mlflow(Tracker):
    """Log to a run of the experiment ``MLFLOW_EXPERIMENT_NAME``, or of ``neatfool``."""

    def __init__(self, entry: Entry) -> None:
        self._client = MlflowClient()
        self._waiting: list[Metric] = []
        self._sent = time.monotonic()
        if entry.id:
            self.id = entry.id
            last = self._client.get_run(self.id).data.metrics.get("generation", 0)
            self._client.update_run(self.id, status="RUNNING")
            self.told = max(entry.told, int(last))
            return
        self.id, self.told = self._created(entry.name), 0
        params = [Param(name, str(value)[:_LONGEST]) for name, value in entry.settings.items()]
        for first in range(0, len(params), _MOST_PARAMS):
            self._client.log_batch(self.id, params=params[first : first + _MOST_PARAMS])

    def numbers(self, generation: int, numbers: Mapping[str, float]) -> None:  # noqa: D102
        self._add(generation, {**numbers, "generation": generation})
        is_full = len(self._waiting) > _MOST_METRICS // 2
        if is_full or time.monotonic() - self._sent > _EVERY:
            self.flush()

    def picture(self, generation: int, name: str, file: Path) -> None:  # noqa: D102
        self._client.log_artifact(self.id, str(file))

    def results(self, generation: int, results: Mapping[str, float | str]) -> None:  # noqa: D102
        self._add(
            generation,
            {f"results/{name}": v for name, v in results.items() if not isinstance(v, str)},
        )
        for name, value in results.items():
            if isinstance(value, str):
                self._client.set_tag(self.id, f"results/{name}", value[:_LONGEST])

    def flush(self) -> None:  # noqa: D102
        for first in range(0, len(self._waiting), _MOST_METRICS):
            self._client.log_batch(self.id, self._waiting[first : first + _MOST_METRICS])
        self._waiting, self._sent = [], time.monotonic()

    def close(self, ending: Ending) -> None:  # noqa: D102
        self._client.set_terminated(self.id, _STATUS[ending])

    def _created(self, name: str) -> str:
        called = os.environ.get("MLFLOW_EXPERIMENT_NAME", _EXPERIMENT)
        experiment = self._client.get_experiment_by_name(called)
        number = experiment.experiment_id if experiment else self._client.create_experiment(called)
        made: str = self._client.create_run(number, run_name=name).info.run_id
        return made

    def _add(self, generation: int, numbers: Mapping[str, float]) -> None:
        now = int(1000 * time.time())
        self._waiting += [Metric(name, value, now, generation) for name, value in numbers.items()]
