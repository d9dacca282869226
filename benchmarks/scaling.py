"""How the cost of a genome grows with the population, the genome and the canvas."""

import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import torch
from grown import Rounds, grown
from matplotlib.figure import Figure

from neatfool.encodings import Cppn, CppnSettings, StructureSettings
from neatfool.images import Canvas
from neatfool.search import MapElites, MapElitesSettings
from neatfool.tasks import Trial
from neatfool.types import Images, Scores
from neatfool.workers.threads import Threads

NICHES = 10
POPULATIONS = (10, 30, 100, 300, 1000, 3000, 10_000)
NODES = (5, 10, 20, 50, 100, 200, 500)
SIDES = (28, 64, 128, 256, 512, 1024)
Curve = dict[int, float]


class Nothing:
    """A task that costs nothing, so that only the rest is measured."""

    niches = tuple(map(str, range(NICHES)))

    def score(self, images: Images, trial: Trial) -> Scores:
        """Wait for the images, and give each the same scores."""
        images[:, 0, 0, 0].cpu()
        return np.zeros((len(images), NICHES), np.float32)


def by_population(pool: Threads, rounds: int) -> Curve:
    """Microseconds per genome of whole generations (vary, compile, paint, tell) at 28×28."""
    times = Rounds(rounds)
    for population in POPULATIONS:
        evolution = _evolution(pool, population)
        times.measure(str(population), population, lambda e=evolution: _generation(e, pool))
    return times.medians()


def by_nodes(pool: Threads, rounds: int) -> Curve:
    """Microseconds per genome to compile and paint, population 100, at 28×28."""
    times = Rounds(rounds)
    settings = CppnSettings(
        structure=StructureSettings(delete_edge_rate=0, delete_node_rate=0, add_node_rate=1)
    )
    cppn = Cppn(settings, Canvas((1, 28, 28)), pool.device)
    for nodes in NODES:
        graphs, _ = grown(cppn, 100, nodes, edges=0)
        times.measure(str(nodes), 100, lambda g=graphs: pool.evaluate(g, cppn, Nothing()))
    return times.medians()


def by_side(pool: Threads, rounds: int) -> Curve:
    """Microseconds per genome to compile and paint in colour, 20 nodes, population 64."""
    times = Rounds(rounds)
    for side in SIDES:
        cppn = Cppn(CppnSettings(), Canvas((3, side, side)), pool.device)
        graphs, _ = grown(cppn, 64, nodes=20, edges=0)
        call = lambda g=graphs, c=cppn: pool.evaluate(g, c, Nothing())  # noqa: E731
        times.measure(str(side), 64, call)
    return times.medians()


def peak_gibibytes(device: torch.device, population: int = 10_000) -> dict[str, float]:
    """Evaluate a population at 256×256 in colour in a process of its own: what it held at once."""
    script = f"import scaling; scaling.hold({population}, {str(device)!r})"
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parent,
        capture_output=True,
        check=True,
        text=True,
    )
    before, after, on_device = map(float, result.stdout.split())
    return {"before": before, "peak": after, "device": on_device}


def hold(population: int, device: str) -> None:
    """Print the gibibytes at most held before and after, and on the GPU."""
    with Threads(torch.device(device)) as pool:
        cppn = Cppn(CppnSettings(), Canvas((3, 256, 256)), pool.device)
        graphs, _ = grown(cppn, population, nodes=20, edges=0)
        pool.evaluate(graphs.part(0, 1), cppn, Nothing())
        before = _most_held()
        pool.evaluate(graphs, cppn, Nothing())
        after = _most_held()
    on_device = torch.cuda.max_memory_allocated() if device.startswith("cuda") else 0
    print(before, after, on_device / 2**30)


def _most_held() -> float:
    """Return the gibibytes that this process held at most; getrusage would count its parent's."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 2**20


def picture(curves: dict[str, Curve], path: Path) -> None:
    """Draw curves of microseconds per genome side by side, on logarithmic axes."""
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(9, 2.8), layout="constrained")
        axes = figure.subplots(1, len(curves))
        for axis, (name, curve) in zip(axes, curves.items(), strict=True):
            axis.loglog(list(curve), list(curve.values()), marker="o")
            axis.set_xlabel(name)
            axis.set_ylim(min(curve.values()) / 3, max(curve.values()) * 3)
            axis.set_xticks(list(curve), list(map(str, curve)), rotation=45)
            axis.minorticks_off()
            axis.grid(alpha=0.3)
        axes[0].set_ylabel("µs per genome")
        figure.savefig(path, dpi=150)


def _evolution(pool: Threads, population: int) -> MapElites:
    """Make a search whose elites have 20 nodes."""
    cppn = Cppn(CppnSettings(), Canvas((1, 28, 28)), pool.device)
    evolution = MapElites(cppn, NICHES, MapElitesSettings(batch=population), 0)
    _generation(evolution, pool)
    graphs, _ = grown(cppn, NICHES, nodes=20, edges=20)
    assert evolution.archive is not None
    evolution.archive.genomes = graphs
    return evolution


def _generation(evolution: MapElites, pool: Threads) -> None:
    evolution.tell(pool.evaluate(evolution.ask(), evolution._encoding, Nothing()))
