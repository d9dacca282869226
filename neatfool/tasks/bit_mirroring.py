"""Bit mirroring: repeat each input at the output it is paired with (Clune et al. 2011).

Clune, Stanley, Pennock and Ofria 2011, second problem; the details are those of their code.
"""

import numpy as np
import torch

from neatfool.errors import ConfigError
from neatfool.sections.task import BitMirroringSettings
from neatfool.streams import stream
from neatfool.substrates import Substrate, sandwich
from neatfool.tasks.task import Answers, Task, Trial
from neatfool.types import Floats, Ints, Scores

_TEN = 10  # patterns that scores are given for
_LEVELS = (0.75, 0.9, 0.99, 1.0)  # of the best; half of it is chance


class BitMirroring(Task):
    """One niche: how many outputs have the sign of the input that they are paired with.

    The pairs are drawn from the seed, once. So are the patterns, of inputs that are 1 or -1: a
    network has the same score whenever it is asked. An output that is not above zero counts as
    negative, so that half of the outputs of a network without links are right. A score is the mean
    number of right outputs in ten patterns; the code of the paper selects by 1.1 to the power of
    it, and draws ten patterns anew for every evaluation. With ``fresh_patterns`` those of a
    generation are drawn from its trial, the same for all networks. Fixed ones have to be many:
    direct weights learn ten by heart.

    Attributes:
        niches: One name.
        medium: The two sheets.
        targets: ``(I,)`` int64, the output that each input is paired with.
        patterns: ``(X, I)`` float32, 1 or -1; none if they are drawn for each generation.
    """

    Settings = BitMirroringSettings
    name = "bit mirroring"
    niches = ("bit mirroring",)
    best: float
    medium: Substrate

    def __init__(self, settings: BitMirroringSettings | None = None, seed: int = 0) -> None:
        settings = settings or BitMirroringSettings()
        side, links = settings.side, settings.links
        # Functions of nodes that keep the sign are the same here as none.
        self.medium = Substrate(sandwich(side, side, links, activation="identity"))
        self.targets = _targets(settings, stream(seed, "targets"))
        self.best = float(_TEN * len(self.targets))
        self.levels = tuple(share * self.best for share in _LEVELS)
        self._count = settings.patterns
        fresh = settings.fresh_patterns
        self.patterns: Floats | None = None if fresh else self._drawn(stream(seed, "patterns"))

    def score(self, weights: torch.Tensor, trial: Trial | None = None) -> Scores:
        """Score ``(P, L)`` weights: ``(P, 1)`` float32, how many outputs are right in ten patterns.

        Raises:
            ConfigError: The patterns are fresh, and there is no trial to draw them from.
            ShapeError: The weights do not fit the substrate.
        """
        inputs = torch.from_numpy(self._shown(trial)).to(weights.device)
        outputs = self.medium.run(weights, inputs)
        paired = outputs[:, :, torch.from_numpy(self.targets).to(weights.device)]
        right = ((paired > 0) == (inputs > 0)).sum(dim=(1, 2))
        scores: Scores = right[:, None].cpu().numpy() * np.float32(_TEN / len(inputs))
        return scores.astype(np.float32)

    def answers(self, weights: torch.Tensor) -> Answers:
        """Return the signs of the outputs in ten patterns; fresh ones are those drawn first."""
        shown = self._shown(Trial(np.arange(len(weights))))[:_TEN]
        inputs = torch.from_numpy(shown).to(weights.device)
        signs = (self.medium.run(weights, inputs) > 0).float() * 2 - 1
        wanted = np.empty_like(shown)
        wanted[:, self.targets] = shown
        return Answers(wanted, signs.cpu().numpy())

    def _shown(self, trial: Trial | None) -> Floats:
        """Return the patterns of a trial."""
        if self.patterns is not None:
            return self.patterns
        if trial is None:
            raise ConfigError(
                "expected a trial to draw fresh patterns from, got none; call score(weights, "
                "trial), or set task.fresh_patterns = false"
            )
        return self._drawn(trial.stream("patterns"))

    def _drawn(self, random: np.random.Generator) -> Floats:
        """Draw patterns: ``(X, I)`` float32, 1 or -1."""
        drawn = random.integers(0, 2, (self._count, len(self.targets)))
        return (2 * drawn - 1).astype(np.float32)


def _targets(settings: BitMirroringSettings, random: np.random.Generator) -> Ints:
    """Pair every input with an output of its own, the constrained ones first."""
    side = settings.side
    places = np.arange(side * side)
    rows, columns = places // side, places % side
    order = random.permutation(side * side)
    constrained, free = np.split(order, [round(settings.constrained / 100 * side * side)])
    targets = np.full(side * side, -1)

    def pair(inputs: Ints, allowed: Ints) -> None:
        left = np.setdiff1d(allowed, targets)
        targets[inputs] = random.permutation(left)[: len(inputs)]

    if settings.constraint == "column" and settings.within_row:
        targets[constrained] = constrained
    else:
        lines = rows if settings.constraint == "row" else columns
        for line in range(side):
            pair(constrained[lines[constrained] == line], places[lines == line])
    if settings.within_row:
        for row in range(side):
            pair(free[rows[free] == row], places[rows == row])
    else:
        pair(free, places)
    return targets
