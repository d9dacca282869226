"""What networks give: which of several tensors has the scores, and what the scores mean."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

import torch

from neatfool.errors import ClassifierError
from neatfool.sections.classifier import Outputs

INDEPENDENT: tuple[Outputs, ...] = ("sigmoid", "percent", "log-odds")
"""Outputs that say something of each class by itself."""
_WHOLE: dict[Outputs, float] = {"probabilities": 1.0, "sigmoid": 1.0, "percent": 100.0}
"""What a confidence of 1 is."""
_TOLERANCE = 0.01
"""How far probabilities may sum up to another number than 1, and confidences may leave [0, 1]: half
precision and a thousand classes come near."""
_SCORES = re.compile(r"logit|prob|score|pred|class|softmax|sigmoid|^out(put)?s?$", re.IGNORECASE)
_OTHERS = re.compile(r"aux|feat|embed|hidden|pool|loss|attention", re.IGNORECASE)
_EMBEDDINGS = re.compile(r"feat|embed", re.IGNORECASE)
_SHOWN = 6


def confidences_of(scores: torch.Tensor, outputs: Outputs) -> torch.Tensor:
    """Turn what a network gives into confidences.

    Args:
        scores: ``(P, K)`` float32; ``(P, 1)`` is the second of two classes.
        outputs: What they are.

    Returns:
        ``(P, K)`` float32 in [0, 1]; rows of logits and probabilities sum up to 1.

    Raises:
        ClassifierError: The scores cannot be that. Rows with numbers that are none (NaN) are not
            looked at, and stay.
    """
    if outputs == "log-odds":
        return in_two_classes(scores, outputs).sigmoid()
    if outputs in INDEPENDENT:
        return _independent(in_two_classes(scores, outputs), outputs)
    return logits_of(scores, outputs).softmax(dim=1)


def logits_of(scores: torch.Tensor, outputs: Outputs) -> torch.Tensor:
    """Turn what a network gives into numbers without bounds; differentiable.

    Args:
        scores: ``(P, K)`` float32; ``(P, 1)`` is the second of two classes.
        outputs: What they are.

    Returns:
        ``(P, K)`` float32, whose softmax is the confidences; of independent confidences their
        log-odds, whose sigmoid is the confidences.

    Raises:
        ClassifierError: As for ``confidences_of``.
    """
    scores = in_two_classes(scores, outputs)
    if outputs in ("logits", "log-odds"):
        return scores
    tiny = torch.finfo(scores.dtype).tiny
    if outputs in INDEPENDENT:
        shares = _independent(scores, outputs)
        return shares.clamp_min(tiny).log() - (1 - shares).clamp_min(tiny).log()
    shares = scores if outputs == "probabilities" else scores.exp()
    shares = shares[shares.isfinite().all(1)]  # others are no numbers, one by one
    if not _sum_up(shares, 1.0):
        low, high = (float(each) for each in shares.sum(1).aminmax())
        raise ClassifierError(
            f"expected {outputs} that sum up to 1, got sums from {low:.4g} to {high:.4g} and a "
            f"lowest value of {float(shares.min()):.4g}; set outputs to what the network gives"
        )
    return scores.clamp_min(tiny).log() if outputs == "probabilities" else scores


def in_two_classes(scores: torch.Tensor, outputs: Outputs) -> torch.Tensor:
    """Write one score per image, of a detector of one thing, as those of two classes.

    Args:
        scores: ``(P, K)`` float32.
        outputs: What they are.

    Returns:
        ``(P, 2)``, without the thing and with it, if ``K`` is 1; else the scores.
    """
    if scores.shape[1] != 1:
        return scores
    if outputs == "logits":
        other = torch.zeros_like(scores)
    elif outputs == "log-odds":
        other = -scores
    elif outputs == "log-probabilities":
        other = (-scores.expm1()).log()
    else:
        other = (_WHOLE[outputs] - scores).clamp_min(0)
    return torch.cat([other, scores], dim=1)


def guess_outputs(scores: torch.Tensor) -> Outputs:
    """Guess what the scores ``(P, K)`` of different images are."""
    several = scores.shape[1] > 1
    if several and _sum_up(scores, 1.0):
        return "probabilities"
    if several and _sum_up(scores, 100.0):
        return "percent"
    return "sigmoid" if look_like(scores, "sigmoid") else "logits"


def look_like(scores: torch.Tensor, outputs: Outputs) -> bool:
    """Say whether scores may be independent confidences: they are bounded, and none is negative."""
    return are_bounded(scores, outputs) and not bool((scores < 0).any())


def are_bounded(scores: torch.Tensor, outputs: Outputs) -> bool:
    """Say whether no score leaves the range of independent confidences, NaN aside."""
    low, high = -_TOLERANCE * _WHOLE[outputs], (1 + _TOLERANCE) * _WHOLE[outputs]
    return not bool(((scores < low) | (scores > high)).any())


def find_scores(answer: object, rows: int, wanted: str | None = None) -> dict[str, torch.Tensor]:
    """Find what may be the scores in what a network gives.

    That is tensors of floating-point numbers that have a row for each image, and nothing but one
    column for each class.

    Args:
        answer: A tensor, or tensors in tuples, lists, mappings or objects.
        rows: Images that were asked about.
        wanted: Name or place of the tensor; none: any.

    Returns:
        Name → scores ``(rows, K)`` as they are, in the order of the answer; at least one.

    Raises:
        ClassifierError: There are none, or no tensor is wanted like that.
    """
    tensors = tensors_in(answer)
    shown = _listed(tensors) or type(answer).__name__
    if wanted is not None:
        names = [*tensors]
        if wanted not in names and wanted.isdecimal() and int(wanted) < len(names):
            wanted = names[int(wanted)]
        if wanted not in names:
            raise ClassifierError(
                f"expected an output {wanted[:40]}, got {shown}; choose one by name or place"
            )
        tensors = {wanted: tensors[wanted]}
    found = {n: _as_rows(each) for n, each in tensors.items() if _are_scores(each, rows)}
    if not found:
        raise ClassifierError(
            f"expected scores (P, K) of floating-point numbers, one per class, got {shown} for "
            f"P = {rows}; make the network give one number per class"
        )
    return found


def choose_scores(
    found: Mapping[str, torch.Tensor], count: int | None = None, width: int | None = None
) -> str:
    """Choose one of several tensors that may be the scores.

    It is the first that has as many columns as classes have names; else the first whose own name
    speaks of scores (logits, probabilities, output, …), and not of features or the like; else the
    first that is as wide as the last layer; else the first of more than one column.

    Args:
        found: Name → scores ``(P, K)``, at least one.
        count: How many classes have names; none: nobody knows.
        width: How many numbers the last layer of the network gives; none: nobody knows.

    Returns:
        The name of the scores.
    """

    def rank(name: str) -> tuple[bool, ...]:  # False comes first
        columns, last = found[name].shape[1], name.rpartition(".")[2]
        return (
            columns != count if count else False,
            _OTHERS.search(last) is not None,
            _SCORES.search(last) is None,
            columns != width if width else False,
            columns == 1,
        )

    return min(found, key=rank)


def choose_embedding(found: Mapping[str, torch.Tensor]) -> str:
    """Choose one of several tensors ``(P, D)`` that may be an embedding.

    It is the first whose own name speaks of an embedding or of features, else the widest.
    """

    def rank(name: str) -> tuple[bool, bool, int]:  # False and the least come first
        last, width = name.rpartition(".")[2], found[name].shape[1]
        return width == 1, _EMBEDDINGS.search(last) is None, -width

    return min(found, key=rank)


def tensors_in(answer: object) -> dict[str, torch.Tensor]:
    """Name all tensors in what a network gives by key, attribute or place, as in ``"1.logits"``."""
    if isinstance(answer, torch.Tensor):
        return {"0": answer}
    found: dict[str, torch.Tensor] = {}
    for name, each in _parts(answer):
        if isinstance(each, torch.Tensor):
            found[name] = each
        elif isinstance(each, Mapping | list | tuple) or is_dataclass(each):
            found |= {f"{name}.{inner}": tensor for inner, tensor in tensors_in(each).items()}
    return found


def _parts(answer: object) -> Iterator[tuple[str, object]]:
    """Give names and values of what something holds."""
    if isinstance(answer, Mapping):
        return ((str(key), each) for key, each in answer.items())
    if isinstance(answer, list | tuple):
        names = getattr(answer, "_fields", range(len(answer)))
        return ((str(name), each) for name, each in zip(names, answer, strict=True))
    if is_dataclass(answer):
        return ((field.name, getattr(answer, field.name)) for field in fields(answer))
    held = getattr(answer, "__dict__", {})
    return iter({"logits": getattr(answer, "logits", None), **held}.items())


def _listed(tensors: Mapping[str, torch.Tensor]) -> str:
    """Write names, shapes and types of tensors in one line."""
    shown = [
        f"{name[:40]} {tuple(each.shape)} {str(each.dtype).removeprefix('torch.')}"
        for name, each in tensors.items()
    ]
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return ", ".join(shown[:_SHOWN]) + more


def _are_scores(tensor: torch.Tensor, rows: int) -> bool:
    """Say whether a tensor has a row for each image, and one axis of classes."""
    return (
        tensor.is_floating_point()
        and tensor.ndim > 0
        and len(tensor) == rows
        and tensor.shape[2:].numel() == 1
    )


def _as_rows(tensor: torch.Tensor) -> torch.Tensor:
    """Write ``(P,)`` and ``(P, K, 1, 1)`` as ``(P, 1)`` and ``(P, K)``."""
    return tensor if tensor.ndim == 2 else tensor.reshape(len(tensor), -1)


def _independent(scores: torch.Tensor, outputs: Outputs) -> torch.Tensor:
    """Give independent confidences as numbers in [0, 1]."""
    whole = _WHOLE[outputs]
    if not are_bounded(scores, outputs):
        low, high = (float(each) for each in scores.nan_to_num(0.0).aminmax())
        raise ClassifierError(
            f"expected {outputs} from 0 to {whole:g}, got values from {low:.4g} to {high:.4g}; set "
            "outputs to what the network gives"
        )
    return (scores if whole == 1 else scores / whole).clamp(0, 1)


def _sum_up(scores: torch.Tensor, whole: float) -> bool:
    """Say whether no number is negative, and every row of ``(P, K)`` sums up to a whole."""
    near = (scores.sum(1) - whole).abs() <= _TOLERANCE * whole
    return bool(((scores >= 0).all(1) & near).all())
