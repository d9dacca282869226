import contextlib
import gzip
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from neatfool.data import download, download_mnist, load_mnist, mnist
from neatfool.data.download import ROUNDS, FetchError, fetch
from neatfool.errors import DataError
from neatfool.reporting import Reporter
from tests.mirror import PART, RIGHT, Mirror, closed_address

BAD = {"half": 2, "wrong": 2, "page": 1, "none": 1, "nowhere": 1}
"""Bad answers, and how often one is asked for: the rest of what breaks off is asked for too."""


def _check(path: Path) -> None:
    if path.read_bytes() != RIGHT:
        raise DataError(f"expected {len(RIGHT)} bytes, got others")


def _fetch(mirror: Mirror, to: Path, *names: str, reporter: Reporter | None = None) -> None:
    fetch([f"{mirror.address}/{name}" for name in names], to, _check, reporter or Reporter())


def assert_only_file(path: Path, content: bytes) -> None:
    assert list(path.parent.iterdir()) == [path]
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "names", [["right"], ["moved"], ["second-time"], ["many-bytes"], ["minus-bytes"]]
)
def test_fetches_into_a_new_folder(mirror: Mirror, tmp_path: Path, names: list[str]) -> None:
    to = tmp_path / "new" / "file"

    _fetch(mirror, to, *names)

    assert_only_file(to, RIGHT)


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_mirror_is_passed_over(mirror: Mirror, tmp_path: Path, bad: str) -> None:
    _fetch(mirror, tmp_path / "file", bad, "right")

    assert_only_file(tmp_path / "file", RIGHT)
    assert mirror.asked == [bad] * BAD[bad] + ["right"]


def test_a_dead_mirror_is_passed_over(mirror: Mirror, tmp_path: Path) -> None:
    urls = ["http://127.0.0.1:9/file", f"{mirror.address}/right"]

    fetch(urls, tmp_path / "file", _check, Reporter())

    assert_only_file(tmp_path / "file", RIGHT)


def test_a_silent_mirror_is_passed_over(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "TIMEOUT", 0.2)

    _fetch(mirror, tmp_path / "file", "silent", "right")

    assert_only_file(tmp_path / "file", RIGHT)


@pytest.mark.parametrize("bad", BAD)
def test_failure_leaves_nothing(mirror: Mirror, tmp_path: Path, bad: str) -> None:
    with pytest.raises(FetchError, match=r"^file: ") as caught:
        _fetch(mirror, tmp_path / "file", bad, f"also/{bad}")

    assert caught.value.answered
    assert not list(tmp_path.iterdir())
    assert mirror.asked == [bad] * BAD[bad] * 4


@pytest.mark.parametrize("answer", ["parts", "stalls", "moved-parts"])
def test_what_breaks_off_goes_on_where_it_was(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    heard = _Heard()

    _fetch(mirror, tmp_path / "file", answer, reporter=heard)

    assert_only_file(tmp_path / "file", RIGHT)
    assert mirror.ranges == [None, f"bytes={PART}-", f"bytes={2 * PART}-"]
    assert heard.totals == [len(RIGHT)] * 3
    assert heard.done == sorted(heard.done)


def test_a_mirror_that_gives_no_parts_begins_anew(mirror: Mirror, tmp_path: Path) -> None:
    _fetch(mirror, tmp_path / "file", "whole-again")

    assert_only_file(tmp_path / "file", RIGHT)
    assert mirror.ranges == [None, f"bytes={PART}-"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [("other-part", r"expected bytes from 100,000 on"), ("wrong-rest", "got others")],
)
def test_parts_that_do_not_fit_are_thrown_away(
    mirror: Mirror, tmp_path: Path, answer: str, reason: str
) -> None:
    with pytest.raises(FetchError, match=reason):
        _fetch(mirror, tmp_path / "file", answer)
    assert not list(tmp_path.iterdir())

    _fetch(mirror, tmp_path / "file", answer, "right")

    assert_only_file(tmp_path / "file", RIGHT)


def test_an_interrupt_amid_parts_leaves_nothing(mirror: Mirror, tmp_path: Path) -> None:
    class Interrupting(Reporter):
        def step(self, done: int, **numbers: float) -> None:
            if done > PART:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _fetch(mirror, tmp_path / "file", "parts", reporter=Interrupting())

    assert not list(tmp_path.iterdir())


def test_half_a_file_is_called_so(mirror: Mirror, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"expected {len(RIGHT)} bytes, got 1000"):
        _fetch(mirror, tmp_path / "file", "half")


def test_failure_leaves_what_was_there(mirror: Mirror, tmp_path: Path) -> None:
    to = tmp_path / "file"
    to.write_bytes(b"old and wrong")

    with pytest.raises(DataError):
        _fetch(mirror, to, "half")

    assert_only_file(to, b"old and wrong")


def test_a_right_file_is_kept(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(RIGHT)

    _fetch(mirror, tmp_path / "file", "none")

    assert mirror.asked == []


def test_a_wrong_file_is_replaced(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(RIGHT[:-1])

    _fetch(mirror, tmp_path / "file", "right")

    assert_only_file(tmp_path / "file", RIGHT)


@pytest.mark.parametrize("bad", ["silent", "dead"])
def test_no_answer_is_told_from_a_bad_one(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    url = f"{mirror.address}/silent" if bad == "silent" else f"{closed_address()}/file"

    with pytest.raises(FetchError) as caught:
        fetch([url], tmp_path / "file", _check, Reporter())

    assert not caught.value.answered


def test_a_reason_is_given_once_and_in_short(mirror: Mirror, tmp_path: Path) -> None:
    with pytest.raises(FetchError) as caught:
        _fetch(mirror, tmp_path / "file", "none", "none", "half")

    assert str(caught.value) == (
        f"file: HTTP Error 404: Not Found; expected {len(RIGHT)} bytes, got 1000"
    )


def test_retries_are_no_warnings(
    mirror: Mirror, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "neatfool"):
        _fetch(mirror, tmp_path / "file", "none", "right")

    assert [record.levelname for record in caplog.records] == ["INFO"]
    assert f"{mirror.address}/none: HTTP Error 404" in caplog.text


def _is_file(folder: Path) -> Path:
    (folder / "blocked").write_text("in the way")
    return folder / "blocked"


@pytest.mark.parametrize(
    "folder",
    [_is_file, lambda _: Path("/proc"), lambda _: Path("/proc/nope"), lambda at: at / ("a" * 300)],
    ids=["a file", "no permission", "cannot be made", "too long"],
)
def test_a_folder_that_cannot_be_written_is_no_fault_of_the_mirrors(
    mirror: Mirror, tmp_path: Path, folder: Callable[[Path], Path]
) -> None:
    to = folder(tmp_path) / "file"

    with pytest.raises(DataError, match="make room or choose another folder") as caught:
        _fetch(mirror, to, "right", "right")

    assert str(caught.value).startswith(f"cannot write {to}: ")
    assert mirror.address not in str(caught.value)
    assert mirror.asked == []


def test_a_full_disk_is_met_once(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = contextlib.nullcontext(Path("/dev/full"))
    monkeypatch.setattr(download, "replacing", lambda _: full)

    with pytest.raises(DataError, match=r"cannot write .*: No space left on device; make room"):
        _fetch(mirror, tmp_path / "file", "right", "right")

    assert mirror.asked == ["right"]


class _Heard(Reporter):
    def __init__(self) -> None:
        self.totals: list[int] = []
        self.done: list[int] = []

    def start(self, task: str, total: int, done: int = 0) -> None:
        self.totals.append(total)

    def step(self, done: int, **numbers: float) -> None:
        self.done.append(done)


def test_progress_counts_bytes(mirror: Mirror, tmp_path: Path) -> None:
    heard = _Heard()

    _fetch(mirror, tmp_path / "file", "right", reporter=heard)

    assert heard.totals == [len(RIGHT)]
    assert heard.done == sorted(heard.done)
    assert heard.done[-1] == len(RIGHT)


def test_an_interrupt_leaves_nothing(mirror: Mirror, tmp_path: Path) -> None:
    class Interrupting(Reporter):
        def step(self, done: int, **numbers: float) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _fetch(mirror, tmp_path / "file", "right", reporter=Interrupting())

    assert not list(tmp_path.iterdir())


NAMES = tuple(f"{name}.gz" for name in mnist.SHA256)


@pytest.mark.parametrize("named", [True, False])
def test_mnist_is_fetched_once(
    mirror: Mirror, tmp_path: Path, small_mnist: Path, named: bool
) -> None:
    mirrors = [f"{mirror.address}/"] if named else None
    for _ in range(2):
        download_mnist(tmp_path / "to", Reporter(), mirrors)

    assert mirror.asked == list(NAMES)
    for split in ("train", "test"):
        images, labels = load_mnist(tmp_path / "to", split)
        assert (images == load_mnist(small_mnist, split)[0]).all()
        assert (labels == load_mnist(small_mnist, split)[1]).all()


@pytest.mark.usefixtures("small_mnist")
def test_mnist_of_another_content_is_refused(mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[NAMES[1]] = gzip.compress(b"other")
    del mirror.files[NAMES[2]]

    with pytest.raises(DataError) as caught:
        download_mnist(tmp_path / "to", Reporter())

    message = str(caught.value)
    assert f"{NAMES[2]}: HTTP Error 404: Not Found" in message
    assert f"fetch {NAMES[1]}, {NAMES[2]} from {mirror.address}/ and" in message
    assert sorted(file.name for file in (tmp_path / "to").iterdir()) == sorted([NAMES[0], NAMES[3]])


@pytest.mark.usefixtures("small_mnist")
def test_offline_every_file_that_is_missing_is_named(mirror: Mirror, tmp_path: Path) -> None:
    mirror.files = {NAMES[0]: mirror.files[NAMES[0]]}
    with pytest.raises(DataError):
        download_mnist(tmp_path, Reporter())
    (tmp_path / NAMES[3]).write_text("damaged")
    mirrors = [f"{closed_address()}/mnist/", f"{closed_address()}/other/"]

    with pytest.raises(DataError) as caught:
        download_mnist(tmp_path, Reporter(), mirrors)

    message = str(caught.value)
    assert message.endswith(
        f"fetch {', '.join(NAMES[1:])} from {' or '.join(mirrors)} and put them in {tmp_path}"
    )
    assert "Connection refused" in message
    assert "\n" not in message
    assert len(message) - len(str(tmp_path)) < 400


@pytest.mark.usefixtures("small_mnist")
def test_offline_one_file_is_tried(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "neatfool"), pytest.raises(DataError):
        download_mnist(tmp_path / "new" / "mnist", Reporter(), [f"{closed_address()}/"])
    assert not (tmp_path / "new").exists()

    assert len(caplog.records) == ROUNDS
    assert all(NAMES[0] in record.getMessage() for record in caplog.records)
