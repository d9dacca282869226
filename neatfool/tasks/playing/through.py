"""What networks play a world through: nothing, or a substrate that they connect."""

from neatfool.encodings import ActingMedium, Bare
from neatfool.errors import ConfigError
from neatfool.sections.world import PlaySettings
from neatfool.substrates import (
    EvolvableSettings,
    EvolvableSubstrate,
    LinkSettings,
    SheetSettings,
    Substrate,
    SubstrateSettings,
)
from neatfool.worlds import World

_LINKS = LinkSettings(biases=True)


def medium_of(world: World, settings: PlaySettings) -> ActingMedium:
    """Make what networks are expressed through to play a world.

    Raises:
        ConfigError: The substrate is of another kind than the setting ``through`` says, or has
            other numbers of inputs and outputs than the world.
    """
    if settings.through == "network":
        if settings.substrate is not None:
            raise ConfigError(
                "task.play.substrate has no effect with task.play.through = network: leave it out, "
                f"or set through to {settings.substrate.kind}"
            )
        return Bare((*world.inputs, "bias"), world.outputs)
    chosen = settings.substrate or (
        _fixed(world) if settings.through == "substrate" else _evolvable(world)
    )
    if chosen.kind != settings.through:
        raise ConfigError(
            f"task.play.through is {settings.through}, and task.play.substrate.kind "
            f"{chosen.kind}: let them be the same"
        )
    _check(world, chosen.sheets)
    if isinstance(chosen, SubstrateSettings):
        return Substrate(chosen)
    return EvolvableSubstrate(chosen)


def _check(world: World, sheets: tuple[SheetSettings, ...]) -> None:
    """Check that a substrate has the inputs and outputs of a world."""
    nodes = {
        role: sum(sheet.nodes for sheet in sheets if sheet.role == role)
        for role in ("input", "output")
    }
    inputs = len(world.inputs)
    if nodes["input"] not in (inputs, inputs + 1) or nodes["output"] != world.outputs:
        raise ConfigError(
            f"expected input sheets of {inputs} nodes, or one more for a bias, and output sheets "
            f"of {world.outputs}, as the world has, got {nodes['input']} and {nodes['output']}: "
            "change the sheets of task.play.substrate"
        )


def _ends(world: World, y: tuple[float, float] = (-1.0, 1.0)) -> SheetSettings:
    width, height = world.output_sheet or (world.outputs, 1)
    return SheetSettings(name="outputs", role="output", width=width, height=height, y=y)


def _sheets(world: World) -> tuple[tuple[str, int, int], ...]:
    return world.sheets or (("inputs", len(world.inputs), 1),)


def _fixed(world: World) -> SubstrateSettings:
    """Put a hidden sheet, as large as the largest of inputs, between inputs and outputs."""
    inputs = _sheets(world)
    _, width, height = max(inputs, key=lambda sheet: sheet[1] * sheet[2])
    sheets = [
        SheetSettings(name=name, role="input", width=across, height=down)
        for name, across, down in inputs
    ]
    sheets.append(SheetSettings(name="hidden", role="hidden", width=width, height=height))
    sheets.append(_ends(world))
    pairs = [(name, "hidden") for name, _, _ in inputs]
    return SubstrateSettings(
        sheets=tuple(sheets), pairs=(*pairs, ("hidden", "outputs")), links=_LINKS
    )


def _evolvable(world: World) -> EvolvableSettings:
    """Lay sheets of inputs one above the other into the upper half, outputs to the lower end."""
    inputs = _sheets(world)
    sheets = []
    for place, (name, across, down) in enumerate(inputs):
        top = place / len(inputs) - 1
        bottom = top + (down > 1) / (len(inputs) + 1)
        stretch = (top, bottom)
        sheets.append(SheetSettings(name=name, role="input", width=across, height=down, y=stretch))
    ends = _ends(world, (0.5 if world.output_sheet else 1.0, 1.0))
    return EvolvableSettings(sheets=(*sheets, ends), links=_LINKS)
