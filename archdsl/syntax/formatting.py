"""Source text to the same text in the one canonical style."""

from archdsl.diagnostics import Diagnostic
from archdsl.garbage import Postponed
from archdsl.records import NamedTuple
from archdsl.source import Source
from archdsl.syntax.parser import parse
from archdsl.syntax.printer import printed
from archdsl.syntax.printer.proof import prove


class Formatted(NamedTuple):
    """A file's text in the canonical style, or None and at least one error."""

    text: str | None
    diagnostics: tuple[Diagnostic, ...]


def format_source(source: Source) -> Formatted:
    """The text of a source in the canonical style; all its syntax errors, where there are some.

    All lines end like the first one, in LF or CRLF.

    Raises:
        FormatterBug: the printer has failed, and what it made must not replace the source.
    """
    with Postponed():
        return _formatted(source)


def _formatted(source: Source) -> Formatted:
    tree, diagnostics = parse(source)
    if tree is None:
        return Formatted(None, diagnostics)
    text = printed(tree)
    newline = source.text.find("\n")
    if newline > 0 and source.text[newline - 1] == "\r":
        text = text.replace("\n", "\r\n")
    if text != source.text:  # a text that is canonical already is its own proof
        prove(tree, text)
    return Formatted(text, ())
