"""Ops that move, add or drop elements: flatten, reshape, permute, pad, crop, slice, mean."""

from collections.abc import Mapping

from archdsl.annotations import Any, cast
from archdsl.ops.base import (
    GLOBAL,
    POINTWISE,
    REQUIRED,
    Layer,
    Op,
    Parameter,
    Problem,
    Reach,
    Requirement,
    TorchArg,
    TorchCall,
    TorchForm,
    TorchIndex,
    TorchModule,
    Window,
    factors,
    number,
)
from archdsl.ops.conv import border_fits
from archdsl.ops.kinds import Axes, Axis, Int, Ints, Real, Sides, Word
from archdsl.ops.merge import dimension_name
from archdsl.ops.window import (
    Pads,
    at_least,
    axis_name,
    needs_map,
    resolve_axis,
    resolve_sides,
    torch_pads,
)
from archdsl.types import Dim, Size, TensorType, product, same


class Identity(Op):
    name = "identity"
    doc = "The input as it is."
    family = "shape"

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        return Layer(self, args, inputs, inputs)

    def pytorch(self, layer: Layer) -> TorchForm:
        return TorchModule("nn.Identity")


class Flatten(Op):
    name = "flatten"
    doc = "All elements of a sample in one axis."
    family = "shape"

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        return Layer(self, args, inputs, (TensorType((product(inputs[0].shape),)),))

    def reach(self, layer: Layer) -> Reach:
        return GLOBAL if layer.inputs[0].rank else POINTWISE

    def shape_lines(self, layer: Layer) -> tuple[str, ...]:
        features = number(layer.outputs[0].channels)
        return (f"features: {factors(layer.inputs[0].shape)} = {features}",)

    def pytorch(self, layer: Layer) -> TorchForm:
        return TorchCall(
            "torch.flatten",
            (TorchArg("start_dim", 1, keyword=False),),
            module=TorchModule("nn.Flatten"),
        )


class Reshape(Op):
    name = "reshape"
    doc = "The same elements in another shape, without the batch; one size may be -1."
    family = "shape"
    parameters = (
        Parameter("shape", Ints(-1, sizes=True), REQUIRED, "the new shape, without the batch"),
    )

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        wanted = cast(tuple[Dim, ...], args["shape"])
        if wanted.count(-1) > 1 or 0 in wanted:
            return Problem(
                "E309",
                f"the shape {TensorType(wanted)} of reshape may hold one -1 and no 0",
                "write the sizes; one -1 stands for what is left",
                "shape",
            )
        total, fixed = product(source.shape), product(size for size in wanted if size != -1)
        left = total // fixed
        fits = same(left * fixed, total) if -1 in wanted else same(fixed, total)
        if not fits:
            shares = f"be shared out to {fixed}" if -1 in wanted else f"fill {fixed}"
            return Problem(
                "E308",
                f"reshape of {source} to {TensorType(wanted)}: {total} elements cannot {shares}",
                f"the sizes of the new shape must multiply to {total}",
                "shape",
            )
        shape = tuple(left if size == -1 else size for size in wanted)
        if sum(isinstance(size, Size) for size in shape) > 1:
            return Problem(
                "E308",
                f"reshape of {source} to {TensorType(shape)} leaves more than one size symbolic",
                "at most one size of the new shape may depend on the input size",
                "shape",
            )
        return Layer(self, {"shape": shape}, inputs, (TensorType(shape),))

    def reach(self, layer: Layer) -> Reach:
        return POINTWISE if layer.inputs == layer.outputs else GLOBAL

    def shape_lines(self, layer: Layer) -> tuple[str, ...]:
        before, after = factors(layer.inputs[0].shape), factors(layer.outputs[0].shape)
        return (f"elements: {before} = {after} = {number(product(layer.inputs[0].shape))}",)

    def pytorch(self, layer: Layer) -> TorchForm:
        shape = cast(tuple[Dim, ...], layer.args["shape"])
        sizes = tuple(-1 if isinstance(size, Size) else size for size in shape)
        if -1 in sizes:
            # The batch and a symbolic size cannot both be -1.
            return TorchModule(
                "Reshape",
                tuple(TorchArg("shape", size, keyword=False) for size in sizes),
                support=True,
            )
        return TorchCall(
            ".reshape", tuple(TorchArg("shape", size, keyword=False) for size in (-1, *sizes))
        )


class Permute(Op):
    name = "permute"
    doc = "The axes in another order, without the batch."
    family = "shape"
    parameters = (
        Parameter("order", Axes(), REQUIRED, "for each new axis, the old one; 0 is channels"),
    )

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        order = _axes(self.name, args["order"], source, "order")
        if isinstance(order, Problem):
            return order
        if sorted(order) != list(range(source.rank + 1)):
            return Problem(
                "E309",
                f"the order {list(order)} of permute on {source} must name each of its "
                f"{source.rank + 1} axes once",
                f"write an order of {', '.join(map(str, range(source.rank + 1)))}",
                "order",
            )
        shape = TensorType(tuple(source.shape[axis] for axis in order))
        return Layer(self, {"order": order}, inputs, (shape,))

    def reach(self, layer: Layer) -> Reach:
        order = cast(tuple[int, ...], layer.args["order"])
        return POINTWISE if order == tuple(range(len(order))) else GLOBAL

    def pytorch(self, layer: Layer) -> TorchForm:
        order = cast(tuple[int, ...], layer.args["order"])
        dims = (0, *(axis + 1 for axis in order))
        return TorchCall(".permute", tuple(TorchArg("dims", dim, keyword=False) for dim in dims))


def _axes(op: str, value: object, source: TensorType, parameter: str) -> tuple[int, ...] | Problem:
    found = []
    for item in value if isinstance(value, tuple) else (value,):
        axis = resolve_axis(op, cast(int | str, item), source, parameter)
        if isinstance(axis, Problem):
            return axis
        found.append(axis)
    return tuple(found)


class Pad(Op):
    name = "pad"
    doc = "A border around the map."
    family = "shape"
    parameters = (
        Parameter("sizes", Sides(), REQUIRED, "width: one, one an axis, or a pair an axis"),
        Parameter(
            "mode",
            Word("zeros", "reflect", "replicate", "circular"),
            "zeros",
            "what the border is filled with",
        ),
        Parameter("value", Real(), 0, "what mode=zeros fills in"),
    )

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        problem = needs_map(self.name, source)
        if problem:
            return problem
        pads = resolve_sides(self.name, "sizes", args["sizes"], source)
        if isinstance(pads, Problem):
            return pads
        requirements = []
        for axis in range(source.rank):
            filled = border_fits(self.name, "sizes", source, axis, pads[axis], args["mode"])
            if isinstance(filled, Problem):
                return filled
            if filled:
                requirements.append(filled)
        spatial = (size + sum(pair) for size, pair in zip(source.spatial, pads, strict=True))
        return Layer(
            self,
            {**args, "sizes": pads},
            inputs,
            (TensorType((source.channels, *spatial)),),
            (),
            tuple(requirements),
        )

    def reach(self, layer: Layer) -> Reach:
        pads = cast(Pads, layer.args["sizes"])
        return tuple(Window(1, 1, before) for before, _ in pads)

    def shape_lines(self, layer: Layer) -> tuple[str, ...]:
        return _side_lines(layer, "+")

    def pytorch(self, layer: Layer) -> TorchForm:
        mode = layer.args["mode"]
        return TorchCall(
            "F.pad",
            (
                TorchArg("pad", torch_pads(cast(Pads, layer.args["sizes"])), keyword=False),
                TorchArg("mode", "constant" if mode == "zeros" else mode, "constant"),
                TorchArg("value", layer.args["value"] if mode == "zeros" else 0, 0),
            ),
        )


def _side_lines(layer: Layer, sign: str) -> tuple[str, ...]:
    (source,), (output,) = layer.inputs, layer.outputs
    return tuple(
        f"{axis_name(source.rank, axis)}: {size} {sign} {before} {sign} {after} = {out}"
        for axis, (size, (before, after), out) in enumerate(
            zip(source.spatial, cast(Pads, layer.args["sizes"]), output.spatial, strict=True)
        )
    )


class Crop(Op):
    name = "crop"
    doc = "Cuts positions off at the borders of the map."
    family = "shape"
    parameters = (
        Parameter("sizes", Sides(), REQUIRED, "amounts: one, one an axis, or a pair an axis"),
    )

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        problem = needs_map(self.name, source)
        if problem:
            return problem
        cuts = resolve_sides(self.name, "sizes", args["sizes"], source)
        if isinstance(cuts, Problem):
            return cuts
        requirements = []
        for axis, size in enumerate(source.spatial):
            fits = at_least(size, sum(cuts[axis]) + 1)
            if fits is False:
                before, after = cuts[axis]
                return Problem(
                    "E303",
                    f"nothing is left after crop of {source}: the "
                    f"{axis_name(source.rank, axis)} {size} loses {before} + {after}",
                    "cut less off",
                    "sizes",
                )
            if isinstance(fits, Requirement):
                requirements.append(fits)
        spatial = (size - sum(pair) for size, pair in zip(source.spatial, cuts, strict=True))
        return Layer(
            self,
            {"sizes": cuts},
            inputs,
            (TensorType((source.channels, *spatial)),),
            (),
            tuple(requirements),
        )

    def reach(self, layer: Layer) -> Reach:
        cuts = cast(Pads, layer.args["sizes"])
        return tuple(Window(1, 1, -before) for before, _ in cuts)

    def shape_lines(self, layer: Layer) -> tuple[str, ...]:
        return _side_lines(layer, "-")

    def pytorch(self, layer: Layer) -> TorchForm:
        cuts = cast(Pads, layer.args["sizes"])
        parts = [f"{before or ''}:{-after or ''}" for before, after in cuts]
        return TorchIndex(f"[:, :, {', '.join(parts)}]")


class Slice(Op):
    name = "slice"
    doc = "A range of positions along an axis; numbers below 0 count from the end."
    family = "shape"
    parameters = (
        Parameter("axis", Axis(), REQUIRED, "the axis that is cut"),
        Parameter("start", Int(), REQUIRED, "the first position that is kept"),
        Parameter("stop", Int(none=True), REQUIRED, "the first one after it; none: up to the end"),
    )

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        axis = resolve_axis(self.name, cast(int | str, args["axis"]), source, "axis")
        if isinstance(axis, Problem):
            return axis
        size = source.shape[axis]
        start, stop = cast(int, args["start"]), cast(int | None, args["stop"])
        first = start if start >= 0 else size + start
        end = size if stop is None else stop if stop >= 0 else size + stop
        # Both ends within the axis, and at least one position between them.
        checks = (at_least(first, 0), at_least(size - end, 0), at_least(end - first, 1))
        if False in checks:
            return Problem(
                "E309",
                f"slice from {start} to {'the end' if stop is None else stop} along the "
                f"{dimension_name(source.rank, axis)} of {source} has to keep at least one of its "
                f"{size} positions and stay within them",
                "0 is the first position; numbers below 0 count from the end",
                "start" if checks[0] is False else "stop",
            )
        shape = (*source.shape[:axis], end - first, *source.shape[axis + 1 :])
        requirements = tuple(check for check in checks if isinstance(check, Requirement))
        return Layer(self, {**args, "axis": axis}, inputs, (TensorType(shape),), (), requirements)

    def reach(self, layer: Layer) -> Reach:
        args: Mapping[str, Any] = layer.args
        axis, start = args["axis"], args["start"]
        if axis == 0:
            return POINTWISE
        if start < 0:
            return GLOBAL
        return tuple(
            Window(1, 1, -start if index == axis - 1 else 0)
            for index in range(layer.inputs[0].rank)
        )

    def shape_lines(self, layer: Layer) -> tuple[str, ...]:
        axis = cast(int, layer.args["axis"])
        (source,), (output,) = layer.inputs, layer.outputs
        name = dimension_name(source.rank, axis)
        return (f"{name}: {output.shape[axis]} of {source.shape[axis]}",)

    def pytorch(self, layer: Layer) -> TorchForm:
        args: Mapping[str, Any] = layer.args
        stop = "" if args["stop"] is None else args["stop"]
        return TorchIndex(f"[:, {':, ' * args['axis']}{args['start'] or ''}:{stop}]")


class Mean(Op):
    name = "mean"
    doc = "The mean over axes, which it removes."
    family = "shape"
    parameters = (Parameter("axes", Axes(), REQUIRED, "the axes that are averaged over"),)

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        axes = _axes(self.name, args["axes"], source, "axes")
        if isinstance(axes, Problem):
            return axes
        if len(set(axes)) < len(axes) or len(axes) > source.rank:
            return Problem(
                "E309",
                f"mean over the axes {list(axes)} of {source} must name different axes and leave "
                "at least one",
                "write mean([height, width]), for example",
                "axes",
            )
        kept = tuple(size for axis, size in enumerate(source.shape) if axis not in axes)
        return Layer(self, {"axes": tuple(sorted(axes))}, inputs, (TensorType(kept),))

    def reach(self, layer: Layer) -> Reach:
        return GLOBAL

    def shape_lines(self, layer: Layer) -> tuple[str, ...]:
        return (f"shape: {layer.inputs[0]} -> {layer.outputs[0]}",)

    def pytorch(self, layer: Layer) -> TorchForm:
        axes = cast(tuple[int, ...], layer.args["axes"])
        dims: object = axes[0] + 1 if len(axes) == 1 else tuple(axis + 1 for axis in axes)
        return TorchCall(".mean", (TorchArg("dim", dims, keyword=False),))


OPS: tuple[Op, ...] = (
    Identity(),
    Flatten(),
    Reshape(),
    Permute(),
    Pad(),
    Crop(),
    Slice(),
    Mean(),
)
