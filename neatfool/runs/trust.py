"""Programs that run folders name: they are run if they were run here before, or with consent.

A run folder may be a stranger's, and the model it names a program that can do what its user can.
"""

import contextlib
import hashlib
from pathlib import Path

from neatfool.bounded import read_bytes
from neatfool.classifiers import ClassifierSettings, split_spec
from neatfool.data import cache_folder
from neatfool.errors import RunError

_PROGRAMS = (".py", ".pt", ".pt2")


def remember(model: ClassifierSettings) -> None:
    """Note that a user ran a model, so that runs of it can be resumed without asking again."""
    mark = _mark(model)
    if mark is not None:
        with contextlib.suppress(OSError):  # then resuming asks
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()


def demand(model: ClassifierSettings, folder: Path, trusted: bool) -> None:
    """Refuse to run a model that a folder names, unless it is no program, or one that is trusted.

    Args:
        model: As the folder has it.
        folder: Of the run.
        trusted: The user consents.

    Raises:
        RunError: The model is a program that was not run here before, as it is now.
    """
    mark = _mark(model)
    if mark is not None and not trusted and not mark.exists():
        raise RunError(
            f"{folder} names a program, {model.model}, that can do what you can, and that was not "
            "run here before, or has changed since: read it, and add --trust if you trust it"
        )


def _mark(model: ClassifierSettings) -> Path | None:
    """Name the file that stands for a program as it is now; none: it is no program, or not there.

    Path, function, weights and contents count: a stranger may have put others into their places.
    """
    program = Path(split_spec(model.model)[0])
    if program.suffix.lower() not in _PROGRAMS or not program.is_file():
        return None
    files = [program, model.weights] if model.weights else [program]
    contents = [_digest(file) for file in files]
    whole = "\n".join([model.model, str(model.weights), *contents])
    return cache_folder() / "trusted" / hashlib.sha256(whole.encode()).hexdigest()


def _digest(file: Path) -> str:
    return hashlib.sha256(read_bytes(file, None) if file.is_file() else b"").hexdigest()
