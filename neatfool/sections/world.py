"""Worlds that can be asked for, ``[task]``, but those of Gymnasium; and how they are played."""

from typing import ClassVar, Literal

from pydantic import Field

from neatfool.kinds import KindSettings
from neatfool.sections.substrate import EvolvableSettings, SubstrateSettings
from neatfool.settings import Settings
from neatfool.types import Json

ENCODING: Json = {
    "kind": "cppn",
    "activations": ["tanh"],
    "output_activation": "identity",
    "activation_rate": 0.0,
    "weight_range": 5.0,
    "weights_rate": 0.8,
    "weight_rate": 0.5,
    "weight_mutation": "gaussian",
    "sigma": 0.5,
    "weight_replace_rate": 0.1,
    "structure": {
        "add_edge_rate": 0.15,
        "delete_edge_rate": 0.05,
        "add_node_rate": 0.1,
        "delete_node_rate": 0.03,
        "split": "neat",
        "split_choice": "older",
        "parallel_edges": False,
    },
}
"""What NEAT usually has where networks give numbers of any size: hidden nodes bend, outputs not."""
SEARCH: Json = {"kind": "neat", "species": 10, "distance": {"small": 1_000_000}}


class CartPoleSettings(KindSettings):
    """Settings of the cart and pole."""

    kind: Literal["cart-pole"] = "cart-pole"
    """Balance a pole on a cart, as CartPole-v1 of Gymnasium, but compiled."""


class PoleSettings(KindSettings):
    """Settings of one pole."""

    kind: Literal["pole"] = "pole"
    """Balance a pole of one metre on a cart, by a continuous force."""
    start: Literal["published", "drawn"] = "published"
    """How episodes begin. published: all alike, at rest in the middle of the track, the long pole
    at 1 degree; drawn: anywhere within the ranges of the test of generalisation."""
    steps: int = Field(default=100_000, ge=1, le=100_000_000)
    """After so many steps, of 0.02 seconds each, an episode ends."""


class DoublePoleSettings(PoleSettings):
    """Settings of two poles."""

    kind: Literal["double-pole"] = "double-pole"  # type: ignore[assignment]
    """Balance two poles, of 1 and of 0.1 metres, on one cart."""


class BlindDoublePoleSettings(PoleSettings):
    """Settings of two poles whose velocities are hidden."""

    kind: Literal["double-pole-blind"] = "double-pole-blind"  # type: ignore[assignment]
    """The same without seeing velocities, which takes recurrent networks; scored as by Gruau."""
    steps: int = Field(default=1000, ge=1, le=100_000_000)
    """After so many steps, of 0.02 seconds each, an episode ends."""


class TetrisSettings(KindSettings):
    """Settings of Tetris."""

    kind: Literal["tetris"] = "tetris"
    """Place pieces, such that they fill lines."""
    inputs: Literal["features", "raw", "dellacherie"] = "features"
    """What is seen of a board. features: 31 numbers, such as the height of each column. raw: 400
    cells, of which one half says where blocks are, and the other where holes are. dellacherie: six
    numbers of the board and of how it came about, by which even a weighted sum plays well."""
    most_steps: int = Field(default=500_000, ge=1, le=500_000)
    """Steps after which a game ends; each action is one, and each new piece."""


class QuadrupedSettings(KindSettings):
    """Settings of the robot with four legs."""

    USUAL: ClassVar[Json] = {"run": {"until_solved": False}}
    kind: Literal["quadruped"] = "quadruped"
    """Walk as far as possible on four legs, some of whose joints may be faulty."""
    faulty: int = Field(default=0, ge=0, le=12)
    """How many of the twelve joints are faulty: they go to a wrong angle, and sense nothing of
    it."""
    error_range: float = Field(default=5.0, ge=0, le=360)
    """Degrees from the lowest to the highest error; each faulty joint has one of its own, which
    stays as it is throughout an episode."""
    most_steps: int = Field(default=6000, ge=1, le=1_000_000)
    """After so many steps of a millisecond an episode ends."""
    most_turns: float = Field(default=0.16, ge=0)
    """The most that joints may change their direction, all of them together, for each step that an
    episode may have; who does it more often has gone nowhere. 0: no limit."""


class PlaySettings(Settings):
    """How networks play a world, and what that is worth."""

    episodes: int = Field(default=5, ge=1, le=1_000_000)
    """Episodes that each network plays when it is scored; all networks of a generation play the
    same. In a world without chance there is but one."""
    confirmed: int = Field(default=200, ge=0, le=1_000_000)
    """Further episodes that a network plays whose score would solve the task, so that it is not
    luck: in rounds that double what was played, as long as it still would. Its score is that of all
    of them."""
    fresh: bool = True
    """true: other episodes in each generation, so that none is learned by heart; false: the same
    all the time."""
    reduce: Literal["mean", "median", "worst"] = "mean"
    """What makes one score of the rewards of all episodes."""
    rewards: tuple[str, ...] = ()
    """Which rewards of the world are scores, for searches with several objectives. Unset: the
    first."""
    through: Literal["network", "substrate", "evolvable"] = "network"
    """What acts: networks themselves; or what they connect as CPPNs, by HyperNEAT or
    ES-HyperNEAT."""
    substrate: SubstrateSettings | EvolvableSettings | None = Field(
        default=None, discriminator="kind"
    )
    """The substrate. Unset: inputs on one line, or on the sheets of the world, one hidden sheet and
    one of outputs."""
    tests: int = Field(default=1000, ge=0, le=1_000_000)
    """Episodes that the best networks play in the end, which none has played before."""
