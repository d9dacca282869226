"""Networks in ONNX files, run by ONNX Runtime on the CPU."""

from pathlib import Path
from typing import Any, final

import torch
from torch import nn

from neatfool.classifiers.loaded import Loaded, blaming, file_digest, in_batches, needing
from neatfool.errors import ClassifierError
from neatfool.types import Images


def load_onnx(path: Path) -> Loaded:
    """Load a network from an ONNX file; what it takes is read from the file.

    Raises:
        ClassifierError: ONNX Runtime is not installed, or the file is no network of images.
    """
    with needing("onnxruntime", "onnx"):
        import onnxruntime
    options = onnxruntime.SessionOptions()
    # One thread for each call: the chunks of a generation are called side by side.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    sha256 = file_digest(path, path.with_name(f"{path.name}.data"))
    with blaming(str(path), "a whole ONNX file", "export or fetch it again"):
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    inputs = session.get_inputs()
    shape = inputs[0].shape if inputs else []
    if len(inputs) != 1 or len(shape) != 4 or inputs[0].type != "tensor(float)":
        came = ", ".join(f"{each.name} {each.shape} {each.type}" for each in inputs)
        raise ClassifierError(
            f"{path}: expected one input of images (P, C, H, W), tensor(float), came "
            f"{came or 'none'}; export the network with such an input"
        )
    batch, channels, height, width = (side if isinstance(side, int) else None for side in shape)
    return Loaded(
        OnnxNet(session, batch),
        sha256,
        channels=channels,
        size=(height, width) if height and width else None,
    )


@final
class OnnxNet(nn.Module):
    """Run a session of ONNX Runtime as if it were a module; without gradients.

    Args:
        session: Has one input; its first output counts.
        batch: Images that the network takes at once; none: any number.
    """

    def __init__(self, session: Any, batch: int | None) -> None:
        super().__init__()
        self._session = session
        self._batch = batch
        self._input = session.get_inputs()[0].name
        self._output = session.get_outputs()[0].name

    def forward(self, images: Images) -> torch.Tensor:
        """Give the first output for images of any number."""
        return in_batches(self._run, images, self._batch)

    def _run(self, images: Images) -> torch.Tensor:
        array = images.contiguous().numpy(force=True)
        (scores,) = self._session.run([self._output], {self._input: array})
        return torch.as_tensor(scores, device=images.device)
