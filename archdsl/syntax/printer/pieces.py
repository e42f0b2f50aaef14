"""What a text is made of before its lines are chosen.

Printing a tree yields pieces in reading order:

    "conv"              text
    12                  the text that follows stands at offset 12 of the source; comments before it
                        that are not placed yet go to the last `Line`
    line(" ")           a blank, or a new line
    GROUP … END         lines that break together, all or none
    RUN … END           lines that break from left to right; see `layout`
    COMMA               a comma, if the lines of its group break
    a tuple             pieces again, none of them nested any further
    a generator         pieces again; nested generators, in place of calls that call each other,
                        make depth cost memory alone
"""

from collections.abc import Generator, Iterator
from enum import Enum
from functools import cache
from types import GeneratorType

from archdsl.annotations import TypeAlias
from archdsl.records import NamedTuple


class Mark(Enum):
    GROUP = 1
    RUN = 2
    END = 3
    COMMA = 4


GROUP, RUN, END, COMMA = Mark


class Note(NamedTuple):
    """A comment to be printed.

    Attributes:
        follows: whether it stands behind code, on the same line.
        gap: whether an empty line stands above it.
    """

    text: str
    follows: bool
    gap: bool


class Line:
    """A place where a line may end. `line` makes them: one stands for all places that are alike.

    Attributes:
        flat: the text if it does not.
        steps: how much further to the right the next line starts than the one on which the group
            opened.
        hard: it ends in any case.
        comments_only: it ends for the sake of comments and never else.
        opening: a bracket opened just before it.
        closing: what follows closes a bracket, and comments belong to what it holds.
        apart: an empty line of the source stays; not directly after an opening bracket, nor before
            a closing one.
        gap: an empty line comes before what follows.
        notes: comments that stand here.
    """

    __slots__ = (
        "apart",
        "closing",
        "comments_only",
        "flat",
        "gap",
        "hard",
        "notes",
        "opening",
        "steps",
    )

    def __init__(self, flat: str, steps: int) -> None:
        self.flat = flat
        self.steps = steps
        self.hard = self.comments_only = self.opening = self.closing = self.apart = False
        self.gap = False
        self.notes: list[Note] = []

    def copy(self) -> "Line":
        """One for a single place, to which it may be fitted."""
        line = Line(self.flat, self.steps)
        line.hard, line.comments_only = self.hard, self.comments_only
        line.opening, line.closing, line.apart = self.opening, self.closing, self.apart
        line.gap, line.notes = self.gap, self.notes[:]
        return line


@cache
def line(
    flat: str = " ",
    steps: int = 1,
    *,
    hard: bool = False,
    comments_only: bool = False,
    opening: bool = False,
    closing: bool = False,
    apart: bool = False,
) -> Line:
    """The `Line` with these attributes; whoever changes one takes a copy."""
    found = Line(flat, steps)
    found.hard, found.comments_only = hard, comments_only
    found.opening, found.closing, found.apart = opening, closing, apart
    return found


Item: TypeAlias = str | Line | Mark
Leaf: TypeAlias = Item | int
Pieces: TypeAlias = Generator["Piece", None, None]
Piece: TypeAlias = Leaf | tuple[Leaf, ...] | Pieces


def joined(piece: Piece, text: str, end: Line) -> Piece:
    """A piece with a text behind it that may end its line: a sign between elements, of which there
    may be very many.
    """
    if type(piece) is tuple and type(piece[-1]) is str:
        return (*piece[:-1], piece[-1] + text, end)
    return _followed(piece, text, end)


def _followed(piece: Piece, text: str, end: Line) -> Pieces:
    yield piece
    yield text
    yield end


def leaves(pieces: Piece) -> Iterator[Leaf]:
    """The pieces in order, those of tuples and nested generators included."""
    waiting: list[Iterator[Piece]] = [iter((pieces,))]
    while waiting:
        for piece in waiting[-1]:
            if isinstance(piece, tuple):
                yield from piece
            elif isinstance(piece, GeneratorType):
                waiting.append(piece)
                break
            else:
                yield piece  # type: ignore[misc]  # every generator is a GeneratorType
        else:
            waiting.pop()


def flat_text(pieces: Piece) -> str:
    """All of it on one line."""
    return "".join(
        piece if isinstance(piece, str) else piece.flat
        for piece in leaves(pieces)
        if isinstance(piece, str | Line)
    )
