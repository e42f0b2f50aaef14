"""Expressions back to text, for messages."""

from collections.abc import Iterator
from typing import TypeAlias

from archdsl.syntax import ast
from archdsl.syntax.ast import Expr

# How tightly each kind binds, as the grammar has it.
_CONDITIONAL, _OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _SIGNED, _POWER, _POSTFIX = range(10)
_BINARY = {"or": _OR, "and": _AND, "+": _SUM, "-": _SUM, "**": _POWER}

Piece: TypeAlias = str | tuple[Expr, int]
"""Text, or an expression and how tightly it has to bind to need no parentheses."""


def unparse(expr: Expr) -> str:
    """The one-line text of an expression, with the parentheses that it needs and no others.

    It works on a stack of its own, since sums of thousands of terms are legal.
    """
    written: list[str] = []
    stack: list[Piece] = [(expr, _CONDITIONAL)]
    while stack:
        piece = stack.pop()
        if isinstance(piece, str):
            written.append(piece)
            continue
        inner, needed = piece
        pieces = list(_pieces(inner))
        if _binds(inner) < needed:
            pieces = ["(", *pieces, ")"]
        stack += reversed(pieces)
    return "".join(written)


def _binds(expr: Expr) -> int:
    match expr:
        case ast.Conditional():
            return _CONDITIONAL
        case ast.Binary():
            return _BINARY.get(expr.op, _PRODUCT)
        case ast.Unary():
            return _NOT if expr.op == "not" else _SIGNED
        case ast.Comparison():
            return _COMPARISON
        case ast.Number():
            return _POSTFIX if expr.value >= 0 else _SIGNED
        case _:
            return _POSTFIX


def _pieces(expr: Expr) -> Iterator[Piece]:
    match expr:
        case ast.Name():
            yield expr.id
        case ast.Number():
            yield repr(expr.value)
        case ast.Constant():
            yield "none" if expr.value is None else str(expr.value).lower()
        case ast.Prev():
            yield "prev"
        case ast.Input():
            yield "input"
        case ast.String():
            yield from _string(expr)
        case ast.List():
            yield "["
            yield from _separated((item, _CONDITIONAL) for item in expr.items)
            yield "]"
        case ast.Comprehension():
            yield from _comprehension(expr)
        case ast.Attribute():
            yield expr.value, _POSTFIX
            yield f".{expr.name.id}"
        case ast.Index():
            yield from ((expr.value, _POSTFIX), "[", (expr.index, _CONDITIONAL), "]")
        case ast.Slice():
            yield from ((expr.value, _POSTFIX), "[")
            if expr.start is not None:
                yield expr.start, _CONDITIONAL
            yield ":"
            if expr.stop is not None:
                yield expr.stop, _CONDITIONAL
            yield "]"
        case ast.Apply():
            yield from ((expr.callee, _POSTFIX), "(")
            yield from _arguments(expr.args)
            yield ")"
        case _:
            yield from _operation(expr)


def _operation(expr: ast.Unary | ast.Binary | ast.Comparison | ast.Conditional) -> Iterator[Piece]:
    own = _binds(expr)
    match expr:
        case ast.Unary():
            yield "not " if expr.op == "not" else expr.op
            yield expr.operand, own
        case ast.Binary():
            # `**` groups to the right, and its exponent may have a sign.
            yield expr.left, own + (expr.op == "**")
            yield f" {expr.op} "
            yield expr.right, _SIGNED if expr.op == "**" else own + 1
        case ast.Comparison():
            yield expr.first, _SUM
            for op, operand in expr.rest:
                yield f" {op} "
                yield operand, _SUM
        case ast.Conditional():
            yield from ((expr.then, _OR), " if ", (expr.condition, _OR), " else ")
            yield expr.otherwise, _CONDITIONAL


def _comprehension(expr: ast.Comprehension) -> Iterator[Piece]:
    targets = ", ".join(name.id for name in expr.targets)
    yield from ("[", (expr.element, _CONDITIONAL), f" for {targets} in ", (expr.iterable, _OR))
    if expr.condition is not None:
        yield from (" if ", (expr.condition, _OR))
    yield "]"


def _arguments(args: tuple[ast.Argument, ...]) -> Iterator[Piece]:
    for number, argument in enumerate(args):
        if number:
            yield ", "
        if argument.name is not None:
            yield f"{argument.name.id}="
        yield argument.value, _CONDITIONAL


def _separated(pieces: Iterator[Piece]) -> Iterator[Piece]:
    for number, piece in enumerate(pieces):
        if number:
            yield ", "
        yield piece


_ESCAPES = str.maketrans({'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "{": "{{", "}": "}}"})


def _string(string: ast.String) -> Iterator[Piece]:
    yield '"'
    for part in string.parts:
        if isinstance(part, str):
            yield part.translate(_ESCAPES)
        else:
            yield from ("{", (part, _CONDITIONAL), "}")
    yield '"'
