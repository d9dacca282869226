"""Which folders hold a run; commands ask this before they import PyTorch."""

from pathlib import Path

from neatfool.errors import RunError

RESOLVED = "resolved.toml"
"""The file of a run folder that holds all of its settings."""
LOCK = "lock"
"""The file that whoever works in a run folder holds."""


def require_run(folder: Path) -> Path:
    """Make sure that a folder holds a run, and return it.

    Raises:
        RunError: There is no run in it.
    """
    if not (folder / RESOLVED).is_file():
        raise RunError(f"{folder} holds no run: expected a folder with {RESOLVED} in it")
    return folder


def require_no_run(folder: Path) -> None:
    """Make sure that a folder holds no run yet.

    Raises:
        RunError: It does.
    """
    if (folder / RESOLVED).exists():
        raise RunError(
            f"{folder} holds another run: choose another folder, or go on with it by `neatfool "
            f"resume {folder}`"
        )
