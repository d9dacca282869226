"""The functions of nodes in Triton, for sums in single precision."""

import numpy as np
import triton
import triton.language as tl

from neatfool.sections.activations import BOUNDED_ABSOLUTE, NORMAL_TOP, SELU_ALPHA, SELU_SCALE, SINE

(
    _SINE,
    _SIGMOID,
    _GAUSSIAN,
    _LINEAR,
    _TANH,
    _COSINE,
    _ABSOLUTE,
    _SQUARE,
    _SAWTOOTH,
    _TRIANGLE,
    _RELU,
    _STEP,
    _STEEP_SIGMOID,
    _NEAT_SIGMOID,
    _NEAT_TANH,
    _NEAT_SIN,
    _NEAT_GAUSS,
    _ELU,
    _LELU,
    _SELU,
    _NEAT_SOFTPLUS,
    _CLAMPED,
    _INV,
    _LOG,
    _EXP,
    _HAT,
    _NEAT_SQUARE,
    _CUBE,
    _LOGISTIC,
    _NORMAL,
    _RAMP,
    _BOUNDED_ABSOLUTE,
) = map(tl.constexpr, range(SINE, BOUNDED_ABSOLUTE + 1))  # in the order of the table
_SCALE, _ALPHA, _PEAK = map(tl.constexpr, (SELU_SCALE, SELU_ALPHA, NORMAL_TOP))
_LARGEST = tl.constexpr(float(np.finfo(np.float32).max))
_SMALLEST = tl.constexpr(1 / float(np.finfo(np.float32).max))  # what is nearer to 0 has no inverse


@triton.jit
def activate(p, code):  # type: ignore[no-untyped-def]
    """Compute the activation of sums; those of a code of none of these stay as they are."""
    if code == _SINE:
        p = tl.sin(p)
    elif code == _COSINE:
        p = tl.cos(p)
    elif code == _GAUSSIAN:
        p = tl.exp(-p * p)
    elif code == _SIGMOID:
        p = 1 - 2 / (tl.exp(p) + 1)
    elif code == _TANH:
        p = 1 - 2 / (tl.exp(2 * p) + 1)
    elif code == _LINEAR:
        p = tl.where(p < -3, -3, tl.where(p > 3, 3, p)) / 3
    elif code == _ABSOLUTE:
        p = tl.abs(p)
    elif code == _SQUARE:
        p = tl.where(p * p > 1e6, 1e6, p * p)
    elif code == _SAWTOOTH:
        p = p - tl.floor(p)
    elif code == _TRIANGLE:
        p = 1 - 4 * tl.abs(p * 0.5 - tl.floor(p * 0.5 + 0.5))
    elif code == _RELU:
        p = tl.where(p < 0, 0, p)
    elif code == _STEP:
        p = tl.where(p > 0, 1.0, 0.0)
    elif code == _STEEP_SIGMOID:
        p = 1 / (1 + tl.exp(-4.9 * p))
    elif code >= _NEAT_SIGMOID:
        p = _activate_as_others_do(p, code)
    return p


@triton.jit
def _clip(p, reach):  # type: ignore[no-untyped-def]
    return tl.where(p < -reach, -reach, tl.where(p > reach, reach, p))


@triton.jit
def _activate_as_others_do(p, code):  # type: ignore[no-untyped-def]
    if code == _NEAT_SIGMOID:
        p = 1 / (1 + tl.exp(-_clip(5 * p, 60.0)))
    elif code == _NEAT_TANH:
        p = 1 - 2 / (tl.exp(5 * p) + 1)
    elif code == _NEAT_SIN:
        p = tl.sin(_clip(5 * p, 60.0))
    elif code == _NEAT_GAUSS:
        p = _clip(p, 3.4)
        p = tl.exp(-5 * p * p)
    elif code == _ELU:
        p = tl.where(p > 0, p, tl.exp(p) - 1)
    elif code == _LELU:
        p = tl.where(p > 0, p, 0.005 * p)
    elif code == _SELU:
        p = _SCALE * tl.where(p > 0, p, _ALPHA * (tl.exp(p) - 1))
    elif code == _NEAT_SOFTPLUS:
        p = tl.exp(_clip(5 * p, 60.0))
        small = tl.where((p < 1e-3) & (p > 1.11e-16), p, 0)  # nearer to zero log(1 + p) is zero
        p = 0.2 * tl.where(p < 1e-3, small - 0.5 * small * small, tl.log(1 + p))
    elif code == _CLAMPED:
        p = _clip(p, 1.0)
    elif code == _INV:
        is_small = tl.abs(p) < _SMALLEST
        p = tl.where(is_small, 0, 1 / tl.where(is_small, 1, p))
    elif code == _LOG:
        p = tl.log(tl.where(p < 1e-7, 1e-7, p))
    elif code == _EXP:
        p = tl.exp(_clip(p, 60.0))
    elif code == _HAT:
        p = tl.where(tl.abs(p) > 1, 0, 1 - tl.abs(p))
    elif code == _NEAT_SQUARE:
        p = _clip(p * p, _LARGEST)
    elif code == _CUBE:
        p = _clip(p * p * p, _LARGEST)
    elif code == _LOGISTIC:
        p = 1 / (1 + tl.exp(-p))
    elif code == _NORMAL:
        p = _PEAK * tl.exp(-0.5 * p * p)
    elif code == _RAMP:
        p = tl.where(p < 0, 0, _clip(p, 1.0))
    elif code == _BOUNDED_ABSOLUTE:
        p = _clip(tl.abs(p), 1.0)
    return p
