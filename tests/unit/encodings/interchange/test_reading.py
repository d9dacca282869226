"""Files of strangers: whatever they hold, a picture or a DataError, with bounded work."""

import contextlib
import io
import json
import pickle
import struct
import tracemalloc
import zipfile
import zlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from neatfool.encodings import Bare
from neatfool.encodings.interchange import (
    read_network,
    read_picture,
    read_pictures,
    to_json,
    to_png,
    to_text,
)
from neatfool.encodings.interchange.picture import MOST_BYTES
from neatfool.errors import DataError
from tests.strategies import assert_same_arrays
from tests.unit.encodings.interchange.test_picbreeder import written
from tests.unit.encodings.interchange.test_picture import small

PICTURE = small()
TEXT, PNG = to_text(PICTURE), to_png(PICTURE)
XML = written(
    [("x", "in", "identity"), ("ink", "out", "gaussian"), ("", "hidden", "sin")],
    [(0, 2, 1.5), (2, 1, -0.5)],
).encode()
FILES: dict[str, bytes] = {
    "text": TEXT.encode(),
    "png": PNG,
    "network": to_json(PICTURE.graphs).encode(),
    "xml": XML,
}


def chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png_with(*chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def carrying(packed: bytes) -> bytes:
    return png_with(chunk(b"IHDR", bytes(13)), chunk(b"zTXt", b"neatfool\0\0" + packed))


def changed(**entries) -> bytes:
    return json.dumps(json.loads(TEXT) | entries).encode()


def with_network(**entries) -> bytes:
    return changed(network=json.loads(TEXT)["network"] | entries)


def with_canvas(**entries) -> bytes:
    return changed(canvas=json.loads(TEXT)["canvas"] | entries)


EDGE = b'{"innovation":1,"source":0,"target":4,"weight":%s}'
NODE = b'{"id":4,"activation":"sine","bias":%s}'
NETWORK = (
    b'{"format":"neatfool network","version":1,"precision":"float32","inputs":4,"outputs":1,'
    b'"nodes":[%s],"edges":[%s]}'
)
BAD = {
    "nothing": (b"", "begins with ''"),
    "words": (
        b"hello, I am a rather long text",
        "a PNG or JSON .* begins with 'hello, I am a rather'",
    ),
    "jpeg": (b"\xff\xd8\xff\xe0", "choose another"),
    "utf-16": ("{}".encode("utf-16"), "choose another"),
    "too long": (b"{" + b" " * MOST_BYTES, "at most 4,194,304 bytes"),
    "a list": (b"[" * 1_000_000, "choose another"),
    "deep": (b'{"a":' * 800_000, "recursion limit exceeded"),
    "deep within": (NETWORK.split(b"%s")[0] + b"[" * 1_000_000, "recursion limit exceeded"),
    "no format": (b"{}", "JSON of a picture or network, got another one"),
    "another format": (changed(format="x" * 1_000_000), "got another one"),
    "another version": (changed(version=2), "version: expected 1, got 2"),
    "not utf-8": (b'{"format":"\xff\xfe"}', "Invalid JSON"),
    "lone surrogate": (b'{"format":"\\ud800"}', "Invalid JSON"),
    "long key": (
        b'{"format":"neatfool network","' + b"k" * 3_000_000 + b'":1}',
        "version: expected a value",
    ),
    "many keys": (b"{" + b",".join(b'"%d":1' % i for i in range(300_000)) + b"}", "more entries"),
    "many nodes": (NETWORK % (b",".join([b"1"] * 120_000), b""), "nodes.0: expected keys with"),
    "many edges": (NETWORK % (NODE % b"0", b"1," * 130_000 + b"1"), "more entries than that"),
    "not a number": (NETWORK % (NODE % b"NaN", b""), "nodes.0.bias: .* finite"),
    "infinite": (NETWORK % (NODE % b"0", EDGE % b"1e999"), "edges.0.weight: .* finite"),
    "beyond float32": (NETWORK % (NODE % b"0", EDGE % b"1e39"), "within float32"),
    "huge integer": (NETWORK % (NODE % b"0", EDGE % (b"9" * 5000)), "number out of range"),
    "large integer": (NETWORK % (NODE % (b"9" * 400), b""), "nodes.0.bias"),
    "loop": (with_network(edges=[json.loads(EDGE % b"1") | {"source": 4}]), "no cycle"),
    "three inputs": (with_network(inputs=3), "nodes"),
    "code": (with_network(nodes=[{"id": 4, "activation": "__import__('os')"}]), "outputs"),
    "no network": (changed(network=None), "network"),
    "other outputs": (with_canvas(shape=[1, 4, 4]), "got 4 and 3 for 1 channels"),
    "no shape": (changed(canvas={}), "canvas.shape"),
    "two sides": (with_canvas(shape=[3, 4]), "canvas.shape.2"),
    "half a pixel": (with_canvas(shape=[3, 4, 4.5]), "canvas.shape.2"),
    "no pixels": (with_canvas(shape=[3, 0, 4]), "1 to 4096 pixels"),
    "huge canvas": (with_canvas(shape=[3, 4, 1 << 40]), "1 to 4096 pixels"),
    "huger canvas": (with_canvas(shape=[3, 4, 1 << 70]), "1 to 4096 pixels"),
    "rounding": (with_canvas(rounding="up"), "canvas.rounding"),
    "extra": (with_canvas(path="/etc/passwd"), "canvas.path"),
    "long extra": (with_canvas(**{"k" * 1_000_000: 1}), "canvas.kkk"),
    "bare png": (png_with(), "without: choose"),
    "png without": (png_with(chunk(b"IHDR", bytes(13)), chunk(b"IEND", b"")), "without"),
    "png of text": (png_with(chunk(b"tEXt", b"neatfool\0{}")), "without"),
    "not packed": (carrying(TEXT.encode()), "a damaged one"),
    "packed in part": (carrying(zlib.compress(TEXT.encode())[:-1]), "a part of one"),
    "other checksum": (carrying(zlib.compress(TEXT.encode())[:-1] + b"\0"), "a damaged one"),
    "packed words": (carrying(zlib.compress(b"hello")), "begins with 'hello'"),
    "png in png": (carrying(zlib.compress(PNG)), "begins with '.*PNG"),
    "bomb": (carrying(zlib.compress(b" " * (1 << 25), 9)), "at most 4,194,304 bytes"),
    "endless chunk": (png_with(b"\xff\xff\xff\xffzTXt"), "without"),
    "empty chunks": (png_with(bytes(MOST_BYTES)), "without"),
}


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return content.getvalue()


ZIP = zipped(("a", XML))
WITH_PASSWORD = ZIP.replace(b"\x14\0\0\0\x08\0", b"\x14\0\x01\0\x08\0")
BAD |= {
    "zip of two": (zipped(("a", XML), ("b", XML)), "one genome, stored or deflated, got 2 files"),
    "zip of none": (zipped(("a/", b"")), "got 0 files"),
    "zip of many": (zipped(*((f"{n}", b"") for n in range(999))), "got 999 files"),
    "zip bomb": (zipped(("a", b"<" + b" " * (1 << 25))), "at most 4,194,304 bytes"),
    "large zip": (zipped(("a", bytes(MOST_BYTES)), method=zipfile.ZIP_STORED), "at most 4,194,304"),
    "zip in a zip": (zipped(("a", ZIP)), "begins with 'PK"),
    "zip by bzip2": (zipped(("a", XML), method=zipfile.ZIP_BZIP2), "stored or deflated"),
    "zip by lzma": (zipped(("a", XML), method=zipfile.ZIP_LZMA), "stored or deflated"),
    "cut zip": (ZIP[:-30], "a damaged one"),
    "zip with a password": (WITH_PASSWORD, "without a password, got a damaged one"),
    "zip with a wrong sum": (zipped(("a", XML), method=0).replace(b"gauss", b"xauss"), "CRC"),
    "zip of words": (zipped(("a", b"hello")), "begins with 'hello'"),
}


@pytest.mark.parametrize(("data", "message"), BAD.values(), ids=BAD)
def test_what_is_no_picture_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read_picture(data)

    assert len(str(caught.value)) < 500
    str(caught.value).encode()


@pytest.mark.parametrize("name", ["bomb", "many nodes", "many edges", "many keys"])
def test_what_is_refused_takes_little_memory(name: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(DataError):
            read_picture(BAD[name][0])
        assert tracemalloc.get_traced_memory()[1] < 5 * MOST_BYTES
    finally:
        tracemalloc.stop()


@settings(max_examples=150)
@given(data=st.data(), kind=st.sampled_from(sorted(FILES)))
def test_damaged_files_are_pictures_or_refused(data: st.DataObject, kind: str) -> None:
    whole = bytearray(FILES[kind])
    places = st.integers(0, len(whole) - 1)
    for _ in range(data.draw(st.integers(0, 3))):
        start, length = data.draw(places), data.draw(st.integers(0, 8))
        whole[start : start + length] = data.draw(st.binary(max_size=8) | st.sampled_from(TOKENS))
    cut = data.draw(st.none() | places)

    read_or_refused(bytes(whole[:cut]))


TOKENS = [b"null", b"-1", b"1e400", b"NaN", b"[", b"{}", b'"', b"<", b"/>", b"&a;", b"\0", b"]]>"]


@given(st.sampled_from([b"", b"{", b"<", b"\x89PNG\r\n\x1a\n"]), st.binary(max_size=200))
@example(b"<", b"")
def test_noise_is_refused(head: bytes, noise: bytes) -> None:
    with pytest.raises(DataError):
        read_picture(head + noise)


@settings(max_examples=40)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda some: st.lists(some, max_size=4) | st.dictionaries(st.text(), some, max_size=4),
        max_leaves=8,
    ),
    st.sampled_from(["network", "canvas", "version", "network.nodes", "network.edges"]),
)
def test_entries_of_other_types_are_refused(value, where: str) -> None:
    tree = json.loads(TEXT)
    *outer, last = where.split(".")
    for name in outer:
        tree[name][last] = value
    if not outer:
        tree[last] = value

    read_or_refused(json.dumps(tree).encode())


EXPORTED = json.dumps(
    {
        "network_type": "feedforward",
        "topology": {"input_keys": [-1, -2, -3, -4], "output_keys": [0]},
        "nodes": [],
        "connections": [],
    }
).encode()


def test_networks_of_any_inputs_are_read_and_paint_where_they_can() -> None:
    for name, data in FILES.items():
        graphs, medium = read_network(data)
        picture = read_picture(data)
        assert medium == picture.canvas, name
        assert_same_arrays(graphs, picture.graphs)
    two = json.loads(to_json(PICTURE.graphs)) | {"inputs": 2, "outputs": 1}
    two |= {"nodes": [{"id": 2, "activation": "sine"}], "edges": []}
    assert read_network(json.dumps(two).encode())[1] == Bare(("i0", "i1"), 1)
    assert read_network(EXPORTED)[1] == Bare(("i0", "i1", "i2", "i3"), 1)
    with pytest.raises(DataError, match="JSON of a picture or network, got another one"):
        read_picture(EXPORTED)


@pytest.mark.parametrize(("data", "message"), BAD.values(), ids=BAD)
def test_what_is_no_network_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(DataError):
        read_network(data)


def test_large_networks_and_pickles_are_refused() -> None:
    many = {
        "inputs": 5000,
        "outputs": 1,
        "nodes": [{"id": 5000, "activation": "sine"}],
        "edges": [],
    }
    wide = json.dumps(json.loads(to_json(PICTURE.graphs)) | many).encode()
    with pytest.raises(DataError, match=r"at most 4,096 nodes .* got 5,001 and 0"):
        read_network(wide)
    with pytest.raises(DataError, match=r"got a pickle, which runs .*from_neat_network"):
        read_network(pickle.dumps(PICTURE.graphs))


def read_or_refused(data: bytes) -> None:
    with contextlib.suppress(DataError):
        read_network(data)
    try:
        picture = read_picture(data)
    except DataError:
        return
    assert to_text(read_picture(to_text(picture).encode())) == to_text(picture)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_file_of_one_is_as_the_one(name: str, method: int) -> None:
    expected = to_text(read_picture(FILES[name]))
    for files in ((("a", FILES[name]),), (("b/", b""), ("b/c.xml", FILES[name]))):
        assert to_text(read_picture(zipped(*files, method=method))) == expected
    assert [to_text(each) for each in read_pictures(FILES[name])] == [expected]
    with pytest.raises(DataError, match="from 1 to 1, got 2"):
        read_picture(FILES[name], 2)
