"""Which classifier, and what neatfool cannot read from its file."""

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    PositiveFloat,
    TypeAdapter,
    model_validator,
)

from neatfool.kinds import file_digests
from neatfool.settings import FullPath, Program, Settings
from neatfool.types import Json

Precision: TypeAlias = Literal["fp32", "tf32", "fp16", "bf16"]
"""What a network computes in."""
Outputs: TypeAlias = Literal[
    "logits", "probabilities", "log-probabilities", "sigmoid", "percent", "log-odds"
]
"""What scores are. The first three become confidences that sum up to 1, by softmax or as they are;
the others become one for each class by itself, as they are or by a sigmoid (log-odds)."""
FILES = (".onnx", ".py", ".pt", ".pt2")
"""Endings of the files that are models."""
_PROGRAMS = (".py", ".pt", ".pt2")
_MOST = 4096
"""Pixels along a side."""
_FULL_PATH: TypeAdapter[Path] = TypeAdapter(FullPath)


def split_spec(model: str) -> tuple[str, str]:
    """Take a model apart: ``("net.onnx", "")``, ``("net.py", "factory")``, ``("timm", "NAME")``.

    Returns:
        What stands before and after the colon: the last one after a Python file, else the first.
    """
    path, _, factory = model.rpartition(":")
    if path.lower().endswith(".py"):
        return path, factory
    if model.lower().endswith(FILES):
        return model, ""
    name, _, rest = model.partition(":")
    return name, rest


def _full_spec(model: str) -> str:
    """Write the path in a model out."""
    path, factory = split_spec(model)
    if path == "hf" and (folder := _FULL_PATH.validate_python(factory)).is_dir():
        return f"hf:{folder}"
    if not path.lower().endswith(FILES):
        return model
    full = str(_FULL_PATH.validate_python(path))
    return f"{full}:{factory}" if factory else full


def _sides(size: object) -> tuple[int, int]:
    """Write the side of a square, or height and width, as height and width."""
    sides = tuple(size) if isinstance(size, list | tuple) else (size, size)
    if len(sides) != 2 or not all(type(side) is int and 1 <= side <= _MOST for side in sides):
        raise ValueError(
            f"expected a side from 1 to {_MOST} pixels, or height and width as in [48, 192]"
        )
    return sides


def _shortest(size: tuple[int, int]) -> int | tuple[int, int]:
    """Write height and width as one number if they are equal."""
    return size[0] if size[0] == size[1] else size


SizeSetting = Annotated[
    tuple[int, int], PlainValidator(_sides), PlainSerializer(_shortest, return_type=Any)
]
"""Height and width of images; one number for a square will do."""


class VerifySettings(Settings):
    """Who is enrolled, and how near to their pictures a picture has to be."""

    enrolled: FullPath
    """Folder of the enrolled: a picture for each, NAME.png, or a folder of pictures, NAME/*.png."""
    distance: float = Field(default=0.6, gt=0)
    """A picture passes for a person up to this distance from the nearest enrolled picture."""
    metric: Literal["euclidean", "cosine"] = "euclidean"
    """How embeddings are compared: by the Euclidean distance, or by 1 minus the cosine of the angle
    between them."""

    FREE: ClassVar[frozenset[str]] = frozenset({"enrolled"})


class ClassifierSettings(Settings):
    """Which classifier, and what neatfool cannot read from its file."""

    model: Annotated[str, AfterValidator(_full_spec)] = "lenet5"
    """The network: lenet5, lenet-caffe, lenet-rbf, mlp, alexnet or caffenet, path/net.onnx,
    path/net.py:factory, path/net.pt (TorchScript), path/net.pt2 (torch.export), timm:NAME,
    torchvision:NAME or hf:REPO."""
    weights: FullPath | None = None
    """File of weights for a named network or a factory: safetensors or a state dict; for a named
    network also .caffemodel, and a JSON card beside it is read. Unset: the weights in the package,
    else the published ones, fetched once, else what the factory gives."""
    size: SizeSetting | None = None
    """Side of the images that the network takes, in pixels, or height and width: [48, 192]. Unset:
    what the model says, or 224."""
    canvas: SizeSetting | None = None
    """Side of the images that evolve, or height and width. Unset: that of the images that the
    network takes."""
    crops: Literal["resize", "centre", "ten"] | None = None
    """What the network sees of a canvas of another size: all of it, resized; its centre; or ten
    crops (corners, centre and their mirror images), whose confidences are averaged. Unset:
    resize."""
    mean: Annotated[tuple[float, ...], Field(min_length=1, max_length=3)] | None = None
    """Subtracted from the images, after `bounds`: one value, or one per channel in the order that
    the network takes. Unset: what the model says, or 0."""
    std: Annotated[tuple[PositiveFloat, ...], Field(min_length=1, max_length=3)] | None = None
    """Divides the images after that: one value, or one per channel. Unset: what the model says, or
    1."""
    bounds: tuple[float, float] = (0.0, 1.0)
    """The values of black and of full brightness, before mean and std: [0, 255] for many older
    networks."""
    channels: Literal["rgb", "bgr", "grey"] | None = None
    """Order of the colours that the network takes, or grey images. Unset: what the model says, or
    rgb."""
    labels: FullPath | None = None
    """Text file with one class name per line. Unset: what the model says, or numbers."""
    output: Annotated[str, Field(min_length=1)] | None = None
    """Which of several outputs has the scores: its name, or its place, from 0. Unset: guessed from
    their names and shapes."""
    outputs: Outputs | None = None
    """What the network gives: logits, probabilities or log-probabilities; or for each class by
    itself, sigmoid (0 to 1), percent (0 to 100) or log-odds. Unset: guessed from its numbers."""
    precision: Precision = "fp32"
    """Number format that the network computes in; tf32 needs a GPU. ONNX files and black boxes have
    their own."""
    offline: bool = False
    """Download no weights: use only those in the cache, that of neatfool or of the library."""
    verify: VerifySettings | None = None
    """What makes a verifier of a network that gives an embedding; its classes are the enrolled.
    Unset: the network is a classifier."""

    FREE: ClassVar[frozenset[str]] = frozenset({"weights", "labels", "offline"})

    def programs(self) -> list[Program]:
        """Name the file of a model that is a program."""
        file = Path(split_spec(self.model)[0])
        if file.suffix.lower() not in _PROGRAMS:
            return []
        return [Program(self.model, (file, self.weights) if self.weights else (file,))]

    def binding(self) -> Json:
        """Return all that results depend on: also what the file of a factory holds."""
        file = Path(split_spec(self.model)[0])
        is_source = file.suffix.lower() == ".py"
        return super().binding() | ({"model.file": file_digests(file)} if is_source else {})

    @model_validator(mode="after")
    def _check_verifier(self) -> "ClassifierSettings":
        given = [n for n in ("labels", "outputs") if getattr(self, n) is not None]
        given += ["crops=ten"] if self.crops == "ten" else []
        if self.verify and given:
            raise ValueError(
                "expected a verifier, whose classes are the enrolled, without "
                f"{' and '.join(given)}; take that away"
            )
        return self

    @model_validator(mode="after")
    def _check_bounds(self) -> "ClassifierSettings":
        if self.bounds[0] >= self.bounds[1]:
            raise ValueError(
                "expected bounds of a lower and a higher value, such as [0, 255], got "
                f"{list(self.bounds)}"
            )
        return self
