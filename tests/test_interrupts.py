"""Signals that come while something is written."""

import signal
from collections.abc import Iterator
from threading import Thread

import pytest

from archdsl.interrupts import Interrupted, Interrupts


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Ctrl-C as in a program of its own; and none of the handlers stays."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, former)


def test_what_has_been_begun_is_ended_first() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt):
        with Interrupts() as interrupts:
            interrupts.check()
            signal.raise_signal(signal.SIGINT)
            done.append("the rest")
            with pytest.raises(Interrupted):
                interrupts.check()
        done.append("what comes behind")
    assert done == ["the rest"]


@pytest.mark.parametrize("signals", [1, 2])
def test_at_once_or_at_the_second_signal(signals: int) -> None:
    done = []
    with pytest.raises(KeyboardInterrupt) as caught, Interrupts(at_once=signals == 1):
        for number in range(signals):
            done.append(number)
            signal.raise_signal(signal.SIGINT)
        done.append(signals)
    assert done == list(range(signals))
    assert isinstance(caught.value.__context__, Interrupted)


def test_signals_that_somebody_else_handles() -> None:
    done = []
    signal.signal(signal.SIGINT, lambda number, frame: done.append(number))
    with Interrupts(at_once=True) as interrupts:
        signal.raise_signal(signal.SIGINT)
        interrupts.check()
    assert done == [signal.SIGINT]
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_another_thread_handles_none() -> None:
    found = []

    def work() -> None:
        with Interrupts():
            found.append(signal.getsignal(signal.SIGINT))

    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert found == [signal.default_int_handler]
