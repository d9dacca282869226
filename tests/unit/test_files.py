import os
from pathlib import Path

import pytest

from neatfool import files
from neatfool.files import replacing, write_whole


def test_makes_the_file_and_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"

    with replacing(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()

    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    with pytest.raises(error), replacing(path) as temporary:  # noqa: PT012
        temporary.write_text("half")
        raise error

    assert_only(path, b"old")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_disk_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "file"
    path.write_text("old")
    monkeypatch.setattr(files.os, step, fail)

    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new")

    assert_only(path, b"old")


def test_the_content_is_on_the_disk_before_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, done = tmp_path / "file", []

    def fsync(descriptor: int) -> None:
        done.append((os.fstat(descriptor).st_size, path.exists()))

    monkeypatch.setattr(files.os, "fsync", fsync)

    write_whole(path, b"12345")

    assert done == [(5, False)]
    assert_only(path, b"12345")


@pytest.mark.parametrize(
    ("content", "expected"), [("naïve\n", b"na\xc3\xafve\n"), (b"\0\r\n", b"\0\r\n"), ("", b"")]
)
def test_writes_text_and_bytes_as_they_are(
    tmp_path: Path, content: str | bytes, expected: bytes
) -> None:
    path = tmp_path / "new" / "file"

    write_whole(path, content)
    write_whole(path, content)

    assert_only(path, expected)


def assert_only(path: Path, content: bytes) -> None:
    assert list(path.parent.iterdir()) == [path]
    assert path.read_bytes() == content
