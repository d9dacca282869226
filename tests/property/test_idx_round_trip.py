import gzip
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neatfool.data import read_idx
from neatfool.errors import DataError
from tests.idx_files import idx_bytes

SHAPES = st.lists(st.integers(0, 6), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("idx") / "file"


@settings(deadline=None)
@given(shape=SHAPES, seed=st.integers(0, 2**32), packed=st.booleans())
def test_what_is_written_is_read(path: Path, shape: list[int], seed: int, packed: bool) -> None:
    values = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    content = idx_bytes(values)
    path.write_bytes(gzip.compress(content) if packed else content)

    read = read_idx(path)

    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, values)


@settings(deadline=None)
@given(data=st.data(), shape=SHAPES, packed=st.booleans())
def test_every_cut_is_noticed(
    path: Path, data: st.DataObject, shape: list[int], packed: bool
) -> None:
    content = idx_bytes(np.ones([size + 1 for size in shape], np.uint8))
    whole = gzip.compress(content) if packed else content
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])

    with pytest.raises(DataError):
        read_idx(path)


@settings(deadline=None)
@given(content=st.binary(max_size=60), head=st.sampled_from([b"", b"\0\0\x08", b"\x1f\x8b\x08"]))
def test_noise_is_read_or_refused(path: Path, content: bytes, head: bytes) -> None:
    path.write_bytes(head + content)

    with suppress(DataError):
        assert read_idx(path).dtype == np.uint8
