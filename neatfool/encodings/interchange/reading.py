"""Pictures from files of strangers: told apart by content, bounded, nothing executed."""

import io
import struct
import zipfile
import zlib
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from neatfool.encodings.interchange.json_text import NetworkJson, build, explained
from neatfool.encodings.interchange.neat_network import from_neat_json
from neatfool.encodings.interchange.picbreeder import all_of_picbreeder, chosen, from_picbreeder
from neatfool.encodings.interchange.picture import (
    KEYWORD,
    MOST_BYTES,
    MOST_EDGES,
    MOST_NODES,
    Document,
    Picture,
    check,
    check_size,
    too_large,
)
from neatfool.encodings.medium import Bare, Medium
from neatfool.errors import DataError
from neatfool.images import Canvas
from neatfool.networks import Graphs
from neatfool.networks.compile import is_acyclic

_MOST_COMMAS = 6 * MOST_NODES + 6 * MOST_EDGES  # a node has six entries, an edge five
_ZIP, _PACKED = b"PK\x03\x04", (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNK = KEYWORD.encode() + b"\0\0"  # its keyword, then 0: compressed by zlib
_ANY: TypeAdapter[Document | NetworkJson] = TypeAdapter(
    Annotated[Document | NetworkJson, Field(discriminator="format")]
)


def read_picture(data: bytes, genome: int | None = None) -> Picture:
    """Read a picture from a file's content, which may come from anybody.

    Told apart by what they hold: a PNG of ``to_png``, the JSON of ``to_text``, the JSON of a bare
    network (a canvas of 128 x 128, grey for one output), an XML of Picbreeder, and a ZIP file with
    one of these in it. Nothing is executed, no pixel is decoded, and the work is bounded. Of a PNG
    the first ``MOST_BYTES`` are looked at: the network stands before the pixels, so they are
    enough.

    Args:
        data: The content; of a PNG its beginning is enough.
        genome: Which one of a file with several, from 1; none: it has to be the only one.

    Raises:
        DataError: It is none of these, damaged, too large, or holds several or no such one.
    """
    graphs, medium = _read(data, genome)
    if isinstance(medium, Bare):
        raise _another()
    picture = Picture(graphs, medium or _canvas_of(graphs))
    check(picture)
    return picture


def read_pictures(data: bytes) -> list[Picture]:
    """Read all pictures of a file's content, as ``read_picture`` reads one; there is at least one.

    Raises:
        DataError: It is no such file, damaged or too large.
    """
    text = _text(data)
    if not text.startswith(b"<"):
        return [read_picture(text)]
    pictures = all_of_picbreeder(text)
    for picture in pictures:
        check(picture)
    return pictures


def read_network(data: bytes, genome: int | None = None) -> tuple[Graphs, Medium]:
    """Read a network of any inputs and outputs from a file's content, which may come from anybody.

    As ``read_picture``; the JSON of ``neat.export`` is read as well. A network without a canvas
    paints if it is of neatfool and has the inputs and outputs for it.

    Returns:
        The network, and its canvas; or what names its inputs, if it paints nothing.

    Raises:
        DataError: It is none of these, damaged, too large, or holds several or no such one.
    """
    graphs, medium = _read(data, genome)
    check_size(graphs)
    canvas = _canvas_of(graphs)
    if medium is None:
        is_painter = (graphs.inputs, graphs.outputs) in ((len(canvas.inputs), n) for n in (1, 3))
        medium = canvas if is_painter and is_acyclic(graphs) else _bare(graphs)
    if isinstance(medium, Canvas):
        check(Picture(graphs, medium))
    return graphs, medium


def _canvas_of(graphs: Graphs) -> Canvas:
    return Canvas((graphs.outputs, 128, 128))


def _bare(graphs: Graphs) -> Bare:
    return Bare(tuple(f"i{place}" for place in range(graphs.inputs)), graphs.outputs)


def _read(data: bytes, genome: int | None) -> tuple[Graphs, Canvas | Bare | None]:
    """Read a network, and its canvas; Bare if it paints nothing, none if that is not said."""
    text = _text(data)
    if text.startswith(b"{"):
        return chosen([_from_json(text)], genome)
    picture = from_picbreeder(text, genome)
    return picture.graphs, picture.canvas


def _text(data: bytes) -> bytes:
    """Find the JSON or XML of a file's content."""
    data = _unzipped(data) if data.startswith(_ZIP) else data
    text = _embedded(data[:MOST_BYTES]) if data.startswith(_SIGNATURE) else data
    if len(text) > MOST_BYTES:
        raise _too_long()
    text = text.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"\x80"):
        raise DataError(
            "expected a PNG, JSON or XML, got a pickle, which runs what it holds when it is read: "
            "load it yourself, and take neatfool.from_neat or interchange.from_neat_network"
        )
    if not text.startswith((b"{", b"<")):
        raise DataError(
            "expected a PNG or JSON of neatfool, an XML of Picbreeder or a ZIP file of one, got a "
            f"file that begins with {text[:20].decode(errors='replace')!r}: choose another"
        )
    return text


def _unzipped(packed: bytes) -> bytes:
    """Unpack the one file of a ZIP file, no more than one byte too many."""
    if len(packed) > MOST_BYTES:
        raise _too_long()
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            inner = [each for each in archive.infolist() if not each.is_dir()]
            if len(inner) != 1 or inner[0].compress_type not in _PACKED:
                raise DataError(
                    f"expected a ZIP file of one genome, stored or deflated, got {len(inner):,} "
                    "files: unpack it, and choose one"
                )
            with archive.open(inner[0]) as file:
                return file.read(MOST_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as error:
        raise DataError(
            f"expected a whole ZIP file without a password, got a damaged one ({error!s:.100}): "
            "get it again, or unpack it"
        ) from None


def _too_long() -> DataError:
    return DataError(
        f"expected a picture of at most {MOST_BYTES:,} bytes, got more: choose a smaller one"
    )


def _from_json(text: bytes) -> tuple[Graphs, Canvas | Bare | None]:
    """Read a document, a bare network, or one of neat-python."""
    if text.count(b",") > _MOST_COMMAS:  # so that parsing and its errors take little memory
        raise too_large("more entries than that")
    try:
        found = _ANY.validate_json(text)
    except ValidationError as error:
        kind = error.errors(include_url=False)[0]["type"]
        if kind == "union_tag_not_found" and b'"network_type"' in text:
            graphs = from_neat_json(text)
            return graphs, _bare(graphs)
        if kind.startswith("union_tag"):
            raise _another() from None
        raise explained(error, "picture or network") from None
    if isinstance(found, Document):
        return build(found.network), found.canvas
    return build(found, cyclic=True), None


def _another() -> DataError:
    return DataError(
        "expected the JSON of a picture or network, got another one: choose one that neatfool wrote"
    )


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
