"""The source's own expressions, as expressions over a class's parameters.

What the source says is only a proposal: `columns` compares it with the numbers of every instance.
So whatever cannot be translated is left out here without harm.
"""

from collections.abc import Callable
from typing import Protocol

from archdsl.backends.pytorch.expressions import (
    FUNCTIONS,
    Choice,
    Expr,
    Invocation,
    Items,
    Literal,
    Negative,
    Not,
    Operation,
    Param,
)
from archdsl.backends.pytorch.text import safe
from archdsl.records import NamedTuple
from archdsl.syntax import ast

MAX_DEPTH = 40
"""Deeper expressions are not worth writing out."""


class Bound(Protocol):
    """What a name is bound to: the elaborator's binding."""

    kind: str
    value: object
    expr: ast.Expr | None


class Scope(Protocol):
    """What names mean at a place: the elaborator's scope."""

    def find(self, name: str) -> Bound | None: ...

    def binder(self, name: str) -> "Scope | None": ...


class Translation(NamedTuple):
    """What an expression may refer to.

    Attributes:
        scope: the names at its place.
        prev: the channels of what flows into the step.
        local: gives a `let` of this name and expression a variable; None where it has none.
    """

    scope: Scope | None
    prev: Expr | None
    local: Callable[[str, Expr], Expr | None]

    def expr(self, node: ast.Expr, depth: int = 0) -> Expr | None:
        """The expression over the constructor's parameters, or None."""
        if depth > MAX_DEPTH:
            return None
        deeper = depth + 1
        if isinstance(node, ast.Number | ast.Constant):
            return Literal(node.value)
        if isinstance(node, ast.String):
            whole = "".join(part for part in node.parts if isinstance(part, str))
            return Literal(whole) if all(isinstance(part, str) for part in node.parts) else None
        if isinstance(node, ast.Name):
            return self._name(node.id, deeper)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Unary):
            operand = self.expr(node.operand, deeper)
            if operand is None or node.op == "+":
                return operand
            return Negative(operand) if node.op == "-" else Not(operand)
        if isinstance(node, ast.Binary):
            left, right = self.expr(node.left, deeper), self.expr(node.right, deeper)
            return Operation(node.op, left, right) if left and right else None
        if isinstance(node, ast.Comparison):
            return self._comparison(node, deeper)
        if isinstance(node, ast.Conditional):
            then, condition = self.expr(node.then, deeper), self.expr(node.condition, deeper)
            otherwise = self.expr(node.otherwise, deeper)
            return Choice(then, condition, otherwise) if then and condition and otherwise else None
        if isinstance(node, ast.List):
            items = [self.expr(item, deeper) for item in node.items]
            found = tuple(item for item in items if item is not None)
            return Items(found) if len(found) == len(items) else None
        return self._call(node, deeper) if isinstance(node, ast.Apply) else None

    def _name(self, name: str, depth: int) -> Expr | None:
        found = self.scope.find(name) if self.scope else None
        if self.scope is None or found is None:
            return None
        if isinstance(found.value, tuple):
            return Literal(found.value)
        if found.kind == "parameter":
            return Param(safe(name))
        if found.kind == "let" and found.expr is not None:
            inner = self._replace(scope=self.scope.binder(name)).expr(found.expr, depth)
            if inner is not None:
                return self.local(safe(name), inner) or inner
        return Literal(found.value) if isinstance(found.value, int | float | bool) else None

    def _attribute(self, node: ast.Attribute) -> Expr | None:
        if node.name.id != "channels":
            return None
        if isinstance(node.value, ast.Input):
            return Param("in_channels")
        return self.prev if isinstance(node.value, ast.Prev) else None

    def _comparison(self, node: ast.Comparison, depth: int) -> Expr | None:
        left = self.expr(node.first, depth)
        joined: Expr | None = None
        for op, operand in node.rest:
            right = self.expr(operand, depth)
            if left is None or right is None:
                return None
            compared = Operation(op, left, right)
            joined = compared if joined is None else Operation("and", joined, compared)
            left = right
        return joined

    def _call(self, node: ast.Apply, depth: int) -> Expr | None:
        if not isinstance(node.callee, ast.Name) or node.callee.id not in (
            *FUNCTIONS,
            "sum",
            "len",
        ):
            return None
        if self.scope is None or self.scope.find(node.callee.id) is not None:
            return None
        args = [self.expr(arg.value, depth) for arg in node.args if arg.name is None]
        if len(args) != len(node.args) or not all(args):
            return None
        if node.callee.id in ("sum", "len"):
            return self._total(node.callee.id, args[0])
        return Invocation(node.callee.id, tuple(arg for arg in args if arg))

    @staticmethod
    def _total(function: str, items: Expr | None) -> Expr | None:
        """The sum or the length of a list of numbers."""
        numbers = items.value if isinstance(items, Literal) else None
        if not isinstance(numbers, tuple) or not all(isinstance(one, int) for one in numbers):
            return None
        return Literal(sum(numbers) if function == "sum" else len(numbers))


def arguments(node: object, names: tuple[str, ...]) -> dict[str, ast.Expr]:
    """The arguments of a call as written, by parameter; positions are those of `names`."""
    if not isinstance(node, ast.Call) or node.args is None:
        return {}
    written: dict[str, ast.Expr] = {}
    position = 0
    for argument in node.args:
        if argument.name is not None:
            written[argument.name.id] = argument.value
        elif position < len(names):
            written[names[position]] = argument.value
            position += 1
    return written


def conditions_around(syntax: object, start: int, end: int) -> list[tuple[ast.Expr, bool]]:
    """The `if`s of a body around a place, outermost first, and whether the place is where they
    hold.
    """
    found: list[tuple[ast.Expr, bool]] = []
    pending: list[object] = [getattr(syntax, "body", None)]
    while pending:
        node = pending.pop()
        span = getattr(node, "span", None)
        if span is None or not (span.start <= start and end <= span.end):
            continue
        if isinstance(node, ast.If):
            inside = node.then.span
            holds = inside.start <= start and end <= inside.end
            found.append((node.condition, holds))
            pending.append(node.then if holds else node.otherwise)
        else:
            pending += _inner(node)
    return found


def _inner(node: object) -> list[object]:
    """What may hold statements within a node."""
    if isinstance(node, ast.Body):
        return list(node.statements)
    if isinstance(node, ast.Bind | ast.MultiBind | ast.Branch | ast.Shared):
        return [node.flow]
    if isinstance(node, ast.Flow):
        return list(node.steps)
    if isinstance(node, ast.Braces | ast.For | ast.Repeat):
        return [node.body]
    if isinstance(node, ast.Residual):
        return [node.body, node.shortcut]
    if isinstance(node, ast.Shortcut):
        return [node.step]
    return list(node.branches) if isinstance(node, ast.Combine) else []
