import multiprocessing

import pytest
import torch
from pydantic import TypeAdapter, ValidationError

from neatfool.types import CPU
from neatfool.workers import Processes, Threads, WorkersName, open_workers
from neatfool.workers.machine import cores


def _build() -> None:
    """Never called: nobody enters the workers."""


@pytest.mark.parametrize(
    ("name", "kind", "description"),
    [
        ("threads", Threads, f"{cores()} thread"),
        ("threads:1", Threads, "1 thread"),
        ("threads:8", Threads, "8 threads"),
        ("processes", Processes, f"{cores()} process"),
        ("processes:1", Processes, "1 process"),
        ("processes:4096", Processes, "4096 processes"),
    ],
)
def test_names_say_who_and_how_many(name: str, kind: type, description: str) -> None:
    assert TypeAdapter(WorkersName).validate_python(name) == name
    workers = open_workers(name, CPU, _build)
    assert type(workers) is kind
    assert workers.description.startswith(description)
    assert not multiprocessing.active_children(), "nobody has begun yet"


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_a_gpu_has_one(kind: str) -> None:
    assert open_workers(f"{kind}:3", torch.device("meta"), _build).description.startswith("1 ")


@pytest.mark.parametrize(
    "name",
    [
        *("", "8", 8, None, True, 2.0, ["threads"], "thread", "Threads", "Ray", "processes 4"),
        *("threads:", "threads:0", "threads:-1", "threads:+1", "threads:1.5", "threads: 2"),
        *("threads:4097", "processes:" + "9" * 5000, "threads:2:2", "threads:²", "ray:0"),
        *("ray:", "ray://", "ray://here", "ray://here:", "ray://here:x", "ray:8:8", "ray://a b:1"),
    ],
)
def test_other_names_are_refused(name: object) -> None:
    with pytest.raises(ValidationError, match="expected threads, processes, ray, or 1 to 4096"):
        TypeAdapter(WorkersName).validate_python(name)
