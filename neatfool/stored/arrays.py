"""Arrays on disk: safetensors with a schema number and a checksum, written whole or not at all."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
from safetensors.numpy import load, save

from neatfool.bounded import parse_json, read_bytes
from neatfool.errors import CheckpointError, DataError, RunError
from neatfool.files import write_whole
from neatfool.types import Arrays, Json

SCHEMA = 3


def save_arrays(path: Path, arrays: Arrays, **about: Any) -> None:
    """Save arrays; equal arrays and facts give equal bytes.

    Args:
        path: The file, replaced as a whole.
        arrays: Any numpy arrays by name.
        about: Facts that JSON can hold, saved beside them.
    """
    arrays = {name: np.asarray(array, order="C") for name, array in sorted(arrays.items())}
    about = {"schema": SCHEMA, **about}
    about["blake2"] = _digest(arrays, about)
    # One entry only: the order of several would differ from process to process.
    write_whole(path, save(arrays, metadata={"neatfool": json.dumps(about, sort_keys=True)}))


def load_arrays(path: Path) -> tuple[Arrays, Json]:
    """Undo ``save_arrays``: the arrays and the facts.

    Raises:
        CheckpointError: The file is not whole.
        RunError: It is of another schema.
        OSError: It cannot be read.
    """
    try:
        content = read_bytes(path, None)
        arrays = load(content)
        header = parse_json(content[8 : 8 + int.from_bytes(content[:8], "little")])
        about: Json = parse_json(header["__metadata__"]["neatfool"])
        digest = about.pop("blake2")
    except DataError as error:  # it is no plain file
        raise CheckpointError(str(error)) from None
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path} cannot be read: {error!s:.200}") from None
    if digest != _digest(arrays, about):
        raise CheckpointError(f"{path} is damaged: its checksum does not fit its content")
    if about.get("schema") != SCHEMA:
        raise RunError(
            f"{path} has schema {about.get('schema')}, expected {SCHEMA}: another version of "
            "neatfool wrote it; use that one, or begin a new run"
        )
    return arrays, about


def _digest(arrays: Arrays, about: Json) -> str:
    digest = hashlib.blake2b(json.dumps(about, sort_keys=True).encode(), digest_size=16)
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()
