"""Kinds of op parameters: which values one takes, within which bounds, and which bare words.

Lists of the language arrive as tuples. A `bool` is no `int`; an `int` will do for a `float`.
"""

from archdsl.types import Size

LARGEST = 2**31 - 1
"""Sizes, counts and factors beyond 32 bits are mistakes."""

AXES = ("channels", "depth", "height", "width", "length")
"""Words for axes; what they stand for follows from the input's rank."""


def is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


class Kind:
    """A kind of parameter.

    Attributes:
        text: its type as documentation shows it, such as ``int | list[int]``.
        words: strings that may be written without quotes.
    """

    text: str
    words: tuple[str, ...] = ()

    def accepts(self, value: object) -> bool:
        """Whether a value has the right type."""
        raise NotImplementedError

    def fault(self, value: object) -> str | None:
        """What is wrong with a value that was accepted: "must be at least 1, not 0"; or None."""
        return None


class Int(Kind):
    """A whole number within bounds; `none` for a parameter that may be left open."""

    def __init__(self, minimum: int = -LARGEST, *, none: bool = False) -> None:
        self.text = "int | none" if none else "int"
        self.minimum = minimum
        self.none = none

    def accepts(self, value: object) -> bool:
        return is_int(value) or (self.none and value is None)

    def fault(self, value: object) -> str | None:
        return None if value is None else _bound_fault((value,), self.minimum)


class Ints(Kind):
    """A list of whole numbers."""

    text = "list[int]"

    def __init__(self, minimum: int = -LARGEST, *, sizes: bool = False) -> None:
        self.minimum = minimum
        self.sizes = sizes

    def accepts(self, value: object) -> bool:
        return isinstance(value, tuple) and all(_is_number(item, self.sizes) for item in value)

    def fault(self, value: object) -> str | None:
        assert isinstance(value, tuple)
        return _bound_fault(value, self.minimum) if value else "must not be empty"


class PerAxis(Kind):
    """One number for all spatial axes, or a list of one an axis.

    Attributes:
        sizes: whether symbolic sizes are taken as well.
        none: whether it may be left open.
    """

    def __init__(self, minimum: int, *, sizes: bool = False, none: bool = False) -> None:
        self.text = "int | list[int] | none" if none else "int | list[int]"
        self.minimum = minimum
        self.sizes = sizes
        self.none = none

    def accepts(self, value: object) -> bool:
        if value is None:
            return self.none
        if not isinstance(value, tuple):
            return _is_number(value, self.sizes)
        return all(_is_number(item, self.sizes) for item in value)

    def fault(self, value: object) -> str | None:
        if value is None:
            return None
        if value == ():
            return "must not be empty"
        return _bound_fault(value if isinstance(value, tuple) else (value,), self.minimum)


class Sides(Kind):
    """Amounts at the borders: for all sides, one an axis, or a pair an axis (before, after)."""

    def __init__(self, words: tuple[str, ...] = ()) -> None:
        self.text = " | ".join(("int", "list[int]", "list[list[int]]", *words))
        self.words = words

    def accepts(self, value: object) -> bool:
        if isinstance(value, str):
            return value in self.words
        if not isinstance(value, tuple):
            return is_int(value)
        pairs = all(isinstance(item, tuple) and all(map(is_int, item)) for item in value)
        return pairs or all(map(is_int, value))

    def fault(self, value: object) -> str | None:
        if isinstance(value, str):
            return None
        if value == ():
            return "must not be empty"
        items = value if isinstance(value, tuple) else (value,)
        for item in items:
            if isinstance(item, tuple) and len(item) != 2:
                return f"must have two numbers an axis (before, after), not {len(item)}"
            fault = _bound_fault(item if isinstance(item, tuple) else (item,), 0)
            if fault:
                return fault
        return None


class Real(Kind):
    """A number within bounds; `above` is a bound that is itself left out."""

    def __init__(
        self,
        minimum: float | None = None,
        maximum: float | None = None,
        *,
        above: float | None = None,
        none: bool = False,
    ) -> None:
        self.text = "float | none" if none else "float"
        self.minimum = minimum
        self.maximum = maximum
        self.above = above
        self.none = none

    def accepts(self, value: object) -> bool:
        return is_int(value) or isinstance(value, float) or (self.none and value is None)

    def fault(self, value: object) -> str | None:
        if value is None:
            return None
        assert isinstance(value, int | float)
        if not -1e38 < value < 1e38:
            return f"must be an ordinary number, not {value}"
        if self.above is not None and not value > self.above:
            return f"must be above {self.above:g}, not {value}"
        low = self.minimum is None or value >= self.minimum
        high = self.maximum is None or value <= self.maximum
        if low and high:
            return None
        if self.maximum is None:
            return f"must be at least {self.minimum:g}, not {value}"
        return f"must be between {self.minimum:g} and {self.maximum:g}, not {value}"


class Bool(Kind):
    """true or false."""

    text = "bool"

    def accepts(self, value: object) -> bool:
        return isinstance(value, bool)


class Word(Kind):
    """One of a few words; `none` is the literal."""

    def __init__(self, *words: str, none: bool = False) -> None:
        self.words = words
        self.none = none
        self.text = " | ".join((*words, "none") if none else words)

    def accepts(self, value: object) -> bool:
        return value in self.words if isinstance(value, str) else self.none and value is None


class Axis(Kind):
    """An axis, counted without the batch (0 is channels, -1 the last) or by name."""

    words = AXES

    def __init__(self, *, none: bool = False) -> None:
        self.text = "axis | none" if none else "axis"
        self.none = none

    def accepts(self, value: object) -> bool:
        if isinstance(value, str):
            return value in self.words
        return is_int(value) or (self.none and value is None)


class Axes(Kind):
    """One axis or a list of axes."""

    text = "axis | list[axis]"
    words = AXES

    def accepts(self, value: object) -> bool:
        items = value if isinstance(value, tuple) else (value,)
        return all(item in AXES if isinstance(item, str) else is_int(item) for item in items)

    def fault(self, value: object) -> str | None:
        return "must not be empty" if value == () else None


def _is_number(value: object, sizes: bool) -> bool:
    return is_int(value) or (sizes and isinstance(value, Size))


def _bound_fault(values: tuple[object, ...], minimum: int) -> str | None:
    for value in values:
        if isinstance(value, int) and value < minimum:
            return f"must be at least {minimum}, not {value}"
        if isinstance(value, int) and value > LARGEST:
            return f"must be at most {LARGEST}, not {value}"
    return None
