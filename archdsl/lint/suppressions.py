"""Comments that silence findings.

`# archdsl: ignore[P108] why` on a line, or on lines of their own right above it, silences those
codes at findings that begin on it; `# archdsl: ignore-file[P108, D] why` anywhere silences them in
the file. A code may be a whole one, a prefix, or a rule's name. Errors cannot be silenced.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from archdsl.diagnostics import Diagnostic, Edit, Fix
from archdsl.lint.catalogue import RULES, Rule, names_rule
from archdsl.records import NamedTuple
from archdsl.source import Span

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
    diagnostics: Sequence[Diagnostic], comments: Iterable[Span]
) -> tuple[list[Diagnostic], set[tuple[Span, str]]]:
    """The diagnostics that none of these comments silences; and what did silence one: the places of
    comments, each with one of its codes.
    """
    by_line: dict[tuple[int, int | None], list[Suppression]] = {}
    for one in suppressions(comments):
        by_line.setdefault((id(one.span.source), one.line), []).append(one)
    # Of all findings of a rule on a line, the comments say the same.
    said: dict[tuple[int, int | None, str], list[tuple[Span, str]]] = {}

    def saying(source: int, line: int | None, code: str) -> list[tuple[Span, str]]:
        key = (source, line, code)
        if key not in said:
            said[key] = [
                (one.span, selector)
                for one in by_line.get((source, line), ())
                for selector in one.codes
                if names_rule(selector, code)
            ]
            used.update(said[key])
        return said[key]

    kept: list[Diagnostic] = []
    used: set[tuple[Span, str]] = set()
    for diagnostic in diagnostics:
        if not by_line or diagnostic.severity == "error":
            kept.append(diagnostic)
            continue
        source = id(diagnostic.span.source)
        silencing = [
            *saying(source, None, diagnostic.code),
            *saying(source, diagnostic.span.line, diagnostic.code),
        ]
        if not silencing:
            kept.append(diagnostic)
    return kept, used


def about_comments(
    comments: Iterable[Span], used: set[tuple[Span, str]], rules: Sequence[Rule], sound: bool
) -> Iterator[Diagnostic]:
    """What is to be said of a file's comments themselves.

    Args:
        used: what silenced something.
        rules: those that ran; a comment for another one may well have its use.
        sound: whether the file has no errors; what a network with one would have is not known.
    """
    known = list(suppressions(comments))
    ran = {rule.code for rule in rules}
    if "S403" in ran:
        yield from _without_reason(known)
    if "S404" in ran and sound:
        yield from _idle(known, used, ran)


def suppressions(comments: Iterable[Span]) -> Iterator[Suppression]:
    """The comments, of one or several files, that silence something."""
    every = list(comments)
    found = [(span, match) for span in every if (match := _COMMENT.match(span.text))]
    # Other comments may stand between it and what it speaks of.
    below: dict[tuple[int, int], int] = {}
    if found:
        alone = [(id(span.source), span.line) for span in every if _stands_alone(span)]
        for source, number in sorted(alone, reverse=True):
            below[source, number] = below.get((source, number + 1), number + 1)
    for span, match in found:
        kind, codes, reason = match.groups()
        line: int | None = None
        if kind == "ignore":
            line = below.get((id(span.source), span.line), span.line)
        listed = tuple(dict.fromkeys(code.strip() for code in codes.split(",") if code.strip()))
        yield Suppression(listed, line, reason.strip(), span)


def _stands_alone(span: Span) -> bool:
    """Whether nothing but the comment is on its line."""
    _, column = span.source.position(span.start)
    return not span.source.text[span.start - column + 1 : span.start].strip()


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
    known: Sequence[Suppression], used: set[tuple[Span, str]], ran: set[str]
) -> Iterator[Diagnostic]:
    """Comments of which some code silences nothing, though its rules ran."""
    for suppression in known:
        idle = [
            code
            for code in suppression.codes
            if (suppression.span, code) not in used and _judged(code, ran)
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
