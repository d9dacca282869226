"""What a result was computed with: reports and benchmarks carry it."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import torch

from neatfool.bounded import read_text
from neatfool.version import __version__

_LIBRARIES = ("torch", "numpy", "numba")


def environment(device: torch.device) -> dict[str, str | int]:
    """Name versions, platform, processor, cores and memory; of the GPU too where one computes."""
    facts: dict[str, str | int] = {"neatfool": __version__, "python": platform.python_version()}
    facts |= {name: version(name) for name in _LIBRARIES}
    facts |= {"platform": platform.platform(), "processor": _processor(), "cores": cores()}
    memory = _memory()
    if memory:
        facts["memory"] = f"{memory / 2**30:.0f} GiB"
    if device.type == "cuda":
        gpu = torch.cuda.get_device_properties(device)
        facts["gpu"] = f"{gpu.name}, {gpu.total_memory / 2**30:.0f} GiB"
    return facts


def cores() -> int:
    """Count the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    """Name the processor and the widest instructions that torch uses on it."""
    lines = Path("/proc/cpuinfo")
    names = read_text(lines).splitlines() if lines.exists() else []
    model = next((line.split(":")[1].strip() for line in names if "model name" in line), "")
    name = model or platform.processor() or platform.machine()
    return f"{name}, {torch.backends.cpu.get_cpu_capability()}"


def _memory() -> int:
    """Count the bytes of memory; 0 where it is not known."""
    known = "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {})
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if known else 0
