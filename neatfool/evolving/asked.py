"""What is given in Python as settings, and the run that they are of."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from neatfool import past, reports, runs
from neatfool.errors import ConfigError
from neatfool.reporting import Reporter
from neatfool.runs import Config, Parts
from neatfool.search import Search
from neatfool.sections.run import gpus_of
from neatfool.settings import flat, unknown

Heard = Callable[[Search], object]
"""Called with the search after each generation: ``generation``, ``archive``, ``latest``."""


def named(
    given: Mapping[str, object], taken: Mapping[str, str], short: Mapping[str, str]
) -> dict[str, object]:
    """Name what was given by section and key, ``run.seed``; what is None was not given.

    Args:
        given: Each with two underscores or a point between section and key, or by a short name;
            or a section with keys in it.
        taken: Settings that cannot be given so, or sections of them, and what is expected instead.
        short: The settings that short names stand for.

    Raises:
        ConfigError: A setting is given twice, cannot be given so, or has no section.
    """
    found: dict[str, object] = {}
    by: dict[str, str] = {}
    for key, value in given.items():
        long = key if isinstance(value, Mapping) else short.get(key, key)
        for name, one in flat({long.replace("__", "."): value}).items():
            if one is None:
                continue
            if "." not in name:
                raise ConfigError(unknown("setting", name, [*short, *Config().named()]))
            for part, expected in taken.items():
                if f"{name}.".startswith(f"{part}."):
                    raise ConfigError(f"{name}: expected {expected}, got {key}={value!r:.80}")
            if name in found:
                raise ConfigError(
                    f"{name}: expected it once, got {by[name]} and {key}; leave one of them out"
                )
            found[name], by[name] = one, key
    return found


def config_of(given: Mapping[str, object], is_here_alone: bool = True) -> Config:
    """Check settings.

    Args:
        given: By section and key, as ``named`` gives them.
        is_here_alone: What is evolved for is in this process, and no other one can build it.

    Raises:
        ConfigError: There is no such setting, or others than threads shall evaluate what is here
            alone.
    """
    config = runs.load_config(None, [f"{key}={_toml(value)}" for key, value in given.items()])
    workers, device = config.run.workers, config.run.device
    if is_here_alone and not workers.startswith("threads"):
        raise ConfigError(
            f"run.workers: expected threads, as what is given in Python is in this process, got "
            f"{workers}; a task or a network in a file can be scored by processes: "
            "docs/extending.md"
        )
    if is_here_alone and len(gpus_of(device)) > 1:
        raise ConfigError(
            f"run.device: expected one GPU, as each has a process of its own and what is given in "
            f"Python is in this one, got {device}; choose one of them"
        )
    return config


@contextmanager
def evolved(
    parts: Parts, out: Path | str | None, reporter: Reporter | None, each: Heard | None
) -> Iterator[runs.Run]:
    """Evolve, in a folder that is kept, or in one that is not.

    Args:
        parts: What evolves.
        out: Folder of the run, which goes on if it was begun; it gets a report. None: nothing is
            kept.
        reporter: Hears of progress.
        each: Hears of each generation.

    Yields:
        The run, at its end; its folder is still there.
    """
    with tempfile.TemporaryDirectory() as temporary:
        where = Path(out or temporary)
        with runs.Run(parts, where, reporter, resume=past.is_run(where)) as run:
            runs.evolve(run, each)
            if out is not None:
                reports.publish(run)
        yield run


def _toml(value: object) -> str:
    """Write a value as TOML does: texts and numbers are those of JSON."""
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(str(key))} = {_toml(one)}" for key, one in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    with suppress(TypeError):
        if value is not None:
            return json.dumps(value, ensure_ascii=False, default=_plain)
    raise ConfigError(
        f"expected a setting that TOML can hold (text, numbers, truths, lists of them), got "
        f"{value!r:.80}"
    )


def _plain(value: object) -> object:
    """Write paths, devices and types as text, and numbers of numpy as numbers."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Path) or type(value).__module__ == "torch":
        return str(value)
    raise TypeError
