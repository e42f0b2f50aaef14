"""Symbolic sizes: exact, canonical, and equal to what the integers say at every legal value."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archdsl.types import (
    Dim,
    Size,
    SizeError,
    Symbol,
    TensorType,
    TooComplex,
    Undecided,
    bounds,
    constant_when,
    equal_when,
    hinted,
    product,
    same,
    size_of,
)

H = size_of(Symbol("H", 224))
W = size_of(Symbol("W", 320))
EVEN = size_of(Symbol("H", 224, multiple=2))
H32 = size_of(Symbol("H", 224, multiple=32))
W32 = size_of(Symbol("W", 224, multiple=32))


def strided(size: Dim, kernel: int = 3, pad: int = 1) -> Dim:
    """The size after a convolution of stride 2."""
    return (size + (2 * pad - kernel)) // 2 + 1


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (H, "H"),
        ((H32 + 6 - 7) // 2 + 1, "H/2"),
        (strided(strided(H32)), "H/4"),
        (strided(H), "(H-1)//2+1"),
        (strided(strided(H)), "(H-1)//4+1"),
        (strided(strided(strided(strided(strided(H))))), "(H-1)//32+1"),
        (strided(H, kernel=7, pad=0), "(H-1)//2-2"),
        (EVEN // 4, "H//4"),
        (3 * (H // 2) // 2, "3*(H//2)//2"),
        (H32 * W32 // 16, "H*W/16"),
        (512 * (H32 // 32) * (W32 // 32), "H*W/2"),
        (H % 2, "H-2*(H//2)"),
        (H32 % 4, "0"),
        (5 - H, "-H+5"),
        (-H // -3, "H//3"),
        (H * W // W, "H"),
        (H // W, "H//W"),
        ((2 * H + 1) // 4, "H//2"),
        ((2 * H + 3) // 4, "(H-1)//2+1"),
        ((H // 3 + 2) // 5, "(H+6)//15"),
        ((H + W) // (2 * W), "(H+W)//(2*W)"),
        (100 // H, "100//H"),
        ((H + 1) * (W - 1), "H*W-H+W-1"),
        (H - H, "0"),
    ],
)
def test_canonical_text(size: Dim, text: str) -> None:
    assert str(size) == text


def test_constant_results_are_plain_ints() -> None:
    assert type(H - H) is int
    assert type(H32 % 32) is int
    assert type(0 * H) is int
    assert type((H * W) // (W * H)) is int
    assert type(0 // H) is int


def test_equal_sizes_are_equal_and_hash_alike() -> None:
    left, right = strided(strided(H)), (H + 3) // 4
    assert left == right
    assert hash(left) == hash(right)
    assert (H == 224) is False
    assert H != W
    with pytest.raises(ZeroDivisionError):
        H // 0
    with pytest.raises(ZeroDivisionError):
        H % 0


# --- Random expressions ---------------------------------------------------------------------------

OPERATORS = ("+", "-", "*", "//", "%", "neg", "r-", "r//")


@st.composite
def steps(draw: st.DrawFn) -> list[tuple[str, int | str]]:
    """A program over a first symbol: each step joins the value with a number or a symbol."""
    operand = st.integers(1, 7) | st.sampled_from(("H", "W"))
    return draw(st.lists(st.tuples(st.sampled_from(OPERATORS), operand), max_size=7))


def run(program: list[tuple[str, int | str]], names: dict[str, Dim]) -> Dim:
    value = names["H"]
    for operator, operand in program:
        other = names[operand] if isinstance(operand, str) else operand
        if operator == "+":
            value = value + other
        elif operator == "-":
            value = value - other
        elif operator == "*":
            value = value * other
        elif operator == "//":
            value = value // other
        elif operator == "%":
            value = value % other
        elif operator == "neg":
            value = -value
        elif operator == "r-":
            value = other - value
        else:
            # Kept away from division by zero, which is an error for ints alone.
            value = other // (value * value + 1)
    return value


MULTIPLES = st.sampled_from((1, 2, 3, 4, 32))


@settings(max_examples=400, deadline=None)
@given(steps(), MULTIPLES, MULTIPLES, st.integers(1, 40), st.integers(1, 40))
def test_arithmetic_equals_pythons(
    program: list[tuple[str, int | str]], h: int, w: int, a: int, b: int
) -> None:
    symbols = Symbol("H", multiple=h), Symbol("W", multiple=w)
    try:
        size = run(program, {"H": size_of(symbols[0]), "W": size_of(symbols[1])})
    except TooComplex:
        return
    values = {"H": a * h, "W": b * w}
    expected = run(program, dict(values))
    found = size.evaluate(values) if isinstance(size, Size) else size
    assert found == expected
    low, high = bounds(size)
    assert isinstance(expected, int)
    assert low is None or low <= expected
    assert high is None or expected <= high


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.integers(-7, 7), st.sampled_from((1, 2, 2, 3, 4, 8))),
        min_size=1,
        max_size=5,
    ),
    MULTIPLES,
)
def test_chains_of_windows_equal_pythons(chain: list[tuple[int, int, int]], multiple: int) -> None:
    """Up-sampling by a factor, padding less a kernel, and a stride, as networks chain them."""

    def last(size: Dim) -> Dim:
        for factor, margin, stride in chain:
            size = (size * factor + margin) // stride + 1
        return size

    symbolic = last(size_of(Symbol("H", multiple=multiple)))
    for value in range(multiple, 30 * multiple, multiple):
        expected = last(value)
        assert (
            symbolic.evaluate({"H": value}) if isinstance(symbolic, Size) else symbolic
        ) == expected


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(("+", "-", "*", "//")), st.integers(1, 6)), max_size=5),
    st.lists(st.tuples(st.sampled_from(("+", "-", "*", "//")), st.integers(1, 6)), max_size=5),
    MULTIPLES,
)
def test_same_is_equality_at_every_value(
    left: list[tuple[str, int | str]], right: list[tuple[str, int | str]], multiple: int
) -> None:
    symbol = Symbol("H", multiple=multiple)
    a, b = (run(program, {"H": size_of(symbol)}) for program in (left, right))
    equal_everywhere = all(
        run(left, {"H": value}) == run(right, {"H": value})
        for value in range(multiple, 400 * multiple, multiple)
    )
    if same(a, b):
        assert equal_everywhere
    elif equal_everywhere:
        # Only what goes beyond the period that is searched may be missed.
        assert bounds(a - b) != (0, 0)


def test_same_finds_what_the_canonical_form_does_not() -> None:
    ceiling = -(-H // 2)
    assert ceiling != (H + 1) // 2
    assert same(ceiling, (H + 1) // 2)
    assert same(H - H // 2, (H + 1) // 2)
    assert not same(H // 2 * 2, H)
    assert not same(H, W)
    assert same(3, 3)
    assert not same(H, 224)


def test_equal_when() -> None:
    doubled = 2 * strided(H)
    assert equal_when(doubled, H, H.symbols[0]) == 2
    deep = strided(strided(strided(strided(strided(H)))))
    assert equal_when(32 * deep, H, H.symbols[0]) == 32
    assert equal_when(H, H + 1, H.symbols[0]) is None
    six = size_of(Symbol("H", multiple=3))
    assert equal_when(six // 2 * 2, six, six.symbols[0]) == 6


def test_constant_when() -> None:
    assert constant_when(H % 4, H.symbols[0]) == 4
    assert constant_when(strided(H) % 2, H.symbols[0]) == 4
    assert constant_when(H, H.symbols[0]) is None


# --- Bounds and searches --------------------------------------------------------------------------


def test_comparisons_are_decided_by_bounds_or_refused() -> None:
    limited = size_of(Symbol("H", minimum=64, maximum=512))
    assert limited >= 64
    assert limited > 63
    assert limited < 513
    assert limited <= 512
    assert limited // 2 >= 32
    assert H * W > 0
    assert H < H + 1
    assert not limited > 512
    with pytest.raises(Undecided, match="whether H >= 100 depends on the input size"):
        assert limited >= 100
    with pytest.raises(Undecided):
        assert H < W


def test_bounds_of_one_symbol_are_exact() -> None:
    assert bounds(H - 2 * (H // 2)) == (0, 1)
    assert bounds(H // 2 * 2 - H) == (-1, 0)
    limited = size_of(Symbol("H", minimum=10, maximum=20))
    assert bounds(limited - limited // 3) == (7, 14)
    assert bounds(limited * limited) == (100, 400)
    assert bounds(7) == (7, 7)
    assert bounds(H - W) == (None, None)


# --- Limits ---------------------------------------------------------------------------------------


def test_bounds_between_the_ends_of_a_size() -> None:
    """Of few values each is tried, of many those at the ends."""
    for maximum in (9, 99):
        size = size_of(Symbol("H", None, minimum=2, maximum=maximum))
        for found in (size - 3 * (size // 3), size // 2 + size // 3, size // 4 - size):
            values = [found.evaluate({"H": value}) for value in range(2, maximum + 1)]
            assert bounds(found) == (min(values), max(values)), found
    assert bounds(7) == (7, 7)
    # Of what repeats too seldom to be tried, all that is known is how its parts grow.
    low, high = bounds(H - 3000 * (H // 3000))
    assert low is None or low <= 0
    assert high is None or high >= 2999


def test_growth_ends_in_an_error_and_not_in_a_hang() -> None:
    size: Dim = H
    with pytest.raises(TooComplex):
        for _ in range(500):
            size = 3 * size // 2 + 1
    size = H + W
    with pytest.raises(TooComplex):
        for _ in range(100):
            size = size * size
    with pytest.raises(TooComplex):
        size = H * 2**40 * 2**40


def test_products_of_long_sums_are_refused() -> None:
    long = H
    for divisor in range(2, 70):
        long = long + H // divisor
    with pytest.raises(TooComplex):
        long * long


def test_a_long_chain_of_strides_stays_small() -> None:
    size: Dim = H
    for _ in range(60):
        size = strided(size)
    assert str(size) == f"(H-1)//{2**60}+1"


# --- Types ----------------------------------------------------------------------------------------


def test_tensor_type() -> None:
    type = TensorType((64, strided(H32), 56))
    assert str(type) == "[64, H/2, 56]"
    assert type.channels == 64
    assert type.spatial == (strided(H32), 56)
    assert type.rank == 2
    assert TensorType((10,)).rank == 0
    assert product((2, 3, H)) == 6 * H


def test_evaluation_refuses_illegal_values() -> None:
    with pytest.raises(SizeError, match="H = 100 is no multiple of 32"):
        H32.evaluate({"H": 100})
    with pytest.raises(KeyError):
        H32.evaluate({})


def test_hinted() -> None:
    assert hinted(strided(H32)) == 112
    assert hinted(7) == 7
    assert hinted(size_of(Symbol("T")) + H) is None
    assert hinted(size_of(Symbol("H", 225, multiple=32))) is None


def test_symbol_legality() -> None:
    symbol = Symbol("H", multiple=32, minimum=40, maximum=100)
    assert symbol.first == 64
    assert [value for value in range(200) if symbol.legal(value)] == [64, 96]
