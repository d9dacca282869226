"""Links: what a CPPN is asked for one of them, and what weight its answer means.

Stanley, D'Ambrosio and Gauci 2009 (HyperNEAT); Verbancsics and Stanley 2011 (LEO).
"""

import contextlib
from collections.abc import Iterator

import torch
from torch.nn.functional import softshrink

from neatfool.errors import ShapeError
from neatfool.networks import Networks
from neatfool.sections.substrate import LinkSettings


@contextlib.contextmanager
def single_threaded() -> Iterator[None]:
    """Let torch use one thread: steps are short, and threads would wait at their ends."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def points_of(links: LinkSettings, sources: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return what CPPNs are asked for links.

    Args:
        links: How they are asked.
        sources: ``(X, 2)`` float64, x and y of the nodes that links come from.
        targets: ``(X, 2)`` float64, of the nodes they go to.

    Returns:
        ``(I, X)`` float32, a row for each of ``links.inputs``.
    """
    deltas = targets - sources
    rows = [*sources.T, *targets.T, torch.full_like(deltas[:, 0], links.bias)]
    if links.deltas:
        rows += [*deltas.T]
    if links.distance:
        rows.append(torch.hypot(*deltas.T))
    return torch.stack(rows).float()


def weights_of(
    links: LinkSettings, outputs: torch.Tensor, expressed: torch.Tensor | None = None
) -> torch.Tensor:
    """Turn outputs of CPPNs into weights, 0 where there is no link.

    Outputs beyond [-1, 1] count as its ends, so that no weight exceeds the largest; one that is
    not a number makes no link.

    Args:
        links: How outputs become weights.
        outputs: Float32 of any shape; they are used up.
        expressed: Of the same shape, outputs of expression; none: nothing asks for them.
    """
    outputs = outputs.nan_to_num_(0.0).clamp_(-1, 1)
    if links.rule == "threshold":
        scale = links.max_weight / (1 - links.threshold)
        return softshrink(outputs, links.threshold).mul_(scale)
    if expressed is not None:
        outputs *= expressed > links.threshold
    return outputs.mul_(links.max_weight)


def check_networks(links: LinkSettings, networks: Networks, outputs: int) -> None:
    """Check that networks take the inputs of links and give so many outputs.

    Raises:
        ShapeError: They do not.
    """
    came = networks.inputs, networks.outputs.shape[1]
    if came != (len(links.inputs), outputs):
        raise ShapeError(
            f"expected CPPNs of {len(links.inputs)} inputs ({', '.join(links.inputs)}) and "
            f"{outputs} outputs, as the substrate has, got {came[0]} inputs and {came[1]} "
            "outputs: make them for this substrate"
        )
