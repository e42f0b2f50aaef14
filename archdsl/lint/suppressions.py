"""Comments that silence findings.

`# archdsl: ignore[P108] why` on a line, or on lines of their own right above it, silences those
codes at findings that begin on it; `# archdsl: ignore-file[P108, D] why` anywhere silences them in
the file. A code may be a whole one, a prefix, or a rule's name. Errors cannot be silenced.
"""

import re
from collections.abc import Iterator, Sequence

from archdsl.diagnostics import Diagnostic
from archdsl.lint.catalogue import Rule, names_rule
from archdsl.records import NamedTuple
from archdsl.source import Source, Span

_COMMENT = re.compile(r"#\s*archdsl:\s*(ignore(?:-file)?)\s*\[([^\]\n]*)\][ \t]*(.*)")


class Suppression(NamedTuple):
    """One comment.

    Attributes:
        codes: as written: codes, prefixes, or names of rules.
        line: the line that it speaks of; None for the whole file.
        reason: the text behind it, or "".
        span: the whole comment.
    """

    codes: tuple[str, ...]
    line: int | None
    reason: str
    span: Span


def suppressions(source: Source, comments: tuple[Span, ...]) -> tuple[Suppression, ...]:
    """The comments of a file that silence something, in order."""
    return tuple(_found(source, comments))


def _found(source: Source, comments: tuple[Span, ...]) -> Iterator[Suppression]:
    own_lines = {span.line for span in comments if _stands_alone(span)}
    for span in comments:
        match = _COMMENT.match(span.text)
        if match is None:
            continue
        kind, codes, reason = match.groups()
        line: int | None = None
        if kind == "ignore":
            line = span.line
            while line in own_lines:
                line += 1
        listed = tuple(code.strip() for code in codes.split(",") if code.strip())
        yield Suppression(listed, line, reason.strip(), span)


def _stands_alone(span: Span) -> bool:
    """Whether nothing but the comment is on its line."""
    _, column = span.source.position(span.start)
    return not span.source.text[span.start - column + 1 : span.start].strip()


def silenced(
    diagnostics: Sequence[Diagnostic],
    source: Source,
    comments: tuple[Span, ...],
    rules: Sequence[Rule],
) -> list[Diagnostic]:
    """The diagnostics of a file that no comment silences, and those about the comments themselves.

    Args:
        rules: those that ran; only their comments can be found idle.
    """
    known = suppressions(source, comments)
    if not known:
        return list(diagnostics)
    used: set[Suppression] = set()
    kept = []
    for diagnostic in diagnostics:
        silencing = [one for one in known if _silences(one, diagnostic, source)]
        used.update(silencing)
        if not silencing:
            kept.append(diagnostic)
    return kept


def _silences(suppression: Suppression, diagnostic: Diagnostic, source: Source) -> bool:
    span = diagnostic.span
    if diagnostic.severity == "error" or span.source is not source:
        return False
    if suppression.line not in (None, span.line):
        return False
    return any(names_rule(code, diagnostic.code) for code in suppression.codes)
