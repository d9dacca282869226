"""Breeding in a real browser, from a real server."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.breeder import Breeder, breeding
from tests.browser import Page, assert_fine, assert_wider, axe, needs_chromium, needs_playwright

pytestmark = [needs_chromium, needs_playwright]
NARROW = 700  # tiles are smaller than the pictures, so the page shows them as they came


@pytest.fixture(scope="module")
def breeder(tmp_path_factory: pytest.TempPathFactory, finished: Path) -> Iterator[Breeder]:
    with breeding(tmp_path_factory.mktemp("breeder"), "--runs", finished.parent) as breeder:
        yield breeder


@pytest.fixture
def visit(open_page: Callable[..., Page]) -> Callable[..., Page]:
    """Visit the page for breeding as somebody new."""

    def visit(address: str, width: int = NARROW, **options: Any) -> Page:
        page = open_page(address, width, **options)
        page.wait_for_selector(".tile")
        return page

    return visit


def session(page: Page) -> dict[str, Any]:
    return page.evaluate("fetch('/api/session').then((answer) => answer.json())")


def shown(page: Page) -> list[str]:
    """Return the pictures that the page shows, once it has nothing left to do."""
    settle(page)
    return page.eval_on_selector_all(".tile img", "all => all.map((each) => each.src)")


def settle(page: Page) -> None:
    page.wait_for_selector("#pictures[aria-busy=false]", state="attached")


def tile(page: Page, position: int) -> Any:
    return page.locator("#pictures .tile").nth(position)


def click(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    settle(page)


def pixels(page: Page, picture: int, size: int = 200) -> str:
    """Return a picture as painted large, in base 64."""
    return page.evaluate(
        """async (address) => {
            const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer());
            return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
        }""",
        f"/api/pictures/{picture}.png?size={size}",
    )


def evolve(page: Page, *positions: int) -> list[str]:
    for position in positions:
        tile(page, position).click()
    click(page, "Evolve")
    return shown(page)


def download(page: Page, name: str, path: Path) -> Path:
    with page.expect_download() as started:
        page.get_by_role("link", name=name).click()
    started.value.save_as(path)
    return path


def import_file(page: Page, path: Path) -> None:
    page.set_input_files("#file", path)
    page.get_by_text(f"the first picture is “{path.name}”").wait_for()
    settle(page)


def test_goes_back_and_forth_with_nothing_lost(breeder: Breeder, visit) -> None:
    page = visit(breeder.address)
    assert len(set(shown(page))) == 15
    pages = [evolve(page, 2, 6), evolve(page, 0), evolve(page, 4, 9, 14)]
    assert len({tuple(each) for each in pages}) == 3
    assert pages[-1] == [each["image"] for each in session(page)["pictures"]]
    click(page, "Back")
    assert shown(page) == pages[1]
    click(page, "Back")
    assert shown(page) == pages[0]
    assert page.locator(".tile[aria-pressed=true]").count() == 1
    click(page, "Forward")
    assert shown(page) == pages[1]
    click(page, "Redo")
    assert shown(page) not in pages
    click(page, "Restart")
    page.locator("#history").get_by_role("button", name="generation 3").click()
    assert shown(page) == pages[2]
    assert page.locator("#history button").count() == 6
    assert page.locator("#history path").count() == 4, "the fresh start begins another tree"
    page.reload()
    page.wait_for_selector(".tile")
    assert shown(page) == pages[2]


def test_saves_branches_exports_and_imports(breeder: Breeder, visit, tmp_path: Path) -> None:
    page = visit(breeder.address)
    evolve(page, 1)
    liked = session(page)["pictures"][3]
    wanted = pixels(page, liked["id"])
    for position in (8, 3):
        tile(page, position).click()
    click(page, "Save…")
    page.get_by_role("heading", name="Save the first of the 2 selected").wait_for()
    page.locator("#name").fill("A <b>moth</b>")
    page.locator("#keep-tags").fill("wings, night, wings")
    page.locator("#keep").get_by_role("button", name="Save").click()
    page.locator("#note", has_text="is saved").wait_for()
    before = shown(page)
    page.reload()
    page.wait_for_selector(".tile")
    assert shown(page) == before

    page.get_by_role("link", name="Gallery").click()
    page.locator("#search").fill("moth")
    page.get_by_role("button", name="#wings").click()
    page.get_by_role("button", name="Look closer at A <b>moth</b>").click()
    json_file = download(page, "Genome (JSON)", tmp_path / "genome.json")
    page.locator("#side").fill("300")
    png = download(page, "PNG", tmp_path / "picture.png")
    assert "<svg" in download(page, "Topology (SVG)", tmp_path / "it.svg").read_text()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Branch: A <b>moth</b>").click()
    page.wait_for_selector("#breed:not([hidden])")
    for path in (None, json_file, png):
        if path is not None:
            import_file(page, path)
        first = session(page)["pictures"][0]
        assert first["image"] == liked["image"]
        assert pixels(page, first["id"]) == wanted


@pytest.mark.proof
def test_a_branch_that_is_saved_joins_the_family(breeder: Breeder, visit) -> None:
    page = visit(breeder.address)
    for name, position in (("mother", 0), ("daughter", 5)):
        tile(page, position).click()
        click(page, "Save…")
        page.locator("#name").fill(name)
        page.locator("#published").check()
        page.locator("#keep").get_by_role("button", name="Save").click()
        page.get_by_role("link", name="Gallery").click()
        click(page, f"Branch: {name}")
        page.wait_for_selector("#breed:not([hidden]) .tile")
    page.get_by_role("link", name="Gallery").click()
    click(page, "Family: mother")
    assert page.locator("#tree > ul > li > ul button").inner_text() == "daughter"
    page.locator("#tree").get_by_role("button", name="daughter").click()
    page.wait_for_selector("#breed:not([hidden])")
    stranger = visit(breeder.address)
    stranger.get_by_role("link", name="Gallery").click()
    stranger.get_by_role("button", name="Branch: daughter").wait_for()
    assert stranger.get_by_role("button", name="Edit: daughter").count() == 0
    stranger.locator("#whose").select_option("mine")
    stranger.get_by_text("No picture matches").wait_for()
    page.get_by_role("link", name="Gallery").click()
    for name in ("mother", "daughter"):
        click(page, f"Edit: {name}")
        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Delete").click()
        page.get_by_text(f"“{name}” is deleted").wait_for()


def test_a_network_names_the_pictures(breeder: Breeder, visit) -> None:
    page = visit(breeder.address)
    assert page.locator(".label:visible").count() == 0
    page.locator("#model").select_option("lenet5")
    page.wait_for_selector(".label")
    settle(page)
    assert page.locator(".label:visible").count() == 15
    first = session(page)["pictures"][0]["labels"][0]
    assert first["name"] in tile(page, 0).locator("img").get_attribute("alt")
    page.locator("#target").select_option(index=3)
    page.locator("#generations").fill("3")
    click(page, "Go")
    page.get_by_role("button", name="Go").wait_for()
    assert session(page)["generation"] == 3
    assert page.locator("#progress-text").inner_text().startswith("3 of 3")
    page.locator("#generations").fill("1000")
    page.get_by_role("button", name="Go").click()
    page.get_by_role("button", name="Redo", exact=True).click()
    page.get_by_text("stop that first").wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Go").wait_for()
    settle(page)
    assert 3 <= session(page)["generation"] < 100
    page.locator("#model").select_option("")
    settle(page)
    assert page.locator(".label:visible").count() == 0


def test_pages_that_begin_are_roots_and_a_redone_one_has_no_parents(
    breeder: Breeder, visit, tmp_path: Path
) -> None:
    page = visit(breeder.address)
    click(page, "Redo")
    page.locator("#status", has_text="other random pictures").wait_for(state="attached")
    page.keyboard.press("z")
    path = download(page, "Genome (JSON)", tmp_path / "genome.json")
    page.keyboard.press("Escape")
    import_file(page, path)
    assert page.locator("#history button").count() == 3
    assert page.locator("#history path").count() == 0
    evolve(page, 0)
    click(page, "Redo")
    page.locator("#status", has_text="other children of the same parents").wait_for(
        state="attached"
    )
    assert page.locator("#history path").count() == 2
    click(page, "Back")
    click(page, "Back")
    assert session(page)["page"] == 2, "where one was before"


def test_is_used_by_keyboard_alone(breeder: Breeder, visit) -> None:
    page = visit(breeder.address)
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.tile')"):
            break
    for key in ("ArrowRight", "Space", "ArrowDown", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    assert tile(page, 1).get_attribute("aria-pressed") == "true"
    assert tile(page, 5).get_attribute("aria-pressed") == "true"
    parents = session(page)["pictures"]
    page.keyboard.press("e")
    page.get_by_text("Generation 1, page 2: new pictures, children of 2.").wait_for()
    children = shown(page)
    assert page.evaluate("document.activeElement.dataset.id") == str(
        session(page)["pictures"][5]["id"]
    )
    page.keyboard.press("b")
    page.get_by_text("Generation 0, page 1.", exact=True).wait_for()
    assert shown(page) == [each["image"] for each in parents]
    page.keyboard.press("f")
    page.get_by_text("Generation 1, page 2.", exact=True).wait_for()
    assert shown(page) == children
    page.keyboard.press("z")
    page.get_by_role("heading", name="Picture 6 of 15").wait_for()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('.tile')")
    page.keyboard.press("s")
    page.get_by_role("heading", name="Save this picture").wait_for()
    page.keyboard.type("by key")
    page.keyboard.press("Enter")
    page.get_by_text("“by key” is saved").wait_for()
    page.keyboard.press("?")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.get_by_role("button", name="Branch: by key").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#breed:not([hidden])")
    assert session(page)["history"][-1]["how"] == "saved"


@pytest.mark.proof
def test_two_visitors_do_not_mix(breeder: Breeder, visit) -> None:
    one, other = visit(breeder.address), visit(breeder.address)
    before = shown(other)
    picture = session(one)["pictures"][0]["id"]
    evolve(one, 1, 2)
    other.reload()
    other.wait_for_selector(".tile")
    assert shown(other) == before
    assert session(other)["generation"] == 0
    answer = other.request.get(f"{breeder.address}api/pictures/{picture}.png")
    assert answer.status == 404


@pytest.mark.proof
def test_a_killed_server_comes_back_with_everything(breeder: Breeder, visit) -> None:
    page = visit(breeder.address, errors=False)
    first = shown(page)
    second = evolve(page, 3)
    breeder.kill()
    tile(page, 8).click()
    page.locator("#evolve").click()
    page.get_by_role("alert").filter(has_text="does not answer").wait_for()
    assert shown(page) == second
    assert tile(page, 8).get_attribute("aria-pressed") == "true"
    breeder.start()
    click(page, "Evolve")
    third = shown(page)
    assert third != second
    assert page.locator("#failure").is_hidden()
    page.reload()
    page.wait_for_selector(".tile")
    assert shown(page) == third
    click(page, "Back")
    assert shown(page) == second
    click(page, "Back")
    assert shown(page) == first


def test_bends_a_weight_and_goes_on_from_it(breeder: Breeder, visit) -> None:
    page = visit(breeder.address)
    page.keyboard.press("z")
    page.wait_for_selector("#weights input")
    assert_wider(page, "#topology", 0)
    picture = session(page)["pictures"][0]["id"]
    slider = page.locator("#weights input").first
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowUp")
    page.wait_for_selector("#zoom-image[src^='blob:']")
    page.get_by_text("Bent.").wait_for()
    assert page.locator("#downloads:disabled").count() == 1
    page.get_by_role("button", name="Use this").click()
    page.wait_for_selector("#zoom:not([open])", state="attached")
    settle(page)
    adopted = session(page)["pictures"][0]
    assert pixels(page, adopted["id"]) != pixels(page, picture)


def test_palettes_films_and_a_closer_look_by_keyboard(
    breeder: Breeder, visit, tmp_path: Path
) -> None:
    page = visit(breeder.address)
    before = shown(page)
    page.get_by_role("radio", name="Rainbow").focus()
    page.keyboard.press("ArrowRight")
    page.locator("#history button").nth(1).wait_for()
    assert set(before).isdisjoint(shown(page))
    assert session(page)["settings"]["colour"] is False
    assert not page.get_by_text("look grey until").is_visible()
    for palette in ("Sea", "Embers"):
        page.get_by_text(palette, exact=True).click()
        page.get_by_text("look grey until").wait_for()
        settle(page)
    assert_wider(page, "#history img", 52)
    tile(page, 0).focus()
    page.keyboard.press("z")
    assert_wider(page, "#topology", 0)
    narrow = page.locator("#topology").bounding_box()["width"]
    page.locator("#topology-paper").focus()
    page.keyboard.press("+")
    assert page.locator("#topology").bounding_box()["width"] > 1.3 * narrow
    page.keyboard.press("0")
    assert page.locator("#topology").bounding_box()["width"] == narrow
    page.locator("#film-side").fill("64")
    with page.expect_download() as started:
        page.get_by_role("button", name="Film", exact=True).click()
    started.value.save_as(tmp_path / "film.webp")
    with Image.open(tmp_path / "film.webp") as film:
        assert film.width == 64
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    page.wait_for_function("document.fullscreenElement?.id === 'zoom-image'")


def test_says_what_is_wrong_with_a_file(breeder: Breeder, visit, tmp_path: Path) -> None:
    page = visit(breeder.address, errors=False)
    before = shown(page)
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nno picture")
    page.set_input_files("#file", tmp_path / "bad.png")
    page.get_by_role("alert").wait_for()
    assert shown(page) == before
    (tmp_path / "large.json").write_bytes(b" " * (4 * 2**20 + 1))
    page.set_input_files("#file", tmp_path / "large.json")
    page.get_by_role("alert").filter(has_text="4 MiB").wait_for()
    page.get_by_role("button", name="Dismiss").click()
    assert page.locator("#failure").is_hidden()


def test_starts_from_an_elite_of_a_run(breeder: Breeder, visit, finished: Path) -> None:
    page = visit(breeder.address)
    page.locator("#run").select_option(finished.name)
    page.locator("#elite-class").select_option("3")
    click(page, "Start from it")
    assert page.evaluate("scrollY") == 0, "the new page is in view"
    assert session(page)["history"][-1]["how"] == "run"
    assert page.locator(".start:visible").all_inner_texts() == ["the elite"]
    page.locator("#model").select_option("lenet5")
    page.wait_for_selector(".label")
    settle(page)
    best = json.loads((finished / "report.json").read_text())["niches"][3]["score"]
    seen = session(page)["pictures"][0]["labels"]
    assert any(each["name"] == "3" and abs(each["confidence"] - best) < 1e-6 for each in seen)


def test_takes_a_file_that_is_dropped(breeder: Breeder, visit) -> None:
    page = visit(breeder.address)
    picture = session(page)["pictures"][7]
    page.evaluate(
        """async (address) => {
            const data = new DataTransfer();
            const file = await (await fetch(address)).blob();
            const large = [file, new Uint8Array(5 * 2 ** 20)];
            data.items.add(new File(large, "picture.png", { type: "image/png" }));
            for (const kind of ["dragover", "drop"])
                document.body.dispatchEvent(
                    new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        f"/api/pictures/{picture['id']}.png?size=64&genome=true",
    )
    page.get_by_text("the first picture is “picture.png”").wait_for()
    assert pixels(page, session(page)["pictures"][0]["id"]) == pixels(page, picture["id"])


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (390, "dark"),
        pytest.param(1280, "light", marks=pytest.mark.proof),
        pytest.param(1280, "dark", marks=pytest.mark.proof),
        pytest.param(390, "light", marks=pytest.mark.proof),
    ],
)
def test_is_accessible_and_fits(breeder: Breeder, visit, width: int, scheme: str) -> None:
    script = axe()
    page = visit(breeder.address, width, scheme=scheme)
    page.evaluate(script)
    evolve(page, 0, 3)
    tile(page, 1).click()
    page.locator("#model").select_option("lenet5")
    page.wait_for_selector(".label")
    for each in page.locator("#breed summary").all():
        each.click()
    settle(page)
    assert_fine(page)
    page.keyboard.press("z")
    page.wait_for_selector("#weights input")
    assert_fine(page)
    page.locator("#zoom-save").click()
    page.locator("#name").fill(f"{width} {scheme}")
    assert_fine(page)
    page.locator("#keep").get_by_role("button", name="Save").click()
    page.locator("#note", has_text="is saved").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Gallery").click()
    page.get_by_role("button", name=f"Branch: {width} {scheme}").wait_for()
    assert_fine(page)
    page.get_by_role("button", name="Help").click()
    assert_fine(page)


def test_shows_pictures_finely_on_fine_screens(breeder: Breeder, visit) -> None:
    page = visit(breeder.address, 1280)
    assert_wider(page, ".tile img", 128)
    assert base64.b64decode(session(page)["pictures"][0]["image"].split(",")[1])[:4] == b"\x89PNG"
