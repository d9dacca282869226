"""What all benchmarks share: grown genomes, and rounds in which each thing is measured in turn."""

import statistics
import time
from collections.abc import Callable

from neatfool.encodings import Birth, Cppn
from neatfool.networks import Graphs
from neatfool.streams import stream


def grown(cppn: Cppn, count: int, nodes: float, edges: float) -> tuple[Graphs, Birth]:
    """Mutate random genomes until they have so many nodes and edges in the mean."""
    birth = Birth(1, stream(0, "grown", 1))
    graphs = cppn.new(count, birth)
    while graphs.node_counts.mean() < nodes or graphs.edge_counts.mean() < edges:
        number = birth.generation + 1
        random = stream(0, "grown", number)
        birth = Birth(number, random, birth.next_node, birth.next_innovation)
        graphs = cppn.vary(graphs, birth)
    return graphs, birth


class Rounds:
    """Time some calls, one after the other in each of several rounds, after a round to warm up.

    A machine's speed drifts; what was measured in one round can be compared. A clock that counts
    the time of the processor fits calls that use one thread.
    """

    def __init__(self, count: int, clock: Callable[[], float] = time.perf_counter) -> None:
        self._count = count
        self._clock = clock
        self._calls: dict[str, tuple[int, Callable[[], object]]] = {}

    def measure(self, name: str, genomes: int, call: Callable[[], object]) -> None:
        """Add a call that handles so many genomes."""
        self._calls[name] = genomes, call

    def run(self) -> dict[str, list[float]]:
        """Return microseconds per genome of each call in each round."""
        times: dict[str, list[float]] = {name: [] for name in self._calls}
        for _ in range(self._count + 1):
            for name, (genomes, call) in self._calls.items():
                before = self._clock()
                call()
                times[name].append(1e6 * (self._clock() - before) / genomes)
        return {name: values[1:] for name, values in times.items()}

    def medians(self) -> dict[int, float]:
        """Return the medians of calls that were named by numbers."""
        return {int(name): statistics.median(values) for name, values in self.run().items()}

    def row(self) -> dict[str, float]:
        """Return the medians of ``theirs`` and ``ours``, and of their ratio."""
        times = self.run()
        ratios = [one / two for one, two in zip(times["theirs"], times["ours"], strict=True)]
        medians = {name: statistics.median(values) for name, values in times.items()}
        return {**medians, "ratio": statistics.median(ratios)}
