"""What gates found, for machines and for people: JUnit XML, and Markdown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

from neatfool.reports.words import first_name, title, unit_of, verdict
from neatfool.types import Json

_SHOWN = 5
_SIGNS = {True: "✅", False: "❌"}
_UNFIT = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Letters that XML does not have."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: What it is called.
        is_passed: Whether it is as it should be; none: it could not have been otherwise, so that
            nothing was measured.
        text: What was found, in a sentence.
    """

    name: str
    is_passed: bool | None
    text: str


def to_junit(checks: Sequence[Check], report: Json) -> str:
    """Write checks as a suite of tests, as build servers read them."""
    failed, skipped = (sum(each.is_passed is so for each in checks) for so in (False, None))
    about = {"name": "neatfool", "tests": str(len(checks)), "failures": str(failed)}
    about |= {"errors": "0", "skipped": str(skipped), "time": f"{report['wall_seconds']:.3f}"}
    root = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(root, "testsuite", about)
    for each in checks:
        about = {"classname": f"neatfool.{report['task']['name']}", "name": each.name}
        about = {key: _UNFIT.sub("", text) for key, text in about.items()}
        case = ElementTree.SubElement(suite, "testcase", about)
        if not each.is_passed:
            text = _UNFIT.sub("", each.text)
            tag = "skipped" if each.is_passed is None else "failure"
            ElementTree.SubElement(case, tag, message=text).text = text
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def to_markdown(checks: Sequence[Check], report: Json, folder: Path) -> str:
    """Write checks, and the most convincing pictures, as the summary of a job."""
    unit = unit_of(report)
    lines = [f"## {_plain(title(report))}", "", _plain(" ".join(verdict(report))), ""]
    measured = [each for each in checks if each.is_passed is not None]
    if measured:
        lines += ["| | check |", "|---|---|"]
        lines += [f"| {_SIGNS[bool(each.is_passed)]} | {_plain(each.text)} |" for each in measured]
        lines.append("")
    if others := [each for each in checks if each.is_passed is None]:
        lines += [f"<details><summary>{len(others)} not measured</summary>", ""]
        lines += [*(f"- {_plain(each.text)}" for each in others), "", "</details>", ""]
    known = [entry for entry in report["niches"] if entry["score"] is not None and entry["image"]]
    known.sort(key=lambda entry: -entry["score"])
    best = known[:_SHOWN]
    if best:
        lines += [
            "| " + " | ".join(_plain(first_name(entry["name"])) for entry in best) + " |",
            "|---" * len(best) + "|",
            "| " + " | ".join(f"![]({_address(folder / e['image'])})" for e in best) + " |",
            "| " + " | ".join(unit.write(entry["score"]) for entry in best) + " |",
            "",
        ]
    return "\n".join(lines) + "\n"


def _address(file: Path) -> str:
    """Write where a picture lies such that Markdown takes it for one place."""
    return quote(file.as_posix().encode("utf-8", "surrogateescape"))


def _plain(text: str) -> str:
    """Write a text such that none of it is Markdown or HTML."""
    text = text.encode("utf-8", "replace").decode()
    escaped = "".join(f"\\{each}" if each in "\\`*_[]<>|!#" else each for each in text)
    return " ".join(escaped.split())
