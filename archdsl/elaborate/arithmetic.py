"""Operators on compile-time values: Python's semantics, within the language's limits.

Sizes that depend on the input are never guessed: what is not the same for every legal input size
raises `Undecided` or a `Mistake`.
"""

import operator
from collections.abc import Callable

from archdsl.annotations import Any
from archdsl.elaborate.mistakes import Mistake
from archdsl.elaborate.values import MAX_ITEMS, described, text_of, type_of
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.types import Size, SizeError, Undecided, bounds, same

MAX_INTEGER = 2**63 - 1

_ARITHMETIC: dict[str, Callable[[Any, Any], object]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}

_OF_INTEGERS = ("+", "-", "*")
"""What any two integers have a result of, so that nothing but its size is to be checked."""

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_OF_SIZES = ("+", "-", "*", "//", "%")
"""What is exact on sizes that depend on the input."""


def arithmetic(node: ast.Binary, left: object, right: object) -> object:
    """The value of `left op right`; raises `Mistake`."""
    if type(left) is int and type(right) is int and node.op in _OF_INTEGERS:
        return checked(_ARITHMETIC[node.op](left, right), node.span)
    if not _applies(node.op, left, right):
        raise Mistake(
            "E206",
            f"`{node.op}` does not apply to {described(left)} and {described(right)}",
            node.span,
        )
    for side, other in ((left, right), (right, left)):
        if isinstance(side, Size) and (node.op not in _OF_SIZES or isinstance(other, float)):
            if node.op == "/" and not isinstance(other, float):
                raise Unrounded(node, left, right)
            raise undecided(side, node.span)
    _guard(node, left, right)
    try:
        result = _ARITHMETIC[node.op](_plain(left), _plain(right))
    except ZeroDivisionError:
        raise Mistake(
            "E207", f"division by zero: {text_of(left)} {node.op} {text_of(right)}", node.span
        ) from None
    except OverflowError:
        raise Mistake("E207", "the result is too large", node.span) from None
    except SizeError as error:
        raise Mistake("E207", f"this cannot be computed: {error}", node.span) from None
    return checked(result, node.span)


class Unrounded(Mistake):
    """A quotient of whole numbers that depends on the input's size: exact once it is rounded."""

    def __init__(self, node: ast.Binary, left: object, right: object) -> None:
        size = left if isinstance(left, Size) else right
        help = "write `//`, or round the quotient: `ceil(... / ...)`; both are exact"
        found = undecided(size, node.span, help).diagnostic
        super().__init__(found.code, found.message, found.span, help=found.help)
        self.node = node
        self.above: Any = _plain(left)
        self.below: Any = _plain(right)


def _plain(value: object) -> object:
    """Python counts with true as 1; a size does not know bool."""
    return int(value) if isinstance(value, bool) else value


def _applies(op: str, left: object, right: object) -> bool:
    number = int | float | Size
    if isinstance(left, number) and isinstance(right, number):
        return True
    if op == "+":
        return any(isinstance(left, kind) and isinstance(right, kind) for kind in (str, tuple))
    return op == "*" and any(
        isinstance(one, int) and isinstance(other, str | tuple)
        for one, other in ((left, right), (right, left))
    )


def _guard(node: ast.Binary, left: object, right: object) -> None:
    """Stop operations whose result would be huge before they are carried out."""
    if node.op == "**" and isinstance(left, int) and isinstance(right, int):
        if abs(left) > 1 and right > 64:
            raise Mistake("E207", f"{left} ** {right} does not fit in 64 bits", node.span)
    elif node.op == "**" and isinstance(left, int | float) and left < 0:
        if not (isinstance(right, float) and right.is_integer()):
            raise Mistake("E207", f"{left} ** {right} is not a real number", node.span)
    elif isinstance(left, tuple | str) or isinstance(right, tuple | str):
        one, other = _length(left), _length(right)
        total = one + other if node.op == "+" else one * other
        if total > MAX_ITEMS:
            raise Mistake(
                "E419",
                f"{total:,} items; a list or string holds at most {MAX_ITEMS:,}",
                node.span,
            )


def _length(value: object) -> int:
    """The items of a list or string; a number counts them."""
    if isinstance(value, tuple | str):
        return len(value)
    return value if isinstance(value, int) else 1


def negated(node: ast.Unary, value: object) -> object:
    """The value of `-value` or `+value`."""
    if not isinstance(value, int | float | Size):
        raise Mistake(
            "E206", f"`{node.op}` needs a number, not {described(value)}", node.operand.span
        )
    plain: Any = _plain(value)
    return checked(-plain if node.op == "-" else plain, node.span)


def checked(value: object, span: Span) -> object:
    """A result within the language's limits."""
    if type(value) is int and not -MAX_INTEGER - 1 <= value <= MAX_INTEGER:
        raise Mistake("E207", "the result does not fit in 64 bits", span)
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        raise Mistake("E207", "the result is not a finite number", span)
    return value


# --- comparisons ----------------------------------------------------------------------------------


def compared(op: str, left: object, right: object, places: tuple[Span, Span]) -> bool:
    """Whether `left op right` holds; raises `Mistake`, also where that depends on a size.

    `places` are those of the two operands.
    """
    try:
        if op in ("==", "!="):
            return _equal(left, right) == (op == "==")
        return _ORDER[op](left, right)
    except TypeError:
        raise Mistake(
            "E206",
            f"`{op}` does not compare {type_of(left)} with {type_of(right)}",
            places[0]._replace(end=places[1].end),
        ) from None
    except Undecided:
        raise undecided(
            left if isinstance(left, Size | tuple) else right,
            places[0]._replace(end=places[1].end),
        ) from None


def _equal(left: object, right: object) -> bool:
    """Equality at every legal size; raises `Undecided` where it holds for some only."""
    if type(left) is int and type(right) is int:
        return left == right
    if isinstance(left, tuple) and isinstance(right, tuple):
        if left == right:
            return True
        return len(left) == len(right) and _all_equal(left, right)
    if isinstance(left, float) and left.is_integer():
        left = int(left)
    if isinstance(right, float) and right.is_integer():
        right = int(right)
    if not (isinstance(left, Size) or isinstance(right, Size)):
        return left == right
    if not (isinstance(left, int | Size) and isinstance(right, int | Size)):
        return False
    if same(left, right):
        return True
    low, high = bounds(left - right)
    if (low is not None and low > 0) or (high is not None and high < 0):
        return False
    raise Undecided("equal at some sizes only")


def _all_equal(left: tuple[object, ...], right: tuple[object, ...]) -> bool:
    """Whether all items are equal: one that differs decides it, whatever the others depend on."""
    doubt: Undecided | None = None
    for one, other in zip(left, right, strict=True):
        try:
            if not _equal(one, other):
                return False
        except Undecided as error:
            doubt = error
    if doubt is not None:
        raise doubt
    return True


def truth(value: object) -> bool:
    """The truth of a value, as in Python: 0, none, "" and [] are false. Raises `Undecided`."""
    if value is True or value is False:
        return value
    if isinstance(value, Size):
        return not _equal(value, 0)
    if value is None or isinstance(value, bool | int | float | str | tuple):
        return bool(value)
    return True


def undecided(value: object, span: Span, help: str | None = None) -> Mistake:
    """What depends on the input's size where that is not fixed."""
    shown = text_of(value) if isinstance(value, tuple) else str(value)
    return Mistake(
        "E216",
        f"this depends on the input's size ({shown}), which is not fixed",
        span,
        help=help
        or "fix the size in the `input` statement, or say what is known of it with `where`",
    )
