from pathlib import Path

import pytest

from neatfool.errors import ConfigError
from neatfool.settings import FullPath, Settings


class _Paths(Settings):
    path: FullPath


def test_paths_mean_the_same_from_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/someone")

    assert _Paths(path=Path("a/b")).path == tmp_path / "a/b"
    assert _Paths(path=Path("~/b")).path == Path("/home/someone/b")
    assert _Paths(path=Path("/b")).path == Path("/b")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("~nosuchuser/x", "expected a path of a known user; write it out"),
        ("a\0b", "expected a path that is text"),
        ("a\udcffb", "expected a path that is text"),
    ],
)
def test_paths_that_mean_nothing_are_refused(path: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _Paths(path=Path(path))
