import pytest

from neatfool.cli.console import warnings_shown
from neatfool.reporting import log


def test_what_is_warned_of_again_and_again_is_said_once_with_its_count(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(KeyboardInterrupt), warnings_shown():  # noqa: PT012
        for name in ("a", "b", "a", "a"):
            log.warning("there is no %s", name)
        raise KeyboardInterrupt
    log.warning("nobody shows this")
    said = ["there is no a", "there is no b", "3 times: there is no a"]
    assert capsys.readouterr().err.splitlines() == [f"warning: {each}" for each in said]
