"""From layers to what is drawn: a convolution with its norm and activation is one node, alike
neighbours are one with `x3`, a closed block is one.
"""

from collections.abc import Callable, Sequence

from archdsl.analysis.alike import signatures_of
from archdsl.annotations import TypeAlias
from archdsl.backends.diagram.nesting import Member, Scope
from archdsl.graph.ir import Graph
from archdsl.records import NamedTuple

_FOLLOWERS = {
    "conv": {"norm", "activation", "regularise"},
    "linear": {"norm", "activation", "regularise"},
    "norm": {"activation", "regularise"},
    "activation": {"regularise"},
    "merge": {"norm", "activation"},
    "attention": {"regularise"},
    "regularise": set[str](),
}
"""The families that a node takes in, by that of its first layer."""


class Group(NamedTuple):
    """One node: consecutive steps.

    Attributes:
        scopes: the instances that are drawn as this node alone, outermost first; the last one is
            closed if there is no other reason for the group.
        first, end: the range of steps; of a repeated one, of its first repeat.
        last: the end of the range of all repeats.
        repeats: how many.
    """

    scopes: tuple[int, ...]
    first: int
    end: int
    last: int
    repeats: int
    closed: bool


class Frame(NamedTuple):
    """A cluster: an open instance, or several alike ones of which the first is drawn."""

    scopes: tuple[int, ...]
    first: int
    end: int
    last: int
    repeats: int
    members: "tuple[Group | Frame, ...]"


Item: TypeAlias = Group | Frame


class Grouping:
    """Groups the steps of one graph, once for each choice of open instances.

    Attributes:
        readers: for every value, the steps that read it; an output reads as the step behind all.
        live: for every step, whether it runs in evaluation mode.
    """

    def __init__(
        self, graph: Graph, live: Sequence[bool], marks: Sequence[object] | None = None
    ) -> None:
        """Groups for a graph.

        Args:
            marks: for every step, what layers that are built alike can differ in: only with the
                same ones they are folded.
        """
        self._graph = graph
        self._marks = marks if marks is not None else [None] * len(graph.steps)
        self.live = live
        self._signatures = signatures_of(graph)
        self.readers: dict[int, list[int]] = {}
        for number, step in enumerate(graph.steps):
            for value in step.inputs:
                self.readers.setdefault(value, []).append(number)
        for output in graph.outputs:
            self.readers.setdefault(output.value, []).append(len(graph.steps))
        owners = {step.use_of for step in graph.steps}
        self._shared_steps = [
            step.use_of is not None or number in owners for number, step in enumerate(graph.steps)
        ]
        reused = {instance.use_of for instance in graph.instances}
        self._shared_instances = [
            instance.use_of is not None or number in reused
            for number, instance in enumerate(graph.instances)
        ]

    def is_shared(self, item: Item) -> bool:
        """Whether the layers of an item run elsewhere too, with the same weights."""
        if item.scopes and any(self._shared_instances[number] for number in item.scopes):
            return True
        return item.end == item.first + 1 and self._shared_steps[item.first]

    def items(self, scope: Scope, is_open: Callable[[Scope], bool]) -> tuple[Item, ...]:
        """What is drawn within a scope: fused and folded."""
        items: list[Item] = []
        for member in scope.members:
            item = self._item(member, is_open)
            if items and self._follows(items[-1], item):
                items[-1] = items[-1]._replace(end=item.end, last=item.last)
            else:
                items.append(item)
        return tuple(self._folded(items))

    def layers(self, scope: Scope) -> tuple[Item, ...]:
        """Every step as a node of its own, every instance of several steps open."""
        found: list[Item] = []
        for member in scope.members:
            if isinstance(member, int):
                found.append(Group((), member, member + 1, member + 1, 1, False))
                continue
            inner = self.layers(member)
            definition = self._graph.instances[member.instance].definition
            found.append(_framed(member, inner, single=len(inner) == 1 and not definition))
        return tuple(found)

    def _item(self, member: Member, is_open: Callable[[Scope], bool]) -> Item:
        if isinstance(member, int):
            return Group((), member, member + 1, member + 1, 1, False)
        inner = self.items(member, is_open)
        is_node = len(inner) == 1 and isinstance(inner[0], Group)
        if is_node or is_open(member):
            return _framed(member, inner, single=len(inner) == 1)
        return Group((member.instance,), member.first, member.end, member.end, 1, True)

    def _follows(self, group: Item, item: Item) -> bool:
        """Whether a step belongs to the node before it."""
        if group.scopes or item.scopes or group.repeats > 1 or item.repeats > 1:
            return False
        step = self._graph.steps[item.first]
        before = self._graph.steps[group.end - 1]
        if step.inputs != before.outputs or self.readers[before.outputs[0]] != [item.first]:
            return False
        if self.live[item.first] != self.live[group.first]:
            return False
        if self._shared_steps[item.first] or self._shared_steps[group.first]:
            return False
        family = self._graph.steps[group.first].layer.op.family
        taken = _FOLLOWERS.get(family, set())
        is_flat = family == "pool" and step.layer.op.name == "flatten"
        return step.layer.op.family in taken or is_flat

    def _folded(self, items: list[Item]) -> list[Item]:
        """Alike neighbours in a row as one."""
        found: list[Item] = []
        signature: object = None
        previous = 0
        for item in items:
            own = self._signature(item)
            if found and own is not None and own == signature and self._leads(previous, item):
                found[-1] = found[-1]._replace(
                    last=item.last, repeats=found[-1].repeats + item.repeats
                )
            else:
                found.append(item)
            signature, previous = own, item.first
        return found

    def _signature(self, item: Item) -> object:
        """Equal for items that hold the same layers, wired alike; None for what is never folded."""
        if self.is_shared(item) or item.repeats > 1:
            return None
        marks = tuple(self._marks[item.first : item.end])
        if item.scopes:
            return self._signatures[item.scopes[0]], marks
        return tuple(id(step.layer) for step in self._graph.steps[item.first : item.end]), marks

    def _leads(self, first: int, item: Item) -> bool:
        """Whether all that leaves the steps from `first` to an item is one value, and goes into it
        alone, which reads nothing else.
        """
        steps = self._graph.steps
        made = {value for step in steps[first : item.first] for value in step.outputs}
        leaving = {
            value
            for value in made
            if any(reader >= item.first for reader in self.readers.get(value, ()))
        }
        inside = {value for step in steps[item.first : item.end] for value in step.outputs}
        read = {value for step in steps[item.first : item.end] for value in step.inputs} - inside
        return (
            len(leaving) == 1
            and read == leaving
            and all(
                item.first <= reader < item.end or first <= reader < item.first
                for value in leaving
                for reader in self.readers[value]
            )
        )


def _framed(scope: Scope, inner: tuple[Item, ...], *, single: bool) -> Item:
    """An open scope; one that holds a single item is that item, under the scope's name."""
    if single and (inner[0].repeats == 1 or isinstance(inner[0], Group)):
        return inner[0]._replace(scopes=(scope.instance, *inner[0].scopes))
    return Frame((scope.instance,), scope.first, scope.end, scope.end, 1, inner)
