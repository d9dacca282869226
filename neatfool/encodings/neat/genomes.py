"""Genome classes for scripts of neat-python: ``neat.Config(neatfool.CppnGenome, …)``.

Their section of the INI file has the settings of the encoding and those of ``FormSettings``; over a
substrate, those of ``LinkSettings`` as well. Hybrids have the keys of their networks, and those of
their direct part, which begin with ``offset_`` or ``direct_``.

Example:
    def eval_genomes(genomes, config):
        networks = config.genome_config.express(genomes)  # all at once
        for (_, genome), score in zip(genomes, score_all(networks)):
            genome.fitness = score
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, TextIO

from pydantic import Field, field_validator, model_validator

from neatfool.encodings.building import build
from neatfool.encodings.encoding import AnyEncoding
from neatfool.encodings.medium import Bare
from neatfool.encodings.neat.brood import Brood, Newborn, form_of
from neatfool.encodings.neat.changes import require_kept, with_change
from neatfool.encodings.neat.keys import names_of, unknown_keys
from neatfool.encodings.neat.sections import (
    Prefixes,
    known_keys,
    parse_section,
    section_values,
    write_section,
)
from neatfool.errors import ConfigError, UnknownKeyError
from neatfool.images import Canvas
from neatfool.networks import activation_codes
from neatfool.sections.encoding import (
    CppnSettings,
    OffsetSettings,
    PixelSettings,
    SwitchSettings,
    WeightSettings,
)
from neatfool.sections.neat import Compatibility
from neatfool.settings import Settings
from neatfool.substrates import LinkSettings, Substrate, sandwich

_Side = Annotated[int, Field(ge=1, le=4096)]
_Nodes = Annotated[int, Field(ge=1, le=64)]
_FORMS = {
    "canvas": "canvas = 1 28 28",
    "inputs": "inputs = x y bias",
    "sandwich": "sandwich = 3 3",
}
"""Keys that say what genomes become, and how."""
_ALONG = {"canvas": (), "inputs": ("outputs",), "sandwich": ("sheet_activation",)}
"""Keys of ``FormSettings`` that have an effect with one of those alone."""


class FormSettings(Settings):
    """What genomes become, and what tells them apart."""

    canvas: tuple[int, _Side, _Side] | None = None
    """Channels, height and width of the images they paint: 1 28 28."""
    inputs: tuple[str, ...] = Field(default=(), max_length=10_000)
    """Names of the inputs of networks that paint nothing: x y bias."""
    outputs: int = Field(default=1, ge=1, le=10_000)
    """Number of outputs of such networks."""
    sandwich: tuple[_Nodes, _Nodes] | None = None
    """Height and width of a sheet of inputs, and of the sheet of outputs that it is connected to;
    genomes become the weights of those links: 3 3."""
    sheet_activation: str = "sigmoid"
    """Function of the nodes of the sheet of outputs."""
    excess_coefficient: float = Field(default=1.0, ge=0)
    """Weight of excess genes in the distance of two genomes."""
    disjoint_coefficient: float = Field(default=1.0, ge=0)
    """Weight of disjoint genes."""
    weight_coefficient: float = Field(default=0.4, ge=0)
    """Weight of the mean difference of weights."""
    small_genome: int = Field(default=20, ge=0)
    """Genomes of fewer genes count genes, larger ones shares of them."""

    @field_validator("canvas")
    @classmethod
    def _grey_or_colour(cls, shape: tuple[int, int, int] | None) -> tuple[int, int, int] | None:
        if shape and shape[0] not in (1, 3):
            raise ValueError("expected 1 channel (grey) or 3 (colour)")
        return shape

    @field_validator("inputs")
    @classmethod
    def _named(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if any(_is_number(name) for name in names):
            example = names_of(names[0] if len(names) == 1 else str(len(names)))
            raise ValueError(f"expected a name for each input, no number: inputs = {example}")
        if len({*names}) < len(names):
            raise ValueError("expected a different name for each input")
        return names

    @model_validator(mode="after")
    def _has_effect(self) -> "FormSettings":
        for name, form in ((name, form) for form, names in _ALONG.items() for name in names):
            is_set = getattr(self, name) != type(self).model_fields[name].default
            if is_set and not getattr(self, form):
                raise ValueError(f"{name} has no effect without {_FORMS[form]}: leave it out")
        return self

    @field_validator("sheet_activation")
    @classmethod
    def _known(cls, name: str) -> str:
        activation_codes([name])
        return name

    def compatibility(self) -> Compatibility:
        """Return what tells genomes apart."""
        return Compatibility(
            excess=self.excess_coefficient,
            disjoint=self.disjoint_coefficient,
            weights=self.weight_coefficient,
            small=self.small_genome,
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


class LinkBiasSettings(Settings):
    """What direct weights take of ``LinkSettings``: no CPPN is asked for them."""

    biases: bool = False
    """Give the nodes of outputs biases."""


class ScriptBrood(Brood):
    """The brood of a script, ``config.genome_config``, as its section of the INI file says.

    All keys of the section are attributes, which a script may change: they are checked, and in
    effect for all that is born, and compared, from then on. What genomes become does not change.

    Attributes:
        parts: All settings of the section.
        substrate: What runs the weights that genomes become; none if they become something else.
        section: The class of the genomes.
        innovation_tracker: What neat-python keeps here, and nobody reads.
    """

    parts: Sequence[Settings]
    substrate: Substrate | None
    section: "type[_Section]"
    innovation_tracker: object

    def __init__(
        self,
        encoding: AnyEncoding,
        compatibility: Compatibility,
        parts: Sequence[Settings],
        substrate: Substrate | None,
        section: "type[_Section]",
    ) -> None:
        super().__init__(encoding, compatibility)
        self.parts = parts
        self.substrate = substrate
        self.section = section

    def __getattr__(self, name: str) -> Any:
        """Look a key of the section up."""
        if name.startswith("_") or name in _OWN:
            raise AttributeError(name)
        values = section_values(self.parts, self.section.PREFIXES)
        if name in values:
            return values[name]
        if name in ("input_keys", "output_keys"):
            raise UnknownKeyError(
                f"expected a config of neat-python's genomes, got one of {self.section.__name__}, "
                f"without {name}: neatfool.viz.topology(genome.alone(), nodes='symbols') draws the "
                "network of a genome"
            )
        try:
            return self.section.parse_config(self._with_change(name, "?"))
        except ConfigError as error:
            raise UnknownKeyError(str(error)) from None

    def __setattr__(self, name: str, value: object) -> None:
        """Change a key of the section, or what is no key.

        Raises:
            ConfigError: There is no such key, or the value is of the wrong type or out of range, or
                the genomes that live would not fit.
        """
        if name.startswith("_") or name in _OWN:
            super().__setattr__(name, value)
            return
        section = self.section
        values = section_values(self.parts, section.PREFIXES)
        other = section.parse_config(self._with_change(name, value))
        require_kept(section.__name__, name, value, getattr(other, name))
        if form_of(other) != form_of(self):
            raise ConfigError(
                f"[{section.__name__}] {name}: genomes that live would not fit another value: "
                f"expected {values[name]!r} to the end, got {value!r:.80}; write it into the INI "
                "file, and begin anew"
            )
        self.deliver()  # as they would have been
        for own in ("encoding", "compatibility", "parts", "substrate"):
            setattr(self, own, getattr(other, own))
        self._rows.clear()

    def _with_change(self, name: str, value: object) -> dict[str, str]:
        """Write the section with another value; if its key is unknown, only what it must have.

        So it is said what to write in place of that, not that the other key is there.
        """
        values = section_values(self.parts, self.section.PREFIXES)
        if name not in values:
            values = {form: values[form] for form in _FORMS}
        return with_change(values, name, value)


_OWN = {"encoding", "compatibility", "birth", *ScriptBrood.__annotations__}
"""What the brood of a script has beside the keys of its section."""


class _Section:
    """What the genome classes share: reading and writing their section."""

    KIND: ClassVar[type[Settings]]
    FORMS: ClassVar[tuple[str, ...]]
    PREFIXES: ClassVar[Prefixes] = {}

    @classmethod
    def parse_config(cls, params: dict[str, str]) -> ScriptBrood:
        """Build the encoding of the section that has the name of the class.

        Raises:
            ConfigError: Keys are unknown or values out of range, or it is not said what the genomes
                become.
        """
        kinds = cls._kinds(cls._form(params))
        found = parse_section(cls.__name__, params, *kinds.values(), prefixes=cls.PREFIXES)
        parts = dict(zip(kinds, found, strict=True))
        form: FormSettings = parts["form"]
        nested = {name: parts[name] for name in ("indirect", "direct") if name in parts}
        settings = parts["encoding"].model_copy(update=nested)
        substrate = None
        if form.sandwich:
            height, width = form.sandwich
            links = LinkSettings(**parts["links"].model_dump())
            substrate = Substrate(sandwich(width, height, links, form.sheet_activation))
        canvas = Canvas(form.canvas) if form.canvas else None
        medium = canvas or substrate or Bare(form.inputs, form.outputs)
        encoding = build(settings, medium)
        return ScriptBrood(encoding, form.compatibility(), found, substrate, cls)

    @classmethod
    def write_config(cls, file: TextIO, config: ScriptBrood) -> None:
        """Write the settings of the section, as ``neat.Config.save`` wants it."""
        write_section(file, *config.parts, prefixes=cls.PREFIXES)

    @classmethod
    def _form(cls, params: Mapping[str, str]) -> str:
        """Return the key that says what genomes become.

        Raises:
            ConfigError: There is not just one, or not one of those that the class allows; or there
                are keys that are unknown, or have no effect with it. All is said at once.
        """
        got = [form for form in _FORMS if params.get(form)]
        is_said = len(got) == 1 and got[0] in cls.FORMS
        links = [key for key in params if key in LinkSettings.model_fields]
        wrong = []
        if not is_said:
            said = f"says {' and '.join(got)}" if got else "does not say what genomes become"
            one = "one of " if len(cls.FORMS) > 1 else ""
            wrong.append(f"{said}: expected {one}{', '.join(_FORMS[form] for form in cls.FORMS)}")
        elif links and got != ["sandwich"]:
            is_one = len(links) == 1
            wrong.append(
                f"{', '.join(links)} {'is' if is_one else 'are'} of links, which there are with "
                f"{_FORMS['sandwich']}, not with {got[0]}: take {'it' if is_one else 'them'} out"
            )
        others = [*FormSettings.model_fields, *(links if got != ["sandwich"] else [])]
        if unknown := unknown_keys(params, cls._keys(got if is_said else cls.FORMS), others):
            wrong.append(unknown)
        if wrong:
            raise ConfigError(f"[{cls.__name__}] {'; it '.join(wrong)}")
        return got[0]

    @classmethod
    def _keys(cls, forms: Sequence[str]) -> list[str]:
        """List the keys that have an effect with one of the forms."""
        kinds = [kind for form in forms for kind in cls._kinds(form).values()]
        others = {key for form in _FORMS if form not in forms for key in (form, *_ALONG[form])}
        return [key for key in known_keys(*kinds, prefixes=cls.PREFIXES) if key not in others]

    @classmethod
    def _kinds(cls, form: str) -> dict[str, type[Settings]]:
        """Return the kinds of settings that share the section, by the part they play."""
        kinds: dict[str, type[Settings]] = {"encoding": cls.KIND, "form": FormSettings}
        if "indirect" in cls.KIND.model_fields:
            kinds["indirect"] = CppnSettings
        if "direct" in cls.KIND.model_fields:
            kinds["direct"] = PixelSettings if form == "canvas" else WeightSettings
        if form == "sandwich":
            kinds["links"] = LinkBiasSettings if cls.KIND is WeightSettings else LinkSettings
        return kinds


class CppnGenome(_Section, Newborn):
    """A network that grows: it paints, maps inputs to outputs, or lays links (HyperNEAT)."""

    KIND = CppnSettings
    FORMS = ("canvas", "inputs", "sandwich")


class PixelGenome(_Section, Newborn):
    """An image with a gene for each pixel and channel."""

    KIND = PixelSettings
    FORMS = ("canvas",)


class WeightGenome(_Section, Newborn):
    """Weights of the links of a substrate, a gene for each (FT-NEAT)."""

    KIND = WeightSettings
    FORMS = ("sandwich",)


class OffsetGenome(_Section, Newborn):
    """A network that grows, and an offset for each pixel or link (Offset-HybrID)."""

    KIND = OffsetSettings
    FORMS = ("canvas", "sandwich")
    PREFIXES: ClassVar[Prefixes] = {OffsetSettings: "offset_"}


class SwitchGenome(_Section, Newborn):
    """A network that grows, later the pixels or weights that it made (Switch-HybrID)."""

    KIND = SwitchSettings
    FORMS = ("canvas", "sandwich")
    PREFIXES: ClassVar[Prefixes] = {PixelSettings: "direct_", WeightSettings: "direct_"}
