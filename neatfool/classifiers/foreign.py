"""Tell people what a file is that they named as a model, and what to do with it.

What a file is shows in its first bytes, or else in its ending.
"""

import difflib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from neatfool.bounded import opened
from neatfool.errors import ClassifierError
from neatfool.sections.classifier import FILES, split_spec

_EXPECTED = {
    ".onnx": "a whole ONNX file",
    ".pt": "a whole TorchScript file",
    ".pt2": "a whole file of torch.export",
    ".py": "a Python file that runs",
}
_HEAD = 512
_FACTORY = "give net.py:factory as model"
_WITH_WEIGHTS = f"for a state dict {_FACTORY} and it as --weights"


@dataclass(frozen=True)
class Kind:
    """What a file is, and what to do with it."""

    what: str
    advice: str


TORCHSCRIPT = Kind("TorchScript", "name it net.pt")
EXPORTED = Kind("a program of torch.export", "name it net.pt2")
PICKLED = Kind(
    "weights or a pickled module of PyTorch, without the network's code",
    f"{_WITH_WEIGHTS}; of a module, save the state dict first",
)
SAFETENSORS = Kind(
    "weights without their network",
    f"{_FACTORY} and it as --weights, or hf:FOLDER if config.json is beside it",
)
KERAS = Kind("a model of Keras", "convert it: model.export('net.onnx', format='onnx') in Keras 3")
TFLITE = Kind(
    "a model of TensorFlow Lite",
    f"convert it: python -m tf2onnx.convert --tflite net.tflite --output net.onnx; or {_FACTORY}",
)
TENSORFLOW = Kind(
    "a graph of TensorFlow",
    "convert it: python -m tf2onnx.convert --saved-model FOLDER (or --graphdef) --output net.onnx",
)
CORE_ML = Kind("a model of Core ML", "export the network that it was made of to ONNX")
TENSORRT = Kind("an engine of TensorRT, for one GPU", "take the ONNX file that it was built of")
CAFFE = Kind(
    "weights of Caffe",
    "give caffenet or lenet-caffe as model and it as --weights; of another network export ONNX",
)
PICKLE = Kind(
    "pickled Python objects, which could run code",
    f"convert it to ONNX (skl2onnx for scikit-learn), or load it in a Python file: {_FACTORY}",
)
RUNTIME = Kind("a model for another runtime", "export the network that it was made of to ONNX")
BESIDE_ONNX = Kind("weights that lie beside an ONNX file", "name the .onnx file")
NOTEBOOK = Kind("a notebook", f"put the function that builds the network into a file: {_FACTORY}")
TEXT = Kind("a description without weights", "name the file of the model")
ARRAYS = Kind("arrays without their network", f"{_FACTORY} that reads them")
EMPTY = Kind("an empty file", "export or fetch it again")
LFS = Kind("a pointer of Git LFS in place of the file", "fetch the file by: git lfs pull")
PAGE = Kind("a web page", "the download failed: fetch the file again")
PACKED = Kind("a packed file", "unpack it, and name the model in it")
SAVED_BY_HF = Kind("a folder of transformers or timm", "give it as hf:FOLDER")
RUN = Kind("the folder of a run", "give the model that the run fooled")
SPECIAL = Kind("a pipe, a socket or a device", "name a plain file")
FOLDER = Kind("a folder", "name the file of the model in it")

_ENDINGS = {
    PICKLED: ".pth .bin .ckpt .tar",
    SAFETENSORS: ".safetensors",
    KERAS: ".h5 .hdf5 .keras",
    TFLITE: ".tflite .lite",
    TENSORFLOW: ".pb .pbtxt .meta .index",
    CORE_ML: ".mlmodel .mlpackage .mlmodelc",
    TENSORRT: ".engine .plan .trt",
    CAFFE: ".caffemodel",
    PICKLE: ".pkl .pickle .p .joblib .sav .dill",
    RUNTIME: ".ort .pte .ptl .param .mnn .rknn .xml .gguf .t7 .weights .params .pdparams .pdmodel "
    ".msgpack .mar",
    BESIDE_ONNX: ".data .onnx_data",
    NOTEBOOK: ".ipynb",
    TEXT: ".json .yaml .yml .toml .cfg .txt .prototxt",
    ARRAYS: ".npy .npz .mat",
    PACKED: ".zip .gz .tgz .bz2 .xz .7z .rar .zst",
}
_BY_ENDING = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings.split()}
_STARTS: dict[bytes, Kind] = {
    b"\x89HDF\r\n": KERAS,
    b"version https://git-lfs": LFS,
    b"\x93NUMPY": ARRAYS,
    b"\x1f\x8b": PACKED,
    b"BZh": PACKED,
    b"\xfd7zXZ": PACKED,
    b"7z\xbc\xaf": PACKED,
    b"ftrt": TENSORRT,
    b"ptrt": TENSORRT,
}
_MARKS: dict[bytes, Kind] = {b"TFL3": TFLITE, b"ORTM": RUNTIME, b"ET12": RUNTIME}
"""What stands at the fifth byte of some."""
_OLD_TORCH = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"


def check_kind(model: str) -> None:
    """Say what is named as a model where it is no model that can be loaded.

    Args:
        model: As in settings; the name of a network of the package or of a library passes.

    Raises:
        ClassifierError: It is the path of something else, or of nothing.
    """
    path = Path(split_spec(model)[0])
    ending = path.suffix.lower()
    expected = _EXPECTED.get(ending, f"a model ({', '.join(FILES)}, or a name)")
    if model and _is_there(path):
        kind = _of_folder(path) if path.is_dir() else _of_file(path)
        wanted = {".pt": TORCHSCRIPT, ".pt2": EXPORTED}.get(ending)
        if kind is None and ending not in FILES:
            kind = _BY_ENDING.get(ending, Kind("a file of an unknown kind", "export it to ONNX"))
        if kind not in (None, wanted):
            raise ClassifierError(f"{path}: expected {expected}, got {kind.what}; {kind.advice}")
    elif (
        ending in FILES
        or ending in _BY_ENDING
        or path.is_absolute()
        or model.startswith((".", "~"))
    ):
        advice = f"check the path{_near(path)}"
        raise ClassifierError(
            f"{path}: expected {expected}, got no such file or directory; {advice}"
        )


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # the name is too long
        return False


def _of_folder(path: Path) -> Kind:
    marks = {"config.json": SAVED_BY_HF, "saved_model.pb": TENSORFLOW, "resolved.toml": RUN}
    for name, kind in marks.items():
        if (path / name).exists():
            return kind
    return _BY_ENDING.get(path.suffix.lower(), FOLDER)


def _of_file(path: Path) -> Kind | None:
    """Say what a file is by what is in it; none: it does not show, or it cannot be read."""
    if not path.is_file():
        return SPECIAL
    try:
        with opened(path) as plain:
            head = plain.read(_HEAD)
            if head.startswith(b"PK\x03\x04"):
                with zipfile.ZipFile(plain) as archive:
                    return _of_archive(archive.namelist())
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if not head:
        return EMPTY
    if head.lstrip().lower().startswith((b"<!doctype", b"<html")):
        return PAGE
    for start, kind in _STARTS.items():
        if head.startswith(start):
            return kind
    if head[:1] == b"\x80":
        return PICKLED if _OLD_TORCH in head else PICKLE
    if head[8:10] == b'{"':
        return SAFETENSORS
    return PACKED if head[257:262] == b"ustar" else _MARKS.get(head[4:8])


def _of_archive(names: list[str]) -> Kind | None:
    """Say what a ZIP archive is by the names in it."""
    inner = {name.partition("/")[2] for name in names}
    tests: dict[Kind, Callable[[str], bool]] = {
        TORCHSCRIPT: lambda name: name == "constants.pkl" or name.startswith("code/"),
        EXPORTED: lambda name: name == "archive_format" or name.startswith("data/aotinductor"),
        PICKLED: lambda name: name == "data.pkl",
    }
    for kind, fits in tests.items():
        if any(map(fits, inner)):
            return kind
    if "config.json" in names and any(name.endswith(".h5") for name in names):
        return KERAS
    return ARRAYS if names and all(name.endswith(".npy") for name in names) else PACKED


def _near(path: Path) -> str:
    """Name a file beside a path whose name is like it."""
    beside = [each.name for each in path.parent.glob("*")] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, beside, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
