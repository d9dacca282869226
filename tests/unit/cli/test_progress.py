import io
import re
import time

import pytest
from rich.console import Console

from neatfool.cli import progress
from neatfool.cli.progress import LiveReporter, duration
from neatfool.reporting import log as package_log
from neatfool.reporting import note

NUMBERS = {"evaluations_per_second": 10234.4, "median": 0.999987, "worst": 0.5}


def console(terminal, **settings):
    settings = {"width": 80, "legacy_windows": False, "_environ": {"TERM": "xterm"}} | settings
    return Console(file=io.StringIO(), force_terminal=terminal, **settings)


def written(console):
    return console.file.getvalue()


def lines_of(console):
    return written(console).splitlines()


def run(console, total=200, done=0, numbers=NUMBERS):
    with LiveReporter(console) as reporter:
        reporter.start("fool lenet5 [cppn]", total, done)
        for step in range(done + 1, total + 1):
            reporter.step(step, **numbers)


def fail(console, error, **numbers):
    with LiveReporter(console) as reporter:
        reporter.start("train", 100)
        reporter.step(50, **numbers)
        reporter.step(57, **numbers)
        raise error


def plain_lines_of(console):
    """Return the lines on the screen, without colours and movements."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", written(console)).splitlines()


def test_a_log_gets_ten_plain_lines():
    log = console(terminal=False)
    run(log)
    assert [line.split(" ·")[0] for line in lines_of(log)] == [
        f"fool lenet5 [cppn]: {20 * k}/200 ({10 * k} %)" for k in range(1, 11)
    ]
    assert "\x1b" not in written(log)
    assert "10,234 evaluations/s · median 99.9987 % · least 50.0 %" in lines_of(log)[0]


@pytest.mark.parametrize(("total", "lines"), [(3, 3), (7, 7), (11, 10), (1000, 10)])
def test_a_log_is_short_for_every_total(total, lines):
    log = console(terminal=False)
    run(log, total)
    assert len(lines_of(log)) == lines
    assert f"{total}/{total} (100 %)" in lines_of(log)[-1]


def test_a_log_of_a_resumed_task_goes_on():
    log = console(terminal=False)
    run(log, done=130)
    assert [line.split()[3] for line in lines_of(log)] == [
        "140/200",
        "160/200",
        "180/200",
        "200/200",
    ]


def test_a_log_ends_with_where_the_task_ended():
    log = console(terminal=False)
    with pytest.raises(KeyboardInterrupt):
        fail(log, KeyboardInterrupt, loss=0.031234, accuracy=0.98765, epoch=1234)
    assert "train: 57/100 (57 %)" in lines_of(log)[-1]
    assert lines_of(log)[-1].endswith("loss 0.03123 · accuracy 98.8 % · epoch 1,234")


def test_a_log_says_that_something_begins_of_which_nobody_knows_how_long_it_is():
    log = console(terminal=False)
    with LiveReporter(log) as reporter:
        reporter.start("starting Ray", 0)
        assert lines_of(log) == ["starting Ray …"]
        reporter.start("evolving", 10)
    assert lines_of(log) == ["starting Ray …"]


@pytest.mark.parametrize("terminal", [False, True])
def test_a_task_without_steps_is_no_error(terminal):
    screen = console(terminal)
    with LiveReporter(screen) as reporter:
        reporter.start("nothing", 0)
        reporter.step(0)
        reporter.step(1)
        reporter.finish()
        shown = lines_of(screen)
        reporter.step(1)
        reporter.finish()
    assert lines_of(screen) == shown


def test_a_terminal_shows_a_bar_and_the_numbers_of_the_last_step():
    screen = console(terminal=True)
    run(screen, numbers=NUMBERS | {"replaced": 3})
    last = plain_lines_of(screen)[-2:]
    assert "fool lenet5 [cppn]" in last[0]
    assert "━" in last[0]
    assert "200/200" in last[0]
    assert last[1] == "10,234 evaluations/s · median 99.9987 % · least 50.0 % · replaced 3"


def test_a_narrow_terminal_is_not_overrun():
    screen = console(terminal=True, width=60)
    run(screen, numbers=NUMBERS | {"replaced": 3})
    last = plain_lines_of(screen)[-2:]
    assert max(len(line) for line in last) <= 60
    assert "200/200" in last[0]
    assert last[1] == "10,234 evaluations/s · median 99.9987 % · least 50.0 % · re…"


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_the_cursor_comes_back_whatever_happens(error):
    screen = console(terminal=True)
    with pytest.raises(error):
        fail(screen, error)
    assert written(screen).rfind("\x1b[?25h") > written(screen).rfind("\x1b[?25l") >= 0


def test_the_next_task_ends_the_one_before():
    screen = console(terminal=True)
    with LiveReporter(screen) as reporter:
        reporter.start("first", 10)
        reporter.start("second", 10)
    assert written(screen).count("\x1b[?25h") == 2


def test_a_dumb_terminal_gets_lines():
    screen = console(terminal=True, _environ={"TERM": "dumb"})
    run(screen)
    assert len(lines_of(screen)) == 10
    assert "\x1b" not in written(screen)


@pytest.mark.parametrize("terminal", [False, True])
def test_most_steps_cost_next_to_nothing(terminal):
    reporter = LiveReporter(console(terminal))
    reporter.start("fool", 100_000)
    costs = []
    for step in range(1, 2001):
        began = time.perf_counter()
        reporter.step(step, evaluations_per_second=1e4, median=0.99, worst=0.9)
        costs.append(time.perf_counter() - began)
    reporter.finish()
    assert sorted(costs)[1000] < 20e-6


def test_a_bar_is_refreshed_ten_times_a_second_at_most(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("neatfool.cli.progress.time.monotonic", lambda: now[0])
    screen = console(terminal=True)
    reporter = LiveReporter(screen)
    reporter.start("fool", 1000)
    sizes = []
    for step in range(1, 101):
        now[0] += 0.02
        reporter.step(step)
        sizes.append(len(written(screen)))
    reporter.finish()
    assert 15 <= len(set(sizes)) <= 21


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        *[(89, "89 seconds"), (90, "1.5 minutes"), (720, "12 minutes"), (5399, "90 minutes")],
        *[(7200, "2 hours"), (86400, "24 hours"), (200000, "2.3 days"), (1e7, "116 days")],
    ],
)
def test_durations_are_said_in_two_digits(seconds, said):
    assert duration(seconds) == said


@pytest.mark.parametrize("terminal", [False, True])
def test_it_is_said_once_that_work_takes_long(terminal, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    log = console(terminal, width=200)
    with LiveReporter(log, "fewer --generations take less") as reporter:
        for task, seconds in (("evolving", 7), ("as long", 8), ("much longer", 30), ("short", 1)):
            reporter.start(task, 1001, done=0)
            now[0] += 60  # to compile
            for step in range(1, 20 if seconds > 1 else 1002):
                reporter.step(step)
                now[0] += seconds
    said = [line for line in plain_lines_of(log) if "at this speed" in line]
    assert [line.strip() for line in said] == [
        "evolving: about 1.9 hours at this speed; fewer --generations take less",
        "much longer: about 8.3 hours at this speed; fewer --generations take less",
    ]


@pytest.mark.parametrize("terminal", [False, True])
def test_what_else_takes_time_is_shown_while_work_goes_on(terminal):
    log, before = console(terminal), [*package_log.handlers]
    with LiveReporter(log) as reporter:
        reporter.start("evolving", 5)
        note("compiling [once]")
        note("compiling [once]")  # in another process
        package_log.warning("no note")
        reporter.step(5)
    note("nobody hears this")
    assert [line.strip() for line in plain_lines_of(log)].count("compiling [once]") == 1
    assert "nobody" not in written(log)
    assert "no note" not in written(log)
    assert package_log.handlers == before


def test_of_short_work_and_of_unknown_lengths_nothing_is_said(monkeypatch):
    now = iter(range(10**6))
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(now)))
    log = console(terminal=False)
    run(log, total=30)
    run(log, total=0)
    assert "at this speed" not in written(log)
