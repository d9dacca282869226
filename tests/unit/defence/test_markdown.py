"""Names in tables do not end cells or rows."""

from neatfool.defence.markdown import table


def test_whatever_is_in_a_cell_stays_in_it() -> None:
    rows = [["a|b", "1"], ["c\r\n| d |\x85e", "2"], ["back\\|", ""]]
    assert table(["name", "number | sum"], rows) == [
        "| name | number \\| sum |",
        "| --- | ---: |",
        "| a\\|b | 1 |",
        "| c \\| d \\| e | 2 |",
        "| back\\\\\\| |  |",
    ]
