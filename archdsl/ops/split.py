"""Ops with several results: chunk and split."""

from collections.abc import Mapping

from archdsl.annotations import cast
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
    TorchModule,
)
from archdsl.ops.kinds import Axis, Int, Ints
from archdsl.ops.merge import dimension_name
from archdsl.ops.window import resolve_axis
from archdsl.types import Dim, Size, TensorType

AXIS = Parameter("axis", Axis(), "channels", "the axis that is cut")


class _Cut(Op):
    """What chunk and split share: the sizes along one axis of their results."""

    family = "shape"

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        axis = resolve_axis(self.name, cast(int | str, args["axis"]), source, "axis")
        if isinstance(axis, Problem):
            return axis
        sizes = self.sizes(args, source, axis)
        if isinstance(sizes, Problem):
            return sizes
        outputs = tuple(
            TensorType((*source.shape[:axis], size, *source.shape[axis + 1 :])) for size in sizes
        )
        requirements = self.requirements(args, source.shape[axis])
        return Layer(self, {**args, "axis": axis}, inputs, outputs, (), requirements)

    def sizes(
        self, args: Mapping[str, object], source: TensorType, axis: int
    ) -> tuple[Dim, ...] | Problem:
        """The sizes of the results along the axis."""
        raise NotImplementedError

    def requirements(self, args: Mapping[str, object], size: Dim) -> tuple[Requirement, ...]:
        """What a symbolic size along the axis must satisfy."""
        return ()

    def reach(self, layer: Layer) -> Reach:
        # The parts of a map start at different positions.
        return POINTWISE if layer.args["axis"] == 0 else GLOBAL

    def pytorch(self, layer: Layer) -> TorchForm:
        # PyTorch's methods give a tuple of one for one part.
        return self.cut(layer) if len(layer.outputs) > 1 else TorchModule("nn.Identity")

    def cut(self, layer: Layer) -> TorchForm:
        """The call that gives several parts."""
        raise NotImplementedError

    def shape_lines(self, layer: Layer) -> tuple[str, ...]:
        axis = cast(int, layer.args["axis"])
        sizes = " + ".join(str(output.shape[axis]) for output in layer.outputs)
        name = dimension_name(layer.inputs[0].rank, axis)
        return (f"{name}: {layer.inputs[0].shape[axis]} = {sizes}",)


class Chunk(_Cut):
    name = "chunk"
    doc = "Cuts into n equal parts."
    parameters = (Parameter("n", Int(1), REQUIRED, "number of parts"), AXIS)
    results = "n"

    def sizes(
        self, args: Mapping[str, object], source: TensorType, axis: int
    ) -> tuple[Dim, ...] | Problem:
        parts, size = cast(int, args["n"]), source.shape[axis]
        left = size % parts
        if isinstance(left, int) and left:
            return Problem(
                "E309",
                f"chunk({parts}) of {source} cannot cut its {size} "
                f"{_unit(source.rank, axis)} into {parts} equal parts",
                _even_advice(cast(int, size), parts),
                "n",
            )
        return (size // parts,) * parts

    def requirements(self, args: Mapping[str, object], size: Dim) -> tuple[Requirement, ...]:
        parts = cast(int, args["n"])
        if isinstance(size, Size) and isinstance(size % parts, Size):
            return (Requirement(size, "%", parts),)
        return ()

    def cut(self, layer: Layer) -> TorchForm:
        return TorchCall(
            ".chunk",
            (
                TorchArg("chunks", layer.args["n"], keyword=False),
                TorchArg("dim", cast(int, layer.args["axis"]) + 1),
            ),
        )


class Split(_Cut):
    name = "split"
    doc = "Cuts into parts of the given sizes."
    parameters = (Parameter("sizes", Ints(1), REQUIRED, "sizes of the parts"), AXIS)
    results = "sizes"

    def sizes(
        self, args: Mapping[str, object], source: TensorType, axis: int
    ) -> tuple[Dim, ...] | Problem:
        sizes = cast(tuple[int, ...], args["sizes"])
        size = source.shape[axis]
        if size == sum(sizes):
            return sizes
        total = f"{' + '.join(map(str, sizes))} = {sum(sizes)}"
        return Problem(
            "E309",
            f"split of {source} must share out its {size} {_unit(source.rank, axis)}, not {total}",
            f"the sizes must sum to {size}",
            "sizes",
        )

    def cut(self, layer: Layer) -> TorchForm:
        return TorchCall(
            ".split",
            (
                TorchArg("split_size", layer.args["sizes"], keyword=False),
                TorchArg("dim", cast(int, layer.args["axis"]) + 1),
            ),
        )


def _unit(rank: int, axis: int) -> str:
    return "channels" if axis == 0 else f"positions along the {dimension_name(rank, axis)}"


def _even_advice(size: int, parts: int) -> str:
    if not parts <= min(size, 8):
        return "take a number of parts that divides it"
    sizes = [size // parts + (index < size % parts) for index in range(parts)]
    return f"write split({sizes}), or take a number of parts that divides {size}"


OPS: tuple[Op, ...] = (Chunk(), Split())
