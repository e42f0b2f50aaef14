"""Signals that end a program: what has been begun is tidied up before it ends."""

import signal
from types import FrameType, TracebackType

_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")
"""What a user, a machine that shuts down, or a terminal that is closed sends."""


class Interrupted(BaseException):
    """A signal came that ends the program: it does at the end of the block of `Interrupts`."""


class Interrupts:
    """Within a `with` block, signals that would end the program are noted; behind it they end the
    program as they would have.

    Signals that somebody else handles or ignores are left alone, as all are in other threads than
    the main one.
    """

    def __init__(self, at_once: bool = False) -> None:
        """With `at_once` a signal raises `Interrupted` wherever the program is; otherwise only a
        second one does.
        """
        self._at_once = at_once
        self._former: dict[int, object] = {}
        self._caught: int | None = None

    def __enter__(self) -> "Interrupts":
        for name in _ENDING:
            number = getattr(signal, name, None)
            if number is None:
                continue
            former = signal.getsignal(number)
            if former in (signal.SIG_DFL, signal.default_int_handler):
                try:
                    signal.signal(number, self._come)
                except ValueError:  # another thread
                    break
                self._former[number] = former
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, former in self._former.items():
            signal.signal(number, former)  # type: ignore[arg-type]
        if self._caught is not None:
            signal.raise_signal(self._caught)

    def check(self) -> None:
        """Raises `Interrupted` where a signal has come."""
        if self._caught is not None:
            raise Interrupted

    def _come(self, number: int, frame: FrameType | None) -> None:
        again = self._caught is not None
        self._caught = number
        if again or self._at_once:
            raise Interrupted
