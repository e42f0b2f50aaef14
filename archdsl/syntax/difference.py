"""Whether two syntax trees say the same."""

from archdsl.source import Span


def difference(one: object, other: object, span: Span) -> Span | None:
    """Where two trees differ in more than places: the smallest node of the first one around it.

    Args:
        span: the place where `one` itself has none.
    """
    # On a stack of its own: sums of thousands of terms are legal.
    waiting = [(one, other, span)]
    while waiting:
        one, other, span = waiting.pop()
        if type(one) is not type(other):
            return span
        if not isinstance(one, tuple):
            if one != other:
                return span
        elif not isinstance(one, Span):
            assert isinstance(other, tuple)
            if len(one) != len(other):
                return span
            inner = one[-1] if one and isinstance(one[-1], Span) else span
            waiting += [(mine, its, inner) for mine, its in zip(one, other, strict=True)]
    return None
