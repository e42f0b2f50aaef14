"""The functions that expressions may call. No other name exists: no input or output, no clock, no
randomness.

They are Python's. A `TypeError` says that the arguments do not fit, a `ValueError` why there is no
result; its text is for the user.
"""

import math
from collections.abc import Callable, Sequence
from itertools import chain

from archdsl.annotations import Any
from archdsl.elaborate.arithmetic import truth
from archdsl.elaborate.values import MAX_ITEMS, interpolated
from archdsl.records import NamedTuple
from archdsl.types import Size


class Limit(Exception):
    """A value grew past a limit of the language."""


def make_divisible(v: float, divisor: int = 8) -> int:
    """The multiple of `divisor` nearest to v: at least `divisor`, never below 90 % of v.

    The rule of the MobileNet papers' code (Sandler et al., 2018), which keeps channel counts good
    for hardware.
    """
    if divisor < 1:
        raise ValueError("the divisor must be at least 1")
    rounded = max(divisor, int(v + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * v else rounded


def _extreme(choose: Callable[..., object]) -> Callable[..., object]:
    def function(*values: Any) -> object:
        items = values[0] if len(values) == 1 else values
        if len(items) == 0:
            raise ValueError("the list is empty")
        return choose(items)

    return function


def _range(*bounds: int) -> tuple[int, ...]:
    if len(bounds) == 3 and bounds[2] == 0:
        raise ValueError("the step is 0")
    numbers = range(*bounds)
    if len(numbers) > MAX_ITEMS:
        raise Limit(f"range of {len(numbers):,} numbers; a list holds at most {MAX_ITEMS:,}")
    return tuple(numbers)


def _rounding(function: Callable[..., object]) -> Callable[..., object]:
    """A size that depends on the input is whole already."""
    return lambda value, *digits: (
        value if isinstance(value, Size) and not digits else function(value, *digits)
    )


def _round(value: Any, ndigits: int | None = None) -> object:
    return round(value, ndigits)


def _int(value: Any) -> int:
    if isinstance(value, str):
        try:
            return int(value) if len(value) <= 40 else int("too long")
        except ValueError:
            raise ValueError("the text is not a whole number") from None
    return int(value)


def _float(value: Any) -> float:
    try:
        return float(value)
    except ValueError:
        raise ValueError("the text is not a number") from None


def _sqrt(value: float) -> float:
    if value < 0:
        raise ValueError("a negative number has no real square root")
    return math.sqrt(value)


def _log2(value: float) -> float:
    if value <= 0:
        raise ValueError("only positive numbers have a logarithm")
    return math.log2(value)


def _sum(items: Sequence[Any], start: Any = 0) -> object:
    if isinstance(start, str) or isinstance(items, str):
        raise TypeError
    if isinstance(start, tuple):  # one after the other they would be copied again and again
        return tuple(chain(start, *items)) if all(map(_is_list, items)) else sum(items, start)
    return sum(items, start)


def _is_list(value: object) -> bool:
    return isinstance(value, tuple)


class Builtin(NamedTuple):
    """A function, how it is called, and those of its parameters that may be named."""

    function: Callable[..., object]
    usage: str
    keywords: tuple[str, ...] = ()


FUNCTIONS: dict[str, Builtin] = {
    "abs": Builtin(abs, "abs(number)"),
    "min": Builtin(_extreme(min), "min(a, b, ...)` or `min(list)"),
    "max": Builtin(_extreme(max), "max(a, b, ...)` or `max(list)"),
    "sum": Builtin(_sum, "sum(list, start=0)", ("start",)),
    "len": Builtin(len, "len(list)"),
    "range": Builtin(_range, "range(stop)` or `range(start, stop, step)"),
    "enumerate": Builtin(
        lambda items, start=0: tuple(enumerate(items, start)),
        "enumerate(list, start=0)",
        ("start",),
    ),
    "zip": Builtin(lambda *lists: tuple(zip(*lists, strict=False)), "zip(list, list, ...)"),
    "round": Builtin(_rounding(_round), "round(number, ndigits)"),
    "floor": Builtin(_rounding(math.floor), "floor(number)"),
    "ceil": Builtin(_rounding(math.ceil), "ceil(number)"),
    "int": Builtin(_rounding(_int), "int(number)"),
    "float": Builtin(_float, "float(number)"),
    "str": Builtin(interpolated, "str(value)"),
    "sqrt": Builtin(_sqrt, "sqrt(number)"),
    "log2": Builtin(_log2, "log2(number)"),
    "any": Builtin(lambda items: any(map(truth, items)), "any(list)"),
    "all": Builtin(lambda items: all(map(truth, items)), "all(list)"),
    "sorted": Builtin(
        lambda items, reverse=False: tuple(sorted(items, reverse=reverse)),
        "sorted(list, reverse=false)",
        ("reverse",),
    ),
    "reversed": Builtin(lambda items: tuple(reversed(items)), "reversed(list)"),
    "make_divisible": Builtin(make_divisible, "make_divisible(v, divisor=8)", ("v", "divisor")),
}
