"""From pieces to lines of at most `WIDTH` columns, in linear time.

A `GROUP` stays on one line if all of it fits, together with what follows up to the next place where
a line may end; otherwise each of its lines ends. One that holds a line that must end is broken.

A `RUN` looks no further than the next line that must end. So `residual {` stays behind `x =` and
behind `->` however long its braces are. Where what comes up to there does not fit, the lines of the
run end, one after the other, until something in it has taken several lines: what comes behind the
bracket that closes it is looked at anew, and `] -> relu` may stay together.
"""

from bisect import bisect_left
from collections.abc import Sequence

from archdsl.syntax.printer.pieces import COMMA, END, GROUP, RUN, Item, Line

WIDTH = 100
STEP = 2


class _Frame:
    """A group that is being laid out.

    Attributes:
        base: the columns by which the line is indented on which it opened.
        broken: whether its lines end; None where a run has yet to look.
        row: the output line for which that was decided.
    """

    __slots__ = ("base", "broken", "end", "is_run", "row")

    def __init__(self, base: int, is_run: bool, broken: bool | None, end: int) -> None:
        self.base = base
        self.is_run = is_run
        self.broken = broken
        self.end = end
        self.row = -1


def laid_out(items: Sequence[Item]) -> str:
    """The text of the items, lines ending in LF."""
    return _Layout(items).text()


class _Layout:
    def __init__(self, items: Sequence[Item]) -> None:
        self._items = items
        self._before = [0]  # of each item: the width of all before it, on one line
        self._ends: dict[int, int] = {}  # where a group opens -> where it ends
        self._broken: set[int] = set()  # where groups open that hold a line that must end
        self._places: list[int] = []  # where lines may end
        self._certain: list[int] = []  # where lines must end
        self._measure()
        self._written: list[str] = []
        self._row = 0
        self._column = 0  # 0 at the start of a line, whose indentation comes with its text
        self._indent = 0
        self._frames: list[_Frame] = []

    def _measure(self) -> None:
        opened = [-1]
        groups: list[int] = []  # of each place, the group that it belongs to
        before, places = self._before, self._places
        width = 0
        for at, item in enumerate(self._items):
            if isinstance(item, str):
                width += len(item)
            elif isinstance(item, Line):
                width += len(item.flat)
                if item.hard or not item.comments_only:
                    places.append(at)
                    groups.append(opened[-1])
                if item.hard:
                    for group in reversed(opened):
                        if group in self._broken:
                            break
                        self._broken.add(group)
            elif item is END:
                self._ends[opened.pop()] = at
            elif item is not COMMA:
                opened.append(at)
            before.append(width)
        breaking = {group for group in self._broken if group >= 0 and self._items[group] is GROUP}
        for at, group in zip(places, groups, strict=True):
            line = self._items[at]
            assert isinstance(line, Line)
            if line.hard or group in breaking:
                self._certain.append(at)

    def text(self) -> str:
        self._frames = frames = [_Frame(0, True, True, len(self._items))]
        for at, item in enumerate(self._items):
            if isinstance(item, str):
                self._write(item)
            elif isinstance(item, Line):
                self._end_line(item, at, frames[-1])
            elif item is COMMA:
                if frames[-1].broken:
                    self._write(",")
            elif item is END:
                self._indent = frames.pop().base
            else:
                end = self._ends[at]
                broken = None if item is RUN else at in self._broken or not self._fits(at, end)
                frames.append(_Frame(self._indent, item is RUN, broken, end))
        return "".join(self._written)

    def _write(self, text: str) -> None:
        if self._column:
            self._written.append(text)
            self._column += len(text)
        elif text:
            self._written.append(" " * self._indent)
            self._written.append(text)
            self._column = self._indent + len(text)

    def _fits(self, start: int, end: int) -> bool:
        """Whether `start:end` fits on the line, with what follows it and cannot be separated."""
        following = bisect_left(self._places, end)
        stop = self._places[following] if following < len(self._places) else len(self._items)
        width = self._before[stop] - self._before[start] + self._comma_at(stop - 1)
        return (self._column or self._indent) + width <= WIDTH

    def _comma_at(self, at: int) -> bool:
        """Whether a comma is written there because the lines of its group are known to end."""
        if self._items[at] is not COMMA:
            return False
        return bool(next(frame for frame in reversed(self._frames) if frame.end > at).broken)

    def _run_fits(self, start: int, end: int) -> bool:
        """Whether what comes up to the next line that must end does."""
        following = bisect_left(self._certain, start)
        stop = self._certain[following] if following < len(self._certain) else end
        return self._fits(start, min(stop, end))

    def _end_line(self, line: Line, at: int, frame: _Frame) -> None:
        if line.hard:
            ends = True
            frame.broken = None if frame.is_run else frame.broken
        elif line.comments_only:
            ends = False
        elif frame.is_run and (frame.broken is None or frame.row != self._row):
            ends = frame.broken = not self._run_fits(at, frame.end)
        else:
            ends = bool(frame.broken)
        if not ends:
            self._write(line.flat)
        else:
            self._break(line, frame.base)
        if not line.comments_only:
            frame.row = self._row

    def _break(self, line: Line, base: int) -> None:
        """Write comments, and begin a line."""
        self._indent = base + (STEP if line.closing else STEP * line.steps)
        for note in line.notes:
            if note.follows:
                self._written.append(f"  {note.text}")
            else:
                self._new_line(note.gap)
                self._write(note.text)
        self._new_line(line.gap)
        self._indent = base + STEP * line.steps

    def _new_line(self, gap: bool) -> None:
        if self._written:
            self._written.append("\n\n" if gap else "\n")
        self._row += 1
        self._column = 0
