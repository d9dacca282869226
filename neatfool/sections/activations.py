"""Activation functions: one table with a name, a formula, a scalar form and a batched form.

Sine, sigmoid, gaussian and linear are the four of Nguyen et al. 2015, with the formulas of its
released code: all map to [-1, 1]. Those after them are what CPPN papers use beside them.

From ``neat_sigmoid`` on come the functions of neat-python, with ``neat_`` before a name that means
another function here or elsewhere; their scalar forms are its operations in its order. Where
it fails with an OverflowError (square and cube of huge numbers) the value is the largest number of
its type. NaN stays NaN in the batched form.

The last four are those of MM-NEAT (Gillespie, Gonzalez and Schrum 2017): sigmoid, Gaussian,
half-linear and absolute value.
"""

import difflib
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from neatfool.errors import ConfigError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Activation:
    """A function of a node's weighted sum ``p``.

    Attributes:
        name: As written in settings.
        formula: For people and exporters: an expression of Python, see ``FORMULA_NAMES``.
        scalar: Python float to float; the oracle.
        batched: Overwrites a float tensor of any shape with the function of it, and gives it;
            gradients pass.
    """

    name: str
    formula: str
    scalar: Callable[[float], float]
    batched: "Callable[[torch.Tensor], torch.Tensor]"


FORMULA_NAMES = ("abs", "clip", "cos", "exp", "floor", "log", "max", "min", "sin", "tanh")
"""The functions that formulas use; ``clip(p, low, high)`` is ``min(max(p, low), high)``."""

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
NORMAL_TOP = 0.3989422804014327  # 1 / sqrt(2 * pi)
_LARGEST = sys.float_info.max


def _clip(p: float, low: float, high: float) -> float:
    return max(low, min(high, p))


def _power(p: float, exponent: int) -> float:
    try:
        return float(p**exponent)
    except OverflowError:
        return math.copysign(_LARGEST, p) if exponent % 2 else _LARGEST


def _torch() -> Any:
    """Give PyTorch, which settings are checked without."""
    return import_module("torch")


def _bounds(p: "torch.Tensor") -> "torch.finfo":
    bounds: torch.finfo = _torch().finfo(p.dtype)
    return bounds


def _log_of_more(p: "torch.Tensor") -> "torch.Tensor":
    """Compute log(1 + p), of float32 too as close to zero, or as zero, as in double precision."""
    return p.add(1).log_() if p.dtype == _torch().float64 else p.mul(p > 2**-53).log1p_()


ACTIVATIONS: tuple[Activation, ...] = (
    Activation("identity", "p", lambda p: p, lambda p: p),
    Activation("sine", "sin(p)", lambda p: math.sin(p), lambda p: p.sin_()),
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
    Activation("tanh", "tanh(p)", math.tanh, lambda p: p.tanh_()),
    Activation("cosine", "cos(p)", lambda p: math.cos(p), lambda p: p.cos_()),
    Activation("absolute", "abs(p)", abs, lambda p: p.abs_()),
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
        "1 - 4 * abs(p / 2 - floor(p / 2 + 1 / 2))",
        lambda p: 1 - 4 * abs(p / 2 - math.floor(p / 2 + 0.5)),
        lambda p: p.mul_(0.5).sub_(p.add(0.5).floor_()).abs_().mul_(-4).add_(1),
    ),
    Activation("relu", "max(p, 0)", lambda p: p if p > 0 else 0.0, lambda p: p.relu_()),
    Activation("step", "1 if p > 0 else 0", lambda p: float(p > 0), lambda p: p.gt_(0)),
    Activation(
        "steep_sigmoid",
        "1 / (1 + exp(-4.9 * p))",
        lambda p: 0.5 + 0.5 * math.tanh(2.45 * p),
        lambda p: p.copy_(p.mul(2.45).tanh_().mul(0.5).add_(0.5)),
    ),
    Activation(
        "neat_sigmoid",
        "1 / (1 + exp(-clip(5 * p, -60, 60)))",
        lambda p: 1 / (1 + math.exp(-_clip(5 * p, -60, 60))),
        lambda p: p.mul_(5).clamp_(-60, 60).sigmoid_(),
    ),
    Activation(
        "neat_tanh",
        "tanh(2.5 * p)",
        lambda p: math.tanh(_clip(2.5 * p, -60, 60)),
        lambda p: p.mul_(2.5).tanh_(),
    ),
    Activation(
        "neat_sin",
        "sin(clip(5 * p, -60, 60))",
        lambda p: math.sin(_clip(5 * p, -60, 60)),
        lambda p: p.mul_(5).clamp_(-60, 60).sin_(),
    ),
    Activation(
        "neat_gauss",
        "exp(-5 * clip(p, -3.4, 3.4) * clip(p, -3.4, 3.4))",
        lambda p: math.exp(-5 * _clip(p, -3.4, 3.4) ** 2),
        lambda p: p.clamp_(-3.4, 3.4).square_().mul_(-5).exp_(),
    ),
    Activation(
        "elu",
        "p if p > 0 else exp(p) - 1",
        lambda p: p if p > 0 else math.exp(p) - 1,
        lambda p: _torch().nn.functional.elu_(p),
    ),
    Activation(
        "lelu",
        "p if p > 0 else 0.005 * p",
        lambda p: p if p > 0 else 0.005 * p,
        lambda p: _torch().nn.functional.leaky_relu_(p, 0.005),
    ),
    Activation(
        "selu",
        f"{SELU_SCALE} * (p if p > 0 else {SELU_ALPHA} * (exp(p) - 1))",
        lambda p: SELU_SCALE * p if p > 0 else SELU_SCALE * SELU_ALPHA * (math.exp(p) - 1),
        lambda p: _torch().nn.functional.selu_(p),
    ),
    Activation(
        "neat_softplus",
        "0.2 * log(1 + exp(clip(5 * p, -60, 60)))",
        lambda p: 0.2 * math.log(1 + math.exp(_clip(5 * p, -60, 60))),
        lambda p: p.copy_(_log_of_more(p.mul(5).clamp_(-60, 60).exp()).mul(0.2)),
    ),
    Activation("clamped", "clip(p, -1, 1)", lambda p: _clip(p, -1, 1), lambda p: p.clamp_(-1, 1)),
    Activation(
        "inv",
        "1 / p if p != 0 else 0",
        lambda p: 1 / p if p else 0.0,
        lambda p: p.copy_(p.reciprocal().masked_fill(p == 0, 0)),
    ),
    Activation(
        "log",
        "log(max(p, 1e-7))",
        lambda p: math.log(max(1e-7, p)),
        lambda p: p.clamp_(min=1e-7).log_(),
    ),
    Activation(
        "exp",
        "exp(clip(p, -60, 60))",
        lambda p: math.exp(_clip(p, -60, 60)),
        lambda p: p.clamp_(-60, 60).exp_(),
    ),
    Activation(
        "hat",
        "max(1 - abs(p), 0)",
        lambda p: max(0.0, 1 - abs(p)),
        lambda p: p.abs_().neg_().add_(1).clamp_(min=0),
    ),
    Activation(
        "neat_square",
        "p * p",
        lambda p: _power(p, 2),
        lambda p: p.square_().clamp_(max=_bounds(p).max),
    ),
    Activation(
        "cube",
        "p * p * p",
        lambda p: _power(p, 3),
        lambda p: p.copy_(p.clone().pow(3).clamp_(_bounds(p).min, _bounds(p).max)),
    ),
    Activation(
        "logistic",
        "1 / (1 + exp(-p))",
        lambda p: 0.5 + 0.5 * math.tanh(0.5 * p),
        lambda p: p.copy_(p.mul(0.5).tanh_().mul(0.5).add_(0.5)),
    ),
    Activation(
        "normal",
        f"{NORMAL_TOP} * exp(-p * p / 2)",
        lambda p: NORMAL_TOP * math.exp(-0.5 * p * p),
        lambda p: p.copy_(p.clone().square_().mul_(-0.5).exp_().mul(NORMAL_TOP)),
    ),
    Activation("ramp", "clip(p, 0, 1)", lambda p: _clip(p, 0, 1), lambda p: p.clamp_(0, 1)),
    Activation(
        "bounded_absolute",
        "min(abs(p), 1)",
        lambda p: min(abs(p), 1.0),
        lambda p: p.abs_().clamp_(max=1),
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
    NEAT_SIGMOID,
    NEAT_TANH,
    NEAT_SIN,
    NEAT_GAUSS,
    ELU,
    LELU,
    SELU,
    NEAT_SOFTPLUS,
    CLAMPED,
    INV,
    LOG,
    EXP,
    HAT,
    NEAT_SQUARE,
    CUBE,
    LOGISTIC,
    NORMAL,
    RAMP,
    BOUNDED_ABSOLUTE,
) = range(len(ACTIVATIONS))
"""The position of each in the table, for executors that branch on it."""

PAPER_ACTIVATIONS = ("sine", "sigmoid", "gaussian", "linear")
"""The functions that evolution draws from in Nguyen et al. 2015."""

_POSITIONS = {activation.name: position for position, activation in enumerate(ACTIVATIONS)}

NEAT_NAMES = {name.removeprefix("neat_"): name for name in _POSITIONS if name.startswith("neat_")}
NEAT_NAMES |= {"abs": "absolute"}
"""What functions of neat-python are called here that have another name."""


def activation_codes(names: Sequence[str]) -> list[int]:
    """Return the positions of the named activations in the table.

    Raises:
        ConfigError: A name is not in the table.
    """
    unknown = [name for name in names if name not in _POSITIONS]
    if unknown:
        raise ConfigError(_unknown(unknown, names))
    return [_POSITIONS[name] for name in names]


def _unknown(unknown: Sequence[str], names: Sequence[str]) -> str:
    """Say which names are unknown, what is near, and which neat-python means otherwise."""
    near = [_nearest(name) for name in unknown]
    hints = [f"did you mean {', '.join(filter(None, near))}?"] if any(near) else []
    hints += [] if all(near) else [f"choose from {', '.join(sorted(_POSITIONS))}."]
    theirs = [n for n in dict.fromkeys(names) if NEAT_NAMES.get(n, "abs").startswith("neat_")]
    if theirs:
        those = "is another function" if len(theirs) == 1 else "are other functions"
        ours = ", ".join(NEAT_NAMES[name] for name in theirs)
        hints.append(f"neat-python's {', '.join(theirs)} {those}, here called {ours}")
    quoted = ", ".join(f"{name!r:.60}" for name in unknown)
    said = " ".join(hints).removesuffix(".")
    return f"unknown activation{'s' if len(unknown) > 1 else ''} {quoted}: {said}"


def _nearest(name: str) -> str:
    """Find the name that was meant; empty: none is near."""
    if name == "abs":
        return NEAT_NAMES[name]
    longer = [known for known in _POSITIONS if name and known.startswith(name)]
    return next(iter(longer or difflib.get_close_matches(name, _POSITIONS, n=1)), "")
