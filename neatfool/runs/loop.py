"""The one loop, and what is checked and told while a class of a user is in it."""

import contextlib
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from neatfool.encodings import AnyEncoding, Genomes
from neatfool.errors import ConfigError, Interrupted, NeatfoolError, RunError, is_out_of_memory
from neatfool.programs import files_of
from neatfool.reporting import Reporter, log
from neatfool.resolved import RESOLVED
from neatfool.runs.build import Parts, build
from neatfool.runs.folder import LOG
from neatfool.runs.run import Run
from neatfool.search import Search
from neatfool.sections.config import Config
from neatfool.tracking import require_installed
from neatfool.types import Arrays


def complete(config: Config, folder: Path | str, reporter: Reporter | None = None) -> Parts:
    """Bring a run to its end: begin it, or go on where it was cut. Nothing is published.

    Args:
        config: All settings.
        folder: Where the run lives.
        reporter: Hears of progress.

    Returns:
        What ran; its search stands at the end of the run.

    Raises:
        NeatfoolError: A setting cannot be met, or the folder cannot be used.
        Interrupted: Ctrl-C or SIGTERM came; what was evolved is saved.
    """
    require_installed(config.run.track)
    parts, where = build(config, reporter), Path(folder)
    with Run(parts, where, reporter, resume=(where / RESOLVED).exists()) as run:
        evolve(run)
    return parts


def evolve(run: Run, each: Callable[[Search], object] | None = None) -> None:
    """Evolve until the run stops: the one loop that there is.

    Args:
        run: Entered.
        each: Called with the search after each generation.

    Raises:
        Interrupted: As ``Run.generations``.
        RunError: As ``Run.evaluate``.
    """
    search = run.parts.search
    for number in run.generations():
        with _blaming(run.config, run.folder / LOG):
            genomes = search.ask()
            if number == 1:
                _check_kept(genomes, run.parts.encoding)
            search.tell(run.evaluate(genomes))
        if each is not None:
            each(search)


def _check_kept(genomes: Genomes, encoding: AnyEncoding) -> None:
    """Make sure that genomes can be read again: found out now, not when the run is resumed.

    Raises:
        ConfigError: They cannot.
    """
    kept = {name: array.copy() for name, array in genomes.part(0, 1).arrays().items()}
    try:
        again = encoding.from_arrays(kept).arrays()
        difference = "others" if not _are_same(kept, again) else ""
    except (NeatfoolError, LookupError, TypeError, ValueError, AttributeError) as error:
        difference = f"{type(error).__name__}: {error!s:.200}"
    if difference:
        raise ConfigError(
            f"{encoding.name}.from_arrays: expected the genomes whose arrays() it is given, got "
            f"{difference}; without it a run cannot be resumed"
        )


def _are_same(one: Arrays, other: Arrays) -> bool:
    return one.keys() == other.keys() and all(
        one[name].tobytes() == np.asarray(other[name]).tobytes() for name in one
    )


@contextlib.contextmanager
def _blaming(config: Config, log_file: Path) -> Iterator[None]:
    """Turn failures in files that a configuration names into a message.

    Args:
        config: Of the run.
        log_file: Has the whole of it.

    Raises:
        RunError: Something in such a file raised what is no error of neatfool.
    """
    try:
        yield
    except (NeatfoolError, Interrupted):
        raise
    except Exception as error:
        named = (file for program in config.programs() for file in program.files)
        files = {str(each) for file in named for each in files_of(file)}
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename in files]
        if not frames or is_out_of_memory(error):
            raise
        last = frames[-1]
        log.info("a file of the user failed", exc_info=error)
        raise RunError(
            f"{last.filename}, line {last.lineno}, in {last.name}: {type(error).__name__}: "
            f"{error!s:.300}; {log_file} has the whole traceback"
        ) from error
