import csv
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs
import platformdirs.macos
import platformdirs.unix
import platformdirs.windows
import pytest
from platformdirs import user_cache_path, user_data_path

from neatfool import files
from neatfool.files import csv_line, folder_of_user, markdown_table, replacing, write_whole


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


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_no_folder_that_was_made(
    tmp_path: Path, error: type[BaseException]
) -> None:
    (tmp_path / "here").mkdir()
    for path, left in (("here/a/b/file", "here"), ("a/file", "here"), ("here/file", "here")):
        with pytest.raises(error), replacing(tmp_path / path) as temporary:  # noqa: PT012
            temporary.write_text("half")
            raise error
        assert [each.name for each in tmp_path.rglob("*")] == [left]


def test_folders_that_cannot_be_made_leave_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mkdir = Path.mkdir

    def fails_in_a(self: Path, *given: Any, **more: Any) -> None:
        if self.parent == tmp_path / "a" and self.parent.is_dir():
            raise PermissionError
        mkdir(self, *given, **more)

    monkeypatch.setattr(Path, "mkdir", fails_in_a)
    with pytest.raises(PermissionError), replacing(tmp_path / "a/b/file"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_used_by_now_is_left(tmp_path: Path) -> None:
    with pytest.raises(ValueError), replacing(tmp_path / "a/b/file"):  # noqa: PT011, PT012
        (tmp_path / "a/other").touch()
        raise ValueError
    assert [each.name for each in tmp_path.rglob("*")] == ["a", "other"]


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


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(
        platformdirs.windows, "get_win_folder", lambda _: f"{tmp_path}/AppData/Local"
    )
    return tmp_path


@pytest.mark.parametrize(
    ("system", "cache", "data"),
    [
        (platformdirs.unix.Unix, ".cache/neatfool", ".local/share/neatfool"),
        (
            platformdirs.macos.MacOS,
            "Library/Caches/neatfool",
            "Library/Application Support/neatfool",
        ),
        (platformdirs.windows.Windows, "AppData/Local/neatfool/Cache", "AppData/Local/neatfool"),
    ],
)
def test_folders_of_a_user_are_where_the_system_has_them(
    home: Path, monkeypatch: pytest.MonkeyPatch, system: type, cache: str, data: str
) -> None:
    monkeypatch.setattr(platformdirs, "PlatformDirs", system)
    assert folder_of_user(user_cache_path) == home / cache
    assert folder_of_user(user_data_path) == home / data
    assert not list(home.iterdir())


@pytest.mark.parametrize("find", [user_cache_path, user_data_path])
def test_a_user_without_a_home_has_no_folder(
    home: Path, monkeypatch: pytest.MonkeyPatch, find: Callable[..., Path]
) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", nobody)
    assert folder_of_user(find) is None


def nobody(uid: int) -> object:
    raise KeyError(f"getpwuid(): uid not found: {uid}")


@pytest.mark.parametrize("text", ['=HYPERLINK("a","b")', "+1", "-1", "@x", "\t=1"])
def test_text_in_tables_is_no_formula_and_numbers_are_numbers(text: str) -> None:
    ((cell, negative, none, plain),) = csv.reader(
        io.StringIO(csv_line([text, -1.5, None, "a=b"]), "")
    )
    assert (cell, negative, none, plain) == (f"'{text}", "-1.5", "", "a=b")


def test_whatever_is_in_a_cell_of_a_table_stays_in_it() -> None:
    rows = [["a|b", "1"], ["c\r\n| d |\x85e", "2"], ["back\\|", ""]]
    assert markdown_table(["name", "number | sum"], rows) == [
        "| name | number \\| sum |",
        "| --- | ---: |",
        "| a\\|b | 1 |",
        "| c \\| d \\| e | 2 |",
        "| back\\\\\\| |  |",
    ]
