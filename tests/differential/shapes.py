"""The machine that tells legal statements from others: archdsl's own ops, on shapes.

Networks are drawn with it before anything is judged. A wrong shape rule shows later, against
PyTorch's results.
"""

from collections.abc import Mapping
from math import prod
from typing import Any

from archdsl.ops import op as find_op
from archdsl.ops.base import Problem, SameAs
from archdsl.types import Dim, Requirement, Symbol, TensorType, hinted, size_of
from tests.differential.interpreter import Illegal
from tests.differential.programs import Input, Symbolic

MOST_ELEMENTS = 1500
MOST_CHANNELS = 48
LONGEST = 64
FEWEST_NORMED = 4


class Shapes:
    """Types as values. Counts layers, and refuses those that would make a network slow to run."""

    def __init__(self, symbols: tuple[Symbolic, ...]) -> None:
        self.sizes = (
            {symbol.name: symbol.hint for symbol in symbols},
            {symbol.name: symbol.other for symbol in symbols},
        )
        self.layers = 0
        self.owners: dict[str, tuple[object, ...]] = {}

    def input(self, given: Input) -> TensorType:
        """The type of an input."""
        return TensorType(tuple(map(_size, given.sizes)))

    def shape(self, value: TensorType) -> tuple[Dim, ...]:
        return value.shape

    def apply(
        self,
        op: str,
        args: Mapping[str, object],
        inputs: list[TensorType],
        shared: str | None = None,
    ) -> list[TensorType]:
        found = find_op(op)
        assert found is not None, op
        complete: dict[str, Any] = {}
        for parameter in found.parameters:
            default = parameter.default
            if isinstance(default, SameAs):
                default = complete[default.parameter]
            complete[parameter.name] = args.get(parameter.name, default)
            if not parameter.kind.accepts(complete[parameter.name]) or parameter.fault(
                complete[parameter.name]
            ):
                raise Illegal(f"{op} does not take {parameter.name}={complete[parameter.name]}")
        layer = found.apply(complete, tuple(inputs))
        if isinstance(layer, Problem):
            raise Illegal(layer.message)
        self._check_norm(op, args, inputs[0])
        if op in ("conv", "depthwise"):
            windows = zip(layer.args["kernel"], layer.args["dilation"], strict=True)  # type: ignore[call-overload]
            if any(kernel == 1 and dilation > 1 for kernel, dilation in windows):
                # It dilates nothing, and PyTorch's process ends where the input is padded and
                # not contiguous.
                raise Illegal("PyTorch crashes on a dilated kernel of one element")
        self._check_requirements(layer.requirements)
        for output in layer.outputs:
            self._check_size(output)
        if shared is not None:
            # PyTorch has one module for all uses.
            owner = (layer.weights, found.pytorch(layer))
            if self.owners.setdefault(shared, owner) != owner:
                raise Illegal(f"a shared {op} would be another layer")
        self.layers += 1
        return list(layer.outputs)

    def _check_norm(self, op: str, args: Mapping[str, Any], source: TensorType) -> None:
        """A norm of a few elements has the signs of their differences as its result."""
        for sizes in self.sizes:
            shape = at(source, sizes)
            counts = {
                "gn": prod(shape) // args.get("groups", 1),
                "instance_norm": prod(shape[1:]),
                "ln": shape[0],
            }
            if counts.get(op, FEWEST_NORMED) < FEWEST_NORMED:
                raise Illegal(f"{op} takes a mean of {counts[op]}")

    def _check_requirements(self, requirements: tuple[Requirement, ...]) -> None:
        for requirement in requirements:
            if not all(requirement.holds(sizes) for sizes in self.sizes):
                raise Illegal(str(requirement))

    def _check_size(self, output: TensorType) -> None:
        for sizes in self.sizes:
            shape = at(output, sizes)
            small = max(shape[1:], default=1) <= LONGEST and prod(shape) <= MOST_ELEMENTS
            if not small or (shape[0] > MOST_CHANNELS and len(shape) > 1):
                raise Illegal(f"{output} is large")


def at(type_: TensorType, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """A shape at these values of symbolic sizes."""
    return tuple(size if isinstance(size, int) else size.evaluate(sizes) for size in type_.shape)


def numbers(type_: TensorType) -> tuple[int, ...]:
    """A shape at the sizes that the source gives."""
    found = [hinted(size) for size in type_.shape]
    return tuple(size for size in found if size is not None)


def _size(size: int | Symbolic) -> Dim:
    if isinstance(size, int):
        return size
    return size_of(Symbol(size.name, size.hint, size.multiple, size.minimum))
