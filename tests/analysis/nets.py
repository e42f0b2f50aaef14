"""Graphs by hand, straight through the builder: tests of the figures need no parser."""

from archdsl.graph.builder import Builder
from archdsl.graph.ir import Graph, GraphInput, GraphOutput, Instance, Origin
from archdsl.ops import op as find_op
from archdsl.ops.base import REQUIRED, Layer, Problem, SameAs
from archdsl.source import Source, Span
from archdsl.types import Dim, Symbol, TensorType

_SPAN = Span(Source("by hand", "network Net"), 8, 11)
_ORIGIN = Origin(_SPAN, None, None, (), _SPAN)


class Net:
    """A flat network; layers are named after their op and counted."""

    def __init__(self) -> None:
        self.builder = Builder()
        self._inputs: list[GraphInput] = []
        self._counts: dict[str, int] = {}
        root = Instance("network", "Net", "", "", "", None, (), (), (), (), {}, _ORIGIN, None)
        self._root = self.builder.open(root)

    def input(self, *shape: Dim) -> int:
        value = self.builder.value(TensorType(shape))
        self._inputs.append(GraphInput(f"x{len(self._inputs)}", "tensor", value, _SPAN))
        return value

    def layer(self, op: str, *inputs: int, **args: object) -> int:
        """Apply an op with the defaults of its parameters and return its (first) result."""
        layer = self.infer(op, inputs, args)
        self._counts[op] = self._counts.get(op, 0) + 1
        name = "" if op in ("add", "mul", "concat") else f"{op}{self._counts[op]}"
        path = f"{op}{self._counts[op]}"
        return self.builder.add(layer, inputs, name, path, self._root, _ORIGIN)[0]

    def again(self, step: int, *inputs: int) -> int:
        """Apply the layer of an earlier step once more, with its weights."""
        shared = self.builder.steps[step]
        return self.builder.add(
            shared.layer, inputs, shared.name, shared.path, self._root, _ORIGIN, use_of=step
        )[0]

    def infer(self, op: str, inputs: tuple[int, ...], args: dict[str, object]) -> Layer:
        found = find_op(op)
        assert found is not None
        complete: dict[str, object] = {}
        for parameter in found.parameters:
            default = parameter.default
            if isinstance(default, SameAs):
                default = complete[default.parameter]
            complete[parameter.name] = args.get(parameter.name, default)
            assert complete[parameter.name] is not REQUIRED, parameter.name
        types = tuple(type_ for value in inputs if (type_ := self.builder.types[value]))
        layer = self.builder.infer(found, complete, types)
        assert not isinstance(layer, Problem), layer.message
        return layer

    def graph(
        self,
        *outputs: int,
        training: tuple[int, ...] = (),
        symbols: tuple[Symbol, ...] = (),
    ) -> Graph:
        self.builder.close(self._root, outputs, {})
        found = [GraphOutput(f"y{value}", value, False, _SPAN) for value in outputs]
        found += [GraphOutput(f"t{value}", value, True, _SPAN) for value in training]
        sizes = {symbol.name: symbol.hint for symbol in symbols if symbol.hint is not None}
        return self.builder.finish("Net", "", _SPAN, self._inputs, found, symbols, sizes, ())
