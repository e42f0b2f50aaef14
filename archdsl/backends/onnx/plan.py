"""A graph as a flat list of ONNX nodes with names and types, before any of ONNX's own objects."""

from collections.abc import Iterator, Mapping
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from archdsl.backends.onnx.forms import form_of
from archdsl.backends.onnx.records import (
    BATCH,
    Attribute,
    Constant,
    Input,
    Node,
    NoForm,
    Operand,
    Shape,
    Tensor,
    batched,
)
from archdsl.diagnostics import Diagnostic
from archdsl.graph.ir import Graph, Step
from archdsl.source import Span
from archdsl.visible import visible

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Value(NamedTuple):
    """A named tensor."""

    name: str
    shape: Shape
    dtype: str = "float"


class Stored(NamedTuple):
    """A tensor of the state dict."""

    key: str
    shape: tuple[int, ...]

    def array(self, weights: Mapping[str, "NDArray[Any]"]) -> "NDArray[Any]":
        """The tensor in float32, contiguous.

        Raises:
            KeyError: it is missing.
            ValueError: it has another shape.
        """
        import numpy as np

        found = weights[self.key]
        self._check(found.shape)
        # ascontiguousarray makes a scalar a list of one.
        return np.ascontiguousarray(found, np.float32).reshape(self.shape)

    def pieces(self, weights: Mapping[str, "NDArray[Any]"]) -> Iterator["NDArray[Any]"]:
        """The same elements in order, a part at a time if `weights` makes them so."""
        if isinstance(weights, InPieces):
            self._check(weights.shape(self.key))
            yield from weights.pieces(self.key)
        else:
            yield self.array(weights)

    def _check(self, shape: tuple[int, ...]) -> None:
        if shape != self.shape:
            raise ValueError(f"{self.key} has the shape {shape}, not {self.shape}")


@runtime_checkable
class InPieces(Protocol):
    """Weights of which no tensor need be in memory as a whole, such as `archdsl.weights` makes."""

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor; KeyError where there is none."""

    def pieces(self, name: str) -> Iterator["NDArray[Any]"]:
        """The elements of a tensor in order, in arrays of one axis."""


class Recipe(Protocol):
    """How an initializer is made from the state dict, once it is written."""

    def array(self, weights: Mapping[str, "NDArray[Any]"]) -> "NDArray[Any]":
        """The initializer; asks `weights` for the tensors that it is made from. Raises as
        `Stored.array` does.
        """


class PlannedWeight(NamedTuple):
    """An initializer, float32, and what it is made from."""

    name: str
    shape: tuple[int, ...]
    recipe: Recipe

    @property
    def size(self) -> int:
        """In bytes."""
        return 4 * prod(self.shape)


class PlannedNode(NamedTuple):
    """A node with the names of what it reads ("" for what is left out) and writes.

    Attributes:
        step: of the graph, the one whose form it is part of; None for a node of no layer.
        domain: of `op`; "" for ONNX's own.
    """

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[Value, ...]
    attributes: Mapping[str, Attribute]
    doc: str
    step: int | None
    domain: str = ""


class PlannedFunction(NamedTuple):
    """A block, to be called.

    Attributes:
        inputs, outputs: named as within the block; weights are inputs.
        nodes: without shapes, which differ from call to call: those of their outputs are ().
    """

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    nodes: tuple[PlannedNode, ...]
    doc: str


class Plan(NamedTuple):
    """All that a model holds, in order; `names` are those of the graph's values, as far as they are
    left.
    """

    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    weights: tuple[PlannedWeight, ...]
    constants: tuple[tuple[str, Constant], ...]
    nodes: tuple[PlannedNode, ...]
    names: Mapping[int, str]
    folded_norms: int | None = None
    """The batch norms that `fold` took out; None where it was not asked."""
    functions: tuple[PlannedFunction, ...] = ()
    """What nodes of the domain `domain` call; those that a function calls come before it."""
    domain: str = ""


def unsupported(graph: Graph, opset: int) -> tuple[Diagnostic, ...]:
    """What ONNX cannot express at this opset, each once at its place in the source."""
    found: dict[tuple[int, int, str], Diagnostic] = {}
    for number in needed(graph):
        step = graph.steps[number]
        form = form_of(step.layer, opset)
        if isinstance(form, NoForm):
            diagnostic = _no_form(graph, step, form, opset)
            span = diagnostic.span
            found.setdefault((span.start, span.end, diagnostic.message), diagnostic)
    return tuple(found.values())


def _no_form(graph: Graph, step: Step, form: NoForm, opset: int) -> Diagnostic:
    what = step.layer.op.name
    later = f" from opset {form.since} on, not in {opset}" if form.since else ""
    return Diagnostic(
        "E701",
        f"{what} on {step.layer.inputs[0]} has no ONNX form here: {form.reason}{later}",
        step.origin.span,
        help=form.help or (f"compile with --opset {form.since} or higher" if form.since else None),
        trail=graph.trail(step.parent),
    )


def needed(graph: Graph) -> list[int]:
    """The steps, by number, that an output of evaluation mode depends on."""
    wanted = {output.value for output in graph.outputs if not output.training}
    found = []
    for number in range(len(graph.steps) - 1, -1, -1):
        step = graph.steps[number]
        if any(value in wanted for value in step.outputs):
            wanted.update(step.inputs)
            found.append(number)
    return found[::-1]


def plan(graph: Graph, opset: int) -> Plan:
    """The nodes of a graph for which `unsupported` finds nothing."""
    return _Planner(graph, opset).plan()


class _Planner:
    def __init__(self, graph: Graph, opset: int) -> None:
        self.graph = graph
        self.opset = opset
        self.steps = needed(graph)
        self.weights = self._weights()
        self.constants: dict[str, Constant] = {}
        self.constants_of_step: dict[Constant, str] = {}
        self.nodes: list[PlannedNode] = []
        self.batch = free(BATCH, {symbol.name for symbol in graph.symbols})
        self.taken = {entry.name for entry in graph.inputs} | set(self.weights)
        self.names = {entry.value: entry.name for entry in graph.inputs}
        self.results = self._results()

    def _weights(self) -> dict[str, PlannedWeight]:
        """Tensors by path, in the order of the state dict; how many batches there were is for
        training alone.
        """
        owners = {self.graph.owner(self.graph.steps[number]).path for number in self.steps}
        return {
            key: PlannedWeight(key, weight.shape, Stored(key, weight.shape))
            for step, key, weight in self.graph.tensors()
            if step.path in owners and weight.name != "num_batches_tracked"
        }

    def _results(self) -> dict[int, str]:
        """The names of outputs, by value: the first of several that share one value."""
        found: dict[int, str] = {}
        self.outputs: list[tuple[str, int]] = []
        for output in self.graph.outputs:
            if not output.training:
                name = free(output.name, self.taken, "_output")
                self.taken.add(name)
                self.outputs.append((name, output.value))
                found.setdefault(output.value, name)
        return found

    def plan(self) -> Plan:
        for number in self.steps:
            self._step(number)
        for name, value in self.outputs:
            if self.names[value] != name:
                shape = self._named(batched(self.graph.types[value]))
                self._write(
                    "Identity",
                    free(f"/{name}/Identity", self.taken),
                    (self.names[value],),
                    [(name, shape)],
                )
        return Plan(
            tuple(
                Value(entry.name, self._named(batched(self.graph.types[entry.value])))
                for entry in self.graph.inputs
            ),
            tuple(
                Value(name, self._named(batched(self.graph.types[value])))
                for name, value in self.outputs
            ),
            tuple(self.weights.values()),
            tuple(self.constants.items()),
            tuple(self.nodes),
            self.names,
        )

    def _step(self, number: int) -> None:
        step = self.graph.steps[number]
        form = form_of(step.layer, self.opset)
        assert not isinstance(form, NoForm), step.path
        if isinstance(form, Input):
            # The value keeps its name, unless it is an output: that gets an Identity at the end.
            self.names[step.outputs[0]] = self.names[step.inputs[form.number]]
            return
        self._expression(number, form)

    def _expression(self, number: int, root: Node) -> None:
        """Write the nodes of a form, operands first; alike nodes once."""
        step = self.graph.steps[number]
        self.constants_of_step = {}
        written: dict[int, str] = {}
        known: dict[object, str] = {}
        pending: list[tuple[Node, bool]] = [(root, False)]
        while pending:
            node, ready = pending.pop()
            if id(node) in written:
                continue
            if not ready:
                pending.append((node, True))
                pending += [
                    (operand, False)
                    for operand in reversed(node.operands)
                    if isinstance(operand, Node)
                ]
                continue
            name = self._node_name(step, node.op)
            reads = tuple(
                self._operand(step, operand, f"{name}_input_{index}", written)
                for index, operand in enumerate(node.operands)
            )
            if node is root:
                self._root(number, root, name, reads)
                return
            key = (node.domain, node.op, reads, tuple(node.attributes.items()))
            if key not in known:
                shape = batched(step.layer.inputs[0]) if node.shape is None else node.shape
                result = f"{name}_output_0"
                self._write(node.op, name, reads, [(result, self._named(shape))], node, number)
                known[key] = result
            written[id(node)] = known[key]

    def _root(self, number: int, root: Node, name: str, reads: tuple[str, ...]) -> None:
        step = self.graph.steps[number]
        results = []
        for index, (value, type_) in enumerate(zip(step.outputs, step.layer.outputs, strict=True)):
            self.names[value] = self.results.get(value, f"{name}_output_{index}")
            results.append((self.names[value], self._named(batched(type_))))
        self._write(root.op, name, reads, results, root, number)

    def _operand(
        self, step: Step, operand: Operand, constant: str, written: Mapping[int, str]
    ) -> str:
        if operand is None:
            return ""
        if isinstance(operand, Input):
            return self.names[step.inputs[operand.number]]
        if isinstance(operand, Tensor):
            path = self.graph.owner(step).path
            return f"{path}.{operand.name}" if operand.name else path
        if isinstance(operand, Constant):
            known = self.constants_of_step.setdefault(operand, constant)
            self.constants[known] = operand
            return known
        return written[id(operand)]

    def _write(
        self,
        op: str,
        name: str,
        reads: tuple[str, ...],
        results: list[tuple[str, Shape]],
        node: Node | None = None,
        number: int | None = None,
    ) -> None:
        dtype = node.dtype if node else "float"
        values = tuple(Value(result, shape, dtype) for result, shape in results)
        attributes = node.attributes if node else {}
        domain = node.domain if node else ""
        doc = "" if number is None else place(self.graph.steps[number].origin.span)
        self.taken.add(name)
        self.nodes.append(PlannedNode(op, name, reads, values, attributes, doc, number, domain))

    def _node_name(self, step: Step, op: str) -> str:
        """``/layer1/0/conv1/Conv``; a merge stands under the block that it joins in."""
        path = step.path if step.name else self.graph.instances[step.parent].path
        prefix = "".join(f"/{part}" for part in path.split(".") if part)
        return free(f"{prefix}/{op}", self.taken)

    def _named(self, shape: Shape) -> Shape:
        return tuple(self.batch if size == BATCH else size for size in shape)


def place(span: Span) -> str:
    """File and line, without the folder: the same bytes wherever the file lies. A name that is no
    UTF-8, which a model's texts are, is written with escapes.
    """
    name = span.source.name.replace("\\", "/").rpartition("/")[2]
    return f"{visible(name)}:{span.line}"


def free(name: str, taken: set[str], ending: str = "") -> str:
    """The name, or the first of name_1, name_2, … that is free."""
    if name not in taken:
        return name
    if ending and name + ending not in taken:
        return name + ending
    number = 1
    while f"{name}{ending}_{number}" in taken:
        number += 1
    return f"{name}{ending}_{number}"
