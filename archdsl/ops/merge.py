"""Ops that join several values: add, mul and concat."""

from collections.abc import Mapping

from archdsl.annotations import cast
from archdsl.ops.base import (
    GLOBAL,
    POINTWISE,
    Layer,
    Op,
    Parameter,
    Problem,
    Reach,
    TorchArg,
    TorchCall,
    TorchForm,
    TorchOperator,
)
from archdsl.ops.kinds import Axis
from archdsl.ops.window import AXIS_NAMES, resolve_axis
from archdsl.types import Dim, Size, TensorType, equal_when, same


def dimension_name(rank: int, axis: int) -> str:
    """The name of an axis, 0 for channels."""
    names = ("channels", *AXIS_NAMES.get(rank, ()))
    return names[axis] if axis < len(names) else f"axis {axis}"


def equality_advice(a: Dim, b: Dim) -> str | None:
    """What to promise at the input so that two symbolic sizes are equal."""
    symbols = {symbol for side in (a, b) if isinstance(side, Size) for symbol in side.symbols}
    if len(symbols) != 1:
        return None
    (symbol,) = symbols
    multiple = equal_when(a, b, symbol)
    if multiple is None:
        return None
    return f"they are equal where {symbol.name} % {multiple} == 0: promise that at the input"


def _pair(inputs: tuple[TensorType, ...], first: int, second: int) -> str:
    pair = f"{inputs[first]} and {inputs[second]}"
    return pair if len(inputs) == 2 else f"{pair}, inputs {first + 1} and {second + 1}"


def _axes_differ(inputs: tuple[TensorType, ...], index: int) -> str:
    first, other = inputs[0].rank + 1, inputs[index].rank + 1
    axes = "axes" if first > 1 else "axis"
    return f"{_pair(inputs, 0, index)}: one has {first} {axes}, the other {other}"


def _sizes_differ(inputs: tuple[TensorType, ...], first: int, second: int, axis: int) -> str:
    name = dimension_name(inputs[first].rank, axis)
    plural = name if axis == 0 else f"{name}s"
    sizes = f"{inputs[first].shape[axis]} and {inputs[second].shape[axis]}"
    return f"{_pair(inputs, first, second)}: the {plural} are {sizes}"


def _advice(wanted: Dim, axis: int) -> str:
    if axis == 0:
        return f"bring both to the same channels, for example with conv({wanted}, 1) on the first"
    return "bring both to the same size: the strides and pads on the way to them differ"


class Elementwise(Op):
    """A sum or product of values of one shape; a size of 1 is broadcast."""

    family = "merge"
    arity = None

    def __init__(self, name: str, symbol: str, doc: str) -> None:
        self.name = name
        self.symbol = symbol
        self.doc = doc

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        first = inputs[0]
        shape = list(first.shape)
        # For each axis, the input that its size comes from.
        origin = [0] * len(shape)
        for index, other in enumerate(inputs):
            if other.rank != first.rank:
                return self._ranks(inputs, index)
            for axis, (a, b) in enumerate(zip(shape, other.shape, strict=True)):
                if a == 1:
                    shape[axis], origin[axis] = b, index
                elif b != 1 and not same(a, b):
                    return self._mismatch(inputs, origin[axis], index, axis)
        return Layer(self, args, inputs, (TensorType(tuple(shape)),))

    def _ranks(self, inputs: tuple[TensorType, ...], index: int) -> Problem:
        first, other = inputs[0], inputs[index]
        flat, full = sorted((first, other), key=lambda type: type.rank)
        ones = "".join(", 1" for _ in full.spatial)
        advice = (
            f"write reshape([{flat.channels}{ones}]) to spread the flat value over all positions"
            if flat.rank == 0
            else "bring them to the same number of axes"
        )
        return Problem("E301", f"{self.name} of {_axes_differ(inputs, index)}", advice)

    def _mismatch(
        self, inputs: tuple[TensorType, ...], earlier: int, index: int, axis: int
    ) -> Problem:
        first, other = inputs[earlier], inputs[index]
        a, b = first.shape[axis], other.shape[axis]
        advice = equality_advice(a, b) or _advice(b, axis)
        return Problem(
            "E301", f"{self.name} of {_sizes_differ(inputs, earlier, index, axis)}", advice
        )

    def shape_lines(self, layer: Layer) -> tuple[str, ...]:
        shapes = f" {self.symbol} ".join(map(str, layer.inputs))
        return (f"shape: {shapes} -> {layer.outputs[0]}",)

    def pytorch(self, layer: Layer) -> TorchForm:
        return TorchOperator(self.symbol)


class Concat(Op):
    """Values side by side along an axis."""

    name = "concat"
    doc = "Joins values along an axis."
    family = "merge"
    arity = None
    parameters = (Parameter("axis", Axis(), "channels", "the axis along which they are joined"),)

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        first = inputs[0]
        joined = resolve_axis(self.name, cast(int | str, args["axis"]), first, "axis")
        if isinstance(joined, Problem):
            return joined
        total: Dim = 0
        for index, other in enumerate(inputs):
            if other.rank != first.rank:
                return Problem(
                    "E302",
                    f"concat of {_axes_differ(inputs, index)}",
                    "bring them to the same number of axes",
                )
            for axis, (a, b) in enumerate(zip(first.shape, other.shape, strict=True)):
                if axis != joined and not same(a, b):
                    return self._mismatch(inputs, index, axis, joined)
            total = total + other.shape[joined]
        shape = (*first.shape[:joined], total, *first.shape[joined + 1 :])
        return Layer(self, {"axis": joined}, inputs, (TensorType(shape),))

    def _mismatch(
        self, inputs: tuple[TensorType, ...], index: int, axis: int, joined: int
    ) -> Problem:
        a, b = inputs[0].shape[axis], inputs[index].shape[axis]
        along = dimension_name(inputs[0].rank, joined)
        return Problem(
            "E302",
            f"concat along {along} of {_sizes_differ(inputs, 0, index, axis)}",
            equality_advice(a, b) or _advice(b, axis),
        )

    def reach(self, layer: Layer) -> Reach:
        # Along an axis of the map, positions are those of one operand after the other.
        return POINTWISE if layer.args["axis"] == 0 else GLOBAL

    def shape_lines(self, layer: Layer) -> tuple[str, ...]:
        axis = cast(int, layer.args["axis"])
        name = dimension_name(layer.inputs[0].rank, axis)
        parts = " + ".join(str(type.shape[axis]) for type in layer.inputs)
        return (f"{name}: {parts} = {layer.outputs[0].shape[axis]}",)

    def pytorch(self, layer: Layer) -> TorchForm:
        axis = cast(int, layer.args["axis"])
        return TorchCall("torch.cat", (TorchArg("dim", axis + 1, keyword=False),), listed=True)


OPS: tuple[Op, ...] = (
    Elementwise("add", "+", "Element-wise sum; a size of 1 is broadcast."),
    Elementwise("mul", "*", "Element-wise product; a size of 1 is broadcast."),
    Concat(),
)
