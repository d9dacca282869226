"""Encodings that can be asked for: ``[encoding]``."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, field_validator

from neatfool.kinds import Kinds, KindSettings
from neatfool.sections.activations import PAPER_ACTIVATIONS, activation_codes
from neatfool.sections.neat import StockSettings
from neatfool.settings import FullPath, Settings

Coordinates = Literal["normalised", "pixels"]


Rounding = Literal["nearest", "down"]


ColourSpace = Literal["hsv", "hls"]


Hues: TypeAlias = tuple[Annotated[float, Field(ge=0, le=2)], Annotated[float, Field(ge=0, le=2)]]
"""Where hues begin and end on the circle of hues: 0, 1 and 2 are red, thirds are green and blue."""
Saturation: TypeAlias = Annotated[float, Field(ge=0, le=1)]
"""How colourful a picture can be at most: 0 is grey."""
ALL_HUES: Hues = (0.0, 1.0)


Dynamics: TypeAlias = Literal["forward", "recurrent", "ctrnn"]
"""How networks run: from inputs to outputs at once; as ``neat.nn.RecurrentNetwork``, where each
step computes every node from the inputs and the values of the step before; or in continuous time
(Beer and Gallagher 1992), as ``neat.ctrnn.CTRNN`` of neat-python 2.0: Euler's method with two
buffers that take turns, so nodes move on from their values of two steps before, and outputs are
those of the step before."""


Start: TypeAlias = Literal["direct", "layer", "random", "dense"]


Focus = Literal["both", "structure", "colour"]


class CanvasSettings(Settings):
    """How networks paint, where they do."""

    coordinates: Coordinates = "normalised"
    """What networks get as x and y: numbers in [-1, 1], or pixel indices as in the released
    code."""
    rounding: Rounding = "nearest"
    """How a value becomes a grey level: rounded to the nearest, or down as in the released code."""
    colours: ColourSpace = "hsv"
    """What the three outputs of networks that paint in colour are: hue, saturation and value (hsv);
    or, as in the released code, hue, lightness and saturation in 8 bits (hls)."""
    hues: Hues = ALL_HUES
    """The hues that pictures in colour are made of, from one to another on the circle of hues: 0 is
    red, 0.33 green, 0.67 blue, 1 red again; [0.9, 1.1] is around red."""
    saturation: Saturation = 1.0
    """The most colourful that pictures in colour become: 0 is grey."""
    tiles: int = Field(default=1, ge=1, le=64)
    """Pictures are made of so many tiles in each direction, each the mirror image of its
    neighbours."""


class StructureSettings(Settings):
    """Structural mutations: of the edges and nodes that there are."""

    add_edge_rate: float = Field(default=0.5, ge=0, le=1)
    """Chance of a child to get a new edge."""
    delete_edge_rate: float = Field(default=0.3, ge=0, le=1)
    """Chance of a child to lose an edge."""
    add_node_rate: float = Field(default=0.5, ge=0, le=1)
    """Chance of a child to have an edge split by a new node."""
    delete_node_rate: float = Field(default=0.2, ge=0, le=1)
    """Chance of a child to lose a hidden node and its edges."""
    function_rate: float = Field(default=0.0, ge=0, le=1)
    """Chance of a child to have the function of one of its nodes drawn anew, beside
    activation_rate."""
    split: Literal["replace", "disable", "neat", "random"] = "replace"
    """What becomes of an edge that a new node splits. replace: it is removed, and both halves get
    its weight. disable: the same, but it stays, disabled. neat: it stays, disabled; the first half
    gets weight 1, the second its weight. random: it stays, disabled, and both halves get random
    weights, as in MM-NEAT."""
    split_choice: Literal["any", "older"] = "any"
    """Which edges new nodes split. any: all alike. older: none from the bias and, in networks of
    fewer than 15 edges, older ones more often, as in the code released with NEAT."""
    parallel_edges: bool = True
    """Whether two nodes may be joined by several edges."""
    innovations: Literal["shared", "fresh"] = "shared"
    """Which numbers new edges and nodes get, by which parents are aligned. shared: equal ones of
    one generation have the same; fresh: each has its own, as in MM-NEAT."""
    start: Start = "direct"
    """How first networks are joined. direct: every input to every output. layer: every input to
    each node of a hidden layer, and these to every output. random: some of 1 to so many hidden
    nodes, the inputs and the outputs. dense: hidden layers one behind the other, every node to each
    of the next layer, where weights behind the first are as He et al. 2015 draw them."""
    start_nodes: int = Field(default=10, ge=1, le=1000)
    """Hidden nodes of first networks: so many if start is layer, at most so many if random, so many
    in each layer if dense."""
    start_layers: int = Field(default=2, ge=1, le=20)
    """Hidden layers of first networks if start is dense."""
    start_links: float = Field(default=0.3, gt=0, le=1)
    """Chance of two nodes to be joined if start is random."""
    dynamics: Dynamics = "forward"
    """How networks run that act themselves. forward: from inputs to outputs at once, without
    cycles. recurrent: mutations may close cycles, those of a node with itself too; each step
    computes all nodes from the inputs and their values of the step before. ctrnn: the same, but
    nodes only move towards their new values, as in neat-python's networks in continuous time."""
    time_step: float = Field(default=0.5, gt=0, le=1)
    """Of ctrnn: the time of a step, by the time constant of nodes; after 1 they are where they
    move to."""


class CppnSettings(KindSettings):
    """Settings of the CPPN encoding; the defaults are those of the paper's released code."""

    kind: Literal["cppn"] = "cppn"
    """Networks that grow: they paint patterns, make the weights of other networks (HyperNEAT), or
    act themselves (NEAT)."""
    canvas: CanvasSettings = CanvasSettings()
    """How they paint, where they do."""
    activations: tuple[str, ...] = PAPER_ACTIVATIONS
    """Functions that nodes get at random; the list is below."""
    output_activation: str | None = None
    """Function of the output nodes. Unset: a random one, as for other nodes."""
    weight_range: float = Field(default=10.0, gt=0, le=1e6)
    """Weights stay between minus this and plus this."""
    start_range: float | None = Field(default=None, gt=0, le=1e6)
    """Weights of first networks and of new edges lie between minus this and plus this. Unset:
    weight_range."""
    weights_rate: float = Field(default=1.0, ge=0, le=1)
    """Chance that a child has any of its weights changed."""
    weight_rate: float = Field(default=0.1, ge=0, le=1)
    """Chance of each weight of such a child to be changed."""
    weight_mutation: Literal["polynomial", "gaussian", "uniform"] = "polynomial"
    """How a weight changes."""
    weight_replace_rate: float = Field(default=0.0, ge=0, le=1)
    """Share of the changed weights that are replaced by new random ones."""
    strength: float = Field(default=15.0, gt=0)
    """eta of the polynomial mutation: the larger, the smaller the steps, relative to
    weight_range."""
    sigma: float = Field(default=1.0, gt=0, le=1e6)
    """Size of the steps of the other mutations: standard deviation if gaussian, largest step if
    uniform."""
    activation_rate: float = Field(default=0.1, ge=0, le=1)
    """Chance of each node to get a new random function."""
    structure: StructureSettings = StructureSettings()
    """Mutations of edges and nodes."""
    focus: Focus = "both"
    """What mutations of networks that paint in colour change: structure (what brightness depends
    on), colour (the rest), or both."""

    @field_validator("activations")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names:
            raise ValueError("name at least one activation")
        activation_codes(names)
        return names

    @field_validator("output_activation")
    @classmethod
    def _known_output(cls, name: str | None) -> str | None:
        if name is not None:
            activation_codes([name])
        return name


class PixelSettings(KindSettings):
    """Settings of the direct encoding; the defaults are those of the paper."""

    kind: Literal["pixels"] = "pixels"
    """Noise: one gene for each pixel and channel."""
    mutation_rate: float = Field(default=0.1, ge=0, le=1)
    """Chance of each gene to change, until it is first halved."""
    halve_every: int = Field(default=1000, ge=1)
    """The mutation rate is halved every so many generations."""
    strength: float = Field(default=15.0, gt=0)
    """eta of the polynomial mutation: the larger, the smaller the steps."""
    crossover: Literal["uniform", "sbx"] = "uniform"
    """How two parents mate, if search.crossover > 0: gene by gene (uniform), or by simulated binary
    crossover (sbx)."""
    crossover_strength: float = Field(default=10.0, gt=0)
    """eta of simulated binary crossover: the larger, the more children are like their parents."""
    start: FullPath | None = None
    """Folder of pictures, or IDX file, to start from. Unset: uniform noise."""


class WeightSettings(KindSettings):
    """Settings of the direct encoding of weights."""

    kind: Literal["weights"] = "weights"
    """Weights of a network of fixed shape: one gene for each link of the substrate."""
    weight_range: float = Field(default=3.0, gt=0, le=1e6)
    """Mutations keep weights between minus this and plus this."""
    start_range: float | None = Field(default=None, ge=0, le=1e6)
    """First weights lie between minus this and plus this. Unset: weight_range."""
    weight_rate: float = Field(default=0.1, ge=0, le=1)
    """Chance of each weight to change."""
    weight_mutation: Literal["gaussian", "uniform"] = "gaussian"
    """How a weight changes."""
    sigma: float = Field(default=0.5, gt=0, le=1e6)
    """Size of the steps: standard deviation if gaussian, largest step if uniform."""
    weight_replace_rate: float = Field(default=0.0, ge=0, le=1)
    """Share of the changed weights that are replaced by new random ones from weight_range."""
    weight_zero_rate: float = Field(default=0.0, ge=0, le=1)
    """Share of the changed weights that become 0."""


class OffsetSettings(KindSettings):
    """Settings of Offset-HybrID."""

    kind: Literal["offset"] = "offset"
    """Offset-HybrID: what a CPPN makes, pixels or weights, plus an evolved offset for each of
    them."""
    indirect: CppnSettings = CppnSettings()
    """Settings of the CPPN."""
    offset_rate: float = Field(default=0.01, ge=0, le=1)
    """Chance of each offset to change."""
    offset_mutation: Literal["gaussian", "uniform"] = "gaussian"
    """How an offset changes."""
    sigma: float = Field(default=0.2, gt=0, le=1e6)
    """Size of the steps: standard deviation if gaussian, largest step if uniform."""
    offset_range: float = Field(default=1.0, gt=0, le=1e6)
    """Offsets stay between minus this and plus this; they start at 0. Images are in [0, 1]."""
    offset_changes: float | None = Field(default=None, gt=0, le=1e6)
    """How many offsets of a child change, in the mean, however many it has. Unset: offset_rate of
    them."""
    offset_zero_rate: float = Field(default=0.0, ge=0, le=1)
    """Share of the changed offsets that become 0 again."""
    apart: bool = False
    """false: of each child networks and offsets mutate. true: of each the ones or the others, by
    lot, so that offsets do not change where networks get better."""
    clear_rate: float = Field(default=0.0, ge=0, le=1)
    """Share of the children that lose all offsets."""


DirectSettings: TypeAlias = Annotated[PixelSettings | WeightSettings, Field(discriminator="kind")]
"""Settings of the direct encodings; ``kind`` says which."""


class SwitchSettings(KindSettings):
    """Settings of Switch-HybrID and Auto-Switch-HybrID."""

    kind: Literal["switch"] = "switch"
    """Switch-HybrID: CPPNs at first; from some generation on, the pixels or weights that they
    made."""
    indirect: CppnSettings = CppnSettings()
    """Settings of the CPPNs."""
    direct: DirectSettings | None = None
    """Encoding after the switch, pixels or weights. Unset: the one that fits the task, with its
    defaults."""
    at: int | None = Field(default=None, ge=2)
    """Generation to switch in. Unset: 100, or with `stagnation` set, when that says so."""
    stagnation: int | None = Field(default=None, ge=1)
    """Switch after so many generations without an improvement. Unset: only by `at`."""


KINDS = Kinds(
    "encoding",
    {
        CppnSettings: "neatfool.encodings.cppn:Cppn",
        PixelSettings: "neatfool.encodings.pixels:Pixels",
        WeightSettings: "neatfool.encodings.weights:Weights",
        OffsetSettings: "neatfool.encodings.offset:Offset",
        SwitchSettings: "neatfool.encodings.switch:Switch",
        StockSettings: "neatfool.encodings.neat.stock:StockGenes",
    },
    "neatfool.encodings.encoding:Encoding",
)
