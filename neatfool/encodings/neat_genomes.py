"""Genome classes for scripts of neat-python: ``neat.Config(neatfool.CppnGenome, …)``.

Their section of the INI file has the settings of the encoding and those of ``FormSettings``.
"""

import difflib
from typing import Any, TextIO, get_origin

from pydantic import Field, ValidationError

from neatfool.encodings.brood import Brood, Newborn
from neatfool.encodings.cppn import Cppn, CppnSettings
from neatfool.encodings.encoding import Bare, Compatibility, Medium
from neatfool.encodings.pixels import Pixels, PixelSettings
from neatfool.errors import ConfigError
from neatfool.images import Canvas
from neatfool.settings import Settings
from neatfool.types import Shape


class FormSettings(Settings):
    """What genomes become, and what tells them apart."""

    canvas: Shape | None = None
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
        settings, form = _parse(cls.__name__, params, CppnSettings)
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
        settings, form = _parse(cls.__name__, params, PixelSettings)
        if not form.canvas or form.inputs:
            raise ConfigError(f"[{cls.__name__}] needs a canvas, and no inputs: canvas = 1 28 28")
        return Brood(Pixels(settings, form.canvas), form.compatibility())

    @classmethod
    def write_config(cls, file: TextIO, config: Brood) -> None:
        """Write the settings of the encoding, as ``neat.Config.save`` wants it."""
        _write(file, config)


def _parse(section: str, params: dict[str, str], kind: type[Any]) -> tuple[Any, FormSettings]:
    """Check the keys and values of a section."""
    known = {**kind.model_fields, **FormSettings.model_fields}
    del known["kind"]
    values: dict[str, Any] = {}
    for key, text in params.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(known)}"
            raise ConfigError(f"[{section}] has an unknown key {key}: {hint}")
        is_list = get_origin(known[key].annotation) is tuple or key == "canvas"
        values[key] = tuple(text.split()) if is_list else text
    try:
        form = {key: value for key, value in values.items() if key in FormSettings.model_fields}
        rest = {key: value for key, value in values.items() if key not in form}
        return kind.model_validate(rest), FormSettings.model_validate(form)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise ConfigError(f"[{section}] {name}: {first['msg']}, got {first['input']!r}") from None


def _write(file: TextIO, config: Brood) -> None:
    """Write settings and form, lists with spaces between."""
    encoding: Any = config.encoding
    medium = getattr(encoding, "medium", None)
    form: dict[str, Any] = {"canvas": encoding.shape}
    if isinstance(medium, Bare):
        form = {"inputs": medium.inputs, "outputs": medium.outputs}
    names = ("excess_coefficient", "disjoint_coefficient", "weight_coefficient", "small_genome")
    by = config.compatibility
    form |= zip(names, (by.excess, by.disjoint, by.weights, by.small), strict=True)
    values = encoding.settings.model_dump(mode="json", exclude={"kind"}, exclude_none=True) | form
    for name, value in values.items():
        text = " ".join(map(str, value)) if isinstance(value, list | tuple) else value
        file.write(f"{name} = {text}\n")
