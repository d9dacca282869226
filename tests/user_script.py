"""A user's script: type checkers have nothing to say of it (test_typed.py)."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

import neatfool
from neatfool import (
    Canvas,
    Classifier,
    Cppn,
    CppnSettings,
    Fooling,
    MapElites,
    MapElitesSettings,
    NetworkBatch,
    Search,
    classifiers,
    evolve,
    fool,
    image_grid,
    load_config,
    past,
)
from neatfool.classifiers import ClassifierSettings

questions, right = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])


def fitness(networks: NetworkBatch) -> npt.NDArray[np.float32]:
    """Say how much is right."""
    wrong: npt.NDArray[np.float32] = np.abs(networks(questions)[:, :, 0] - right).sum(axis=1)
    return 4 - wrong


def hear(search: Search) -> None:
    """Print the best score."""
    if search.archive is not None:
        print(search.generation, search.archive.scores.max())


found = evolve(fitness, inputs=2, generations=3, each=hear)
print(found.best(questions), found.history)

network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(28 * 28, 10))
fooled = fool(network, "cppn", 2, "runs/mine", each=hear, batch=20, size=28, channels="grey")
print(fooled.classes, fooled.confidences, fooled.images.shape, fooled.report())

classifier = Classifier("mine", network, shape=(1, 28, 28), labels=tuple("0123456789"))
encoding, task = Cppn(CppnSettings(weight_range=3.0), Canvas(classifier.shape)), Fooling(classifier)
search = MapElites(encoding, len(task.niches), MapElitesSettings(batch=10), seed=0)
for _ in range(2):
    images = encoding.express(search.ask())
    search.tell(task.score(images))
assert search.archive is not None
elites = encoding.express(search.archive.genomes)
image_grid(elites, titles=classifier.labels)

lenet = classifiers.build(ClassifierSettings(model="lenet5"), torch.device("cpu"))
print(lenet(elites).shape)
config = load_config(None, ["task.kind=xor", "run.generations=2", "search.batch=8"])
neatfool.run(config, "runs/xor")
print(past.read_overview(Path("runs/xor")).generation, past.metrics("runs/xor")["best"])

with neatfool.Recorder("runs/script", {-1: "left"}) as recorder:
    print(recorder.folder)
