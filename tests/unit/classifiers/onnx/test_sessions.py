"""Networks in ONNX files that never end can be ended."""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper

from neatfool.classifiers.loaded import Loaded
from neatfool.classifiers.onnx.file import load_onnx
from neatfool.classifiers.onnx.sessions import ending_runs
from neatfool.sections.classifier import ClassifierSettings
from tests.onnx_files import FLOAT, constant, node, value, write_net


def _write_loop(path: Path, above: float) -> Path:
    """Write a network that never ends where the largest number of the images is above a bound."""
    body = helper.make_graph(
        [node("Identity", ["again"], ["once_more"]), node("Identity", ["carried"], ["kept"])],
        "body",
        [value("i", [], TensorProto.INT64), value("again", [], TensorProto.BOOL), value("carried")],
        [value("once_more", [], TensorProto.BOOL), value("kept")],
    )
    nodes = [
        node("ReduceMax", ["x"], ["largest"], keepdims=0),
        node("Greater", ["largest", "bound"], ["endless"]),
        node("Loop", ["", "endless", "sum"], ["scores"], body=body),
    ]
    tensors = [constant("bound", above)]
    return write_net(path, ("N", 3, 8, 8), 192, FLOAT, nodes, tensors=tensors)


def _load(path: Path) -> Loaded:
    return load_onnx(path, ClassifierSettings(model=str(path)))


@pytest.fixture
def when_running(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Do something in a thread as soon as a network is run."""

    def when(act: Callable[[], None]) -> None:
        begun = threading.Event()
        actual = onnxruntime.InferenceSession.run

        def run(*given: Any) -> Any:
            begun.set()
            return actual(*given)

        def wait_and_act() -> None:
            begun.wait()
            act()

        monkeypatch.setattr(onnxruntime.InferenceSession, "run", run)
        threading.Thread(target=wait_and_act, daemon=True).start()

    return when


def test_ctrl_c_ends_a_network_that_never_ends(
    tmp_path: Path, when_running: Callable[[Callable[[], None]], None]
) -> None:
    path = _write_loop(tmp_path / "net.onnx", above=0)
    when_running(lambda: os.kill(os.getpid(), signal.SIGINT))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    try:
        with pytest.raises(KeyboardInterrupt):
            _load(path)
    finally:
        signal.signal(signal.SIGINT, before)


def test_threads_can_be_ended(tmp_path: Path) -> None:
    module = _load(_write_loop(tmp_path / "net.onnx", above=2)).module
    endless = torch.full((2, 3, 8, 8), 3.0)
    with ThreadPoolExecutor(2) as threads:
        answers = [threads.submit(module, endless) for _ in range(2)]
        with ending_runs():
            errors = [answer.exception() for answer in answers]

    assert all("terminate flag" in str(error) for error in errors)
    assert module(torch.zeros(2, 3, 8, 8)).shape == (2, 5)


def test_none_begins_while_others_are_ended(tmp_path: Path) -> None:
    module = _load(_write_loop(tmp_path / "net.onnx", above=2)).module

    with ending_runs():
        with ending_runs():
            pass
        with pytest.raises(Exception, match="terminate flag"):
            module(torch.zeros(2, 3, 8, 8))
