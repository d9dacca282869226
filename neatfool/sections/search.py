"""Searches that can be asked for, ``[search]``: islands, and all together."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny, ValidationInfo, model_validator

from neatfool.kinds import Kinds, KindSettings
from neatfool.sections.gradient import GradientSettings
from neatfool.sections.neat import NeatSettings, RecordedSettings
from neatfool.sections.searches import (
    GridSettings,
    MapElitesSettings,
    Nsga2Settings,
    SearchSettings,
)

_SEARCH = "neatfool.search.search:Search"
_BY_SETTINGS: dict[type[KindSettings], str] = {
    MapElitesSettings: "neatfool.search.map_elites:MapElites",
    NeatSettings: "neatfool.search.neat.neat:Neat",
    Nsga2Settings: "neatfool.search.nsga2:Nsga2",
}
WITHIN = Kinds("search.within", _BY_SETTINGS, _SEARCH)
"""Searches that there can be on islands."""


def _resolved(given: object, info: ValidationInfo) -> object:
    """Make the settings of the search on each island, which has its share of the batch."""
    share = {}
    if {"batch", "islands"} <= info.data.keys():  # else they are wrong, which is said
        share = {"batch": max(1, info.data["batch"] // info.data["islands"])}
    if isinstance(given, KindSettings) and "batch" not in given.model_fields_set:
        return type(given).model_validate(dict(given) | share)
    return WITHIN.resolved(given, (info.context or {}).get("run"), **share)


class IslandsSettings(SearchSettings):
    """Settings of islands."""

    kind: Literal["islands"] = "islands"
    """Several searches that exchange genomes now and then."""
    batch: int = Field(default=100, ge=2, le=1_000_000)
    """Genomes in a generation of all islands together: a multiple of `islands`."""
    islands: int = Field(default=4, ge=2, le=1_000)
    """How many searches there are."""
    every: int = Field(default=10, ge=1)
    """Generations from one migration to the next: genomes migrate after each generation whose
    number is a multiple."""
    migrants: int = Field(default=2, ge=0)
    """Genomes that leave an island for each of its neighbours; they also stay where they are. 0:
    islands have nothing to do with one another."""
    topology: Literal["ring", "all", "random"] = "ring"
    """Who gets migrants: the next island, around a ring; all others; or the next one on a ring that
    is drawn anew each time."""
    within: Annotated[SerializeAsAny[KindSettings], BeforeValidator(_resolved)] = Field(
        default=MapElitesSettings(), validate_default=True
    )
    """The search on each island: map-elites, neat, nsga2, or one of your own. Its batch is its
    share of that of all."""

    @property
    def label(self) -> str:  # noqa: D102
        return f"islands-{self.within.label}"

    @property
    def grid(self) -> GridSettings | None:
        """Of the search on each island: all have the same niches."""
        return getattr(self.within, "grid", None)

    @model_validator(mode="after")
    def _fits(self) -> "IslandsSettings":
        each, rest = divmod(self.batch, self.islands)
        if rest:
            above = self.islands * (each + 1)
            wanted = f"{self.islands * each} or {above}" if each else above
            raise ValueError(
                f"expected a batch that is a multiple of islands, {self.islands}, got "
                f"{self.batch}; set batch to {wanted}"
            )
        if getattr(self.within, "batch", each) != each:
            raise ValueError(
                f"expected within.batch to be {each}, which is batch over islands, got "
                f"{getattr(self.within, 'batch', None)}; leave it out, and set batch"
            )
        arriving = self.migrants * (self.islands - 1 if self.topology == "all" else 1)
        if arriving > each // 2:
            raise ValueError(
                f"expected migrants for at most half of the {each} places of an island, got "
                f"{arriving}; lower migrants, or raise batch"
            )
        return self


KINDS = Kinds(
    "search",
    {
        **_BY_SETTINGS,
        GradientSettings: "neatfool.search.gradient:Gradient",
        IslandsSettings: "neatfool.search.islands:Islands",
        RecordedSettings: "neatfool.search.recorded:Recorded",
    },
    _SEARCH,
)
