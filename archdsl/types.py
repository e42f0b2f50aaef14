"""Tensor types, and questions about symbolic sizes that need their legal values."""

from collections.abc import Iterable, Iterator, Mapping
from math import lcm

from archdsl.records import NamedTuple
from archdsl.symbolic.size import (
    Dim,
    Interval,
    Size,
    SizeError,
    Symbol,
    TooComplex,
    Undecided,
    floor_divide,
    size_of,
)

__all__ = [
    "Dim",
    "Interval",
    "Requirement",
    "Size",
    "SizeError",
    "Symbol",
    "TensorType",
    "TooComplex",
    "Undecided",
    "bounds",
    "constant_when",
    "equal_when",
    "floor_divide",
    "hinted",
    "product",
    "same",
    "size_of",
]


class TensorType(NamedTuple):
    """The shape of a value, channels first, without the batch."""

    shape: tuple[Dim, ...]

    @property
    def channels(self) -> Dim:
        return self.shape[0]

    @property
    def spatial(self) -> tuple[Dim, ...]:
        """The sizes after the channels: (), (length), (height, width) or (depth, height, width)."""
        return self.shape[1:]

    @property
    def rank(self) -> int:
        """The number of spatial axes; 0 for a flat value."""
        return len(self.shape) - 1

    def __str__(self) -> str:
        return f"[{', '.join(map(str, self.shape))}]"


class Requirement(NamedTuple):
    """What a symbolic size must satisfy: `size >= number`, or `size % number == 0`.

    `relation` is ``">="`` or ``"%"``.
    """

    size: Size
    relation: str
    number: int

    def holds(self, values: Mapping[str, int]) -> bool:
        """Whether it is satisfied where the symbols have these values."""
        found = self.size.evaluate(values)
        return found >= self.number if self.relation == ">=" else found % self.number == 0

    def __str__(self) -> str:
        if self.relation == ">=":
            return f"{self.size} >= {self.number}"
        return f"{self.size} % {self.number} == 0"


def product(sizes: Iterable[Dim]) -> Dim:
    """The product of sizes; 1 for none."""
    total: Dim = 1
    for size in sizes:
        total = total * size
    return total


def bounds(dim: Dim) -> Interval:
    """Smallest and largest value over all legal sizes; None where there is no bound."""
    return (dim, dim) if isinstance(dim, int) else dim.bounds


def hinted(dim: Dim) -> int | None:
    """The size at the inputs' sample values, or None where a symbol has none."""
    if isinstance(dim, int):
        return dim
    values = {symbol.name: symbol.hint for symbol in dim.symbols if symbol.hint is not None}
    if len(values) < len(dim.symbols):
        return None
    try:
        return dim.evaluate(values)
    except SizeError:
        return None


def same(a: Dim, b: Dim) -> bool:
    """Whether two sizes are equal at every legal value of their symbols.

    Complete for one symbol with floor divisions of a bounded period; by canonical form otherwise.
    """
    if a is b or a == b:
        return True
    if isinstance(a, int) and isinstance(b, int):
        return False
    difference = a - b
    if isinstance(difference, int):
        return difference == 0
    return len(difference.symbols) == 1 and bounds(difference) == (0, 0)


def equal_when(a: Dim, b: Dim, symbol: Symbol) -> int | None:
    """The smallest m such that ``symbol % m == 0`` makes two sizes equal; None up to 64."""
    for multiple, value in _promises(symbol):
        if same(_at(a, symbol, value), _at(b, symbol, value)):
            return multiple
    return None


def constant_when(size: Dim, symbol: Symbol) -> int | None:
    """The smallest m such that ``symbol % m == 0`` makes a size a number; None up to 64."""
    for multiple, value in _promises(symbol):
        if isinstance(_at(size, symbol, value), int):
            return multiple
    return None


def _promises(symbol: Symbol) -> Iterator[tuple[int, Size]]:
    """Multiples that a symbol does not promise yet, with the symbol as it would then be."""
    for power in (2, 4, 8, 16, 32, 64):
        multiple = lcm(symbol.multiple, power)
        if multiple != symbol.multiple:
            yield multiple, size_of(symbol._replace(multiple=multiple))


def _at(size: Dim, symbol: Symbol, value: Size) -> Dim:
    return size.substitute(symbol, value) if isinstance(size, Size) else size
