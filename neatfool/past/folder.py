"""Which folders hold runs, how far they are, and which of their files may be read."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from neatfool.bounded import MOST_TEXT, parse_json, read_bytes
from neatfool.errors import TooLargeError
from neatfool.reporting import log
from neatfool.resolved import RESOLVED
from neatfool.runs.checkpoint import newest_generation
from neatfool.runs.folder import is_occupied, open_folder
from neatfool.runs.written import GENOMES, REPORT
from neatfool.sections.config import Config
from neatfool.stored.layout import (
    ABOUT,
    BESTS,
    CHECKPOINTS,
    LINEAGE,
    METRICS,
    PINNED,
    POPULATION,
    checkpoint_path,
)
from neatfool.types import Json

_READ = (RESOLVED, ABOUT, REPORT, METRICS, LINEAGE, BESTS, POPULATION, CHECKPOINTS)
_MOST_RUNS = 500
_MOST_ENTRIES = 20_000


def is_run(folder: Path | str) -> bool:
    """Say whether a folder holds a run."""
    folder = Path(folder)
    return (folder / RESOLVED).is_file()


def read_config(folder: Path | str, changes: Iterable[str] = ()) -> Config:
    """Read the settings of a run. No program that they name is run.

    Args:
        folder: Of the run.
        changes: Each ``section.key=value``, made to what was read.

    Raises:
        RunError: There is no run in the folder.
        ConfigError: The settings are not whole, or a change is none.
        DataError: The file is none that can be read.
    """
    folder = Path(folder)
    return open_folder(folder, changes)


def begun_at(folder: Path) -> int:
    """Give the time, in milliseconds, when a run began or was last gone on with."""
    return (folder / RESOLVED).stat().st_mtime_ns // 1_000_000


def saved_generation(folder: Path) -> int:
    """Give the generation of the newest checkpoint, whole or not; 0 if there is none."""
    return newest_generation(folder / CHECKPOINTS)


def is_held(folder: Path) -> bool:
    """Say whether a process is working in the folder."""
    return is_occupied(folder)


def hashes(folder: Path) -> Json:
    """Give the SHA-256 of the genomes and of the settings that a run left."""
    files = {"elites": folder / GENOMES, "settings": folder / PINNED}
    return {
        name: hashlib.sha256(read_bytes(path, None)).hexdigest() for name, path in files.items()
    }


def settings_hash(folder: Path) -> str:
    """Give the SHA-256 of all that the results of a run depend on."""
    return hashlib.sha256(read_file(folder, PINNED, MOST_TEXT) or b"").hexdigest()


def siblings_hash(folder: Path, generations: int) -> str:
    """Give what runs have in common that differ by their seed alone; empty: it is not known.

    Args:
        folder: Of the run.
        generations: Of its settings: a run may go on for more, so they are not pinned.
    """
    content = read_file(folder, PINNED, MOST_TEXT)
    try:
        settings = parse_json(content or b"")
    except ValueError:
        return ""
    if not isinstance(settings, dict):
        return ""
    told = {name: value for name, value in settings.items() if name != "run.seed"}
    return hashlib.sha256(json.dumps([told, generations]).encode()).hexdigest()


def find_runs(root: Path | None) -> dict[str, Path]:
    """List the run folders under a folder, or one level below, the newest first.

    A folder that is itself a run is the only one. One that holds none, but a folder ``runs``, as
    that of a study does, stands for this. Links that lead out of ``root`` are left out, as are
    names that cannot be printed.

    Returns:
        Folders by name: ``name``, or ``group/name`` one level below.
    """
    if root is None:
        return {}
    home = root.resolve()
    found: list[tuple[float, str, Path]] = []
    for name, path in islice(_candidates(home), _MOST_ENTRIES):
        try:
            if name.isprintable() and _is_within(path, home):
                found.append((path.stat().st_mtime, name, path))
        except OSError as error:  # it vanished, or may not be looked at
            log.info("%s cannot be looked at: %s", path, error)
    inner = home / "runs"
    if not found and inner.is_dir() and not inner.is_symlink():
        return find_runs(inner)
    found.sort(reverse=True)
    return {name: path for _, name, path in found[:_MOST_RUNS]}


def find_file(folder: Path, name: str, most: int | None = None) -> Path | None:
    """Return a file of a run; none if it is not there, or a link leads out of the folder.

    Args:
        folder: Of the run.
        name: Path within the folder, as a record of the run gives it.
        most: Bytes it may have; none: any number.

    Raises:
        TooLargeError: It has more.
    """
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            return None
        size = path.stat().st_size
    except (OSError, ValueError, RuntimeError):  # NUL in a name, links in a circle
        return None
    if most is not None and size > most:
        raise TooLargeError(f"{path.name:.80} has {size:,} bytes: expected at most {most:,}")
    return path


def file_of(folder: Path, name: str, most: int | None = None) -> Path:
    """Return a file of a run, as ``find_file`` does.

    Raises:
        TooLargeError: It has more bytes.
        FileNotFoundError: It is not there, or a link leads out of the folder.
    """
    path = find_file(folder, name, most)
    if path is None:
        raise FileNotFoundError(f"{folder} has no {name}")
    return path


def read_file(folder: Path, name: str, most: int) -> bytes | None:
    """Read a file of a run whole; none if it is not there, or a link leads out of the folder.

    Raises:
        TooLargeError: It has more than ``most`` bytes.
        OSError: It cannot be read.
    """
    path = find_file(folder, name, most)
    return None if path is None else read_bytes(path, most)


def stamp_of(path: Path) -> tuple[str, int, int]:
    """Tell this content of a file from others."""
    facts = path.stat()
    return str(path), facts.st_mtime_ns, facts.st_size


def stamps_of(folder: Path) -> tuple[object, ...]:
    """Return what changes when a run begins, goes on or stops."""
    newest = str(checkpoint_path(Path(CHECKPOINTS), saved_generation(folder)))
    found = (find_file(folder, name) for name in (RESOLVED, ABOUT, REPORT, METRICS, newest))
    return (*(path and stamp_of(path) for path in found), is_held(folder))


def _candidates(home: Path) -> Iterator[tuple[str, Path]]:
    if _is_within(home, home):
        yield home.name, home
        return
    for path in _folders(home):
        yield path.name, path
        if path.resolve().is_relative_to(home) and not (path / RESOLVED).exists():
            yield from ((f"{path.name}/{inner.name}", inner) for inner in _folders(path))


def _is_within(path: Path, home: Path) -> bool:
    """Say whether a folder holds a run, none of whose records is a link that leads out."""
    return is_run(path) and all((path / name).resolve().is_relative_to(home) for name in _READ)


def _folders(path: Path) -> Iterator[Path]:
    try:
        yield from (each for each in path.iterdir() if each.is_dir())
    except OSError as error:
        log.info("%s cannot be listed: %s", path, error)
