"""A real browser for tests, and what every page of the server keeps to."""

import importlib.util
import json
import shutil
from collections.abc import Callable
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


def until(page: Page, condition: Callable[[], bool]) -> None:
    """Wait for something; Playwright's own way evaluates text in the page, which it forbids."""
    for _ in range(200):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError
