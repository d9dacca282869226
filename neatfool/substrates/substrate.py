"""HyperNEAT: networks of fixed nodes whose weights are the outputs of CPPNs.

Stanley, D'Ambrosio and Gauci 2009 (HyperNEAT); Pugh and Stanley 2013 (several sheets, with one
output for each pair).
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import torch

from neatfool.errors import ShapeError
from neatfool.networks import ACTIVATIONS, DensePolicy, Networks, Policy, activation_codes, execute
from neatfool.sections.substrate import LinkSettings, SheetSettings, SubstrateSettings
from neatfool.substrates.acting import layers_of
from neatfool.substrates.fields import receptive_fields
from neatfool.substrates.links import check_networks, points_of, single_threaded, weights_of
from neatfool.substrates.pairs import Pair, ordered
from neatfool.types import CPU, Floats

_LINKS_AT_ONCE = 1 << 17  # asked for at once, or fewer, of many networks: bounds memory
_VALUES_AT_ONCE = 1 << 22


def sandwich(
    width: int,
    height: int,
    links: LinkSettings | None = None,
    activation: str = "sigmoid",
) -> SubstrateSettings:
    """Describe a sheet of inputs over a sheet of outputs of the same size, all connected."""
    ends: tuple[Literal["input", "output"], ...] = ("input", "output")
    return SubstrateSettings(
        sheets=tuple(
            SheetSettings(name=end, role=end, width=width, height=height, activation=activation)
            for end in ends
        ),
        links=links or LinkSettings(),
    )


@dataclass(frozen=True, eq=False)
class _Query:
    """What one query of CPPNs gives: the weights of all pairs between equal positions.

    Attributes:
        sources: ``(S, 2)`` float64 positions.
        targets: ``(T, 2)`` likewise.
        columns: Outputs of the CPPN that are weights, one for each pair.
        expressing: Outputs that express those links; none without LEO, or for biases.
        starts: Where the weights of each pair begin among those of the substrate.
    """

    sources: torch.Tensor
    targets: torch.Tensor
    columns: list[int]
    expressing: list[int]
    starts: list[int]


class Substrate:
    """A substrate: what CPPNs are expressed through as weights, and what runs those.

    The weights of a pair of sheets stand source by source, those of the pairs one behind the other,
    the recurrent ones last, then the biases of each sheet that is not of inputs. The outputs of a
    CPPN come in the same order: one for each pair; with LEO one more for each pair; with biases one
    for each such sheet, which is asked with the source at (0, 0). The same CPPNs fit any substrate
    of the same pairs, whatever its resolution.

    Attributes:
        inputs: Names of the inputs of CPPNs, in order.
        outputs: Outputs a CPPN must have.
        shape: ``(L,)``, the number of weights.

    Raises:
        ConfigError: Sheets or pairs make no network from inputs to outputs.
    """

    makes = "weights"

    def __init__(self, settings: SubstrateSettings) -> None:
        self.settings = settings
        self._sheets = {sheet.name: sheet for sheet in settings.sheets}
        self._order = ordered(settings.sheets, settings.connected, settings.recurrent)
        self._pairs = [Pair(*each, False) for each in settings.connected]
        self._pairs += [Pair(*each, True) for each in settings.recurrent]
        self._biased = [
            sheet.name
            for sheet in settings.sheets
            if settings.links.biases and sheet.role != "input"
        ]
        self._starts = [0]
        for pair in self._pairs:
            links = self._nodes(pair.source) * self._nodes(pair.target)
            self._starts.append(self._starts[-1] + links)
        for name in self._biased:
            self._starts.append(self._starts[-1] + self._nodes(name))
        self.inputs = settings.links.inputs
        self.outputs = len(self._pairs) * (1 + self.has_leo) + len(self._biased)
        self.shape = (self._starts[-1],)

    @property
    def has_leo(self) -> bool:
        """Whether CPPNs have outputs that express links."""
        return self.settings.links.rule == "leo"

    @property
    def leo_outputs(self) -> tuple[int, ...]:
        """Which outputs of a CPPN express links."""
        pairs = len(self._pairs)
        return tuple(range(pairs, 2 * pairs)) if self.has_leo else ()

    def scaled(self, times: int) -> "Substrate":
        """Return the same substrate with so many times the nodes along either axis."""
        return Substrate(self.settings.scaled(times))

    @single_threaded()
    def express(self, networks: Networks, device: torch.device = CPU) -> torch.Tensor:
        """Ask CPPNs for the weights of all links.

        Args:
            networks: ``P`` compiled CPPNs.
            device: Where to compute.

        Returns:
            ``(P, L)`` float32 on the device, 0 where there is no link.

        Raises:
            ShapeError: The networks' inputs or outputs do not fit the substrate.
        """
        check_networks(self.settings.links, networks, self.outputs)
        weights = torch.empty((len(networks), *self.shape), device=device)
        for query in self._queries:
            self._ask(query, networks, weights)
        return weights

    def run(self, weights: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        """Run the networks of all weights on all inputs, in one pass from sheet to sheet.

        Nothing was before it, so that recurrent links bring nothing; ``policy`` makes steps.

        Args:
            weights: ``(P, L)`` float32, as ``express`` gives them.
            inputs: ``(X, I)`` float32, the same for all, or ``(P, X, I)``; on the same device. The
                nodes of all input sheets stand one behind the other.

        Returns:
            ``(P, X, O)`` float32, values of the nodes of all output sheets.

        Raises:
            ShapeError: Weights or inputs do not fit the substrate.
        """
        self.check(weights)
        wanted = sum(self._nodes(name) for name in self._named("input"))
        is_batch = inputs.shape[:-2] in ((), (len(weights),))
        if inputs.ndim < 2 or inputs.shape[-1] != wanted or not is_batch:
            raise ShapeError(
                f"expected inputs of shape (X, {wanted}) or ({len(weights)}, X, {wanted}), "
                f"got {tuple(inputs.shape)}"
            )
        shape = (len(weights), *inputs.shape[-2:])
        widths = [self._nodes(name) for name in self._named("input")]
        parts = torch.split(inputs.expand(shape), widths, dim=2)
        values = dict(zip(self._named("input"), parts, strict=True))
        for name in self._order:
            sums = inputs.new_zeros((*shape[:2], self._nodes(name)))
            if name in self._biased:
                place = len(self._pairs) + self._biased.index(name)
                sums += self._part(weights, place)[:, None]
            for place, (source, target, is_recurrent) in enumerate(self._pairs):
                if target == name and not is_recurrent:
                    sizes = self._nodes(source), self._nodes(target)
                    matrix = self._part(weights, place).view(len(weights), *sizes)
                    sums.baddbmm_(values[source], matrix)
            [code] = activation_codes([self._sheets[name].activation])
            values[name] = ACTIVATIONS[code].batched(sums)
        return torch.cat([values[name] for name in self._named("output")], dim=2)

    def policy(self, weights: torch.Tensor) -> Policy:
        """Let the networks of ``(P, L)`` weights act, on the CPU.

        Raises:
            ShapeError: The weights do not fit the substrate.
        """
        self.check(weights)
        layers = layers_of(self._sheets, self._order, self._pairs, self._starts, self._biased)
        return DensePolicy(layers, weights.detach().cpu().float().numpy())

    def fields(self, weights: torch.Tensor) -> dict[str, Floats]:
        """Lay out one network as ``receptive_fields`` does: names of two sheets → ``(R, C)``.

        Args:
            weights: ``(1, L)``.

        Raises:
            ShapeError: The weights do not fit the substrate.
        """
        parts = {
            str(pair): receptive_fields(part, self._sheets[pair.source], self._sheets[pair.target])
            for pair, part in self.links(weights).items()
        }
        for place, name in enumerate(self._biased, start=len(self._pairs)):
            sheet, biases = self._sheets[name], self._part(weights[:1], place)[0]
            shape = sheet.height, sheet.width
            parts[f"biases of {name}"] = biases.detach().cpu().numpy().reshape(shape)
        return parts

    def links(self, weights: torch.Tensor) -> dict[Pair, Floats]:
        """Lay out one network pair by pair: weights ``(S, T)`` between the nodes of two sheets.

        Args:
            weights: ``(1, L)``.

        Raises:
            ShapeError: The weights do not fit the substrate.
        """
        self.check(weights)
        row = weights[:1].detach().cpu()
        return {
            pair: self._part(row, place)[0]
            .reshape(self._nodes(pair.source), self._nodes(pair.target))
            .numpy()
            for place, pair in enumerate(self._pairs)
        }

    def check(self, weights: torch.Tensor) -> None:
        """Check that weights have the shape ``(P, L)``.

        Raises:
            ShapeError: They have not.
        """
        if weights.shape[1:] != self.shape:
            raise ShapeError(
                f"expected weights of shape (P, {self.shape[0]}), got {tuple(weights.shape)}: "
                "were they made for another substrate?"
            )

    def _nodes(self, name: str) -> int:
        return self._sheets[name].nodes

    def _named(self, role: str) -> list[str]:
        return [sheet.name for sheet in self.settings.sheets if sheet.role == role]

    def _part(self, weights: torch.Tensor, part: int) -> torch.Tensor:
        """Show the weights of one pair, or the biases of one sheet."""
        return weights[:, self._starts[part] : self._starts[part + 1]]

    @cached_property
    def _queries(self) -> list[_Query]:
        """Gather the pairs of sheets whose nodes stand at the same places."""
        places = {n: torch.from_numpy(s.positions()) for n, s in self._sheets.items()}
        origin = torch.zeros(1, 2, dtype=torch.float64)
        ends = [(places[pair.source], places[pair.target]) for pair in self._pairs]
        ends += [(origin, places[name]) for name in self._biased]
        pairs, shift = len(self._pairs), len(self.leo_outputs)
        found: dict[tuple[bytes, bytes, bool], _Query] = {}
        for part, (sources, targets) in enumerate(ends):
            is_pair = part < pairs
            key = (sources.numpy().tobytes(), targets.numpy().tobytes(), is_pair)
            query = found.setdefault(key, _Query(sources, targets, [], [], []))
            query.columns.append(part if is_pair else part + shift)
            query.starts.append(self._starts[part])
            if is_pair and self.has_leo:
                query.expressing.append(pairs + part)
        return list(found.values())

    def _ask(self, query: _Query, networks: Networks, weights: torch.Tensor) -> None:
        """Fill in the weights of one query, so many links at a time."""
        links = self.settings.links
        count = len(query.columns)
        chosen = replace(
            networks, outputs=networks.outputs[:, query.columns + query.expressing].copy()
        )
        sources, targets = query.sources.to(weights.device), query.targets.to(weights.device)
        total = len(sources) * len(targets)
        size = max(1, min(_LINKS_AT_ONCE, _VALUES_AT_ONCE // max(1, chosen.outputs.size)))
        for first in range(0, total, size):
            which = torch.arange(first, min(first + size, total), device=weights.device)
            points = points_of(links, sources[which // len(targets)], targets[which % len(targets)])
            outputs = execute(chosen, points)
            expressed = outputs[:, count:] if query.expressing else None
            weighed = weights_of(links, outputs[:, :count], expressed)
            for pair, start in enumerate(query.starts):
                weights[:, start + first : start + first + len(which)] = weighed[:, pair]
