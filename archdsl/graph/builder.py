"""The one way to a graph: every layer is inferred and checked as it is added, so an illegal graph
cannot be built.

Repeated block instances are not elaborated again: `Builder.cut` takes the finished instance as a
`Fragment`, and `Builder.stamp` puts a copy elsewhere, shifting numbers and paths. That makes a
network's cost that of its distinct blocks, and it is why `Step` and `Instance` hold nothing that
depends on their surroundings but numbers and paths.
"""

from collections.abc import Iterator, Mapping, Sequence

from archdsl.graph.ir import Fact, Graph, GraphInput, GraphOutput, Instance, Origin, Step
from archdsl.graph.prune import prune
from archdsl.ops.base import Layer, Op, Problem, TorchModule
from archdsl.records import NamedTuple
from archdsl.source import Span
from archdsl.types import Symbol, TensorType

MAX_STEPS = 1_000_000
"""Steps after expansion; a network of this size is a mistake in a loop."""


def sharing_conflict(one: Layer, other: Layer) -> str | None:
    """Why two uses of one layer cannot be the same layer; None if they can."""
    if one.weights != other.weights or one.opaque_params != other.opaque_params:
        return "its weights would differ"
    if one.op.family == "extern":
        return None  # its arguments are those of the declaration, and it may have no PyTorch form
    first, second = one.op.pytorch(one), other.op.pytorch(other)
    if not isinstance(first, TorchModule) or first == second:
        return None
    # A module is made once: for one number of axes, and with one set of arguments.
    if isinstance(second, TorchModule) and first.cls != second.cls:
        return f"it would be another layer there, {second.cls} and not {first.cls}"
    return "its arguments would differ"


class Fragment(NamedTuple):
    """A finished block instance, to be stamped again for the same definition, arguments and input
    types.
    """

    root: int
    path: str
    inputs: tuple[int, ...]
    first_step: int
    first_value: int
    steps: tuple[Step, ...]
    types: tuple[TensorType | None, ...]
    instances: tuple[Instance, ...]


class Mark(NamedTuple):
    """How much there was when an instance was opened."""

    steps: int
    values: int
    instances: int


class Builder:
    """Collects the steps and instances of one network."""

    def __init__(self, layers: dict[object, Layer | Problem] | None = None) -> None:
        """`layers` are those that earlier networks of one run have inferred."""
        self.steps: list[Step] = []
        self.instances: list[Instance] = []
        self.types: list[TensorType | None] = []
        # Of the instances that are open, what they hold so far and where they began.
        self._members: dict[int, list[int | None]] = {}
        self._first_steps: dict[int, int] = {}
        self.layers: dict[object, Layer | Problem] = {} if layers is None else layers
        self.symbols: tuple[Symbol, ...] = ()
        """The symbolic sizes: what is known of them decides what a layer requires."""

    # --- values -----------------------------------------------------------------------------------

    def value(self, type_: TensorType | None) -> int:
        """A new value; None as its type marks one whose layer failed, about which nothing more is
        reported.
        """
        self.types.append(type_)
        return len(self.types) - 1

    # --- steps ------------------------------------------------------------------------------------

    def infer(
        self, op: Op, args: Mapping[str, object], inputs: tuple[TensorType, ...]
    ) -> Layer | Problem:
        """The layer of an op on inputs of these types; alike layers are inferred once and share one
        record.
        """
        key = (op.name, tuple(args.values()), inputs, self.symbols)
        known = self.layers.get(key)
        if known is None:
            known = self.layers[key] = op.apply(args, inputs)
        return known

    def add(
        self,
        layer: Layer,
        inputs: tuple[int, ...],
        name: str,
        path: str,
        parent: int,
        origin: Origin,
        use_of: int | None = None,
        slot: int | None = None,
    ) -> tuple[int, ...]:
        """Append a step and return its results. `slot` is the member slot that a declaration
        reserved.
        """
        first = len(self.types)
        self.types += layer.outputs
        outputs = (first,) if len(layer.outputs) == 1 else tuple(range(first, len(self.types)))
        self.steps.append(Step._make((layer, inputs, outputs, name, path, parent, origin, use_of)))
        if use_of is None:
            self._place(parent, len(self.steps) - 1, slot)
        return outputs

    # --- instances --------------------------------------------------------------------------------

    def open(self, instance: Instance, slot: int | None = None) -> int:
        """Begin an instance; `close` completes it."""
        number = len(self.instances)
        self.instances.append(instance)
        self._members[number] = []
        self._first_steps[number] = len(self.steps)
        if instance.parent is not None and instance.use_of is None:
            self._place(instance.parent, ~number, slot)
        return number

    def close(
        self, number: int, outputs: tuple[int, ...], names: Mapping[str, tuple[int, int | None]]
    ) -> None:
        """Complete an instance with its results and the names that can be read from outside."""
        members = tuple([member for member in self._members.pop(number) if member is not None])
        self.instances[number] = self.instances[number]._replace(
            outputs=outputs,
            members=members,
            names=names,
            steps=(self._first_steps.pop(number), len(self.steps)),
        )

    def dissolve(self, number: int) -> bool:
        """Take out a closed level that holds one merge and no layer; the merge is labelled with its
        name. True if it was one.
        """
        level = self.instances[number]
        if number + 1 < len(self.instances) or len(level.members) != 1 or level.names:
            return False
        (member,) = level.members
        if member < 0 or self.steps[member].name or level.parent is None:
            return False
        self.steps[member] = self.steps[member]._replace(path=level.path, parent=level.parent)
        self.instances.pop()
        siblings = self._members[level.parent]
        siblings[siblings.index(~number)] = member
        return True

    def reserve(self, parent: int) -> int:
        """A place among the members of an open instance for a shared layer, which is created at its
        first use.
        """
        self._members[parent].append(None)
        return len(self._members[parent]) - 1

    def _place(self, parent: int, member: int, slot: int | None) -> None:
        if slot is None:
            self._members[parent].append(member)
        else:
            self._members[parent][slot] = member

    def pair_uses(self, owner: int, use: int) -> str | None:
        """Make the steps of a later use of a shared block point to those of the first; or why they
        cannot be the same layers.

        Both were expanded from one call, so they match step for step unless the body depends on its
        input's size.
        """
        first, second = self._inside(owner), self._inside(use)
        if len(first) != len(second):
            return "it would have other layers"
        for mine, theirs in zip(first, second, strict=True):
            one, other = self.steps[mine], self.steps[theirs]
            if one.path != other.path:
                return "it would have other layers"
            difference = sharing_conflict(one.layer, other.layer)
            if difference:
                return difference
            self.steps[theirs] = other._replace(use_of=mine)
        return None

    def _inside(self, instance: int) -> list[int]:
        """The steps of an instance and all instances in it, in order of creation."""
        steps = []
        pending = [~instance]
        while pending:
            member = pending.pop()
            if member >= 0:
                steps.append(member)
            else:
                pending += reversed(self.instances[~member].members)
        return steps

    # --- fragments --------------------------------------------------------------------------------

    def mark(self) -> Mark:
        return Mark(len(self.steps), len(self.types), len(self.instances))

    def cut(self, mark: Mark) -> Fragment | None:
        """The instance that was opened at `mark` and is now closed; None if it reads values from
        around it.
        """
        root = self.instances[mark.instances]
        steps = tuple(self.steps[mark.steps :])
        outside = set(root.inputs)
        for step in steps:
            for value in step.inputs:
                if value < mark.values and value not in outside:
                    return None
        return Fragment(
            mark.instances,
            root.path,
            root.inputs,
            mark.steps,
            mark.values,
            steps,
            tuple(self.types[mark.values :]),
            tuple(self.instances[mark.instances :]),
        )

    def stamp(
        self,
        fragment: Fragment,
        inputs: tuple[int, ...],
        name: str,
        path: str,
        parent: int,
        origin: Origin,
    ) -> int:
        """Put a copy of a fragment under another name and return its instance number."""
        by_step = len(self.steps) - fragment.first_step
        by_value = len(self.types) - fragment.first_value
        root = len(self.instances)
        by_instance = root - fragment.root
        moved = dict(zip(fragment.inputs, inputs, strict=True))
        cut = len(fragment.path)

        def values(numbers: tuple[int, ...]) -> tuple[int, ...]:
            if len(numbers) == 1:
                (v,) = numbers
                return (moved[v] if v in moved else v + by_value,)
            return tuple([moved[v] if v in moved else v + by_value for v in numbers])

        self.types += fragment.types
        steps = self.steps
        for layer, read, written, own_name, own_path, holder, place, use_of in fragment.steps:
            steps.append(
                Step._make(
                    (
                        layer,
                        values(read),
                        values(written),
                        own_name,
                        path + own_path[cut:],
                        holder + by_instance,
                        place,
                        None if use_of is None else use_of + by_step,
                    )
                )
            )
        for old in fragment.instances:
            is_root = old is fragment.instances[0]
            self.instances.append(
                Instance(
                    old.kind,
                    old.definition,
                    old.doc,
                    name if is_root else old.name,
                    path + old.path[cut:],
                    parent if is_root else (old.parent or 0) + by_instance,
                    old.args,
                    values(old.inputs),
                    values(old.outputs),
                    tuple([m + by_step if m >= 0 else m - by_instance for m in old.members]),
                    _Shifted(old.names, moved, by_value, by_instance),
                    origin if is_root else old.origin,
                    old.syntax,
                    old.numbered,
                    None if old.use_of is None else old.use_of + by_instance,
                    (old.steps[0] + by_step, old.steps[1] + by_step),
                )
            )
        self._place(parent, ~root, None)
        return root

    # --- the whole --------------------------------------------------------------------------------

    def finish(
        self,
        name: str,
        doc: str,
        span: Span,
        inputs: Sequence[GraphInput],
        outputs: Sequence[GraphOutput],
        symbols: Sequence[Symbol],
        sizes: Mapping[str, int],
        facts: Sequence[Fact],
    ) -> Graph:
        """The finished graph. Every value must have a type: with an error there is no graph."""
        types = tuple([type_ for type_ in self.types if type_ is not None])
        if len(types) < len(self.types):
            raise AssertionError("a graph was finished though a layer had failed")
        values = [output.value for output in outputs]
        steps, instances, unused = prune(self.steps, self.instances, values)
        return Graph(
            name,
            doc,
            span,
            tuple(inputs),
            tuple(outputs),
            types,
            tuple(steps),
            tuple(instances),
            tuple(symbols),
            sizes,
            tuple(facts),
            unused,
        )


class _Shifted(Mapping[str, tuple[int, int | None]]):
    """The readable names of a stamped instance, shifted only when somebody reads one."""

    __slots__ = ("_by_instance", "_by_value", "_moved", "_names")

    def __init__(
        self,
        names: Mapping[str, tuple[int, int | None]],
        moved: Mapping[int, int],
        by_value: int,
        by_instance: int,
    ) -> None:
        self._names = names
        self._moved = moved
        self._by_value = by_value
        self._by_instance = by_instance

    def __getitem__(self, name: str) -> tuple[int, int | None]:
        value, instance = self._names[name]
        return (
            self._moved.get(value, value + self._by_value),
            None if instance is None else instance + self._by_instance,
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
