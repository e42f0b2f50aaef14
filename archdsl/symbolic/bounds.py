"""Smallest and largest values of symbolic sizes. Loaded only where a size is symbolic."""

from math import inf, lcm

from archdsl.symbolic.size import (
    Atom,
    Dim,
    Interval,
    Quotient,
    Size,
    Symbol,
    Unit,
    units_of,
    value_of,
)

LONGEST_PERIOD = 2048
"""Periods of floor divisions up to this are gone through point by point."""


def period(dim: Dim) -> int | None:
    """p such that f(u + p) - f(u) is the same for every u, where u is the one unit of `dim`.

    None for products of symbols, division by a symbol, or periods over `LONGEST_PERIOD`.
    """
    if isinstance(dim, int):
        return 1
    total = 1
    for monomial in dim.terms:
        if len(monomial) > 1:
            return None
        for atom in monomial:
            if isinstance(atom, Quotient):
                inner = period(atom.numerator)
                if inner is None or not isinstance(atom.divisor, int):
                    return None
                total = lcm(total, inner * atom.divisor)
        if total > LONGEST_PERIOD:
            return None
    return total


def bounds(size: Size) -> Interval:
    """Smallest and largest value over all legal sizes: exact for one symbol, else safe."""
    units = list(units_of(size))
    if len(units) > 1 and len(set(units)) == 1:
        length = period(size)
        if length is not None:
            return _scanned_bounds(size, units[0].symbol, length)
    return _interval(size)


def _scanned_bounds(size: Size, symbol: Symbol, length: int) -> Interval:
    start = symbol.first // symbol.multiple
    last = None if symbol.maximum is None else symbol.maximum // symbol.multiple

    def at(unit: int) -> int:
        return value_of(size, lambda _: unit)

    if last is not None and last - start <= 2 * length:
        values = [at(unit) for unit in range(start, max(last, start) + 1)]
        return min(values), max(values)
    growth = at(start + length) - at(start)
    first_values = [at(unit) for unit in range(start, start + length)]
    if last is None:
        return (
            min(first_values) if growth >= 0 else None,
            max(first_values) if growth <= 0 else None,
        )
    values = first_values + [at(unit) for unit in range(last - length + 1, last + 1)]
    return min(values), max(values)


def _interval(dim: Dim) -> Interval:
    if isinstance(dim, int):
        return dim, dim
    low: int | None = 0
    high: int | None = 0
    for monomial, count in dim.terms.items():
        term: Interval = (1, 1)
        for position, atom in enumerate(monomial):
            factor = _atom_interval(atom)
            term = _multiply(term, factor) if position else factor
        least, most = term if count > 0 else term[::-1]
        low = None if low is None or least is None else low + count * least
        high = None if high is None or most is None else high + count * most
    return low, high


def _atom_interval(atom: Atom) -> Interval:
    if isinstance(atom, Unit):
        symbol = atom.symbol
        highest = None if symbol.maximum is None else symbol.maximum // symbol.multiple
        return symbol.first // symbol.multiple, highest
    low, high = _interval(atom.numerator)
    if isinstance(atom.divisor, int):
        return (
            None if low is None else low // atom.divisor,
            None if high is None else high // atom.divisor,
        )
    least = _interval(atom.divisor)[0]
    if low is not None and low >= 0 and least is not None and least >= 1:
        return 0, None if high is None else high // least
    return None, None


def _multiply(a: Interval, b: Interval) -> Interval:
    """The range of the products of a value in `a` and one in `b`."""
    products = [_times(x, y) for x in _ends(a) for y in _ends(b)]
    low, high = min(products), max(products)
    return (
        low if isinstance(low, int) else None,
        high if isinstance(high, int) else None,
    )


def _ends(interval: Interval) -> tuple[int | float, int | float]:
    low, high = interval
    return -inf if low is None else low, inf if high is None else high


def _times(x: int | float, y: int | float) -> int | float:
    # Nothing but 0 comes of 0, though floating point has no number for 0 * inf.
    return x * y if x and y else 0
