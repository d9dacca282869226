import errno
import fcntl
import logging
import multiprocessing
import os
import threading
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from neatfool.errors import ConfigError, RunError
from neatfool.reporting import log
from neatfool.runs import default_folder, dump_config, folder, load_config
from neatfool.runs.folder import (
    check_links,
    claimed_folder,
    is_occupied,
    make_folder,
    occupied,
    open_folder,
    pin,
    writing,
)

CONFIG = load_config(None, ["run.seed=5", "encoding.kind=pixels"])


@pytest.fixture
def run(tmp_path: Path) -> Path:
    make_folder(tmp_path / "run", CONFIG)
    return tmp_path / "run"


@pytest.fixture
def read_only(tmp_path: Path) -> Path:
    """A folder that nobody can write to, whoever runs the tests."""
    path = tmp_path / "read-only"
    path.mkdir(mode=0o500)
    if os.access(path, os.W_OK):  # as root, whom permissions do not stop
        path = Path("/proc")
    return path / "run"


def assert_refuses_to_make(path: Path, message: str) -> None:
    with pytest.raises(RunError) as caught:
        make_folder(path, CONFIG)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_a_folder_is_made_with_the_settings_in_it(run: Path) -> None:
    assert (run / "resolved.toml").read_text() == dump_config(CONFIG)
    assert open_folder(run) == CONFIG


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    make_folder(tmp_path, CONFIG)
    assert open_folder(tmp_path) == CONFIG


def test_a_folder_with_another_run_is_refused(run: Path) -> None:
    assert_refuses_to_make(run, "holds another run: choose another folder, or go on with it by")
    assert open_folder(run) == CONFIG


def test_what_is_no_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    assert_refuses_to_make(tmp_path, "is not an empty folder: choose another")
    assert_refuses_to_make(tmp_path / "file", "is not an empty folder: choose another")
    assert_refuses_to_make(tmp_path / "file" / "run", "choose another folder")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "mine"


def test_where_nothing_can_be_written_it_says_so(read_only: Path) -> None:
    assert_refuses_to_make(read_only, "cannot write to")
    assert_refuses_to_make(read_only, "choose another folder")


def test_a_folder_that_could_not_be_filled_can_be_taken_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(folder, "write_whole", full)
        assert_refuses_to_make(tmp_path / "run", "No space left on device; make room")

    make_folder(tmp_path / "run", CONFIG)
    assert open_folder(tmp_path / "run") == CONFIG


def test_a_folder_without_a_run_is_not_opened(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(RunError, match=r"holds no run: expected a folder with resolved\.toml"):
            open_folder(path)


def test_settings_that_are_damaged_are_named(run: Path) -> None:
    (run / "resolved.toml").write_text("[run\n")
    with pytest.raises(ConfigError, match=r"resolved\.toml is not TOML"):
        open_folder(run)


def test_one_process_holds_the_folder_at_a_time(run: Path) -> None:
    with occupied(run):
        with pytest.raises(RunError, match="another process is working in"), occupied(run):
            pass
        with pytest.raises(RunError, match="another process is working in"), occupied(run):
            pass
    with occupied(run):
        pass


def hold(folder: Path, begun: Connection) -> None:
    """Hold a folder until this process is killed."""
    with occupied(folder):
        begun.send(True)
        begun.recv()


def test_a_killed_process_holds_nothing(run: Path) -> None:
    assert not is_occupied(run)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=hold, args=(run, theirs))
    process.start()
    assert ours.recv()

    assert is_occupied(run)
    with pytest.raises(RunError, match="another process is working in"), occupied(run):
        pass
    process.kill()
    process.join()

    assert not is_occupied(run)
    with occupied(run):
        assert is_occupied(run)


def test_who_looks_writes_nothing(run: Path) -> None:
    before = sorted(run.iterdir())
    assert not is_occupied(run)
    assert not is_occupied(run / "none")
    assert sorted(run.iterdir()) == before


def test_who_looks_keeps_nobody_from_working(run: Path) -> None:
    with occupied(run):
        pass
    stop = threading.Event()
    seen: list[bool] = []

    def look() -> None:
        while not stop.is_set():
            seen.append(is_occupied(run))

    lookers = [threading.Thread(target=look) for _ in range(4)]
    for each in lookers:
        each.start()
    try:
        for _ in range(200):
            with occupied(run):
                pass
    finally:
        stop.set()
        for each in lookers:
            each.join()
    assert seen


def test_many_can_look_at_once(run: Path) -> None:
    with occupied(run):
        pass
    with open(run / "lock") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        assert not is_occupied(run)


def test_a_folder_that_can_only_be_read_can_be_looked_at(run: Path) -> None:
    with occupied(run):
        pass
    (run / "lock").chmod(0o400)
    run.chmod(0o500)
    try:
        assert not is_occupied(run)
    finally:
        run.chmod(0o700)


def test_the_log_is_kept_in_the_folder_meanwhile(
    run: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, log.name)
    level, handlers = log.level, list(log.handlers)
    for text in "first", "second":
        with occupied(run):
            log.info("the %s line", text)
        log.info("not this")

    lines = (run / "log.txt").read_text().splitlines()
    assert [line.split(" ", 2)[2] for line in lines] == [
        "INFO the first line",
        "INFO the second line",
    ]
    assert (log.level, log.handlers) == (level, handlers)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_log_that_cannot_be_written_prints_nothing(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run / "log.txt").symlink_to("/dev/full")

    message = "No space left on device; make room"
    with pytest.raises(RunError, match=message), writing(run), occupied(run):
        log.info("lost")

    assert capsys.readouterr() == ("", "")


def test_what_a_killed_process_left_half_written_is_taken_away(run: Path) -> None:
    (run / "elites").mkdir()
    (run / ".mine.part").write_text("somebody else's")
    for part in (run / ".report.json.17.part", run / "elites" / ".0_0.png.17.part"):
        part.write_text("half")

    with occupied(run):
        assert [path.name for path in run.rglob("*.part")] == [".mine.part"]
    assert open_folder(run) == CONFIG


def test_a_run_goes_on_with_the_settings_it_was_begun_with(run: Path) -> None:
    pin(run, CONFIG, "digest")
    before = (run / "pinned.json").read_bytes()
    longer = load_config(
        run / "resolved.toml",
        ["run.generations=9", "run.workers=processes:3", "run.device=cpu"],
    )

    pin(run, longer, "digest")

    assert (run / "pinned.json").read_bytes() == before


@pytest.mark.parametrize(
    ("change", "weights", "message"),
    [
        ("run.seed=6", "digest", "the run.seed that it was begun with, 5, got 6"),
        ("run.chunk=8", "digest", "the run.chunk that it was begun with, None, got 8"),
        ("search.batch=7", "digest", "the search.batch that it was begun with, 200, got 7"),
        ("task.classes=[1]", "digest", "the task.classes that it was begun with, None, got [1]"),
        (
            "encoding.strength=2",
            "digest",
            "that it was begun with, 15.0, got 2.0",
        ),
        (
            "task.classifier.model=lenet-caffe",
            "digest",
            "the task.classifier.model",
        ),
        ("run.seed=5", "other", "the weights that it was begun with, digest, got other"),
    ],
)
def test_a_run_does_not_go_on_with_others(
    run: Path, change: str, weights: str, message: str
) -> None:
    pin(run, CONFIG, "digest")

    with pytest.raises(RunError) as caught:
        pin(run, load_config(run / "resolved.toml", [change]), weights)

    assert message in str(caught.value)
    assert "put it back, or begin a new run" in str(caught.value)


def test_settings_of_encodings_in_encodings_are_pinned_one_by_one(run: Path) -> None:
    switch = ["encoding.kind=switch", "encoding.at=5"]
    pin(run, load_config(None, switch), "digest")

    pin(run, load_config(None, switch), "digest")
    for change, message in {
        "encoding.indirect.strength=2": "indirect.strength that it was begun with, 15.0, got 2",
        "encoding.direct.kind=pixels": "direct.kind that it was begun with, None, got pixels",
    }.items():
        with pytest.raises(RunError, match=message):
            pin(run, load_config(None, [*switch, change]), "digest")


@pytest.mark.parametrize("content", [None, b"", b"{", b"3", b'{"run.seed": 6}'])
def test_a_damaged_pin_is_mended_where_it_is_known(run: Path, content: bytes | None) -> None:
    digest = pin(run, CONFIG, "digest")
    path = run / "pinned.json"
    before = path.read_bytes()
    path.unlink()
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(RunError, match=r"pinned\.json is (missing|damaged)|that it was begun with"):
        pin(run, CONFIG, "other weights", digest)
    assert (path.read_bytes() if path.exists() else None) == content
    assert pin(run, CONFIG, "digest", digest) == digest

    assert path.read_bytes() == before
    kept = run / "pinned.json.kept"
    assert (kept.read_bytes() if kept.exists() else None) == content


def test_what_the_checkpoint_was_begun_with_counts(run: Path) -> None:
    digest = pin(run, CONFIG, "digest")
    (run / "pinned.json").unlink()
    pin(run, CONFIG, "other weights")

    with pytest.raises(RunError, match="checkpoints is of another run"):
        pin(run, CONFIG, "other weights", digest)


def test_a_damaged_pin_is_named(run: Path) -> None:
    for content in ("", "{", "3"):
        (run / "pinned.json").write_text(content)
        with pytest.raises(RunError, match=r"pinned\.json is damaged: take it away if"):
            pin(run, CONFIG, "digest")


def test_the_name_of_a_folder_says_what_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> "Clock":
            return cls(2015, 6, 7, 8, 9, 10)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(folder, "datetime", Clock)
    names = []
    for _ in range(3):
        names.append(str(default_folder(CONFIG)))
        Path(names[-1]).mkdir(parents=True)

    name = "runs/20150607-080910-lenet5-pixels-seed5"
    assert names == [name, f"{name}-2", f"{name}-3"]


def test_runs_that_begin_in_the_same_second_have_folders_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # As if each looked before any of the others had made its folder.
    looked = iter(["same", "same", "same-2", "same", "same-2", "same-3"])
    monkeypatch.setattr(folder, "default_folder", lambda _: Path("runs") / next(looked))

    with claimed_folder(CONFIG) as a, claimed_folder(CONFIG) as b, claimed_folder(CONFIG) as c:
        assert [a.name, b.name, c.name] == ["same", "same-2", "same-3"]
        make_folder(b, CONFIG)

    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["same-2"], "the used one"


@pytest.mark.parametrize("name", ["checkpoints", "elites", "lineage.jsonl", "log.txt", "lock"])
def test_a_run_does_not_write_through_links(run: Path, tmp_path: Path, name: str) -> None:
    check_links(run)
    (run / name).symlink_to(tmp_path)
    with pytest.raises(RunError, match=f"{name} is a link: expected it in the folder"):
        check_links(run)


def test_settings_that_were_cut_off_are_named(run: Path) -> None:
    content = (run / "resolved.toml").read_text()
    for text in ("", content[: content.index("[run]")], content[: content.index("device")]):
        (run / "resolved.toml").write_text(text)
        with pytest.raises(ConfigError, match=r"resolved\.toml is not whole: expected all"):
            open_folder(run)


def test_logging_is_quiet_outside_a_folder() -> None:
    assert not any(isinstance(h, logging.StreamHandler) for h in log.handlers)
