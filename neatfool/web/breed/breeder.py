"""What a visitor can do with pages of pictures; each step is stored before it is answered."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from neatfool.encodings.interchange import Picture
from neatfool.images import BRIGHTNESS, Canvas
from neatfool.networks import Graphs
from neatfool.search import Page
from neatfool.types import Floats, Json
from neatfool.web.breed import pages
from neatfool.web.breed.breeding import Nursery, page_seed, within
from neatfool.web.breed.naming import Models
from neatfool.web.breed.pages import Draft, How, Shown, Visitor
from neatfool.web.breed.recolour import on_square, to_colour, to_grey
from neatfool.web.breed.store import Store
from neatfool.web.painting import Painter, Recent
from neatfool.web.refusal import Refusal
from neatfool.web.settings import PICTURES, SIZE, ServerSettings

_LOCKS = 64
_RECENT = 64  # pages
_MOST_BROUGHT = 10 * PICTURES
_TURNED: dict[How, str] = {"grey": "turned grey", "colour": "turned into one of colours"}
_LOOK = {"colour", "hues", "saturation"}
_CARRYING = ("towards", "saved", "run", "import", "bend")  # their first picture is no child


@dataclass(frozen=True)
class _Origin:
    """Where the first picture of a page comes from: see ``Draft``."""

    how: How
    parent: int | None
    generation: int
    mother: int | None = None


class Breeder:
    """All sessions of a server; of one session, one request at a time is served."""

    def __init__(
        self, store: Store, settings: ServerSettings, models: Models, painter: Painter
    ) -> None:
        self.store = store
        self.settings = settings
        self.models = models
        self.painter = painter
        self._locks = [threading.RLock() for _ in range(_LOCKS)]
        self._images: Recent[list[bytes]] = Recent(_RECENT)
        self._confidences: Recent[Floats] = Recent(_RECENT)

    @contextmanager
    def _alone(self, session: int) -> Iterator[tuple[Visitor, Shown]]:
        """Lend a session that no other request changes meanwhile, and the page that is shown.

        The first page is made when it is first looked at.
        """
        with self._lock(session):
            visitor = pages.read_visitor(self.store, session)
            if visitor.page is None:
                self._start_afresh(visitor, Canvas((3, SIZE, SIZE)))
                visitor = pages.read_visitor(self.store, session)
            assert visitor.page is not None
            yield visitor, pages.read_page(self.store, session, visitor.page)

    def _lock(self, session: int) -> threading.RLock:
        return self._locks[session % _LOCKS]

    def current(self, session: int) -> tuple[Visitor, Shown]:
        """Return a session and the page that is shown."""
        with self._alone(session) as current:
            return current

    def evolve(self, session: int, selected: list[int]) -> None:
        """Make children of pictures of the page that is shown."""
        with self._alone(session) as (visitor, page):
            self._breed(visitor, page, selected, "evolve")

    def redo(self, session: int) -> None:
        """Make another page of what this one was made of, in the colours that it has now.

        Raises:
            Refusal: It was turned grey or coloured.
        """
        with self._alone(session) as (visitor, page):
            canvas = page.canvas
            if page.how == "palette" and page.parent is not None:
                page = pages.read_page(self.store, session, page.parent)
            if page.how in _TURNED:
                raise Refusal(
                    422,
                    f"this page was {_TURNED[page.how]}, which there is one way to do: go back to "
                    "the page that it was made from, and redo that",
                )
            if page.how in _CARRYING:
                mother = page.chosen[0] if page.chosen else None
                origin = _Origin(page.how, page.parent, page.generation, mother)
                self._breed_from(visitor, page.genomes.select([0]), canvas, origin)
            elif page.chosen and page.parent is not None:
                parent = pages.read_page(self.store, session, page.parent)
                self._breed(visitor, replace(parent, canvas=canvas), page.chosen, "redo")
            else:
                self._start_afresh(visitor, canvas)

    def towards(self, session: int, index: int) -> None:
        """Breed from the picture in which the chosen network sees most of a class; it stays."""
        with self._alone(session) as (visitor, page):
            model = visitor.preferences.model
            if model is None:
                raise Refusal(422, "choose a network first: it scores the pictures")
            seen = self.confidences(model, page)
            if index >= seen.shape[1]:
                last = seen.shape[1] - 1
                raise Refusal(422, f"expected a class of {model}, 0 to {last}, got {index}")
            best = int(seen[:, index].argmax())
            picture = int(page.ids[best])
            origin = _Origin("towards", page.number, page.generation + 1, picture)
            self._breed_from(visitor, page.genomes.select([best]), page.canvas, origin)

    def go(self, session: int, number: int) -> None:
        """Show another page of the history."""
        with self._lock(session):  # the page that is shown need not be whole
            pages.show_page(self.store, session, pages.read_page(self.store, session, number))

    def restart(self, session: int) -> None:
        """Begin from scratch; the pages so far stay."""
        with self._alone(session) as (visitor, page):
            self._start_afresh(visitor, page.canvas)

    def start(self, session: int, picture: Picture, how: How, mother: int | None = None) -> None:
        """Make a page of a picture and its children.

        Args:
            session: Whose.
            picture: The first of the page.
            how: Where it comes from.
            mother: Id of the picture that it is a copy of, or that was bent.
        """
        self._check_size(picture.graphs)
        square = on_square(picture, SIZE)
        with self._alone(session) as (visitor, page):
            generation = page.generation + 1 if how == "bend" else 0
            origin = _Origin(how, page.number, generation, mother)
            self._breed_from(visitor, square.graphs, square.canvas, origin)

    def bring(self, session: int, pictures: list[Picture]) -> list[Shown]:
        """Make pages of the pictures of one file, without children; return the pages.

        Grey and coloured ones are on different pages.
        """
        if len(pictures) > _MOST_BROUGHT:
            raise Refusal(
                413,
                f"expected a file of at most {_MOST_BROUGHT} pictures, got {len(pictures):,}: "
                "choose one by its place",
            )
        for picture in pictures:
            self._check_size(picture.graphs)
        made = []
        for channels in (1, 3):
            found = [each for each in pictures if each.canvas.shape[0] == channels]
            for first in range(0, len(found), PICTURES):
                made.append(self._bring(session, found[first : first + PICTURES]))
        return made

    def _bring(self, session: int, pictures: list[Picture]) -> Shown:
        """Make a page of pictures of one kind."""
        squares = [on_square(picture, SIZE) for picture in pictures]
        graphs, canvas = Graphs.concatenate([each.graphs for each in squares]), squares[0].canvas
        with self._alone(session) as (visitor, page):
            nobody = np.full(len(graphs), -1)
            copies = self._nursery(visitor, canvas).copied(graphs, nobody)
            self._add(visitor, copies, canvas, _Origin("storage", page.number, 0), [])
            return pages.read_page(self.store, session, visitor.last + 1)

    def prefer(self, session: int, changes: Json) -> None:
        """Change settings; for other colours, the page is turned into a new one."""
        with self._alone(session) as (visitor, page):
            look = {name: changes.pop(name) for name in _LOOK & changes.keys()}
            if changes.get("model") is not None:
                self.models.check(changes["model"])
            preferences = visitor.preferences.model_copy(update=changes)
            with self.store.changing() as change:
                update = "UPDATE sessions SET preferences = ? WHERE id = ?"
                change(update, (preferences.model_dump_json(), session))
            shape = (3 if look.pop("colour", page.canvas.shape[0] == 3) else 1, SIZE, SIZE)
            canvas = replace(page.canvas, shape=shape, **look)
            if canvas != page.canvas:
                self._recolour(visitor, page, canvas)

    def images(self, page: Shown) -> list[bytes]:
        """Return the pictures of a page as PNG files."""
        return self._images.get((page.id,), lambda: self.painter.page(page.genomes, page.canvas))

    def confidences(self, model: str, page: Shown) -> Floats:
        """Return what a network says of the pictures of a page: ``(P, K)``."""
        return self._confidences.get(
            (page.id, model), lambda: self.models.confidences(model, page.genomes, page.canvas)
        )

    def _breed(self, visitor: Visitor, page: Shown, selected: list[int], how: How) -> None:
        """Make children of pictures of a page."""
        wanted = set(selected)
        places = [place for place, each in enumerate(page.ids.tolist()) if each in wanted]
        if not places or len(places) < len(wanted):
            raise Refusal(
                422,
                "select at least one picture first"
                if not wanted
                else "not all pictures that are selected are on this page: load the page again",
            )
        nursery, keys = self._nursery(visitor, page.canvas), page.ids[places]
        made = nursery.children(page.genomes.select(places), keys, page.generation + 1, PICTURES)
        origin = _Origin(how, page.number, page.generation + 1)
        self._add(visitor, made, page.canvas, origin, keys.tolist())

    def _breed_from(self, visitor: Visitor, first: Graphs, canvas: Canvas, origin: _Origin) -> None:
        """Make a page of one picture and its children."""
        nursery = self._nursery(visitor, canvas)
        made = nursery.with_children(first, origin.generation + 1, PICTURES)
        self._add(visitor, made, canvas, origin, [] if origin.mother is None else [origin.mother])

    def _start_afresh(self, visitor: Visitor, canvas: Canvas) -> None:
        made = self._nursery(visitor, canvas).fresh(PICTURES)
        self._add(visitor, made, canvas, _Origin("scratch", visitor.page, 0), [])

    def _recolour(self, visitor: Visitor, page: Shown, canvas: Canvas) -> None:
        """Turn a page grey, into one of colours, or of other ones; these replace each other."""
        before, channels = page.canvas.shape[0], canvas.shape[0]
        how: How = "palette" if before == channels else "colour" if channels == 3 else "grey"
        if before != channels:
            canvas = replace(canvas, colours="hsv")
        nursery, genomes = self._nursery(visitor, canvas), page.genomes
        node, edge = nursery.above(genomes)
        if how == "colour":
            genomes = to_colour(genomes, edge)
        elif how == "grey":
            genomes = to_grey(genomes, BRIGHTNESS[page.canvas.colours], node)
        parent = page.parent if how == page.how == "palette" else page.number
        origin = _Origin(how, parent, page.generation)
        self._add(visitor, nursery.copied(genomes, page.ids), canvas, origin, [])

    def _nursery(self, visitor: Visitor, canvas: Canvas) -> Nursery:
        most, settings = self.settings.most_pages, self.settings
        if visitor.last >= most:
            raise Refusal(
                409,
                f"this session has {most:,} pages, as many as fit: save what you like, and delete "
                "the cookies of this page to begin another",
            )
        seed = page_seed(visitor.seed, visitor.last + 1)
        limits = settings.most_nodes, settings.most_edges
        return Nursery(visitor.preferences, canvas, seed, visitor.counters, limits)

    def _add(
        self, visitor: Visitor, made: Page, canvas: Canvas, origin: _Origin, chosen: list[int]
    ) -> None:
        generation, mother = origin.generation, origin.mother
        draft = Draft(made, canvas, origin.parent, generation, origin.how, chosen, mother)
        pages.add_page(self.store, visitor, draft)

    def _check_size(self, graphs: Graphs) -> None:
        nodes, edges = len(graphs.node_ids), len(graphs.weights)
        largest = self.settings.largest_nodes, self.settings.largest_edges
        most_nodes, most_edges = within(largest, graphs)
        if nodes > most_nodes or edges > most_edges:
            kind = "" if largest == (most_nodes, most_edges) else " whose nodes do more than sum"
            raise Refusal(
                413,
                f"expected a picture{kind} of at most {most_nodes:,} nodes and {most_edges:,} "
                f"edges, got {nodes:,} and {edges:,}: choose a smaller one",
            )
