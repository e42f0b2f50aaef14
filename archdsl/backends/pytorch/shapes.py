"""Shapes: instances in numbers of their own, so that alike instances are one record.

A shape says what an instance applies, in order, and how values flow between the parts, with parts
and reads numbered within the instance. Instances of a network's stages mostly share a few shapes,
and all work after this is done per shape.
"""

from collections.abc import Hashable

from archdsl.backends.pytorch.imports import Externs, named
from archdsl.backends.pytorch.regions import Regions
from archdsl.backends.pytorch.text import kinds_of
from archdsl.graph.ir import Graph, Instance, Origin
from archdsl.ops.base import TorchForm, TorchModule
from archdsl.records import NamedTuple
from archdsl.types import Dim

OUTSIDE = -1

Ref = tuple[int, int]
"""A value within a shape: (part, which of its results), or (`OUTSIDE`, which of the reads)."""

Key = tuple[Hashable, ...]
"""Which place of the source a part comes from: equal for the same place in other instances of the
block.
"""


class Part(NamedTuple):
    """One application within an instance.

    Attributes:
        member: the step, or the complement (~) of the instance, in the instance that stands for the
            shape.
        path: attribute path of its module; empty for what has none.
        operands: the values it takes.
        results: how many values it gives.
        form: the PyTorch form of a step; None for an instance.
        child: the shape of an instance; None for a step.
        owner: the part whose module a use of a shared layer applies; None for its own.
        live: whether a result leads to an output.
        lasting: whether one leads to an output that is returned in evaluation.
    """

    key: Key
    member: int
    path: tuple[str, ...]
    operands: tuple[Ref, ...]
    results: int
    form: TorchForm | None
    child: int | None
    owner: int | None
    live: bool
    lasting: bool


class Shape(NamedTuple):
    """An instance without its place.

    Attributes:
        group: instances of one group may become one class.
        parts: in order of execution.
        created: the parts that have a module and the opened instances (as their paths), in order of
            creation.
        channels: of the values it reads.
        writes: the values it gives back.
        given: the channels of these.
        instance: the first instance of this shape, which stands for all.
    """

    group: Hashable
    parts: tuple[Part, ...]
    created: tuple[int | tuple[str, ...], ...]
    channels: tuple[Dim, ...]
    writes: tuple[Ref, ...]
    given: tuple[Dim, ...]
    args: tuple[tuple[str, object], ...]
    instance: int
    height: int


class Shapes:
    """The shapes of a graph: `records`, and `of`, the shape of each instance."""

    def __init__(self, graph: Graph, externs: Externs) -> None:
        self.graph = graph
        self.externs = externs
        self.regions = Regions(graph)
        self.records: list[Shape] = []
        self.of: dict[int, int] = {}
        self._known: dict[Hashable, int] = {}
        self._forms: dict[int, TorchForm] = {}
        self._weighted: list[bool] = []
        for instance in range(len(graph.instances) - 1, -1, -1):
            if instance not in self.regions.opened or instance == 0:
                self.of[instance] = self._shape(instance)

    def weighted(self, part: Part) -> bool:
        """Whether a part has tensors in the state dict."""
        if part.child is None:
            return self.graph.steps[part.member].layer.holds_tensors
        return self._weighted[part.child]

    def reachable(self) -> list[int]:
        """The shapes that the network is made of, from its beginning on; levels without a step are
        in none.
        """
        found = {self.of[0]}
        pending = [self.of[0]]
        while pending:
            for part in self.records[pending.pop()].parts:
                if part.child is not None and part.child not in found:
                    found.add(part.child)
                    pending.append(part.child)
        return sorted(found, reverse=True)

    def form(self, step: int) -> TorchForm:
        layer = self.graph.steps[step].layer
        known = self._forms.get(id(layer))
        if known is None:
            known = self._forms[id(layer)] = named(layer.op.pytorch(layer), self.externs)
        return known

    def _shape(self, instance: int) -> int:
        node = self.graph.instances[instance]
        region = self.regions.region(instance)
        refs: dict[int, Ref] = {value: (OUTSIDE, k) for k, value in enumerate(region.reads)}
        paths = dict(region.created)
        numbers: dict[int, int] = {}
        seen = _Places(len(node.origin.turns) if node.kind == "level" else 0)
        parts: list[Part] = []
        for member in region.runs:
            if member in self.regions.passed:
                step = self.graph.steps[member]
                refs[step.outputs[0]] = refs[step.inputs[0]]
                continue
            part = self._part(member, paths, refs, numbers, seen)
            if instance:
                # A class is the same wherever it is used; only the network asks whether it is
                # training.
                part = part._replace(lasting=True)
            numbers[member] = len(parts)
            made = (
                self.graph.steps[member].outputs
                if member >= 0
                else self.regions.region(~member).writes
            )
            for k, value in enumerate(made):
                refs[value] = (len(parts), k)
            parts.append(part)
        created: list[int | tuple[str, ...]] = []
        for member, path in region.created:
            if member in numbers:
                created.append(numbers[member])
            elif ~member in self.regions.opened & self.regions.weighted:
                created.append(path)
        shape = Shape(
            self._group(node, instance),
            tuple(parts),
            tuple(created),
            tuple(self.graph.types[value].channels for value in region.reads),
            tuple(refs[value] for value in region.writes),
            tuple(self.graph.types[value].channels for value in region.writes),
            _own_args(self.graph, node),
            instance,
            1
            + max((self.records[p.child].height for p in parts if p.child is not None), default=0),
        )
        return self._intern(shape)

    def _part(
        self,
        member: int,
        paths: dict[int, tuple[str, ...]],
        refs: dict[int, Ref],
        numbers: dict[int, int],
        seen: "_Places",
    ) -> Part:
        regions = self.regions
        if member >= 0:
            step = self.graph.steps[member]
            key = seen.key(step.origin, step.layer.op.name if not step.name else "")
            owner = None if step.use_of is None else numbers.get(step.use_of)
            return Part(
                key,
                member,
                paths.get(member, ()) if step.name else (),
                tuple(refs[value] for value in step.inputs) if regions.live[member] else (),
                len(step.outputs),
                self.form(member),
                None,
                owner,
                regions.live[member],
                regions.lasting[member],
            )
        node = self.graph.instances[~member]
        inner = regions.region(~member)
        child = self.of[~member]
        return Part(
            seen.key(node.origin, ""),
            member,
            paths.get(member, ()),
            tuple(refs[value] for value in inner.reads),
            len(inner.writes),
            None,
            child,
            None
            if node.use_of is None
            else numbers.get(~node.use_of if node.use_of >= 0 else node.use_of),
            ~member not in regions.dead,
            any(regions.lasts(value) for value in inner.writes),
        )

    def _group(self, node: Instance, instance: int) -> Hashable:
        if node.kind == "level":
            origin = node.origin
            place = self._around(instance)
            return ("level", place, origin.span.source.name, origin.span.start, origin.span.end)
        return (node.kind, node.definition, id(node.syntax))

    def _around(self, instance: int) -> Hashable:
        """The definition that a level stands in, and its name where that is not computed."""
        parent = self.graph.instances[instance].parent
        while parent is not None and self.graph.instances[parent].kind == "level":
            parent = self.graph.instances[parent].parent
        return None if parent is None else id(self.graph.instances[parent].syntax)

    def _intern(self, shape: Shape) -> int:
        parts = tuple(part._replace(member=0) for part in shape.parts)
        # The arguments of blocks and extern ops may be of several types, in which 1 equals True.
        kinds = tuple(
            kinds_of(part.form.args)
            for part in shape.parts
            if isinstance(part.form, TorchModule) and part.form.package
        )
        key = (shape._replace(parts=parts, instance=0), kinds_of(shape.args), kinds)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = len(self.records)
            self.records.append(shape)
            self._weighted.append(any(self.weighted(part) for part in shape.parts))
        else:
            self.records[known] = (
                shape  # instances are met in reverse, and the first one stands for all
            )
        return known


def _own_args(graph: Graph, node: Instance) -> tuple[tuple[str, object], ...]:
    """The arguments of the block or network that a body belongs to; a level reads those of the body
    around it.
    """
    while node.kind == "level" and node.parent is not None:
        node = graph.instances[node.parent]
    return tuple((name, value) for name, value in node.args if _is_plain(value))


def _is_plain(value: object) -> bool:
    """Whether a value can be a constructor's argument: a number, string, truth value, or a list of
    these.
    """
    if isinstance(value, tuple):
        return all(_is_plain(item) for item in value)
    return value is None or isinstance(value, int | float | bool | str)


class _Places:
    """The places of an instance's parts; parts of one place, such as a projection's, are counted.

    The first `around` loops stand around the instance: its own turn is not part of a place, so that
    levels of one statement are alike.
    """

    def __init__(self, around: int) -> None:
        self.around = around
        self.seen: dict[Key, int] = {}

    def key(self, origin: Origin, merge: str) -> Key:
        span = origin.span
        place = (span.source.name, span.start, span.end, origin.turns[self.around :], merge)
        self.seen[place] = count = self.seen.get(place, 0) + 1
        return (*place, count)
