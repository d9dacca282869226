"""The functions of neat-python, and what they are called here."""

from collections.abc import Callable
from typing import TypeAlias

from neat.activations import ActivationFunctionSet
from neat.aggregations import AggregationFunctionSet

from neatfool.errors import ConfigError
from neatfool.networks import ACTIVATIONS, NEAT_NAMES, Activation
from neatfool.networks.aggregations import AGGREGATIONS
from neatfool.sections.activations import activation_codes

Functions: TypeAlias = dict[str, Callable[..., float]]
STOCK_ACTIVATIONS: Functions = ActivationFunctionSet().functions
STOCK_AGGREGATIONS: Functions = AggregationFunctionSet().functions
AGGREGATION_CODES = {aggregation.name: code for code, aggregation in enumerate(AGGREGATIONS)}
CODES = {name: activation_codes([NEAT_NAMES.get(name, name)])[0] for name in STOCK_ACTIVATIONS}
NAMES = {code: name for name, code in CODES.items()}


def _taught(activation: Activation) -> Callable[[float], float]:
    """Make a function that neat-python takes, and that can be pickled with its config."""

    def function(z: float) -> float:
        return activation.scalar(z)

    function.__name__ = function.__qualname__ = f"neatfool_{activation.name}"
    return function


TAUGHT = {code: _taught(a) for code, a in enumerate(ACTIVATIONS) if code not in NAMES}
"""The functions that neat-python lacks."""
globals().update({function.__name__: function for function in TAUGHT.values()})
CODES |= {function.__name__: code for code, function in TAUGHT.items()}
NAMES |= {code: function.__name__ for code, function in TAUGHT.items()}
STOCK_ACTIVATIONS |= {function.__name__: function for function in TAUGHT.values()}

FUNCTIONS = {
    function: ACTIVATIONS[CODES[name]].name for name, function in STOCK_ACTIVATIONS.items()
}
FUNCTIONS |= {function: name for name, function in STOCK_AGGREGATIONS.items()}
"""What the functions of neat-python, activations and aggregations, are called here."""


def trusted(codes: dict[str, int], known: Functions, stock: Functions) -> dict[str, int]:
    """Leave out names that mean another function in a config, or none."""
    return {name: code for name, code in codes.items() if known.get(name) is stock[name]}


def check(name: str, known: Functions, stock: Functions, kind: str) -> None:
    """Make sure that a name means the function that we have under it."""
    if name not in stock or known.get(name) is not stock[name]:
        own = sorted(each for each in stock if not each.startswith("neatfool_"))
        raise ConfigError(
            f"the {kind} {name!r} is a function of your own, which neatfool cannot read: expected "
            f"one of neat-python's, {', '.join(own)}"
        )
