"""The figures of a network, each computed when it is first asked for.

Parameters and buffers count every weight once, parts for training only included. MACs, activations,
memory, depth and receptive field speak of one sample in evaluation mode: steps on which no
evaluation output depends are left out. Symbolic sizes take their values from `Graph.sizes`; a
figure that depends on a size without a value is None.
"""

from collections.abc import Collection
from functools import cached_property
from math import prod

from archdsl.analysis.memory import peak_elements
from archdsl.analysis.receptive import Field, Fields, fields_of, sizes, strides
from archdsl.annotations import cast
from archdsl.graph.ir import Graph, Step
from archdsl.ops.base import Layer, Op
from archdsl.records import NamedTuple
from archdsl.types import Dim, Size, TensorType

BYTES_PER_ELEMENT = 4
"""float32."""

PerAxis = int | float | tuple[int | float | None, ...] | None
"""A figure per spatial axis: one number where all axes agree, None without spatial axes."""


class LayerFigures(NamedTuple):
    """What `expect` can ask of a named layer: its result's shape, receptive field and stride."""

    shape: tuple[int, ...] | None
    channels: int | None
    receptive_field: PerAxis
    stride: PerAxis


class Analysis:
    """The figures of one graph."""

    names: Collection[str] = (
        *("params", "trainable_params", "buffers", "macs", "flops", "activations", "peak_memory"),
        *("depth", "layers", "receptive_field", "stride"),
    )
    """The figures of the whole network that `expect` may name, besides `output.shape`."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._is_symbolic = bool(graph.symbols)
        self._types: dict[int, TensorType] = {}
        self._dims: dict[Dim, int] = {}
        self._macs: dict[int, int | None] = {}

    # --- weights ----------------------------------------------------------------------------------

    @cached_property
    def _weights(self) -> tuple[int, int]:
        """Trainable elements and elements of buffers; a layer used several times counts once."""
        costs: dict[int, tuple[int, int]] = {}
        params = buffers = 0
        for step in self.graph.steps:
            layer = step.layer
            if step.use_of is not None or not (layer.weights or layer.opaque_params):
                continue
            cost = costs.get(id(layer))
            if cost is None:
                cost = costs[id(layer)] = (layer.params, layer.buffers)
            params += cost[0]
            buffers += cost[1]
        return params, buffers

    @property
    def params(self) -> int:
        """Elements of all parameters."""
        return self._weights[0]

    @property
    def trainable_params(self) -> int:
        """Elements of all parameters that training changes: without a transfer plan, all."""
        return self._weights[0]

    @property
    def buffers(self) -> int:
        """Elements that are stored but not trained, such as running statistics."""
        return self._weights[1]

    @cached_property
    def layers(self) -> int:
        """Layers that bear a name, parameter-free ones too; a shared one counts once."""
        return sum(1 for step in self.graph.steps if step.use_of is None and step.name)

    # --- costs of one sample in evaluation --------------------------------------------------------

    @cached_property
    def live(self) -> list[bool]:
        """For every step, whether an output of evaluation mode depends on it."""
        graph = self.graph
        needed = [False] * len(graph.types)
        for output in graph.outputs:
            if not output.training:
                needed[output.value] = True
        steps = graph.steps
        live = [False] * len(steps)
        for index in range(len(steps) - 1, -1, -1):
            step = steps[index]
            for value in step.outputs:
                if needed[value]:
                    live[index] = True
                    for read in step.inputs:
                        needed[read] = True
                    break
        return live

    @property
    def live_steps(self) -> list[Step]:
        """The steps that run in evaluation mode, in order."""
        return [step for step, live in zip(self.graph.steps, self.live, strict=True) if live]

    @cached_property
    def macs(self) -> int | None:
        """Multiply-adds of convolutions, transposed or not, and linear layers."""
        known = self._macs
        total = 0
        for step in self.live_steps:
            layer = step.layer
            macs = known.get(id(layer))
            if macs is None:
                macs = self.macs_of(layer)
                if macs is None:
                    return None
            total += macs
        return total

    @property
    def flops(self) -> int | None:
        """Two for each multiply-add."""
        return None if self.macs is None else 2 * self.macs

    @cached_property
    def activations(self) -> int | None:
        """Elements of the results of all steps."""
        total = 0
        for step in self.live_steps:
            for value in step.outputs:
                count = self.elements(value)
                if count is None:
                    return None
                total += count
        return total

    @cached_property
    def peak_memory(self) -> int | None:
        """Bytes of the largest set of values alive at once, steps in order, none in place."""
        elements = [self.elements(value) for value in range(len(self.graph.types))]
        counts = [count for count in elements if count is not None]
        if len(counts) < len(elements):
            return None
        kept = [output.value for output in self.graph.outputs if not output.training]
        given = [given.value for given in self.graph.inputs]
        return BYTES_PER_ELEMENT * peak_elements(self.live_steps, counts, given, kept)

    @cached_property
    def depth(self) -> int:
        """Convolutions and linear layers on the longest path to an output."""
        depths = [0] * len(self.graph.types)
        for step in self.graph.steps:
            inputs = step.inputs
            deepest = depths[inputs[0]] if len(inputs) == 1 else max(depths[v] for v in inputs)
            if step.layer.op.dense:
                deepest += 1
            for value in step.outputs:
                depths[value] = deepest
        return max(
            (depths[output.value] for output in self.graph.outputs if not output.training),
            default=0,
        )

    # --- receptive field --------------------------------------------------------------------------

    @cached_property
    def _fields(self) -> Fields:
        return fields_of(self.graph)

    @property
    def fields(self) -> list[Field | None]:
        """The receptive field of every value; None behind a global operation or an extern op."""
        return self._fields.of

    def is_unknown(self, value: int) -> bool:
        """Whether nobody knows the receptive field of a value: it lies behind an extern op."""
        return value in self._fields.unknown

    @cached_property
    def _last_maps(self) -> list[int]:
        """The outputs and the maps that a global operation reads."""
        ends = [output.value for output in self.graph.outputs if not output.training]
        for number in self._fields.ends:
            if self.live[number]:
                ends += self.graph.steps[number].inputs
        return ends

    @cached_property
    def _last_field(self) -> Field | None:
        """The largest field of these; None where one of them is unknown."""
        if self.is_field_unknown:
            return None
        found = [self.fields[value] for value in self._last_maps]
        known = [field for field in found if field is not None]
        return max(known, key=lambda field: [size or 0 for size in sizes(field)], default=None)

    @property
    def is_field_unknown(self) -> bool:
        """Whether nobody knows the network's receptive field: a last map lies behind an extern
        op.
        """
        return any(self.is_unknown(value) for value in self._last_maps)

    @property
    def receptive_field(self) -> PerAxis:
        """Input positions that a position of the last map before global pooling sees.

        It is the largest over all paths.
        """
        return _joined(None if self._last_field is None else sizes(self._last_field))

    @property
    def stride(self) -> PerAxis:
        """Input positions between neighbours of that map: the product of the strides on the way."""
        return _joined(None if self._last_field is None else strides(self._last_field))

    def field_size(self, value: int) -> PerAxis:
        """The receptive field of a value."""
        field = self.fields[value]
        return _joined(None if field is None else sizes(field))

    def field_stride(self, value: int) -> PerAxis:
        """The input positions between neighbours of a value."""
        field = self.fields[value]
        return _joined(None if field is None else strides(field))

    # --- shapes -----------------------------------------------------------------------------------

    def shape(self, value: int) -> tuple[int, ...] | None:
        """The shape of a value without the batch; None where a size has no value."""
        declared = self.graph.types[value]
        type_ = self._types.get(id(declared)) or self._type(declared)
        return None if type_ is None else type_.shape  # type: ignore[return-value]  # all numbers

    def elements(self, value: int) -> int | None:
        """The number of elements of a value; None where a size has no value."""
        shape = self.shape(value)
        return None if shape is None else prod(shape)

    @property
    def output_shapes(self) -> dict[str, tuple[int, ...] | None]:
        """The shapes of the outputs of evaluation mode, by name."""
        return {
            output.name: self.shape(output.value)
            for output in self.graph.outputs
            if not output.training
        }

    def macs_of(self, layer: Layer) -> int | None:
        """Multiply-adds of one use of a layer; None where they depend on a size without a value."""
        key = id(layer)
        if key not in self._macs:
            if type(layer.op).macs is Op.macs:
                self._macs[key] = 0
            else:
                fixed = self._at_sizes(layer)
                self._macs[key] = None if fixed is None else cast(int, fixed.macs)
        return self._macs[key]

    def at_sizes(self, layer: Layer) -> Layer | None:
        """The layer with numbers in place of symbolic sizes; None where one has no value."""
        fixed = self._at_sizes(layer)
        if fixed is None or fixed is layer:
            return fixed
        return fixed._replace(args={name: self._value(arg) for name, arg in layer.args.items()})

    def _at_sizes(self, layer: Layer) -> Layer | None:
        """The same, but for the arguments, which few ask for."""
        if not self._is_symbolic:
            return layer
        inputs, outputs = self._types_of(layer.inputs), self._types_of(layer.outputs)
        if inputs is None or outputs is None:
            return None
        return layer._replace(inputs=inputs, outputs=outputs)

    def _types_of(self, types: tuple[TensorType, ...]) -> tuple[TensorType, ...] | None:
        """Types with numbers in place of symbolic sizes; None where one has no value."""
        found = tuple(map(self._type, types))
        return None if None in found else found  # type: ignore[return-value]  # none is None

    def _value(self, value: object) -> object:
        if isinstance(value, tuple):
            return tuple(self._value(item) for item in value)
        return self._dim(value) if isinstance(value, Size) else value

    def _type(self, type_: TensorType) -> TensorType | None:
        """The type with numbers in place of symbolic sizes; None where one has no value."""
        if not self._is_symbolic:
            return type_
        found = self._types.get(id(type_))
        if found is None:
            shape = tuple([size if type(size) is int else self._dim(size) for size in type_.shape])
            if None in shape:
                return None
            found = self._types[id(type_)] = TensorType._make((cast(tuple[int, ...], shape),))
        return found

    def _dim(self, size: Dim) -> int | None:
        if isinstance(size, int):
            return size
        found = self._dims.get(size)
        if found is None:
            try:
                found = self._dims[size] = size.evaluate(self.graph.sizes)
            except KeyError:
                return None
        return found

    # --- by name ----------------------------------------------------------------------------------

    def figure(self, name: str) -> object | None:
        """A figure by the name that `expect` uses; None where it has no value, or is none."""
        if name == "output.shape":
            return next(iter(self.output_shapes.values()), None)
        return getattr(self, name) if name in self.names else None

    def layer(self, path: str) -> LayerFigures | None:
        """The figures of a layer, block or named value at a path (`layer3.0.conv1`), if any."""
        value = self.value_at(path)
        if value is None:
            return None
        shape = self.shape(value)
        return LayerFigures(
            shape,
            shape[0] if shape else None,
            self.field_size(value),
            self.field_stride(value),
        )

    def value_at(self, path: str) -> int | None:
        """The result of a layer or block, or the value that a name stands for."""
        names = self.graph.instances[0].names
        *outer, last = path.split(".")
        for part in outer:
            _, instance = names.get(part, (0, None))
            if instance is None:
                return self._paths.get(path)
            names = self.graph.instances[instance].names
        return names[last][0] if last in names else self._paths.get(path)

    @cached_property
    def _paths(self) -> dict[str, int]:
        """The first result of every layer and instance, by path."""
        graph = self.graph
        found = {
            instance.path: instance.outputs[0] for instance in graph.instances if instance.outputs
        }
        found |= {
            step.path: step.outputs[0] for step in graph.steps if step.use_of is None and step.name
        }
        return found


def _joined(figures: tuple[int | float | None, ...] | None) -> PerAxis:
    """One number where all axes agree."""
    if not figures:
        return None
    return figures[0] if len(set(figures)) == 1 else figures
