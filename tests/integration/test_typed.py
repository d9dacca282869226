"""Type checkers see the public names, as users' scripts have them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "user_script.py"


def said(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    shutil.copy(SCRIPT, folder)
    environment = os.environ | {"MYPYPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8"
    )


@pytest.mark.proof
def test_mypy_has_nothing_to_say(tmp_path: Path) -> None:
    strict = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"]
    done = said([*strict, "--cache-dir", str(tmp_path / "cache"), SCRIPT.name], tmp_path)
    assert done.returncode == 0, done.stdout


@pytest.mark.proof
@pytest.mark.skipif(not shutil.which("pyright"), reason="pyright is not installed")
def test_pyright_has_nothing_to_say(tmp_path: Path) -> None:
    (tmp_path / "pyrightconfig.json").write_text(
        f'{{"typeCheckingMode": "strict", "extraPaths": ["{ROOT}"]}}'
    )
    done = said(["pyright", "--pythonpath", sys.executable, SCRIPT.name], tmp_path)
    assert done.returncode == 0, done.stdout
