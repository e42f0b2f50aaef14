"""Going on after a syntax error, so that one run reports them all.

What follows an error is skipped up to the next statement, or the next definition. When it is
unclear where that is, nothing more is reported: an error that is only an echo of another one is
worse than one that shows up in the next run.
"""

import re

from archdsl.diagnostics import Diagnostic
from archdsl.syntax.driver import Context, Stack
from archdsl.syntax.errors import diagnose
from archdsl.syntax.errors.failure import Failure, Place, closing
from archdsl.syntax.lexer import END, EOF, Token, tokens
from archdsl.syntax.tables import KEYWORDS, RESERVED

MAX_ERRORS = 20
"""Nobody mends more in one go."""

MAX_SKIPPED = 1_000_000
"""Characters that are read as tokens to find where the next definition starts."""

_DEFINITIONS = frozenset(
    [KEYWORDS[word] for word in ("from", "fn", "block", "extern", "network", "transfer")]
    + [RESERVED[word] for word in ("let", "default")]
)
_DEFINITION_LINE = re.compile(r"\n(?=(?:block|network|fn|extern|transfer)[ \t]+\w)")
_GOES_ON = re.compile(r"\s*(?:->|(?:else|elif|shortcut)\b)")

# After these, the rest of the line is no code.
_REST_OF_LINE = ("E105", "E111")


def report_all(context: Context, stack: Stack, found: Token, openers: list[int]) -> None:
    """Reports the error at this token, and the ones after it."""
    text = context.source.text
    error: Token | None = found
    while error is not None and len(context.problems) < MAX_ERRORS:
        failure = Failure(context.source, len(text), stack, error, openers)
        problem = diagnose(failure)
        context.problems.append(problem)
        place, offset = _next(failure, stack, problem)
        if offset is None:
            return
        begin = error[2] if place.start is None else place.start
        openers[:] = [opener for opener in openers if opener < begin]
        _drop(stack, place, begin)
        error = context.driver.run(stack, tokens(text, offset, len(text), openers, []), context)


def _drop(stack: Stack, place: Place, begin: int) -> None:
    """Puts a finished statement without a value in the place of the broken one."""
    del stack.states[place.depth + 1 :], stack.values[place.depth :], stack.starts[place.depth :]
    stack.states.append(place.state)
    stack.values.append(None)
    stack.starts.append(begin)


def _next(failure: Failure, stack: Stack, problem: Diagnostic) -> tuple[Place, int | None]:
    """The statement that is given up, and where to go on; None to stop."""
    place = failure.place
    if problem.code == "E405" or failure.terminal == EOF:
        return place, None
    if problem.code == "E107" and failure.word in ("else", "shortcut"):
        return Place(stack, in_file=True), _next_definition(failure)
    if place.in_file:
        return place, _next_definition(failure)
    if problem.code == "E107" and failure.before:
        start = failure.before[0][2]
        if failure.text[start - 1 : start] == "\n" and problem.span.start == start:
            return Place(stack, in_file=True), start - 1
    return place, _next_statement(failure, problem)


def _next_definition(failure: Failure) -> int | None:
    """Where the next definition starts, at the newline before it."""
    end = -1
    column = _column(failure.text, failure.start if not failure.before else failure.before[0][2])
    openers = failure.openers[:]
    begin = failure.end if failure.word in (")", "]", "}") else failure.start
    limit = min(failure.limit, begin + MAX_SKIPPED)
    for terminal, word, start in tokens(failure.text, begin, limit, openers, []):
        if word in (")", "]", "}") and not _closes(failure.text, openers, word):
            break
        if terminal in _DEFINITIONS and end >= 0 and _column(failure.text, start) <= column:
            return end
        end = start if terminal == END and not openers else -1
    line = _DEFINITION_LINE.search(failure.text, failure.start)
    return line.start() if line else None


def _closes(text: str, openers: list[int], word: str) -> bool:
    return bool(openers) and closing(text[openers[-1]]) == word


def _next_statement(failure: Failure, problem: Diagnostic) -> int | None:
    begin = failure.start if failure.place.start is None else failure.place.start
    outer = sum(opener < begin for opener in failure.openers)
    without_body = failure.terminal == END and problem.code in ("E127", "E128")
    if problem.code == "E116" or without_body:
        return _after_indented(failure, begin)
    openers = failure.openers[:]
    start = failure.start
    if problem.code == "E130":
        start = problem.span.start
    elif problem.code == "E108":
        start = failure.end
    elif failure.lacks_brace and problem.code != "E107":
        openers.append(openers[-1])  # as if the missing brace were there
    elif problem.code == "E107" and failure.word not in (")", "]", "}"):
        openers.pop()  # as if the missing bracket were there
    if problem.code in _REST_OF_LINE or (problem.code == "E107" and len(openers) == outer):
        return _next_line(failure, problem)
    return _end_of_statement(failure, start, outer, openers)


def _end_of_statement(failure: Failure, start: int, outer: int, openers: list[int]) -> int | None:
    """The end of the statement; None where a definition starts before its brackets are closed."""
    text = failure.text
    for terminal, word, offset in tokens(text, start, failure.limit, openers, []):
        if len(openers) == outer and (terminal == END or word == "}"):
            return offset
        if word in (")", "]", "}"):
            matching = [
                level for level, opener in enumerate(openers) if closing(text[opener]) == word
            ]
            if matching and matching[-1] >= outer:
                del openers[matching[-1] + 1 :]  # the ones inside were not closed
            elif word == "}" and matching:
                return offset
            elif openers:
                openers.append(openers[-1])  # one too many, which the lexer takes off again
        if terminal in _DEFINITIONS and terminal in KEYWORDS.values() and text[offset - 1] == "\n":
            return None
    return None


def _next_line(failure: Failure, problem: Diagnostic) -> int | None:
    """The end of this line, or of one further down if braces open on it or the next goes on."""
    text = failure.text
    if failure.starts_line(failure.start) and failure.before and failure.word != "->":
        return failure.previous_end
    offset = failure.start
    depth = 0
    while True:
        end = text.find("\n", offset, failure.limit)
        if end < 0:
            return None
        if offset != failure.start or problem.code not in _REST_OF_LINE:
            for _, word, start in tokens(text, offset, end, [], []):
                depth += (word == "{") - (word == "}")
                if depth < 0:
                    return start
        if depth == 0 and not _GOES_ON.match(text, end + 1):
            return end
        offset = end + 1


def _after_indented(failure: Failure, begin: int) -> int | None:
    """The end of the lines further right than the one that `begin` is on: a body without braces."""
    text = failure.text
    column = _column(text, begin)
    end = text.find("\n", failure.start, failure.limit)
    while end >= 0:
        following = re.compile(r"[ \t\r\n]*").match(text, end)
        assert following is not None
        first = following.end()
        if first >= failure.limit:
            return None
        indent = _column(text, first)
        if indent < column:
            return end
        if indent == column and not _GOES_ON.match(text, first):
            return first + 1 if text[first] in ")]}" else end
        end = text.find("\n", first, failure.limit)
    return None


def _column(text: str, offset: int) -> int:
    line = text[text.rfind("\n", 0, offset) + 1 : offset + 1]
    return len(line) - len(line.lstrip(" \t"))
