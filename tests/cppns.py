"""Random CPPNs of given inputs and outputs, for whatever they are expressed through."""

from typing import Any

import numpy as np

from neatfool.encodings import CanvasSettings, CppnSettings, StructureSettings
from neatfool.networks import Graphs, activation_codes
from neatfool.networks.aggregations import AGGREGATIONS
from tests.strategies import join, random_graph

BOUNDED = tuple(activation_codes(["sine", "sigmoid", "gaussian", "linear", "tanh", "cosine"]))


def random_cppns(
    medium,
    count: int = 3,
    seed: int = 0,
    hidden: int = 4,
    edges: int = 25,
    reach: float = 2.0,
    codes: tuple[int, ...] = BOUNDED,
) -> Graphs:
    """Make CPPNs that fit a medium."""
    random = np.random.default_rng(seed)
    inputs, outputs = len(medium.inputs), medium.outputs
    parts = [
        random_graph(random, inputs, outputs, hidden, edges, reach, codes) for _ in range(count)
    ]
    return join(parts, inputs, outputs)


GROUPS = {"canvas": CanvasSettings, "structure": StructureSettings}
KINDS = ("nothing", "responses", "aggregations", "doubles", "all")
"""What CPPNs may have that those evolved here lack."""


def having(graphs: Graphs, kind: str) -> Graphs:
    """Give CPPNs what those of neat-python may have."""
    random = np.random.default_rng(0)
    is_input = graphs.node_ids < graphs.inputs
    new: dict[str, np.ndarray] = {}
    if kind in ("responses", "all"):
        new["responses"] = np.where(is_input, 1.0, random.uniform(0.5, 1.5, len(is_input)))
    if kind in ("aggregations", "all"):
        codes = np.where(is_input, 0, random.integers(len(AGGREGATIONS), size=len(is_input)))
        new["aggregations"] = codes.astype(np.int16)
    if kind in ("doubles", "all"):
        new["biases"] = np.where(is_input, 0, graphs.biases.astype(np.float64) + 1e-9)
        new["weights"] = graphs.weights.astype(np.float64) * (1 + 1e-9)
    return graphs.changed(**new)


def linear_cppn(medium, *outputs: dict[str, float]) -> Graphs:
    """Make one CPPN whose outputs are weighted sums of its inputs, by their names."""
    inputs = len(medium.inputs)
    assert len(outputs) == medium.outputs
    edges = [
        (medium.inputs.index(name), inputs + output, weight)
        for output, weights in enumerate(outputs)
        for name, weight in weights.items()
    ]
    part = {
        "node_ids": np.arange(inputs + len(outputs)),
        "activations": np.zeros(inputs + len(outputs), np.int16),
        "biases": np.zeros(inputs + len(outputs)),
        "sources": np.array([edge[0] for edge in edges], np.int64),
        "targets": np.array([edge[1] for edge in edges], np.int64),
        "weights": np.array([edge[2] for edge in edges]),
        "enabled": np.ones(len(edges), bool),
        "innovations": np.arange(len(edges)),
    }
    return join([part], inputs, len(outputs))


def settings_of(**changes: object) -> CppnSettings:
    """Make settings of CPPNs from keys without their groups, as in INI files."""
    tree: dict[str, Any] = {}
    for key, value in changes.items():
        group = next((name for name, keys in GROUPS.items() if key in keys.model_fields), None)
        (tree.setdefault(group, {}) if group else tree)[key] = value
    return CppnSettings(**tree)
