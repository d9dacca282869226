"""The legend of a drawing of a network: the colours of values, functions of nodes, edges."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from neatfool.networks import Graphs, live_nodes
from neatfool.networks.compile import is_acyclic
from neatfool.viz.figures import Look
from neatfool.viz.topology.cards import INK, draw_symbol, write
from neatfool.viz.topology.node_images import to_colours
from neatfool.viz.topology.routes import edge_look
from neatfool.viz.topology.told import Words

_LINE, _FONT = 0.27, 8.0
_SIGN = 0.48  # inches that a sign takes
_PALE = "#5b616b"
_Draw = Callable[[Axes, float, float], object]


@dataclass(frozen=True)
class Legend:
    """Sections of rows, each a sign and a text.

    Attributes:
        sections: By title: what draws the sign in the middle of a place, and the text beside it.
    """

    sections: dict[str, list[tuple[_Draw, str]]]

    @classmethod
    def of(cls, graphs: Graphs, images: bool, words: Words) -> "Legend":
        """List what a drawing has to explain.

        Args:
            graphs: A batch of one.
            images: Whether its nodes show images.
            words: What functions are called.
        """
        codes, counts = np.unique(graphs.activations[graphs.inputs :], return_counts=True)
        order = np.argsort(-counts, kind="stable").tolist()
        scale: list[tuple[_Draw, str]] = [
            (_bar, ""),
            (_ignore, "±9 on a node: −9 and 9 instead"),
        ]
        sections = {"value of a node": scale if images else []}
        sections["functions"] = [
            (partial(_symbol, code=int(codes[k])), f"{words.functions[codes[k]]} ({counts[k]})")
            for k in order
        ]
        sections["weights"] = _weights(graphs)
        if not live_nodes(graphs).all():
            sections["faded"] = [(_ignore, "no output depends on it")]
        return cls({title: rows for title, rows in sections.items() if rows})

    @property
    def height(self) -> float:
        """In inches."""
        return _LINE * sum(len(rows) + 1.8 for rows in self.sections.values())

    def draw(self, axes: Axes, left: float, top: float) -> None:
        """Draw the legend below and to the right of ``(left, top)``."""
        y = top + 0.3 * _LINE
        for title, rows in self.sections.items():
            y -= _LINE
            write(axes, left, y, title, _FONT + 0.5, ha="left", weight="bold")
            for draw, text in rows:
                y -= _LINE
                draw(axes, left + 0.17, y)
                shift = 0.0 if draw is _ignore else _SIGN
                write(
                    axes, left + shift, y, text, _FONT, ha="left", color=_PALE if not shift else INK
                )
            y -= 0.8 * _LINE


def _weights(graphs: Graphs) -> list[tuple[_Draw, str]]:
    largest = float(np.abs(graphs.weights.astype(np.float64)).max(initial=0.0))
    shares = (1.0, 0.25, -0.25, -1.0) if largest else ()
    rows: list[tuple[_Draw, str]] = [
        (
            partial(_line, look=edge_look(share, abs(share))),
            f"{share * largest:.3g}".replace("-", "−"),
        )
        for share in shares
    ]
    if not graphs.enabled.all():
        rows.append((partial(_line, look=edge_look(1, 0, enabled=False)), "disabled"))
    if not is_acyclic(graphs):
        rows.append((partial(_line, look=edge_look(1, 0.5, is_backward=True)), "back downwards"))
    return rows


def _bar(axes: Axes, x: float, y: float) -> None:
    """Draw all colours of values, from -1 to 1."""
    colours = to_colours(np.linspace(-1, 1, 129, dtype=np.float32))[None]
    left, right = x + 0.08, x + 1.28
    extent = (left, right, y - 0.08, y + 0.08)
    axes.imshow(colours, extent=extent, interpolation="none", aspect="auto", zorder=4)
    write(axes, left - 0.06, y, "−1", _FONT, ha="right")
    write(axes, (left + right) / 2, y, "0", _FONT, color="white")
    write(axes, right + 0.06, y, "1", _FONT, ha="left")


def _symbol(axes: Axes, x: float, y: float, code: int) -> None:
    draw_symbol(axes, code, x, y, 0.11)


def _line(axes: Axes, x: float, y: float, look: Look) -> None:
    path = Path([(x - 0.17, y), (x + 0.17, y)])
    axes.add_patch(PathPatch(path, facecolor="none", zorder=2, **look))


def _ignore(axes: Axes, x: float, y: float) -> None:
    """Draw nothing."""
