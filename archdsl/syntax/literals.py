"""What numbers and strings mean: units, escapes, and the expressions in braces."""

import re

from archdsl.source import Span
from archdsl.syntax.ast import Expr, String
from archdsl.syntax.driver import Context

MAX_INTEGER = 2**63 - 1
_UNITS = {"K": 3, "M": 6, "G": 9}
_ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SPECIAL = re.compile(r"\\(.)|\{\{|\}\}|\{([^{}]*)\}|([{}])", re.DOTALL)


def number(text: str, span: Span, context: Context) -> int | float:
    """The value of a number, its unit applied: whole numbers with a unit are exact integers."""
    if len(text) < 19 and text.isdigit():
        return int(text)
    digits = text.replace("_", "")
    value: int | float
    if digits[-1] in _UNITS:
        value = _scaled(digits[:-1], _UNITS[digits[-1]])
    elif digits.isdigit():
        value = _integer(digits)
    else:
        value = float(digits)
    if value > MAX_INTEGER and (isinstance(value, int) or value == float("inf")):
        context.report(
            "E409",
            "this number is too large",
            span,
            help=f"the largest integer is {MAX_INTEGER:_}"
            if isinstance(value, int)
            else "the largest number is about 1.8e308",
        )
        return 0
    return value


def _integer(digits: str) -> int:
    """The integer; one that is too large anyway where Python itself would refuse so many digits."""
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) < 20 else MAX_INTEGER + 1


def _scaled(digits: str, exponent: int) -> int | float:
    whole, _, fraction = digits.partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) <= exponent:
        return _integer(whole + fraction.ljust(exponent, "0"))
    return float(f"{digits}e{exponent}")


def documentation(text: str, span: Span, context: Context) -> str:
    """The text of a documentation string, without the indentation of its lines; braces are braces
    there.
    """
    inner = text[3:-3] if text.startswith('"""') else text[1:-1]
    offset = span.start + (len(text) - len(inner)) // 2
    if "\\" in inner:
        for match in _ESCAPE.finditer(inner):
            _escape(match, offset, context)
    lines = documentation_lines(inner)
    return _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], ""), "\n".join(lines))


def documentation_lines(inner: str) -> list[str]:
    """What stands between the quotes of a documentation string, as lines, escapes as they are.

    The lines after the first may all be indented, as those of a Python docstring: what is common to
    them goes, like blanks at the ends of lines and empty lines at both ends. There is at least one.
    """
    first, *rest = [line.rstrip(" \t\r") for line in inner.split("\n")]
    rest = [
        f"{line[: -len(text)].expandtabs()}{text}" if (text := line.lstrip(" \t")) else ""
        for line in rest
    ]
    common = min((len(line) - len(line.lstrip(" ")) for line in rest if line), default=0)
    lines = [first.lstrip(" \t"), *(line[common:] for line in rest)]
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    while len(lines) > 1 and not lines[0]:
        del lines[0]
    return lines


def parts(text: str, span: Span, context: Context) -> tuple[str | Expr, ...]:
    """The literal and the computed parts of a string, in order.

    Neighbouring literal text is joined, and no part is empty.
    """
    if "\\" not in text and "{" not in text and "}" not in text:
        return (text[1:-1],) if len(text) > 2 else ()
    found: list[str | Expr] = []
    literal = ""
    position = 1
    for match in _SPECIAL.finditer(text, 1, len(text) - 1):
        literal += text[position : match.start()]
        position = match.end()
        if match[1] is not None:
            literal += _escape(match, span.start, context)
        elif match[2] is not None:
            if literal:
                found.append(literal)
            literal = ""
            expression = _computed(match, span, context)
            if expression is not None:
                found.append(expression)
        elif match[3] is not None:
            _unpaired(match, span, context)
        else:
            literal += match[0][0]
    literal += text[position:-1]
    if literal:
        found.append(literal)
    return tuple(found)


def _escape(match: re.Match[str], offset: int, context: Context) -> str:
    known = _ESCAPES.get(match[1])
    if known is None:
        context.report(
            "E112",
            f"`\\{match[1]}` is no escape",
            Span(context.source, offset + match.start(), offset + match.end()),
            help='the escapes are `\\"`, `\\\\`, `\\n` and `\\t`; a backslash itself is `\\\\`',
        )
    return known or ""


def _computed(match: re.Match[str], span: Span, context: Context) -> Expr | None:
    start, end = span.start + match.start(2), span.start + match.end(2)
    if match[2].strip(" \t"):
        return context.expression(start, end)
    context.report(
        "E113",
        "nothing stands between these braces",
        Span(context.source, start - 1, end + 1),
        help='write an expression, as in `"layer{i + 1}"`; braces themselves are `{{` and `}}`',
    )
    return None


def _unpaired(match: re.Match[str], span: Span, context: Context) -> None:
    other = "}" if match[3] == "{" else "{"
    context.report(
        "E113",
        f"this `{match[3]}` has no `{other}` in the same string",
        Span(context.source, span.start + match.start(3), span.start + match.end(3)),
        help=f"`{{…}}` holds an expression; for the character itself write `{match[3] * 2}`",
    )


def require_literal(string: String, context: Context) -> None:
    """Reports a string with computed parts where only plain text can stand."""
    if any(not isinstance(part, str) for part in string.parts):
        context.report(
            "E113",
            "the file of an import cannot be computed",
            string.span,
            help='write the path as plain text, as in `from "blocks.arch" import Bottleneck`',
        )
