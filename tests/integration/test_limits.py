"""Where evolution stops: what its page is made of, and that it is made."""

import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from neatfool import runs
from neatfool.encodings import Birth
from neatfool.images import Canvas, to_grid
from neatfool.networks import compile_graphs
from neatfool.streams import stream
from tests.command import neatfool
from tests.idx_files import write_mnist

ROOT = Path(__file__).parents[2]


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Import experiments as they import each other."""
    monkeypatch.syspath_prepend(str(ROOT / "experiments"))
    return __import__


def test_shuffling_tiles_moves_pixels_and_keeps_them(module: Callable[[str], Any]) -> None:
    images = to_grid(torch.rand(2, 3, 9, 8, generator=torch.Generator().manual_seed(0)))
    shuffled = module("limits_measures").shuffled(images, 4, stream(0, "test"))
    assert not shuffled.equal(images)
    for some in (images, shuffled):
        assert some.flatten(2).sort()[0].equal(images.flatten(2).sort()[0])
    corner, tiles = shuffled[0, :, :2, :2], images[0].unfold(1, 2, 2).unfold(2, 2, 2)
    assert any(corner.equal(tiles[:, y, x]) for y, x in np.ndindex(4, 4))
    assert shuffled[:, :, 8].equal(images[:, :, 8])  # no tile has it


def test_grey_keeps_luminance_and_nothing_else(module: Callable[[str], Any]) -> None:
    images = to_grid(torch.rand(1, 3, 4, 4, generator=torch.Generator().manual_seed(0)))
    grey, luminance = module("limits_measures").grey(images), torch.tensor([0.299, 0.587, 0.114])
    assert (grey[:, 0] - torch.einsum("pchw,c->phw", images, luminance)).abs().max() < 1 / 255
    assert grey[:, 0].equal(grey[:, 1])
    assert module("limits_measures").grey(images[:, :1]).equal(images[:, :1])


def test_the_rival_is_the_strongest_of_the_others(module: Callable[[str], Any]) -> None:
    rival = module("limits_measures").rival
    assert rival(np.array([0.5, 0.4, 0.1]), 0) == (1, pytest.approx(0.8))
    assert rival(np.array([0.3, 0.6, 0.1]), 1) == (0, pytest.approx(0.75))


def test_correlations_are_those_of_ranks_and_adjusted(module: Callable[[str], Any]) -> None:
    reached = np.linspace(0.1, 0.9, 30)
    random = stream(0, "test").random(30)
    measures = {"same": reached**3, "other way": -reached, "nothing": random}
    same, other, nothing = module("limits_measures").correlations(measures, reached)
    assert (same.rho, same.low, same.high) == pytest.approx((1, 1, 1))
    assert other.rho == pytest.approx(-1)
    assert nothing.low < nothing.rho < nothing.high
    assert nothing.low < 0 < nothing.high
    assert max(same.p, other.p) < 0.001 < nothing.p <= 1


def test_sizes_count_what_reaches_an_output(module: Callable[[str], Any]) -> None:
    encoding = runs.build(runs.load_config(None, ["encoding.structure.start=random"])).encoding
    graphs = encoding.new(20, Birth(1, stream(0, "test")))
    sizes = module("limits_measures").sizes(graphs)
    for place in range(20):
        network = compile_graphs(graphs.select([place]))
        assert sizes["hidden nodes"][place] == len(network.levels) - graphs.outputs
        assert sizes["edges"][place] == len(network.sources)
        assert sizes["depth"][place] == network.levels.max()


def test_a_dense_network_computes_the_four_functions(module: Callable[[str], Any]) -> None:
    network = module("dense_cppns").Dense((4, 4, 1), 1.0, [0])
    first, last = network.weights
    with torch.no_grad():
        first.copy_(torch.eye(4)[[0, 0, 0, 0]][None] * 0 + torch.tensor([2.0, 0, 0, 0])[:, None])
        network.biases[0].copy_(torch.tensor([[[0.0, 0.5, 0, 1]]]))
        last.copy_(torch.tensor([1.0, 2, 4, 8])[None, :, None])
        found = network(torch.tensor([[0.7, 9.0, 9, 9]]))
    p = np.array([1.4, 1.9, 1.4, 2.4])
    hidden = np.array([np.sin(p[0]), np.tanh(p[1] / 2), np.exp(-(p[2] ** 2)), p[3] / 3])
    assert found.item() == pytest.approx(np.tanh(hidden @ [1, 2, 4, 8] / 2), abs=1e-6)


@pytest.mark.parametrize("colours", ["hsv", "hls"])
def test_dense_networks_are_read_as_canvases_read(
    colours: Any, module: Callable[[str], Any]
) -> None:
    dense, canvas = module("dense_cppns"), Canvas((3, 6, 6), colours=colours, tiles=2)
    with torch.no_grad():
        network = dense.Dense((4, 8, 3), 3.0, [0, 1])
        values = network(canvas.points(torch.device("cpu")).T)
        ours = dense.coloured(values, canvas)
        theirs = canvas.paint(values.transpose(1, 2).clone())
    assert (ours - theirs).abs().max() < (0.04 if colours == "hls" else 0.003)  # it rounds before


def test_climbs_and_copies_come_nearer(module: Callable[[str], Any]) -> None:
    dense = module("dense_cppns")
    parts = runs.build(runs.load_config())
    canvas, fits = Canvas((1, 28, 28), tiles=4), [dense.Fit(k, 8, 2, 0) for k in range(3)]
    first, last = (
        {c.fit: c for c in dense.climb(parts.task.classifier, canvas, fits, n)} for n in (1, 15)
    )
    assert first.keys() == last.keys() == {*fits}
    for fit in fits:
        assert last[fit].best > first[fit].best
        again = parts.task.classifier(last[fit].image[None])[0, fit.index]
        assert again.item() == pytest.approx(last[fit].best, abs=1e-5)  # on the 8-bit grid
    pictures = torch.stack([image.image for image in last.values()])
    near, nearer = (
        (dense.copied(fits, Canvas((1, 28, 28)), pictures, n) - pictures).square().mean()
        for n in (1, 60)
    )
    assert nearer < near / 2


@pytest.mark.proof
def test_the_page_is_written_from_runs_and_what_is_there_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: Callable[[str], Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_mnist(Path("digits"), count=60)
    for seed in range(2):
        settings = f"--set encoding.canvas.tiles=4 --set search.batch=10 --seed {seed}"
        assert not neatfool(
            *f"run fooling {settings} --generations 2 --out runs/{seed}".split()
        ).code
    options = "--new 8 --hard 2 --easy 1 --climbing 2 --copying 2 --photographs --out found"
    command = ["limits.py", "runs/0", "runs/1", "--data", "digits", *options.split()]
    monkeypatch.setattr(sys, "argv", [*command, "--write", "doc/page.md"])
    made = []
    for _ in range(2):
        with pytest.raises(SystemExit) as stop:
            runpy.run_path(str(ROOT / "experiments/limits.py"), run_name="__main__")
        assert not stop.value.code
        made.append({file: file.stat().st_mtime_ns for file in Path("found").rglob("*.json")})
    assert made[0] == made[1] != {}
    page = Path("doc/page.md").read_text(encoding="utf-8")
    for name in ("confidences.png", "correlations.png", "extremes.jpg", "real.jpg", "copies.jpg"):
        assert f"](page/{name})" in page
        assert Path("doc/page", name).is_file()
    assert "128 wide, 4 deep" in page
