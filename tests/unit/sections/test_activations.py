import math
import sys

import pytest
import torch

from neatfool.errors import ConfigError
from neatfool.networks import (
    ACTIVATIONS,
    PAPER_ACTIVATIONS,
    Activation,
    activation_codes,
)
from neatfool.sections import activations
from neatfool.sections.activations import FORMULA_NAMES

BY_HAND = {
    "identity": [(0, 0), (2.5, 2.5), (-1e9, -1e9)],
    "sine": [(0, 0), (math.pi / 2, 1), (-math.pi / 6, -0.5)],
    "sigmoid": [(0, 0), (math.log(3), 0.5), (-math.log(3), -0.5), (1e9, 1), (-1e9, -1)],
    "gaussian": [(0, 1), (math.sqrt(math.log(2)), 0.5), (-1, 0.36787944117144233), (1e9, 0)],
    "linear": [(0, 0), (1.5, 0.5), (-3, -1), (1e9, 1), (-1e9, -1)],
    "tanh": [(0, 0), (math.log(2), 0.6), (1e9, 1)],
    "cosine": [(0, 1), (math.pi / 3, 0.5), (math.pi, -1)],
    "absolute": [(0, 0), (-2.5, 2.5), (2.5, 2.5)],
    "square": [(0, 0), (-0.5, 0.25), (3, 9), (1001, 1e6), (-1e9, 1e6)],
    "sawtooth": [(0, 0), (1.25, 0.25), (-0.25, 0.75), (3, 0)],
    "triangle": [(0, 1), (0.25, 0.5), (-0.25, 0.5), (0.5, 0), (1, -1), (1.5, 0), (2, 1)],
    "relu": [(0, 0), (-2, 0), (2.5, 2.5)],
    "step": [(0, 0), (-2, 0), (1e-9, 1), (7, 1)],
    "steep_sigmoid": [(0, 0.5), (math.log(3) / 4.9, 0.75), (-math.log(3) / 4.9, 0.25), (1e9, 1)],
    "neat_sigmoid": [(0, 0.5), (math.log(3) / 5, 0.75), (13, 1), (-1e9, math.exp(-60))],
    "neat_tanh": [(0, 0), (math.log(2) / 2.5, 0.6), (1e9, 1)],
    "neat_sin": [(0, 0), (math.pi / 10, 1), (1e9, math.sin(60)), (-1e9, -math.sin(60))],
    "neat_gauss": [(0, 1), (math.sqrt(math.log(2) / 5), 0.5), (1e9, math.exp(-57.8))],
    "elu": [(0, 0), (2.5, 2.5), (-math.log(2), -0.5), (-1e9, -1)],
    "lelu": [(0, 0), (2.5, 2.5), (-2, -0.01)],
    "selu": [(0, 0), (2, 2.101401974710961), (-1e9, -1.7580993408473766)],
    "neat_softplus": [(0, 0.2 * math.log(2)), (13, 12), (-13, 0)],
    "clamped": [(0, 0), (0.5, 0.5), (7, 1), (-7, -1)],
    "inv": [(0, 0), (4, 0.25), (-0.5, -2)],
    "log": [(math.e, 1), (1, 0), (0, math.log(1e-7)), (-5, math.log(1e-7))],
    "exp": [(0, 1), (1, math.e), (-61, math.exp(-60)), (1e9, math.exp(60))],
    "hat": [(0, 1), (0.25, 0.75), (-0.25, 0.75), (2, 0), (-2, 0)],
    "neat_square": [(0, 0), (-0.5, 0.25), (2000, 4e6), (1e200, sys.float_info.max)],
    "logistic": [(0, 0.5), (math.log(3), 0.75), (-math.log(3), 0.25), (1e9, 1), (-1e9, 0)],
    "normal": [(0, 1 / math.sqrt(2 * math.pi)), (-1, 0.24197072451914337), (1e9, 0)],
    "ramp": [(0, 0), (0.25, 0.25), (-2, 0), (7, 1)],
    "bounded_absolute": [(0, 0), (-0.25, 0.25), (0.5, 0.5), (-7, 1)],
    "cube": [(0, 0), (-2, -8), (1000, 1e9), (-1e200, -sys.float_info.max)],
}
SMALL = [k / 8 for k in range(-80, 81)]
LARGE = [sign * size for sign in (-1, 1) for size in (1e-6, 31.7, 999.5, 1e3, 12345.675, 1e6)]


def named(activation: Activation) -> str:
    return activation.name


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=named)
def test_values_are_those_computed_by_hand(activation: Activation) -> None:
    places, values = zip(*BY_HAND[activation.name], strict=True)

    assert [activation.scalar(float(p)) for p in places] == pytest.approx(
        values, rel=1e-15, abs=1e-15
    )


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=named)
@pytest.mark.parametrize(("dtype", "close"), [(torch.float64, 1e-14), (torch.float32, 2e-7)])
def test_the_batched_form_overwrites_with_the_scalar_form(activation, dtype, close) -> None:
    sums = torch.tensor(SMALL + LARGE, dtype=dtype).reshape(1, -1)
    expected = [activation.scalar(p) for p in sums[0].tolist()]

    activation.batched(sums)

    assert sums.dtype == dtype
    assert sums[0].tolist() == pytest.approx(expected, rel=close, abs=close)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=named)
def test_huge_sums_give_finite_values(activation: Activation) -> None:
    sums = torch.tensor([-1e18, 1e18])

    activation.batched(sums)

    assert sums.isfinite().all()
    assert all(math.isfinite(activation.scalar(p)) for p in (-1e18, 1e18))


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=named)
def test_the_formula_is_the_scalar_form(activation: Activation) -> None:
    names = {name: getattr(math, name, None) for name in FORMULA_NAMES}
    names |= {"clip": lambda p, low, high: min(max(p, low), high)}
    names |= {"abs": abs, "max": max, "min": min, "exp": lambda p: math.exp(min(p, 700))}

    for p in SMALL + LARGE:
        found = eval(activation.formula, {"__builtins__": {}} | names | {"p": p})
        assert found == pytest.approx(activation.scalar(p), rel=1e-12, abs=1e-12)


def test_the_functions_of_the_paper_stay_within_one() -> None:
    for code in activation_codes(PAPER_ACTIVATIONS):
        assert all(-1 <= ACTIVATIONS[code].scalar(p) <= 1 for p in SMALL + LARGE)


def test_codes_are_positions_in_the_table() -> None:
    names = [activation.name for activation in ACTIVATIONS]

    assert activation_codes(names) == list(range(len(names)))
    assert activation_codes(["gaussian", "sine"]) == [names.index("gaussian"), names.index("sine")]
    assert names[0] == "identity"


def test_positions_of_old_entries_never_change() -> None:
    names = "identity sine sigmoid gaussian linear tanh cosine absolute square sawtooth triangle"

    assert activation_codes([*names.split(), "relu", "step"]) == list(range(13))
    names = "neat_sigmoid neat_tanh neat_sin neat_gauss elu lelu selu neat_softplus clamped inv"
    later = [*names.split(), "log", "exp", "hat", "neat_square", "cube"]
    assert activation_codes(["steep_sigmoid", *later]) == list(range(13, 29))
    last = ["logistic", "normal", "ramp", "bounded_absolute"]
    assert activation_codes(last) == list(range(29, 33))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["sin"], "'sin': did you mean sine? neat-python's sin is another function, here called"),
        (["gauss", "sine"], "'gauss': did you mean gaussian? neat-python's gauss is another"),
        (["abs"], "unknown activation 'abs': did you mean absolute?"),
        (["cos"], "'cos': did you mean cosine?"),
        (["softplus"], "'softplus': did you mean neat_softplus?"),
        (["gausian"], "'gausian': did you mean gaussian?"),
        (
            ["sin", "sigmoid", "abs"],
            "unknown activations 'sin', 'abs': did you mean sine, absolute? neat-python's sin, "
            "sigmoid are other functions, here called neat_sin, neat_sigmoid",
        ),
        (
            ["sin", "zzz"],
            "'sin', 'zzz': did you mean sine? choose from absolute, bounded_absolute, clamped",
        ),
        ([""], "unknown activation '': choose from absolute"),
    ],
)
def test_unknown_names_have_a_hint(names, message) -> None:
    with pytest.raises(ConfigError) as caught:
        activation_codes(names)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_name_is_an_error_that_lists_the_known() -> None:
    with pytest.raises(ConfigError, match=r"'swish'.*gaussian"):
        activation_codes(["sine", "swish"])


def test_constants_are_positions_in_the_table() -> None:
    for position, activation in enumerate(ACTIVATIONS):
        assert getattr(activations, activation.name.upper()) == position
