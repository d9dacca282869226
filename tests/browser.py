"""A real browser for tests, and what every page of the server keeps to."""

import importlib.util
import json
import re
import shutil
from pathlib import Path
from typing import Any, TypeAlias

import pytest

ROOT = Path(__file__).parents[1]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
SERIOUS = ("serious", "critical")
AXE = "axe.run({resultTypes: ['violations']}).then(r => r.violations.map(v => \
({id: v.id, impact: v.impact, nodes: v.nodes.map(n => n.html)})))"
WIDER = """([of, width]) => new Promise((done) => {
  const look = () => document.querySelector(of)?.naturalWidth > width && done(true);
  document.addEventListener("load", look, true);
  look();
})"""
Page: TypeAlias = Any
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="chromium is not installed: apt-get install chromium"
)
needs_playwright = pytest.mark.skipif(
    importlib.util.find_spec("playwright") is None, reason="playwright is not installed"
)


def axe() -> str:
    """Return the script of axe-core, or skip the test."""
    for folder in (".venv/npm/node_modules", "node_modules"):
        script = ROOT / folder / "axe-core" / "axe.min.js"
        if script.is_file():
            return script.read_text(encoding="utf-8")
    pytest.skip("axe-core is not installed: npm install --no-save --prefix .venv/npm axe-core")


def assert_fine(page: Page) -> None:
    """Nothing to scroll sideways, and nothing that axe calls serious."""
    wide, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= window
    found = [each for each in page.evaluate(AXE) if each["impact"] in SERIOUS]
    assert found == [], json.dumps(found, indent=1)


def assert_texts(page: Page, of: str, *texts: "str | re.Pattern[str]") -> None:
    """Elements come to have these texts, or to match them."""
    from playwright.sync_api import expect

    expect(page.locator(of)).to_have_text(texts)


def assert_wider(page: Page, of: str, width: int) -> None:
    """A picture comes to have more pixels across."""
    assert page.evaluate(WIDER, [of, width])
