"""Requests of who names pictures without knowing where they are from."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from neatfool.exams.deck import read_pictures
from neatfool.exams.ratings import RatedDeck
from neatfool.settings import Settings
from neatfool.web.painting import encode
from neatfool.web.refusal import REFUSED, Refusal

router = APIRouter(prefix="/api/rate", tags=["rate"], responses=REFUSED)
_PICTURE: dict[str, Any] = {
    "response_class": Response,
    "responses": {200: {"content": {"image/png": {}}}},
}


class Rater:
    """The pictures in a folder, and who names them.

    Args:
        folder: Of a deck; none: nobody is asked.

    Raises:
        DataError: Pictures or answers are missing or damaged.
    """

    def __init__(self, folder: Path | None) -> None:
        self._answers = RatedDeck(folder) if folder else None
        self._pictures = read_pictures(folder) if folder else None

    @property
    def answers(self) -> RatedDeck:
        """Give the answers so far.

        Raises:
            Refusal: Nobody is asked.
        """
        if self._answers is None:
            raise Refusal(404, "no pictures are to be named here: see neatfool browse --rate")
        return self._answers

    def question(self, card: int | None) -> "Question":
        """Ask about a picture: by its place, or the first without an answer.

        Raises:
            Refusal: There is no such picture.
        """
        answers = self.answers
        place, total = answers.next if card is None else card, len(answers.deck.cards)
        answered = len(answers.given)
        if place is None:
            return Question(card=None, total=total, answered=answered, choices=(), given=None)
        self.check(place)
        choices = answers.deck.cards[place].choices
        return Question(
            card=place,
            total=total,
            answered=answered,
            choices=tuple(Choice(index=each, name=answers.deck.names[each]) for each in choices),
            given=answers.given.get(place, -1),
        )

    def answer(self, given: "GivenName") -> "Question":
        """Write an answer down; ask about the next picture.

        Raises:
            Refusal: There is no such picture or choice.
        """
        self.check(given.card)
        if given.choice is not None and given.choice not in self._choices(given.card):
            raise Refusal(422, "this is none of the choices: load the page again")
        self.answers.give(given.card, given.choice)
        return self.question(None)

    def picture(self, card: int) -> bytes:
        """Encode a picture.

        Raises:
            Refusal: There is no such picture.
        """
        self.check(card)
        assert self._pictures is not None, "there are answers"
        return encode(self._pictures[card])

    def check(self, card: int) -> None:
        """Refuse what is no picture.

        Raises:
            Refusal: It is none.
        """
        if card >= len(self.answers.deck.cards):
            raise Refusal(404, f"there is no picture {card}: load the page again")

    def _choices(self, card: int) -> tuple[int, ...]:
        return self.answers.deck.cards[card].choices


class Choice(Settings):
    """A class that a picture may be taken for."""

    index: int
    name: str


class Question(Settings):
    """What a picture may be called; not where it is from.

    Attributes:
        card: Place of the picture; none: all have an answer.
        given: The answer so far: a class, none for nothing, or -1 if there is no answer yet.
    """

    card: int | None
    total: int
    answered: int
    choices: tuple[Choice, ...]
    given: int | None


class GivenName(Settings):
    """What a picture is called: a class by its index; none: nothing."""

    card: int = Field(ge=0, lt=1 << 31)
    choice: int | None


def rater_of(request: Request) -> Rater:
    """Return who asks."""
    rater: Rater = request.app.state.rater
    return rater


RaterHere = Annotated[Rater, Depends(rater_of)]
CardPlace = Annotated[int, Query(ge=0, lt=1 << 31)]


@router.get("")
def question(rater: RaterHere, card: CardPlace | None = None) -> Question:
    """Ask about a picture: the first without an answer, or another."""
    return rater.question(card)


@router.post("")
def answer(given: GivenName, rater: RaterHere) -> Question:
    """Write an answer down."""
    return rater.answer(given)


@router.get("/picture", **_PICTURE)
def picture(card: CardPlace, rater: RaterHere) -> Response:
    """Show a picture."""
    return Response(rater.picture(card), media_type="image/png")
