import errno
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from neatfool.classifiers import Classifier, ClassifierSettings, build
from neatfool.encodings import (
    Birth,
    Cppn,
    CppnSettings,
    Encoding,
    OffsetSettings,
    Pixels,
    PixelSettings,
    SwitchSettings,
)
from neatfool.encodings import build as build_encoding
from neatfool.errors import RunError, ShapeError
from neatfool.images import Canvas
from neatfool.search import Ascents
from neatfool.streams import stream
from neatfool.tasks import Fooling, Task, Trial
from neatfool.types import Images, Scores
from neatfool.workers import chunks
from neatfool.workers.machine import cores
from neatfool.workers.threads import Threads
from tests.fakes import Noisy

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return build(ClassifierSettings(), CPU)


def _encodings(classifier: Classifier) -> dict[str, Encoding[Any]]:
    return {
        "cppn": Cppn(CppnSettings(), Canvas(classifier.shape)),
        "pixels": Pixels(PixelSettings(), classifier.shape),
        "offset": build_encoding(OffsetSettings(), Canvas(classifier.shape)),
        "switch": build_encoding(SwitchSettings(at=2), Canvas(classifier.shape)),
    }


@pytest.mark.parametrize("kind", ["cppn", "pixels", "offset", "switch"])
def test_the_number_of_threads_changes_no_bit(classifier: Classifier, kind: str) -> None:
    encoding, task = _encodings(classifier)[kind], Fooling(classifier)
    birth = Birth(1, stream(0, "test"))
    genomes = encoding.new(333, birth)
    for birth.generation in range(2, 7):
        genomes = encoding.vary(genomes, birth)

    scores = {}
    for threads in 1, 2, 3:
        with Threads(CPU, threads) as pool:
            scores[threads] = pool.evaluate(genomes, encoding, task)

    assert scores[1].shape == (333, 10)
    assert scores[1].dtype == np.float32
    assert scores[1].tobytes() == scores[2].tobytes() == scores[3].tobytes()


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("largest", [1, 40, 1000])
def test_neither_threads_nor_chunks_change_what_a_task_draws(
    threads: int, largest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoding, task = Pixels(PixelSettings(), (1, 2, 2)), Noisy((1, 2, 2), 3)
    genomes = encoding.new(70, Birth(1, stream(0, "test")))
    trial = Trial(np.arange(70) + 5, generation=4, seed=2)
    expected = task.score(encoding.express(genomes), trial)
    monkeypatch.setattr(chunks, "_IMAGES_PER_CHUNK", largest)

    with Threads(CPU, threads) as pool:
        scores = pool.evaluate(genomes, encoding, task, trial)
        later = pool.evaluate(genomes, encoding, task, replace(trial, generation=5))

    assert scores.tobytes() == expected.tobytes()
    assert (scores != later).all()


@pytest.mark.parametrize(("chunk", "sizes"), [(3, [3, 3, 3, 1]), (10, [10]), (1000, [10])])
def test_chunks_are_of_the_size_that_is_wanted(chunk: int, sizes: list[int]) -> None:
    encoding, task = Pixels(PixelSettings(), (1, 2, 2)), _Echo()
    genomes = encoding.new(10, Birth(1, stream(0, "test")))
    with Threads(CPU, 1) as pool:
        expected = pool.evaluate(genomes, encoding, task)
        pool.chunk, task.sizes = chunk, []
        assert pool.evaluate(genomes, encoding, task).tobytes() == expected.tobytes()
    assert task.sizes == sizes


class _Echo(Task):
    """A task whose score is the first pixel, and which counts what it is given."""

    niches = ("only",)

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.threads: set[str] = set()
        self.torch_threads: set[int] = set()

    def score(self, images: Images, trial: Trial) -> Scores:
        self.sizes.append(len(images))
        self.threads.add(threading.current_thread().name)
        self.torch_threads.add(torch.get_num_threads())
        return images[:, 0, 0, :1].numpy()


@pytest.mark.parametrize("count", [1, 99, 100, 101, 250])
def test_scores_come_in_the_order_of_the_genomes(count: int) -> None:
    encoding, task = Pixels(PixelSettings(), (1, 2, 2)), _Echo()
    genomes = encoding.new(count, Birth(1, stream(0, "test")))

    with Threads(CPU, 3) as pool:
        scores = pool.evaluate(genomes, encoding, task)

    assert np.array_equal(scores, encoding.express(genomes)[:, 0, 0, :1].numpy())
    assert sum(task.sizes) == count
    assert max(task.sizes) <= 144


def test_large_images_go_in_smaller_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "_VALUES_PER_CHUNK", {"cpu": 40})
    for shape, size in (((1, 3, 4), 4), ((3, 10, 10), 1)):
        encoding, task = Pixels(PixelSettings(), shape), _Echo()
        genomes = encoding.new(7, Birth(1, stream(0, "test")))
        with Threads(CPU, 2) as pool:
            pool.evaluate(genomes, encoding, task)
        assert max(task.sizes) == size


def test_torch_has_one_thread_within_and_as_many_as_before_after() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        encoding, task = Pixels(PixelSettings(), (1, 2, 2)), _Echo()
        genomes = encoding.new(200, Birth(1, stream(0, "test")))
        with Threads(CPU, 2) as pool:
            assert torch.get_num_threads() == 1
            pool.evaluate(genomes, encoding, task)
        assert task.torch_threads == {1}
        assert torch.get_num_threads() == 2
        with pytest.raises(ValueError, match="as it is"), Threads(CPU, 2):
            raise ValueError("as it is")
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_a_failure_comes_through() -> None:
    class Failing(_Echo):
        def score(self, images: Images, trial: Trial) -> Scores:
            raise ValueError("of the task")

    encoding = Pixels(PixelSettings(), (1, 2, 2))
    genomes = encoding.new(200, Birth(1, stream(0, "test")))
    with pytest.raises(ValueError, match="of the task"), Threads(CPU, 2) as pool:
        pool.evaluate(genomes, encoding, Failing())


def test_without_a_number_every_core_this_process_may_use_evaluates() -> None:
    assert Threads(CPU).count == cores() >= 1
    assert Threads(torch.device("meta"), 3).count == 1


class _Small(_Echo):
    """A task on a device that has no room for more than so many images."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def score(self, images: Images, trial: Trial) -> Scores:
        if len(images) > self.room:
            raise torch.OutOfMemoryError("no room")
        return super().score(images, trial)


@pytest.mark.parametrize("room", [1, 5, 40])
def test_what_does_not_fit_is_halved_until_it_does(room: int, caplog) -> None:
    encoding, task = Pixels(PixelSettings(), (1, 2, 2)), _Small(room)
    genomes = encoding.new(200, Birth(1, stream(0, "test")))

    with Threads(CPU, 1) as pool:
        scores = pool.evaluate(genomes, encoding, task)
        warnings = len(caplog.messages)
        again = pool.evaluate(genomes, encoding, task)

    assert np.array_equal(scores, encoding.express(genomes)[:, 0, 0, :1].numpy())
    assert np.array_equal(again, scores)
    assert sum(task.sizes) == 2 * len(genomes)
    assert 1 <= warnings <= 10
    assert "do not fit" in caplog.messages[0]
    assert len(caplog.messages) == warnings, "it did not remember what fits"


def _array_memory_error() -> BaseException:
    try:
        np.zeros(1 << 50)
    except MemoryError as error:
        return error
    raise AssertionError


def _cpu_allocator_error() -> BaseException:
    try:
        torch.empty(1 << 60)
    except RuntimeError as error:
        return error
    raise AssertionError


OUT_OF_MEMORY = {
    "python": MemoryError(),
    "numpy": _array_memory_error(),
    "numba": MemoryError("Allocation failed (probably too large)."),
    "torch on the CPU": _cpu_allocator_error(),
    "torch on another system": RuntimeError("DefaultCPUAllocator: not enough memory: you tried"),
    "system": OSError(errno.ENOMEM, "Cannot allocate memory"),
    "cuBLAS": RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling"),
    "oneDNN": RuntimeError("std::bad_alloc"),
}


@pytest.mark.parametrize("error", OUT_OF_MEMORY.values(), ids=OUT_OF_MEMORY)
def test_every_way_to_run_out_of_memory_halves_chunks(error: BaseException) -> None:
    class Narrow(_Echo):
        def score(self, images: Images, trial: Trial | None = None) -> Scores:
            if len(images) > 20:
                raise error
            return super().score(images, trial)

    encoding, task = Pixels(PixelSettings(), (1, 2, 2)), Narrow()
    genomes = encoding.new(200, Birth(1, stream(0, "test")))

    with Threads(CPU, 2) as pool:
        scores = pool.evaluate(genomes, encoding, task)

    assert np.array_equal(scores, encoding.express(genomes)[:, 0, 0, :1].numpy())
    assert max(task.sizes) == 16, "chunks are multiples of what classifiers fill up"


def test_what_is_no_lack_of_memory_is_raised_at_once() -> None:
    class Wrong(_Echo):
        def score(self, images: Images, trial: Trial | None = None) -> Scores:
            self.sizes.append(len(images))
            raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    encoding, task = Pixels(PixelSettings(), (1, 2, 2)), Wrong()
    genomes = encoding.new(40, Birth(1, stream(0, "test")))
    with pytest.raises(RuntimeError, match="mat1"), Threads(CPU, 1) as pool:
        pool.evaluate(genomes, encoding, task)
    assert task.sizes[0] == 32
    assert len(task.sizes) <= 2, "no chunk is tried again"


class _Odd(Task):
    """A task of two niches whose scores are no numbers for dark images, or infinite."""

    niches = ("one", "two")

    def __init__(self, odd: float, limit: float) -> None:
        self.odd = odd
        self.limit = limit

    def score(self, images: Images, trial: Trial | None = None) -> Scores:
        brightness = images.mean(dim=(1, 2, 3)).numpy()
        scores = np.stack([brightness, 1 - brightness], axis=1)
        scores[brightness < self.limit, 1] = self.odd
        return scores


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_what_has_no_numbers_is_the_worst_there_is(
    odd: float, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    encoding, task = Pixels(PixelSettings(), (1, 3, 3)), _Odd(odd, 0.45)
    genomes = encoding.new(250, Birth(1, stream(0, "test")))
    whole = _Odd(odd, 0.0).score(encoding.express(genomes))
    wrong = whole[:, 0] < 0.45
    assert 10 < wrong.sum() < 125

    for most in (96, 40, 1):  # whatever the chunks are
        monkeypatch.setattr(chunks, "_IMAGES_PER_CHUNK", most)
        caplog.clear()
        with Threads(CPU, 2) as pool:
            scores = [pool.evaluate(genomes, encoding, task) for _ in range(3)][-1]
        assert np.array_equal(scores[~wrong], whole[~wrong])
        assert (scores[wrong] == -np.inf).all()
        assert [m.split(" genomes")[0] for m in caplog.messages] == [f"{wrong.sum()} of 250"]


def test_minus_infinity_is_no_score_and_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    encoding, task = Pixels(PixelSettings(), (1, 3, 3)), _Odd(-np.inf, 2.0)
    genomes = encoding.new(50, Birth(1, stream(0, "test")))

    with Threads(CPU, 2) as pool:
        scores = pool.evaluate(genomes, encoding, task)

    assert np.array_equal(scores, task.score(encoding.express(genomes)))
    assert np.isfinite(scores[:, 0]).all()
    assert not caplog.messages


def test_where_most_have_no_numbers_it_stops() -> None:
    encoding = Pixels(PixelSettings(), (1, 3, 3))
    genomes = encoding.new(100, Birth(1, stream(0, "test")))
    with Threads(CPU, 2) as pool:
        for limit in (0.55, 2.0):
            with pytest.raises(RunError, match="of 100 genomes have scores that are no numbers"):
                pool.evaluate(genomes, encoding, _Odd(np.nan, limit))


def test_one_image_that_does_not_fit_is_an_error() -> None:
    encoding = Pixels(PixelSettings(), (1, 2, 2))
    genomes = encoding.new(3, Birth(1, stream(0, "test")))

    with pytest.raises(torch.OutOfMemoryError), Threads(CPU, 1) as pool:
        pool.evaluate(genomes, encoding, _Small(0))


def test_gradients_depend_on_neither_threads_nor_chunks(classifier: Classifier) -> None:
    encoding, task = Pixels(PixelSettings(), classifier.shape), Fooling(classifier)
    genomes = encoding.new(100, Birth(1, stream(0, "test")))
    ascents = Ascents(genomes, np.arange(100) % 10, "confidence")
    trial = Trial(np.arange(100))
    found = []
    for threads in 1, 3:
        with Threads(CPU, threads) as pool:
            found.append(pool.gradients(ascents, encoding, task, trial))
            pool._scoring.fits = 5
            found.append(pool.gradients(ascents, encoding, task, trial))
    for other in found[1:]:
        assert torch.equal(found[0], other)


class Wrong(Fooling):
    """Gradients of another shape."""

    def gradients(self, *given: Any) -> torch.Tensor:
        return super().gradients(*given)[:, 0]


def test_gradients_of_another_shape_are_refused(classifier: Classifier) -> None:
    encoding = Pixels(PixelSettings(), classifier.shape)
    ascents = Ascents(encoding.new(3, Birth(1, stream(0, "test"))), np.zeros(3, int), "logit")
    with Threads(CPU, 1) as pool, pytest.raises(ShapeError, match=r"Wrong.gradients: expected"):
        pool.gradients(ascents, encoding, Wrong(classifier), Trial(np.arange(3)))
