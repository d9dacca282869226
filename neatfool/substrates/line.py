"""A medium of numbers in a row, for tasks that want nothing but numbers."""

from dataclasses import dataclass

import torch

from neatfool.networks import Networks, execute


@dataclass(frozen=True)
class Line:
    """Numbers in a row: each is what a network says of its place, x from -1 to 1.

    It is the medium of tasks that want vectors; direct encodings (``weights``) make them as well.

    Attributes:
        length: How many there are.
    """

    length: int
    inputs = ("x", "bias")
    outputs = 1
    makes = "weights"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one phenotype: ``(L,)``."""
        return (self.length,)

    def express(self, networks: Networks, device: torch.device) -> torch.Tensor:
        """Ask ``P`` networks of every place: ``(P, L)`` float32."""
        places = torch.linspace(-1, 1, self.length)
        asked = torch.stack([places, torch.ones(self.length)]).to(device)
        return execute(networks, asked).reshape(-1, self.length)
