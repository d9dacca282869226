"""Which output of an ONNX file holds the scores, and how they become rows of numbers."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from neatfool.classifiers.onnx.graph import OnnxGraph
from neatfool.errors import ClassifierError
from neatfool.reporting import log
from neatfool.types import Floats

if TYPE_CHECKING:
    import onnxruntime

_Node: TypeAlias = "onnxruntime.NodeArg"
_Nodes: TypeAlias = "list[onnxruntime.NodeArg]"

_FLOATING = {"tensor(float)", "tensor(float16)", "tensor(double)"}
_WHOLE = {f"tensor({sign}int{bits})" for sign in ("", "u") for bits in (8, 16, 32, 64)}
_MAPS = {"seq(map(int64,tensor(float)))", "seq(map(string,tensor(float)))"}
"""As the nodes ZipMap give them: class → probability, for every image."""
_CLASSES = re.compile(r"logit|prob|softmax|score|class|pred|cls", re.IGNORECASE)
_OTHERS = re.compile(
    r"feat|embed|hidden|pool|atten|mask|aux|state|latent|repr|token|box|map|layer|block|stage",
    re.IGNORECASE,
)
_SHOWN = 8
_FEATURES = re.compile(r"feature|embed|hidden_state|pooler|latent", re.IGNORECASE)


@dataclass(frozen=True)
class Output:
    """The output that holds the scores."""

    name: str
    kind: str
    scale: tuple[float, float] | None = None
    """What rounding to whole numbers divided by, and added; none: it did not happen."""
    shares: bool = False
    """Every row is divided by its sum: rounded probabilities do not sum up to 1."""

    def rows(self, scores: Any, count: int) -> Floats:
        """Write the scores of so many images as ``(P, K)`` float32, if they can be that."""
        if self.kind in _MAPS:
            scores = [list(each.values()) for each in scores]
        rows = np.asarray(scores, dtype=np.float32)
        if self.scale is not None:
            rows = (rows - self.scale[1]) * np.float32(self.scale[0])
        if count == 1 and rows.size == max(rows.shape, default=1):
            rows = rows.reshape(1, -1)
        elif rows.shape[:1] == (count,) and sum(side != 1 for side in rows.shape[1:]) < 2:
            rows = rows.reshape(count, -1)
        return rows / rows.sum(axis=1, keepdims=True).clip(1e-6) if self.shares else rows

    def are_shares(self, rows: Floats) -> bool:
        """Say whether rows of whole numbers, or of such brought back, are rounded probabilities."""
        if self.kind not in _WHOLE or (rows < 0).any():
            return False
        whole = (1.0,) if self.scale else (255.0, 256.0)
        rounding = (self.scale[0] if self.scale else 1.0) * (rows.shape[1] / 2 + 1)
        sums = rows.sum(axis=1)
        return any(bool((abs(sums - one) <= rounding).all()) for one in whole)


def choose_output(
    path: Path,
    outputs: _Nodes,
    wanted: str | None,
    classes: int,
    graph: OnnxGraph,
) -> Output:
    """Choose the output that holds the scores; where there are several, the choice is logged.

    Args:
        path: Of the file.
        outputs: Those of the session.
        wanted: Name or index of the one to take; none: the names and shapes decide.
        classes: How many classes have names; 0: nobody knows them.
        graph: What was read of the file.

    Raises:
        ClassifierError: There is no such output, or none holds scores, or several might.
    """
    if wanted is None:
        chosen = _guess(path, outputs, classes, graph.sources)
    else:
        named = [each for each in outputs if each.name == wanted]
        if not named and wanted.isdecimal() and int(wanted) < len(outputs):
            named = [outputs[int(wanted)]]
        fitting = [each for each in named if each.type in _FLOATING | _MAPS or _are_levels(each)]
        if not fitting:
            raise ClassifierError(
                f"{path}: expected the name or index of an output of scores, got {wanted[:60]!r}; "
                f"choose from {_listed(outputs)}"
            )
        chosen = fitting[0]
    return Output(chosen.name, chosen.type, graph.scales.get(chosen.name))


def _guess(path: Path, outputs: _Nodes, classes: int, sources: dict[str, set[str]]) -> _Node:
    """Choose by what outputs are: numbers before maps before whole numbers, never labels."""
    for kinds in (_FLOATING, _MAPS, _WHOLE):
        found = [each for each in outputs if each.type in kinds and _may_be_scores(each)]
        best = _best(found, classes, sources)
        if len(best) == 1 and len(outputs) > 1:
            log.warning(
                "%s has the outputs %s; takes %s. Set output to take another",
                path.name,
                _listed(outputs),
                best[0].name,
            )
        if len(best) == 1 and (len(outputs) > 1 or not _FEATURES.search(best[0].name)):
            return best[0]
        if found:
            break
    raise ClassifierError(
        f"{path}: expected one output of scores for classes, got {_listed(outputs)}; "
        "set output to the one to take, or export the network with its scores"
    )


def _may_be_scores(output: _Node) -> bool:
    """Say whether an output may have one number per class, and not one label."""
    return _are_levels(output) if output.type in _WHOLE else len(_long_sides(output)) < 2


def _are_levels(output: _Node) -> bool:
    """Say whether an output has whole numbers for several classes."""
    several = (_count(output) or 0) > 1 or (not output.shape and output.type != "tensor(int64)")
    return output.type in _WHOLE and several


def _count(output: _Node) -> int | None:
    """Read for how many classes an output has numbers; none: it does not say."""
    sides = _long_sides(output) or output.shape[-1:]
    return sides[0] if len(sides) == 1 and isinstance(sides[0], int) else None


def _long_sides(output: _Node) -> list[int]:
    """Give the known sides of the scores of one image that are not 1."""
    sides = output.shape[1:] or output.shape
    return [side for side in sides if isinstance(side, int) and side != 1]


def _best(outputs: _Nodes, classes: int, sources: dict[str, set[str]]) -> _Nodes:
    """Keep the outputs that fit best: by the number of classes, by names, by which come last."""

    def rank(output: _Node) -> int:
        if _OTHERS.search(output.name):
            return 0
        return 2 if _CLASSES.search(output.name) else 1

    if classes and (fitting := [each for each in outputs if _count(each) == classes]):
        outputs = fitting
    if len(outputs) < 2:
        return outputs
    highest = max(map(rank, outputs))
    best = [each for each in outputs if rank(each) == highest > 0]
    for fits in (
        lambda each: _count(each) != 1,
        lambda each: "logit" in each.name.lower(),
        lambda each: each.name.lower() == "logits",
    ):
        if len(best) > 1:
            best = [each for each in best if fits(each)] or best
    used = {name for each in best for name in sources[each.name]}
    return [each for each in best if each.name not in used]


def _listed(outputs: _Nodes) -> str:
    """Name outputs with their shapes and types."""
    shown = [f"{each.name[:60]} {each.shape} {each.type}" for each in outputs[:_SHOWN]]
    more = len(outputs) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
