"""Settings of playing, whatever the world."""

from typing import Literal

from pydantic import Field

from neatfool.settings import Settings
from neatfool.substrates import EvolvableSettings, SubstrateSettings


class PlaySettings(Settings):
    """How networks play a world, and what that is worth."""

    episodes: int = Field(5, ge=1, le=1_000_000)
    """Episodes that each network plays when it is scored; all networks of a generation play the
    same. In a world without chance there is but one."""
    confirmed: int = Field(200, ge=0, le=1_000_000)
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
    substrate: SubstrateSettings | EvolvableSettings | None = Field(None, discriminator="kind")
    """The substrate. Unset: inputs on one line, or on the sheets of the world, one hidden sheet and
    one of outputs."""
    tests: int = Field(1000, ge=0, le=1_000_000)
    """Episodes that the best networks play in the end, which none has played before."""
