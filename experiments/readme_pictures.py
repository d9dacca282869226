"""Make the pictures of the README again: of runs, and of pages in a browser without a person.

Runs that are missing in the folder of runs are made there, each in a minute or less. The hero and
the film are of a run on ImageNet, as ``make figure-imagenet`` makes it. Pages need Chromium, and
Playwright (``pip install playwright``).

To breed, three pictures of a page, of much, of middling and of little detail by the sizes of their
files, are the parents of the next.

Example:
    python experiments/readme_pictures.py
    python experiments/readme_pictures.py hero film --imagenet runs/mine
"""

import contextlib
import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image
from playwright.sync_api import sync_playwright

from neatfool import viz
from neatfool.past.elites import read_elites
from neatfool.reporting import CONFIDENCE
from neatfool.reports.words import first_name

PARENTS = """all => all.map((each, place) => [each.src.length, place])
    .sort((one, other) => other[0] - one[0]).map(([, place]) => place)
    .filter((_, rank) => [3, 7, 11].includes(rank))"""
NEEDED = {
    "patterns": "--seed 0",
    "noise": "--encoding pixels --seed 0",
    "neat": "configs/fooling/mnist_neat.toml --generations 60",
}
HERO, COLUMNS = 10, 5
VIVID = 0.3
"""Difference of the largest and the least of red, green and blue, in the mean of a picture."""


def called(*arguments: str) -> None:
    """Call neatfool."""
    subprocess.run([sys.executable, "-m", "neatfool", *arguments], check=True)


def save(png: bytes, path: Path) -> None:
    """Write a picture as WebP: a third of a PNG, without dithering."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
        picture.convert("RGB").save(path.with_suffix(".webp"), quality=85, method=6)


def hero(run: Path, out: Path) -> None:
    """Put the most convincing pictures of a run side by side, exactly as they were scored."""
    elites = read_elites(run)
    found = [entry for entry in elites.report["niches"] if entry["score"] is not None]
    order = sorted(range(len(found)), key=lambda place: -found[place]["score"])[:HERO]
    images = next(elites.chunks(len(elites)))[order]
    titles = [
        f"{first_name(found[k]['name'])} · {CONFIDENCE.write(found[k]['score'])}" for k in order
    ]
    save(viz.to_png(viz.image_grid(images, titles, COLUMNS)), out / "hero")


def film(run: Path, out: Path) -> None:
    """Show the line of ancestors of the most convincing picture in vivid colours."""
    elites = read_elites(run)
    found = [entry for entry in elites.report["niches"] if entry["score"] is not None]
    images = next(elites.chunks(len(elites)))
    vivid = (images.amax(dim=1) - images.amin(dim=1)).mean(dim=(1, 2)) > VIVID
    best = max((k for k in range(len(found)) if vivid[k]), key=lambda k: found[k]["score"])
    options = ("--class", str(found[best]["index"]), "--size", "280", "--out", str(out))
    called("plot", str(run), "--film", "lineage.webp", *options)


def shoot(page: Any, path: Path) -> None:
    """Take a picture of what a window shows, when all of its pictures are there."""
    page.mouse.move(0, 0)
    page.wait_for_load_state("networkidle")
    page.wait_for_function("[...document.images].every((image) => image.complete)")
    save(page.screenshot(), path)


@contextlib.contextmanager
def serving(*command: str) -> Iterator[str]:
    """Serve pages, and yield the address that the command prints."""
    program = [sys.executable, "-m", "neatfool", *command, "--no-browser"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().split()[0]
        finally:
            server.terminate()


def breed(page: Any, runs: Path, path: Path) -> None:
    """Let detail decide for some generations."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving("breed", "--data", f"{folder}/breed.sqlite", "--seed", "1") as address,
    ):
        page.goto(address)
        page.wait_for_selector(".tile")
        tiles = page.locator("#pictures .tile")
        for _ in range(8):
            for place in page.eval_on_selector_all("#pictures .tile img", PARENTS):
                tiles.nth(place).click()
            page.locator("#evolve").click()
            page.wait_for_selector("#pictures[aria-busy=false]")
        page.locator("#model").select_option("lenet5")
        for place in page.eval_on_selector_all("#pictures .tile img", PARENTS):
            tiles.nth(place).click()
        page.wait_for_timeout(3000)  # until the pictures are painted finely
        shoot(page, path)


def browse(page: Any, runs: Path, path: Path) -> None:
    """Open the run of patterns."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving("browse", str(runs), "--data", f"{folder}/breed.sqlite") as address,
    ):
        page.goto(address)
        page.locator("#runs a").filter(has_text="patterns").first.click()
        page.wait_for_selector("#curve svg")
        shoot(page, path)


def report(page: Any, runs: Path, path: Path) -> None:
    """Look at one picture of a report: its network and its ancestors."""
    page.goto((runs / "patterns" / "report.html").absolute().as_uri())
    page.locator("#gallery .shot").nth(3).click()
    shoot(page, path)


PAGES: dict[str, Callable[[Any, Path, Path], None]] = {
    "breed": breed,
    "browse": browse,
    "report": report,
}
OF_RUN = {"hero": hero, "film": film}


def main(
    pictures: Annotated[
        list[str] | None, typer.Argument(help=f"Some of: {', '.join([*OF_RUN, *PAGES])}.")
    ] = None,
    runs: Annotated[Path, typer.Option(help="Folder of the runs that pages show.")] = Path(
        "runs/readme"
    ),
    imagenet: Annotated[Path, typer.Option(help="Run for the hero and the film.")] = Path(
        "runs/imagenet/imagenet_cppn_small_as_published/seed-0"
    ),
    out: Annotated[Path, typer.Option(help="Folder of the pictures.")] = Path("docs/pictures"),
    width: Annotated[int, typer.Option(min=200, help="Of the window.")] = 1280,
    height: Annotated[int, typer.Option(min=200, help="Of the window.")] = 860,
    dark: Annotated[bool, typer.Option(help="Prefer dark colours.")] = False,
) -> None:
    """Make the pictures that are named, or all of them, again."""
    wanted = pictures or [*OF_RUN, *PAGES]
    if unknown := [each for each in wanted if each not in {**OF_RUN, **PAGES}]:
        raise typer.BadParameter(f"expected some of {', '.join([*OF_RUN, *PAGES])}, got {unknown}")
    for name in (each for each in wanted if each in OF_RUN):
        OF_RUN[name](imagenet, out)
    shown = [each for each in wanted if each in PAGES]
    if not shown:
        return
    for name, options in NEEDED.items():
        if not (runs / name / "report.html").exists():
            called("fool", *options.split(), "--out", str(runs / name))
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"]) as browser,
    ):
        for name in shown:
            page = browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme="dark" if dark else "light",
            )
            page.set_default_timeout(180_000)
            PAGES[name](page, runs, out / name)
            page.close()


if __name__ == "__main__":
    typer.run(main)
