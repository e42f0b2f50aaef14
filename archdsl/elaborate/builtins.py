"""The functions that expressions may call. No other name exists: no input or output, no clock, no
randomness.
"""

import math
from collections.abc import Callable

from archdsl.elaborate.values import interpolated

MAX_ITEMS = 1_000_000
"""Longest list that an expression may make."""


class Limit(Exception):
    """A value grew past a limit of the language."""


def make_divisible(v: float, divisor: int = 8) -> int:
    """The multiple of `divisor` nearest to v: at least `divisor`, never below 90 % of v.

    The rule of the MobileNet papers' code (Sandler et al., 2018), which keeps channel counts good
    for hardware.
    """
    rounded = max(divisor, int(v + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * v else rounded


def _range(*bounds: int) -> tuple[int, ...]:
    numbers = range(*bounds)
    if len(numbers) > MAX_ITEMS:
        raise Limit(f"range of {len(numbers):,} numbers; a list holds at most {MAX_ITEMS:,}")
    return tuple(numbers)


def _int(value: object) -> int:
    if isinstance(value, str) and len(value) > 40:
        raise ValueError("the text is too long for an int")
    return int(value)  # type: ignore[call-overload, no-any-return]


FUNCTIONS: dict[str, Callable[..., object]] = {
    "abs": abs,
    "min": min,
    "max": max,
    "sum": sum,
    "len": len,
    "range": _range,
    "enumerate": lambda items, start=0: tuple(enumerate(items, start)),
    "zip": lambda *lists: tuple(zip(*lists, strict=False)),
    "round": round,
    "floor": math.floor,
    "ceil": math.ceil,
    "int": _int,
    "float": float,
    "str": interpolated,
    "sqrt": math.sqrt,
    "log2": math.log2,
    "any": any,
    "all": all,
    "sorted": lambda items: tuple(sorted(items)),
    "reversed": lambda items: tuple(reversed(items)),
    "make_divisible": make_divisible,
}

KEYWORDS = {"make_divisible": ("v", "divisor")}
"""Functions whose parameters may be named."""
