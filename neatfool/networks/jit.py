"""Functions compiled by numba and kept on disk, where that is possible."""

import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba import types
from numba.core import caching, cgutils
from numba.extending import intrinsic

from neatfool.bounded import read_bytes
from neatfool.reporting import log, note

_Plain = Callable[..., object]
Compiled = Callable[..., Any]
"""A function that numba compiled, or will: it has no types until it is called."""
_Cache: Any = caching.FunctionCache  # numba tells no types
_Files: Any = caching.IndexDataCacheFile
_Place: Any = caching.CompileResultCacheImpl
_numba: Any = cgutils
_types: Any = types
_ADVICE = "set NUMBA_CACHE_DIR to a folder that can be written"
_COMPILING = "compiling for this machine, once: about 10 s"
_DIGEST = 16  # bytes
_told: set[str] = set()


def jit(signature: object = None, **options: Any) -> Callable[[_Plain], Compiled]:
    """Compile a function at its first call, as ``numba.njit`` does, and keep what was compiled.

    Where it cannot be kept, or what was kept is damaged, that is logged once, and the function is
    compiled anew. Compiled code runs unchecked, so files carry a digest.

    Args:
        signature: Types of arguments and result: it is compiled for these at once, and for no
            others, so that compiled code can be given it as an argument.
        options: Of ``numba.njit``.
    """

    def decorate(function: _Plain) -> Compiled:
        compiled: Any = numba.njit(**options)(function)
        try:
            compiled._cache = _Kept(function)
        except RuntimeError:  # neither beside the file nor in the user's folder
            _tell(
                "there is no folder to keep compiled code in: neither that of the package nor the "
                f"user's cache can be written; each start takes some seconds longer; {_ADVICE}"
            )
        if signature is not None:
            compiled.compile(signature)
            compiled.disable_compile()
        return compiled

    return decorate


class _Elsewhere(_Place):  # type: ignore[misc]
    """Where code of users is kept: not beside it, as who sent it may have put something there."""

    @property
    def _locator_classes(self) -> list[type]:
        return [each for each in _Place._locator_classes if "InTree" not in each.__name__]


class _Kept(_Cache):  # type: ignore[misc]
    """Of one function; a failure is told and got over."""

    def __init__(self, function: _Plain) -> None:
        self._is_ours = function.__module__.startswith("neatfool.")
        if not self._is_ours:
            self._impl_class = _Elsewhere
        super().__init__(function)
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file = _File(self.cache_path, self._impl.filename_base, stamp)

    def load_overload(self, sig: object, target_context: object) -> object:
        """Load what was compiled for types; none if there is nothing, or nothing whole."""
        try:
            found = super().load_overload(sig, target_context)
            if found is None and self._is_ours:
                _announce()
            return found
        except Exception as error:  # of unpickling, mostly
            _tell(
                f"the cache of compiled code in {self.cache_path} is damaged "
                f"({type(error).__name__}: {error!s:.80}); it is made again"
            )
            self._trying(self.flush)
            return None

    def save_overload(self, sig: object, data: object) -> None:
        """Keep what was compiled for types."""
        self._trying(lambda: super(_Kept, self).save_overload(sig, data))

    def _trying(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            self.disable()
            _tell(
                f"compiled code cannot be kept in {self.cache_path} ({error.strerror or error}): "
                f"each start takes some seconds longer; make room there, or {_ADVICE}"
            )


class _File(_Files):  # type: ignore[misc]
    """Of which each entry begins with its digest."""

    def _save_data(self, name: str, data: object) -> None:
        content = self._dump(data)
        with self._open_for_write(self._data_path(name)) as file:
            file.write(_digest(content) + content)

    def _load_data(self, name: str) -> object:
        content = read_bytes(Path(self._data_path(name)), None)
        if content[:_DIGEST] != _digest(content[_DIGEST:]):
            raise ValueError("a checksum that does not fit")
        return pickle.loads(content[_DIGEST:])


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST).digest()


def _announce() -> None:
    """Say once why it takes a while, where something is compiled that was not kept."""
    if _COMPILING not in _told:
        _told.add(_COMPILING)
        note(_COMPILING)


def _tell(message: str) -> None:
    """Warn once of each kind of failure, not once for each function."""
    kind = message.partition(" in ")[0]
    if kind not in _told:
        _told.add(kind)
        log.warning("%s", message)


def _uncounted(_: Any, given: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _without_owner(context, builder, signature.return_type, arguments[0])

    return given(given), generate


def _without_owner(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    if isinstance(kind, _types.BaseTuple):
        parts = zip(kind.types, _numba.unpack_tuple(builder, value), strict=True)
        found = [_without_owner(context, builder, *part) for part in parts]
        return context.make_tuple(builder, kind, found)
    if not isinstance(kind, _types.Array):
        return value
    array = context.make_array(kind)(context, builder, value)
    array.meminfo = _numba.get_null_value(array.meminfo.type)
    return array._getvalue()


uncounted: Compiled = intrinsic(_uncounted)
"""Views arrays, in tuples of tuples, such that compiled code counts no references to them.

Counting takes as long as a short loop, each time that a row is looked at. Whoever called the
compiled code holds the arrays meanwhile.
"""
