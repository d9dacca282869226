import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neatfool.errors import CheckpointError, RunError
from neatfool.runs.checkpoint import (
    newest_checkpoint,
    newest_generation,
    save_checkpoint,
)
from neatfool.stored import arrays as stored
from neatfool.stored import load_arrays, save_arrays
from neatfool.types import Arrays
from tests.odd_files import odd_file

ARRAYS: Arrays = {
    "scores": np.array([0.5, -np.inf, 1e-30], np.float32),
    "keys": np.arange(6).reshape(2, 3),
    "flags": np.array([True, False]),
    "codes": np.array([-3, 7], np.int16),
    "generation": np.array(7),
    "seconds": np.array(0.1),
    "none": np.zeros((0, 4), np.float32),
    "turned": np.arange(6, dtype=np.int64).reshape(2, 3).T,
}
FACTS = {"encoding": "cppn", "classes": [0, 3, 7]}

SAVE = """
import sys
from pathlib import Path
import numpy as np
from neatfool.stored import save_arrays
def save(path):
    arrays = {f"part.{i}": np.arange(i) for i in range(40)}
    save_arrays(path, arrays, **{f"fact{i}": i for i in range(40)})
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "some.safetensors"
    save_arrays(path, ARRAYS, **FACTS)
    return path


def assert_refused(path: Path, message: str = "safetensors") -> None:
    with pytest.raises(CheckpointError, match=message) as caught:
        load_arrays(path)
    assert str(path) in str(caught.value)


def assert_equal_arrays(came: Arrays, expected: Arrays) -> None:
    assert came.keys() == expected.keys()
    for name, array in expected.items():
        assert came[name].dtype == array.dtype, name
        np.testing.assert_array_equal(came[name], array, err_msg=name, strict=True)


def test_what_is_saved_is_loaded(path: Path) -> None:
    arrays, facts = load_arrays(path)

    assert_equal_arrays(arrays, ARRAYS)
    assert facts == {"schema": stored.SCHEMA, **FACTS}


def test_equal_content_gives_equal_bytes(path: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.safetensors"
    save_arrays(again, dict(reversed(ARRAYS.items())), **dict(reversed(FACTS.items())))

    assert again.read_bytes() == path.read_bytes()


@pytest.mark.proof
def test_equal_content_gives_equal_bytes_in_every_process(tmp_path: Path) -> None:
    space: dict[str, Any] = {}
    exec(SAVE, space)
    space["save"](tmp_path / "here")
    command = [sys.executable, "-c", f"{SAVE}\nsave(Path(sys.argv[1]))", str(tmp_path / "there")]
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"

    subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, check=True)

    assert (tmp_path / "here").read_bytes() == (tmp_path / "there").read_bytes()


def test_a_truncated_file_is_refused(path: Path) -> None:
    content = path.read_bytes()
    header = 8 + int.from_bytes(content[:8], "little")
    for length in (0, 1, 7, 8, 9, header - 1, header, header + 1, len(content) - 1):
        path.write_bytes(content[:length])
        assert_refused(path)
    path.write_bytes(content + b"\0")
    assert_refused(path)


@pytest.mark.proof
def test_a_flipped_bit_is_noticed_wherever_it_is(path: Path) -> None:
    content = path.read_bytes()
    for bit in range(0, 8 * len(content), 3):
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        assert_refused(path)


def test_another_schema_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "SCHEMA", stored.SCHEMA + 1)
    with pytest.raises(RunError, match="has schema 3, expected 4: another version"):
        load_arrays(path)


@pytest.mark.parametrize("content", [b"", b"nothing of the kind", b"\0" * 100])
def test_other_files_are_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert_refused(path, "cannot be read")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(OSError, match=str(path)):
            load_arrays(path)
    with odd_file(tmp_path / "pipe", "pipe") as path:
        assert_refused(path, "got a pipe")


def _save_many(folder: Path, *generations: int) -> None:
    for generation in generations:
        save_checkpoint(folder, generation, {"generation": np.array(generation)})


def _names(folder: Path) -> list[int]:
    return sorted(int(path.stem) for path in folder.iterdir())


def _newest(folder: Path) -> int | None:
    arrays = newest_checkpoint(folder)
    return None if arrays is None else int(arrays["generation"])


def test_the_newest_three_are_kept(tmp_path: Path) -> None:
    _save_many(tmp_path, 0, 5, 10, 99_999_995, 99_999_999)

    assert _names(tmp_path) == [10, 99_999_995, 99_999_999]
    assert _newest(tmp_path) == 99_999_999


def test_where_there_is_none_none_is_found(tmp_path: Path) -> None:
    assert _newest(tmp_path) is None
    assert _newest(tmp_path / "none") is None
    assert newest_generation(tmp_path / "none") == 0


def test_one_that_the_run_drops_meanwhile_is_passed_over(tmp_path: Path) -> None:
    _save_many(tmp_path, 5, 10)
    (tmp_path / "00000015.safetensors").symlink_to(tmp_path / "gone")

    assert _newest(tmp_path) == 10


def test_damaged_ones_are_passed_over_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _save_many(tmp_path, 5, 10, 15)
    (tmp_path / "00000015.safetensors").write_bytes(b"")
    (tmp_path / "00000010.safetensors").write_bytes(b"x" * 50)

    assert _newest(tmp_path) == 5

    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert "00000015.safetensors cannot be read" in caplog.messages[0]
    assert "00000010.safetensors cannot be read" in caplog.messages[1]


def test_where_all_are_damaged_there_is_none_to_go_back_to(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _save_many(tmp_path, 5, 10)
    for path in tmp_path.iterdir():
        path.write_bytes(b"")

    assert _newest(tmp_path) is None
    assert newest_generation(tmp_path) == 10

    assert [record.levelno for record in caplog.records if record.levelno > logging.INFO] == []


FOREIGN = (
    *("backup.safetensors", "model.safetensors", "99999999-best.safetensors", "7.safetensors"),
    *("000000005.safetensors", "00000099.safetensors.kept", "\u0661" * 8 + ".safetensors"),
    *("00000099.SAFETENSORS", ".00000099.safetensors", "9" * 30 + ".safetensors", "-0000001.txt"),
)


def test_what_is_no_checkpoint_is_left_alone_and_not_read(tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    save_checkpoint(weights, 50, {"generation": np.array(50)})
    folder = tmp_path / "checkpoints"
    _save_many(folder, 5)
    for name in FOREIGN:
        (folder / name).write_bytes((folder / "00000005.safetensors").read_bytes())
    (folder / "00000077.safetensors").mkdir()
    (folder / "00000088.safetensors").symlink_to(weights / "00000050.safetensors")

    _save_many(folder, 10, 15, 20, 25)

    assert _newest(folder) == newest_generation(folder) == 25
    names = {path.name for path in folder.iterdir()}
    own = {f"{generation:08d}.safetensors" for generation in (15, 20, 25)}
    assert names == {*FOREIGN, *own, "00000077.safetensors", "00000088.safetensors"}
    assert len(list(weights.iterdir())) == 1


def test_a_checkpoint_under_the_name_of_another_is_passed_over(tmp_path: Path) -> None:
    _save_many(tmp_path, 5, 10)
    shutil.copy(tmp_path / "00000005.safetensors", tmp_path / "00000099.safetensors")

    assert _newest(tmp_path) == 10


def test_damaged_ones_are_kept_by_who_goes_on(tmp_path: Path) -> None:
    _save_many(tmp_path, 5, 10, 15)
    for text in (b"first", b"second"):
        (tmp_path / "00000015.safetensors").write_bytes(text)
        arrays = newest_checkpoint(tmp_path, keep=True)
        assert arrays is not None
        assert arrays["generation"] == 10
        _save_many(tmp_path, 15)

    assert (tmp_path / "00000015.safetensors.kept").read_bytes() == b"first"
    assert (tmp_path / "00000015.safetensors.kept-2").read_bytes() == b"second"
    assert _newest(tmp_path) == 15


def test_damaged_ones_do_not_displace_new_ones(tmp_path: Path) -> None:
    _save_many(tmp_path, 40, 45, 50)
    for path in tmp_path.iterdir():
        path.write_bytes(b"")

    _save_many(tmp_path, 5, 10)

    assert _names(tmp_path) == [5, 10]
    assert _newest(tmp_path) == 10
