"""What requests and answers hold: the schema of the server."""

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field

from neatfool.encodings.interchange.json_text import Edge
from neatfool.sections.encoding import ALL_HUES, Focus, Hues, Saturation
from neatfool.settings import Settings
from neatfool.web.breed.breeding import Activations, ChangeCount
from neatfool.web.breed.films import FilmKind
from neatfool.web.breed.pages import How
from neatfool.web.breed.recolour import PALETTES, Palette

Id: TypeAlias = Annotated[int, Field(ge=1, lt=1 << 53, strict=True)]
"""Of a page, a picture or a saved picture, in a body."""
IdInPath: TypeAlias = Annotated[int, Field(ge=1, lt=1 << 53)]
"""Likewise, in an address."""
Index: TypeAlias = Annotated[int, Field(ge=0, lt=1 << 31, strict=True)]
"""Of a class."""


def _plain(text: str) -> str:
    """Refuse what cannot be printed, and what has no visible character."""
    text = text.strip()
    if not text or not text.isprintable():
        raise ValueError("expected a line of text")
    return text


ShortText: TypeAlias = Annotated[str, Field(max_length=200), AfterValidator(_plain)]
"""A name or a tag."""
EdgeWeights: TypeAlias = Annotated[
    dict[Annotated[int, Field(ge=0, lt=1 << 62)], Annotated[float, Field(ge=-1e6, le=1e6)]],
    Field(max_length=16_384),
]
"""New weights of edges, by innovation number."""


class Selection(Settings):
    """The pictures that are to be parents."""

    selected: tuple[Id, ...] = Field(max_length=1_000)


class Nothing(Settings):
    """No details."""


class Goal(Settings):
    """A class of the chosen network."""

    index: Index = Field(alias="class")


class Place(Settings):
    """A page of the history."""

    page: Id


class Wishes(Settings):
    """Any of the settings; what is missing stays."""

    changes: ChangeCount = 50
    focus: Focus = "both"
    colour: bool = True
    crossover: bool = False
    activations: Activations = ()
    model: Annotated[str, Field(max_length=1_000)] | None = None
    hues: Hues = ALL_HUES
    saturation: Saturation = 1.0


class Beginning(Settings):
    """A saved picture, or an elite of a run."""

    saved: Id | None = None
    run: Annotated[str, Field(max_length=1_000)] | None = None
    index: Index | None = Field(default=None, alias="class")


class Bend(Settings):
    """New weights of a picture."""

    weights: EdgeWeights
    size: int = Field(default=256, ge=1, le=512)


class FilmQuery(Settings):
    """How large a film is, and how smooth."""

    size: int = Field(default=512, ge=64, le=1080)
    per_second: int = Field(default=15, ge=1, le=30)


class Adoption(Settings):
    """A picture to go on with, bent."""

    picture: Id
    weights: EdgeWeights = Field(default_factory=dict)


class GalleryQuery(Settings):
    """Which saved pictures to list."""

    search: Annotated[str, Field(max_length=200)] = ""
    tag: Annotated[str, Field(max_length=200)] = ""
    order: Literal["new", "name", "branched"] = "new"
    published: bool | None = None
    mine: bool = False
    skipped: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class Keepsake(Settings):
    """A picture to save."""

    picture: Id
    name: ShortText
    tags: tuple[ShortText, ...] = Field(default=(), max_length=20)


class Change(Settings):
    """New facts about a saved picture; what is missing stays."""

    name: ShortText | None = None
    tags: tuple[ShortText, ...] | None = Field(default=None, max_length=20)
    published: bool | None = None


class Label(Settings):
    """What a network sees."""

    name: str
    confidence: float


class PictureOnPage(Settings):
    """A picture of the page."""

    id: int
    image: str
    nodes: int
    edges: int
    selected: bool
    labels: tuple[Label, ...] | None


class PageOfHistory(Settings):
    """A page of the history."""

    page: int
    parent: int | None
    generation: int
    how: How
    face: int | None
    """The picture that it is known by."""


class Chosen(Settings):
    """The settings."""

    changes: int
    focus: Focus
    colour: bool
    hues: Hues
    saturation: float
    crossover: bool
    activations: tuple[str, ...]
    model: str | None


class Namer(Settings):
    """A network that can name pictures."""

    name: str
    classes: tuple[str, ...]


class Choices(Settings):
    """What can be chosen from."""

    palettes: tuple[Palette, ...] = PALETTES
    activations: tuple[str, ...]
    models: tuple[Namer, ...]
    films: tuple[FilmKind, ...]
    focus: tuple[Focus, ...] = ("both", "structure", "colour")


class Session(Settings):
    """All that a page in the browser shows."""

    page: int
    generation: int
    size: int
    pictures: tuple[PictureOnPage, ...]
    back: int | None
    forward: int | None
    history: tuple[PageOfHistory, ...]
    settings: Chosen
    choices: Choices


class Detail(Settings):
    """What is known of a picture."""

    id: int
    nodes: int
    edges: int
    weights: tuple[Edge, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    activations: dict[int, str]
    generation: int
    parents: tuple[int, ...]


class Saved(Settings):
    """A saved picture."""

    id: int
    picture: int
    name: str
    tags: tuple[str, ...]
    published: bool
    mine: bool
    created: str
    image: str
    branches: int
    parent: int | None


class Relative(Settings):
    """A saved picture in a family tree."""

    id: int
    name: str
    image: str
    parent: int | None


class FamilyTree(Settings):
    """The saved pictures that one descends from, and those that branch from it."""

    nodes: tuple[Relative, ...]


class NicheOfRun(Settings):
    """A niche of a run, and the score of its elite."""

    index: int
    name: str
    score: float


class RunOfFolder(Settings):
    """A run whose elites can be bred from; shares are written in percent."""

    name: str
    task: str
    is_share: bool
    niches: tuple[NicheOfRun, ...]
