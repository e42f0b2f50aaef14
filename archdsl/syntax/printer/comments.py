"""Puts the comments of a source between the pieces that its tree makes."""

from collections.abc import Sequence

from archdsl.source import Span
from archdsl.syntax.printer.pieces import Item, Line, Note, Pieces, leaves


def with_comments(pieces: Pieces, text: str, comments: Sequence[Span]) -> list[Item]:
    """The pieces in order, each comment at a line that may end before what it precedes.

    A comment goes to the last `Line` before the text that follows it in the source. Where there is
    none, since no line may end just there, it waits for the next one.
    """
    items: list[Item] = []
    waiting: list[Note] = []  # comments that no line has taken yet
    line: Line | None = None  # the last one since the text of the source that was placed last
    place = 0  # of that line among the items
    nothing = len(text) + 1  # past all that is printed
    upcoming = [comment.start for comment in comments] + [nothing]
    at = 0
    for piece in leaves(pieces):
        if isinstance(piece, int):
            while upcoming[at] < piece:
                waiting.append(_note(text, comments[at]))
                at += 1
            if line is not None:
                if waiting:
                    items[place] = line = _given(line, waiting)
                    waiting = []
                may_have_gap = line.apart and not line.closing and piece < len(text)
                if may_have_gap and _keeps_gap(line) and _gap_before(text, piece):
                    items[place] = line = line.copy()
                    line.gap = True
                line = None
        elif isinstance(piece, Line):
            line = _given(piece, waiting) if waiting else piece
            waiting = []
            place = len(items)
            items.append(line)
        else:
            items.append(piece)
    return items


def shown(comment: str) -> str:
    """A comment as it is printed: a blank after `#`, unless that opens a ruler or a `#!`."""
    comment = comment.rstrip()
    return f"# {comment[1:]}" if len(comment) > 1 and comment[1] not in " \t#!:" else comment


def _note(text: str, comment: Span) -> Note:
    start = text.rfind("\n", 0, comment.start) + 1
    follows = bool(text[start : comment.start].strip(" \t;"))
    return Note(shown(comment.text), follows, _gap_before(text, comment.start))


def _given(line: Line, notes: list[Note]) -> Line:
    """The line with comments; it has to end then."""
    line = line.copy()
    line.hard = True
    for note in notes:
        if note.follows and not line.notes:
            line.notes.append(note)
        else:
            gap = line.gap or (note.gap and _keeps_gap(line))
            line.notes.append(note._replace(follows=False, gap=gap))
            line.gap = False
    return line


def _keeps_gap(line: Line) -> bool:
    """Whether an empty line of the source stays above what comes next on this line's end."""
    if not line.apart:
        return False
    return not line.opening or any(not note.follows for note in line.notes)


def _gap_before(text: str, offset: int) -> bool:
    """Whether an empty line stands above what starts there."""
    newlines = 0
    while offset and text[offset - 1] in " \t\r\n;":
        offset -= 1
        newlines += text[offset] == "\n"
    return newlines > 1
