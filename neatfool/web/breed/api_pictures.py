"""Requests about single pictures."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query, Request, Response

from neatfool import viz
from neatfool.encodings.interchange.json_text import describe
from neatfool.encodings.interchange.picture import Picture, to_text
from neatfool.web.breed import bodies
from neatfool.web.breed.access import AnySession, BreederHere
from neatfool.web.breed.breeder import Breeder
from neatfool.web.breed.films import FilmKind, FilmPlan, LineMember, film_of
from neatfool.web.breed.pages import read_line, read_parents, read_picture
from neatfool.web.painting import LARGE, MOST_DRAWN, check_work
from neatfool.web.patience import unless_left
from neatfool.web.refusal import REFUSED, Refusal
from neatfool.web.safety import DRAWING_POLICY

router = APIRouter(prefix="/api/pictures", tags=["pictures"], responses=REFUSED)


def find(breeder: Breeder, session: int | None, picture: int) -> Picture:
    """Return a picture that a session may see."""
    page, position = read_picture(breeder.store, session, picture)
    return Picture(page.genomes.select([position]), page.canvas)


@router.get("/{picture}.png", response_class=Response)
async def png(
    request: Request,
    picture: bodies.IdInPath,
    breeder: BreederHere,
    session: AnySession,
    size: Annotated[int, Query(ge=1, le=4096)] = 512,
    genome: bool = False,
) -> Response:
    """Paint a picture at any size, large ones one after the other."""

    def paint(has_left: Callable[[], bool]) -> bytes:
        found = find(breeder, session, picture)
        check_work(found.graphs, size)
        canvas = replace(found.canvas, shape=(found.canvas.shape[0], size, size))
        text = to_text(replace(found, canvas=canvas)) if genome else None
        return breeder.painter.large(found.graphs, canvas, text, has_left)

    painter = breeder.painter
    limiter = painter.one_at_a_time if size > LARGE else painter.few_at_a_time
    return Response(await unless_left(request, paint, limiter), media_type="image/png")


@router.get("/{picture}/film.{kind}", response_class=Response)
async def film(
    request: Request,
    picture: bodies.IdInPath,
    kind: FilmKind,
    breeder: BreederHere,
    session: AnySession,
    how: Annotated[bodies.FilmQuery, Query()],
) -> Response:
    """Film how a picture came about, one film after the other."""
    wanted = FilmPlan(kind, how.size, how.per_second)

    def make(has_left: Callable[[], bool]) -> bytes:
        line = []
        for page, position in read_line(breeder.store, session, picture, wanted.most):
            found = Picture(page.genomes.select([position]), page.canvas)
            check_work(found.graphs, how.size)
            line.append(LineMember(found, f"generation {page.generation:,}"))
        return film_of(line, wanted, has_left)

    made = await unless_left(request, make, breeder.painter.one_at_a_time)
    return Response(made, media_type="video/mp4" if kind == "mp4" else f"image/{kind}")


@router.get("/{picture}/genome.json", response_class=Response)
def genome(picture: bodies.IdInPath, breeder: BreederHere, session: AnySession) -> Response:
    """Write a picture's network and canvas down."""
    text = to_text(find(breeder, session, picture))
    name = f'attachment; filename="picture-{picture}.json"'
    return Response(text, media_type="application/json", headers={"Content-Disposition": name})


@router.get("/{picture}/topology.svg", response_class=Response)
async def topology(
    request: Request,
    picture: bodies.IdInPath,
    breeder: BreederHere,
    session: AnySession,
    nodes: Literal["images", "symbols"] = "images",
) -> Response:
    """Draw a picture's network, one after the other."""

    def draw(_: Callable[[], bool]) -> bytes:
        found = find(breeder, session, picture)
        most_nodes, most_edges = MOST_DRAWN
        if len(found.graphs.node_ids) > most_nodes or len(found.graphs.weights) > most_edges:
            raise Refusal(
                422,
                f"expected a network of at most {most_nodes} nodes and {most_edges:,} edges to "
                "draw: save its genome",
            )
        return viz.to_svg(viz.topology(found.graphs, found.canvas, nodes), is_file=True)

    svg = await unless_left(request, draw, breeder.painter.drawing)
    headers = {"Content-Security-Policy": DRAWING_POLICY}
    return Response(svg, media_type="image/svg+xml", headers=headers)


@router.get("/{picture}")
def detail(picture: bodies.IdInPath, breeder: BreederHere, session: AnySession) -> bodies.Detail:
    """Describe a picture's network."""
    page, position = read_picture(breeder.store, session, picture)
    network = describe(page.genomes.select([position]))
    return bodies.Detail(
        id=picture,
        nodes=network.inputs + len(network.nodes),
        edges=len(network.edges),
        weights=network.edges,
        inputs=page.canvas.inputs,
        outputs=(*page.canvas.colours,) if network.outputs == 3 else ("grey",),
        activations={node.id: node.activation for node in network.nodes},
        generation=page.generation,
        parents=read_parents(breeder.store, picture),
    )


@router.post("/{picture}/bend", response_class=Response)
async def bend(
    request: Request,
    picture: bodies.IdInPath,
    body: bodies.Bend,
    breeder: BreederHere,
    session: AnySession,
) -> Response:
    """Paint a picture with other weights; nothing is stored."""

    def paint(has_left: Callable[[], bool]) -> bytes:
        found = bent(find(breeder, session, picture), body.weights)
        canvas = replace(found.canvas, shape=(found.canvas.shape[0], body.size, body.size))
        return breeder.painter.large(found.graphs, canvas, None, has_left)

    limiter = breeder.painter.few_at_a_time
    return Response(await unless_left(request, paint, limiter), media_type="image/png")


def bent(picture: Picture, weights: dict[int, float]) -> Picture:
    """Give edges other weights, by their innovation numbers."""
    graphs = picture.graphs
    changed = graphs.weights.copy()
    for innovation, weight in weights.items():
        places = np.flatnonzero(graphs.innovations == innovation)
        if not len(places):
            raise Refusal(422, f"this picture has no edge {innovation}: load it again")
        changed[places] = weight
    return replace(picture, graphs=graphs.changed(weights=changed))
