"""What a text is made of before its lines are chosen.

Printing a tree yields pieces in reading order:

    "conv"              text
    12                  the text that follows stands at offset 12 of the source; comments before it
                        that are not placed yet go to the last `Line`
    Line(" ")           a blank, or a new line
    GROUP … END         lines that break together, all or none
    RUN … END           lines that break from left to right; see `layout`
    COMMA               a comma, if the lines of its group break
    a generator         pieces again; nested generators, in place of calls that call each other,
                        make depth cost memory alone
"""

from collections.abc import Generator, Iterator
from enum import Enum
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
    """A place where a line may end.

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

    def __init__(
        self,
        flat: str = " ",
        steps: int = 1,
        *,
        hard: bool = False,
        comments_only: bool = False,
        opening: bool = False,
        closing: bool = False,
        apart: bool = False,
    ) -> None:
        self.flat = flat
        self.steps = steps
        self.hard = hard
        self.comments_only = comments_only
        self.opening = opening
        self.closing = closing
        self.apart = apart
        self.gap = False
        self.notes: list[Note] = []


Pieces: TypeAlias = Generator["Piece", None, None]
Piece: TypeAlias = str | int | Line | Mark | Pieces
Item: TypeAlias = str | Line | Mark


def leaves(pieces: Pieces) -> Iterator[str | int | Line | Mark]:
    """The pieces in order, those of nested generators included."""
    waiting = [pieces]
    while waiting:
        for piece in waiting[-1]:
            if isinstance(piece, GeneratorType):
                waiting.append(piece)
                break
            yield piece  # type: ignore[misc]  # every generator is a GeneratorType
        else:
            waiting.pop()


def flat_text(pieces: Pieces) -> str:
    """All of it on one line."""
    return "".join(
        piece if isinstance(piece, str) else piece.flat
        for piece in leaves(pieces)
        if isinstance(piece, str | Line)
    )
