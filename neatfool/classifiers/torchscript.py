"""Check a TorchScript file before torch reads it, which believes all that is in it.

Where a tensor is larger than what is stored of it, torch takes stray memory for weights, or
crashes. State dicts and exported programs are checked by torch itself.
"""

import pickle
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

import torch

from neatfool.bounded import opened
from neatfool.errors import ClassifierError

_OTHER_NAMES = {
    "Char": torch.int8,
    "Byte": torch.uint8,
    "ComplexFloat": torch.complex64,
    "ComplexDouble": torch.complex128,
}
"""Types of storages that are not named as elsewhere in torch."""


_REBUILDING = ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_qtensor")


def check_torchscript(path: Path) -> None:
    """Check that what a TorchScript file stores suffices for the tensors in it; nothing is run.

    Raises:
        ClassifierError: It does not.
        OSError: The file cannot be read.
        zipfile.BadZipFile: It is no archive.
        Exception: A table of tensors is damaged; of any kind, as of unpickling.
    """
    with opened(path) as plain, zipfile.ZipFile(plain) as archive:
        try:
            _check_archive(archive)
        except _UnsoundError as reason:
            raise ClassifierError(
                f"{path}: expected a whole TorchScript file, got {reason}; export it again"
            ) from None


def _check_archive(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    sizes = {member.filename: member.file_size for member in members}
    folders = {name.partition("/")[0] for name in sizes}
    if len(sizes) != len(members) or len(folders) != 1:
        raise _UnsoundError("an archive whose files have no names of their own in one folder")
    (folder,) = folders
    if f"{folder}/data.pkl" not in sizes:
        raise _UnsoundError("an archive without data.pkl")
    for table in ("data", "constants"):  # torch reads no other
        if f"{folder}/{table}.pkl" in sizes:
            with archive.open(f"{folder}/{table}.pkl") as file:
                _Tables(file, f"{folder}/{table}", sizes).load()


class _UnsoundError(ValueError):
    """Something in an archive does not fit; the text says what was got."""


@dataclass(frozen=True)
class _Storage:
    """Numbers that tensors look at."""

    count: int


class _Anything:
    """Stand for whatever object a table makes, and take whatever happens to it."""

    def __new__(cls, *_: object) -> "_Anything":
        return super().__new__(cls)

    def __init__(self, *_: object) -> None: ...

    def __setitem__(self, key: object, value: object) -> None: ...

    def __setstate__(self, state: object) -> None: ...

    def append(self, item: object) -> None: ...

    def extend(self, items: object) -> None: ...


class _Tables(pickle.Unpickler):
    """Read a tensor table without making anything of what it names.

    Args:
        file: The table.
        folder: Where its storages are.
        sizes: Bytes of all members of the archive, by name.
    """

    def __init__(self, file: IO[bytes], folder: str, sizes: dict[str, int]) -> None:
        super().__init__(file)
        self._folder, self._sizes = folder, sizes

    def find_class(self, module: str, name: str) -> Callable[..., object]:
        """Give a class that does nothing; or what checks a tensor."""
        return _check if name in _REBUILDING else type(name, (_Anything,), {})

    def persistent_load(self, pid: Any) -> _Storage:
        """Check that a storage has the bytes that it should have."""
        _, kind, key, _, count = pid
        name = kind.__name__.removesuffix("Storage")
        dtype = _OTHER_NAMES.get(name) or getattr(torch, name.lower(), None)
        if not isinstance(dtype, torch.dtype) or not isinstance(count, int) or count < 0:
            raise _UnsoundError(f"storage {key!r:.20} of {count!r:.20} numbers of type {name:.20}")
        needed, there = count * dtype.itemsize, self._sizes.get(f"{self._folder}/{key}", 0)
        if there < needed:
            raise _UnsoundError(
                f"{there} bytes of storage {key!r:.20}, whose numbers take {needed}"
            )
        return _Storage(count)


def _check(
    storage: object, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: object
) -> _Anything:
    """Check that a tensor stays within its storage."""
    if not isinstance(storage, _Storage) or len(size) != len(stride):
        _refuse(size)
    if not all(type(each) is int and each >= 0 for each in (offset, *size, *stride)):
        _refuse(size)
    reach = sum((length - 1) * step for length, step in zip(size, stride, strict=True))
    if all(size) and offset + reach >= storage.count:
        _refuse(size)
    return _Anything()


def _refuse(size: object) -> NoReturn:
    raise _UnsoundError(f"a tensor of shape {size!r:.80} that leaves its storage")
