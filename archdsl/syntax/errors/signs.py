"""Signs of other languages: comments, arrows, operators, colons, and `=` beside `==`."""

import re

from archdsl.diagnostics import Diagnostic
from archdsl.syntax.errors.failure import Failure
from archdsl.syntax.lexer import NUMBER, STRING

_RUN = re.compile(r"[-=~|>*/+%&]+")
_ARROWS = ("=>", "|>", "-->", "==>", "~>", ">>", "->>", ">", "|", "--->", "--", "=>>")
_HEADS = ("if", "else", "for", "repeat", "residual", "block", "network", "transfer")


def mistake(failure: Failure) -> Diagnostic | None:
    return (
        _arrow(failure)
        or _comment(failure)
        or _operator(failure)
        or _colon(failure)
        or _equals(failure)
    )


def _run(failure: Failure) -> tuple[str, int]:
    """The signs around what was found, without a blank between them, and where they start."""
    start = failure.start
    while start > 0 and _RUN.fullmatch(failure.text[start - 1]):
        start -= 1
    found = _RUN.match(failure.text, start, failure.limit)
    return (found[0], start) if found else ("", failure.start)


def _arrow(failure: Failure) -> Diagnostic | None:
    run, start = _run(failure)
    if run not in _ARROWS:
        return None
    if run in (">", "--") and not failure.accepts("->"):
        return None
    if run == "|" and (failure.next == "|" or not failure.accepts("->")):
        return None
    return failure.error(
        "E109",
        f"layers are joined by `->`, not `{run}`",
        "write `->`",
        place=(start, start + len(run)),
        write="->",
    )


def _comment(failure: Failure) -> Diagnostic | None:
    run, start = _run(failure)
    if run.startswith(("//", "/*")):
        return _foreign_comment(failure, start, run[:2])
    if not failure.is_word and failure.terminal not in (NUMBER, STRING):
        return None
    # `let x = 3 // the width`: the first word was taken for a divisor.
    line = failure.line(failure.start)
    for _, word, offset in failure.before:
        if word == "//" and failure.line(offset) == line:
            return _foreign_comment(failure, offset, word)
    return None


def _foreign_comment(failure: Failure, start: int, sign: str) -> Diagnostic:
    return failure.error(
        "E105",
        f"comments start with `#`, not `{sign}`",
        "write `#`; it holds to the end of the line",
        place=(start, start + 2),
        write="#" if sign == "//" else None,
    )


def _operator(failure: Failure) -> Diagnostic | None:
    run, start = _run(failure)
    if run == "||":
        return failure.error(
            "E115",
            "`||` is no operator here",
            "write `or`",
            place=(start, start + 2),
            write="or",
        )
    if re.fullmatch(r"(?:[-+*/%]|//|\*\*)=|\+\+", run):
        return failure.error(
            "E115",
            f"`{run}` is no operator here: a name is bound once",
            "give the new value a name of its own",
            place=(start, start + len(run)),
        )
    return None


def _colon(failure: Failure) -> Diagnostic | None:
    if failure.word != ":":
        return None
    if failure.accepts("{") and failure.first in _HEADS and failure.next in ("\n", "", ";", "{"):
        return failure.error(
            "E116",
            "no `:` stands here; bodies stand in braces",
            "write `{` here and `}` after the last statement of the body",
        )
    if not failure.accepts("="):
        return None
    name = failure.previous[1]
    if failure.opener in ("(", "["):
        help = f"write `{name}={failure.next}`" if failure.next else f"write `{name}=…`"
        return failure.error("E103", "an argument is given with `=`, not `:`", help, write="=")
    if failure.first == "let":
        help = f"write `let {name} = …`; only parameters state a type"
    else:
        help = f"write `{name} = …`"
    return failure.error("E103", f"`{name}` is bound with `=`, not `:`", help)


def _equals(failure: Failure) -> Diagnostic | None:
    if failure.word == "==" and failure.accepts("="):
        return failure.error(
            "E125", "`==` compares; a name is bound with `=`", "write `=`", write="="
        )
    if failure.word != "=":
        return None
    if failure.accepts("=="):
        return failure.error(
            "E124",
            "`=` binds a name; values are compared with `==`",
            "write `==`",
            write="==",
        )
    if any(word == "." for _, word, _ in failure.before) and failure.first not in ("let", "block"):
        return failure.error(
            "E122",
            "only a plain name can be bound, not a path",
            "name the layer where it is made",
            place=(failure.before[0][2], failure.previous_end),
        )
    return None
