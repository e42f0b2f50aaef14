"""A symbolic shape, evaluated at any legal size, is the concrete shape; errors included."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archdsl.ops import names, op
from archdsl.ops.base import Layer, Problem
from archdsl.types import Dim, Size, Symbol, TensorType, size_of
from tests.ops.draws import Drawn, drawn
from tests.ops.forms import apply

PLAIN = [name for name in names() if not op(name).composite]  # type: ignore[union-attr]
SYMBOLS = ("A", "B", "C")

ONLY_SYMBOLIC = (
    "depends on the input size",
    "depends on the height",
    "depends on the width",
    "depends on the length",
    "depends on the depth",
    "is no whole multiple of its input",
    "leaves more than one size symbolic",
    "elements cannot",
    "must share out its",
)
"""Problems of symbolic sizes alone: at some sizes the op would work."""


def evaluated(dim: Dim, values: dict[str, int]) -> int:
    return dim.evaluate(values) if isinstance(dim, Size) else dim


@pytest.mark.parametrize("name", PLAIN)
def test_symbolic_shapes_equal_concrete_ones(name: str) -> None:
    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(drawn(name), st.lists(st.sampled_from((1, 2, 3, 4, 8)), min_size=3, max_size=3))
    def check(draw: Drawn, multiples: list[int]) -> None:
        symbols = [
            Symbol(label, multiple=multiple)
            for label, multiple in zip(SYMBOLS, multiples, strict=True)
        ]
        sizes = [size_of(symbol) for symbol in symbols]
        shapes = tuple(
            (shape[0], *(1 if size == 1 else sizes[axis] for axis, size in enumerate(shape[1:])))
            for shape in draw.shapes
        )
        symbolic = apply(draw.name, *shapes, **draw.args)
        if isinstance(symbolic, Problem) and (
            symbolic.code in ("E301", "E302")
            or any(text in symbolic.message for text in ONLY_SYMBOLIC)
        ):
            return
        for step in (1, 2, 3, 5, 12):
            values = {symbol.name: symbol.multiple * step for symbol in symbols}
            concrete_shapes = tuple(
                tuple(evaluated(size, values) for size in shape) for shape in shapes
            )
            concrete = apply(draw.name, *concrete_shapes, **draw.args)
            compare(symbolic, concrete, values)

    check()


def compare(symbolic: Layer | Problem, concrete: Layer | Problem, values: dict[str, int]) -> None:
    if isinstance(symbolic, Problem):
        assert isinstance(concrete, Problem)
        assert concrete.code == symbolic.code
        return
    if not all(requirement.holds(values) for requirement in symbolic.requirements):
        assert isinstance(concrete, Problem)
        return
    assert isinstance(concrete, Layer), concrete
    assert concrete.outputs == tuple(
        TensorType(tuple(evaluated(size, values) for size in type.shape))
        for type in symbolic.outputs
    )
    assert concrete.weights == symbolic.weights
    assert concrete.macs == evaluated(symbolic.macs, values)
