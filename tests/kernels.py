"""Triton's kernels where there is no GPU: run by its interpreter, or compiled and not run."""

import importlib.util
import os
import sys
import tempfile
from types import ModuleType
from typing import Any
from unittest.mock import patch


def interpreted(name: str) -> ModuleType:
    """Load a copy of a module, apart from the one others import, with kernels that run on a CPU."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    others = {each: known for each, known in sys.modules.items() if ".triton_" not in each}
    with (
        patch.dict(os.environ, TRITON_INTERPRET="1"),
        patch.dict(sys.modules, others, clear=True),  # what it is made of is loaded anew, too
    ):
        spec.loader.exec_module(module)
    return module


def compiled(
    kernel: Any, types: dict[str, str], settings: dict[str, Any], aligned: list[str], **options: Any
) -> Any:
    """Compile a kernel for an H100.

    Args:
        kernel: The kernel.
        types: Of the arguments.
        settings: Values of the arguments that are known when it is compiled.
        aligned: Arguments that are multiples of 16.
        **options: As given when it is run.
    """
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource, compile

    places = {name: (position,) for position, name in enumerate(kernel.arg_names)}
    source = ASTSource(
        fn=kernel,
        signature=types | dict.fromkeys(settings, "constexpr"),
        constexprs={places[name]: value for name, value in settings.items()},
        attrs={places[name]: [["tt.divisibility", 16]] for name in aligned},
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.dict(os.environ, TRITON_CACHE_DIR=folder),
    ):
        return compile(source, target=GPUTarget("cuda", 90, 32), options=options)
