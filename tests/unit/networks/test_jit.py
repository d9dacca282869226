"""Compiled code is kept where it can be, and nobody fails where it cannot."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numba
import pytest
from numba.core.caching import CacheImpl, IndexDataCacheFile

from neatfool.networks import jit as module
from neatfool.networks.jit import jit
from neatfool.programs import run_program
from neatfool.reporting import NOTE, log

ROOT = Path(__file__).parents[3]


def doubled(x):
    return 2 * x


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(module, "_told", set())
    yield tmp_path
    tmp_path.chmod(0o700)


def called(caplog: pytest.LogCaptureFixture) -> tuple[int, list[str]]:
    """Compile and call a function as a new process would; return cache hits and warnings."""
    caplog.clear()
    function = jit(nogil=True)(doubled)
    assert function(3) == 6
    return sum(function.stats.cache_hits.values()), [record.message for record in caplog.records]


def notes(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.levelno == NOTE]


def kept(cache: Path, ending: str) -> Path:
    (found,) = cache.rglob(f"*.{ending}")
    return found


def test_what_was_compiled_is_kept(cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert called(caplog) == (0, [])
    assert called(caplog) == (1, [])


def test_that_something_is_compiled_is_said_once_and_only_then(
    cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(NOTE, log.name)
    monkeypatch.setattr(doubled, "__module__", "neatfool.networks.kernels")
    for _ in range(2):
        jit(nogil=True)(doubled)(3)
        jit(fastmath=True)(doubled)(3.0)
    assert notes(caplog) == ["compiling for this machine, once: about 10 s"]
    monkeypatch.setattr(module, "_told", set())
    jit(nogil=True)(doubled)(3)
    assert len(notes(caplog)) == 1


def flipped(content: bytes) -> bytes:
    return content[:-40] + bytes([content[-40] ^ 1]) + content[-39:]


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def garbage(content: bytes) -> bytes:
    return b"\xff" * 99


def nothing(content: bytes) -> bytes:
    return b""


@pytest.mark.parametrize(
    ("ending", "damage"),
    [("nbi", cut), ("nbi", garbage), ("nbc", nothing), ("nbc", cut), ("nbc", flipped)],
)
def test_a_damaged_cache_is_told_once_and_mended(
    cache: Path, caplog: pytest.LogCaptureFixture, ending: str, damage: Callable[[bytes], bytes]
) -> None:
    called(caplog)
    path = kept(cache, ending)
    path.write_bytes(damage(path.read_bytes()))

    hits, told = called(caplog)

    assert hits == 0
    (message,) = told
    assert f"the cache of compiled code in {path.parent} is damaged" in message
    assert "it is made again" in message
    assert len(message) < 300 + len(str(path))
    assert called(caplog) == (1, []), "it was mended"


def test_a_full_disk_is_told_once(
    cache: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(IndexDataCacheFile, "_open_for_write", full)

    hits, (told,) = called(caplog)
    assert hits == 0
    assert "cannot be kept in" in told
    assert f"{cache}" in told
    assert "No space left on device" in told
    assert "NUMBA_CACHE_DIR" in told
    assert called(caplog) == (0, []), "once is enough"


def test_without_any_folder_nothing_is_kept(
    cache: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CacheImpl, "_locator_classes", [])

    hits, (told,) = called(caplog)

    assert hits == 0
    assert told.startswith("there is no folder to keep compiled code in")
    assert "NUMBA_CACHE_DIR" in told
    assert called(caplog) == (0, [])


def test_code_of_users_is_not_kept_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "mine.py").write_text("def doubled(x):\n    return 2 * x\n")
    assert jit()(run_program(tmp_path / "theirs" / "mine.py").doubled)(3) == 6
    assert [path.is_relative_to(tmp_path / "cache") for path in tmp_path.rglob("*.nbi")] == [True]


def test_nothing_is_kept_in_another_way() -> None:
    for path in (ROOT / "neatfool").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "cache=True" not in text, path
        assert '"cache": True' not in text, path
