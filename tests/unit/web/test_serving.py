import logging
import socket
from pathlib import Path

import pytest
from fastapi import FastAPI

from neatfool.errors import ConfigError
from neatfool.reporting import log
from neatfool.web import data_file, serve, server_settings


def test_details_of_failures_are_written_to_the_log_file(tmp_path: Path, monkeypatch) -> None:
    def fail(*_: object, **__: object) -> None:
        try:
            raise ZeroDivisionError("the very reason")
        except ZeroDivisionError:
            log.exception("POST /somewhere failed")
        logging.getLogger("uvicorn.error").warning("an invalid request")
        logging.getLogger("uvicorn.error").info("not worth a line")

    monkeypatch.setattr(logging.getLogger("uvicorn.error"), "level", logging.NOTSET)
    monkeypatch.setattr("uvicorn.Server.run", fail)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serve(FastAPI(), listening, tmp_path / "log")

    text = (tmp_path / "log").read_text()
    assert "POST /somewhere failed" in text
    assert "ZeroDivisionError: the very reason" in text
    assert "an invalid request" in text
    assert "not worth" not in text
    log.warning("later")
    assert "later" not in (tmp_path / "log").read_text()


def test_sessions_are_kept_in_the_folder_for_data(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert data_file() == tmp_path / "neatfool" / "breed.sqlite"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert data_file().is_relative_to(Path.home())


def test_settings_that_cannot_be_are_told_by_name(tmp_path: Path) -> None:
    assert server_settings({"data": tmp_path / "data"}).token is None
    with pytest.raises(ConfigError, match="token"):
        server_settings({"data": tmp_path / "data", "token": "short"})
