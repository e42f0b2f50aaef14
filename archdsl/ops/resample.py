"""Changes of resolution without weights, and shuffles between channels and space."""

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
    TorchArg,
    TorchForm,
    TorchModule,
    Window,
)
from archdsl.ops.conv import divisors_near
from archdsl.ops.kinds import Bool, Int, PerAxis, Word
from archdsl.ops.window import (
    axis_name,
    collapsed,
    known_channels,
    needs_map,
    per_axis,
)
from archdsl.types import Dim, Size, TensorType, same

RANK_OF_MODE = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
TAPS = {"nearest": 1, "bicubic": 4}
"""Input positions that an output position reads along an axis; 2 for the linear modes."""


class Upsample(Op):
    """Interpolation to a multiple of the size, or to a given size."""

    name = "upsample"
    doc = "Interpolation to a larger (or given) size."
    family = "resample"
    parameters = (
        Parameter("scale", PerAxis(1, none=True), 2, "factor of the sizes; size overrides it"),
        Parameter("size", PerAxis(1, sizes=True, none=True), None, "the new sizes"),
        Parameter(
            "mode",
            Word("nearest", "linear", "bilinear", "trilinear", "bicubic"),
            "nearest",
            "how values between positions are found",
        ),
        Parameter("align_corners", Bool(), False, "whether corner positions stay where they are"),
    )

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        problem = needs_map(self.name, source) or self._mode_problem(args, source)
        if problem:
            return problem
        if args["size"] is None and args["scale"] is None:
            return Problem(
                "E309", f"upsample on {source} has neither scale nor size", "write scale=2"
            )
        name = "scale" if args["size"] is None else "size"
        axes = per_axis(self.name, args, source, (name,))
        if isinstance(axes, Problem):
            return axes
        numbers = axes[name]
        if name == "scale":
            shape = [size * factor for size, factor in zip(source.spatial, numbers, strict=True)]
            return self._layer(args, source, shape, numbers)
        # Known sizes are kept as they were written; symbolic ones need whole factors.
        symbolic = any(isinstance(size, Size) for size in numbers)
        factors = _factors(source.spatial, numbers) if symbolic else None
        if symbolic and factors is None:
            return _no_factor(source, numbers)
        return self._layer(args, source, list(numbers), factors)

    def _layer(
        self,
        args: Mapping[str, object],
        source: TensorType,
        spatial: list[Dim],
        factors: tuple[int, ...] | None,
    ) -> Layer:
        settings = {**args, "scale": factors, "size": None if factors else tuple(spatial)}
        return Layer(self, settings, (source,), (TensorType((source.channels, *spatial)),))

    def _mode_problem(self, args: Mapping[str, object], source: TensorType) -> Problem | None:
        mode = cast(str, args["mode"])
        rank = RANK_OF_MODE.get(mode, source.rank)
        if rank != source.rank:
            right = {1: "linear", 2: "bilinear", 3: "trilinear"}[source.rank]
            return Problem(
                "E305",
                f"upsample with mode={mode} needs {rank} spatial {'axis' if rank == 1 else 'axes'},"
                f" but its input {source} has {source.rank}",
                f"write mode={right} or mode=nearest",
                "mode",
            )
        if args["align_corners"] and mode == "nearest":
            return Problem(
                "E309",
                f"upsample on {source} has align_corners=true with mode=nearest, which has no "
                "corners to align",
                "write mode=bilinear, or leave align_corners out",
                "align_corners",
            )
        return None

    def reach(self, layer: Layer) -> Reach:
        args: Mapping[str, Any] = layer.args
        factors = args["scale"] or _factors(layer.inputs[0].spatial, layer.outputs[0].spatial)
        if factors is None or args["align_corners"]:
            return GLOBAL
        taps = TAPS.get(args["mode"], 2)
        # As the transposed convolution that interpolates: taps * k long, centred on each input.
        return tuple(
            Window(taps * k - k % 2 * (taps > 1), k, (taps - 1) * k // 2, transposed=True)
            for k in factors
        )

    def shape_lines(self, layer: Layer) -> tuple[str, ...]:
        (source,), (output,) = layer.inputs, layer.outputs
        factors = cast(tuple[int, ...] | None, layer.args["scale"])
        return tuple(
            f"{axis_name(source.rank, axis)}: {size} * {factors[axis]} = {out}"
            if factors
            else f"{axis_name(source.rank, axis)}: {size} -> {out}"
            for axis, (size, out) in enumerate(zip(source.spatial, output.spatial, strict=True))
        )

    def pytorch(self, layer: Layer) -> TorchForm:
        args: Mapping[str, Any] = layer.args
        target = (
            TorchArg("scale_factor", collapsed(args["scale"]))
            if args["scale"]
            else TorchArg("size", collapsed(args["size"]))
        )
        return TorchModule(
            "nn.Upsample",
            (
                target,
                TorchArg("mode", args["mode"], "nearest"),
                TorchArg("align_corners", args["align_corners"], False),
            ),
        )


def _no_factor(source: TensorType, wanted: tuple[Dim, ...]) -> Problem:
    """What to say where no whole number leads to a symbolic size."""
    text = f"upsample of {source} to the symbolic size {TensorType(wanted)}"
    axes = zip(source.spatial, wanted, strict=True)
    if any(isinstance(size, int) and isinstance(after, Size) for size, after in axes):
        return Problem(
            "E309",
            f"{text} has a factor that depends on the input size",
            "a layer has one factor or one size: give the network a fixed one, image[3, 224, 224]",
            "size",
        )
    return Problem(
        "E309",
        f"{text} is no whole multiple of its input",
        "write scale, promise multiples at the input (where H % 32 == 0), or fix the size",
        "size",
    )


def _factors(before: tuple[Dim, ...], after: tuple[Dim, ...]) -> tuple[int, ...] | None:
    """The whole numbers that turn one size into the other, or None."""
    found = []
    for size, wanted in zip(before, after, strict=True):
        factor = wanted // size
        if not isinstance(factor, int) or factor < 1 or not same(size * factor, wanted):
            return None
        found.append(factor)
    return tuple(found)


class PixelShuffle(Op):
    """Channels to space (Shi et al., 2016)."""

    name = "pixel_shuffle"
    doc = "Channels to space: factor * factor channels become one of factor times the size."
    family = "resample"
    parameters = (Parameter("factor", Int(1), REQUIRED, "factor of height and width"),)

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        problem = _needs_image(self.name, source) or known_channels(self.name, source)
        if problem:
            return problem
        factor, channels = cast(int, args["factor"]), cast(int, source.channels)
        if channels % factor**2:
            return Problem(
                "E309",
                f"pixel_shuffle({factor}) of {source} needs channels that {factor} * {factor} = "
                f"{factor**2} divides, not {channels}",
                f"write conv({_up(channels, factor**2)}) before it",
                "factor",
            )
        height, width = source.spatial
        shape = (channels // factor**2, height * factor, width * factor)
        return Layer(self, args, inputs, (TensorType(shape),))

    def reach(self, layer: Layer) -> Reach:
        factor = cast(int, layer.args["factor"])
        return (Window(factor, factor, 0, transposed=True),) * 2

    def shape_lines(self, layer: Layer) -> tuple[str, ...]:
        factor = cast(int, layer.args["factor"])
        channels, height, width = layer.inputs[0].shape
        out = layer.outputs[0].shape
        return (
            f"channels: {channels} / ({factor} * {factor}) = {out[0]}",
            f"height: {height} * {factor} = {out[1]}",
            f"width: {width} * {factor} = {out[2]}",
        )

    def pytorch(self, layer: Layer) -> TorchForm:
        return TorchModule(
            "nn.PixelShuffle", (TorchArg("upscale_factor", layer.args["factor"], keyword=False),)
        )


class PixelUnshuffle(Op):
    """Space to channels, the inverse of pixel_shuffle."""

    name = "pixel_unshuffle"
    doc = "Space to channels: the inverse of pixel_shuffle."
    family = "resample"
    parameters = (Parameter("factor", Int(1), REQUIRED, "divisor of height and width"),)

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        problem = _needs_image(self.name, source)
        if problem:
            return problem
        factor = cast(int, args["factor"])
        requirements = []
        for axis, size in enumerate(source.spatial):
            left = size % factor
            if isinstance(left, Size):
                assert isinstance(size, Size)
                requirements.append(Requirement(size, "%", factor))
            elif left:
                return Problem(
                    "E309",
                    f"pixel_unshuffle({factor}) of {source} needs a {axis_name(2, axis)} that "
                    f"{factor} divides, not {size}",
                    "pad the map, or change the input's size",
                    "factor",
                )
        height, width = source.spatial
        shape = (source.channels * factor**2, height // factor, width // factor)
        return Layer(self, args, inputs, (TensorType(shape),), (), tuple(requirements))

    def reach(self, layer: Layer) -> Reach:
        factor = cast(int, layer.args["factor"])
        return (Window(factor, factor, 0),) * 2

    def shape_lines(self, layer: Layer) -> tuple[str, ...]:
        factor = cast(int, layer.args["factor"])
        channels, height, width = layer.inputs[0].shape
        out = layer.outputs[0].shape
        return (
            f"channels: {channels} * {factor} * {factor} = {out[0]}",
            f"height: {height} / {factor} = {out[1]}",
            f"width: {width} / {factor} = {out[2]}",
        )

    def pytorch(self, layer: Layer) -> TorchForm:
        return TorchModule(
            "nn.PixelUnshuffle",
            (TorchArg("downscale_factor", layer.args["factor"], keyword=False),),
        )


class ChannelShuffle(Op):
    """Mixes the channels of groups (Zhang et al., 2018)."""

    name = "channel_shuffle"
    doc = "Mixes channels: the first of every group, then the second of every group, and so on."
    family = "resample"
    parameters = (Parameter("groups", Int(1), REQUIRED, "groups of channels"),)

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        problem = needs_map(self.name, source) or known_channels(self.name, source)
        if problem:
            return problem
        channels, groups = cast(int, source.channels), cast(int, args["groups"])
        if channels % groups:
            near = ", ".join(map(str, divisors_near((channels,), groups)))
            return Problem(
                "E304",
                f"channel_shuffle on {source} cannot split its {channels} channels into {groups} "
                "groups",
                f"groups must divide {channels}; nearby: {near}",
                "groups",
            )
        return Layer(self, args, inputs, inputs)

    def pytorch(self, layer: Layer) -> TorchForm:
        return TorchModule(
            "ChannelShuffle",
            (TorchArg("groups", layer.args["groups"], keyword=False),),
            support=True,
        )


def _needs_image(op: str, source: TensorType) -> Problem | None:
    if source.rank == 2:
        return None
    return Problem(
        "E305",
        f"{op} needs an input [C, H, W], not {source}",
        "it moves elements between the channels and a map's height and width",
    )


def _up(channels: int, divisor: int) -> int:
    return -(-channels // divisor) * divisor


OPS: tuple[Op, ...] = (Upsample(), PixelShuffle(), PixelUnshuffle(), ChannelShuffle())
