"""The fast named tuples behave as the standard library's."""

import copy
import typing

import pytest

from archdsl.records import NamedTuple


class Point(NamedTuple):
    """A point."""

    x: int
    y: int = 2
    z: int = 3

    @property
    def total(self) -> int:
        return self.x + self.y + self.z


class Standard(typing.NamedTuple):
    x: int
    y: int = 2
    z: int = 3


@pytest.mark.parametrize(
    ("values", "named"),
    [((1,), {}), ((1, 5), {}), ((1, 5, 6), {}), ((1,), {"z": 9}), ((), {"x": 4, "y": 0})],
)
def test_construction(values: tuple[int, ...], named: dict[str, int]) -> None:
    assert tuple(Point(*values, **named)) == tuple(Standard(*values, **named))


@pytest.mark.parametrize(
    ("values", "named"),
    [((), {}), ((1, 2, 3, 4), {}), ((1,), {"x": 2}), ((1,), {"w": 2}), ((), {"y": 1})],
)
def test_wrong_construction(values: tuple[int, ...], named: dict[str, int]) -> None:
    for cls in (Point, Standard):
        with pytest.raises(TypeError):
            cls(*values, **named)


def test_use() -> None:
    point = Point(1)
    x, y, z = point
    assert (x, y, z, point.total) == (1, 2, 3, 6)
    assert point._replace(y=7) == (1, 7, 3)
    assert Point._make((1, 2, 3)).total == 6
    with pytest.raises(TypeError):
        point._replace(w=1)
    with pytest.raises(AttributeError):
        point.x = 3  # type: ignore[misc]
    assert not hasattr(point, "__dict__")
    assert repr(point) == "Point(x=1, y=2, z=3)"
    assert copy.copy(point) == point
    match point:
        case Point(x, y):
            assert (x, y) == (1, 2)
