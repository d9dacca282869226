"""Programs that run folders name: they are run if they were run here before, or with consent.

A run folder may be a stranger's, and a program that it names, a network or a task, can do what its
user can.
"""

import contextlib
import hashlib
from pathlib import Path

from neatfool.data import cache_folder
from neatfool.errors import RunError
from neatfool.kinds import file_digest
from neatfool.settings import Program, Settings


def remember(settings: Settings) -> None:
    """Note that a user ran what settings name, so that it is run again without asking."""
    for mark in map(_mark, settings.programs()):
        if mark is not None:
            with contextlib.suppress(OSError):  # then resuming asks
                mark.parent.mkdir(parents=True, exist_ok=True)
                mark.touch()


def demand(settings: Settings, folder: Path, trusted: bool) -> None:
    """Refuse to run what a folder names, unless it is no program, or one that is trusted.

    Args:
        settings: As the folder has them.
        folder: Of the run.
        trusted: The user consents.

    Raises:
        RunError: They name a program that was not run here before, as it is now.
    """
    for program in settings.programs():
        mark = _mark(program)
        if mark is not None and not trusted and not mark.exists():
            raise RunError(
                f"{folder} names a program, {program.spec}, that was not run here before, or has "
                "changed since. It could do anything that you can do: read it, and add --trust if "
                "you trust it"
            )


def _mark(program: Program) -> Path | None:
    """Name the file that stands for a program as it is now; none: it is not there.

    Its name and contents count: a stranger may have put another into its place.
    """
    if not program.files[0].is_file():
        return None
    contents = [file_digest(file) for file in program.files]
    whole = "\n".join([program.spec, *map(str, program.files), *contents])
    return cache_folder() / "trusted" / hashlib.sha256(whole.encode()).hexdigest()
