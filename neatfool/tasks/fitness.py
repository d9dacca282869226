"""A function of the user as a task: it is given networks, and gives a fitness for each."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch

from neatfool.encodings import Bare
from neatfool.errors import ConfigError, ShapeError
from neatfool.networks import Networks, execute, step
from neatfool.sections.task import FitnessSettings
from neatfool.tasks.table import numbers
from neatfool.tasks.task import Task, Trial
from neatfool.types import Floats, Scores

_BIAS = "bias"


class NetworkBatch:
    """``P`` networks to be called, all at once.

    Attributes:
        networks: Of the inputs that users know, and a bias behind them.
    """

    def __init__(self, networks: Networks) -> None:
        self.networks = networks
        self.reset()

    def __len__(self) -> int:
        return len(self.networks)

    def reset(self) -> None:
        """Forget all steps, if the networks are recurrent: other episodes begin."""
        self._memory: torch.Tensor | None = None

    def __call__(self, inputs: npt.ArrayLike) -> Floats:
        """Evaluate all networks; if they are recurrent, that is one step of ``X`` episodes.

        Args:
            inputs: ``(X, I)``, the same for all, or ``(P, X, I)``, for each network its own.

        Returns:
            ``(P, X, O)`` float32.

        Raises:
            ShapeError: The inputs do not fit, or there are not as many as in the steps before.
        """
        given = np.asarray(inputs, np.float32)
        wanted = self.networks.inputs - 1
        if given.ndim not in (2, 3) or given.shape[-1] != wanted:
            raise ShapeError(
                f"expected inputs (X, {wanted}), the same for all networks, or ({len(self)}, X, "
                f"{wanted}), got {given.shape}"
            )
        points = torch.from_numpy(np.insert(given, wanted, 1, axis=-1))
        if self.networks.dynamics != "forward":
            points = points.expand(len(self), *points.shape[-2:])
            if self._memory is None:
                size = len(self), points.shape[1], self.networks.remembered
                self._memory = torch.zeros(size)
            return step(self.networks, points, self._memory).numpy()
        if given.ndim == 3:
            return step(self.networks, points).numpy()
        return execute(self.networks, points.T.contiguous()).transpose(1, 2).numpy()


class Fitness(Task):
    """One niche: the fitness that a function gives.

    Args:
        settings: Inputs and outputs of networks.
        seed: Nothing depends on it.
        function: Takes a ``NetworkBatch``, gives ``(P,)`` numbers, the more the better. None: it
            is not known, so that networks can be looked at, not scored.
    """

    Settings = FitnessSettings
    name = "fitness"
    niches = ("fitness",)
    medium: Bare

    def __init__(
        self,
        settings: FitnessSettings,
        seed: int = 0,
        function: Callable[[NetworkBatch], npt.ArrayLike] | None = None,
    ) -> None:
        self.medium = Bare((*settings.inputs, _BIAS), settings.outputs)
        self._function = function
        self.name = getattr(function, "__name__", "") or self.name

    def score(self, networks: Networks, trial: Trial | None = None) -> Scores:
        """Call the function.

        Raises:
            ConfigError: There is none.
            ShapeError: It does not give a number for each network.
        """
        if self._function is None:
            raise ConfigError(
                "expected the fitness function, which no run folder holds, got none: call "
                "neatfool.evolve(fitness, …, out=…) in Python"
            )
        fitness = numbers(self._function(NetworkBatch(networks)), self.name)
        if fitness.shape != (len(networks),):
            raise ShapeError(
                f"{self.name}: expected a fitness for each of {len(networks)} networks, an array "
                f"of shape ({len(networks)},), got {fitness.shape}"
            )
        return fitness[:, None]


class Network:
    """One network to be called.

    Args:
        networks: A batch of it alone.
    """

    def __init__(self, networks: Networks) -> None:
        self._batch = NetworkBatch(networks)

    def reset(self) -> None:
        """Forget all steps, if it is recurrent."""
        self._batch.reset()

    def __call__(self, inputs: npt.ArrayLike) -> Floats:
        """Evaluate the network; if it is recurrent, that is one step.

        Args:
            inputs: ``(I,)``, or ``(X, I)``, a row for each query, or episode.

        Returns:
            ``(O,)`` float32, or ``(X, O)``.

        Raises:
            ShapeError: The inputs do not fit.
        """
        given = np.asarray(inputs, np.float32)
        outputs = self._batch(np.atleast_2d(given))[0]
        return outputs[0] if given.ndim == 1 else outputs


def one_by_one(fitness: Callable[[Network], float]) -> Callable[[NetworkBatch], Floats]:
    """Turn a function of one network into one of many: it is called for each, which is slower.

    Args:
        fitness: Takes a network, gives a number, the more the better.

    Example:
        >>> half = one_by_one(lambda network: -abs(float(network([0.0])[0]) - 0.5))
    """

    def each(batch: NetworkBatch) -> Floats:
        found = [fitness(Network(batch.networks.part(k, k + 1))) for k in range(len(batch))]
        return np.array(found, np.float32)

    each.__name__ = getattr(fitness, "__name__", "fitness")
    return each
