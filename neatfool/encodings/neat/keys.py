"""What the keys of neat-python's own sections are called here, and which have no counterpart."""

import difflib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from neatfool.networks import NEAT_NAMES


class Counterpart(NamedTuple):
    """A key of neat-python, and what to write in its place.

    Attributes:
        key: Its name; with … at its end, all that begin so.
        here: Keys that it may be; the first that a class has. None: leave it out.
        remark: What to know.
    """

    key: str
    here: tuple[str, ...]
    remark: str


COUNTERPARTS = (
    Counterpart("num_inputs", ("inputs",), "a name for each"),
    Counterpart("num_outputs", ("outputs",), ""),
    Counterpart("num_hidden", (), "there are none at first, unless start is layer or random"),
    Counterpart("initial_connection", (), "start = direct joins every input to every output"),
    Counterpart("feed_forward", ("dynamics",), "forward if it is True, recurrent if it is False"),
    Counterpart("compatibility_disjoint_coefficient", ("disjoint_coefficient",), ""),
    Counterpart("compatibility_weight_coefficient", ("weight_coefficient",), ""),
    Counterpart("conn_add_prob", ("add_edge_rate",), ""),
    Counterpart("conn_delete_prob", ("delete_edge_rate",), ""),
    Counterpart("node_add_prob", ("add_node_rate",), ""),
    Counterpart("node_delete_prob", ("delete_node_rate",), ""),
    Counterpart("single_structural_mutation", (), "a child may change in several ways"),
    Counterpart("structural_mutation_surer", (), "a child may change in several ways"),
    Counterpart("activation_options", ("activations",), ""),
    Counterpart("activation_default", (), "nodes draw from activations, or have output_activation"),
    Counterpart("activation_mutate_rate", ("activation_rate",), ""),
    Counterpart("aggregation_…", (), "nodes sum"),
    Counterpart("bias_…", (), "nodes have no bias of their own, a bias is an input"),
    Counterpart("response_…", (), "nodes have no response"),
    Counterpart("time_constant_…", (), "nodes have no time constant"),
    Counterpart("enabled_…", (), "edges are disabled by split"),
    Counterpart("weight_init_mean", (), "weights begin evenly spread around 0"),
    Counterpart("weight_init_type", (), "weights begin evenly spread around 0"),
    Counterpart("weight_init_stdev", ("start_range",), "the farthest from 0"),
    Counterpart("weight_max_value", ("weight_range",), ""),
    Counterpart("weight_min_value", ("weight_range",), ""),
    Counterpart("weight_mutate_power", ("sigma",), "with weight_mutation = gaussian"),
    Counterpart("weight_mutate_rate", ("weight_rate", "mutation_rate"), ""),
    Counterpart(
        "weight_replace_rate", ("weight_replace_rate",), "share of the weights that change"
    ),
    Counterpart("elitism", ("champion_size",), "genomes of a species that keeps its best"),
    Counterpart("min_species_size", (), "species may have any size"),
)
"""Of the sections [DefaultGenome] and [DefaultReproduction]."""

_SINGLE = {
    "write": "write {}",
    "leave out": "leave it out, {}",
    "typing errors:": "did you mean {}?",
}
_SEVERAL = {
    "write": "{1} as {0}",
    "leave out": "{1} ({0})",
    "typing errors:": "{1}, did you mean {0}?",
}
_SINGLE[""], _SEVERAL[""] = "{}", "{1}: {0}"
"""What is to be done about an unknown key, and about several that are alike."""


def counterpart(key: str) -> Counterpart | None:
    """Find what a key of neat-python is here; none: it is no such key."""
    for each in COUNTERPARTS:
        if key == each.key or (each.key.endswith("…") and key.startswith(each.key[:-1])):
            return each
    return None


def unknown_keys(
    params: Mapping[str, str], known: Sequence[str], others: Sequence[str] = ()
) -> str:
    """Say which keys are unknown, all of them, and what to write instead; empty: none is.

    Args:
        params: Keys and texts of a section.
        known: Keys that it may have.
        others: Keys that are checked elsewhere, and not to be proposed.
    """
    unknown = [key for key in params if key not in known and key not in others]
    if not unknown:
        return ""
    hints = {key: _hint(key, params, known) for key in unknown}
    choices = f"choose from {', '.join(known)}"
    if len(unknown) == 1:
        what, text = hints[unknown[0]]
        return f"has an unknown key {unknown[0]}: {_SINGLE[what].format(text or choices)}"
    lines = [f"has {len(unknown)} unknown keys:"]
    for what, several in _SEVERAL.items():
        keys: dict[str, list[str]] = {}
        for key in unknown:
            if hints[key][0] == what:
                keys.setdefault(hints[key][1] or choices, []).append(key)
        texts = [several.format(text, ", ".join(those)) for text, those in keys.items()]
        lines += [f"{what} {'; '.join(texts)}".lstrip()] if texts else []
    return "\n".join(lines)


def _hint(key: str, params: Mapping[str, str], known: Sequence[str]) -> tuple[str, str]:
    """Say what is to be done about an unknown key, and what to write or why."""
    found = counterpart(key)
    if found is None:
        near = difflib.get_close_matches(key, known, n=1)
        return ("typing errors:", near[0]) if near else ("", "")
    here = next((name for name in found.here if name in known), None)
    if here is None:
        is_direct = not {"add_node_rate", "champion_size"} & {*known}  # no networks to speak of
        other = "the canvas or sandwich says it" if "num_" in key else "nothing here is like it"
        return "leave out", other if found.here or is_direct else found.remark
    if params.get(here):
        return "leave out", f"{here} is there"
    if here == "activations":
        names = " ".join(NEAT_NAMES.get(name, name) for name in params[key].split())
        return "write", f"activations = {names:.300}"
    if here == "dynamics":
        is_forward = params[key].strip().lower() not in ("false", "0", "no", "off")
        return ("leave out", "it is so") if is_forward else ("write", "dynamics = recurrent")
    if here == "inputs":
        return "write", f"inputs = {names_of(params[key])} ({found.remark})"
    if here == found.here[0] and found.remark:
        return "write", f"{here} ({found.remark})"
    return "write", here


def names_of(count: str) -> str:
    """Write names for as many inputs as a text says."""
    number = int(count) if count.isdecimal() and len(count) < 4 else 3
    names = [f"i{place}" for place in range(min(number, 4))] or ["i0"]
    return " ".join([*names, "…"] if number > len(names) else names)
