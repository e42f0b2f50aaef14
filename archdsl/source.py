"""Source text and places in it.

Offsets count code points from the start of the text; lines and columns count from 1. Lines end at
LF or CRLF only: `str.splitlines` would also split at form feeds and U+2028, and every span after
one would be wrong.
"""

from bisect import bisect_right

from archdsl.records import NamedTuple
from archdsl.visible import shown


class Source:
    """One source text under the name that diagnostics show for it."""

    __slots__ = ("_line_starts", "name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self._line_starts: list[int] | None = None

    @property
    def line_starts(self) -> list[int]:
        """Offsets at which lines start, computed when first asked for: a clean run never needs
        them.
        """
        if self._line_starts is None:
            starts = [0]
            end = self.text.find("\n")
            while end >= 0:
                starts.append(end + 1)
                end = self.text.find("\n", end + 1)
            self._line_starts = starts
        return self._line_starts

    def position(self, offset: int) -> tuple[int, int]:
        """The line and the column of an offset, both from 1."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line, without its line ending."""
        start = self.line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : len(self.text) if end < 0 else end].removesuffix("\r")

    def __repr__(self) -> str:
        return f"Source({self.name!r}, {len(self.text)} characters)"


class Span(NamedTuple):
    """A half-open range of a source text."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def line(self) -> int:
        return self.source.position(self.start)[0]

    def __str__(self) -> str:
        line, column = self.source.position(self.start)
        return f"{shown(self.source.name)}:{line}:{column}"

    def __repr__(self) -> str:
        return f"<{self}-{self.end - self.start}>"
