import pytest

from neatfool.errors import ConfigError
from neatfool.substrates import SheetSettings
from neatfool.substrates.pairs import ordered

ROLES = {"a": "input", "b": "input", "h": "hidden", "g": "hidden", "o": "output"}


def order(names: str, *pairs: str) -> list[str]:
    sheets = [SheetSettings(name=name, role=ROLES.get(name, "hidden")) for name in names]
    return ordered(sheets, [(pair[0], pair[1]) for pair in pairs])


def test_a_sheet_comes_after_all_that_lead_to_it() -> None:
    assert order("oghba", "ah", "bg", "hg", "go", "ao") == ["h", "g", "o"]


def test_recurrent_pairs_may_lead_anywhere_but_into_inputs() -> None:
    sheets = [SheetSettings(name=name, role=ROLES[name]) for name in "ahgo"]
    pairs, back = [("a", "h"), ("h", "o")], [("h", "g"), ("g", "h"), ("o", "o")]
    assert ordered(sheets, pairs, back) == ["g", "h", "o"]
    for wrong, message in (
        ([("h", "a")], "leads into a sheet of inputs"),
        ([("g", "h")], "from an input to the sheet 'g'"),
        ([("h", "g")], "to an output from the sheet 'g'"),
        (back * 2, "named twice"),
    ):
        with pytest.raises(ConfigError, match=message):
            ordered(sheets, pairs, wrong)


@pytest.mark.parametrize(
    ("names", "pairs", "message"),
    [
        ("ho", ["ho"], "no sheet of role input"),
        ("ah", ["ah"], "no sheet of role output"),
        ("aao", ["ao"], "two sheets have one name"),
        ("ao", ["ao", "ao"], "named twice"),
        ("ao", ["ax"], "names no sheet 'x': choose from a, o"),
        ("abo", ["ao", "ab", "bo"], "leads into a sheet of inputs"),
        ("ao", [], "no path leads from an input to the sheet 'o'"),
        ("aho", ["ao", "ho"], "no path leads from an input to the sheet 'h'"),
        ("aho", ["ao", "ah"], "no path leads to an output from the sheet 'h'"),
        ("abo", ["ao"], "no path leads to an output from the sheet 'b'"),
        ("ahgo", ["ah", "hg", "gh", "go"], "cycle through h and g"),
        ("aho", ["ah", "hh", "ho"], "cycle through h"),
    ],
)
def test_sheets_that_make_no_network_are_errors(names, pairs, message) -> None:
    with pytest.raises(ConfigError, match=message):
        order(names, *pairs)
