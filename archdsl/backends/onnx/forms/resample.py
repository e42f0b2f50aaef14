"""Changes of resolution, and shuffles between channels and space."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from archdsl.backends.onnx.records import (
    BATCH,
    Attribute,
    Constant,
    Form,
    Node,
    NoForm,
    X,
    ints,
)
from archdsl.ops.base import Layer


def upsample(layer: Layer, opset: int) -> Form:
    args: Mapping[str, Any] = layer.args
    attributes: dict[str, Attribute] = {"mode": _mode(args["mode"])}
    if args["mode"] == "nearest":
        attributes |= {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    elif args["align_corners"]:
        attributes["coordinate_transformation_mode"] = "align_corners"
    if args["mode"] == "bicubic":
        # Keys' kernel with a = -0.75, as in PyTorch and OpenCV.
        attributes["cubic_coeff_a"] = -0.75
    rank = layer.inputs[0].rank
    if args["scale"]:
        factors = Constant((1, 1, *args["scale"]), (rank + 2,), "float")
        return Node("Resize", (X, None, factors), attributes)
    if opset < 18:
        return NoForm("upsampling to a given size exists", 18, "write scale instead of size")
    attributes["axes"] = tuple(range(2, rank + 2))
    return Node("Resize", (X, None, None, ints(args["size"])), attributes)


def _mode(mode: str) -> str:
    return {"nearest": "nearest", "bicubic": "cubic"}.get(mode, "linear")


def pixel_shuffle(layer: Layer, opset: int) -> Form:
    factor = cast(int, layer.args["factor"])
    return Node("DepthToSpace", (X,), {"blocksize": factor, "mode": "CRD"})


def pixel_unshuffle(layer: Layer, opset: int) -> Form:
    factor = cast(int, layer.args["factor"])
    blocks = Node("SpaceToDepth", (X,), {"blocksize": factor}, (BATCH, *layer.outputs[0].shape))
    # ONNX puts the position within a block before the channel, PyTorch after it.
    square = factor * factor
    channels = cast(int, layer.inputs[0].channels)
    order = tuple(
        position * channels + channel for channel in range(channels) for position in range(square)
    )
    return Node("Gather", (blocks, ints(order)), {"axis": 1})


def channel_shuffle(layer: Layer, opset: int) -> Form:
    channels, groups = cast(int, layer.inputs[0].channels), cast(int, layer.args["groups"])
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
