"""Pictures from files of strangers: told apart by content, bounded, nothing executed."""

import struct
import zlib
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from neatfool.encodings.interchange.json_text import Network, build, explained
from neatfool.encodings.interchange.picbreeder import from_picbreeder
from neatfool.encodings.interchange.picture import (
    KEYWORD,
    MOST_BYTES,
    MOST_EDGES,
    MOST_NODES,
    Document,
    Picture,
    check,
    too_large,
)
from neatfool.errors import DataError
from neatfool.images import Canvas

_MOST_COMMAS = 6 * MOST_NODES + 6 * MOST_EDGES  # a node has six entries, an edge five
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNK = KEYWORD.encode() + b"\0\0"  # its keyword, then 0: compressed by zlib
_ANY: TypeAdapter[Document | Network] = TypeAdapter(
    Annotated[Document | Network, Field(discriminator="format")]
)


def read_picture(data: bytes) -> Picture:
    """Read a picture from a file's content, which may come from anybody.

    Told apart by what they hold: a PNG of ``to_png``, the JSON of ``to_text``, the JSON of a bare
    network (a canvas of 128 x 128, grey for one output), and an XML of Picbreeder. Nothing is
    executed, no pixel is decoded, and the work is bounded. Of a PNG the first ``MOST_BYTES`` are
    looked at: the network stands before the pixels, so they are enough.

    Raises:
        DataError: It is none of these, damaged, or too large.
    """
    text = _embedded(data[:MOST_BYTES]) if data.startswith(_SIGNATURE) else data
    if len(text) > MOST_BYTES:
        raise DataError(
            f"expected a picture of at most {MOST_BYTES:,} bytes, got more: choose a smaller one"
        )
    text = text.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        picture = _from_json(text)
    elif text.startswith(b"<"):
        picture = from_picbreeder(text)
    else:
        raise DataError(
            f"expected a PNG or JSON of neatfool or an XML of Picbreeder, got {text[:20]!r}: "
            "choose another file"
        )
    check(picture)
    return picture


def _from_json(text: bytes) -> Picture:
    """Read a document or a bare network."""
    if text.count(b",") > _MOST_COMMAS:  # so that parsing and its errors take little memory
        raise too_large("more entries than that")
    try:
        found = _ANY.validate_json(text)
    except ValidationError as error:
        if error.errors(include_url=False)[0]["type"].startswith("union_tag"):
            raise DataError(
                "expected the JSON of a picture or network, got another one: choose one that "
                "neatfool wrote"
            ) from None
        raise explained(error, "picture or network") from None
    if isinstance(found, Document):
        return Picture(build(found.network), found.canvas)
    return Picture(build(found), Canvas((found.outputs, 128, 128)))


def _embedded(png: bytes) -> bytes:
    """Find the text that ``to_png`` wrote."""
    place = len(_SIGNATURE)
    while place + 8 <= len(png):
        size, kind = struct.unpack_from(">I4s", png, place)
        place += 8
        if kind == b"zTXt" and png.startswith(_CHUNK, place):
            return _inflated(png[place + len(_CHUNK) : place + size])
        place += size + 4
    raise DataError(
        "expected a PNG that carries a network, got one without: choose one that the page of "
        "`neatfool breed` wrote, unchanged; images of runs carry none"
    )


def _inflated(packed: bytes) -> bytes:
    """Inflate no more than one byte too many."""
    stream = zlib.decompressobj()
    try:
        text = stream.decompress(packed, MOST_BYTES + 1)
    except zlib.error as error:
        raise DataError(
            f"expected a PNG with a whole network, got a damaged one ({error}): get it again"
        ) from None
    if not stream.eof and len(text) <= MOST_BYTES:
        raise DataError("expected a PNG with a whole network, got a part of one: get it again")
    return text
