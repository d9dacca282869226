"""Breed pictures in a browser without a person, and take a picture of the page.

Three pictures of a page, of much, of middling and of little detail by the sizes of their files,
are the parents of the next. Needs Chromium, and Playwright (``pip install playwright``).

Example:
    python experiments/breed_screenshot.py --write docs/results/breed.png
"""

import contextlib
import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image
from playwright.sync_api import sync_playwright

PARENTS = """all => all.map((each, place) => [each.src.length, place])
    .sort((one, other) => other[0] - one[0]).map(([, place]) => place)
    .filter((_, rank) => [3, 7, 11].includes(rank))"""


@contextlib.contextmanager
def serving(folder: str, seed: int) -> Iterator[str]:
    """Serve a new database, and yield the address that the command prints."""
    command = [sys.executable, "-m", "neatfool", "breed", "--no-browser"]
    options = ["--data", f"{folder}/breed.sqlite", "--seed", str(seed)]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().split()[0]
        finally:
            server.terminate()


def breed(page: Any, generations: int) -> None:
    """Let detail decide."""
    tiles = page.locator("#pictures .tile")
    for _ in range(generations):
        for place in page.eval_on_selector_all("#pictures .tile img", PARENTS):
            tiles.nth(place).click()
        page.locator("#evolve").click()
        page.wait_for_selector("#pictures[aria-busy=false]")
    page.locator("#model").select_option("lenet5")
    for place in page.eval_on_selector_all("#pictures .tile img", PARENTS):
        tiles.nth(place).click()
    page.mouse.move(0, 0)
    page.wait_for_timeout(3000)  # until the pictures are painted finely


def main(
    write: Annotated[Path, typer.Option(help="PNG file to write.")] = Path("runs/breed.png"),
    generations: Annotated[int, typer.Option(min=0, help="Pages to breed.")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="Of the first page.")] = 1,
    width: Annotated[int, typer.Option(min=200, help="Of the window.")] = 1280,
    height: Annotated[int, typer.Option(min=200, help="Of the window.")] = 900,
    dark: Annotated[bool, typer.Option(help="Prefer dark colours.")] = False,
) -> None:
    """Breed for some generations, and write what the window shows."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(folder, seed) as address,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"]) as browser,
    ):
        page = browser.new_page(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        page.goto(address)
        page.wait_for_selector(".tile")
        breed(page, generations)
        with Image.open(io.BytesIO(page.screenshot()), formats=["PNG"]) as shot:
            picture = shot.convert("RGB")
    write.parent.mkdir(parents=True, exist_ok=True)
    colours = picture.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=3)
    picture.quantize(palette=colours).save(write, optimize=True)  # a third of the size


if __name__ == "__main__":
    typer.run(main)
