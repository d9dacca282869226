import os
import signal
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from neatfool.classifiers.torch_files import load_torchscript, read_tensors
from neatfool.classifiers.torchscript import check_torchscript
from neatfool.errors import ClassifierError
from tests.model_files import tiny, write_torchscript

SIZE = b"K\x04K\x03K\x03K\x03t"
STRIDE = b"K\x1bK\x09K\x03K\x01t"


class _Several(nn.Module):
    """Tensors of other types, views, lists, constants, and a storage that is shared."""

    def __init__(self) -> None:
        super().__init__()
        self.net = tiny()
        self.register_buffer("view", torch.arange(12.0).reshape(3, 4).t()[1:])
        self.register_buffer("none", torch.zeros(0, 3))
        self.register_buffer("spread", torch.ones(1).expand(7))
        for name in ("bool", "int8", "uint8", "int64", "float16", "bfloat16", "complex64"):
            self.register_buffer(f"of_{name}", torch.ones(3, dtype=getattr(torch, name)))
        self.items = [torch.ones(2), torch.ones(3)]

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.net(images) + self.items[0].sum() + torch.ones(5)


def _rewritten(source: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """Write an archive again with other contents."""
    target = source.with_name(f"other{source.suffix}")
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return target


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_torchscript(tmp_path_factory.mktemp("whole") / "net.pt")


def test_whole_files_pass(whole: Path, tmp_path: Path) -> None:
    check_torchscript(whole)
    check_torchscript(write_torchscript(tmp_path / "net.pt", _Several()))
    with pytest.warns(DeprecationWarning, match="torch.jit"):
        traced = torch.jit.trace(_Several(), torch.rand(2, 3, 8, 8))
    traced.save(str(tmp_path / "traced.pt"))
    check_torchscript(tmp_path / "traced.pt")


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("left", [0, 1, 0.5, -1])
def test_storages_that_are_too_short(whole: Path, place: int, left: float) -> None:
    def change(name: str, content: bytes) -> bytes:
        cut = int(left * len(content)) if 0 < left < 1 else int(left)
        return content[:cut] if name == f"net/data/{place}" else content

    with pytest.raises(ClassifierError, match=f"bytes of storage '{place}', whose numbers take"):
        load_torchscript(_rewritten(whole, change))


def test_storages_that_are_missing(whole: Path) -> None:
    path = _rewritten(whole, lambda name, content: None if name == "net/data/2" else content)

    with pytest.raises(ClassifierError, match="got 0 bytes of storage '2'"):
        load_torchscript(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (SIZE, b"K\x05K\x03K\x03K\x03t"),
        (SIZE, b"J" + struct.pack("<i", 1 << 30) + SIZE[2:]),
        (SIZE, b"J" + struct.pack("<i", -4) + SIZE[2:]),
        (SIZE, b"K\x04K\x03K\x03t"),
        (STRIDE, b"K\x1cK\x09K\x03K\x01t"),
        (STRIDE, b"J" + struct.pack("<i", -27) + STRIDE[2:]),
        (b"K\x00(" + SIZE, b"K\x01(" + SIZE),
        (b"K\x00(" + SIZE, b"J" + struct.pack("<i", -9) + b"(" + SIZE),
        (b"K\x6ct", b"K\x6bt"),
    ],
)
def test_tensors_that_leave_their_storage(whole: Path, old: bytes, new: bytes) -> None:
    def change(name: str, content: bytes) -> bytes:
        if name == "net/data.pkl":
            assert content.count(old) == 1
            return content.replace(old, new)
        return content

    with pytest.raises(ClassifierError, match=r"a tensor of shape \(.*\) that leaves its storage"):
        load_torchscript(_rewritten(whole, change))


def test_a_larger_type_than_was_stored(whole: Path) -> None:
    path = _rewritten(
        whole, lambda _, content: content.replace(b"FloatStorage", b"LongStorage\x20")
    )
    with pytest.raises(ClassifierError):
        load_torchscript(path)
    path = _rewritten(
        whole, lambda _, content: content.replace(b"torch\nFloatStorage", b"torch\nDoubleStorage")
    )

    with pytest.raises(ClassifierError, match="432 bytes of storage '0', whose numbers take 864"):
        load_torchscript(path)


def test_names_that_come_twice(whole: Path) -> None:
    path = _rewritten(whole, lambda _, content: content)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("net/data/0", b"")

    with pytest.raises(ClassifierError, match="no names of their own"):
        load_torchscript(path)


def test_nothing_in_a_table_runs(whole: Path, tmp_path: Path) -> None:
    evil = b"cos\nmkdir\n(V" + str(tmp_path / "ran").encode() + b"\ntR."
    path = _rewritten(whole, lambda name, old: evil if name == "net/data.pkl" else old)

    with pytest.raises(ClassifierError):
        load_torchscript(path)
    assert not (tmp_path / "ran").exists()


def _save_weights(path: Path) -> Path:
    torch.save(tiny().state_dict(), path)
    return path


LOADERS: dict[str, tuple[Callable[[Path], Path], Callable[[Path], object]]] = {
    "net.pt": (write_torchscript, load_torchscript),
    "w.pth": (_save_weights, lambda path: read_tensors(path.read_bytes(), str(path))),
}


@pytest.mark.parametrize("name", LOADERS)
def test_no_cut_ends_the_process(name: str, tmp_path: Path) -> None:
    """Whatever is cut short, of the file or of a part of it, is an error, and not a crash."""
    write, load = LOADERS[name]
    whole = write(tmp_path / name)
    content = whole.read_bytes()
    with zipfile.ZipFile(whole) as archive:
        stored = [each for each in archive.namelist() if "/data/" in each and "." not in each]

    def in_a_child() -> None:
        for share in (0.1, 0.5, 0.9, 0.99):
            whole.with_name(f"cut{whole.suffix}").write_bytes(content[: int(share * len(content))])
            _expect_refusal(load, whole.with_name(f"cut{whole.suffix}"))
        for short in stored:
            path = _rewritten(
                whole, lambda each, old, short=short: old[:9] if each == short else old
            )
            _expect_refusal(load, path)

    assert stored
    assert _ended(in_a_child) == 0


def _expect_refusal(load: Callable[[Path], object], path: Path) -> None:
    try:
        load(path)
    except ClassifierError:
        return
    os._exit(3)


def _ended(work: Callable[[], None]) -> int:
    """Do something in a child; return its exit code, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        signal.alarm(120)
        try:
            work()
        except BaseException:
            os._exit(4)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
