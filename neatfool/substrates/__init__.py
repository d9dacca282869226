"""Substrates: nodes with coordinates, between which CPPNs lay connections (HyperNEAT)."""

from neatfool.sections.substrate import EvolvableSettings as EvolvableSettings
from neatfool.sections.substrate import LinkSettings as LinkSettings
from neatfool.sections.substrate import QuadtreeSettings as QuadtreeSettings
from neatfool.sections.substrate import SheetSettings as SheetSettings
from neatfool.sections.substrate import SubstrateSettings as SubstrateSettings
from neatfool.substrates.evolvable import EvolvableSubstrate as EvolvableSubstrate
from neatfool.substrates.line import Line as Line
from neatfool.substrates.locality import locality_seed as locality_seed
from neatfool.substrates.regularity import compressibility as compressibility
from neatfool.substrates.substrate import Substrate as Substrate
from neatfool.substrates.substrate import sandwich as sandwich
