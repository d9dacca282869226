from collections.abc import Iterator
from pathlib import Path

import pytest

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
