"""Proof, each time, that a formatted text says what its source says.

The printer drops the source's tokens and writes its own. Should it ever get one wrong, the network
would be another one, or a comment be lost, and nobody might notice; so nothing is written before
the result has been parsed again and compared.
"""

from archdsl.source import Source, Span
from archdsl.syntax import ast
from archdsl.syntax.difference import difference
from archdsl.syntax.parser import parse
from archdsl.syntax.printer import printed
from archdsl.syntax.printer.comments import shown


class FormatterBug(Exception):
    """The formatted text would not be the same; the text says what is wrong with it.

    Attributes:
        span: where in the source.
    """

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.span = span


def prove(tree: ast.File, text: str) -> None:
    """Compare the formatted text of a file with its source.

    Raises:
        FormatterBug: the text does not parse to the same tree, has other comments, or would be
            formatted otherwise when formatted again.
    """
    again = parse(Source(tree.span.source.name, text)).file
    if again is None:
        raise FormatterBug("the formatted text has a syntax error", tree.span)
    items = again.items
    if not (tree.items and isinstance(tree.items[0], ast.Version)):
        items = items[1:]
    place = difference(tree.items, items, tree.span)
    if place is not None:
        raise FormatterBug("the formatted text has another meaning", place)
    for number, comment in enumerate(tree.comments):
        found = again.comments[number].text if number < len(again.comments) else ""
        if shown(found) != shown(comment.text):
            raise FormatterBug(
                "a comment is lost, or stands elsewhere, in the formatted text", comment
            )
    if len(again.comments) > len(tree.comments):
        raise FormatterBug("a comment is written twice in the formatted text", tree.span)
    if printed(again) != text.replace("\r\n", "\n"):
        raise FormatterBug("the formatted text would be formatted otherwise again", tree.span)
