"""The smallest input that works, which messages about inputs that are too small name."""

import re
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archdsl import driver
from archdsl.diagnostics import Diagnostic
from archdsl.elaborate.sampling import MOST_SEARCHES, smallest
from archdsl.types import Requirement, Size, Symbol, floor_divide, size_of

H = size_of(Symbol("H"))
W = size_of(Symbol("W"))
H32 = size_of(Symbol("H", multiple=32))
SYMBOLS = [*H.symbols, *W.symbols]

windows = st.tuples(st.integers(1, 7), st.integers(1, 3), st.integers(0, 2))


def strided(size: Size) -> Size:
    found = floor_divide(size - 1, 2) + 1
    assert isinstance(found, Size)
    return found


def test_sizes_on_which_all_holds() -> None:
    deep = strided(strided(strided(H)))
    assert smallest([Requirement(deep, ">=", 7)], SYMBOLS) == {"H": 49, "W": 1}
    assert smallest([Requirement(H32, ">=", 33)], H32.symbols) == {"H": 64}
    assert smallest([Requirement(H, "%", 8), Requirement(H, ">=", 9)], H.symbols) == {"H": 16}
    area = H * W
    assert isinstance(area, Size)
    assert smallest([Requirement(area, ">=", 30)], SYMBOLS) == {"H": 6, "W": 6}
    bounded = Symbol("H", maximum=6)
    assert smallest([Requirement(size_of(bounded), ">=", 7)], [bounded]) is None
    assert smallest([], SYMBOLS) == {"H": 1, "W": 1}


def test_many_requirements_are_one_pass() -> None:
    requirements = [Requirement(H, ">=", number) for number in range(2, 2000)]
    assert smallest(requirements, H.symbols) == {"H": 1999}


@settings(deadline=None)
@given(st.lists(windows, min_size=1, max_size=5))
def test_the_size_in_the_message_works_and_no_smaller_one(
    tmp_path_factory: object, layers: list[tuple[int, int, int]]
) -> None:
    path = tmp_path_factory.mktemp("net") / "net.arch"  # type: ignore[attr-defined]
    chain = " -> ".join(
        f"conv(4, kernel={kernel}, stride={stride}, pad={pad})" for kernel, stride, pad in layers
    )
    path.write_text(f"network N {{\n  input x: image[3, H=1, 900]\n  {chain}\n}}\n")

    def failing(sizes: dict[str, int]) -> Diagnostic | None:
        found = driver.check(str(path), sizes=sizes).diagnostics
        return found[0] if found else None

    first = failing({})
    assume(first)
    assert first is not None and first.code == "E303"
    named = re.search(r"works here has H=(\d+)", first.help or "")
    assert named is not None
    least = int(named[1])
    # What lies behind the layer that failed may need more still.
    later, earlier = failing({"H": least}), failing({"H": least - 1})
    assert later is None or later.span.start > first.span.start
    assert earlier is not None and earlier.span.start <= first.span.start


def test_a_run_looks_for_a_few_sizes_only(tmp_path: Path) -> None:
    path = tmp_path / "net.arch"
    network = "{{\n  input x: image[3, H=8, W=8]\n  conv(4, 9, pad=0)\n}}\n"
    path.write_text("".join(f"network N{number} {network.format()}" for number in range(9)))
    found = driver.check(str(path)).diagnostics
    named = [one for one in found if one.help and "works here" in one.help]
    assert (len(found), len(named)) == (9, MOST_SEARCHES)
