"""Pools: windows without weights, adaptive pools and global pools."""

from collections.abc import Mapping

from archdsl.annotations import Any, cast
from archdsl.ops.base import (
    GLOBAL,
    REQUIRED,
    Layer,
    Op,
    Parameter,
    Problem,
    Reach,
    Requirement,
    SameAs,
    TorchArg,
    TorchForm,
    TorchModule,
    Window,
)
from archdsl.ops.conv import PAD_WORDS
from archdsl.ops.kinds import Bool, PerAxis, Sides
from archdsl.ops.window import (
    Pads,
    at_least,
    axis_arg,
    axis_name,
    collapsed,
    extent,
    needs_map,
    per_axis,
    resolve_pad,
    slide,
    slide_lines,
    symmetric,
    torch_pads,
    underflow,
    windows,
)
from archdsl.types import Dim, TensorType, bounds, hinted

KERNEL = Parameter("kernel", PerAxis(1), 2, "size of the window")
STRIDE = Parameter("stride", PerAxis(1), SameAs("kernel"), "step between windows")
PAD = Parameter(
    "pad", Sides(PAD_WORDS), 0, "padding: an amount, one an axis, a pair an axis, or a word"
)
CEIL = Parameter("ceil", Bool(), False, "whether a last window may hang over the end")


def pooled(
    size: Dim, kernel: int, stride: int, pads: tuple[int, int], dilation: int, ceil: bool
) -> Dim:
    """Windows along an axis, by PyTorch's rule.

    With `ceil` the last window may hang over the end, but must start inside the input or the
    padding before it: the smaller one of ceil((n + pads - extent) / stride) + 1 and of the number
    of starts, floor((n + before - 1) / stride) + 1. Which one that is does not depend on n.
    """
    if not ceil:
        return slide(size, kernel, stride, pads, dilation)
    overhang = stride - 1 + pads[1] - extent(kernel, dilation)
    return (size + (pads[0] + min(overhang, -1))) // stride + 1


class _WindowPool(Op):
    """What maxpool and avgpool share."""

    family = "pool"

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        problem = needs_map(self.name, source)
        if problem:
            return problem
        axes = per_axis(
            self.name, {"dilation": 1, **args}, source, ("kernel", "stride", "dilation")
        )
        if isinstance(axes, Problem):
            return axes
        kernel, stride, dilation = axes["kernel"], axes["stride"], axes["dilation"]
        pads = resolve_pad(self.name, args["pad"], source, kernel, stride, dilation)
        if isinstance(pads, Problem):
            return pads
        problem = self._pad_problem(args, source, kernel, pads, dilation)
        if problem:
            return problem
        ceil = cast(bool, args["ceil"])
        requirements = []
        for axis, window in enumerate(zip(kernel, stride, pads, dilation, strict=True)):
            fits = self._fits(source, axis, *window, ceil)
            if isinstance(fits, Problem):
                return fits
            if fits:
                requirements.append(fits)
        spatial = (
            pooled(*along, ceil)
            for along in zip(source.spatial, kernel, stride, pads, dilation, strict=True)
        )
        return Layer(
            self,
            {**args, **{name: axes[name] for name in axes if name in args}, "pad": pads},
            inputs,
            (TensorType((source.channels, *spatial)),),
            (),
            tuple(requirements),
        )

    def _pad_problem(
        self,
        args: Mapping[str, object],
        source: TensorType,
        kernel: tuple[int, ...],
        pads: Pads,
        dilation: tuple[int, ...],
    ) -> Problem | None:
        if args["ceil"] and _pads_apart(kernel, pads):
            return Problem(
                "E309",
                f"{self.name} on {source} cannot have both ceil=true and a pad that differs from "
                "side to side or exceeds half the kernel",
                "write the padding at the end that covers the last window, and leave ceil out",
                "ceil",
            )
        for pair, width, distance in zip(pads, kernel, dilation, strict=True):
            if max(pair) > _most_pad(args["pad"], width, extent(width, distance)):
                return Problem(
                    "E309",
                    f"the pad of {self.name} on {source} must be at most half its kernel of "
                    f"{width}, not {max(pair)}",
                    f"write pad={width // 2} or less",
                    "pad",
                )
        return None

    def _fits(
        self,
        source: TensorType,
        axis: int,
        kernel: int,
        stride: int,
        pads: tuple[int, int],
        dilation: int,
        ceil: bool,
    ) -> Problem | Requirement | None:
        """Whether a window fits along an axis."""
        least = self.smallest(extent(kernel, dilation), stride, pads, ceil, source.rank)
        fits = at_least(source.spatial[axis], least)
        if fits is False:
            return self.too_small(source, axis, kernel, pads, dilation)
        return fits if isinstance(fits, Requirement) else None

    def too_small(
        self, source: TensorType, axis: int, kernel: int, pads: tuple[int, int], dilation: int
    ) -> Problem:
        """The problem of an axis on which no window fits."""
        return underflow(self.name, source, axis, kernel, pads, dilation)

    def smallest(
        self, window: int, stride: int, pads: tuple[int, int], ceil: bool, rank: int
    ) -> int:
        """The smallest size with a window: all of it inside, or with `ceil` its first position."""
        return window - sum(pads) - (stride - 1 if ceil else 0)

    def reach(self, layer: Layer) -> Reach:
        return windows(*_geometry(layer))

    def shape_lines(self, layer: Layer) -> tuple[str, ...]:
        (source,), (output,) = layer.inputs, layer.outputs
        if not layer.args["ceil"]:
            return slide_lines(source, output, *_geometry(layer))
        return tuple(
            f"{axis_name(source.rank, axis)}: {_ceil_text(*along)}"
            for axis, along in enumerate(
                zip(source.spatial, output.spatial, *_geometry(layer), strict=True)
            )
        )

    def torch_args(self, layer: Layer) -> tuple[TorchArg, ...]:
        """Kernel, stride and padding, in PyTorch's order."""
        args: Mapping[str, Any] = layer.args
        apart = _pads_apart(args["kernel"], args["pad"])
        return (
            axis_arg("kernel_size", args["kernel"], REQUIRED),
            axis_arg("stride", args["stride"], REQUIRED),
            TorchArg("pads", torch_pads(args["pad"]))
            if apart
            else axis_arg("padding", tuple(before for before, _ in args["pad"]), 0),
        )


def _geometry(
    layer: Layer,
) -> tuple[tuple[int, ...], tuple[int, ...], Pads, tuple[int, ...]]:
    args: Mapping[str, Any] = layer.args
    kernel = args["kernel"]
    return kernel, args["stride"], args["pad"], args.get("dilation", (1,) * len(kernel))


def _ceil_text(
    size: Dim, out: Dim, kernel: int, stride: int, pads: tuple[int, int], dilation: int
) -> str:
    window = extent(kernel, dilation)
    unlimited = (size + (sum(pads) - window + stride - 1)) // stride + 1
    padded = f"{size} + {pads[0]} + {pads[1]}" if any(pads) else f"{size}"
    text = f"({padded} - {window}) / {stride} rounded up, + 1 = {unlimited}"
    return text if unlimited == out else f"{text}, less one that starts past the input: {out}"


def _pads_apart(kernel: tuple[int, ...], pads: Pads) -> bool:
    """Whether PyTorch's pools cannot pad so, and padding has to be a step of its own."""
    return symmetric(pads) is None or any(
        max(pair) > size // 2 for pair, size in zip(pads, kernel, strict=True)
    )


def _most_pad(pad: object, kernel: int, window: int) -> int:
    """Padding beyond half the kernel leaves windows that see no input at all."""
    return kernel // 2 if not isinstance(pad, str) else window // 2


class MaxPool(_WindowPool):
    name = "maxpool"
    doc = "Maximum of each window."
    parameters = (
        KERNEL,
        STRIDE,
        PAD,
        Parameter("dilation", PerAxis(1), 1, "distance between the window's elements"),
        CEIL,
    )

    def pytorch(self, layer: Layer) -> TorchForm:
        args: Mapping[str, Any] = layer.args
        rank = layer.inputs[0].rank
        padded = _pads_apart(args["kernel"], args["pad"])
        return TorchModule(
            f"PaddedMaxPool{rank}d" if padded else f"nn.MaxPool{rank}d",
            (
                *self.torch_args(layer),
                axis_arg("dilation", args["dilation"], 1),
                TorchArg("ceil_mode", args["ceil"], False),
            ),
            support=padded,
        )


class AvgPool(_WindowPool):
    name = "avgpool"
    doc = "Mean of each window."
    parameters = (
        KERNEL,
        STRIDE,
        PAD,
        CEIL,
        Parameter("count_pad", Bool(), True, "whether padding counts as zeros in the mean"),
    )

    def smallest(
        self, window: int, stride: int, pads: tuple[int, int], ceil: bool, rank: int
    ) -> int:
        # PyTorch's AvgPool3d, unlike the other pools, wants the kernel to fit without padding.
        if rank == 3 and pads[0] == pads[1]:
            return window
        return super().smallest(window, stride, pads, ceil, rank)

    def too_small(
        self, source: TensorType, axis: int, kernel: int, pads: tuple[int, int], dilation: int
    ) -> Problem:
        largest = bounds(source.spatial[axis])[1]
        if source.rank < 3 or largest is None or largest + sum(pads) < kernel:
            return super().too_small(source, axis, kernel, pads, dilation)
        return Problem(
            "E303",
            f"the kernel of avgpool does not fit into its input {source}: with three spatial axes "
            f"the {axis_name(3, axis)} {source.spatial[axis]} has to hold its {kernel} without "
            "padding",
            "take a smaller kernel, or shrink the map less before this layer",
            "kernel",
        )

    def pytorch(self, layer: Layer) -> TorchForm:
        args: Mapping[str, Any] = layer.args
        rank = layer.inputs[0].rank
        padded = _pads_apart(args["kernel"], args["pad"])
        return TorchModule(
            f"PaddedAvgPool{rank}d" if padded else f"nn.AvgPool{rank}d",
            (
                *self.torch_args(layer),
                TorchArg("ceil_mode", args["ceil"], False),
                TorchArg("count_include_pad", args["count_pad"], True),
            ),
            support=padded,
        )


class _AdaptivePool(Op):
    """Pools to a given size, with windows that share the input out."""

    family = "pool"
    parameters = (Parameter("size", PerAxis(1), REQUIRED, "size of the result"),)
    module: str

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        problem = needs_map(self.name, source)
        if problem:
            return problem
        axes = per_axis(self.name, args, source, ("size",))
        if isinstance(axes, Problem):
            return axes
        return Layer(self, axes, inputs, (TensorType((source.channels, *axes["size"])),))

    def reach(self, layer: Layer) -> Reach:
        found = []
        for size, out in zip(layer.inputs[0].spatial, layer.outputs[0].spatial, strict=True):
            known = hinted(size)
            if known is None or not isinstance(out, int) or known % out:
                return GLOBAL
            found.append(Window(known // out, known // out, 0))
        return tuple(found)

    def shape_lines(self, layer: Layer) -> tuple[str, ...]:
        (source,), (output,) = layer.inputs, layer.outputs
        return tuple(
            f"{axis_name(source.rank, axis)}: {size} -> {out}"
            for axis, (size, out) in enumerate(zip(source.spatial, output.spatial, strict=True))
        )

    def pytorch(self, layer: Layer) -> TorchForm:
        size = cast(tuple[int, ...], layer.args["size"])
        return TorchModule(
            f"nn.{self.module}{layer.inputs[0].rank}d",
            (TorchArg("output_size", collapsed(size), keyword=False),),
        )


class AdaptiveAvgPool(_AdaptivePool):
    name = "adaptive_avgpool"
    doc = "Mean of windows that share the input out to a given size."
    module = "AdaptiveAvgPool"


class AdaptiveMaxPool(_AdaptivePool):
    name = "adaptive_maxpool"
    doc = "Maximum of windows that share the input out to a given size."
    module = "AdaptiveMaxPool"


class _GlobalPool(Op):
    """Pools every spatial axis to 1."""

    family = "pool"
    module: str

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        problem = needs_map(self.name, source)
        if problem:
            return problem
        ones = (1,) * source.rank
        return Layer(self, args, inputs, (TensorType((source.channels, *ones)),))

    def reach(self, layer: Layer) -> Reach:
        return GLOBAL

    def shape_lines(self, layer: Layer) -> tuple[str, ...]:
        return (f"all positions become one: {layer.inputs[0]} -> {layer.outputs[0]}",)

    def pytorch(self, layer: Layer) -> TorchForm:
        return TorchModule(
            f"nn.{self.module}{layer.inputs[0].rank}d",
            (TorchArg("output_size", 1, keyword=False),),
        )


class GlobalAvgPool(_GlobalPool):
    name = "gap"
    doc = "Global average pooling (Lin et al., 2013): spatial sizes become 1."
    module = "AdaptiveAvgPool"


class GlobalMaxPool(_GlobalPool):
    name = "gmp"
    doc = "Global max pooling: spatial sizes become 1."
    module = "AdaptiveMaxPool"


OPS: tuple[Op, ...] = (
    MaxPool(),
    AvgPool(),
    AdaptiveAvgPool(),
    AdaptiveMaxPool(),
    GlobalAvgPool(),
    GlobalMaxPool(),
)
