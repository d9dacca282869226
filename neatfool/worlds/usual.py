"""What NEAT usually has where networks give numbers of any size: defaults of other sections."""

from neatfool.types import Json

ENCODING: Json = {
    "kind": "cppn",
    "activations": ["tanh"],
    "output_activation": "identity",
    "activation_rate": 0.0,
    "weight_range": 5.0,
    "weights_rate": 0.8,
    "weight_rate": 0.5,
    "weight_mutation": "gaussian",
    "sigma": 0.5,
    "weight_replace_rate": 0.1,
    "structure": {
        "add_edge_rate": 0.15,
        "delete_edge_rate": 0.05,
        "add_node_rate": 0.1,
        "delete_node_rate": 0.03,
        "split": "neat",
        "split_choice": "older",
        "parallel_edges": False,
    },
}
"""Hidden nodes bend, outputs do not."""
SEARCH: Json = {"kind": "neat", "species": 10, "distance": {"small": 1_000_000}}
