"""How long slips take to be answered, and what helps: in processes of their own, as users start it.

The machine should do nothing else; seconds of the processor are those of the user and the system.

Example:
    python benchmarks/answers.py --write docs/results/answers.md
"""

import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

SLIPS: dict[str, tuple[str, str]] = {
    "a command": ("fol", "No such command 'fol'"),
    "an option": ("fool --generatoins 3", "--generations"),
    "a config": ("fool nothing.toml", "cannot read the config nothing.toml"),
    "the name of a config": ("fool mnist_cpn", "unknown config mnist_cpn: did you mean mnist_cppn"),
    "a config to run": ("run mnist_cpn", "unknown task mnist_cpn: did you mean mnist_cppn?"),
    "the name of a setting": (
        "fool --set encoding.weight_rnage=3",
        "did you mean encoding.weight_range?",
    ),
    "the value of a setting": (
        "fool --set search.batch=many",
        "search.batch: expected a whole number, got",
    ),
    "a number out of range": (
        "fool --generations 0",
        "run.generations: expected a number of at least 1, got 0",
    ),
    "an encoding": ("fool --encoding cpnn", "unknown encoding cpnn: did you mean cppn?"),
    "a search": ("run xor --search neet", "unknown search neet: did you mean neat?"),
    "a task": ("run xorr", "unknown task xorr: did you mean xor?"),
    "a model": ("fool --model lenet6", "got 'lenet6'; did you mean 'lenet5'?"),
    "the file of a model": (
        "check --model net.onnx",
        "net.onnx: expected a whole ONNX file, got no",
    ),
    "a file of weights": ("fool --weights w.safetensors", "w.safetensors: expected a readable"),
    "a class": ("fool --classes 12", "expected indices 0 … 9"),
    "the name of a class": ("fool --model alexnet --classes robbin", "did you mean 'robin'"),
    "a device": ("fool --device gpu", "run.device: expected auto, cpu, cuda"),
    "a config of a study": ("study nothing.toml xor", "cannot read the config nothing.toml"),
    "a network to train": ("train lenett --data mnist", "did you mean 'lenet5'"),
    "a network that guards": ("defend gate --model lenet6", "did you mean 'lenet5'"),
    "a network to breed with": ("breed --model lenet6", "did you mean 'lenet5'"),
    "a folder to browse": ("browse nothing", "nothing: expected a folder of runs"),
    "a run": ("report nothing", "nothing holds no run"),
    "a run to go on with": ("resume nothing", "nothing holds no run"),
    "the file of a network": ("show nothing.json", "nothing.json cannot be read: No such file"),
    "what to print": ("poster nothing", "nothing cannot be read: No such file"),
}
"""Slips: what is called, and what the answer says."""
HELP = {
    "help": "--help",
    "help on a command": "fool --help",
    "tasks there are": "run --help",
    "settings": "settings",
    "configs": "configs",
    "what a config says": "configs mnist_cppn",
    "version": "--version",
}


def spent(command: list[str], folder: str) -> tuple[float, float, str]:
    """Run a command; return seconds of the processor, of the wall, and what it said."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8")
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return used, wall, done.stdout + done.stderr


def main(
    times: Annotated[int, typer.Option(min=1, help="Of which the median counts.")] = 5,
    write: Annotated[Path | None, typer.Option(help="Markdown file.")] = None,
) -> None:
    """Measure all, and print a table."""
    calls = {name: (text.split(), says) for name, (text, says) in SLIPS.items()}
    calls |= {name: (text.split(), "") for name, text in HELP.items()}
    commands = {n: [sys.executable, "-m", "neatfool", *each] for n, (each, _) in calls.items()}
    commands["import neatfool"] = [sys.executable, "-c", "import neatfool"]
    commands["nothing: Python alone"] = [sys.executable, "-c", ""]
    rows, numbers = [], {}
    with tempfile.TemporaryDirectory() as folder:
        for name, command in commands.items():
            found = [spent(command, folder) for _ in range(times)]
            says = calls[name][1] if name in calls else ""
            assert says in " ".join(found[0][2].split()), f"{name}: {found[0][2]}"
            used, wall = (statistics.median(each[k] for each in found) for k in (0, 1))
            shown = " ".join(["neatfool", *calls[name][0]]) if name in calls else "–"
            rows.append(f"| {name} | `{shown}` | {used:.2f} | {wall:.2f} |")
            numbers[name] = {"processor": used, "wall": wall}
            print(rows[-1], flush=True)
    page = "\n".join(
        [
            "# How fast neatfool answers",
            "",
            "`python benchmarks/answers.py --write docs/results/answers.md` makes this page: the "
            f"median of {times} calls, each in a process of its own, on {os.cpu_count()} cores. "
            "First what is wrong, then what helps.",
            "",
            "| what | command | seconds of the processor | seconds |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )
    if write is not None:
        write.write_text(page, encoding="utf-8")
        with contextlib.suppress(OSError):
            write.with_suffix(".json").write_text(json.dumps(numbers, indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
