"""The folder of a run: made new or opened again, and used by one process at a time."""

import contextlib
import hashlib
import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from neatfool.bounded import at_once, opened, read_bytes, read_json
from neatfool.errors import DataError, RunError
from neatfool.files import copy_beside, is_left_over, write_whole
from neatfool.reporting import log
from neatfool.resolved import LOCK, RESOLVED, require_no_run, require_run
from neatfool.runs.record import RECORDS
from neatfool.sections.config import Config, dump_config, load_resolved
from neatfool.settings import differing, flat
from neatfool.stored.layout import CHECKPOINTS, PINNED
from neatfool.tracking import FOLDERS

if sys.platform != "win32":
    import fcntl

LOG = "log.txt"
ELITES = "elites"
_RUNS = Path("runs")
_HELD = PermissionError if sys.platform == "win32" else BlockingIOError
"""What looking at a lock gives while somebody holds it."""
_PATIENCE = 0.5
"""Seconds to wait for who looks whether a folder is held, which takes some microseconds."""
_CHOOSE = "make room, mend the permissions or choose another folder"


def default_folder(config: Config) -> Path:
    """Name a folder after the time, the task or its model, the encoding and the seed."""
    moment = datetime.now().strftime("%Y%m%d-%H%M%S")
    task, encoding = (
        re.sub(r"[^\w.-]+", "-", part.label) for part in (config.task, config.encoding)
    )
    name = f"{moment}-{task}-{encoding}-seed{config.run.seed}"
    folder, again = _RUNS / name, 1
    while folder.exists():
        again += 1
        folder = _RUNS / f"{name}-{again}"
    return folder


@contextlib.contextmanager
def claimed_folder(config: Config) -> Iterator[Path]:
    """Make a folder that no other run has, however many begin at the same time.

    It is taken away again if nothing was put into it.

    Raises:
        RunError: It cannot be made.
    """
    is_first = not _RUNS.exists()
    while True:
        folder = default_folder(config)
        with writing(folder, _CHOOSE):
            _RUNS.mkdir(exist_ok=True)
            try:
                folder.mkdir()
            except FileExistsError:
                continue  # it was made this very moment
        break
    try:
        yield folder
    finally:
        with contextlib.suppress(OSError):
            folder.rmdir()
            if is_first:
                _RUNS.rmdir()


def make_folder(folder: Path, config: Config) -> None:
    """Make the folder of a new run and write the configuration into it.

    Raises:
        RunError: There is something in that folder, or it cannot be made.
    """
    with writing(folder, _CHOOSE):
        check_free(folder)
        write_whole(folder / RESOLVED, dump_config(config))


def check_free(folder: Path) -> None:
    """Make sure that a new run may begin in a folder, without making it.

    Raises:
        RunError: There is something in it.
    """
    with writing(folder, _CHOOSE):
        require_no_run(folder)
        if folder.exists() and (not folder.is_dir() or any(map(is_foreign, folder.iterdir()))):
            raise RunError(f"{folder} is not an empty folder: choose another for the run")


def take_folder(folder: Path) -> None:
    """Make a folder for a new run, if there is none, without writing into it.

    Raises:
        RunError: There is something in that folder, or it cannot be made.
    """
    with writing(folder, _CHOOSE):
        check_free(folder)
        folder.mkdir(parents=True, exist_ok=True)


def open_folder(folder: Path, changes: Iterable[str] = ()) -> Config:
    """Read the configuration of a run made before, with changes: ``section.key=value``.

    Raises:
        RunError: There is no run in that folder.
        ConfigError: The settings are not whole, or a change is none.
    """
    return load_resolved(require_run(folder) / RESOLVED, changes)


def check_links(folder: Path) -> None:
    """Refuse to go on where a run would write through a link into what is not its own.

    Raises:
        RunError: Something that the run changes is a link.
    """
    for name in (CHECKPOINTS, ELITES, LOG, LOCK, *RECORDS, *FOLDERS):
        if (folder / name).is_symlink():
            raise RunError(
                f"{folder / name} is a link: expected it in the folder of the run itself, since "
                "what a link leads to is not the run's; move it here, or take the link away"
            )


def pin(folder: Path, config: Config, weights: str, digest: bytes | None = None) -> bytes:
    """Write down what the results of a run depend on, or compare it with what was written.

    Args:
        folder: Of the run.
        config: All settings; how long the run lasts and where it computes is left out.
        weights: Digest of what scores depend on beside the settings, such as weights of a
            network; empty: there is no such.
        digest: What this returned before, if it is known. If it fits, the file is mended where it
            was damaged.

    Returns:
        A digest of what the results depend on.

    Raises:
        RunError: The run was begun with other settings, or against other weights.
    """
    run = {"seed": config.run.seed} | ({"chunk": config.run.chunk} if config.run.chunk else {})
    sections = config.binding() | {"run": run}
    settings = {**flat(sections), "weights": weights}
    path, content = folder / PINNED, (json.dumps(settings, indent=2) + "\n").encode()
    own = hashlib.blake2b(content, digest_size=16).digest()
    if path.exists() and own == digest and read_bytes(path) != content:
        log.warning("%s was damaged; it is kept as %s", path, copy_beside(path).name)
        path.unlink()
    if not path.exists():
        if own != digest and digest is not None:
            raise RunError(
                f"{path} is missing, and settings or weights are not those that the run began "
                "with: put both back, or begin a new run in another folder"
            )
        write_whole(path, content)
    try:
        before = read_json(path)
        changed = differing(before, settings)
    except (ValueError, TypeError, AttributeError):
        raise RunError(
            f"{path} is damaged: take it away if {folder / RESOLVED} and the weights are as they "
            "were, or begin a new run in another folder"
        ) from None
    if changed:
        name = changed[0]
        was, now = str(before.get(name)), str(settings.get(name))
        if name == "weights":
            was, now = _apart(was, now)
        raise RunError(
            f"{folder}: expected the {name:.80} that it was begun with, {was:.80}, got {now:.80}; "
            f"put it back, or begin a new run in another folder ({PINNED} has what it began with)"
        )
    if digest not in (None, own):
        raise RunError(
            f"{folder / CHECKPOINTS} is of another run: expected checkpoints of the settings and "
            f"weights in {PINNED}; put back those that were there, or begin a new run in another "
            "folder"
        )
    return own


def _apart(before: str, now: str) -> tuple[str, str]:
    """Leave of digests, of files or networks, those that are not the same."""
    ours, theirs = before.split(), now.split()
    return (
        " ".join(each for each in ours if each not in theirs),
        " ".join(each for each in theirs if each not in ours),
    )


@contextlib.contextmanager
def writing(folder: Path, advice: str = "") -> Iterator[None]:
    """Turn failures of the file system into a message that says what to do."""
    try:
        yield
    except BrokenPipeError:
        raise  # of standard output
    except OSError as error:
        advice = advice or (
            f"make room or mend the permissions, then go on with `neatfool resume {folder}`"
        )
        raise RunError(f"cannot write to {folder}: {error.strerror or error}; {advice}") from error


@contextlib.contextmanager
def occupied(folder: Path) -> Iterator[None]:
    """Hold the folder against other processes, and write the log into it meanwhile.

    What a killed process left half-written is taken away.

    Raises:
        RunError: Another process holds it.
        OSError: The log cannot be written.
    """
    with _locked(folder), open(folder / LOG, "a", encoding="utf-8", opener=at_once) as file:
        for part in (p for where in ("", CHECKPOINTS, ELITES) for p in (folder / where).glob("*")):
            if is_left_over(part):
                part.unlink()
        handler = _LogHandler(file)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        level = log.level
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        try:
            yield
        finally:
            log.removeHandler(handler)
            log.setLevel(level)


def is_occupied(folder: Path) -> bool:
    """Say whether a process holds a folder now, without writing anything.

    Any number of processes can look at the same time.
    """
    try:
        with opened(folder / LOCK) as file:
            if sys.platform == "win32":
                file.read(1)  # is refused while somebody holds it
            else:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except _HELD:
        return True
    except (OSError, DataError):  # nobody ever held it
        return False
    return False


def is_foreign(path: Path) -> bool:
    """Say whether a file is more than what a run leaves that was killed as it began."""
    return path.name not in (LOG, LOCK) and not is_left_over(path)


class _LogHandler(logging.StreamHandler):  # type: ignore[type-arg]  # no argument in Python 3.10
    """Write log lines; where they cannot be written, what matters fails soon enough."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name it has
        """Say nothing."""


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder; the system lets it go if the process is killed."""
    lock = FileLock(folder / LOCK, thread_local=False)
    try:
        held = lock.acquire(_PATIENCE, poll_interval=0.01)
    except Timeout:
        raise RunError(
            f"another process is working in {folder}: wait for it or stop it first"
        ) from None
    with held:
        yield
