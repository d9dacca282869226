"""Links: what a CPPN is asked for one of them, and what weight its answer means.

Stanley, D'Ambrosio and Gauci 2009 (HyperNEAT); Verbancsics and Stanley 2011 (LEO).
"""

import contextlib
from collections.abc import Iterator
from typing import Literal

import torch
from pydantic import BeforeValidator, Field, model_validator
from torch.nn.functional import softshrink

from neatfool.errors import ShapeError
from neatfool.networks import Networks
from neatfool.settings import Settings


@contextlib.contextmanager
def single_threaded() -> Iterator[None]:
    """Let torch use one thread: steps are short, and threads would wait at their ends."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class LinkSettings(Settings):
    """How a CPPN is asked for links, and how its outputs become weights."""

    rule: Literal["threshold", "leo", "raw"] = "threshold"
    """Which links there are. threshold: those whose output is larger than the threshold, which is
    then subtracted. leo: those that a second output expresses. raw: all."""
    threshold: float = Field(0.2, ge=0, lt=1)
    """What the absolute output must exceed; with leo, what the second output must exceed."""
    max_weight: float = Field(3.0, gt=0, le=1e6)
    """Weight that an output of 1 stands for."""
    locality: float | None = Field(None, gt=0, le=1e3)
    """With leo, begin with links between near nodes only: the weight of the edges that see to it;
    the larger, the nearer. Unset: no such beginning."""
    biases: bool = False
    """Give nodes a bias, computed by a further output of the CPPN."""
    bias: float = Field(1.0, ge=-1e3, le=1e3)
    """Value of the bias input of the CPPN; 0.3 in the original code of HyperNEAT."""
    deltas: bool = False
    """Give the CPPN the differences x2 - x1 and y2 - y1 as further inputs."""
    distance: bool = False
    """Give the CPPN the distance between the two nodes as a further input."""

    @model_validator(mode="after")
    def _has_effect(self) -> "LinkSettings":
        if self.locality is not None and self.rule != "leo":
            raise ValueError(
                f"locality has no effect with rule = {self.rule}: leave it out, or choose leo"
            )
        return self

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs of CPPNs, in order."""
        deltas = ("dx", "dy") if self.deltas else ()
        return ("x1", "y1", "x2", "y2", "bias", *deltas, *(("d",) if self.distance else ()))

    def points(self, sources: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Return what CPPNs are asked for links.

        Args:
            sources: ``(X, 2)`` float64, x and y of the nodes that links come from.
            targets: ``(X, 2)`` float64, of the nodes they go to.

        Returns:
            ``(I, X)`` float32, a row for each of ``inputs``.
        """
        deltas = targets - sources
        rows = [*sources.T, *targets.T, torch.full_like(deltas[:, 0], self.bias)]
        if self.deltas:
            rows += [*deltas.T]
        if self.distance:
            rows.append(torch.hypot(*deltas.T))
        return torch.stack(rows).float()

    def weigh(self, outputs: torch.Tensor, expressed: torch.Tensor | None = None) -> torch.Tensor:
        """Turn outputs of CPPNs into weights, 0 where there is no link.

        Outputs beyond [-1, 1] count as its ends, so that no weight exceeds the largest; one that is
        not a number makes no link.

        Args:
            outputs: Float32 of any shape; they are used up.
            expressed: Of the same shape, outputs of expression; none: nothing asks for them.
        """
        outputs = outputs.nan_to_num_(0.0).clamp_(-1, 1)
        if self.rule == "threshold":
            scale = self.max_weight / (1 - self.threshold)
            return softshrink(outputs, self.threshold).mul_(scale)
        if expressed is not None:
            outputs *= expressed > self.threshold
        return outputs.mul_(self.max_weight)

    def over(self) -> BeforeValidator:
        """Let the settings that are given in a table stand over these, as those of a task do."""
        mine = self.model_dump()
        return BeforeValidator(lambda given: mine | given if isinstance(given, dict) else given)

    def check(self, networks: Networks, outputs: int) -> None:
        """Check that networks take these inputs and give so many outputs.

        Raises:
            ShapeError: They do not.
        """
        came = networks.inputs, networks.outputs.shape[1]
        if came != (len(self.inputs), outputs):
            raise ShapeError(
                f"expected CPPNs of {len(self.inputs)} inputs ({', '.join(self.inputs)}) and "
                f"{outputs} outputs, as the substrate has, got {came[0]} inputs and {came[1]} "
                "outputs: make them for this substrate"
            )
