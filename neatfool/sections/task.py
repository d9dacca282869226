"""Tasks that can be asked for: ``[task]``."""

import functools
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictInt, create_model

from neatfool.kinds import Kinds, KindSettings
from neatfool.sections.classifier import ClassifierSettings
from neatfool.sections.detector import AnyDetector
from neatfool.sections.gym import GymSettings
from neatfool.sections.neat import ScriptSettings
from neatfool.sections.substrate import LinkSettings
from neatfool.sections.world import (
    SEARCH,
    BlindDoublePoleSettings,
    CartPoleSettings,
    DoublePoleSettings,
    PlaySettings,
    PoleSettings,
    QuadrupedSettings,
    TetrisSettings,
)
from neatfool.types import Json

_EVEN = LinkSettings(bias=0.3)
_RAW = LinkSettings(rule="raw", max_weight=1.0, bias=0.3)
_USUAL: Json = {"search": SEARCH, "run": {"until_solved": True}}


def _listed(classes: object) -> object:
    """Write a text as a list of one."""
    return (classes,) if isinstance(classes, str) else classes


def _models(ensemble: object) -> object:
    """Write the model of a classifier as a classifier."""
    if not isinstance(ensemble, list | tuple):
        return ensemble
    return tuple({"model": each} if isinstance(each, str) else each for each in ensemble)


class FoolingSettings(KindSettings):
    """Settings of the fooling task."""

    kind: Literal["fooling"] = "fooling"
    """Images that a classifier takes for its classes, with certainty."""
    classes: Annotated[
        tuple[StrictInt | Annotated[str, Field(min_length=1)], ...] | None,
        BeforeValidator(_listed),
        Field(min_length=1),
    ] = None
    """Classes to evolve images for: indices, [0, 3, 7]; or text with names, indices, ranges, and
    ranges with a step, "robin, 3, 0-49, 0-999:20". Unset: all."""
    classifier: ClassifierSettings = ClassifierSettings()
    """The network that is fooled."""
    ensemble: Annotated[tuple[ClassifierSettings, ...], BeforeValidator(_models)] = ()
    """Further networks to fool at once, of the same images and classes: the score is the mean of
    all confidences. Models, ["lenet-caffe"], or sections `[[task.ensemble]]` with the keys of
    `[task.classifier]`."""
    detector: AnyDetector = None
    """What has to accept an image before its confidence counts: the attack knows the detector. An
    image that is refused scores below 0."""

    @property
    def label(self) -> str:
        """The network, and how many there are beside it."""
        more = f"-and-{len(self.ensemble)}" if self.ensemble else ""
        return Path(self.classifier.model).stem + more


class XorSettings(KindSettings):
    """Settings of XOR: there are none."""

    kind: Literal["xor"] = "xor"
    """Exclusive or: two inputs, and an output that is 1 where exactly one input is 1."""


class TargetWeightsSettings(KindSettings):
    """Settings of the target weights task."""

    kind: Literal["target-weights"] = "target-weights"
    """The weights of a network of two sheets of nodes, as close as possible to given ones."""
    regularity: float = Field(default=0.0, ge=0, le=100)
    """Percentage of the links that all have the same target value; those of the others are
    random."""
    width: int = Field(default=3, ge=1, le=64)
    """Nodes per row of each of the two sheets."""
    height: int = Field(default=3, ge=1, le=64)
    """Rows of each of the two sheets."""
    links: Annotated[LinkSettings, _RAW.over()] = _RAW
    """How CPPNs are asked for links."""


class BitMirroringSettings(KindSettings):
    """Settings of the bit mirroring task."""

    kind: Literal["bit-mirroring"] = "bit-mirroring"
    """Each output shall have the sign of the input that it is paired with."""
    side: int = Field(default=7, ge=1, le=64)
    """Nodes along each side of the two square sheets."""
    constrained: float = Field(default=100.0, ge=0, le=100)
    """Percentage of the inputs whose output must be in the same `constraint`: row or column."""
    constraint: Literal["row", "column"] = "column"
    """What constrained inputs share with their outputs."""
    within_row: bool = True
    """Pair every input with an output of its row; with constraint = "column", constrained ones are
    then paired with the output at their own place."""
    patterns: int = Field(default=100, ge=1, le=10_000)
    """Input patterns in each evaluation."""
    fresh_patterns: bool = False
    """true: draw new patterns in each generation, so that none can be learned by heart; false: draw
    them once, so that a network always has the same score."""
    links: Annotated[LinkSettings, _EVEN.over()] = _EVEN
    """How CPPNs are asked for links."""


class BoxesSettings(KindSettings):
    """Settings of the boxes task."""

    kind: Literal["boxes"] = "boxes"
    """Find the centre of the larger of two boxes."""
    side: Literal[11, 33, 55, 99] = 11
    """Nodes along each side of the two square sheets; on larger sheets the boxes are larger in
    proportion."""
    trials: Literal["training", "all"] = "training"
    """The 75 trials of the paper; or all positions in which the boxes do not overlap, which tests
    whether networks generalise."""
    links: Annotated[LinkSettings, _EVEN.over()] = _EVEN
    """How CPPNs are asked for links."""


class FitnessSettings(KindSettings):
    """Settings of a task that is a function of the user, who calls ``neatfool.evolve``."""

    kind: Literal["fitness"] = "fitness"
    """A fitness function of your own, handed to neatfool.evolve in Python; not for the command
    line."""
    inputs: tuple[str, ...] = Field(default=("i0",), min_length=1)
    """Names of the inputs of the networks; a bias is added to them."""
    outputs: int = Field(default=1, ge=1, le=100_000)
    """Number of outputs of the networks."""


@functools.cache
def played(own: type[KindSettings]) -> type[KindSettings]:
    """Derive the settings of playing a world from those of the world."""
    fields: Any = {"play": (PlaySettings, PlaySettings())}
    made = create_model(own.__name__, __base__=own, __doc__=own.__doc__, **fields)
    usual: Json = {**_USUAL, **own.USUAL}
    setattr(made, "USUAL", usual)  # noqa: B010 - mypy takes what is created for a variable
    return made


KINDS = Kinds(
    "task",
    {
        FoolingSettings: "neatfool.tasks.fooling:Fooling",
        XorSettings: "neatfool.tasks.xor:Xor",
        TargetWeightsSettings: "neatfool.tasks.target_weights:TargetWeights",
        BitMirroringSettings: "neatfool.tasks.bit_mirroring:BitMirroring",
        BoxesSettings: "neatfool.tasks.boxes:Boxes",
        FitnessSettings: "neatfool.tasks.fitness:Fitness",
        played(CartPoleSettings): "neatfool.worlds.cart_pole:CartPole",
        played(PoleSettings): "neatfool.worlds.poles:Pole",
        played(DoublePoleSettings): "neatfool.worlds.poles:DoublePole",
        played(BlindDoublePoleSettings): "neatfool.worlds.poles:BlindDoublePole",
        played(TetrisSettings): "neatfool.worlds.tetris.tetris:Tetris",
        played(QuadrupedSettings): "neatfool.worlds.quadruped.quadruped:Quadruped",
        played(GymSettings): "neatfool.worlds.gym.world:Gym",
        ScriptSettings: "neatfool.tasks.script:Script",
    },
    "neatfool.tasks.task:Task",
    "neatfool.tasks.playing.playing:task_of",
)
RUNNABLE = tuple(name for name in KINDS.named if name != "fitness")
"""Names of the tasks that need nothing but settings; a fitness needs a function of Python."""
