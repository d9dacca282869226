"""What is wrong in a class of a user is told in the first generation, not when it is too late."""

from pathlib import Path

import pytest

from neatfool import runs
from neatfool.errors import ConfigError, NeatfoolError, RunError, ShapeError

RIGHT = """
import numpy
import torch
from neatfool import Canvas, Encoding, Search, Task, VectorGenomes


class Bars(Encoding[VectorGenomes]):
    def new(self, count, birth):
        return VectorGenomes(torch.from_numpy(birth.random.random((count, 4), "float32")))

    def vary(self, parents, birth):
        return self.new(len(parents), birth)

    def express(self, genomes):
        rows = (genomes.genes * 255).round() / 255
        return rows[:, None, None, :].expand(-1, 1, 3, 4)

    def from_arrays(self, arrays):
        return VectorGenomes.from_arrays(arrays, (4,), self.device)


class Dark(Task):
    niches = ("dark",)
    medium = Canvas((1, 3, 4))

    def score(self, images, trial):
        return -images.mean(dim=(1, 2, 3)).numpy()[:, None]


class Draw(Search):
    genomes = None

    def ask(self):
        self.genomes = self.genomes or self.encoding.new(self.settings.batch, self.birth())
        return self.genomes

    @property
    def asked(self):
        return numpy.arange(self.settings.batch) + self.generation * self.settings.batch

    def tell(self, scores):
        self.note(self.genomes, self.asked, numpy.full((len(scores), 2), -1), scores)
        self.genomes = None
"""


def evolve(folder: Path, source: str = RIGHT, generations: int = 2) -> runs.Parts:
    folder.mkdir(exist_ok=True)
    (folder / "mine.py").write_text(source)
    kinds = [f"{part}.kind={folder / 'mine.py'}:{name}" for part, name in
             (("task", "Dark"), ("encoding", "Bars"), ("search", "Draw"))]  # fmt: skip
    small = ["search.batch=6", f"run.generations={generations}", "run.device=cpu"]
    return runs.complete(runs.load_config(None, [*kinds, *small]), folder / "run")


def test_what_is_right_runs_and_goes_on(tmp_path: Path) -> None:
    whole = evolve(tmp_path / "whole", generations=4)
    evolve(tmp_path / "cut")
    resumed = evolve(tmp_path / "cut", generations=4)
    for name, array in whole.search.state().items():
        assert array.tobytes() == resumed.search.state()[name].tobytes(), name
    assert whole.search.generation == 4


FAULTS = {
    "no express": ("def express", "def expres", ConfigError, "got one without express"),
    "no from_arrays": ("def from_arrays", "def other", ConfigError, "got one without from_arrays"),
    "no score": ("def score", "def scored", ConfigError, "got one without score"),
    "no tell": ("def tell", "def told", ConfigError, "got one without tell"),
    "other genes": ("(4,), self", "(5,), self", ConfigError, "from_arrays: expected the genomes"),
    "genes lost": (
        "return VectorGenomes.from_arrays(arrays, (4,), self.device)",
        "return VectorGenomes(torch.zeros(1, 4))",
        ConfigError,
        "got others; without it a run cannot be resumed",
    ),
    "too few": ("expand(-1, 1, 3, 4)", "expand(-1, 1, 3, 4)[1:]", ShapeError, "(6, 1, 3, 4) float"),
    "a row lost": ("expand(-1, 1, 3, 4)", "expand(-1, 1, 2, 4)", ShapeError, "(6, 1, 2, 4) float"),
    "doubles": ("expand(-1, 1, 3, 4)", "expand(-1, 1, 3, 4).double()", ShapeError, "float64"),
    "an array": ("expand(-1, 1, 3, 4)", "expand(-1, 1, 3, 4).numpy()", ShapeError, "got ndarray"),
    "too bright": ("/ 255\n", "/ 100\n", ShapeError, "in [0, 1] of 256 levels, got"),
    "between levels": (".round()", "", ShapeError, "or values between levels; write"),
    "no numbers": ("/ 255\n", "/ 0\n", ShapeError, "of numbers, got some that are none"),
    "raises": ("return -images", "return {}['x'] - images", RunError, "mine.py, line 27, in score"),
    "raises at birth": (
        "birth.random.random",
        "birth.rnd.random",
        RunError,
        "in new: Attribute",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_is_told_in_the_first_generation(tmp_path: Path, fault: str) -> None:
    right, wrong, kind, message = FAULTS[fault]
    assert right in RIGHT
    with pytest.raises(NeatfoolError) as caught:
        evolve(tmp_path, RIGHT.replace(right, wrong))
    assert type(caught.value) is kind
    assert message in str(caught.value)
    assert not list((tmp_path / "run" / "checkpoints").glob("*"))


def test_the_log_has_the_whole_of_what_failed(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="KeyError: 'x'"):
        evolve(tmp_path, RIGHT.replace("return -images", "return {}['x'] - images"))
    said = (tmp_path / "run" / "log.txt").read_text()
    assert "Traceback (most recent call last)" in said
    assert "mine.py" in said
