"""Source text to syntax tree."""

from archdsl.diagnostics import Diagnostic
from archdsl.garbage import Postponed
from archdsl.records import NamedTuple
from archdsl.source import Source, Span
from archdsl.syntax import build
from archdsl.syntax.ast import Expr, File
from archdsl.syntax.driver import Context, Driver, Stack
from archdsl.syntax.lexer import tokens
from archdsl.syntax.tables import START

_DRIVER = Driver(build.builder)


class ParseResult(NamedTuple):
    """A file's tree, or None and at least one error."""

    file: File | None
    diagnostics: tuple[Diagnostic, ...]


def parse(source: Source) -> ParseResult:
    """The syntax tree of a file; all its syntax errors, where there are some."""
    with Postponed():
        return _parse(source)


def _parse(source: Source) -> ParseResult:
    context = Context(_DRIVER, source)
    stack = Stack([START["file"]], [], [])
    comments: list[tuple[int, int]] = []
    text = source.text
    openers: list[int] = []
    found = _DRIVER.run(stack, tokens(text, 0, len(text), openers, comments), context)
    if found is not None:
        from archdsl.syntax.errors.recovery import report_all  # only an error pays for it

        report_all(context, stack, found, openers)
    if context.problems:
        return ParseResult(None, tuple(context.problems))
    places = tuple(Span(source, start, end) for start, end in comments)
    return ParseResult(File(stack.values[-1], places, Span(source, 0, len(text))), ())


def parse_value(text: str, name: str) -> tuple[Expr | None, tuple[Diagnostic, ...]]:
    """The expression that a text is, such as the VALUE of `--set NAME=VALUE`.

    Args:
        name: stands for the file in diagnostics.
    """
    context = Context(_DRIVER, Source(name, text))
    value = context.expression(0, len(text))
    return (None if context.problems else value), tuple(context.problems)
