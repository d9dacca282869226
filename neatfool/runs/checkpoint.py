"""Checkpoints: what a run goes on from."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from neatfool.encodings.encoding import unprefixed
from neatfool.errors import CheckpointError, RunError
from neatfool.files import name_beside
from neatfool.reporting import log
from neatfool.search import Archive, Search
from neatfool.stored import load_arrays, save_arrays
from neatfool.stored.layout import KEPT, checkpoint_path
from neatfool.types import Arrays


def save_checkpoint(folder: Path, generation: int, arrays: Arrays) -> None:
    """Save a checkpoint and drop all but the few before it; other files are left alone.

    Later ones go too: they were damaged, or the run would have gone on from them.
    """
    path = checkpoint_path(folder, generation)
    save_arrays(path, arrays, generation=generation)
    paths = checkpoints(folder)
    end = paths.index(path) + 1
    for other in set(paths) - set(paths[:end][-KEPT:]):
        other.unlink()


def checkpoints(folder: Path) -> list[Path]:
    """List the checkpoints in a folder, old ones first, whole or not.

    Files of other names are no checkpoints, and links are somebody else's.
    """
    found = [
        path for path in folder.glob("*.safetensors") if re.fullmatch("[0-9]{8,18}", path.stem)
    ]
    own = [path for path in found if path == checkpoint_path(folder, int(path.stem))]
    return sorted((p for p in own if p.is_file() and not p.is_symlink()), key=_generation)


def newest_checkpoint(folder: Path, keep: bool = False) -> Arrays | None:
    """Load the newest checkpoint that is whole; one that is not is logged and passed over.

    The run may be going on, and drop old ones meanwhile.

    Args:
        folder: Of the checkpoints.
        keep: Rename those that are damaged, so that no later one takes their place.
    """
    damaged: list[str] = []
    for path in reversed(checkpoints(folder)):
        try:
            arrays, about = load_arrays(path)
            if about.get("generation") != _generation(path):
                raise CheckpointError(f"{path} is of generation {about.get('generation')}")
        except CheckpointError as error:
            damaged.append(str(error))
            if keep:
                path.rename(name_beside(path))
        except FileNotFoundError:
            continue
        else:
            for what in damaged:
                log.warning("%s; going back to the checkpoint before it", what)
            return arrays
    for what in damaged:
        log.info("%s", what)  # the caller says what comes of it
    return None


@contextlib.contextmanager
def fitting(folder: Path) -> Iterator[None]:
    """Turn the failure to go on from a whole checkpoint into a message.

    Args:
        folder: Of the checkpoints.

    Raises:
        RunError: It is not of a run with these settings.
    """
    try:
        yield
    except (KeyError, IndexError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise RunError(
            f"{folder} is not of this run: expected a state that fits its settings and about.json, "
            f"got another ({error!s:.160}); put back what was there, or begin a new run"
        ) from error


def has_begun(state: Arrays) -> bool:
    """Say whether there is a generation behind a checkpoint; a run may be stopped in its first."""
    return bool(np.any(state.get("search.generation", np.array(True))))


def put_back(search: Search, state: Arrays, folder: Path) -> Archive:
    """Put a search where a checkpoint stands, and return its elites.

    Raises:
        RunError: The checkpoint is not of a run with these settings.
    """
    with fitting(folder):
        search.restore(unprefixed("search.", state))
        if search.archive is None:  # of another search, or stopped in the first generation
            raise ValueError("one without elites")
        return search.archive


def newest_generation(folder: Path) -> int:
    """Give the generation of the newest checkpoint, whole or not; 0 if there is none."""
    return max(map(_generation, checkpoints(folder)), default=0)


def _generation(path: Path) -> int:
    return int(path.stem)
