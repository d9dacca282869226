"""The answer to most requests: the session as the browser shows it."""

import base64

import numpy as np

from neatfool.web.breed import bodies
from neatfool.web.breed.breeder import Breeder
from neatfool.web.breed.breeding import ACTIVATIONS
from neatfool.web.breed.films import film_kinds
from neatfool.web.breed.pages import Shown, read_history, selected_on
from neatfool.web.settings import SIZE

_TOP = 3


def data_url(png: bytes) -> str:
    """Write a PNG file as an address."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


def answer(breeder: Breeder, session: int) -> bodies.Session:
    """Describe the page that is shown, and all that can be done from it."""
    visitor, page = breeder.current(session)
    history = read_history(breeder.store, session)
    models, wanted = breeder.models.classes, visitor.preferences
    if wanted.model not in models:  # the server was started with another network
        wanted = wanted.model_copy(update={"model": None})
    return bodies.Session(
        page=page.number,
        generation=page.generation,
        size=SIZE,
        pictures=_pictures(breeder, session, page, wanted.model),
        back=page.parent,
        forward=page.forward,
        history=tuple(
            bodies.PageOfHistory(
                page=number, parent=parent, generation=generation, how=how, face=face
            )
            for number, parent, generation, how, face in history
        ),
        settings=bodies.Chosen(
            colour=page.canvas.shape[0] == 3,
            hues=page.canvas.hues,
            saturation=page.canvas.saturation,
            **wanted.model_dump(),
        ),
        choices=bodies.Choices(
            activations=ACTIVATIONS,
            films=film_kinds(),
            models=tuple(bodies.Namer(name=n, classes=classes) for n, classes in models.items()),
        ),
    )


def _pictures(
    breeder: Breeder, session: int, page: Shown, model: str | None
) -> tuple[bodies.PictureOnPage, ...]:
    selected = set(selected_on(breeder.store, session, page))
    images = breeder.images(page)
    labels = _labels(breeder, page, model) if model else [None] * len(images)
    facts = (
        page.ids.tolist(),
        page.genomes.node_counts.tolist(),
        page.genomes.edge_counts.tolist(),
    )
    return tuple(
        bodies.PictureOnPage(
            id=id,
            image=data_url(image),
            nodes=nodes,
            edges=edges,
            selected=id in selected,
            labels=seen,
        )
        for id, nodes, edges, image, seen in zip(*facts, images, labels, strict=True)
    )


def _labels(breeder: Breeder, page: Shown, model: str) -> list[tuple[bodies.Label, ...]]:
    """Name the classes that a network sees most of."""
    classes = breeder.models.classes[model]
    confidences = breeder.confidences(model, page)
    best = np.argsort(-confidences, axis=1, kind="stable")[:, :_TOP]
    return [
        tuple(bodies.Label(name=classes[k], confidence=float(row[k])) for k in top)
        for row, top in zip(confidences, best.tolist(), strict=True)
    ]
