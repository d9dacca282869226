"""How far chance moves the numbers of a gate, and how far a network that is easier to fool."""

from importlib import resources
from pathlib import Path
from typing import Annotated

import torch
import typer
from safetensors.torch import load_file

from neatfool import reports, runs
from neatfool.classifiers.named.lenet import LeNet5
from neatfool.past import read_report
from neatfool.reports.judging.against import differences

SEEDS, GENERATIONS = range(10), 60
LOOK = ('channels="grey"', "size=28", "mean=[0.1307]", "std=[0.3081]", 'outputs="logits"')
WEIGHTS = resources.files("neatfool.classifiers") / "weights" / "lenet5.safetensors"


def lenet(scale: float = 1.0, noise: float = 0.0) -> torch.nn.Module:
    """Change the weights of LeNet-5: by noise, as shares of their deviation; by scaled logits."""
    network, random = LeNet5(), torch.Generator().manual_seed(1)
    network.load_state_dict(load_file(str(WEIGHTS)))
    *_, last = (each for each in network.modules() if isinstance(each, torch.nn.Linear))
    with torch.no_grad():
        for weights in network.parameters():
            weights += noise * weights.std() * torch.randn(weights.shape, generator=random)
        for weights in last.parameters():
            weights *= scale
    return network.eval()


def released() -> torch.nn.Module:
    """Build the network as it is."""
    return lenet()


def equal() -> torch.nn.Module:
    """Build one that is as good."""
    return lenet(noise=0.02)


def surer() -> torch.nn.Module:
    """Build one that is surer of everything."""
    return lenet(scale=1.5)


def main(
    folder: Annotated[Path, typer.Option("--out", help="Folder of the run folders.")] = Path(
        "runs/gate-noise"
    ),
) -> None:
    """Fool all of them with all seeds, and print the largest of the differences of each."""
    for name in ("equal", "surer"):
        worst = []
        for seed in SEEDS:
            base, report = (_fooled(folder, each, seed) for each in ("released", name))
            worst.append(max(each.worse for each in differences(report, base)))
        failed = sum(each > 1 for each in worst)
        print(f"{name}: {min(worst):.2f} to {max(worst):.2f}, {failed} of {len(worst)} fail")


def _fooled(folder: Path, network: str, seed: int) -> dict[str, object]:
    place = folder / f"{network}-{seed}"
    model = f'task.classifier.model="{Path(__file__).resolve()}:{network}"'
    given = [model, *(f"task.classifier.{each}" for each in LOOK)]
    given += [f"run.seed={seed}", f"run.generations={GENERATIONS}"]
    return read_report(place) or reports.run(runs.load_config(None, given), place)


if __name__ == "__main__":
    typer.run(main)
