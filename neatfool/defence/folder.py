"""A folder that a command goes on in: one process has it, and it keeps what it was begun with."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from neatfool.bounded import parse_json, read_json
from neatfool.errors import RunError
from neatfool.files import write_whole
from neatfool.runs.folder import is_foreign, occupied, writing
from neatfool.settings import differing, flat
from neatfool.types import Json


@dataclass(frozen=True)
class PinnedFolder:
    """A folder, and what it is, or should have been, begun with.

    Attributes:
        folder: It may be missing.
        name: Of the file in it that says what it was begun with.
        told: What results depend on, as JSON holds it.
        grows: The key of ``told`` that may be more than before; none: every one is to be equal.
    """

    folder: Path
    name: str
    told: Json
    grows: str | None = None

    def check(self, is_whole: bool = True) -> None:
        """Refuse a folder that holds anything else, or was begun with something else.

        Args:
            is_whole: ``told`` is all; else the folder may have been begun with more.

        Raises:
            RunError: It is one.
        """
        folder, file = self.folder, self.folder / self.name
        if not file.exists():
            found = folder.iterdir() if folder.is_dir() else [folder] if folder.exists() else []
            if any(map(is_foreign, found)):
                raise RunError(f"{folder} is not an empty folder: choose another")
            return
        try:
            before: Json = flat({**read_json(file)})
        except (ValueError, TypeError):
            raise RunError(f"{file} is damaged: choose another folder") from None
        told = flat(parse_json(json.dumps(self.told)))
        for name in differing(before, told):
            was, now = (each.get(name, "none") for each in (before, told))
            is_more = name == self.grows and isinstance(was, int) and name in told and was <= now
            if not is_more and (is_whole or name in told):
                more = " or more" if name == self.grows else ""
                raise RunError(
                    f"{folder}: expected the {name} that it was begun with, {was!s:.80}{more}, got "
                    f"{now!s:.80}; put it back, or choose another folder"
                )

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Make the folder, or open it again, and hold it against other processes.

        Raises:
            RunError: As ``check``; or it is in use, or cannot be written.
        """
        with contextlib.ExitStack() as stack:
            with writing(self.folder, "make room, mend the permissions or choose another folder"):
                self.check()
                self.folder.mkdir(parents=True, exist_ok=True)
                stack.enter_context(occupied(self.folder))
                self.check()  # another process may have begun it meanwhile
                write_whole(self.folder / self.name, json.dumps(self.told, indent=2) + "\n")
            yield
