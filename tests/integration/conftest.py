import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import neatfool
from tests.mirror import Mirror, serve_small_mnist, serving


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving() as mirror:
        yield mirror


@pytest.fixture
def small_mnist(mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Serve a small set in place of the real one."""
    return serve_small_mnist(mirror, tmp_path / "source", monkeypatch)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run, which nobody changes."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    size = ("--generations", 8, "--batch", 40, "--set", "run.checkpoint_every=3")
    assert neatfool("fool", "--out", folder, "--quiet", *size).code == 0
    return folder


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """A copy of that run."""
    return shutil.copytree(finished, tmp_path / "run")
