"""Kinds of parameters: what they take, and what they say about what is out of bounds."""

import math

import pytest

from archdsl.ops.kinds import Axes, Axis, Bool, Int, Ints, Kind, PerAxis, Real, Sides, Word
from archdsl.types import Symbol, size_of

H = size_of(Symbol("H"))
WORDS = ("same", "valid", "same_upper")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Int(1), "int"),
        (Int(none=True), "int | none"),
        (Ints(1), "list[int]"),
        (PerAxis(1), "int | list[int]"),
        (PerAxis(1, none=True), "int | list[int] | none"),
        (Sides(WORDS), "int | list[int] | list[list[int]] | same | valid | same_upper"),
        (Real(), "float"),
        (Real(none=True), "float | none"),
        (Bool(), "bool"),
        (Word("nearest", "bilinear"), "nearest | bilinear"),
        (Word("tanh", none=True), "tanh | none"),
        (Axis(), "axis"),
        (Axes(), "axis | list[axis]"),
    ],
)
def test_text(kind: Kind, text: str) -> None:
    assert kind.text == text


@pytest.mark.parametrize(
    ("kind", "taken", "refused"),
    [
        (Int(1), [1, 0, -3], [True, 1.0, "1", None, (1,), H]),
        (Int(none=True), [1, None], [True, "none"]),
        (Ints(1), [(1,), (1, 2), ()], [1, (1.0,), (True,), (H,)]),
        (Ints(1, sizes=True), [(1, H)], [H]),
        (PerAxis(1), [1, (1, 2), (1,)], [True, (1, True), 1.5, "same", None, H]),
        (PerAxis(1, sizes=True), [H, (H, 7)], [None]),
        (PerAxis(1, none=True), [None, 2], [H]),
        (Sides(WORDS), [0, (1, 2), ((1, 2), (3, 4)), "same"], ["full", True, ((1, 2), 3), H]),
        (Sides(), [1], ["same"]),
        (Real(), [1, 1.5, -2], [True, "1", None, H]),
        (Real(none=True), [None], [False]),
        (Bool(), [True, False], [0, 1, "true", None]),
        (Word("nearest"), ["nearest"], ["bilinear", None, 1, ("nearest",)]),
        (Word("tanh", none=True), ["tanh", None], ["none"]),
        (Axis(), [0, -1, "channels", "width"], [True, "batch", None, 1.0]),
        (Axis(none=True), [None], []),
        (Axes(), [0, "height", ("height", "width"), (1, "width")], [None, ("batch",), (1.0,)]),
    ],
)
def test_accepts(kind: Kind, taken: list[object], refused: list[object]) -> None:
    assert [value for value in taken if not kind.accepts(value)] == []
    assert [value for value in refused if kind.accepts(value)] == []


@pytest.mark.parametrize(
    ("kind", "value", "fault"),
    [
        (Int(1), 0, "must be at least 1, not 0"),
        (Int(1), 2**31, "must be at most 2147483647, not 2147483648"),
        (Int(none=True), None, None),
        (Ints(1), (), "must not be empty"),
        (Ints(1), (3, 0), "must be at least 1, not 0"),
        (PerAxis(1), (2, -1), "must be at least 1, not -1"),
        (PerAxis(1), (), "must not be empty"),
        (PerAxis(1, sizes=True), H, None),
        (PerAxis(1, none=True), None, None),
        (Sides(WORDS), "same", None),
        (Sides(WORDS), -1, "must be at least 0, not -1"),
        (Sides(WORDS), ((0, 1), (-2, 0)), "must be at least 0, not -2"),
        (Sides(WORDS), ((0, 1, 2),), "must have two numbers an axis (before, after), not 3"),
        (Sides(WORDS), (), "must not be empty"),
        (Real(0, 1), 1.5, "must be between 0 and 1, not 1.5"),
        (Real(0, 1), 1, None),
        (Real(above=0), 0, "must be above 0, not 0"),
        (Real(0), -0.5, "must be at least 0, not -0.5"),
        (Real(), math.inf, "must be an ordinary number, not inf"),
        (Real(), math.nan, "must be an ordinary number, not nan"),
        (Real(none=True), None, None),
        (Bool(), True, None),
        (Axes(), (), "must not be empty"),
    ],
)
def test_fault(kind: Kind, value: object, fault: str | None) -> None:
    assert kind.accepts(value)
    assert kind.fault(value) == fault
