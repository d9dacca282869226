"""A copy of a network, so that what a user hands in stays as it was."""

import copy
import functools
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import torch
from torch import nn

from neatfool.classifiers.loaded import short
from neatfool.errors import ClassifierError

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


@torch.no_grad()  # so that weights of scripts stay leaves
def copied(network: nn.Module, shared: Iterable[object] = ()) -> nn.Module:
    """Copy a network with its weights, modes and hooks.

    The copy calls the same hooks, which tell the same listeners. A hook that is a function within
    ``__init__`` goes on to change the object of that ``__init__``; methods change the copy.

    Args:
        network: It stays as it is.
        shared: Further objects that the copy has in common with it, beside what cannot be copied,
            such as locks and connections.

    Raises:
        ClassifierError: It cannot be copied.
    """
    layers = list(network.modules())
    memo = {id(each): each for each in chain(shared, *map(_heard, layers))}
    for tensor in chain.from_iterable(map(_tensors, layers)):
        if not tensor.is_leaf:  # such as weights that a hook computes from others
            memo[id(tensor)] = tensor.detach().clone()
    try:
        try:
            return copy.deepcopy(network, dict(memo))
        except Exception:
            held = chain.from_iterable(map(_held, layers))
            memo |= {id(each): each for each in held if not _is_copyable(each, memo)}
            return copy.deepcopy(network, memo)
    except Exception as error:
        raise ClassifierError(
            f"expected a network that copy.deepcopy can copy, got {short(error)}; give "
            "BlackBox(lambda images: network(images)) in its place"
        ) from error


def _heard(layer: nn.Module) -> Iterator[object]:
    """Yield what the hooks of a layer tell what they saw, which is not copied."""
    hooks = [hook for name in _HOOKS for hook in vars(layer).get(name, {}).values()]
    for hook in hooks:
        parts = [hook]
        while isinstance(parts[0], functools.partial):
            function = parts.pop(0)
            parts = [function.func, *parts, *function.args, *function.keywords.values()]
        parts[0] = getattr(parts[0], "__self__", parts[0])
        yield from (part for part in parts if not isinstance(part, nn.Module))


def _tensors(layer: nn.Module) -> Iterator[torch.Tensor]:
    """Yield the tensors that a layer has as attributes or buffers."""
    values = chain(vars(layer).values(), vars(layer).get("_buffers", {}).values())
    yield from (value for value in values if isinstance(value, torch.Tensor))


def _held(value: Any) -> Iterator[object]:
    """Yield what lies in a layer, and in the lists and tables in it."""
    if isinstance(value, nn.Module):
        inner = [each for name, each in vars(value).items() if name != "_modules"]
        yield from chain.from_iterable(map(_held, inner))
    elif isinstance(value, dict):
        yield from chain.from_iterable(map(_held, value.values()))
    elif isinstance(value, list | tuple | set):
        yield from chain.from_iterable(map(_held, value))
    elif not isinstance(value, torch.Tensor):
        yield value


def _is_copyable(value: object, memo: dict[int, Any]) -> bool:
    try:
        copy.deepcopy(value, dict(memo))
    except Exception:
        return False
    return True
