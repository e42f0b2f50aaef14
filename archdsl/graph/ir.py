"""The intermediate representation: flat, immutable steps in order, and the tree of block instances
they came from.

Two orders matter. `Graph.steps` is the order of execution. The tree, `Instance.members`, is the
order of creation, which is the order of the state dict: a shared layer stands at its declaration
and a shortcut after its branch.

Values are numbers; `Graph.types[value]` is the type of one. `Graph.steps` reads only values with
smaller numbers.
"""

from collections.abc import Iterator, Mapping

from archdsl.diagnostics import Frame
from archdsl.ops.base import Layer, Weight
from archdsl.records import NamedTuple
from archdsl.source import Span
from archdsl.types import Symbol, TensorType


class Origin(NamedTuple):
    """Where a step or an instance comes from, within the body of its block.

    Attributes:
        span: the place in the source.
        node: the syntax node there. The graph never looks into it; backends do, to write the
            source's expressions.
        scope: what the names in `node` mean; as opaque here as `node`.
        turns: counters of the loops around it in this body, outermost first.
        chain: the span of the chain of steps that it is part of.
    """

    span: Span
    node: object
    scope: object
    turns: tuple[int, ...]
    chain: Span


class Step(NamedTuple):
    """One application of a layer.

    Attributes:
        inputs, outputs: value numbers.
        name: the name within `parent`; "" for a merge, which takes none.
        path: the full path: state-dict prefix, ONNX initializer prefix and label.
        parent: the instance that holds it.
        use_of: for a later use of a shared layer, the step that owns the weights.
    """

    layer: Layer
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    name: str
    path: str
    parent: int
    origin: Origin
    use_of: int | None = None


class Instance(NamedTuple):
    """A node of the tree: the network, an application of a block or network, or a level that a name
    opened.

    Attributes:
        kind: "network", "block", or "level".
        definition: name of the block or network; "" for a level.
        doc: its doc string, or "".
        args: the bound arguments of a block or network, by parameter.
        members: what it holds in order of creation: a step as its index, an instance as the
            complement (~) of its own.
        names: what can be read by name from outside: the value, and the instance where the name is
            that of one.
        syntax: the defining syntax node; opaque here, as in `Origin`.
        numbered: whether its members are numbered by position (`0`, `1`, …).
        use_of: for a later use of a shared block, the instance that owns the weights.
        steps: the range of steps that it executes, first and end; among them those of shared layers
            that are declared elsewhere.
    """

    kind: str
    definition: str
    doc: str
    name: str
    path: str
    parent: int | None
    args: tuple[tuple[str, object], ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    members: tuple[int, ...]
    names: Mapping[str, tuple[int, int | None]]
    origin: Origin
    syntax: object
    numbered: bool = False
    use_of: int | None = None
    steps: tuple[int, int] = (0, 0)


class GraphInput(NamedTuple):
    """An input: its name, its declared kind (`image`, `tabular`, …) and its value."""

    name: str
    kind: str
    value: int
    span: Span


class GraphOutput(NamedTuple):
    """An output; `training` ones are returned in training mode only."""

    name: str
    value: int
    training: bool
    span: Span


class Fact(NamedTuple):
    """A fact about the task, such as `dataset(images=50_000)`."""

    name: str
    args: Mapping[str, object]
    span: Span


class Graph(NamedTuple):
    """A network, elaborated and checked.

    Attributes:
        span: the network's name where it is declared.
        instances: the tree; the network itself is number 0.
        symbols: the symbolic sizes of its inputs.
        sizes: the value each symbol takes in summaries and sample runs.
        unused: where networks are steps that no output depends on; none of their layers is here.
    """

    name: str
    doc: str
    span: Span
    inputs: tuple[GraphInput, ...]
    outputs: tuple[GraphOutput, ...]
    types: tuple[TensorType, ...]
    steps: tuple[Step, ...]
    instances: tuple[Instance, ...]
    symbols: tuple[Symbol, ...]
    sizes: Mapping[str, int]
    facts: tuple[Fact, ...]
    unused: tuple[Origin, ...] = ()

    def layers(self) -> Iterator[tuple[int, Step]]:
        """The steps that own their layer, in order of creation: the order of the state dict."""
        pending = [0]
        stack = [iter(self.created(0))]
        while pending:
            member = next(stack[-1], None)
            if member is None:
                pending.pop()
                stack.pop()
            elif member >= 0:
                yield member, self.steps[member]
            else:
                pending.append(~member)
                stack.append(iter(self.created(~member)))

    def created(self, instance: int) -> tuple[int, ...]:
        """Members in the order of the state dict: a level's own tensors come before its parts."""
        members = self.instances[instance].members
        own = [
            member
            for member in members
            if member >= 0 and any(not weight.name for weight in self.steps[member].layer.weights)
        ]
        return (*own, *(one for one in members if one not in own)) if own else members

    def tensors(self) -> Iterator[tuple[Step, str, Weight]]:
        """The tensors of all layers with their keys, in the order of the state dict."""
        for _, step in self.layers():
            for weight in step.layer.weights:
                yield step, f"{step.path}.{weight.name}" if weight.name else step.path, weight

    def weights(self) -> Iterator[tuple[str, Weight]]:
        """State-dict keys and tensors, in state-dict order."""
        for _, key, weight in self.tensors():
            yield key, weight

    def owner(self, step: Step) -> Step:
        """The step that owns the weights of a step: itself, or the first use of a shared layer."""
        return step if step.use_of is None else self.steps[step.use_of]

    def opaque_paths(self) -> tuple[str, ...]:
        """What the keys of tensors begin with that only the modules of extern ops know."""
        return tuple([f"{step.path}." for step in self.steps if step.layer.op.family == "extern"])

    def trail(self, instance: int | None) -> tuple[Frame, ...]:
        """The block calls that lead to an instance, innermost first."""
        frames = []
        while instance:
            node = self.instances[instance]
            if node.definition:
                frames.append(Frame(node.definition, node.origin.span))
            instance = node.parent
        return tuple(frames)
