from pathlib import Path

import pytest

from neatfool.data.files import replacing


def test_makes_the_file_and_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"

    with replacing(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()

    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    with pytest.raises(error), replacing(path) as temporary:  # noqa: PT012
        temporary.write_text("half")
        raise error

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
