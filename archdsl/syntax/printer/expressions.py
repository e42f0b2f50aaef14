"""Expressions to pieces.

Parentheses that the grammar needs are written, and those that an author put around an operand of an
operator, to be clear, are kept; all others go.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from archdsl.annotations import TYPE_CHECKING, Any, Protocol
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.syntax.ast import Expr
from archdsl.syntax.printer.pieces import COMMA, END, GROUP, Piece, Pieces, flat_text, joined, line

# How tightly each kind binds, as the grammar has it.
_CONDITIONAL, _OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _SIGNED, _POWER, _POSTFIX = range(10)
_BINARY = {"or": _OR, "and": _AND, "+": _SUM, "-": _SUM, "**": _POWER}
_ESCAPES = str.maketrans({'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "{": "{{", "}": "}}"})


def expression(expr: Expr, steps: int = 1) -> Piece:
    """An expression.

    Args:
        steps: how much further to the right it goes on where it is broken at an operator.
    """
    atom = _ATOMS.get(type(expr))
    return (expr.span.start, atom(expr)) if atom else _compound(expr, steps)


def _compound(expr: Expr, steps: int) -> Pieces:
    match expr:
        case ast.Conditional():
            yield _conditional(expr, steps)
        case ast.Comparison():
            yield _comparison(expr, steps)
        case ast.Binary():
            yield _power(expr) if expr.op == "**" else _operation(expr, steps)
        case ast.Unary():
            yield expr.span.start
            yield "not " if expr.op == "not" else expr.op
            yield _operand(expr.operand, _binds(expr), expr.span.start, keeps=True)
        case ast.Attribute():
            yield _operand(expr.value, _POSTFIX, expr.span.start)
            yield f".{expr.name.id}"
        case ast.Index():
            yield _operand(expr.value, _POSTFIX, expr.span.start)
            yield _brackets("[", expression(expr.index), "]", expr.span.end - 1)
        case ast.Slice():
            yield _operand(expr.value, _POSTFIX, expr.span.start)
            yield _brackets("[", _bounds(expr), "]", expr.span.end - 1)
        case ast.Apply():
            yield _operand(expr.callee, _POSTFIX, expr.span.start)
            yield arguments(expr.args, expr.span.end)
        case ast.List():
            yield expr.span.start
            yield listed("[", expr.items, expression, "]", expr.span.end)
        case ast.Comprehension():
            yield expr.span.start
            yield _brackets("[", _comprehension(expr), "]", expr.span.end - 1)


def _number(expr: ast.Number) -> str:
    """As its author wrote it; one that was never written has its value alone."""
    source, start, end = expr.span
    return source.text[start:end].replace("E", "e") or repr(expr.value)


def string(expr: ast.String) -> str:
    """A string; what it computes stands on the same line."""
    parts = (
        part.translate(_ESCAPES) if isinstance(part, str) else f"{{{flat_text(expression(part))}}}"
        for part in expr.parts
    )
    return f'"{"".join(parts)}"'


_CONSTANTS = {None: "none", True: "true", False: "false"}
_ATOMS: dict[type, Callable[[Any], str]] = {
    ast.Name: lambda name: name.id,
    ast.Number: _number,
    ast.Constant: lambda constant: _CONSTANTS[constant.value],
    ast.String: string,
    ast.Prev: lambda _: "prev",
    ast.Input: lambda _: "input",
}
"""The text of each kind that is one piece."""


def _binds(expr: Expr) -> int:
    match expr:
        case ast.Number():
            return _POSTFIX if expr.value >= 0 else _SIGNED
        case ast.Binary():
            return _BINARY.get(expr.op, _PRODUCT)
        case ast.Conditional():
            return _CONDITIONAL
        case ast.Unary():
            return _NOT if expr.op == "not" else _SIGNED
        case ast.Comparison():
            return _COMPARISON
        case _:
            return _POSTFIX


# --- operators ------------------------------------------------------------------------------------


def _operand(expr: Expr, needed: int, after: int, steps: int = 1, *, keeps: bool = False) -> Piece:
    """An operand.

    Args:
        needed: how tightly it must bind to need no parentheses.
        after: where what comes before it in the source ends.
        steps: as for `expression`; one more than the operation's own where no line of that has
            ended yet.
        keeps: whether it keeps parentheses that it does not need.
    """
    binds = _binds(expr)
    if binds == _POSTFIX:
        return expression(expr, steps)
    if binds >= needed and (not keeps or isinstance(expr, ast.Number)):
        return expression(expr, steps)
    opening = _parenthesis(expr, after)
    if binds >= needed and opening is None:
        return expression(expr, steps)
    return _parenthesised(expr, opening)


def _parenthesised(expr: Expr, opening: int | None) -> Pieces:
    if opening is not None:
        yield opening
    yield from (GROUP, "(", line("", opening=True), expression(expr))
    yield line("", 0, closing=True)
    yield from (bracket_end((expr,), expr) - 1, ")", END)


def _parenthesis(expr: Expr, after: int) -> int | None:
    """Where the first parenthesis around an operand stands in the source; None if there is none."""
    source, start, _ = expr.span
    return _place_of("(", source.text, after, start) if after < start else None


def _place_of(sign: str, text: str, start: int, end: int) -> int | None:
    """Where a sign stands in that part of the source, outside comments."""
    if text.find(sign, start, end) < 0:
        return None
    blank = _COMMENT.sub(lambda comment: " " * len(comment[0]), text[start:end])
    found = blank.find(sign)
    return start + found if found >= 0 else None


def _operation(expr: ast.Binary, steps: int) -> Pieces:
    """`a + b - c`: operators that bind alike, however many, are one group."""
    own = _binds(expr)
    first: Expr = expr
    after = expr.span.start
    operations: list[ast.Binary] = []  # the last one first
    while isinstance(first, ast.Binary) and _BINARY.get(first.op, _PRODUCT) == own:
        operations.append(first)
        after, first = first.span.start, first.left
        if _parenthesis(first, after) is not None:
            break
    yield GROUP
    end = line(" ", steps)
    operand = _operand(first, own, after, steps + 1, keeps=True)
    for operation in reversed(operations):
        yield joined(operand, f" {operation.op}", end)
        operand = _operand(operation.right, own + 1, operation.left.span.end, keeps=True)
    yield operand
    yield END


def _power(expr: ast.Binary) -> Pieces:
    # `**` groups to the right, and its exponent may have a sign.
    yield _operand(expr.left, _POSTFIX, expr.span.start, keeps=True)
    yield " ** "
    yield _operand(expr.right, _SIGNED, expr.left.span.end, keeps=True)


def _comparison(expr: ast.Comparison, steps: int) -> Pieces:
    yield GROUP
    end = line(" ", steps)
    operand = _operand(expr.first, _SUM, expr.span.start, steps + 1)
    after = expr.first.span.end
    for op, following in expr.rest:
        yield joined(operand, f" {op}", end)
        operand = _operand(following, _SUM, after)
        after = following.span.end
    yield operand
    yield END


def _conditional(expr: Expr, steps: int) -> Pieces:
    """`a if b else c if d else e` is one group, since the last part may be a choice again."""
    yield GROUP
    inner = steps + 1
    while isinstance(expr, ast.Conditional):
        yield _operand(expr.then, _OR, expr.span.start, inner)
        yield " if "
        yield _operand(expr.condition, _OR, expr.then.span.end, inner)
        yield from (line(" ", steps), "else ")
        expr, inner = expr.otherwise, 1
    yield from (expression(expr), END)


# --- brackets -------------------------------------------------------------------------------------


class _Node(Protocol):
    @property
    def span(self) -> Span: ...


if TYPE_CHECKING:
    from typing import TypeVar

    Node = TypeVar("Node", bound=_Node)

_COMMENT = re.compile(r"#[^\n]*")
_TO_BRACKET = re.compile(r"(?:[\s,(]|#[^\n]*)*+")


def listed(
    opening: str,
    nodes: "Sequence[Node]",
    element: "Callable[[Node], Piece]",
    closing: str,
    end: int,
) -> Pieces:
    """Elements in brackets; one a line, with a comma behind the last, where they are broken.

    That comma in the source keeps them so, even where they would fit on one line.

    Args:
        end: where the closing bracket ends in the source.
    """
    yield from (GROUP, opening)
    if nodes:
        last = nodes[-1].span
        between = _COMMENT.sub("", last.source.text[last.end : end - 1])
        yield line("", opening=True, apart=True, hard="," in between)
        between_elements = line(apart=True)
        for node in nodes[:-1]:
            yield joined(element(node), ",", between_elements)
        yield element(nodes[-1])
        yield COMMA
    yield line("", 0, closing=True, apart=True, comments_only=not nodes)
    yield from (end - 1, closing, END)


def bracket_end(nodes: Sequence[_Node], node: _Node, offset: int = 0) -> int:
    """Where the bracket ends that closes a list, where no span says it.

    Args:
        node: what the list belongs to.
        offset: where the list may start in it, for an empty one.
    """
    start = nodes[-1].span.end if nodes else node.span.start + offset
    found = _TO_BRACKET.match(node.span.source.text, start)
    return found.end() + 1 if found else start


def arguments(args: Sequence[ast.Argument], end: int) -> Pieces:
    """`(64, stride=2)`; `end` is where it ends in the source."""
    yield listed("(", args, _argument, ")", end)


def separated(nodes: Iterable[Piece]) -> Pieces:
    """Elements with commas between them, without brackets."""
    yield GROUP
    for number, node in enumerate(nodes):
        if number:
            yield from (",", line())
        yield node
    yield END


def _argument(argument: ast.Argument) -> Pieces:
    if argument.name is not None:
        yield argument.span.start
        yield f"{argument.name.id}="
    yield expression(argument.value)


def _brackets(opening: str, inner: Piece, closing: str, end: int) -> Pieces:
    yield from (GROUP, opening, line("", opening=True), inner)
    yield from (line("", 0, closing=True), end, closing, END)


def _bounds(expr: ast.Slice) -> Pieces:
    before = expr.value
    if expr.start is not None:
        before = expr.start
        yield expression(expr.start)
    colon = _place_of(":", expr.span.source.text, before.span.end, expr.span.end)
    if colon is not None:
        yield colon
    yield ":"
    if expr.stop is not None:
        yield expression(expr.stop)


def _comprehension(expr: ast.Comprehension) -> Pieces:
    targets = ", ".join(target.id for target in expr.targets)
    yield from (expression(expr.element), line(), f"for {targets} in ")
    yield _operand(expr.iterable, _OR, expr.targets[-1].span.end)
    if expr.condition is not None:
        yield from (line(), "if ", _operand(expr.condition, _OR, expr.iterable.span.end))
