"""How long work tells the world how it goes; nothing below the command line prints."""

import logging

log = logging.getLogger("neatfool")
"""Warnings and milestones; a run adds a handler that writes its ``log.txt``."""


class Reporter:
    """Hear of progress and ignore it; the command line shows it as a live bar instead."""

    def start(self, task: str, total: int, done: int = 0) -> None:
        """Begin ``total`` steps of ``task``, ``done`` of which were done before."""

    def step(self, done: int, **numbers: float) -> None:
        """Say that ``done`` steps are done, and the numbers to show beside the bar."""

    def finish(self) -> None:
        """End the task begun last."""
