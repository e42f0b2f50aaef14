"""Expressions back to text, for messages."""

from archdsl.syntax.ast import Expr
from archdsl.syntax.printer.expressions import expression
from archdsl.syntax.printer.pieces import flat_text


def unparse(expr: Expr) -> str:
    """The one-line text of an expression, as `archdsl fmt` would write it."""
    return flat_text(expression(expr))
