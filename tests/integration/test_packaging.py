"""What is packed, and which versions of libraries are asked for."""

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETUP = "import setuptools; setuptools.setup()"


def numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def requirements() -> dict[str, str]:
    """Read the lowest version of each library, by name."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    texts = [settings["options"]["install_requires"], *settings["options.extras_require"].values()]
    lines = [line.strip() for text in texts for line in text.splitlines() if line.strip()]
    found = [re.match(r"([\w-]+)(?:\[\w+\])?>=([\d.]+)", line) for line in lines]
    assert all(found), f"each has a lowest version: {lines}"
    return {match[1]: match[2] for match in found if match}


def test_what_is_installed_is_not_older_than_what_is_asked_for() -> None:
    pinned = re.findall(
        r"^([\w-]+)==([\d.]+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE
    )
    lowest = requirements()
    for name, version in pinned:
        if name in lowest:
            assert numbers(version) >= numbers(lowest[name]), name


def test_versions_that_are_known_to_fail_are_not_asked_for() -> None:
    lowest = requirements()
    assert numbers(lowest["typer"]) >= [0, 19], "before it, a choice of words has no type"
    assert numbers(lowest["pydantic"]) >= [2, 8], "before it, no list is given up early"
    assert numbers(lowest["fastapi"]) >= [0, 115], "before it, a query is no model"


def test_the_lowest_versions_are_what_the_job_installs() -> None:
    told = subprocess.run(
        [sys.executable, ROOT / ".ci" / "lowest.py"], capture_output=True, encoding="utf-8"
    ).stdout
    lines, lowest = told.split(), requirements()
    assert f"typer=={lowest['typer']}" in lines
    assert f"onnx=={lowest['onnx']}" in lines
    assert not any(line.startswith("torch==2.6") for line in lines)


@pytest.mark.skipif(not shutil.which("git") or not (ROOT / ".git").exists(), reason="no checkout")
def test_the_source_package_holds_all_that_is_kept(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SETUP, "-q", "egg_info", "--egg-base", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    listed = (tmp_path / "neatfool.egg-info" / "SOURCES.txt").read_text(encoding="utf-8")
    packed = set(listed.splitlines())

    kept = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, encoding="utf-8"
    ).stdout.splitlines()

    assert len(kept) > 300
    assert [name for name in kept if name not in packed] == []
    assert [name for name in packed if name.endswith((".pyc", ".nbi", ".nbc"))] == []
