"""Which folders hold runs, and which of their files may be read."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from neatfool.reporting import log
from neatfool.reports.report import JSON
from neatfool.runs import RESOLVED
from neatfool.runs.about import ABOUT
from neatfool.runs.folder import CHECKPOINTS
from neatfool.runs.record import BESTS, LINEAGE, METRICS
from neatfool.web.refusal import Refusal

_READ = (RESOLVED, ABOUT, JSON, METRICS, LINEAGE, BESTS, CHECKPOINTS)
_MOST_RUNS = 500
_MOST_ENTRIES = 20_000


def find_runs(root: Path | None) -> dict[str, Path]:
    """List the run folders under a folder, or one level below, the newest first.

    A folder that is itself a run is the only one. Links that lead out of ``root`` are left out, as
    are names that cannot be printed.

    Returns:
        Folders by name: ``name``, or ``group/name`` one level below.
    """
    if root is None:
        return {}
    home = root.resolve()
    found: list[tuple[float, str, Path]] = []
    for name, path in islice(_candidates(home), _MOST_ENTRIES):
        try:
            if name.isprintable() and _is_run(path, home):
                found.append((path.stat().st_mtime, name, path))
        except OSError as error:  # it vanished, or may not be looked at
            log.info("%s cannot be looked at: %s", path, error)
    found.sort(reverse=True)
    return {name: path for _, name, path in found[:_MOST_RUNS]}


def find_run(found: Mapping[str, Path], name: str) -> Path:
    """Look a name up among runs that were found.

    Raises:
        Refusal: There is none of that name.
    """
    path = found.get(name)
    if path is None:
        raise Refusal(404, f"there is no run {name!r:.80}: it may be gone; load the list again")
    return path


def find_file(folder: Path, name: str, most: int) -> Path | None:
    """Return a file of a run; none if it is not there, or a link leads out of the folder.

    Args:
        folder: Of the run.
        name: Path within the folder, as a record of the run gives it.
        most: Bytes it may have.

    Raises:
        Refusal: It is too large.
    """
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            return None
        size = path.stat().st_size
    except (OSError, ValueError, RuntimeError):  # NUL in a name, links in a circle
        return None
    if size > most:
        raise Refusal(413, f"{path.name:.80} has {size:,} bytes: expected at most {most:,}")
    return path


def _candidates(home: Path) -> Iterator[tuple[str, Path]]:
    if _is_run(home, home):
        yield home.name, home
        return
    for path in _folders(home):
        yield path.name, path
        if path.resolve().is_relative_to(home) and not (path / RESOLVED).exists():
            yield from ((f"{path.name}/{inner.name}", inner) for inner in _folders(path))


def _is_run(path: Path, home: Path) -> bool:
    """Say whether a folder holds a run, none of whose records is a link that leads out."""
    return (path / RESOLVED).is_file() and all(
        (path / name).resolve().is_relative_to(home) for name in _READ
    )


def _folders(path: Path) -> Iterator[Path]:
    try:
        yield from (each for each in path.iterdir() if each.is_dir())
    except OSError as error:
        log.info("%s cannot be listed: %s", path, error)
