"""The decisions of the generator, each drawn through one function.

A seed gives the same decisions everywhere; hypothesis gives decisions that it can shrink. Both take
the same path through the generator.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Choices:
    """Decisions from `below`, which gives a whole number of 0 to n - 1 for n.

    0 is the simplest answer to everything: the first option, the smallest number, no.
    """

    def __init__(self, below: Callable[[int], int]) -> None:
        self.below = below

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + self.below(high - low + 1)

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.below(len(options))]

    def weighted(self, options: Mapping[T, int]) -> T:
        """One of the options, each as often as its number says."""
        left = self.below(sum(options.values()))
        for option, weight in options.items():
            if left < weight:
                return option
            left -= weight
        raise AssertionError("the numbers do not sum up")

    def chance(self, percent: int) -> bool:
        """Yes, in so many of a hundred cases."""
        return self.below(100) >= 100 - percent


def from_seed(seed: int) -> Choices:
    """The same decisions for a seed, on every machine."""
    return Choices(random.Random(seed).randrange)


@st.composite
def choices(draw: st.DrawFn) -> Choices:
    """Decisions that hypothesis draws and shrinks."""
    return Choices(lambda count: draw(st.integers(0, count - 1)))


def recorded(seed: int, decisions: list[int]) -> Choices:
    """The decisions of a seed, which are appended to a list as they are made."""
    below = random.Random(seed).randrange

    def noted(count: int) -> int:
        decisions.append(below(count))
        return decisions[-1]

    return Choices(noted)


def replayed(decisions: Sequence[int]) -> Choices:
    """These decisions, as far as they are possible; behind them the simplest ones."""
    left = iter(decisions)
    return Choices(lambda count: min(next(left, 0), count - 1))


def shrunk(decisions: Sequence[int], fails: Callable[[Choices], bool], most: int) -> list[int]:
    """Fewer and simpler decisions that still fail, after at most so many tries."""
    best = list(decisions)
    left = most

    def better(candidate: list[int]) -> bool:
        nonlocal best, left
        left -= 1
        if left < 0 or candidate == best or not fails(replayed(candidate)):
            return False
        best = candidate
        return True

    size = max(1, len(best) // 2)
    while size and left > 0:
        start = 0
        while start < len(best) and left > 0:
            without = best[:start] + best[start + size :]
            zeros = best[:start] + [0] * len(best[start : start + size]) + best[start + size :]
            if not better(without) and not better(zeros):
                start += size
        size //= 2
    return best
