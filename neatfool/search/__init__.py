"""Searches: they ask for genomes and are told their scores."""

from typing import Any

from neatfool.encodings import Encoding
from neatfool.search.archive import Archive as Archive
from neatfool.search.map_elites import MapElites as MapElites
from neatfool.search.map_elites import MapElitesSettings as MapElitesSettings
from neatfool.search.search import Generation as Generation
from neatfool.search.search import Search as Search


def build(
    settings: MapElitesSettings, encoding: Encoding[Any], niches: int, seed: int
) -> MapElites:
    """Build the search that the settings name."""
    return MapElites(encoding, niches, settings, seed)
