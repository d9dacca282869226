"""Networks in ONNX files, run by ONNX Runtime on the CPU."""

from pathlib import Path
from typing import final

import torch
from torch import nn

from neatfool.classifiers.labels import read_labels
from neatfool.classifiers.loaded import Loaded, in_batches, needing
from neatfool.classifiers.onnx.fit import Fit, OnnxNetwork, fit
from neatfool.classifiers.onnx.graph import read_graph
from neatfool.classifiers.onnx.input import Input, Layout, find_input, find_layouts
from neatfool.classifiers.onnx.output import choose_output
from neatfool.classifiers.onnx.said import Said, read_said
from neatfool.classifiers.onnx.sessions import open_session
from neatfool.errors import ClassifierError
from neatfool.reporting import log
from neatfool.sections.classifier import ClassifierSettings
from neatfool.types import Images, Shape

_USUAL = (0.0, 1.0)
_SIDE = 224


def load_onnx(path: Path, settings: ClassifierSettings) -> Loaded:
    """Load a network from an ONNX file; what it takes and gives is read from it, and tried.

    Args:
        path: The file.
        settings: What the user says of it.

    Raises:
        ClassifierError: ONNX Runtime is not installed, or the file is no network of images.
    """
    with needing("onnxruntime", "onnx"):
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
    graph = read_graph(path)
    session = open_session(path)
    said = read_said(session.get_modelmeta().custom_metadata_map)
    entry = find_input(path, session.get_inputs())
    names = read_labels(settings.labels) if settings.labels else said.labels or ()
    output = choose_output(path, session.get_outputs(), settings.output, len(names), graph)
    size = settings.size

    def shape_of(layout: Layout) -> Shape:
        guess = 1 if "grey" in (settings.channels, said.colours) else 3
        return layout.channels or guess, *(size or layout.size or said.size or (_SIDE, _SIDE))

    layouts = find_layouts(path, entry, size or said.size)
    network = OnnxNetwork(session, entry, output)
    # Where nothing fits, trying the classifier says why.
    found = fit(network, layouts, shape_of, graph.mixes) or Fit(
        network, layouts[0], layouts[0].batch
    )
    _tell(path, found)
    mean, std = _normalisation(path, entry, said, settings)
    return Loaded(
        OnnxNet(found, graph.parameters),
        graph.sha256,
        channels=_channels(found.layout, said),
        size=found.layout.size or said.size,
        mean=mean,
        std=std,
        labels=found.labels or said.labels,
        files=graph.files,
    )


def _tell(path: Path, found: Fit) -> None:
    """Say what was found by trying, and what nobody can find."""
    if found.layout.batch is None and found.batch:
        log.warning(
            "%s is asked about %d at a time, though it declares any number of images: others fail, "
            "or change each other's scores",
            path.name,
            found.batch,
        )
    if found.layout.tail and found.layout.channels == 3:
        log.warning(
            "%s takes numbers in a row: they are given channel by channel, row by row", path.name
        )


def _channels(layout: Layout, said: Said) -> int | str | None:
    """Say how many channels the network takes, or that it takes blue first."""
    if said.colours and layout.channels in (None, 1 if said.colours == "grey" else 3):
        return {"grey": 1, "rgb": 3}.get(said.colours, said.colours)
    return layout.channels


def _normalisation(
    path: Path, entry: Input, said: Said, settings: ClassifierSettings
) -> tuple[tuple[float] | None, tuple[float] | None]:
    """Return the mean and std that stretch [0, 1] to the range that the network takes, if known."""
    if entry.levels and (settings.mean or settings.std):
        raise ClassifierError(
            f"{path}: expected neither mean nor std for a network that takes whole numbers, from "
            f"{entry.levels[0]} to {entry.levels[1]}, got mean {settings.mean} and std "
            f"{settings.std}; take them away"
        )
    bounds = entry.levels or said.bounds
    if bounds is None or settings.mean or settings.std or settings.bounds != _USUAL:
        return None, None
    low, high = bounds
    return (-low / (high - low),), (1 / (high - low),)


@final
class OnnxNet(nn.Module):
    """Run a network of ONNX Runtime as if it were a module; without gradients.

    Args:
        found: The network, and how it wants its images.
        parameters: How many it has; none: nobody knows.
    """

    def __init__(self, found: Fit, parameters: int | None) -> None:
        super().__init__()
        self.parameter_count = parameters
        self._found = found

    def forward(self, images: Images) -> torch.Tensor:
        """Give the scores ``(P, K)`` float32 of images of any number."""
        return in_batches(self._run, images, self._found.batch)

    def _run(self, images: Images) -> torch.Tensor:
        rows = self._found.network.rows(self._found.layout, images.numpy(force=True))
        return torch.as_tensor(rows, device=images.device)
