"""OpenMax (Bendale and Boult 2016): logits give way to the unknown, far from the class's mean."""

import torch

from neatfool.classifiers.features import Asked
from neatfool.detectors.detector import Detector, Real
from neatfool.errors import DataError
from neatfool.sections.detector import OpenMaxSettings

_FEWEST = 3
_STEPS = 100
_UNKNOWN = 1e-300
"""Scale of a class of which too little is known: whatever is said to be of it is outside."""


class OpenMax(Detector):
    """``v_0 - log sum exp v_k``: ``v_k = z_k w_k``, ``v_0 = sum over k of z_k (1 - w_k)``.

    ``w_k = 1 - (alpha - rank) / alpha · F_k(|z - m_k|)``, ranks from 0 and 1 beyond ``alpha``;
    ``m_k`` is the mean of the logits of real images that are named right, and ``F_k`` a Weibull
    distribution from 0 on, fitted to the ``tail`` largest of their distances. That is the log-odds
    of the probability of the unknown, which would round to 1.
    """

    Settings = OpenMaxSettings

    def fit(self, real: Real) -> None:  # noqa: D102
        logits, classes = real.logits, torch.from_numpy(real.classes)
        right, count = logits.argmax(dim=1) == classes, logits.shape[1]
        means = torch.zeros(count, count, dtype=torch.float64)
        shapes = torch.ones(count, dtype=torch.float64)
        scales = torch.full((count,), _UNKNOWN, dtype=torch.float64)
        for k in range(count):
            own = logits[right & (classes == k)]
            if len(own) < _FEWEST:
                continue
            means[k] = own.mean(dim=0)
            apart = (own - means[k]).norm(dim=1)
            tail = apart.topk(min(self.settings.tail, len(own))).values
            shapes[k], scales[k] = fit_weibull(tail)
        self._fitted = tuple(each.to(self.classifier.device) for each in (means, shapes, scales))
        if (scales == _UNKNOWN).all():
            raise DataError(
                f"{self.settings.data}: expected at least {_FEWEST} real images to fit of some "
                "class that the network names right, got fewer of each; put more there, or choose "
                "another detector"
            )

    def judge(self, asked: Asked) -> torch.Tensor:  # noqa: D102
        logits = asked.logits.double()
        means, shapes, scales = self._fitted
        ranks = min(self.settings.ranks, logits.shape[1])
        top, places = logits.topk(ranks, dim=1)
        apart = (logits[:, None] - means[places]).norm(dim=2)
        outside = -torch.expm1(-((apart / scales[places]) ** shapes[places]))
        share = 1 - torch.arange(ranks).to(logits) / ranks
        moved = top * share * outside
        known = logits.scatter_add(1, places, -moved)
        return moved.sum(dim=1) - known.logsumexp(dim=1)


def fit_weibull(values: torch.Tensor) -> tuple[float, float]:
    """Fit a Weibull distribution that begins at 0, by maximum likelihood.

    Args:
        values: ``(N,)`` float64, positive.

    Returns:
        Its shape and its scale.
    """
    logs = values.clamp_min(1e-300).log()
    apart = logs - logs.max()
    low, high = 1e-6, 1e6
    for _ in range(_STEPS):  # the shape solves a monotone equation
        shape = (low * high) ** 0.5
        weights = (shape * apart).softmax(dim=0)
        if float((weights * apart).sum() - 1 / shape - apart.mean()) > 0:
            high = shape
        else:
            low = shape
    scale = (logs.max() + (shape * apart).exp().mean().log() / shape).exp()
    return shape, float(scale)
