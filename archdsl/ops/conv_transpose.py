"""The transposed convolution."""

from collections.abc import Mapping
from math import prod

from archdsl.annotations import Any, cast
from archdsl.ops.base import (
    REQUIRED,
    Layer,
    Op,
    Parameter,
    Problem,
    Reach,
    Requirement,
    TorchArg,
    TorchForm,
    TorchModule,
    Window,
    factors,
    number,
)
from archdsl.ops.conv import (
    BIAS,
    CHANNELS,
    DILATION,
    GROUPS,
    KERNEL,
    default_weights,
    groups_problem,
)
from archdsl.ops.kinds import PerAxis
from archdsl.ops.window import (
    at_least,
    axis_arg,
    axis_name,
    extent,
    known_channels,
    needs_map,
    per_axis,
)
from archdsl.types import Dim, TensorType, product


class ConvTranspose(Op):
    """The transposed convolution (Zeiler et al., 2010)."""

    name = "conv_transpose"
    doc = "Transposed convolution: each input position writes a kernel's worth of outputs."
    family = "conv"
    dense = True
    parameters = (
        CHANNELS,
        KERNEL._replace(default=REQUIRED),
        Parameter("stride", PerAxis(1), 1, "step between what input positions write"),
        Parameter("pad", PerAxis(0), 0, "positions cut off at both ends of the result"),
        Parameter("output_pad", PerAxis(0), 0, "positions added at the end of the result"),
        DILATION,
        GROUPS,
        BIAS,
    )

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        problem = needs_map(self.name, source) or known_channels(self.name, source)
        if problem:
            return problem
        names = ("kernel", "stride", "pad", "output_pad", "dilation")
        axes = per_axis(self.name, args, source, names)
        if isinstance(axes, Problem):
            return axes
        channels, groups = cast(int, args["channels"]), cast(int, args["groups"])
        problem = groups_problem(self.name, groups, source, channels)
        if problem:
            return problem
        for extra in zip(axes["output_pad"], axes["stride"], axes["dilation"], strict=True):
            if extra[0] >= max(extra[1:]):
                return _output_pad_problem(source, *extra)
        spatial: list[Dim] = []
        requirements = []
        for axis, size in enumerate(source.spatial):
            kernel, stride, pad, output_pad, dilation = (axes[name][axis] for name in names)
            result = (size - 1) * stride + (extent(kernel, dilation) + output_pad - 2 * pad)
            fits = at_least(result, 1)
            if fits is False:
                return self._vanished(source, axis, _line(source, axis, axes, result))
            if isinstance(fits, Requirement):
                requirements.append(fits)
            spatial.append(result)
        incoming = cast(int, source.channels)
        shape = (incoming, channels // groups, *axes["kernel"])
        return Layer(
            self,
            {**args, **axes},
            inputs,
            (TensorType((channels, *spatial)),),
            default_weights(shape, prod(shape[1:]), channels if args["bias"] else None),
            tuple(requirements),
        )

    def _vanished(self, source: TensorType, axis: int, line: str) -> Problem:
        return Problem(
            "E303",
            f"nothing is left of the result of {self.name} on {source}: {line}",
            "pad cuts positions off here: pad less",
            "pad",
        )

    def macs(self, layer: Layer) -> Dim:
        return product(layer.inputs[0].spatial) * layer.weights[0].count

    def reach(self, layer: Layer) -> Reach:
        args: Mapping[str, Any] = layer.args
        return tuple(
            Window(k, s, p, d, transposed=True)
            for k, s, p, d in zip(
                args["kernel"], args["stride"], args["pad"], args["dilation"], strict=True
            )
        )

    def shape_lines(self, layer: Layer) -> tuple[str, ...]:
        axes = cast(Mapping[str, tuple[int, ...]], layer.args)
        (source,), (output,) = layer.inputs, layer.outputs
        return (
            f"channels: {output.channels}",
            *(_line(source, axis, axes, size) for axis, size in enumerate(output.spatial)),
        )

    def macs_lines(self, layer: Layer) -> tuple[str, ...]:
        positions = factors(layer.inputs[0].spatial)
        channels, *window = layer.weights[0].shape
        products = f"{positions} input positions * {channels} channels * ({factors(window)})"
        return (f"macs: {products} = {number(layer.macs)}",)

    def pytorch(self, layer: Layer) -> TorchForm:
        args: Mapping[str, Any] = layer.args
        return TorchModule(
            f"nn.ConvTranspose{layer.inputs[0].rank}d",
            (
                TorchArg("in_channels", layer.inputs[0].channels, keyword=False),
                TorchArg("out_channels", args["channels"], keyword=False),
                axis_arg("kernel_size", args["kernel"], REQUIRED),
                axis_arg("stride", args["stride"], 1),
                axis_arg("padding", args["pad"], 0),
                axis_arg("output_padding", args["output_pad"], 0),
                TorchArg("groups", args["groups"], 1),
                TorchArg("bias", args["bias"], True),
                axis_arg("dilation", args["dilation"], 1),
            ),
        )


def _line(source: TensorType, axis: int, axes: Mapping[str, tuple[int, ...]], result: Dim) -> str:
    kernel, stride, pad = axes["kernel"][axis], axes["stride"][axis], axes["pad"][axis]
    dilation, output_pad = axes["dilation"][axis], axes["output_pad"][axis]
    cut = f" - 2*{pad}" if pad else ""
    added = f" + {output_pad}" if output_pad else ""
    spans = f"{dilation}*({kernel} - 1) + 1" if dilation > 1 else f"{kernel}"
    name = axis_name(source.rank, axis)
    return f"{name}: ({source.spatial[axis]} - 1) * {stride} + {spans}{cut}{added} = {result}"


def _output_pad_problem(source: TensorType, output_pad: int, stride: int, dilation: int) -> Problem:
    return Problem(
        "E309",
        f"output_pad={output_pad} of conv_transpose on {source} must be smaller than "
        f"its stride {stride} or its dilation {dilation}",
        f"write output_pad={max(stride, dilation) - 1} or less",
        "output_pad",
    )


OPS: tuple[Op, ...] = (ConvTranspose(),)
