"""Configs that come with neatfool, by name: in a checkout, and installed from a wheel."""

import difflib
import functools
import re
import site
import sysconfig
from pathlib import Path

from neatfool.bounded import read_text
from neatfool.errors import ConfigError

FOLDERS = ("fooling", "hyperneat", "neat", "quadruped", "smoke", "tetris")
"""Of configs/: those whose configs need no other file of the repository."""
_ALONE = ("fooling", "hyperneat", "neat")
_TOP = Path(__file__).parents[3]
_FIRST = re.compile(r".{30,}?\.(?=\s+[A-Z]|$)")


@functools.cache
def shipped() -> dict[str, Path]:
    """Return the files of all configs, by name: mnist_cppn, or with its folder, smoke/cppn."""
    places = [_TOP, *map(Path, (sysconfig.get_path("data"), site.getuserbase()))]
    folders = [_TOP / "configs", *(each / "share/neatfool/configs" for each in places)]
    folder = next((each for each in folders if (each / FOLDERS[0]).is_dir()), _TOP)
    return {
        file.stem if name in _ALONE else f"{name}/{file.stem}": file
        for name in FOLDERS
        for file in sorted((folder / name).glob("*.toml"))
    }


def config_file(text: str) -> Path:
    """Return the file that is meant by a path, or by the name of a config.

    Raises:
        ConfigError: There is none; the message names the nearest.
    """
    path, named = Path(text), shipped()
    is_meant = path.exists() if text not in named else path.is_file()
    if is_meant or (path.suffix.lower() == ".toml" and path.stem not in named):
        return path
    if path.suffix.lower() == ".toml":
        raise ConfigError(
            f"cannot read the config {text}: No such file or directory; did you mean {path.stem}, "
            "which comes with neatfool?"
        )
    if text not in named:
        nearest = difflib.get_close_matches(text, named, n=1, cutoff=0.5)
        hint = f"did you mean {nearest[0]}?" if nearest else "`neatfool configs` lists them"
        raise ConfigError(f"unknown config {text:.80}: {hint}")
    return named[text]


def summary(file: Path) -> str:
    """Read the first sentence of the comment that a config begins with."""
    lines = re.match(r"(?:#.*\n)*", read_text(file))
    text = " ".join(lines[0].replace("#", " ").split()) if lines else ""
    first = _FIRST.match(text)
    return first[0] if first else text
