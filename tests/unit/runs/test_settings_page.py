from neatfool import runs


def test_a_setting_of_few_values_names_them() -> None:
    rows = runs.settings_page().splitlines()

    (split,) = [row for row in rows if row.startswith("| structure.split |")]
    assert split.endswith('One of "replace", "disable", "neat", "random". |')
    (optional,) = [row for row in rows if row.startswith("| classifier.channels |")]
    assert optional.endswith('One of "rgb", "bgr", "grey". |')
    assert not any("One of" in row for row in rows if row.startswith("| kind |"))
