"""What can be asked of NEAT; and scripts of neat-python, which are recorded and never asked for."""

from typing import ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from neatfool.kinds import KindSettings
from neatfool.sections.searches import SearchSettings
from neatfool.settings import Settings


class Compatibility(Settings):
    """What tells genomes apart (Stanley and Miikkulainen 2002, section 3.3)."""

    excess: float = Field(default=1.0, ge=0)
    """Weight, in the distance of two genomes, of excess genes: those newer than all of the other
    genome."""
    disjoint: float = Field(default=1.0, ge=0)
    """Weight of disjoint genes: all others that only one of the two has."""
    weights: float = Field(default=0.4, ge=0)
    """Weight of the mean difference between the weights of genes that both have."""
    small: int = Field(default=20, ge=0)
    """Excess and disjoint genes are counted in genomes of fewer genes than this, and divided by the
    number of genes in larger ones. That makes distances jump where networks grow beyond it: 1000000
    keeps the number of species steady."""

    @property
    def coefficients(self) -> tuple[float, float, float, int]:
        """All four, in order."""
        return self.excess, self.disjoint, self.weights, self.small


_PUBLISHED = ("species", "step", "population_stagnation", "champion", "crossover", "interspecies")
"""Settings that neat-python's own rules know nothing of."""


class NeatSettings(SearchSettings):
    """Settings of NEAT; the defaults are those of the paper of 2002."""

    kind: Literal["neat"] = "neat"
    """NEAT: a population in species."""
    batch: int = Field(default=150, ge=2, le=1_000_000)
    """Genomes per generation."""
    rules: Literal["2002", "neat-python"] = "2002"
    """How species reproduce: as published in 2002, or as neat-python does it: the best of each
    species live on, all other children have two parents, and species die out only by stagnation.
    With neat-python, leave out species, step, population_stagnation, champion, crossover and
    interspecies."""
    threshold: float = Field(default=3.0, gt=0)
    """Genomes may share a species if their distance is smaller than this."""
    species: int = Field(default=0, ge=0)
    """Number of species to aim for, by moving the threshold in every generation; 0: the threshold
    stays."""
    step: float | None = Field(default=None, gt=0)
    """How far the threshold moves in a generation: 0.3 in the code of HyperNEAT. Unset: it is
    multiplied by the fifth root of the number of species over the number to aim for."""
    distance: Compatibility = Compatibility()
    """What tells genomes apart."""
    stagnation: int = Field(default=15, ge=1)
    """A species that did not improve for so many generations has no more offspring."""
    population_stagnation: int = Field(default=20, ge=1)
    """If no genome was better for so many generations, only the two best species have offspring."""
    survival: float = Field(default=0.2, gt=0, le=1)
    """Share of a species, its best, that may become parents."""
    champion: int = Field(default=5, ge=0)
    """Species of more genomes than this pass on their best one unchanged."""
    crossover: float = Field(default=0.75, ge=0, le=1)
    """Chance of a child to have two parents."""
    interspecies: float = Field(default=0.001, ge=0, le=1)
    """Chance that one of two parents is from another species."""
    reward: float = Field(default=1.0, ge=1, le=1e6)
    """Fitness is reward to the power of the score, at most 1e150; with 1, fitness is the score
    itself."""

    @field_validator("rules", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return str(value) if isinstance(value, int) else value

    @model_validator(mode="after")
    def _has_effect(self) -> "NeatSettings":
        for name in _PUBLISHED:
            is_set = getattr(self, name) != type(self).model_fields[name].default
            if is_set and self.rules == "neat-python":
                raise ValueError(f"{name} has no effect with rules = neat-python: leave it out")
        if self.step is not None and not self.species:
            raise ValueError("step has no effect with species = 0: leave it out, or set species")
        return self


class ScriptSettings(KindSettings):
    """Settings of what a script evolved for."""

    RECORDED: ClassVar[bool] = True
    kind: Literal["script"] = "script"
    """The fitness function of a script."""
    inputs: tuple[str, ...] = Field(min_length=1)
    """Names of the inputs of its networks."""
    outputs: tuple[str, ...] = Field(min_length=1)
    """Names of their outputs."""


class StockSettings(KindSettings):
    """Settings of genomes of neat-python."""

    RECORDED: ClassVar[bool] = True
    kind: Literal["neat-python"] = "neat-python"
    """Genomes of neat-python."""
    feed_forward: bool
    """Whether no network is recurrent."""
    functions: tuple[str, ...]
    """Names of activations; genomes have the positions of theirs here."""
    own_functions: tuple[str, ...] = ()
    """Further ones, which the script defines itself: no more than the name is known."""
    aggregations: tuple[str, ...]
    """Likewise."""
    own_aggregations: tuple[str, ...] = ()
    """Likewise."""


class RecordedSettings(SearchSettings):
    """Settings of an evolution by neat-python."""

    RECORDED: ClassVar[bool] = True
    kind: Literal["recorded"] = "recorded"
    """What a script did."""
