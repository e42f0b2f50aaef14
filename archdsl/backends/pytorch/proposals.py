"""What an argument may be where the source does not say it: `columns` compares it with the numbers
of every instance.
"""

from collections.abc import Mapping, Sequence

from archdsl.backends.pytorch.expressions import Expr, Literal, Operation


def same_padding(chosen: Mapping[str, Expr], dilation: Expr | None) -> list[Expr]:
    """Padding that keeps the size: half the kernel, or that many times the dilation."""
    kernel = chosen.get("kernel_size")
    if kernel is None or isinstance(kernel, Literal):
        return []
    half = Operation("//", kernel, Literal(2))
    found: list[Expr] = [half, Operation("//", Operation("-", kernel, Literal(1)), Literal(2))]
    if dilation is not None:
        found.append(Operation("*", half, dilation))
    return found


def total(operands: Sequence[Expr | None]) -> list[Expr | None]:
    """The sum of some channels, in the order of what reads best."""
    first, *others = operands
    if first is None or None in others:
        return []
    added = first
    for operand in others:
        assert operand is not None
        added = Operation("+", added, operand)
    if any(operand != first for operand in others):
        return [added]
    number = Literal(len(operands))
    shared = isinstance(first, Operation) and first.op == "//" and first.right == number
    whole = [first.left] if shared and isinstance(first, Operation) else []
    return [*whole, Operation("*", number, first)]
