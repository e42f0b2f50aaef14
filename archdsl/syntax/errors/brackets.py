"""Brackets and braces that do not match."""

import re

from archdsl.diagnostics import Diagnostic
from archdsl.syntax.errors.failure import Failure, closing
from archdsl.syntax.lexer import END, EOF, STRING, tokens

_DEFINITIONS = ("block", "network", "fn", "extern", "transfer", "from")


def mistake(failure: Failure) -> Diagnostic | None:
    if failure.word in (")", "]", "}"):
        return _closing(failure)
    if not failure.openers:
        return None
    if failure.terminal == EOF:
        return _at_end(failure)
    return _line(failure)


def _closing(failure: Failure) -> Diagnostic | None:
    word = failure.word
    if not failure.openers:
        return failure.error(
            "E108", f"this `{word}` closes nothing", "remove it, or look for one too many above"
        )
    if closing(failure.opener) == word:
        return None
    innermost = failure.openers[-1]
    if any(closing(failure.text[opener]) == word for opener in failure.openers):
        missing = closing(failure.opener)
        return failure.error(
            "E107",
            f"`{word}` comes before `{missing}`",
            f"write `{missing}` first",
            related=failure.opened_here(innermost),
        )
    return failure.error(
        "E108",
        f"`{word}` does not close `{failure.opener}`",
        f"write `{closing(failure.opener)}`",
        related=failure.opened_here(innermost),
        write=closing(failure.opener),
    )


def _at_end(failure: Failure) -> Diagnostic | None:
    """The text ends inside brackets."""
    opener = _unclosed(failure)
    missing = closing(failure.text[opener])
    last = len(failure.text[: failure.limit].rstrip())
    return failure.error(
        "E107",
        f"the file ends before `{failure.text[opener]}` is closed",
        f"add `{missing}`",
        place=(last - 1, last),
        related=failure.opened_here(opener),
    )


def definition(failure: Failure) -> Diagnostic | None:
    """`block B` in a body: at the start of a line, the braces before it were not closed."""
    if not failure.before or failure.opener != "{":
        return None
    (_, word, start), second = [*failure.before, (failure.terminal, failure.word, 0)][:2]
    if word not in _DEFINITIONS or not failure.starts_line(start):
        return None
    if not (failure.is_name(second) or second[0] == STRING):
        return None
    if start > 0 and failure.text[start - 1] != "\n":
        return failure.error(
            "E137",
            f"a `{word}` cannot stand inside another definition",
            "move it to the level of the file; it may be used before it is defined",
            place=(start, start + len(word)),
        )
    opener = _unclosed(failure)
    return failure.error(
        "E107",
        f"`{word}` starts a definition before the braces above are closed",
        "add `}` before it",
        place=(start, start + len(word)),
        related=failure.opened_here(opener),
    )


def _line(failure: Failure) -> Diagnostic | None:
    """A new line inside parentheses: was the line before it to be complete?"""
    if failure.opener == "{" or failure.terminal == END:
        return None
    opener = failure.openers[-1]
    line = failure.line(failure.previous[2])
    if failure.word != "->":
        if failure.line(failure.start) == line:
            return None
        opened_there = failure.line(opener) == line and failure.previous[2] != opener
        if not (opened_there or failure.is_reserved) or not failure.accepts(
            closing(failure.opener)
        ):
            return None
    elif failure.opener != "(":
        return None
    elif _closes_in_line(failure):
        return failure.error(
            "E110",
            "an argument is a value, and `->` makes a chain of layers",
            "name the result in a line above, as in `skip = x -> conv(8)`, and write `skip` here",
        )
    end = failure.previous_end
    missing = closing(failure.opener)
    return failure.error(
        "E107",
        f"`{missing}` is missing after this",
        f"write `{missing}` at its end",
        place=(failure.previous[2], end),
        related=failure.opened_here(opener),
    )


def _closes_in_line(failure: Failure) -> bool:
    """Whether the innermost bracket is closed further on in this line."""
    stop = failure.text.find("\n", failure.end, failure.limit)
    openers = [failure.openers[-1]]
    for _, word, start in tokens(
        failure.text, failure.end, failure.limit if stop < 0 else stop, [], []
    ):
        if word in ("(", "[", "{"):
            openers.append(start)
        elif word in (")", "]", "}"):
            if closing(failure.text[openers.pop()]) != word:
                return False
            if not openers:
                return True
    return False


def _unclosed(failure: Failure) -> int:
    """The opener that most likely lacks its closing one.

    Indentation tells: a `}` that starts a line further left than the line of the brace it closes
    was meant for an outer one. Without such a sign it is the innermost that is open.
    """
    openers: list[int] = []
    for _, word, start in tokens(failure.text, 0, failure.start, openers, []):
        if (
            word == "}"
            and openers
            and failure.text[openers[-1]] == "{"
            and failure.starts_line(start)
            and _indent(failure.text, start) < _indent(failure.text, openers[-1])
        ):
            return openers[-1]
    return failure.openers[-1]


def opened_by(failure: Failure, word: str) -> int | None:
    """The innermost open brace, if its line starts it with this word."""
    if failure.opener != "{":
        return None
    opener = failure.openers[-1]
    line = failure.text[failure.text.rfind("\n", 0, opener) + 1 : opener]
    return opener if re.search(rf"\b{word}\b", line) else None


def _indent(text: str, offset: int) -> int:
    start = text.rfind("\n", 0, offset) + 1
    line = text[start : offset + 1]
    return len(line) - len(line.lstrip(" \t"))
