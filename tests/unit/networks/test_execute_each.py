import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from neatfool.networks import compile_graphs, execute, execute_each
from tests.strategies import graphs


@given(st.data())
def test_each_network_gives_at_its_points_what_all_give_at_all(data) -> None:
    batch = data.draw(graphs())
    counts = data.draw(st.lists(st.integers(0, 300), min_size=len(batch), max_size=len(batch)))
    owners = np.repeat(np.arange(len(batch)), counts)
    random = torch.Generator().manual_seed(data.draw(st.integers(0, 99)))
    inputs = torch.randn(batch.inputs, len(owners), generator=random)
    networks = compile_graphs(batch)

    found = execute_each(networks, inputs, np.concatenate([[0], np.cumsum(counts)]))

    everywhere = execute(networks, inputs, "numba")
    expected = everywhere[owners, :, np.arange(len(owners))].T
    assert torch.equal(found.nan_to_num(), expected.nan_to_num())
