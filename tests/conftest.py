"""Tables of instances: whatever is listed here goes through every test of its kind."""

import gc

import pytest
import torch
from hypothesis import settings

from neatfool import encodings
from neatfool.encodings import (
    CanvasSettings,
    CppnSettings,
    OffsetSettings,
    PixelSettings,
    StructureSettings,
    SwitchSettings,
    WeightSettings,
)
from neatfool.images import Canvas
from neatfool.networks import ACTIVATIONS
from neatfool.search import (
    InteractiveSettings,
    IslandsSettings,
    MapElitesSettings,
    NeatSettings,
    Nsga2Settings,
)
from tests.fakes import Line

settings.register_profile("neatfool", deadline=None, derandomize=True, max_examples=30)
settings.load_profile("neatfool")
torch.set_num_threads(1)  # the tests themselves run side by side

GREY, COLOUR = (1, 6, 5), (3, 5, 6)
ALL = tuple(activation.name for activation in ACTIVATIONS)

CPPNS = {
    "cppn grey": (CppnSettings(), GREY),
    "cppn colour": (CppnSettings(), COLOUR),
    "cppn disable gaussian": (
        CppnSettings(
            structure=StructureSettings(split="disable"),
            weight_mutation="gaussian",
            activations=ALL,
            weight_range=3.0,
        ),
        COLOUR,
    ),
    "cppn as released": (
        CppnSettings(canvas=CanvasSettings(coordinates="pixels", rounding="down", colours="hls")),
        COLOUR,
    ),
    "cppn structure alone": (CppnSettings(focus="structure"), COLOUR),
    "cppn colour alone": (
        CppnSettings(structure=StructureSettings(parallel_edges=False), focus="colour"),
        COLOUR,
    ),
    "cppn pixel coordinates": (
        CppnSettings(canvas=CanvasSettings(coordinates="pixels", rounding="down")),
        GREY,
    ),
}
DIRECT = {
    "pixels uniform": (PixelSettings(), GREY),
    "pixels sbx": (PixelSettings(crossover="sbx"), COLOUR),
}
HYBRIDS = {
    "offset grey": (OffsetSettings(offset_rate=0.1), GREY),
    "offset colour as released": (
        OffsetSettings(
            indirect=CppnSettings(
                canvas=CanvasSettings(coordinates="pixels", rounding="down", colours="hls")
            ),
            offset_mutation="uniform",
        ),
        COLOUR,
    ),
    "switch at a generation": (SwitchSettings(at=4), GREY),
    "switch on stagnation": (
        SwitchSettings(stagnation=1, direct=PixelSettings(mutation_rate=0.3)),
        COLOUR,
    ),
}
LINKS = {
    "cppn links": (CppnSettings(), Line(7)),
    "weights": (WeightSettings(), Line(7)),
    "weights uniform anew": (
        WeightSettings(weight_mutation="uniform", weight_replace_rate=0.2, start_range=0.1),
        Line(81),
    ),
    "offset links": (OffsetSettings(offset_rate=0.1), Line(7)),
    "switch links": (SwitchSettings(at=4), Line(7)),
}
PAINTERS = CPPNS | DIRECT | HYBRIDS
ENCODINGS = PAINTERS | LINKS
SEARCHES = {
    "map-elites": MapElitesSettings(batch=12),
    "map-elites mating": MapElitesSettings(batch=12, crossover=0.5, tolerance=0.2),
    "map-elites pipelined": MapElitesSettings(batch=12, crossover=0.5, pipelined=True),
    "neat": NeatSettings(batch=12),
    "neat mating everything": NeatSettings(batch=12, crossover=1.0, interspecies=0.5),
    "neat as neat-python": NeatSettings(batch=12, rules="neat-python", threshold=9.0),
    "nsga2": Nsga2Settings(batch=12),
}
ISLANDS = {
    "islands of map-elites": IslandsSettings(
        batch=12, islands=3, every=2, migrants=1, within=MapElitesSettings(pipelined=True)
    ),
    "islands of neat": IslandsSettings(
        batch=12, islands=2, every=1, migrants=2, within=NeatSettings()
    ),
    "islands of nsga2": IslandsSettings(
        batch=18, islands=3, every=2, migrants=1, topology="all", within=Nsga2Settings()
    ),
}
INTERACTIVE = {"interactive": InteractiveSettings(batch=12, crossover=0.3, start_changes=2)}
ALL_SEARCHES = SEARCHES | ISLANDS | INTERACTIVE


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    """Leave the user's cache alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEATFOOL_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Look for no garbage meanwhile, and never again at what is there now: all of it is used."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def built(settings, form):
    """Build the encoding of an entry: of images of a shape, or of what a medium makes."""
    return encodings.build(settings, Canvas(form) if isinstance(form, tuple) else form)


def _build(entry):
    return built(*entry)


@pytest.fixture(scope="session", params=ENCODINGS.values(), ids=ENCODINGS)
def encoding(request):
    """Every encoding."""
    return _build(request.param)


@pytest.fixture(scope="session", params=PAINTERS.values(), ids=PAINTERS)
def painter(request):
    """Every encoding of images."""
    return _build(request.param)


@pytest.fixture(scope="session", params=CPPNS.values(), ids=CPPNS)
def cppn(request):
    """Every encoding whose genomes are graphs."""
    return _build(request.param)


@pytest.fixture(scope="session", params=DIRECT.values(), ids=DIRECT)
def pixels(request):
    """Every encoding whose genomes are pixels."""
    return _build(request.param)


def pairs(entries, searches):
    """List encodings with searches as parameters; pairs beyond a first choice are behind a marker.

    Every encoding meets every kind of search, in whichever of its settings it is the turn of. The
    marker brings the other settings; islands are all behind it, and take turns there too.
    """
    listed = []
    for row, (name, entry) in enumerate(entries.items()):
        for kind in dict.fromkeys(map(type, searches.values())):
            some = [each for each, settings in searches.items() if type(settings) is kind]
            for place, label in enumerate(some):
                is_turn, is_island = place == row % len(some), label in ISLANDS
                if is_turn or not is_island:
                    marks = () if is_turn and not is_island else pytest.mark.proof
                    pair = (*entry, searches[label])
                    listed.append(pytest.param(pair, id=f"{name}-{label}", marks=marks))
    return listed


def _listed(searches):
    """List searches as parameters; islands are behind a marker, since they take long."""
    return [
        *(pytest.param(settings, id=name) for name, settings in searches.items()),
        *(pytest.param(each, id=name, marks=pytest.mark.proof) for name, each in ISLANDS.items()),
    ]


@pytest.fixture(scope="session", params=_listed(SEARCHES))
def run_settings(request):
    """The settings of every search that runs by itself."""
    return request.param
