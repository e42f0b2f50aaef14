"""Syntax errors in plain words."""

from archdsl.diagnostics import Diagnostic
from archdsl.source import Source, Span
from archdsl.syntax.driver import Stack
from archdsl.syntax.lexer import Token


def diagnose(
    source: Source, limits: tuple[int, int], stack: Stack, found: Token
) -> list[Diagnostic]:
    _, text, start = found
    return [
        Diagnostic("E101", f"unexpected `{text}`", Span(source, start, start + max(1, len(text))))
    ]
