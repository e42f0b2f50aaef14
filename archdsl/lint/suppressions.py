"""Comments that silence findings.

`# archdsl: ignore[P108] why` on a line, or on lines of their own right above it, silences those
codes at findings that begin on it; `# archdsl: ignore-file[P108, D] why` anywhere silences them in
the file. A code may be a whole one, a prefix, or a rule's name. Errors cannot be silenced.
"""

import re
from collections.abc import Iterator, Sequence

from archdsl.diagnostics import Diagnostic, Edit, Fix
from archdsl.lint.catalogue import RULES, Rule, names_rule
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


def silenced(
    diagnostics: Sequence[Diagnostic],
    source: Source,
    comments: tuple[Span, ...],
    rules: Sequence[Rule],
) -> list[Diagnostic]:
    """The diagnostics of a file that no comment silences, and those about the comments themselves.

    Args:
        rules: those that ran; a comment for another one may well have its use.
    """
    known = list(_suppressions(source, comments))
    if not known:
        return list(diagnostics)
    kept: list[Diagnostic] = []
    used: set[tuple[Suppression, str]] = set()
    for diagnostic in diagnostics:
        silencing = [
            (one, code) for one in known for code in one.codes if _silences(one, code, diagnostic)
        ]
        used.update(silencing)
        if not silencing:
            kept.append(diagnostic)
    ran = {rule.code for rule in rules}
    sound = not any(diagnostic.severity == "error" for diagnostic in diagnostics)
    if "S403" in ran:
        kept += _without_reason(known)
    if "S404" in ran and sound:
        # What a network with an error would have is not known.
        kept += _idle(known, used, ran)
    return kept


def _suppressions(source: Source, comments: tuple[Span, ...]) -> Iterator[Suppression]:
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


def _silences(suppression: Suppression, code: str, diagnostic: Diagnostic) -> bool:
    return (
        diagnostic.severity != "error"
        and diagnostic.span.source is suppression.span.source
        and suppression.line in (None, diagnostic.span.line)
        and names_rule(code, diagnostic.code)
    )


def _without_reason(known: Sequence[Suppression]) -> Iterator[Diagnostic]:
    for suppression in known:
        if not suppression.reason:
            yield Diagnostic(
                "S403",
                f"nothing says why {', '.join(suppression.codes) or 'nothing'} is silenced here",
                suppression.span,
                severity="note",
                help="write the reason behind the brackets",
            )


def _idle(
    known: Sequence[Suppression], used: set[tuple[Suppression, str]], ran: set[str]
) -> Iterator[Diagnostic]:
    """Comments of which some code silences nothing, though its rules ran."""
    for suppression in known:
        idle = [
            code
            for code in suppression.codes
            if (suppression, code) not in used and _judged(code, ran)
        ]
        if not idle and suppression.codes:
            continue
        unknown = [code for code in idle if not any(names_rule(code, rule) for rule in RULES)]
        message = (
            f"there is no rule {unknown[0]}, so this silences nothing"
            if unknown
            else f"{', '.join(idle) or 'this'} silences nothing"
        )
        yield Diagnostic(
            "S404",
            message,
            suppression.span,
            severity="warning",
            help="leave it out",
            fix=Fix("leave it out", (_without(suppression, idle),)),
        )


def _judged(selector: str, ran: set[str]) -> bool:
    """Whether every rule that a selector means has run; true for one that means none."""
    return all(code in ran for code in RULES if names_rule(selector, code))


def _without(suppression: Suppression, idle: Sequence[str]) -> Edit:
    """The comment without the idle codes; all of it, and its line if it stands alone there, where
    none is left.
    """
    span, text = suppression.span, suppression.span.source.text
    left = [code for code in suppression.codes if code not in idle]
    if left:
        start = span.start + span.text.index("[") + 1
        end = span.start + span.text.index("]")
        return Edit(Span(span.source, start, end), ", ".join(left))
    start, end = span.start, span.end
    while start and text[start - 1] in " \t":
        start -= 1
    if _stands_alone(span) and text[end : end + 1] in ("\r", "\n"):
        end = text.index("\n", end) + 1
    return Edit(Span(span.source, start, end), "")
