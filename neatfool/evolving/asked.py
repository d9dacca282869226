"""What is given in Python as settings, and the run that they are of."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from neatfool import past, reports, runs
from neatfool.errors import ConfigError
from neatfool.reporting import Reporter
from neatfool.runs import Config, Parts
from neatfool.search import Search

Heard = Callable[[Search], object]
"""Called with the search after each generation: ``generation``, ``archive``, ``latest``."""


def config_of(given: Mapping[str, object]) -> Config:
    """Check settings, each with two underscores or a point between section and key.

    Raises:
        ConfigError: There is no such setting, or workers are not threads.
    """
    named = {key.replace("__", "."): value for key, value in given.items()}
    config = runs.load_config(None, [f"{key}={_toml(value)}" for key, value in named.items()])
    if not config.run.workers.startswith("threads"):
        raise ConfigError(
            f"run.workers: expected threads, as what is given in Python is in this process, got "
            f"{config.run.workers}; a task or a network in a file can be scored by processes: "
            "docs/extending.md"
        )
    return config


@contextmanager
def evolved(
    parts: Parts, folder: Path | str | None, reporter: Reporter | None, each: Heard | None
) -> Iterator[runs.Run]:
    """Evolve, in a folder that is kept, or in one that is not.

    Args:
        parts: What evolves.
        folder: Of the run, which goes on if it was begun; it gets a report. None: nothing is kept.
        reporter: Hears of progress.
        each: Hears of each generation.

    Yields:
        The run, at its end; its folder is still there.
    """
    with tempfile.TemporaryDirectory() as temporary:
        where = Path(folder or temporary)
        with runs.Run(parts, where, reporter, resume=past.is_run(where)) as run:
            runs.evolve(run, each)
            if folder is not None:
                reports.publish(run)
        yield run


def _toml(value: object) -> str:
    """Write a value as TOML does: lists, texts and numbers are those of JSON."""
    try:
        return json.dumps(value, ensure_ascii=False, default=_plain)
    except TypeError:
        raise ConfigError(
            f"expected a setting that TOML can hold (text, numbers, truths, lists of them), got "
            f"{value!r:.80}"
        ) from None


def _plain(value: object) -> object:
    """Write paths, devices and types as text, and numbers of numpy as numbers."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Path) or type(value).__module__ == "torch":
        return str(value)
    raise TypeError
