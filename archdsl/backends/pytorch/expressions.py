"""Expressions over a class's parameters: what an emitted constructor computes, as records that
evaluate themselves.

An expression is used only after its value was compared with the actual number in every instance;
evaluating one never runs Python code.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from archdsl.backends.pytorch.text import literal, same_value
from archdsl.records import NamedTuple


class Literal(NamedTuple):
    value: object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and same_value(self.value, other.value)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.value)


class Param(NamedTuple):
    """A parameter of the constructor."""

    name: str


class Operation(NamedTuple):
    """`left op right`: arithmetic, a comparison, `and` or `or`."""

    op: str
    left: "Expr"
    right: "Expr"


class Not(NamedTuple):
    operand: "Expr"


class Negative(NamedTuple):
    operand: "Expr"


class Choice(NamedTuple):
    """`then if condition else otherwise`."""

    then: "Expr"
    condition: "Expr"
    otherwise: "Expr"


class Invocation(NamedTuple):
    """A call of one of `FUNCTIONS`."""

    function: str
    args: tuple["Expr", ...]


class Items(NamedTuple):
    """A tuple: one number for each axis."""

    items: tuple["Expr", ...]


Expr: TypeAlias = Literal | Param | Operation | Not | Negative | Choice | Invocation | Items

FUNCTIONS: dict[str, Callable[..., object]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "round": round,
    "int": int,
    "float": float,
}

LARGEST_POWER = 64


class Unfit(Exception):
    """The expression has no value for these parameters."""


def evaluate(expr: Expr, values: Mapping[str, object]) -> object:
    """The value of an expression; raises `Unfit` where it has none."""
    try:
        return _evaluate(expr, values)
    except (TypeError, ValueError, ArithmeticError, KeyError) as error:
        raise Unfit from error


def _evaluate(expr: Expr, values: Mapping[str, object]) -> object:
    if isinstance(expr, Literal):
        return expr.value
    if isinstance(expr, Param):
        return values[expr.name]
    if isinstance(expr, Not):
        return not _evaluate(expr.operand, values)
    if isinstance(expr, Negative):
        return -_evaluate(expr.operand, values)  # type: ignore[operator]
    if isinstance(expr, Choice):
        chosen = expr.then if _evaluate(expr.condition, values) else expr.otherwise
        return _evaluate(chosen, values)
    if isinstance(expr, Invocation):
        return FUNCTIONS[expr.function](*[_evaluate(arg, values) for arg in expr.args])
    if isinstance(expr, Items):
        return tuple(_evaluate(item, values) for item in expr.items)
    left = _evaluate(expr.left, values)
    if expr.op == "and":
        return left and _evaluate(expr.right, values)
    if expr.op == "or":
        return left or _evaluate(expr.right, values)
    return operate(expr.op, left, _evaluate(expr.right, values))


def operate(op: str, left: Any, right: Any) -> object:
    """`left op right`; raises what Python raises, and `Unfit` for very large powers."""
    if op == "**":
        if abs(right) > LARGEST_POWER:
            raise Unfit
        return left**right
    operations = {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: left / right,
        "//": lambda: left // right,
        "%": lambda: left % right,
        "==": lambda: left == right,
        "!=": lambda: left != right,
        "<": lambda: left < right,
        "<=": lambda: left <= right,
        ">": lambda: left > right,
        ">=": lambda: left >= right,
    }
    return operations[op]()


def parts(expr: Expr) -> tuple[Expr, ...]:
    """The expressions that an expression is made of."""
    if isinstance(expr, Operation):
        return (expr.left, expr.right)
    if isinstance(expr, Not | Negative):
        return (expr.operand,)
    if isinstance(expr, Choice):
        return (expr.then, expr.condition, expr.otherwise)
    if isinstance(expr, Items):
        return expr.items
    return expr.args if isinstance(expr, Invocation) else ()


def with_parts(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The same expression of changed parts."""
    if isinstance(expr, Operation):
        return Operation(expr.op, change(expr.left), change(expr.right))
    if isinstance(expr, Not):
        return Not(change(expr.operand))
    if isinstance(expr, Negative):
        return Negative(change(expr.operand))
    if isinstance(expr, Choice):
        return Choice(change(expr.then), change(expr.condition), change(expr.otherwise))
    if isinstance(expr, Invocation):
        return Invocation(expr.function, tuple(change(arg) for arg in expr.args))
    if isinstance(expr, Items):
        return Items(tuple(change(item) for item in expr.items))
    return expr


def names(expr: Expr) -> Iterator[str]:
    """The parameters that an expression reads."""
    if isinstance(expr, Param):
        yield expr.name
    for part in parts(expr):
        yield from names(part)


def negated(condition: Expr) -> Expr:
    """The opposite condition, written without `not` where that is simpler."""
    opposite = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
    if isinstance(condition, Operation) and condition.op in opposite:
        return Operation(opposite[condition.op], condition.left, condition.right)
    if isinstance(condition, Operation) and condition.op in ("and", "or"):
        other = "or" if condition.op == "and" else "and"
        return Operation(other, negated(condition.left), negated(condition.right))
    return condition.operand if isinstance(condition, Not) else Not(condition)


_NEUTRAL = {"+": Literal(0), "-": Literal(0), "*": Literal(1)}


def decided(expr: Expr) -> Expr:
    """What is left of a choice, of `and` or of `or` where a question in it has its answer, and of
    arithmetic with a number that changes nothing.
    """
    if isinstance(expr, Choice) and isinstance(expr.condition, Literal):
        return expr.then if expr.condition.value else expr.otherwise
    if not isinstance(expr, Operation):
        return expr
    neutral = _NEUTRAL.get(expr.op)
    if expr.right == neutral:
        return expr.left
    if expr.left == neutral and expr.op != "-":
        return expr.right
    if expr.op not in ("and", "or"):
        return expr
    goes_on = expr.op == "and"
    if isinstance(expr.left, Literal):
        return expr.right if bool(expr.left.value) == goes_on else expr.left
    if isinstance(expr.right, Literal) and _is_truth(expr.left):
        # What the left side gives is true or false itself: `3 and True` is no 3.
        return expr.left if expr.right.value is goes_on else expr
    return expr


def _is_truth(expr: Expr) -> bool:
    """Whether an expression is true or false, whatever its parameters are."""
    if isinstance(expr, Operation):
        if expr.op in ("and", "or"):
            return _is_truth(expr.left) and _is_truth(expr.right)
        return expr.op in ("==", "!=", "<", "<=", ">", ">=")
    return isinstance(expr, Not) or (isinstance(expr, Literal) and isinstance(expr.value, bool))


_LEVELS = {
    **dict.fromkeys(("or",), 1),
    **dict.fromkeys(("and",), 2),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), 4),
    **dict.fromkeys(("+", "-"), 5),
    **dict.fromkeys(("*", "/", "//", "%"), 6),
    "**": 8,
}
_CHOICE, _NOT, _UNARY, _ATOM = 0, 3, 7, 9


def write(expr: Expr, level: int = 0) -> str:
    """The expression as Python, in brackets where its surroundings bind tighter than `level`."""
    text, own = _write(expr)
    return f"({text})" if own < level else text


def _write(expr: Expr) -> tuple[str, int]:
    if isinstance(expr, Literal):
        text = literal(expr.value)
        return text, _UNARY if text.startswith("-") else _ATOM
    if isinstance(expr, Param):
        return expr.name, _ATOM
    if isinstance(expr, Not):
        return f"not {write(expr.operand, _NOT)}", _NOT
    if isinstance(expr, Negative):
        return f"-{write(expr.operand, _UNARY)}", _UNARY
    if isinstance(expr, Choice):
        then, otherwise = write(expr.then, 1), write(expr.otherwise, 0)
        return f"{then} if {write(expr.condition, 1)} else {otherwise}", _CHOICE
    if isinstance(expr, Invocation):
        return f"{expr.function}({', '.join(write(arg) for arg in expr.args)})", _ATOM
    if isinstance(expr, Items):
        comma = "," if len(expr.items) == 1 else ""
        return f"({', '.join(map(write, expr.items))}{comma})", _ATOM
    own = _LEVELS[expr.op]
    left_level, right_level = (own + 1, own) if expr.op == "**" else (own, own + 1)
    if own == _LEVELS["=="]:
        left_level = own + 1
    left, right = (
        write(part, _ATOM if expr.op == "or" and _is_and(part) else level)
        for part, level in ((expr.left, left_level), (expr.right, right_level))
    )
    if expr.op == "**" and _is_simple(expr.left) and _is_simple(expr.right):
        return f"{left}**{right}", own
    return f"{left} {expr.op} {right}", own


def _is_and(expr: Expr) -> bool:
    """Within `or` it stands in brackets, as linters want it."""
    return isinstance(expr, Operation) and expr.op == "and"


def _is_simple(expr: Expr) -> bool:
    """The formatter hugs `**` between names and numbers."""
    return isinstance(expr, Literal | Param)
