"""Every op over its parameters' ranges: onnxruntime against PyTorch's own."""

from typing import NamedTuple, TypeGuard

import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st

from archdsl.backends import onnx
from archdsl.backends.onnx.forms import FORMS
from archdsl.ops import names, op
from archdsl.ops.base import Layer, Op, Problem
from archdsl.ops.kinds import Bool, Kind, Sides, Word
from archdsl.types import Symbol, size_of
from tests.onnx.single import compare, single
from tests.ops.draws import Drawn, drawn
from tests.ops.forms import apply, filled
from tests.ops.test_symbolic import evaluated

OPS = {name: found for name in names() if (found := op(name)) and not found.composite}
OPSETS = (onnx.OLDEST_OPSET, 17, onnx.DEFAULT_OPSET, onnx.newest_opset())

FLAT_TOO = {  # the others need space
    *("linear", "bn", "gn", "ln", "scale", "dropout", "droppath", "identity", "flatten"),
    *("reshape", "permute", "slice", "chunk", "split", "add", "mul", "concat"),
    *(name for name, found in OPS.items() if found.family == "activation"),
}
IMAGES_ONLY = {"pixel_shuffle", "pixel_unshuffle"}

SINCE = {"ln": 17}
"""The opset from which on an op has a form, whatever its arguments."""


def ranks(name: str) -> tuple[int, ...]:
    """How many spatial axes an op takes."""
    if name in IMAGES_ONLY:
        return (2,)
    return (0, 1, 2, 3) if name in FLAT_TOO else (1, 2, 3)


def fitting(examples: int) -> settings:
    """As many draws that fit, out of ten times as many."""
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )


class Compared(NamedTuple):
    """A draw that was compared."""

    rank: int
    opset: int
    layer: Layer
    args: dict[str, object]


def test_every_op_has_a_form() -> None:
    assert sorted(FORMS) == sorted(OPS)


@pytest.mark.parametrize("name", OPS)
def test_op_equals_pytorch(name: str) -> None:
    compared: list[Compared] = []
    for rank in ranks(name):
        for opset in OPSETS:
            if opset >= SINCE.get(name, 0):
                compared += compared_at(name, rank, opset)
    check_coverage(OPS[name], compared)


def compared_at(name: str, rank: int, opset: int) -> list[Compared]:
    """Draws with inputs of that many spatial axes."""
    compared = []

    @seed(100 * rank + opset)
    @fitting(4 + len(OPS[name].parameters))
    @given(drawn(name, (rank,)), st.booleans(), st.sampled_from((1, 10)))
    def check(draw: Drawn, optimised: bool, spread: float) -> None:
        found = apply(draw.name, *draw.shapes, **draw.args)
        assume(runnable(found) and not onnx.unsupported(single(found), opset))
        compare(found, opset, optimised=optimised, spread=spread)
        compared.append(Compared(rank, opset, found, filled(draw.name, draw.args)))

    check()
    return compared


def check_coverage(found: Op, compared: list[Compared]) -> None:
    """Every number of axes at every opset; every parameter with other values than its default, and
    with each of those that it has few of.
    """
    for rank in ranks(found.name):
        at_rank = [one for one in compared if one.rank == rank]
        opsets = {one.opset for one in at_rank}
        assert opsets >= {opset for opset in OPSETS if opset >= SINCE.get(found.name, 0)}
        wide = [one for one in at_rank if rank == 0 or max(one.layer.inputs[0].spatial) > 1]  # type: ignore[type-var]
        assert len(wide) >= 5, f"only {len(wide)} of {len(at_rank)} draws with {rank} axes are wide"
    for parameter in found.parameters:
        values = [one.args[parameter.name] for one in compared]
        other = [value for value in values if value != parameter.default]
        assert len(other) >= 5, f"{parameter.name} is hardly ever anything but its default"
        for value in few(parameter.kind):
            assert value in values, f"{parameter.name} is never {value}"


def runnable(found: Layer | Problem) -> TypeGuard[Layer]:
    """Whether the op takes what was drawn; PyTorch has no instance norm of a single value."""
    if isinstance(found, Problem):
        return False
    return found.op.name != "instance_norm" or set(found.inputs[0].spatial) != {1}


def few(kind: Kind) -> tuple[object, ...]:
    """The values of a kind that has few of them."""
    if isinstance(kind, Bool):
        return (True, False)
    return kind.words if isinstance(kind, Word | Sides) else ()


@pytest.mark.parametrize("name", OPS)
def test_symbolic_sizes_equal_pytorch_at_each_size(name: str) -> None:
    @seed(0)
    @fitting(8)
    @given(
        drawn(name, ranks(name)[-3:]),
        st.tuples(*[st.sampled_from((1, 2, 4))] * 4),
        st.tuples(*[st.integers(1, 5)] * 4),
        st.booleans(),
    )
    def check(
        draw: Drawn, multiples: tuple[int, ...], units: tuple[int, ...], channels: bool
    ) -> None:
        symbols = [
            Symbol(label, multiple=multiple)
            for label, multiple in zip("CDHW", multiples, strict=True)
        ]
        values = {
            symbol.name: symbol.multiple * unit for symbol, unit in zip(symbols, units, strict=True)
        }
        shapes = tuple(
            tuple(
                size if size == 1 or (axis == 0 and not channels) else size_of(symbols[axis])
                for axis, size in enumerate(shape)
            )
            for shape in draw.shapes
        )
        found = apply(name, *shapes, **draw.args)
        assume(isinstance(found, Layer) and not onnx.unsupported(single(found)))
        at_values = (tuple(evaluated(size, values) for size in shape) for shape in shapes)
        known = apply(name, *at_values, **draw.args)
        assume(runnable(known))
        compare(found, known=known)

    check()
