"""Arguments, values and steps: what is missing between or after them."""

import re

from archdsl.diagnostics import Diagnostic
from archdsl.syntax.errors import brackets, statements
from archdsl.syntax.errors.failure import Failure
from archdsl.syntax.lexer import NAME, NUMBER, STRING

_OPERATORS = ("+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=")
_WORD_OPERATORS = ("and", "or", "not", "in", "if", "else")
_SIMPLE = re.compile(r"[^()\[\]{}\n#\"]{1,40}(?=\))")


def mistake(failure: Failure) -> Diagnostic | None:
    return (
        _arrow(failure)
        or _path(failure)
        or _value_for_layer(failure)
        or _missing(failure)
        or _tuple(failure)
        or _comma(failure)
        or statements.misspelt(failure)
        or _parentheses(failure)
        or _name_behind(failure)
        or _missing_arrow(failure)
    )


def _arrow(failure: Failure) -> Diagnostic | None:
    """`->` with nothing on one of its sides."""
    if failure.previous[1] == "->":
        if failure.terminal == STRING or failure.word in ("prev", "input"):
            return failure.error(
                "E110",
                f"{failure.describe()} is a value, and a value can only start a chain",
                f"write a layer after `->`, or start a new line with {failure.describe()}",
            )
        if failure.accepts("repeat") and not failure.is_word:
            return failure.error(
                "E110",
                f"a layer is missing between `->` and {failure.describe()}",
                "write a layer, or remove the `->`",
                place=(failure.previous[2], failure.previous_end),
            )
        return None
    if failure.word in (".", "[") and [word for _, word, _ in failure.before[-2:-1]] == ["->"]:
        return failure.error(
            "E110",
            "a path is a value, and a value can only start a chain",
            f"write a layer after `->`, or start a new line with `{failure.previous[1]}`",
            place=(failure.previous[2], failure.end),
        )
    if failure.word != "->" or not failure.accepts("repeat"):
        return None
    return failure.error(
        "E110",
        "nothing stands before this `->`",
        "start the chain with a layer or a value; `prev ->` starts from the current value",
    )


def _path(failure: Failure) -> Diagnostic | None:
    """`units[0](64)` for a block in a list, or `output body.layer1`."""
    if failure.first == "output" and failure.word in (".", "["):
        return failure.error(
            "E101",
            "an output is a name, and this is a path",
            "name the value in a line above, as in `low = body.layer1`, and write `output low`",
        )
    if failure.word != "(" or failure.previous[1] != "]" or not failure.accepts("->"):
        return None
    return failure.error(
        "E139",
        "what an index gives is a value, and takes no arguments",
        "give it a name in a line above, as in `let unit = units[0]`, and write `unit(…)` here",
    )


def _value_for_layer(failure: Failure) -> Diagnostic | None:
    """`hidden = 4 * width` for `let hidden = …`, or `x = a + b` for `add [a, b]`."""
    chain = failure.accepts("->") and not failure.accepts("+")
    layer = failure.accepts("repeat") and not failure.accepts("let")
    if chain and failure.word in _OPERATORS:
        message = f"`{failure.word}` computes with values, and this is a chain of layers"
    elif layer and (
        failure.terminal == NUMBER
        or failure.word in ("true", "false", "none", "[", "(", "-", "not")
    ):
        message = f"{failure.describe()} starts a value where a layer should stand"
    else:
        return None
    merge = {"+": ", or `add [a, b]` for the sum of two results"}
    merge["*"] = ", or `mul [a, b]` for the product of two results"
    bound = len(failure.before) > 1 and failure.before[1][1] == "="
    name = f"let {failure.first} = …" if bound else "let name = …"
    return failure.error("E139", message, f"write `{name}`{merge.get(failure.word, '')}")


def _missing(failure: Failure) -> Diagnostic | None:
    if not failure.accepts_value and not failure.accepts("repeat"):
        return None
    previous = failure.previous[1]
    after = previous in (*_OPERATORS, *_WORD_OPERATORS, "=", ",", "(", "[", ":", "where", "expect")
    stops = failure.ends_line or failure.word in (*_OPERATORS, ")", "]", ",", "=", ":", "|")
    stops = stops or failure.is_reserved
    if not after or not stops:
        return None
    what = "a value" if failure.accepts_value else "a layer or a value"
    place = None
    if failure.starts_line(failure.start):
        place = (failure.previous[2], failure.previous_end)
    return failure.error(
        "E134",
        f"{what} is missing between `{previous}` and {failure.describe()}",
        f"write it after `{previous}`",
        place=place,
    )


def _tuple(failure: Failure) -> Diagnostic | None:
    """`(3, 3)` for `[3, 3]`."""
    if failure.word != "," or failure.opener != "(" or failure.accepts(","):
        return None
    opener = failure.openers[-1]
    inside = _SIMPLE.match(failure.text, opener + 1, failure.limit)
    return failure.error(
        "E140",
        "a list stands in brackets, and here it is in parentheses",
        f"write `[{inside[0]}]`" if inside else "write `[…]`",
        place=(opener, inside.end() + 1 if inside else opener + 1),
    )


def _starts_value(failure: Failure) -> bool:
    return (
        failure.terminal in (NUMBER, STRING)
        or failure.is_word
        or failure.word in ("{", "[", "not")
        or failure.word in ("true", "false", "none", "prev", "input", "concat", "add", "mul")
    )


def _comma(failure: Failure) -> Diagnostic | None:
    if not failure.accepts(",") or not _starts_value(failure):
        return None
    inside = failure.opener in ("(", "[")
    listing = failure.first in ("output", "from") or (
        failure.terminal == NAME and failure.next == "="
    )
    if not inside and not (listing and not failure.accepts("(")):
        return None
    end = failure.previous_end
    diagnostic = failure.error(
        "E102",
        f"a comma is missing before {failure.describe()}",
        f"write `{failure.previous[1]}, {failure.word}`"
        if failure.previous[1][-1] not in ")]}" and len(failure.previous[1] + failure.word) < 40
        else "write `,` between the two",
    )
    comma = failure.error("E102", "", None, place=(end, end), write=",")
    return diagnostic._replace(fix=comma.fix)


def _parentheses(failure: Failure) -> Diagnostic | None:
    """`conv 64` for `conv(64)`."""
    if not failure.accepts("(") or not failure.accepts("->") or failure.previous[0] != NAME:
        return None
    if not (_starts_value(failure) or failure.word == "-") or failure.word == "{":
        return None
    name = failure.previous[1]
    shown = failure.word
    if failure.next == "=":
        shown += "=…"
    elif failure.next == ",":
        shown += ", …"
    layers = shown == failure.word and brackets.opened_by(failure, "transfer") is None
    chain = f", or `{name} -> {failure.word}` for two layers" if layers else ""
    return failure.error(
        "E117",
        f"the arguments of `{name}` stand in parentheses",
        f"write `{name}({shown})`{chain if failure.is_word else ''}",
    )


def _name_behind(failure: Failure) -> Diagnostic | None:
    """`conv(64) as stem`."""
    if failure.word != "as" or not failure.accepts("->") or len(failure.before) < 1:
        return None
    name = failure.next if failure.after and failure.is_name(failure.after[0]) else "name"
    return failure.error(
        "E104",
        "the name of a layer stands before it, and `as` names imports only",
        f"write `{name} = …`",
    )


def _missing_arrow(failure: Failure) -> Diagnostic | None:
    """`conv(64) bn`."""
    if not failure.accepts("->") or failure.accepts("+") or not failure.is_word:
        return None
    end = failure.previous_end
    diagnostic = failure.error(
        "E138",
        f"`->` is missing before {failure.describe()}",
        f"write `-> {failure.word}`, or start a new line",
    )
    arrow = failure.error("E138", "", None, place=(end, end), write=" ->")
    return diagnostic._replace(fix=arrow.fix)
