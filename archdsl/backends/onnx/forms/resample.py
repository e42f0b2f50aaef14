"""Changes of resolution, and shuffles between channels and space."""

from collections.abc import Callable, Mapping
from struct import pack, unpack
from typing import Any, cast

from archdsl.backends.onnx.forms.shape import length_of
from archdsl.backends.onnx.records import (
    BATCH,
    FLOAT,
    INT64,
    Attribute,
    Constant,
    Form,
    Node,
    NoForm,
    Operand,
    X,
    integer,
    ints,
    real,
    too_long,
)
from archdsl.ops.base import Layer
from archdsl.types import Dim


def upsample(layer: Layer, opset: int) -> Form:
    args: Mapping[str, Any] = layer.args
    if args["mode"] == "nearest":
        return _nearest(layer)
    attributes: dict[str, Attribute] = {"mode": _MODES[args["mode"]]}
    if args["align_corners"]:
        attributes["coordinate_transformation_mode"] = "align_corners"
    if args["mode"] == "bicubic":
        # Keys' kernel with a = -0.75, as in PyTorch and OpenCV.
        attributes["cubic_coeff_a"] = -0.75
    if args["scale"]:
        return Node("Resize", (X, None, _scales(args["scale"])), attributes)
    # Batch and channels are taken from the input: what keeps them has no place in `sizes` before
    # opset 18.
    rank = layer.inputs[0].rank
    shape = Node("Shape", (X,), {}, (rank + 2,), "int64")
    kept = Node("Slice", (shape, ints((0,)), ints((2,))), {}, (2,), "int64")
    sizes = Node("Concat", (kept, ints(args["size"])), {"axis": 0}, (rank + 2,), "int64")
    return Node("Resize", (X, None, None, sizes), attributes)


_MODES = {"linear": "linear", "bilinear": "linear", "trilinear": "linear", "bicubic": "cubic"}


def _scales(factors: tuple[int, ...]) -> Constant:
    return Constant((1, 1, *factors), (len(factors) + 2,), "float")


def _nearest(layer: Layer) -> Form:
    """Whole factors are a Resize; for other sizes the positions of each axis are looked up.

    PyTorch reads position floor(i * (n / out)), computed in float32; a Resize reads
    floor(i / (out / n)), which lies on the other side of a whole number now and then.
    """
    args: Mapping[str, Any] = layer.args
    source, output = layer.inputs[0], layer.outputs[0]
    factors: tuple[int, ...] | None = args["scale"] or _whole_factors(
        source.spatial, output.spatial
    )
    if factors and all(_exact(factor) for factor in factors):
        attributes: dict[str, Attribute] = {
            "coordinate_transformation_mode": "asymmetric",
            "mode": "nearest",
            "nearest_mode": "floor",
        }
        return Node("Resize", (X, None, _scales(factors)), attributes)
    result: Operand = X
    shape = list(source.shape)
    for axis, out in enumerate(output.shape[1:], 1):
        if shape[axis] == out:
            continue
        if not isinstance(out, int):
            rounded = next(factor for factor in factors or () if not _exact(factor))
            return NoForm(
                f"PyTorch rounds positions at the factor {rounded}: sizes have to be known",
                help="give the input fixed sizes",
            )
        refused = too_long(out)
        if refused:
            return refused
        positions = _positions(result, shape, axis, out)
        shape[axis] = out
        result = Node("Gather", (result, positions), {"axis": axis + 1}, (BATCH, *shape))
    return cast(Node, result)


def _whole_factors(before: tuple[Dim, ...], after: tuple[Dim, ...]) -> tuple[int, ...] | None:
    """The whole numbers by which known sizes grow, or None."""
    pairs = list(zip(before, after, strict=True))
    if any(not isinstance(n, int) or not isinstance(out, int) or out % n for n, out in pairs):
        return None
    return tuple(cast(int, out) // cast(int, n) for n, out in pairs)


def _exact(factor: int) -> bool:
    """Whether float32 finds the right position at every multiple of the factor: not with 41."""
    return _float32(factor * _float32(1 / factor)) == 1


def _positions(source: Operand, shape: list[Dim], axis: int, out: int) -> Operand:
    """The position that each of `out` positions reads; worked out at run time for a symbolic
    size.
    """
    size = shape[axis]
    if isinstance(size, int):
        step = _float32(size / out)
        found = (int(_float32(index * step)) for index in range(out))
        return ints(tuple(min(position, size - 1) for position in found))
    length = length_of(source, len(shape) + 1, axis)
    ratio = Node("Div", (Node("Cast", (length,), {"to": FLOAT}, ()), real(out)), {}, ())
    whole = Constant(tuple(range(out)), (out,), "float")
    products = Node("Mul", (whole, ratio), {}, (out,))
    floors = Node("Cast", (Node("Floor", (products,), {}, (out,)),), {"to": INT64}, (out,), "int64")
    last = Node("Sub", (length, integer(1)), {}, (), "int64")
    return Node("Min", (floors, last), {}, (out,), "int64")


def _float32(value: float) -> float:
    """The nearest number that float32 has."""
    (rounded,) = unpack("f", pack("f", value))
    return cast(float, rounded)


def pixel_shuffle(layer: Layer, opset: int) -> Form:
    factor = cast(int, layer.args["factor"])
    return Node("DepthToSpace", (X,), {"blocksize": factor, "mode": "CRD"})


def pixel_unshuffle(layer: Layer, opset: int) -> Form:
    factor, channels = cast(int, layer.args["factor"]), layer.inputs[0].channels
    if not isinstance(channels, int):
        return NoForm(
            "its number of channels has to be known", help="write it in the input's shape"
        )
    square = factor * factor
    refused = too_long(channels * square)
    if refused:
        return refused
    blocks = Node("SpaceToDepth", (X,), {"blocksize": factor}, (BATCH, *layer.outputs[0].shape))
    # ONNX puts the position within a block before the channel, PyTorch after it.
    order = tuple(
        position * channels + channel for channel in range(channels) for position in range(square)
    )
    return Node("Gather", (blocks, ints(order)), {"axis": 1})


def channel_shuffle(layer: Layer, opset: int) -> Form:
    channels, groups = cast(int, layer.inputs[0].channels), cast(int, layer.args["groups"])
    refused = too_long(channels)
    if refused:
        return refused
    per_group = channels // groups
    order = tuple(
        group * per_group + place for place in range(per_group) for group in range(groups)
    )
    return Node("Gather", (X, ints(order)), {"axis": 1})


FORMS: dict[str, Callable[[Layer, int], Form]] = {
    "upsample": upsample,
    "pixel_shuffle": pixel_shuffle,
    "pixel_unshuffle": pixel_unshuffle,
    "channel_shuffle": channel_shuffle,
}
