"""Target weights: be given weights, of which some share one value (Clune et al. 2011).

Clune, Stanley, Pennock and Ofria 2011, first problem; the details are those of their code.
"""

import numpy as np
import numpy.typing as npt
import torch

from neatfool.sections.task import TargetWeightsSettings
from neatfool.streams import stream
from neatfool.substrates import Substrate, sandwich
from neatfool.tasks.task import Answers, Task, Trial
from neatfool.types import Floats, Scores

_LEVELS = (0.9, 0.95, 0.99, 0.999)  # of the best; errors are small beside it


class TargetWeights(Task):
    """One niche: the closer the weights of a sheet of inputs to one of outputs, the better.

    Each link has a target, uniform in [-1, 1]; then as many links as the regularity says have
    another one in its place, drawn once. All is drawn from the seed, and in the same order whatever
    the regularity. A score is six times the number of links less the error, the sum of the
    distances from the targets; the code of the paper selects by 2 to the power of it.

    Attributes:
        niches: One name.
        medium: The two sheets.
        targets: ``(L,)`` float32 in [-1, 1].
    """

    Settings = TargetWeightsSettings
    name = "target weights"
    niches = ("target weights",)
    best: float
    medium: Substrate

    def __init__(self, settings: TargetWeightsSettings | None = None, seed: int = 0) -> None:
        settings = settings or TargetWeightsSettings()
        self.medium = Substrate(sandwich(settings.width, settings.height, settings.links))
        count = self.medium.shape[0]
        random = stream(seed, "targets")
        targets, shared = random.uniform(-1, 1, count), random.uniform(-1, 1)
        targets[random.permutation(count)[: round(settings.regularity / 100 * count)]] = shared
        self.targets: Floats = targets.astype(np.float32)
        self.best = 6.0 * count
        self.levels = tuple(share * self.best for share in _LEVELS)

    def score(self, weights: torch.Tensor, trial: Trial | None = None) -> Scores:
        """Score ``(P, L)`` weights: ``(P, 1)`` float32, six times the links less the error."""
        scores = self.best - self.medium.shape[0] * self.mean_errors(weights)
        return scores[:, None].astype(np.float32)

    def answers(self, weights: torch.Tensor) -> Answers:
        """Return the weights themselves beside their targets."""
        return Answers(self.targets[None], weights.cpu().numpy()[:, None])

    def mean_errors(self, weights: torch.Tensor) -> npt.NDArray[np.float64]:
        """Return the mean distance of weights ``(P, L)`` from their targets: ``(P,)``.

        Raises:
            ShapeError: The weights do not fit the substrate.
        """
        self.medium.check(weights)
        distances = weights.double() - torch.from_numpy(self.targets).to(weights.device)
        return distances.abs().mean(dim=1).cpu().numpy()
