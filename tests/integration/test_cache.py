import hashlib
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from neatfool.data import cached, download, read_cached
from neatfool.errors import ConfigError, DataError
from neatfool.reporting import Reporter
from neatfool.web import data_file
from tests.mirror import RIGHT, Mirror

SHA256 = hashlib.sha256(RIGHT).hexdigest()
SHA1 = hashlib.sha1(RIGHT).hexdigest()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NEATFOOL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    return tmp_path / "cache"


def _cached(mirror: Mirror, answer: str, offline: bool = False) -> Path:
    return cached("net", [f"{mirror.address}/{answer}"], f"sha256:{SHA256}", Reporter(), offline)


@pytest.mark.parametrize("answer", ["right", "moved", "second-time", "parts", "stalls"])
def test_a_file_is_fetched_once(mirror: Mirror, cache: Path, answer: str) -> None:
    assert _cached(mirror, answer).read_bytes() == RIGHT
    asked = len(mirror.asked)

    assert _cached(mirror, answer) == _cached(mirror, answer, offline=True) == cache / "net"

    assert len(mirror.asked) == asked


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("half", f"expected {len(RIGHT)} bytes, got 1000"),
        ("page", f"expected sha256 {SHA256[:12]}"),
        ("none", "HTTP Error 404"),
        ("nowhere", "Invalid IPv6 URL"),
        ("silent", "timed out"),
        ("other-part", "expected bytes from 100,000 on, got others"),
        ("wrong-rest", f"expected sha256 {SHA256[:12]}"),
    ],
)
def test_failure_says_what_to_put_where(
    mirror: Mirror, cache: Path, answer: str, reason: str
) -> None:
    with pytest.raises(DataError) as caught:
        _cached(mirror, answer)

    message = str(caught.value)
    assert message.startswith("expected net, got no right file (")
    assert reason in message
    assert f"fetch it from {mirror.address}/{answer} and put it at {cache / 'net'}" in message
    assert not cache.exists()


def test_offline_nothing_is_asked(mirror: Mirror, cache: Path) -> None:
    with pytest.raises(DataError, match="offline, nothing is fetched"):
        _cached(mirror, "right", offline=True)

    assert mirror.asked == []
    assert not cache.exists()


def test_a_damaged_file_is_fetched_again(mirror: Mirror, cache: Path) -> None:
    cache.mkdir()
    (cache / "net").write_bytes(RIGHT[:-1])

    assert _cached(mirror, "right").read_bytes() == RIGHT


def _zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, RIGHT)
    return file.getvalue()


def _cached_zip(mirror: Mirror, content: bytes) -> Path:
    mirror.files["net.zip"] = content
    urls = [f"{mirror.address}/net.zip"]
    return cached("net.zip", urls, f"sha1:{SHA1}", Reporter())


def test_of_a_zip_file_what_is_in_it_counts(mirror: Mirror) -> None:
    for _ in range(2):
        assert read_cached(_cached_zip(mirror, _zipped("net.pth"))) == RIGHT

    assert mirror.asked == ["net.zip"]


@pytest.mark.parametrize(
    "content", [b"", RIGHT, _zipped(), _zipped("a", "b"), _zipped("a").replace(b"PK\1", b"PK\0")]
)
def test_what_is_no_zip_file_of_one_file_is_refused(
    mirror: Mirror, cache: Path, content: bytes
) -> None:
    with pytest.raises(DataError, match="expected a ZIP file with one file in it, got"):
        _cached_zip(mirror, content)

    assert not cache.exists()


def test_a_damaged_zip_file_is_refused(mirror: Mirror, cache: Path) -> None:
    content = bytearray(_zipped("a"))
    content[50] ^= 255

    with pytest.raises(DataError):
        _cached_zip(mirror, bytes(content))

    assert not cache.exists()


def test_the_cache_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NEATFOOL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    with pytest.raises(DataError, match=f"put it at {tmp_path / 'neatfool' / 'net'}"):
        cached("net", ["http://nowhere"], f"sha256:{SHA256}", Reporter(), offline=True)


def nobody(uid: int) -> object:
    raise KeyError(f"getpwuid(): uid not found: {uid}")


def test_users_without_a_home_are_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NEATFOOL_CACHE", "XDG_CACHE_HOME", "XDG_DATA_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)

    with pytest.raises(DataError, match="a user without a home: set NEATFOOL_CACHE to a folder"):
        cached("net", ["http://nowhere"], f"sha256:{SHA256}", Reporter(), offline=True)
    with pytest.raises(ConfigError, match="a user without a home: choose one by --data"):
        data_file()


def test_a_cache_that_cannot_be_written_is_named(
    mirror: Mirror, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.write_text("a file")

    with pytest.raises(DataError, match=f"{cache}"):
        _cached(mirror, "right")


LOCKED = """
from numba.core.caching import CacheImpl
CacheImpl._locator_classes = []  # no folder can be written
import neatfool.images
"""


def test_neatfool_starts_where_nothing_can_be_kept() -> None:
    ended = subprocess.run([sys.executable, "-c", LOCKED], capture_output=True, encoding="utf-8")

    assert ended.returncode == 0, ended
    assert ended.stderr.count("there is no folder to keep compiled code in") == 1
    assert len(ended.stderr.splitlines()) == 1
