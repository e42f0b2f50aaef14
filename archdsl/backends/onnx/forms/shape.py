"""Ops that move, add, drop or join elements."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from archdsl.backends.onnx.records import (
    BATCH,
    Form,
    Input,
    Node,
    NoForm,
    Operand,
    Shape,
    X,
    integer,
    ints,
    real,
)
from archdsl.ops.base import Layer
from archdsl.ops.window import Pads
from archdsl.types import Dim, Size

_PAD_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
_TO_THE_END = 2**63 - 1


def reshaped(source: Operand, sizes: tuple[Dim, ...]) -> Node:
    """A value in another shape, of which the first size is the batch; at most one is symbolic."""
    shape: Shape = (BATCH, *sizes)
    # 0 keeps the batch, -1 stands for the symbolic size.
    numbers = tuple(-1 if isinstance(size, Size) else size for size in sizes)
    return Node("Reshape", (source, ints((0, *numbers))), {}, shape)


def reshaped_like(layer: Layer, source: Operand) -> Node:
    """A value in the shape of the layer's input, however many of its sizes are symbolic."""
    shape = layer.inputs[0].shape
    if sum(isinstance(size, Size) for size in shape) <= 1:
        return reshaped(source, shape)
    sizes = Node("Shape", (X,), {}, (len(shape) + 1,), "int64")
    return Node("Reshape", (source, sizes), {}, (BATCH, *shape))


def length_of(source: Operand, rank: int, axis: int) -> Node:
    """The size of an axis, 0 for channels, of a value with so many axes, as a scalar."""
    sizes = Node("Shape", (source,), {}, (rank,), "int64")
    return Node("Gather", (sizes, integer(axis + 1)), {"axis": 0}, (), "int64")


def bordered(
    layer: Layer, pads: Pads, mode: str, value: float, opset: int, inner: Operand = X
) -> Node | NoForm:
    """The layer's input, or a value of its shape, with a border around its spatial axes."""
    if mode == "circular" and opset < 19:
        return NoForm("a circular border exists", 19)
    amounts = ints((0, 0, *(before for before, _ in pads), 0, 0, *(after for _, after in pads)))
    source = layer.inputs[0]
    spatial = (size + sum(pair) for size, pair in zip(source.spatial, pads, strict=True))
    operands: tuple[Operand, ...] = (inner, amounts)
    if mode == "zeros" and value:
        operands = (inner, amounts, real(value))
    shape = (BATCH, source.channels, *spatial)
    return Node("Pad", operands, {"mode": _PAD_MODES[mode]}, shape)


def flatten(layer: Layer, opset: int) -> Form:
    return Node("Flatten", (X,), {"axis": 1})


def reshape(layer: Layer, opset: int) -> Form:
    return reshaped(X, layer.outputs[0].shape)


def permute(layer: Layer, opset: int) -> Form:
    order = cast(tuple[int, ...], layer.args["order"])
    return Node("Transpose", (X,), {"perm": (0, *(axis + 1 for axis in order))})


def pad(layer: Layer, opset: int) -> Form:
    args: Mapping[str, Any] = layer.args
    return bordered(layer, args["sizes"], args["mode"], float(args["value"]), opset)


def _sliced(starts: tuple[int, ...], stops: tuple[int, ...], axes: tuple[int, ...]) -> Node:
    return Node("Slice", (X, ints(starts), ints(stops), ints(axes)))


def crop(layer: Layer, opset: int) -> Form:
    cuts = cast(Pads, layer.args["sizes"])
    return _sliced(
        tuple(before for before, _ in cuts),
        tuple(-after if after else _TO_THE_END for _, after in cuts),
        tuple(range(2, 2 + len(cuts))),
    )


def slice_(layer: Layer, opset: int) -> Form:
    args: Mapping[str, Any] = layer.args
    stop = _TO_THE_END if args["stop"] is None else args["stop"]
    return _sliced((args["start"],), (stop,), (args["axis"] + 1,))


def mean(layer: Layer, opset: int) -> Form:
    axes = tuple(axis + 1 for axis in cast(tuple[int, ...], layer.args["axes"]))
    if opset >= 18:
        return Node("ReduceMean", (X, ints(axes)), {"keepdims": 0})
    return Node("ReduceMean", (X,), {"axes": axes, "keepdims": 0})


def cut(layer: Layer, opset: int) -> Form:
    """chunk and split."""
    axis = cast(int, layer.args["axis"])
    sizes = [output.shape[axis] for output in layer.outputs]
    if len(sizes) == 1:
        return Input()
    known = tuple(size for size in sizes if isinstance(size, int))
    if len(known) == len(sizes):
        return Node("Split", (X, ints(known)), {"axis": axis + 1})
    if opset < 18:
        return NoForm("cutting a symbolic size into equal parts exists", 18)
    return Node("Split", (X,), {"axis": axis + 1, "num_outputs": len(sizes)})


def joined(op: str) -> Callable[[Layer, int], Form]:
    """A sum or product of any number of values."""

    def form(layer: Layer, opset: int) -> Form:
        result: Node | Input = Input()
        shape = layer.inputs[0].shape
        for index, other in enumerate(layer.inputs[1:], 1):
            shape = tuple(b if a == 1 else a for a, b in zip(shape, other.shape, strict=True))
            result = Node(op, (result, Input(index)), {}, (BATCH, *shape))
        return result

    return form


def concat(layer: Layer, opset: int) -> Form:
    operands = tuple(Input(index) for index in range(len(layer.inputs)))
    if len(operands) == 1:
        return Input()
    return Node("Concat", operands, {"axis": cast(int, layer.args["axis"]) + 1})


FORMS: dict[str, Callable[[Layer, int], Form]] = {
    "flatten": flatten,
    "reshape": reshape,
    "permute": permute,
    "pad": pad,
    "crop": crop,
    "slice": slice_,
    "mean": mean,
    "chunk": cut,
    "split": cut,
    "add": joined("Add"),
    "mul": joined("Mul"),
    "concat": concat,
}
