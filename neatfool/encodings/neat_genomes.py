"""Genome classes for scripts of neat-python: ``neat.Config(neatfool.CppnGenome, …)``.

Their section of the INI file has the settings of the encoding and those of ``FormSettings``.

Example:
    def eval_genomes(genomes, config):
        networks = config.genome_config.express(genomes)  # all at once
        for (_, genome), score in zip(genomes, score_all(networks)):
            genome.fitness = score
"""

from typing import Annotated, Any, TextIO

from pydantic import Field, field_validator

from neatfool.encodings.brood import Brood, Newborn
from neatfool.encodings.cppn import Cppn, CppnSettings
from neatfool.encodings.encoding import Bare, Compatibility, Medium
from neatfool.encodings.neat_sections import parse_section, write_section
from neatfool.encodings.pixels import Pixels, PixelSettings
from neatfool.errors import ConfigError
from neatfool.images import Canvas
from neatfool.settings import Settings

_Side = Annotated[int, Field(ge=1, le=4096)]


class FormSettings(Settings):
    """What genomes become, and what tells them apart."""

    canvas: tuple[int, _Side, _Side] | None = None
    """Channels, height and width of the images they paint: 1 28 28."""
    inputs: tuple[str, ...] = Field((), max_length=10_000)
    """Names of the inputs of networks that paint nothing: x y bias."""
    outputs: int = Field(1, ge=1, le=10_000)
    """Number of outputs of such networks."""
    excess_coefficient: float = Field(1.0, ge=0)
    """Weight of excess genes in the distance of two genomes."""
    disjoint_coefficient: float = Field(1.0, ge=0)
    """Weight of disjoint genes."""
    weight_coefficient: float = Field(0.4, ge=0)
    """Weight of the mean difference of weights."""
    small_genome: int = Field(20, ge=0)
    """Genomes of fewer genes count genes, larger ones shares of them."""

    @field_validator("canvas")
    @classmethod
    def _grey_or_colour(cls, shape: tuple[int, int, int] | None) -> tuple[int, int, int] | None:
        if shape and shape[0] not in (1, 3):
            raise ValueError("expected 1 channel (grey) or 3 (colour)")
        return shape

    def compatibility(self) -> Compatibility:
        """Return what tells genomes apart."""
        return Compatibility(
            self.excess_coefficient,
            self.disjoint_coefficient,
            self.weight_coefficient,
            self.small_genome,
        )


class CppnGenome(Newborn):
    """A network that grows. On a canvas it paints; without, it maps inputs to outputs."""

    @classmethod
    def parse_config(cls, params: dict[str, str]) -> Brood:
        """Build the encoding of the section ``[CppnGenome]``.

        Raises:
            ConfigError: A key is unknown or a value out of range, or it is not said what the
                genomes become.
        """
        settings, form = parse_section(cls.__name__, params, CppnSettings, FormSettings)
        if bool(form.canvas) == bool(form.inputs):
            raise ConfigError(
                f"[{cls.__name__}] says {'both' if form.canvas else 'neither'}: expected either "
                "canvas, as in canvas = 1 28 28, or inputs and outputs, as in inputs = x y bias"
            )
        medium: Medium = Bare(form.inputs, form.outputs)
        if form.canvas:
            medium = Canvas(form.canvas, settings.coordinates, settings.rounding, settings.colours)
        return Brood(Cppn(settings, medium), form.compatibility())

    @classmethod
    def write_config(cls, file: TextIO, config: Brood) -> None:
        """Write the settings of the encoding, as ``neat.Config.save`` wants it."""
        _write(file, config)


class PixelGenome(Newborn):
    """An image with a gene for each pixel and channel."""

    @classmethod
    def parse_config(cls, params: dict[str, str]) -> Brood:
        """Build the encoding of the section ``[PixelGenome]``.

        Raises:
            ConfigError: A key is unknown or a value out of range, or the canvas is missing.
        """
        settings, form = parse_section(cls.__name__, params, PixelSettings, FormSettings)
        if not form.canvas or form.inputs:
            raise ConfigError(f"[{cls.__name__}] needs a canvas, and no inputs: canvas = 1 28 28")
        return Brood(Pixels(settings, form.canvas), form.compatibility())

    @classmethod
    def write_config(cls, file: TextIO, config: Brood) -> None:
        """Write the settings of the encoding, as ``neat.Config.save`` wants it."""
        _write(file, config)


def _write(file: TextIO, config: Brood) -> None:
    """Write the settings, and the form that follows from the encoding."""
    encoding: Any = config.encoding
    medium, by = getattr(encoding, "medium", None), config.compatibility
    form: dict[str, Any] = {"canvas": encoding.shape}
    if isinstance(medium, Bare):
        form = {"inputs": medium.inputs, "outputs": medium.outputs}
    coefficients = {
        "excess_coefficient": by.excess,
        "disjoint_coefficient": by.disjoint,
        "weight_coefficient": by.weights,
        "small_genome": by.small,
    }
    write_section(file, encoding.settings, FormSettings(**form, **coefficients))
