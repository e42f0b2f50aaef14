"""Mistakes inside one token: strings, numbers, names, and characters of other languages."""

import re

from archdsl.diagnostics import Diagnostic
from archdsl.syntax.errors.failure import Failure
from archdsl.syntax.lexer import ERROR, LONG_STRING, MAX_NESTING, PYTHON_WORDS

_NUMBER_LIKE = re.compile(r"[0-9][0-9A-Za-z_]*(?:\.[0-9A-Za-z_]*)?")
_NAME_LIKE = re.compile(r"\w+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONSTANTS = {"True": "true", "False": "false", "None": "none"}
_QUOTES = "\u2018\u2019\u201c\u201d\u00ab\u00bb`"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212"
_ARROWS = "\u2192\u27f6\u2794\u21d2\u27a1"
_PYTHON = {
    "def": "functions are written `fn name(x: int) = value`, layers in a `block`",
    "class": "a reusable part is a `block`, a whole network a `network`",
    "return": "the last value of a body is its result; networks may name outputs with `output`",
    "pass": "a body may be empty: `{ }`",
    "elif": "write `else if`",
    "while": "use `repeat N { … }` or `for x in LIST { … }`",
    "lambda": "functions are written `fn name(x: int) = value`",
    "break": "filter the list of the `for`, or put the rest into an `if`",
    "continue": "filter the list of the `for`, or put the rest into an `if`",
}


def mistake(failure: Failure) -> Diagnostic | None:
    """A text that is no token at all."""
    if failure.terminal == LONG_STRING:
        return _documentation(failure)
    if failure.word == "." and failure.text[failure.end : failure.end + 1].isdigit():
        return failure.error(
            "E121", "a number starts with a digit", f"write `0.{failure.next}`", write="0."
        )
    if failure.terminal != ERROR:
        return None
    word = failure.word
    if word in "([{":
        return failure.error(
            "E405",
            f"brackets and braces nest more than {MAX_NESTING} levels deep here",
            "name inner parts with `let`, or move them into blocks of their own",
        )
    if word in PYTHON_WORDS:
        return _python_word(failure)
    if word == '"':
        return _string(failure)
    if word == "'" or word in _QUOTES:
        return _quotes(failure)
    if word.isdigit() and word.isascii():
        return _number(failure)
    return _operator(failure) or _name(failure) or _character(failure)


def _python_word(failure: Failure) -> Diagnostic:
    word = failure.word
    if word in _CONSTANTS:
        constant = _CONSTANTS[word]
        message = f"`{word}` is written `{constant}` here"
        return failure.error("E114", message, f"write `{constant}`", write=constant)
    return failure.error(
        "E104", f"`{word}` is Python; this language has no such word", _PYTHON[word]
    )


def _documentation(failure: Failure) -> Diagnostic:
    return failure.error(
        "E132",
        'a `"""` string is documentation, and stands first in the braces of a block or network',
        "write a comment with `#`, or move the text to the top of its body",
        place=(failure.start, failure.start + 3),
    )


def _string(failure: Failure) -> Diagnostic:
    text, start = failure.text, failure.start
    if text.startswith('"""', start):
        return failure.error(
            "E111",
            'this `"""` string is never closed',
            'close it with `"""`',
            place=(start, start + 3),
        )
    end = _line_end(failure, start)
    closing = text.find('"', start + 1, end)
    control = _CONTROL.search(text, start + 1, max(closing, start + 1))
    if control:
        tab = control[0] == "\t"
        return failure.error(
            "E133",
            f"a string cannot hold {'a tab' if tab else 'the control character'} as it is",
            "write `\\t` for a tab" if tab else "remove it",
            place=control.span(),
        )
    return failure.error(
        "E111",
        "this string is not closed on its line",
        'close it with `"`; a `"` inside a string is written `\\"`',
        place=(start, len(text[:end].rstrip())),
    )


def _line_end(failure: Failure, start: int) -> int:
    end = failure.text.find("\n", start, failure.limit)
    return failure.limit if end < 0 else end


def _quotes(failure: Failure) -> Diagnostic:
    start = failure.start
    quoted = re.compile(r"(['\u2018\u2019])([^'\u2018\u2019\"\\\r\n]*)['\u2019]").match(
        failure.text, start, failure.limit
    ) or re.compile(
        r"([\u201c\u201d\u00ab`])([^\u201c\u201d\u00ab\u00bb`\"\\\r\n]*)[\u201d\u00bb`]"
    ).match(failure.text, start, failure.limit)
    return failure.error(
        "E106",
        'strings stand in double quotes `"`',
        f'write `"{quoted[2]}"`' if quoted else 'write `"` on both sides',
        place=quoted.span() if quoted else None,
        write=f'"{quoted[2]}"' if quoted else None,
    )


def _number(failure: Failure) -> Diagnostic:
    found = _NUMBER_LIKE.match(failure.text, failure.start, failure.limit)
    assert found is not None
    text, place = found[0], found.span()
    if unit := re.fullmatch(r"[0-9_]+(?:\.[0-9_]+)?([A-Za-z])", text):
        return failure.error(
            "E121",
            f"`{unit[1]}` is no unit",
            "the units are `K` (thousand), `M` (million) and `G` (10^9)",
            place=place,
        )
    if re.fullmatch(r"0[xXbBoO][0-9A-Fa-f_]+", text):
        help = f"write `{int(text, 0)}`" if len(text) < 18 else "write it in decimal"
        return failure.error("E121", "numbers are decimal", help, place=place)
    if re.fullmatch(r"[0-9][0-9_.eE]*", text):
        return failure.error(
            "E121",
            f"`{text}` is no number",
            "write `2_040`, `0.5`, `1e-3` or `4.2G`: a digit on both sides of each `_` and `.`",
            place=place,
        )
    return _bad_name(failure, place)


def _operator(failure: Failure) -> Diagnostic | None:
    word, start = failure.word, failure.start
    if word in _ARROWS:
        return failure.error(
            "E109", f"steps are joined by `->`, not `{word}`", "write `->`", write="->"
        )
    python = {"&": "and", "!": "not", "^": "**", "~": "not"}.get(word)
    if python:
        end = start + 2 if failure.text.startswith("&&", start) else start + 1
        text = failure.text[start:end]
        return failure.error(
            "E115",
            f"`{text}` is no operator here",
            f"write `{python}`",
            place=(start, end),
            write=f"{python} " if python == "not" else python,
        )
    if word == "?":
        return failure.error(
            "E115", "`?` is no operator here", "a choice is written `a if condition else b`"
        )
    return None


def _name(failure: Failure) -> Diagnostic | None:
    if not (failure.word.isalnum() or failure.word == "_"):
        return None
    start = failure.start
    if failure.previous_end == start and failure.is_name(failure.previous):
        start = failure.previous[2]
    found = _NAME_LIKE.match(failure.text, start, failure.limit)
    return _bad_name(failure, found.span() if found else (start, failure.end))


def _bad_name(failure: Failure, place: tuple[int, int]) -> Diagnostic:
    name = failure.text[place[0] : place[1]]
    if name[0].isdigit() and name.isascii():
        message = f"a name cannot start with a digit: `{name}`"
    else:
        message = f"names consist of ASCII letters, digits and `_`: `{name}`"
    return failure.error(
        "E122",
        message,
        "choose another name; what is shown to readers belongs in a comment or documentation",
        place=place,
    )


def _character(failure: Failure) -> Diagnostic:
    word = failure.word
    if word in _DASHES:
        return failure.error(
            "E133", f"`{word}` is a dash, not a minus sign", "write `-`", write="-"
        )
    if word == "\\":
        return failure.error(
            "E133",
            "a backslash joins no lines here",
            "a statement goes on by itself inside ( ) and [ ], after an operator, `=` or `,`, "
            "and before `->`",
        )
    if word.isspace() or not word.isprintable():
        message = f"an invisible character (U+{ord(word):04X}) stands here"
        return failure.error("E133", message, "write a space, or remove it")
    return failure.error("E133", f"`{word}` has no meaning here", "remove it")
