"""`ceil(H / 2)` where H depends on the input: exact, since rounding makes it a whole number again.

Loaded only where a symbolic size is divided so.
"""

from typing import TYPE_CHECKING, cast

from archdsl.elaborate.arithmetic import Unrounded, arithmetic
from archdsl.syntax import ast
from archdsl.types import Dim, Size, SizeError

if TYPE_CHECKING:
    from archdsl.elaborate.expressions import Evaluator, Place


def rounded(
    evaluator: "Evaluator", function: str, node: ast.Apply, place: "Place", quotient: Unrounded
) -> Dim | None:
    """`ceil`, `floor` or `int` of the quotient, plus or minus whole numbers; None for all else.

    The quotient stands first, so nothing is evaluated twice. On numbers, Python rounds quotient and
    sum to floats in between. That changes nothing below 2**51, so both ways agree; with a factor or
    a second quotient they might not.
    """
    if len(node.args) != 1:
        return None
    term = node.args[0].value
    others: list[tuple[str, ast.Expr]] = []
    while isinstance(term, ast.Binary) and term.op in ("+", "-"):
        others.append((term.op, term.right))
        term = term.left
    if term is not quotient.node:
        return None
    whole: Dim = 0
    try:
        for sign, other in reversed(others):
            value = evaluator.value(other, place)
            if isinstance(value, bool) or not isinstance(value, int | Size):
                return None
            whole = whole + value if sign == "+" else whole - value
        down, up = _down_and_up(quotient)
        if function == "int":
            # Towards 0, which is down only where the number is never negative.
            return down + whole if down + whole >= 0 else up + whole
        return (up if function == "ceil" else down) + whole
    except SizeError:
        return None


def _down_and_up(quotient: Unrounded) -> tuple[Dim, Dim]:
    """The quotient rounded down and rounded up."""
    above, below = quotient.above, quotient.below
    node = quotient.node
    division = ast.Binary("//", node.left, node.right, node.span)
    down = cast(Dim, arithmetic(division, above, below))
    if isinstance(below, int):
        # (H + 1) // 2 has the canonical form of a stride of 2; -(-H // 2) has not.
        step = above + below - (1 if below > 0 else -1)
        return down, cast(Dim, arithmetic(division, step, below))
    return down, -cast(Dim, arithmetic(division, -above, below))
