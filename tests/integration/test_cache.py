import hashlib
from pathlib import Path

import pytest

from neatfool.data import cached, download
from neatfool.errors import DataError
from neatfool.reporting import Reporter
from tests.mirror import RIGHT, Mirror

SHA256 = hashlib.sha256(RIGHT).hexdigest()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NEATFOOL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    return tmp_path / "cache"


def _cached(mirror: Mirror, answer: str, offline: bool = False) -> Path:
    return cached("net", [f"{mirror.address}/{answer}"], SHA256, Reporter(), offline)


@pytest.mark.parametrize("answer", ["right", "moved", "second-time"])
def test_a_file_is_fetched_once(mirror: Mirror, cache: Path, answer: str) -> None:
    assert _cached(mirror, answer).read_bytes() == RIGHT
    asked = len(mirror.asked)

    assert _cached(mirror, answer) == _cached(mirror, answer, offline=True) == cache / "net"

    assert len(mirror.asked) == asked


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("half", f"expected {len(RIGHT)} bytes, came 1000"),
        ("page", f"expected SHA-256 {SHA256[:12]}"),
        ("none", "HTTP Error 404"),
        ("nowhere", "Invalid IPv6 URL"),
        ("silent", "timed out"),
    ],
)
def test_failure_says_what_to_put_where(
    mirror: Mirror, cache: Path, answer: str, reason: str
) -> None:
    with pytest.raises(DataError) as caught:
        _cached(mirror, answer)

    message = str(caught.value)
    assert message.startswith("expected net, came no right file (")
    assert reason in message
    assert f"fetch it from {mirror.address}/{answer} and put it at {cache / 'net'}" in message
    assert not list(cache.iterdir())


def test_offline_nothing_is_asked(mirror: Mirror, cache: Path) -> None:
    with pytest.raises(DataError, match="offline, nothing is fetched"):
        _cached(mirror, "right", offline=True)

    assert mirror.asked == []
    assert not cache.exists()


def test_a_damaged_file_is_fetched_again(mirror: Mirror, cache: Path) -> None:
    cache.mkdir()
    (cache / "net").write_bytes(RIGHT[:-1])

    assert _cached(mirror, "right").read_bytes() == RIGHT


def test_the_cache_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NEATFOOL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    with pytest.raises(DataError, match=f"put it at {tmp_path / 'neatfool' / 'net'}"):
        cached("net", ["http://nowhere"], SHA256, Reporter(), offline=True)
