"""XOR: the task that needs a hidden node (Stanley and Miikkulainen 2002, section 4.1)."""

import numpy as np
import torch

from neatfool.encodings import Bare
from neatfool.networks import Networks, execute
from neatfool.sections.task import XorSettings
from neatfool.tasks.task import Answers, Task, Trial
from neatfool.types import Bools, Scores

_CASES = torch.tensor([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0], [1.0, 1.0, 1.0, 1.0]])
_WANTED = np.array([0.0, 1.0, 1.0, 0.0], np.float32)


class Xor(Task):
    """A score is ``(4 - e)²``, where ``e`` is the sum of the four absolute errors: 0 … 16.

    Attributes:
        medium: Networks of the inputs a, b and bias (1), with one output.
    """

    Settings = XorSettings
    name = "xor"
    niches = ("xor",)
    medium = Bare(("a", "b", "bias"), 1)
    best = 16.0

    def score(self, networks: Networks, trial: Trial | None = None) -> Scores:
        """Score ``P`` networks: ``(P, 1)`` float32; 16 is perfect."""
        errors = np.abs(_outputs(networks) - _WANTED).sum(axis=1, keepdims=True)
        scores: Scores = (4 - errors) ** 2
        return scores

    def solved(self, networks: Networks, scores: Scores | None = None) -> Bools:
        """Tell which networks ``(P,)`` are on the right side of one half in all four cases."""
        found: Bools = ((_outputs(networks) >= 0.5) == (_WANTED >= 0.5)).all(axis=1)
        return found

    def answers(self, networks: Networks) -> Answers:
        """Return the outputs in the four cases."""
        return Answers(_WANTED[:, None], _outputs(networks)[:, :, None], ("00", "01", "10", "11"))


def _outputs(networks: Networks) -> Scores:
    outputs: Scores = execute(networks, _CASES)[:, 0].numpy()
    return outputs
