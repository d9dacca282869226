"""Whole scripts of neat-python: CPU seconds with neatfool and without, and while it records.

Each script is a process of its own, since importing neatfool is most of what short ones pay for it.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from neatfool.files import write_whole

WAYS = ("neat-python", "neatfool", "recorded")
"""One network after the other; all at once; one after the other, with a recorder."""
_INI = Path(__file__).parents[1] / "tests" / "xor.ini"
_ROUNDS = 3


def script(way: str, rows: int, generations: int) -> dict[str, float]:
    """Evolve 150 networks that tell a disc from what is around it, and say what recording took.

    Args:
        way: One of ``WAYS``.
        rows: Points of which the networks are asked.
        generations: How many.
    """
    import neat

    import neatfool

    points = [((7 * k % rows) / rows - 0.5, (k % 11) / 11 - 0.5) for k in range(rows)]
    wanted = [float(x * x + y * y < 0.1) for x, y in points]

    def one_by_one(genomes: Any, config: neat.Config) -> None:
        for _, genome in genomes:
            network = neat.nn.FeedForwardNetwork.create(genome, config)
            said = [network.activate(point)[0] for point in points]
            genome.fitness = -sum((a - b) ** 2 for a, b in zip(said, wanted, strict=True))

    def at_once(genomes: Any, config: neat.Config) -> None:
        for (_, genome), said in zip(
            genomes, neatfool.activate_all(genomes, config, points), strict=True
        ):
            genome.fitness = -float(((said[:, 0] - wanted) ** 2).sum())

    classes = neat.DefaultReproduction, neat.DefaultSpeciesSet, neat.DefaultStagnation
    population = neat.Population(neat.Config(neat.DefaultGenome, *classes, _INI), seed=1)
    spent = [0.0]
    if way == "recorded":
        recorder = neatfool.Recorder(Path(tempfile.mkdtemp()) / "run")
        record = recorder.post_evaluate

        def timed(*given: Any) -> None:
            begun = time.process_time()
            record(*given)
            spent.append(time.process_time() - begun)

        recorder.post_evaluate = timed  # type: ignore[method-assign]
        population.add_reporter(recorder)
    begun = time.process_time()
    population.run(at_once if way == "neatfool" else one_by_one, generations)
    return {"evolving": time.process_time() - begun, "recording": sum(spent)}


def measure(way: str, rows: int, generations: int) -> dict[str, float]:
    """Run a script in a process of its own, and count all that it takes: medians."""
    found = []
    for _ in range(_ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, __file__, "--one", way, str(rows), str(generations)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        whole = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        found.append(json.loads(said) | {"whole": whole})
    return {name: round(statistics.median(each[name] for each in found), 3) for name in found[0]}


def main(
    write: Annotated[Path | None, typer.Option(help="JSON file to write.")] = None,
    one: Annotated[tuple[str, int, int] | None, typer.Option(hidden=True)] = None,
) -> None:
    """Measure scripts of few rows and of many, one generation of 150 networks after the other."""
    if one is not None:
        print(json.dumps(script(*one)))
        return
    rows = []
    for points, generations in ((4, 100), (100, 100), (400, 100)):
        for way in WAYS if points == 4 else WAYS[:2]:
            times = measure(way, points, generations)
            rows.append({"way": way, "rows": points, "generations": generations, **times})
            print(rows[-1])
    if write is not None:
        write_whole(write, json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
