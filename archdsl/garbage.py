"""Putting off garbage collection while trees and graphs are made.

What the parser and the elaborator make is nearly all kept. The collector would look at all of it
again and again, and a long file would take quadratic time.
"""

import gc


class Postponed:
    """A context in which nothing is collected; collections resume after the outermost one."""

    __slots__ = ("_was_enabled",)

    def __enter__(self) -> None:
        self._was_enabled = gc.isenabled()
        gc.disable()

    def __exit__(self, *error: object) -> None:
        if self._was_enabled:
            gc.enable()
