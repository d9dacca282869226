"""Searches: they ask for genomes and are told their scores."""

from typing import Any, TypeAlias

from neatfool.encodings import Encoding
from neatfool.kinds import Kinds
from neatfool.search.archive import Archive as Archive
from neatfool.search.grid import GridSettings as GridSettings
from neatfool.search.interactive import Interactive as Interactive
from neatfool.search.interactive import InteractiveSettings as InteractiveSettings
from neatfool.search.interactive import Page as Page
from neatfool.search.map_elites import MapElites as MapElites
from neatfool.search.map_elites import MapElitesSettings as MapElitesSettings
from neatfool.search.neat import Neat as Neat
from neatfool.search.neat import NeatSettings as NeatSettings
from neatfool.search.neat_rules import NeatReproduction as NeatReproduction
from neatfool.search.neat_rules import NeatSpecies as NeatSpecies
from neatfool.search.search import Generation as Generation
from neatfool.search.search import Search as Search

KINDS = Kinds("search", [MapElites, Neat])
SearchSettings: TypeAlias = MapElitesSettings | NeatSettings
"""Settings of any search that runs by itself; ``kind`` says which."""


def build(settings: Any, encoding: Encoding[Any], niches: int, seed: int) -> Search:
    """Build the search that the settings name."""
    if isinstance(settings, NeatSettings):
        return Neat(encoding, niches, settings, seed)
    if isinstance(settings, InteractiveSettings):
        return Interactive(encoding, niches, settings, seed)
    return MapElites(encoding, niches, settings, seed)
