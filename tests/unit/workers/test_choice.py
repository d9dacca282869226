import multiprocessing
import re
import socket
import sys

import pytest
import torch
from pydantic import TypeAdapter, ValidationError

from neatfool.errors import ConfigError, RunError
from neatfool.reporting import Reporter
from neatfool.types import CPU
from neatfool.version import installing
from neatfool.workers import Processes, Threads, WorkersName, in_ray, open_workers
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


def test_without_ray_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("neatfool.workers.ray")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ray", None)
    for call in (
        lambda: open_workers("ray:2", CPU, _build),
        lambda: in_ray(len, ["a job"], Reporter()),
    ):
        with pytest.raises(RunError, match=re.escape(installing("ray"))):
            call()


@pytest.mark.proof
def test_where_nobody_answers_there_is_no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray")
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    with pytest.raises(RunError, match=rf"nobody answers .*ray://{address} .*refused"):
        open_workers(f"ray://{address}", CPU, _build)
    for wrong in address, "127.0.0.1", "nonsense", "127.0.0.1:99999":
        monkeypatch.setenv("RAY_ADDRESS", wrong)
        with pytest.raises(RunError, match=f"nobody answers .* {wrong} "):
            open_workers("ray", CPU, _build)


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


def test_several_gpus_have_a_process_each() -> None:
    meta = torch.device("meta")
    for kind in ("threads", "processes"):
        assert open_workers(kind, meta, _build, gpus=(0, 2)).description == "2 processes"
        assert open_workers(kind, meta, _build, gpus=(2,)).description.startswith("1 ")
    with pytest.raises(ConfigError, match=r"expected cuda where run\.workers is ray"):
        open_workers("ray", meta, _build, gpus=(0, 1))
