"""Whether two syntax trees say the same."""

from archdsl.annotations import Any
from archdsl.source import Span


def difference(one: object, other: object, span: Span) -> Span | None:
    """Where two trees differ in more than places: the smallest node of the first one around it.

    Args:
        span: the place where `one` itself has none.
    """
    # On a stack of its own: sums of thousands of terms are legal. It holds three entries for each
    # pair of nodes; there are twice as many texts, numbers and places, which are compared at once.
    waiting: list[Any] = [(one,), (other,), span]
    while waiting:
        span, its, mine = waiting.pop(), waiting.pop(), waiting.pop()
        if len(mine) != len(its):
            return span
        if mine and type(mine[-1]) is Span:
            span = mine[-1]
        for one, other in zip(mine, its):  # noqa: B905  # of one length
            if one is other:
                continue
            kind = type(one)
            if kind is not type(other):
                return span
            if kind is Span:
                continue
            if isinstance(one, tuple):
                waiting += (one, other, span)
            elif one != other:
                return span
    return None
