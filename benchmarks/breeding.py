"""Measure how long a page of the breeder takes, from the click to the answer.

Example:
    python benchmarks/breeding.py --write docs/results/breeding.md
"""

import http.client
import json
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
import uvicorn

from neatfool.web import ServerSettings, create_app
from neatfool.workers.machine import environment

GOAL = 150
"""Milliseconds."""
GROWTH = (0, 20, 60, 120)
"""Generations before a measurement."""


def main(
    write: Annotated[Path | None, typer.Option(help="Page to write.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Pages that medians are taken over.")] = 30,
    seed: Annotated[int, typer.Option(min=0, help="Of the pictures.")] = 0,
) -> None:
    """Breed for a while, and time requests for the next page as pictures grow."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), seed) as port:
        browser = Browser(port)
        rows = []
        for model in (None, "lenet5"):
            browser.restart(model)
            done = 0
            for generations in GROWTH:
                browser.evolve(generations - done)
                rows.append(browser.measure(rounds) | {"model": model, "generation": generations})
                done = generations + rounds
    command = f"python benchmarks/breeding.py --rounds {rounds}"
    text = page(rows, command + (f" --write {write}" if write else ""), rounds)
    print(text)
    if write:
        write.write_text(text)


class Browser:
    """Send what the page sends, over one connection, and read all of each answer."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._headers = {"X-Neatfool": "1", "Content-Type": "application/json"}
        self._random = np.random.default_rng(0)
        self._connection.request("GET", "/api/session")
        answer = self._connection.getresponse()
        answer.read()
        self._headers["Cookie"] = str(answer.headers["Set-Cookie"]).split(";")[0]
        self._session: Any = None
        self.bytes = 0

    def restart(self, model: str | None) -> None:
        """Begin anew, with or without a network that names the pictures."""
        self._send("PUT", "settings", {"model": model})
        self._send("POST", "restart", {})

    def evolve(self, generations: int) -> None:
        """Breed from two random pictures of each page."""
        for _ in range(generations):
            chosen = self._random.choice(self._session["pictures"], 2, replace=False)
            self._send("POST", "evolve", {"selected": [picture["id"] for picture in chosen]})

    def measure(self, rounds: int) -> dict[str, float]:
        """Time some generations."""
        times, nodes, edges = [], [], []
        for _ in range(rounds):
            start = time.perf_counter()
            self.evolve(1)
            times.append(1e3 * (time.perf_counter() - start))
            nodes += [picture["nodes"] for picture in self._session["pictures"]]
            edges += [picture["edges"] for picture in self._session["pictures"]]
        median, slow = np.percentile(times, (50, 95))
        return {
            "nodes": float(np.mean(nodes)),
            "edges": float(np.mean(edges)),
            "median": float(median),
            "slow": float(slow),
            "kilobytes": self.bytes / 1000,
        }

    def _send(self, method: str, what: str, body: dict[str, Any]) -> None:
        path = f"/api/session/{what}"
        self._connection.request(method, path, json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content[:300]
        self.bytes = len(content)
        self._session = json.loads(content)


@contextmanager
def serving(folder: Path, seed: int) -> Iterator[int]:
    """Serve in a thread; yields the port."""
    app = create_app(ServerSettings(data=folder / "breed.sqlite", seed=seed))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        thread = threading.Thread(target=server.run, args=[[listening]])
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def page(rows: list[dict[str, Any]], command: str, rounds: int) -> str:
    """Write what was measured as Markdown."""
    facts = "\n".join(f"| {k} | {v} |" for k, v in environment(torch.device("cpu")).items())
    lines = [
        f"| {row['model'] or 'none'} | {row['generation']} | {row['nodes']:.0f} "
        f"| {row['edges']:.0f} | {row['median']:.0f} | {row['slow']:.0f} "
        f"| {row['kilobytes']:.0f} |"
        for row in rows
    ]
    worst = max(row["median"] for row in rows)
    verdict = "met" if worst < GOAL else "not met"
    return "\n".join(
        [
            "# Speed of the breeder",
            "",
            f"Made by `{command}`. Each row is {rounds} pages of 15 coloured pictures of 128×128. "
            "A time is from sending a request to having read the answer, over one connection on "
            "this machine, with everything stored. The parents are two random pictures of each "
            "page; the network, if there is one, names all pictures. The goal is a median under "
            f"{GOAL} ms: {verdict}, the largest is {worst:.0f} ms.",
            "",
            "| network | after generation | nodes | edges | median ms | 95 % in ms | answer kB |",
            "|---|--:|--:|--:|--:|--:|--:|",
            *lines,
            "",
            "## The machine",
            "",
            "| | |",
            "|---|---|",
            facts,
            "",
        ]
    )


if __name__ == "__main__":
    typer.run(main)
