from contextlib import suppress

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neatfool.classifiers.named.caffemodel import read_caffemodel
from neatfool.errors import ClassifierError
from tests.caffe_files import Blob, Version, caffemodel, doubled, halved, legacy, shaped, unpacked

VERSIONS = st.sampled_from(("v1", "v2"))
BLOBS = st.sampled_from((legacy, shaped, unpacked, doubled, halved))
SHAPES = st.lists(st.integers(1, 3), min_size=1, max_size=4).map(tuple)
LAYERS = st.dictionaries(st.text(max_size=5), st.lists(SHAPES, min_size=1, max_size=2), max_size=3)


def _filled(shapes: dict[str, list[tuple[int, ...]]]) -> dict[str, list[np.ndarray]]:
    random = np.random.default_rng(0)
    return {
        name: [random.normal(size=shape).astype(np.float32) for shape in each]
        for name, each in shapes.items()
    }


def _assert_same(read: list[np.ndarray], written: list[np.ndarray]) -> None:
    assert len(read) == len(written)
    for ours, theirs in zip(read, written, strict=True):
        assert ours.dtype == np.float32
        assert ours.size == theirs.size
        np.testing.assert_array_equal(ours.reshape(theirs.shape), theirs)


@settings(max_examples=15, deadline=None)
@given(shapes=LAYERS, version=VERSIONS, blob=BLOBS)
def test_a_file_cut_anywhere_is_refused_or_a_beginning(
    shapes: dict[str, list[tuple[int, ...]]], version: Version, blob: Blob
) -> None:
    layers = _filled(shapes)
    content = caffemodel(layers, version, blob)

    for cut in range(len(content)):
        with suppress(ClassifierError):
            read = read_caffemodel(content[:cut])
            assert list(read) == list(layers)[: len(read)]
            for name, blobs in read.items():
                _assert_same(blobs, layers[name])


@given(shapes=LAYERS.filter(len), version=VERSIONS, blob=BLOBS)
def test_what_is_written_is_read(
    shapes: dict[str, list[tuple[int, ...]]], version: Version, blob: Blob
) -> None:
    layers = _filled(shapes)

    read = read_caffemodel(caffemodel(layers, version, blob))

    assert list(read) == list(layers)
    for name, blobs in read.items():
        _assert_same(blobs, layers[name])


@settings(deadline=None)
@given(value=st.integers(0, 255), version=VERSIONS, blob=BLOBS)
def test_a_file_with_any_byte_changed_is_read_or_refused(
    value: int, version: Version, blob: Blob
) -> None:
    whole = caffemodel(_filled({"a": [(2, 3), (2,)]}), version, blob)

    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] = value
        with suppress(ClassifierError):
            assert read_caffemodel(bytes(changed))


@given(content=st.binary(max_size=200), head=st.sampled_from([b"", b"\x12\x7f", b"\xa2\x06\x7f"]))
def test_noise_is_read_or_refused(content: bytes, head: bytes) -> None:
    with suppress(ClassifierError):
        assert read_caffemodel(head + content)
