"""Kinds of tasks, encodings and searches: those that have a name here, and those of users.

A kind is a class with its ``Settings``. One of our own is a line in the ``KINDS`` of its part;
users name theirs ``path/file.py:Name``.
"""

import functools
import hashlib
import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError, create_model

from neatfool.bounded import opened, read_bytes
from neatfool.errors import ConfigError, NeatfoolError
from neatfool.programs import files_of, run_program, split_program
from neatfool.settings import FullPath, Program, Settings, expected, unknown
from neatfool.types import Json

_FULL_PATH: TypeAdapter[Path] = TypeAdapter(FullPath)


class KindSettings(Settings):
    """Settings of a task, an encoding or a search; ``kind`` says of which.

    Users derive the ``Settings`` of their own classes from this, or from that of the part.
    """

    RECORDED: ClassVar[bool] = False
    """Something else evolved it: what it left can be looked at, and nothing can be run."""
    digests: ClassVar[Mapping[str, str]] = {}
    """By name, of the file of a user's own class and of those beside it that it imports; empty: it
    is one of ours, or was not looked at."""
    USUAL: ClassVar[Json] = {}
    """Defaults that other sections of the configuration have for this kind of task."""
    NAMED_BY: ClassVar[str] = ""
    """The setting that may follow the kind and a colon where a task is named: gym:CartPole-v1."""
    kind: str = ""
    """A name, or path/file.py:Name."""

    @property
    def is_checked(self) -> bool:
        """Whether the class that these are of was looked at, and those of kinds within."""
        return all(value.is_checked for _, value in self if isinstance(value, KindSettings))

    @property
    def label(self) -> str:
        """What it is called where there is little room, as in names of folders."""
        program = split_program(self.kind)
        return program[1] if program else self.kind

    def programs(self) -> list[Program]:
        """Name the file of a user's own class, and what its settings name."""
        program = split_program(self.kind)
        own = [Program(self.kind, (Path(program[0]),))] if program else []
        return own + super().programs()

    def binding(self) -> Json:
        """Return all that results depend on: also what the file of a user's own class holds."""
        return super().binding() | ({"kind.file": {**self.digests}} if self.digests else {})


class Unchecked(KindSettings):
    """Settings of a class that was not looked at, since that takes running the file it is in."""

    model_config = ConfigDict(extra="allow")

    @property
    def is_checked(self) -> bool:  # noqa: D102
        return False


class Kinds:
    """All kinds of one part of a run: settings at once, classes when they are needed.

    Classes are named as ``module:Class``, and imported when they are first asked for: checking
    settings takes no library that computes.

    Args:
        part: Section of the configuration: task, encoding or search.
        places: Settings of those that have a name, with their classes; the first is the default.
        base: What all have to be derived from, and their settings from its own.
        adapt: A function that makes such a class of another one, or returns it as it is; empty:
            there are no others.
    """

    def __init__(
        self, part: str, places: Mapping[type[KindSettings], str], base: str, adapt: str = ""
    ) -> None:
        self.part = part
        self.named = {name_of(each): each for each in places if not each.RECORDED}
        """Settings of the kinds that can be asked for by name."""
        self._recorded = {name_of(each): each for each in places if each.RECORDED}
        self._places, self._base_place, self._adapt_place = places, base, adapt
        self._owners: dict[type[Settings], Any] = {}

    @functools.cached_property
    def _base(self) -> Any:
        return _found(self._base_place)

    def _adapted(self, found: type) -> type:
        if not self._adapt_place:
            return found
        adapted: type = _found(self._adapt_place)(found)
        return adapted

    def settings(
        self, kind: str, run: Callable[[Path], ModuleType] | None = run_program
    ) -> type[KindSettings]:
        """Return the class of the settings of a kind.

        Args:
            kind: Its name, or path/file.py:Name.
            run: Runs the file, to look at the class in it; none: settings are ``Unchecked``.

        Raises:
            ConfigError: There is no such kind, or the file fails.
        """
        program = split_program(kind)
        if program is None:
            return self._named(kind)
        if run is None:
            return Unchecked
        try:
            path, name = _FULL_PATH.validate_python(program[0]), program[1]
        except ValidationError as error:
            said = expected(error.errors()[0])
            raise ConfigError(f"{self.part}.kind {kind:.80}: {said}") from None
        owner = self._load(path, name, run)
        own, wanted = owner.Settings, self._base.Settings
        if not (isinstance(own, type) and issubclass(own, wanted)):
            raise ConfigError(
                f"{path}:{name}: expected its Settings to be derived from neatfool."
                f"{wanted.__name__}, got {own!r:.80}; derive it from that"
            )
        made = _of_kind(own, f"{path}:{name}", file_digests(path))
        self._owners[made] = owner
        return made

    def resolved(
        self, given: object, run: Callable[[Path], ModuleType] | None, **more: object
    ) -> object:
        """Make settings of the kind that they say, where they are keys and values.

        Args:
            given: Keys and values; anything else is returned as it is.
            run: As in ``settings``.
            more: Values of keys that are not given.

        Raises:
            ConfigError: There is no such kind, or it has no such key.
            pydantic.ValidationError: A value is wrong.
        """
        if not isinstance(given, Mapping):
            return given
        if not isinstance(given.get("kind"), str):
            raise ConfigError(
                f"{self.part}.kind is missing: choose from {', '.join(self.named)}, or name a "
                "class of your own, path/file.py:Name"
            )
        settings = self.settings(given["kind"], run)
        kind = name_of(settings)
        try:
            return settings.model_validate(
                {**more, **given, "kind": kind if split_program(kind) else given["kind"]}
            )
        except ValidationError as error:
            first = error.errors()[0]
            if first["type"] == "extra_forbidden" and len(first["loc"]) == 1:
                keys = list(settings.model_fields)
                said = unknown("key", str(first["loc"][0]), keys, f"{self.part}.")
                raise ConfigError(said) from None
            raise

    def owner(self, settings: KindSettings) -> Any:
        """Return the class that settings are of.

        Raises:
            ConfigError: It is not known.
        """
        assert settings.is_checked, "checked before it is built"
        kind = type(settings)
        if kind in self._places and kind not in self._owners:
            self._owners[kind] = self._adapted(_found(self._places[kind]))
        if kind not in self._owners:
            raise ConfigError(
                f"{self.part}: expected settings of a known kind, got {type(settings).__name__}; "
                "name your class as path/file.py:Name, and runs.load_config makes its settings"
            )
        return self._owners[type(settings)]

    def _named(self, kind: str) -> type[KindSettings]:
        found = self.named.get(kind) or self._recorded.get(kind)
        if found is None and "/" in kind:
            raise ConfigError(f"there is no file or folder {kind:.200}; check the path")
        if found is None:
            raise ConfigError(unknown(self.part, kind, list(self.named)))
        return found

    def _load(self, path: Path, name: str, run: Callable[[Path], ModuleType]) -> Any:
        """Run a file and take a class from it."""
        what = f"{self.part}.kind {path}:{name}".rstrip(":")
        if not name:
            raise ConfigError(f"{what}: expected the name of a class, got none; write FILE.py:Name")
        try:
            with opened(path):
                module = run(path)
        except NeatfoolError:
            raise
        except FileNotFoundError as error:
            if error.filename != str(path):
                raise ConfigError(f"{what}: the file fails when it is run: {error}") from error
            raise ConfigError(f"{what}: there is no such file; check the path") from None
        except (Exception, SystemExit) as error:
            raise ConfigError(
                f"{what}: the file fails when it is run: {type(error).__name__}: {error!s:.200}"
            ) from error
        found = getattr(module, name, None)
        if not isinstance(found, type):
            raise ConfigError(
                f"{what}: expected a class of this name in the file, got "
                f"{type(found).__name__ if found is not None else 'none'}; check the name"
            )
        try:
            found = self._adapted(found)
        except ConfigError as error:
            raise ConfigError(f"{what}: {error}") from None
        if not issubclass(found, self._base):
            raise ConfigError(
                f"{what}: expected a class derived from neatfool.{self._base.__name__}, got "
                f"{found!r:.80}; write class {name:.80}(neatfool.{self._base.__name__})"
            )
        needed: tuple[str, ...] = getattr(self._base, "NEEDED", ())
        lacking = [n for n in needed if getattr(found, n) is getattr(self._base, n)]
        if lacking:
            raise ConfigError(
                f"{what}: expected a class with {', '.join(needed)}, got one without "
                f"{' and '.join(lacking)}; write what is missing"
            )
        return found


def _found(place: str) -> Any:
    """Import what is named as ``module:name``."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


def _of_kind(
    settings: type[KindSettings], kind: str, digests: Mapping[str, str]
) -> type[KindSettings]:
    """Derive settings that say of which kind they are, and of which files."""
    this: Any = Literal[kind]
    fields: dict[str, Any] = {"kind": (this, kind)}
    made = create_model(settings.__name__, __base__=settings, **fields)
    made.digests = digests
    return made


def file_digests(file: Path) -> dict[str, str]:
    """Compute the SHA-256 of what a file holds; of one that is missing, as if it were empty.

    Returns:
        By name; of a Python file, also those of files that it imports from beside it.
    """
    own, *beside = files_of(file)
    files = own, *sorted(beside)
    return {each.relative_to(own.parent).as_posix(): _sha256(each) for each in files}


def file_digest(file: Path) -> str:
    """Compute one SHA-256 of all that ``file_digests`` is of."""
    own, *beside = file_digests(file).items()
    parts = [own[1], *(f"{name} {sha256}" for name, sha256 in beside)]
    return parts[0] if not beside else hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _sha256(file: Path) -> str:
    return hashlib.sha256(read_bytes(file, None) if file.is_file() else b"").hexdigest()


def name_of(settings: type[Settings]) -> str:
    """Name a kind by its settings, as ``kind`` does."""
    return str(settings.model_fields["kind"].default)
