"""Kinds of tasks, encodings and searches: those that have a name here, and those of users.

A kind is a class with its ``Settings``. One of our own is a line in the ``KINDS`` of its part;
users name theirs ``path/file.py:Name``.
"""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError, create_model

from neatfool.bounded import opened
from neatfool.errors import ConfigError, NeatfoolError
from neatfool.programs import run_program, split_program
from neatfool.settings import FullPath, Program, Settings

_FULL_PATH: TypeAdapter[Path] = TypeAdapter(FullPath)


class KindSettings(Settings):
    """Settings of a task, an encoding or a search; ``kind`` says of which.

    Users derive the ``Settings`` of their own classes from this, or from that of the part.
    """

    is_checked: ClassVar[bool] = True
    """Whether the class that these are of was looked at."""
    kind: str = ""
    """A name, or path/file.py:Name."""

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


class Unchecked(KindSettings):
    """Settings of a class that was not looked at, since that takes running the file it is in."""

    model_config = ConfigDict(extra="allow")
    is_checked: ClassVar[bool] = False


class Kinds:
    """All kinds of one part of a run.

    Args:
        part: Section of the configuration: task, encoding or search.
        classes: Those that have a name, each with its ``Settings``; the first is the default.
        base: What all have to be derived from.
    """

    def __init__(self, part: str, classes: Sequence[Any], base: type = object) -> None:
        self.part = part
        self._base = base
        self._classes = {name_of(each.Settings): each for each in classes}
        self._owners: dict[type[Settings], Any] = {each.Settings: each for each in classes}

    @property
    def named(self) -> dict[str, type[KindSettings]]:
        """Settings of the kinds that have a name, by that name."""
        return {name: each.Settings for name, each in self._classes.items()}

    def settings(self, kind: str, run: bool = True) -> type[KindSettings]:
        """Return the class of the settings of a kind.

        Args:
            kind: Its name, or path/file.py:Name.
            run: Run the file to look at the class in it; else its settings are ``Unchecked``.

        Raises:
            ConfigError: There is no such kind, or the file fails.
        """
        program = split_program(kind)
        if program is None:
            return self._named(kind)
        if not run:
            return Unchecked
        try:
            path, name = _FULL_PATH.validate_python(program[0]), program[1]
        except ValidationError as error:
            said = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise ConfigError(f"{self.part}.kind {kind:.80}: {said}") from None
        owner = self._load(path, name)
        own = getattr(owner, "Settings", KindSettings)
        if not (isinstance(own, type) and issubclass(own, KindSettings)):
            raise ConfigError(
                f"{path}:{name}: expected its Settings to be derived from neatfool.KindSettings, "
                f"got {own!r:.80}; write class Settings(neatfool.KindSettings)"
            )
        made = _of_kind(own, f"{path}:{name}")
        self._owners[made] = owner
        return made

    def owner(self, settings: KindSettings) -> Any:
        """Return the class that settings are of; a file that was not looked at is run.

        Raises:
            ConfigError: As ``settings``.
        """
        assert settings.is_checked, "checked before it is built"
        return self._owners[type(settings)]

    def _named(self, kind: str) -> type[KindSettings]:
        found = self._classes.get(kind)
        if found is None:
            near = difflib.get_close_matches(kind, self._classes, n=1, cutoff=0.5)
            known = ", ".join(self._classes)
            hint = f"did you mean {near[0]}?" if near else f"choose from {known}, or FILE.py:Name"
            raise ConfigError(f"unknown {self.part} {kind:.80}: {hint}")
        settings: type[KindSettings] = found.Settings
        return settings

    def _load(self, path: Path, name: str) -> Any:
        """Run a file and take a class from it."""
        what = f"{self.part}.kind {path}:{name}".rstrip(":")
        if not name:
            raise ConfigError(f"{what}: expected the name of a class, got none; write FILE.py:Name")
        try:
            with opened(path):
                module = run_program(path)
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
        if not issubclass(found, self._base):
            raise ConfigError(
                f"{what}: expected a class derived from neatfool.{self._base.__name__}, got "
                f"{found!r:.80}; write class {name:.80}(neatfool.{self._base.__name__})"
            )
        return found


def _of_kind(settings: type[KindSettings], kind: str) -> type[KindSettings]:
    """Derive settings that say of which kind they are."""
    this: Any = Literal[kind]
    fields: dict[str, Any] = {"kind": (this, kind)}
    return create_model(settings.__name__, __base__=settings, **fields)


def name_of(settings: type[KindSettings]) -> str:
    """Name a kind by its settings, as ``kind`` does."""
    return str(settings.model_fields["kind"].default)
