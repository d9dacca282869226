"""Hooks of mkdocs: pages made from the README and from the public names of the package."""

import re
from itertools import groupby
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
_PUBLIC = re.compile(r"^from \.([a-z_.]+) import (\w+)", re.MULTILINE)
_OUTSIDE = re.compile(
    r"\[([^\[\]]+)\]\s*\((?:\.\./|experiments/)*(?:[\w/]+\.(?:py|toml|ini)|[A-Z]+\.md)\)"
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the first page and the reference."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8").replace("](docs/", "](")
    files.append(File.generated(config, "index.md", content=readme))
    files.append(File.generated(config, "reference.md", content=_reference()))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Keep the words alone of links to files that are not part of the site."""
    return _OUTSIDE.sub(r"\1", markdown)


def _reference() -> str:
    """Name every public object of the package under the package it comes from."""
    stub = (ROOT / "neatfool" / "__init__.pyi").read_text(encoding="utf-8")
    page = ["# Reference\n", "Each of these is a name of `neatfool`.\n"]
    found = [pair for pair in _PUBLIC.findall(stub) if pair[1] != "__version__"]
    for package, names in groupby(found, lambda pair: pair[0].partition(".")[0]):
        page.append(f"## {package.replace('_', ' ')}\n")
        page += [f"::: neatfool.{module}.{name}\n" for module, name in names]
    return "\n".join(page)
