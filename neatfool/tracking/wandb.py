"""Weights & Biases: online, or offline if so configured there."""

import os
from collections.abc import Mapping
from pathlib import Path

import wandb

from neatfool.tracking.tracker import Ending, Entry, Tracker

_PROJECT = "neatfool"


class Wandb(Tracker):
    """Log to a run of the project ``WANDB_PROJECT``, or of ``neatfool``."""

    def __init__(self, entry: Entry) -> None:
        self._run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", _PROJECT),
            name=entry.name,
            id=entry.id or None,
            resume="allow" if entry.id else None,
            dir=str(entry.folder),
            config=dict(entry.settings),
            allow_val_change=True,
            settings=wandb.Settings(console="off", disable_git=True, save_code=False),
        )
        self.id = self._run.id
        self.told = max(entry.told, self._run.step - 1)

    def numbers(self, generation: int, numbers: Mapping[str, float]) -> None:  # noqa: D102
        self._run.log(dict(numbers), step=generation)

    def picture(self, generation: int, name: str, file: Path) -> None:  # noqa: D102
        self._run.log({name: wandb.Image(str(file))}, step=generation)

    def results(self, generation: int, results: Mapping[str, float | str]) -> None:  # noqa: D102
        self._run.summary.update({f"results/{name}": value for name, value in results.items()})

    def flush(self) -> None:
        """Do nothing: it sends all the time."""

    def close(self, ending: Ending) -> None:  # noqa: D102
        self._run.finish(exit_code=0 if ending == "finished" else 1)
