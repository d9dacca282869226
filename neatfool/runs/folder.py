"""The folder of a run: made new or opened again, and used by one process at a time."""

import contextlib
import logging
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO

from neatfool.errors import RunError
from neatfool.files import write_whole
from neatfool.reporting import log
from neatfool.runs.config import Config, dump_config, load_config

if sys.platform != "win32":
    import fcntl

RESOLVED = "resolved.toml"
CHECKPOINTS = "checkpoints"


def default_folder(config: Config) -> Path:
    """Name a folder after the time, the model, the encoding and the seed."""
    moment = datetime.now().strftime("%Y%m%d-%H%M%S")
    model = Path(config.classifier.model).stem
    name = f"{moment}-{model}-{config.encoding.kind}-seed{config.run.seed}"
    folder, again = Path("runs") / name, 1
    while folder.exists():
        again += 1
        folder = Path("runs") / f"{name}-{again}"
    return folder


def make_folder(folder: Path, config: Config) -> None:
    """Make the folder of a new run and write the configuration into it.

    Raises:
        RunError: There is something in that folder, or it cannot be made.
    """
    if (folder / RESOLVED).exists():
        raise RunError(
            f"{folder} holds another run: choose another folder, "
            f"or go on with it by `neatfool resume {folder}`"
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(f"{folder} is not an empty folder: choose another for the run")
    with writing(folder):
        for name in (CHECKPOINTS, "elites"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        write_whole(folder / RESOLVED, dump_config(config))


def open_folder(folder: Path) -> Config:
    """Read the configuration of a run made before.

    Raises:
        RunError: There is no run in that folder.
    """
    if not (folder / RESOLVED).is_file():
        raise RunError(f"{folder} holds no run: expected a folder with {RESOLVED} in it")
    return load_config(folder / RESOLVED)


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn failures of the file system into a message that says what to do."""
    try:
        yield
    except OSError as error:
        raise RunError(
            f"cannot write to {folder}: {error.strerror or error}; make room or mend the "
            f"permissions, then go on with `neatfool resume {folder}`"
        ) from error


@contextlib.contextmanager
def occupied(folder: Path) -> Iterator[None]:
    """Hold the folder against other processes, and write the log into it meanwhile.

    Raises:
        RunError: Another process holds it.
    """
    with writing(folder):
        file = (folder / "log.txt").open("a", encoding="utf-8")
    with file:
        _lock(file, folder)
        handler = logging.StreamHandler(file)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        level = log.level
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        try:
            yield
        finally:
            log.removeHandler(handler)
            log.setLevel(level)


def _lock(file: IO[str], folder: Path) -> None:
    if sys.platform == "win32":
        return  # which has no such lock
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise RunError(
            f"another process is working in {folder}: wait for it or stop it first"
        ) from None
