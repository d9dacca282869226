"""Searches: they ask for genomes and are told their scores."""

from neatfool.encodings import AnyEncoding
from neatfool.kinds import KindSettings
from neatfool.search.archive import Archive as Archive
from neatfool.search.gradient import Gradient as Gradient
from neatfool.search.interactive import Interactive as Interactive
from neatfool.search.interactive import Page as Page
from neatfool.search.islands import Islands as Islands
from neatfool.search.map_elites import MapElites as MapElites
from neatfool.search.neat.neat import Neat as Neat
from neatfool.search.neat.rules import NeatReproduction as NeatReproduction
from neatfool.search.neat.rules import NeatSpecies as NeatSpecies
from neatfool.search.nsga2 import Nsga2 as Nsga2
from neatfool.search.search import Ascents as Ascents
from neatfool.search.search import Deciding as Deciding
from neatfool.search.search import Front as Front
from neatfool.search.search import Generation as Generation
from neatfool.search.search import Members as Members
from neatfool.search.search import Search as Search
from neatfool.sections.gradient import GradientSettings as GradientSettings
from neatfool.sections.neat import NeatSettings as NeatSettings
from neatfool.sections.search import KINDS as KINDS
from neatfool.sections.search import IslandsSettings as IslandsSettings
from neatfool.sections.searches import GridSettings as GridSettings
from neatfool.sections.searches import InteractiveSettings as InteractiveSettings
from neatfool.sections.searches import MapElitesSettings as MapElitesSettings
from neatfool.sections.searches import Nsga2Settings as Nsga2Settings
from neatfool.sections.searches import SearchSettings as SearchSettings


def build(settings: KindSettings, encoding: AnyEncoding, niches: int, seed: int) -> Search:
    """Build the search that the settings are of; not an interactive one, which no run has."""
    found: Search = KINDS.owner(settings).build(settings, encoding, niches, seed)
    return found


def unplayed(settings: KindSettings) -> str:
    """Say why runs of a search that is known cannot be replayed from their records, if so."""
    return str(KINDS.owner(settings).UNPLAYED) if settings.is_checked else ""
