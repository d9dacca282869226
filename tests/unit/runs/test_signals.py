import os
import queue
import signal
import threading

import pytest

from neatfool.runs.signals import Signals

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.parametrize("number", NUMBERS)
def test_the_first_signal_is_remembered_and_told(number: signal.Signals) -> None:
    told: queue.Queue[int] = queue.Queue()
    with Signals(told.put) as signals:
        assert signals.received is None
        os.kill(os.getpid(), number)
        assert signals.received == number
        assert told.get(timeout=60) == number
        os.kill(os.getpid(), number)
    assert told.empty()


def test_a_second_ctrl_c_interrupts_what_may_be() -> None:
    with Signals() as signals:
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt), signals.interruptible():
            os.kill(os.getpid(), signal.SIGINT)


def test_a_second_ctrl_c_waits_for_what_may_not_be_interrupted() -> None:
    with Signals() as signals:
        with signals.interruptible():
            pass
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        reached = False
        with pytest.raises(KeyboardInterrupt), signals.interruptible():
            reached = True
        assert not reached


def test_a_second_sigterm_does_not_interrupt() -> None:
    with Signals() as signals, signals.interruptible():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
    assert signals.received == signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_nohup_ignores_is_ignored(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with Signals() as signals:
            os.kill(os.getpid(), number)
        assert signals.received is None
    finally:
        signal.signal(number, before)


def test_the_handlers_of_before_come_back() -> None:
    before = [signal.getsignal(number) for number in NUMBERS]
    with Signals():
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert [
        signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    ] == before


def test_in_another_thread_signals_are_left_alone() -> None:
    seen = []

    def enter() -> None:
        before = signal.getsignal(signal.SIGINT)
        with Signals() as signals:
            seen.append((signals.received, signal.getsignal(signal.SIGINT) == before))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()

    assert seen == [(None, True)]
