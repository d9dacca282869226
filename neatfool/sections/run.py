"""How a run goes: ``[run]``."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from neatfool.settings import Settings
from neatfool.tracking import TrackerNames

_KINDS = "threads", "processes", "ray"
_MOST = 4096
_ADDRESS = re.compile(r"ray://[^\s/@]+:[0-9]{1,5}")


def gpus_of(name: str) -> tuple[int, ...]:
    """List the GPUs that the name of a device numbers; none: it numbers none."""
    named = re.fullmatch(r"cuda:([0-9]{1,3}(?:,[0-9]{1,3})*)", name)
    numbers = tuple(map(int, named[1].split(","))) if named else ()
    return numbers if len(numbers) == len(set(numbers)) else ()


def parsed(name: str) -> tuple[str, int | None, str | None]:
    """Read a ``WorkersName``: kind, how many, address of a cluster.

    Raises:
        ValueError: It names no workers.
    """
    if _ADDRESS.fullmatch(name):
        return "ray", None, name
    kind, colon, count = name.partition(":")
    is_number = count.isascii() and count.isdigit() and 1 <= int(count[:9]) <= _MOST
    if kind not in _KINDS or (colon and not is_number):
        raise ValueError(
            f"expected {', '.join(_KINDS)}, or 1 to {_MOST} of them, such as processes:4, or the "
            "address of a Ray cluster, ray://HOST:PORT"
        )
    return kind, int(count) if count else None, None


def _workers(name: Any) -> Any:
    """Refuse what names no workers."""
    parsed(name if isinstance(name, str) else "")
    return name


WorkersName = Annotated[str, BeforeValidator(_workers)]
"""Who evaluates: threads or processes, as many as cores; ``processes:4``: so many; ``ray``."""


def _device(name: Any) -> Any:
    """Refuse what names no device."""
    if name not in ("auto", "cpu", "cuda") and not (isinstance(name, str) and gpus_of(name)):
        raise ValueError("expected auto, cpu, cuda, or GPUs by their numbers, such as cuda:0,1")
    return name


class RunSettings(Settings):
    """How long a run lasts, and where it computes."""

    seed: int = Field(default=0, ge=0, lt=1 << 63)
    """Seed of all random numbers: equal settings and seed give an equal run."""
    generations: int = Field(default=200, ge=1, le=100_000_000)
    """Generations to evolve; the first is random."""
    target: float | None = None
    """Stop as soon as every niche has at least this score; confidences are fractions, 0.9999.
    Unset: no target."""
    until_solved: bool = False
    """Stop as soon as a genome solves the task, by the measure of the task."""
    patience: int | None = Field(default=None, ge=1)
    """Stop when no elite gained more than `tolerance` in so many generations. Unset: never."""
    tolerance: float = Field(default=1e-4, ge=0)
    """An elite must gain more than this to count, for `patience`."""
    seconds: float | None = Field(default=None, gt=0)
    """Stop after so many seconds of evolution. Unset: no limit."""
    device: Annotated[str, BeforeValidator(_device)] = "auto"
    """Where to compute; auto: on a CUDA GPU if there is one, else on the CPU; cuda:0,1: on so
    numbered GPUs, each with a process of its own, which share the chunks of a generation."""
    workers: WorkersName = "threads"
    """Who evaluates: threads; processes, for tasks that hold Python's lock, such as plain Python
    code; or ray, the machines of a cluster. As many as cores, or a given number: processes:4. On a
    GPU there is one; on Ray, one for each GPU. ray://HOST:PORT is a cluster at an address. No
    result depends on it."""
    chunk: int | None = Field(default=None, ge=1)
    """Genomes that one worker expresses and scores at once: fewer, and more workers have something
    to do in each generation; but with other batches, classifiers may differ in their last digits.
    Unset: about 96 on the CPU, by the number and shape of what is scored alone."""
    chunk_seconds: float | None = Field(default=None, gt=0)
    """A process, or a worker on Ray, that says nothing of its chunk of genomes for so long, hangs:
    another does the chunk again. Choose far more than a chunk takes. Unset: however long."""
    checkpoint_every: int = Field(default=25, ge=1)
    """Generations from one checkpoint to the next."""
    track: TrackerNames = ()
    """Who is told of the run beside its folder: tensorboard, wandb, mlflow. No result depends on
    it."""
