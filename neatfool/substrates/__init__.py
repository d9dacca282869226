"""Substrates: nodes with coordinates, between which CPPNs lay connections (HyperNEAT)."""

from neatfool.substrates.evolvable import EvolvableSettings as EvolvableSettings
from neatfool.substrates.evolvable import EvolvableSubstrate as EvolvableSubstrate
from neatfool.substrates.line import Line as Line
from neatfool.substrates.links import LinkSettings as LinkSettings
from neatfool.substrates.locality import locality_seed as locality_seed
from neatfool.substrates.quadtree import QuadtreeSettings as QuadtreeSettings
from neatfool.substrates.regularity import compressibility as compressibility
from neatfool.substrates.sheets import SheetSettings as SheetSettings
from neatfool.substrates.substrate import Substrate as Substrate
from neatfool.substrates.substrate import SubstrateSettings as SubstrateSettings
from neatfool.substrates.substrate import sandwich as sandwich
