"""Activation functions: one table with a name, a formula, a scalar form and a batched form.

Sine, sigmoid, gaussian and linear are the four of Nguyen et al. 2015, with the formulas of its
released code: all map to [-1, 1]. The others are those CPPN papers use beside them.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from neatfool.errors import ConfigError


@dataclass(frozen=True)
class Activation:
    """A function of a node's weighted sum ``p``.

    Attributes:
        name: As written in settings.
        formula: For people.
        scalar: Python float to float; the oracle.
        batched: Overwrites a float tensor of any shape with the function of it.
    """

    name: str
    formula: str
    scalar: Callable[[float], float]
    batched: Callable[[torch.Tensor], torch.Tensor]


ACTIVATIONS: tuple[Activation, ...] = (
    Activation("identity", "p", lambda p: p, lambda p: p),
    Activation("sine", "sin(p)", lambda p: math.sin(p), torch.Tensor.sin_),
    Activation(
        "sigmoid",
        "2 / (1 + exp(-p)) - 1",
        lambda p: math.tanh(p / 2),
        lambda p: p.mul_(0.5).tanh_(),
    ),
    Activation(
        "gaussian",
        "exp(-p * p)",
        lambda p: math.exp(-p * p),
        lambda p: p.square_().neg_().exp_(),
    ),
    Activation(
        "linear",
        "clip(p, -3, 3) / 3",
        lambda p: max(-3.0, min(3.0, p)) / 3,
        lambda p: p.clamp_(-3, 3).div_(3),
    ),
    Activation("tanh", "tanh(p)", math.tanh, torch.Tensor.tanh_),
    Activation("cosine", "cos(p)", lambda p: math.cos(p), torch.Tensor.cos_),
    Activation("absolute", "abs(p)", abs, torch.Tensor.abs_),
    Activation(
        "square",
        "min(p * p, 1e6)",
        lambda p: min(p * p, 1e6),
        lambda p: p.square_().clamp_(max=1e6),
    ),
    Activation(
        "sawtooth", "p - floor(p)", lambda p: p - math.floor(p), lambda p: p.sub_(p.floor())
    ),
    Activation(
        "triangle",
        "1 - 4 * abs(p/2 - floor(p/2 + 1/2))",
        lambda p: 1 - 4 * abs(p / 2 - math.floor(p / 2 + 0.5)),
        lambda p: p.mul_(0.5).sub_(p.add(0.5).floor_()).abs_().mul_(-4).add_(1),
    ),
    Activation("relu", "max(p, 0)", lambda p: max(p, 0.0), torch.Tensor.relu_),
    Activation("step", "1 if p > 0 else 0", lambda p: float(p > 0), lambda p: p.gt_(0)),
    Activation(
        "steep_sigmoid",
        "1 / (1 + exp(-4.9 * p))",
        lambda p: 0.5 + 0.5 * math.tanh(2.45 * p),
        lambda p: p.mul_(2.45).tanh_().mul_(0.5).add_(0.5),
    ),
)
"""The table; a genome stores the position of its functions in it, so entries are only appended."""

(
    IDENTITY,
    SINE,
    SIGMOID,
    GAUSSIAN,
    LINEAR,
    TANH,
    COSINE,
    ABSOLUTE,
    SQUARE,
    SAWTOOTH,
    TRIANGLE,
    RELU,
    STEP,
    STEEP_SIGMOID,
) = range(len(ACTIVATIONS))
"""The position of each in the table, for executors that branch on it."""

PAPER_ACTIVATIONS = ("sine", "sigmoid", "gaussian", "linear")
"""The functions that evolution draws from in Nguyen et al. 2015."""

_POSITIONS = {activation.name: position for position, activation in enumerate(ACTIVATIONS)}


def activation_codes(names: Sequence[str]) -> list[int]:
    """Return the positions of the named activations in the table.

    Raises:
        ConfigError: A name is not in the table.
    """
    unknown = [name for name in names if name not in _POSITIONS]
    if unknown:
        raise ConfigError(
            f"unknown activation {unknown[0]!r}: choose from {', '.join(sorted(_POSITIONS))}"
        )
    return [_POSITIONS[name] for name in names]
