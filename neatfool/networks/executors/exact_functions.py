"""The functions of nodes for the exact executor, one number at a time.

They are those of the C library that Python's ``math`` calls, so results are equal to the last bit.
"""

import math

import numpy as np

from neatfool.networks.jit import jit
from neatfool.sections.activations import (
    ABSOLUTE,
    BOUNDED_ABSOLUTE,
    CLAMPED,
    COSINE,
    CUBE,
    ELU,
    EXP,
    GAUSSIAN,
    HAT,
    INV,
    LELU,
    LINEAR,
    LOG,
    LOGISTIC,
    NEAT_GAUSS,
    NEAT_SIGMOID,
    NEAT_SIN,
    NEAT_SOFTPLUS,
    NEAT_SQUARE,
    NEAT_TANH,
    NORMAL,
    NORMAL_TOP,
    RAMP,
    RELU,
    SAWTOOTH,
    SELU,
    SELU_ALPHA,
    SELU_SCALE,
    SIGMOID,
    SINE,
    SQUARE,
    STEEP_SIGMOID,
    STEP,
    TANH,
    TRIANGLE,
)

OPTIONS: dict[str, object] = {"nogil": True, "error_model": "numpy"}
INNER: dict[str, object] = OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_LARGEST = np.finfo(np.float64).max


@jit(**INNER)
def _clip(p, low, high):  # type: ignore[no-untyped-def]
    """Cut as Python's ``max(low, min(high, p))`` does, which makes ``high`` of NaN."""
    p = p if p < high else high
    return p if p > low else low


@jit(**INNER)
def _power(p, exponent):  # type: ignore[no-untyped-def]
    """Return a power; where Python raises OverflowError, the largest number there is."""
    value = math.pow(p, exponent)
    if np.isinf(value) and not np.isinf(p):
        value = math.copysign(_LARGEST, value)
    return value


@jit(**INNER)
def activate(code, p, python):  # type: ignore[no-untyped-def]
    """Return the function of a code."""
    _, two, three = python
    value = p
    if code == NEAT_SIGMOID:
        value = 1.0 / (1.0 + math.exp(-_clip(5.0 * p, -60.0, 60.0)))
    elif code == NEAT_TANH:
        value = math.tanh(_clip(2.5 * p, -60.0, 60.0))
    elif code == NEAT_SIN:
        value = math.sin(_clip(5.0 * p, -60.0, 60.0))
    elif code == NEAT_GAUSS:
        value = math.exp(-5.0 * math.pow(_clip(p, -3.4, 3.4), two))
    elif code == RELU:
        value = p if p > 0.0 else 0.0
    elif code == ELU:
        value = p if p > 0.0 else math.exp(p) - 1.0
    elif code == LELU:
        value = p if p > 0.0 else 0.005 * p
    elif code == SELU:
        value = SELU_SCALE * p if p > 0.0 else SELU_SCALE * SELU_ALPHA * (math.exp(p) - 1.0)
    elif code == NEAT_SOFTPLUS:
        value = 0.2 * math.log(1.0 + math.exp(_clip(5.0 * p, -60.0, 60.0)))
    elif code == CLAMPED:
        value = _clip(p, -1.0, 1.0)
    elif code == INV:
        value = 1.0 / p if p != 0.0 else 0.0
    elif code == LOG:
        value = math.log(p if p > 1e-7 else 1e-7)
    elif code == EXP:
        value = math.exp(_clip(p, -60.0, 60.0))
    elif code == ABSOLUTE:
        value = abs(p)
    elif code == HAT:
        value = 1.0 - abs(p) if 1.0 - abs(p) > 0.0 else 0.0
    elif code == NEAT_SQUARE:
        value = _power(p, two)
    elif code == CUBE:
        value = _power(p, three)
    else:
        value = _activate_ours(code, p)
    return value


@jit(**INNER)
def _activate_ours(code, p):  # type: ignore[no-untyped-def]
    """Return the function of any other code; one of none of all leaves the number as it is."""
    value = p
    if code == SINE:
        value = math.sin(p)
    elif code == SIGMOID:
        value = math.tanh(p / 2.0)
    elif code == GAUSSIAN:
        value = math.exp(-p * p)
    elif code == LINEAR:
        value = _clip(p, -3.0, 3.0) / 3.0
    elif code == TANH:
        value = math.tanh(p)
    elif code == COSINE:
        value = math.cos(p)
    elif code == SQUARE:
        value = 1e6 if p * p > 1e6 else p * p
    elif code == SAWTOOTH:
        value = p - np.floor(p)
    elif code == TRIANGLE:
        value = 1.0 - 4.0 * abs(p / 2.0 - np.floor(p / 2.0 + 0.5))
    elif code == STEP:
        value = 1.0 if p > 0.0 else 0.0
    elif code == STEEP_SIGMOID:
        value = 0.5 + 0.5 * math.tanh(2.45 * p)
    elif code == LOGISTIC:
        value = 0.5 + 0.5 * math.tanh(0.5 * p)
    elif code == NORMAL:
        value = NORMAL_TOP * math.exp(-0.5 * p * p)
    elif code == RAMP:
        value = _clip(p, 0.0, 1.0)
    elif code == BOUNDED_ABSOLUTE:
        value = 1.0 if abs(p) > 1.0 else abs(p)
    return value
