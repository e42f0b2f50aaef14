"""Exact symbolic sizes: integer expressions over an input's symbolic sizes, in one canonical form.

A size is a polynomial with integer coefficients over units and floor divisions. A symbol H with
``H % 32 == 0`` is 32 times its unit, so that ``(H - 1) // 2 + 1`` and ``H // 2`` are both 16 units:
what can be divided is divided, and equal sizes get the same form. Floor division is Python's.
"""

from collections.abc import Callable, Iterator, Mapping
from math import gcd

from archdsl.annotations import TypeAlias
from archdsl.records import NamedTuple

LONGEST = 4_000
"""Characters of the longest expression."""
MOST_PRODUCTS = 4_000
"""Products of terms in one multiplication."""
DEEPEST = 50
"""Nesting of floor divisions, which is what recursion here follows."""
LARGEST = 2**63 - 1
"""Integers stay within 64 bits."""


class SizeError(ValueError):
    """A size that cannot be worked out; the text says why."""


class Undecided(SizeError):
    """A comparison that holds for some legal values of the symbols and fails for others."""


class TooComplex(SizeError):
    """An expression beyond the limits of length or of 64-bit integers."""


class Symbol(NamedTuple):
    """A symbolic size of a network's input.

    Attributes:
        name: as the source writes it, such as ``H``.
        hint: the value for summaries and sample runs (``H=224``), or None.
        multiple: the largest k with ``H % k == 0``.
        minimum, maximum: bounds on H, both included; None for no upper bound.
    """

    name: str
    hint: int | None = None
    multiple: int = 1
    minimum: int = 1
    maximum: int | None = None

    @property
    def first(self) -> int:
        """The smallest legal value."""
        return -(-max(self.minimum, 1) // self.multiple) * self.multiple

    def legal(self, value: int) -> bool:
        """Whether `value` satisfies the bounds and the multiple."""
        return (
            value >= self.first
            and value % self.multiple == 0
            and (self.maximum is None or value <= self.maximum)
        )


class Unit:
    """The factor of a size that stands for a symbol divided by its multiple."""

    __slots__ = ("key", "symbol")

    depth = 0
    """Of floor divisions in it, as in `Quotient`."""

    def __init__(self, symbol: Symbol) -> None:
        self.symbol = symbol
        self.key = symbol.name if symbol.multiple == 1 else f"{symbol.name}%{symbol.multiple}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unit) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


class Quotient:
    """A floor division that does not come out: ``numerator // divisor``."""

    __slots__ = ("depth", "divisor", "key", "numerator")

    def __init__(self, numerator: "Dim", divisor: "Dim") -> None:
        self.numerator = numerator
        self.divisor = divisor
        self.depth = 1 + max(_depth(numerator), _depth(divisor))
        if self.depth > DEEPEST:
            raise TooComplex("the size is too complex to follow")
        self.key = f"({_key(numerator)})//({_key(divisor)})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quotient) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


Atom: TypeAlias = Unit | Quotient
Monomial: TypeAlias = tuple[Atom, ...]
"""A product of atoms, sorted by key; the empty one is the constant term."""
Interval: TypeAlias = tuple[int | None, int | None]
"""Smallest and largest value, both included; None where there is no bound."""
Terms: TypeAlias = Mapping[Monomial, int]


class Size:
    """An immutable symbolic size. Arithmetic gives a plain int wherever the result is constant.

    Comparisons by order raise `Undecided` where the symbols' bounds leave both answers possible.
    """

    __slots__ = ("_bounds", "_quotients", "_sums", "key", "terms")

    terms: Terms
    key: str

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._bounds: Interval | None = None
        # The layers of a stage do the same arithmetic with the same few sizes again and again.
        self._sums: dict[int, Dim] = {}
        self._quotients: dict[int, Dim] = {}
        ordered = [term for term in terms.items() if term[0]]
        if len(ordered) > 1:
            ordered.sort(key=term_order)
        if () in terms:
            ordered.append(((), terms[()]))
        self.key = "+".join(
            [f"{count}*{'*'.join([atom.key for atom in monomial])}" for monomial, count in ordered]
        )
        if len(self.key) > LONGEST or max(map(abs, terms.values())) > LARGEST:
            raise TooComplex("the size is too complex to follow")

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Size) and self.key == other.key)

    def __hash__(self) -> int:
        return hash(self.key)

    def __add__(self, other: "Dim") -> "Dim":
        if isinstance(other, Size):
            return _combine(self.terms, other.terms)
        if other == 0:
            return self
        found = self._sums.get(other)
        if found is None:
            found = self._sums[other] = self._plus(other)
        return found

    def _plus(self, number: int) -> "Size":
        terms = dict(self.terms)
        constant = terms.pop((), 0) + number
        if constant:
            terms[()] = constant
        return Size(terms)

    __radd__ = __add__

    def __neg__(self) -> "Dim":
        return _build({monomial: -count for monomial, count in self.terms.items()})

    def __sub__(self, other: "Dim") -> "Dim":
        return self + -other

    def __rsub__(self, other: "Dim") -> "Dim":
        return -self + other

    def __mul__(self, other: "Dim") -> "Dim":
        if isinstance(other, int):
            return _build({monomial: count * other for monomial, count in self.terms.items()})
        if len(self.terms) * len(other.terms) > MOST_PRODUCTS:
            raise TooComplex("the size is too complex to follow")
        product: dict[Monomial, int] = {}
        for left, a in self.terms.items():
            for right, b in other.terms.items():
                monomial = tuple(sorted(left + right, key=_atom_key))
                product[monomial] = product.get(monomial, 0) + a * b
        return _build(product)

    __rmul__ = __mul__

    def __floordiv__(self, other: "Dim") -> "Dim":
        if isinstance(other, Size):
            return floor_divide(self, other)
        found = self._quotients.get(other)
        if found is None:
            found = self._quotients[other] = floor_divide(self, other)
        return found

    def __rfloordiv__(self, other: "Dim") -> "Dim":
        return floor_divide(other, self)

    def __mod__(self, other: "Dim") -> "Dim":
        return self - other * floor_divide(self, other)

    def __rmod__(self, other: "Dim") -> "Dim":
        return other - self * floor_divide(other, self)

    def __lt__(self, other: "Dim") -> bool:
        return not self >= other

    def __le__(self, other: "Dim") -> bool:
        return not self > other

    def __gt__(self, other: "Dim") -> bool:
        return self._at_least(other + 1, ">", other)

    def __ge__(self, other: "Dim") -> bool:
        return self._at_least(other, ">=", other)

    def _at_least(self, least: "Dim", relation: str, other: "Dim") -> bool:
        difference = self - least
        low, high = difference.bounds if isinstance(difference, Size) else (difference, difference)
        if low is not None and low >= 0:
            return True
        if high is not None and high < 0:
            return False
        raise Undecided(f"whether {self} {relation} {other} depends on the input size")

    @property
    def bounds(self) -> Interval:
        """Its range over all legal sizes: exact for one symbol, else safe."""
        if self._bounds is None:
            from archdsl.symbolic.bounds import bounds

            self._bounds = bounds(self)
        return self._bounds

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        """The symbols it depends on, by name."""
        found = {unit.symbol.name: unit.symbol for unit in units_of(self)}
        return tuple(found[name] for name in sorted(found))

    def evaluate(self, values: Mapping[str, int]) -> int:
        """The size where the symbols have these values, such as ``{"H": 224}``.

        Raises:
            KeyError: a symbol has no value.
            SizeError: a value is no multiple of what `where` promised.
        """

        def unit_value(symbol: Symbol) -> int:
            value = values[symbol.name]
            if value % symbol.multiple:
                raise SizeError(f"{symbol.name} = {value} is no multiple of {symbol.multiple}")
            return value // symbol.multiple

        return value_of(self, unit_value)

    def substitute(self, symbol: Symbol, value: "Dim") -> "Dim":
        """The size with a multiple of `symbol.multiple` (or another symbol's size) in its place."""
        unit_value = floor_divide(value, symbol.multiple)
        return _replaced(self, Unit(symbol), unit_value)

    def __str__(self) -> str:
        from archdsl.symbolic.text import text_of

        return text_of(self)

    def __repr__(self) -> str:
        return f"Size({self})"


Dim: TypeAlias = int | Size
"""A size: an int wherever it is known."""


def size_of(symbol: Symbol) -> Size:
    """The size that is the symbol itself."""
    return Size({(Unit(symbol),): symbol.multiple})


# --- Arithmetic -----------------------------------------------------------------------------------


def floor_divide(a: Dim, b: Dim) -> Dim:
    """``a // b`` as Python rounds it, in canonical form.

    Raises:
        ZeroDivisionError: `b` is 0.
    """
    if isinstance(b, Size):
        return _divide_by_size(a, b)
    if isinstance(a, int) or b == 1:
        return a if b == 1 else a // b
    if b < 0:
        return floor_divide(-a, -b)
    whole: Dim = 0
    while isinstance(a, Size):
        exact, rest = _split(a.terms, b)
        whole = whole + exact
        constant = rest.pop((), 0)
        if not rest:
            return whole + constant // b
        # floor((g*x + c) / (g*d)) = floor((x + floor(c/g)) / d) for whole x.
        factor = gcd(b, *rest.values())
        if factor > 1:
            rest = {monomial: count // factor for monomial, count in rest.items()}
            constant, b = constant // factor, b // factor
        inner = _nested(rest)
        if inner is None or not isinstance(inner.divisor, int):
            # The constant is kept in [-b/2, b/2): (H - 1) // 2 + 1 reads better than (H + 1) // 2.
            shift = (constant + b // 2) // b
            untouched = exact == 0 and factor == 1 and shift == 0
            left = a if untouched else _build({**rest, (): constant - shift * b})
            return whole + shift + Size({(Quotient(left, b),): 1})
        # floor((floor(x/c) + y) / d) = floor((x + c*y) / (c*d)).
        del rest[(inner,)]
        a = inner.numerator + inner.divisor * (_build(rest) + constant)
        b *= inner.divisor
    return whole + a // b


def _split(terms: Terms, b: int) -> tuple[Dim, dict[Monomial, int]]:
    """The terms that `b` divides, divided, and the others."""
    exact: dict[Monomial, int] = {}
    rest: dict[Monomial, int] = {}
    for monomial, count in terms.items():
        if count % b:
            rest[monomial] = count
        else:
            exact[monomial] = count // b
    return (_build(exact) if exact else 0), rest


def _nested(terms: Terms) -> Quotient | None:
    """A quotient that stands alone with factor 1, so that it can be merged."""
    found = [
        monomial[0]
        for monomial, count in terms.items()
        if count == 1 and len(monomial) == 1 and isinstance(monomial[0], Quotient)
    ]
    return min(found, key=_atom_key, default=None)


def _divide_by_size(a: Dim, b: Size) -> Dim:
    if a == 0:
        return 0
    if a == b:
        return 1
    if isinstance(a, Size) and len(b.terms) == 1:
        [(divisor, factor)] = b.terms.items()
        quotient: dict[Monomial, int] = {}
        for monomial, count in a.terms.items():
            left = _without(monomial, divisor)
            if left is None or count % factor:
                break
            quotient[left] = count // factor
        else:
            return _build(quotient)
    return Size({(Quotient(a, b),): 1})


def _without(monomial: Monomial, divisor: Monomial) -> Monomial | None:
    left = list(monomial)
    for atom in divisor:
        if atom not in left:
            return None
        left.remove(atom)
    return tuple(left)


def _combine(a: Terms, b: Terms) -> Dim:
    total = dict(a)
    for monomial, count in b.items():
        total[monomial] = total.get(monomial, 0) + count
    return _build(total)


def _build(terms: Terms) -> Dim:
    kept = {monomial: count for monomial, count in terms.items() if count}
    if not kept:
        return 0
    return kept[()] if len(kept) == 1 and () in kept else Size(kept)


def _depth(dim: Dim) -> int:
    if isinstance(dim, int):
        return 0
    return max([atom.depth for monomial in dim.terms for atom in monomial], default=0)


def _key(dim: Dim) -> str:
    return dim.key if isinstance(dim, Size) else str(dim)


def _atom_key(atom: Atom) -> str:
    return atom.key


def term_order(term: tuple[Monomial, int]) -> tuple[int, bool, list[str]]:
    """The order of terms: higher degrees first, plain symbols before quotients, then by name."""
    monomial = term[0]
    quotients = max([atom.depth for atom in monomial], default=0) > 0
    return -len(monomial), quotients, [atom.key for atom in monomial]


# --- Evaluation -----------------------------------------------------------------------------------


def value_of(dim: Dim, unit_value: Callable[[Symbol], int]) -> int:
    """The value of an expression for the values of its units."""
    if isinstance(dim, int):
        return dim
    total = 0
    for monomial, count in dim.terms.items():
        for atom in monomial:
            if isinstance(atom, Unit):
                count *= unit_value(atom.symbol)
            else:
                count *= value_of(atom.numerator, unit_value) // value_of(atom.divisor, unit_value)
        total += count
    return total


def _replaced(dim: Dim, unit: Unit, value: Dim) -> Dim:
    if isinstance(dim, int):
        return dim
    total: Dim = 0
    for monomial, count in dim.terms.items():
        product: Dim = count
        for atom in monomial:
            if isinstance(atom, Quotient):
                numerator = _replaced(atom.numerator, unit, value)
                product = product * floor_divide(numerator, _replaced(atom.divisor, unit, value))
            else:
                product = product * (value if atom == unit else Size({(atom,): 1}))
        total = total + product
    return total


def units_of(dim: Dim) -> Iterator[Unit]:
    """Every unit, as often as it is written."""
    if isinstance(dim, Size):
        for monomial in dim.terms:
            for atom in monomial:
                if isinstance(atom, Unit):
                    yield atom
                else:
                    yield from units_of(atom.numerator)
                    yield from units_of(atom.divisor)
