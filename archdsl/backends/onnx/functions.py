"""Blocks as ONNX's local functions, from the flat plan.

The nodes of a block become the body of a function, and one node in their place calls it. Names in a
body are those that stand within the block (`conv1.weight`, `/conv1/Conv`), so that instances which
differ in their weights alone have the same body, and share one function. What a body reads from
around it, weights included, is an input of the function, and what is read of it elsewhere is an
output: both follow from the nodes, so that a block which reaches out of itself is like any other.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from archdsl.backends.onnx.plan import Plan, PlannedFunction, PlannedNode, Value, free, place
from archdsl.backends.onnx.records import Constant
from archdsl.graph.ir import Graph


def with_functions(graph: Graph, plan: Plan) -> Plan:
    """The plan of a graph with its blocks, and networks used as steps, as functions.

    Blocks of which no node is left, because they only drop out or pass values on, leave no call.
    """
    return _Functions(graph, plan).plan_with_calls()


class _Entry(NamedTuple):
    """A node or call with the names of the flat plan.

    Attributes:
        path: of its layer or block.
        op: what stands behind that in its name; "" for a call.
    """

    node: PlannedNode
    path: str
    op: str


class _Body(NamedTuple):
    """A block whose nodes are being collected.

    Attributes:
        around: the paths of the blocks that it stands in, its own last.
    """

    instance: int
    around: tuple[str, ...]
    entries: list[_Entry]


class _Interface(NamedTuple):
    """What a body has to do with what is around it, by the names of the flat plan."""

    values: tuple[str, ...]
    weights: tuple[str, ...]
    results: tuple[Value, ...]


class _Functions:
    def __init__(self, graph: Graph, plan: Plan) -> None:
        self.graph = graph
        self.plan = plan
        self.domain = free(f"archdsl.{graph.name}", {node.domain for node in plan.nodes})
        self.constants = dict(plan.constants)
        self.order = {weight.name: index for index, weight in enumerate(plan.weights)}
        self.last_read = {
            name: index for index, node in enumerate(plan.nodes) for name in node.inputs
        }
        self.last_read |= {value.name: len(plan.nodes) for value in plan.outputs}
        self.functions: dict[str, PlannedFunction] = {}

    def plan_with_calls(self) -> Plan:
        blocks = list(_blocks_of_steps(self.graph))
        stack = [_Body(0, (), [])]
        for index, node in enumerate(self.plan.nodes):
            inside = () if node.step is None else blocks[node.step]
            kept = _common(inside, [body.instance for body in stack[1:]])
            self._close(stack, kept + 1, index)
            for instance in inside[kept:]:
                around = (*stack[-1].around, self.graph.instances[instance].path)
                stack.append(_Body(instance, around, []))
            stack[-1].entries.append(_Entry(node, self._path(node), node.op))
        self._close(stack, 1, len(self.plan.nodes))
        nodes = tuple(self._outermost(stack[0]))
        read = {name for node in nodes for name in node.inputs}
        return self.plan._replace(
            constants=tuple(entry for entry in self.plan.constants if entry[0] in read),
            nodes=nodes,
            functions=tuple(self.functions.values()),
            domain=self.domain,
        )

    def _path(self, node: PlannedNode) -> str:
        """Where a node stands; a merge under the block that it joins in."""
        if node.step is None:
            return ""
        step = self.graph.steps[node.step]
        return step.path if step.name else self.graph.instances[step.parent].path

    def _outermost(self, body: _Body) -> Iterator[PlannedNode]:
        """The nodes of the network itself: all but its calls have their names."""
        taken = {node.name for node in self.plan.nodes}
        for node, path, op in body.entries:
            name = node.name if op else free(_node_name(path, op), taken)
            taken.add(name)
            yield node._replace(name=name)

    def _close(self, stack: list[_Body], depth: int, end: int) -> None:
        """Make calls of the innermost bodies until so many are left. `end` is the number of the
        first node behind them.
        """
        while len(stack) > depth:
            body = stack.pop()
            instance = self.graph.instances[body.instance]
            interface = self._interface(body, end)
            call = PlannedNode(
                self._function(body, interface).name,
                "",
                (*interface.values, *interface.weights),
                interface.results,
                {},
                place(instance.origin.span),
                None,
                self.domain,
            )
            stack[-1].entries.append(_Entry(call, instance.path, ""))

    def _interface(self, body: _Body, end: int) -> _Interface:
        """What is read and written across the border: the block's own input and result first."""
        instance = self.graph.instances[body.instance]
        own = {self.plan.names.get(value) for value in (*instance.inputs, *instance.outputs)}
        written = {value.name for entry in body.entries for value in entry.node.outputs}
        read = dict.fromkeys(name for entry in body.entries for name in entry.node.inputs if name)
        outside = [name for name in read if not (name in written or name in self.constants)]
        weights = [name for name in outside if name in self.order]
        values = [name for name in outside if name not in self.order]
        results = [
            value
            for entry in body.entries
            for value in entry.node.outputs
            if self.last_read.get(value.name, 0) >= end
        ]
        return _Interface(
            tuple(sorted(values, key=lambda name: name not in own)),
            tuple(sorted(weights, key=self.order.__getitem__)),
            tuple(sorted(results, key=lambda value: value.name not in own)),
        )

    def _function(self, body: _Body, interface: _Interface) -> PlannedFunction:
        """The function with this body: a known one where there is one."""
        instance = self.graph.instances[body.instance]
        names = _inputs(body, interface)
        inputs = tuple(names.values())
        nodes = tuple(self._local(body, names))
        outputs = tuple(names[value.name] for value in interface.results)
        found = PlannedFunction(instance.definition, inputs, outputs, nodes, instance.doc)
        key = repr(found)  # 1 and 1.0 are equal, and different attributes
        if key not in self.functions:
            self.functions[key] = found._replace(name=self._name(instance.definition))
        return self.functions[key]

    def _local(self, body: _Body, names: dict[str, str]) -> Iterator[PlannedNode]:
        """The nodes of a function. `names` has those of its inputs, and gets those of its values;
        a function holds no tensors but as results of a Constant.
        """
        taken: set[str] = set()
        for node, path, op in body.entries:
            name = free(_node_name(_within(path, body.around), op), taken)
            taken.add(name)
            for index, read in enumerate(node.inputs):
                if read in self.constants and read not in names:
                    names[read] = f"{name}_input_{index}"
                    yield _constant(names[read], self.constants[read])
            for index, value in enumerate(node.outputs):
                names[value.name] = f"{name}_output_{index}"
            yield node._replace(
                name=name,
                inputs=tuple(read and names[read] for read in node.inputs),
                outputs=tuple(
                    value._replace(name=names[value.name], shape=()) for value in node.outputs
                ),
                step=None,
            )

    def _name(self, definition: str) -> str:
        """The block's own name; with a number for its further functions, unless that is the name of
        another block.
        """
        known = {function.name for function in self.functions.values()}
        if definition not in known:
            return definition
        known |= {instance.definition for instance in self.graph.instances}
        number = 2
        while f"{definition}_{number}" in known:
            number += 1
        return f"{definition}_{number}"


def _blocks_of_steps(graph: Graph) -> Iterator[tuple[int, ...]]:
    """For each step of the graph the blocks that it is executed in, outermost first."""
    waiting = [
        number
        for number, instance in enumerate(graph.instances)
        if number and instance.definition and instance.steps[0] < instance.steps[1]
    ][::-1]
    inside: list[int] = []
    for step in range(len(graph.steps)):
        while inside and graph.instances[inside[-1]].steps[1] <= step:
            inside.pop()
        while waiting and graph.instances[waiting[-1]].steps[0] <= step:
            inside.append(waiting.pop())
        yield tuple(inside)


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many elements are the same from the start."""
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return count


def _inputs(body: _Body, interface: _Interface) -> dict[str, str]:
    """The inputs of a function: their names within it, by those of the flat plan."""
    # What is called alike and comes from outside gives way.
    weights = sorted(interface.weights, key=lambda one: _within(one, body.around[-1:]) == one)
    wanted = [(weight, _within(weight, body.around)) for weight in weights]
    wanted += [(value, "input") for value in interface.values]
    names: dict[str, str] = {}
    taken: set[str] = set()
    for name, local in wanted:
        names[name] = free(local, taken)
        taken.add(names[name])
    return {name: names[name] for name in (*interface.values, *interface.weights)}


def _within(path: str, around: Sequence[str]) -> str:
    """A path as it is within the innermost of these blocks that it lies in."""
    for block in reversed(around):
        if path == block or path.startswith(f"{block}."):
            return path[len(block) + 1 :]
    return path


def _node_name(path: str, op: str) -> str:
    """``/conv1/Conv``."""
    return "".join(f"/{part}" for part in (*path.split("."), op) if part)


def _constant(name: str, constant: Constant) -> PlannedNode:
    result = Value(name, (), constant.dtype)
    return PlannedNode("Constant", name, (), (result,), {"value": constant}, "", None)
