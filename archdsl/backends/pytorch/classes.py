"""Which classes a module needs: blocks that can be lined up share one, and straight chains need
none.
"""

import re
from collections.abc import Hashable, Sequence

from archdsl.backends.pytorch.align import (
    Body,
    align,
    is_chain,
    named_alike,
    positional,
)
from archdsl.backends.pytorch.imports import Externs
from archdsl.backends.pytorch.shapes import Part, Shape, Shapes
from archdsl.backends.pytorch.text import is_attribute, safe
from archdsl.graph.ir import Graph, Instance
from archdsl.ops.base import TorchCall, TorchIndex, TorchModule, TorchOperator, TorchParameter
from archdsl.records import NamedTuple

MOST_TRIED = 48
"""Shapes of one block that cannot all be one class are tried in every order up to this number."""

MOST_NESTED = 6
"""Chains within chains; a level that holds more has a class."""


class Assignment(NamedTuple):
    """One class before it is written: its shapes in a body, and what the block is.

    Attributes:
        number: position among the classes, in the order in which they are written.
        node: the instance that stands for it.
        shapes: by position in the body.
    """

    number: int
    node: Instance
    body: Body
    shapes: tuple[Shape, ...]


class Classes:
    """The classes of a graph.

    Attributes:
        assignments: in the order of writing: a class after those it uses, the network last.
        of: for each shape, its class and its position there; chains in `nn.Sequential` have none.
    """

    def __init__(self, graph: Graph, externs: Externs) -> None:
        self.graph = graph
        self.shapes = Shapes(graph, externs)
        self.assignments: list[Assignment] = []
        self.of: dict[int, tuple[int, int]] = {}
        self._chains: dict[Hashable, bool] = {}
        self._nested: dict[int, int] = {}
        self._names_in: dict[int, dict[int, str]] = {}
        self._recursive = _recursive_groups(self.shapes.records)
        groups: dict[Hashable, list[int]] = {}
        for number in self.shapes.reachable():
            groups.setdefault(self._group(self.shapes.records[number]), []).append(number)
        uses = {
            group: list(
                dict.fromkeys(
                    self._group(self.shapes.records[part.child])
                    for number in numbers
                    for part in self.shapes.records[number].parts
                    if part.child is not None
                )
            )
            for group, numbers in groups.items()
        }
        for group in _in_order(uses, self._group(self.shapes.records[self.shapes.of[0]])):
            members = groups[group]
            self._chains[group] = self._all_chains(members)
            self._nested.update((one, self._nesting(self.shapes.records[one])) for one in members)
            if not self._chains[group]:
                self._assign(members)

    def _group(self, shape: Shape) -> Hashable:
        """Shapes of one group may share a class; a block that holds itself has a class for each
        height.
        """
        return (shape.group, shape.height) if shape.group in self._recursive else shape.group

    def node(self, shape: Shape) -> Instance:
        return self.graph.instances[shape.instance]

    def names_in(self, instance: int) -> dict[int, str]:
        """The name that the source gave last to each value of an instance."""
        known = self._names_in.get(instance)
        if known is None:
            written = self.graph.instances[instance].names.items()
            known = {value: safe(name) for name, (value, _) in written if is_attribute(name)}
            self._names_in[instance] = known
        return known

    def names(self, assignment: Assignment) -> list[str]:
        """What the instances of a class are called in the bodies around them."""
        return [
            self.graph.instances[instance].name
            for instance, shape in sorted(self.shapes.of.items())
            if shape in self.of and self.of[shape][0] == assignment.number
        ]

    def result(self, part: Part, k: int) -> int:
        """Which result of its class the k-th value that an instance's shape gives back is."""
        if part.child is None or part.child not in self.of:
            return k
        number, position = self.of[part.child]
        return self.assignments[number].body.given[position][k]

    def results(self, part: Part) -> int:
        """How many values a part's module or function gives."""
        if part.child is None or part.child not in self.of:
            return part.results
        return len(self.assignments[self.of[part.child][0]].body.writes)

    def is_random(self, part: Part) -> bool:
        """Whether a part draws random numbers; an extern op may."""
        pending = [part]
        while pending:
            one = pending.pop()
            if one.child is not None:
                pending += self.shapes.records[one.child].parts
            elif self.graph.steps[one.member].layer.op.family in ("regularise", "extern"):
                return True
        return False

    def is_plain_chain(self, shape: int) -> bool:
        """Whether an instance is an `nn.Sequential` without a class."""
        return self._chains[self._group(self.shapes.records[shape])]

    def lined_up(self, shapes: dict[int, Shape], chain: bool = False) -> Body | None:
        return align(shapes, self.result, self.alike, self.shapes.weighted, chain)

    def chain(self, shapes: dict[int, Shape]) -> Body | None:
        """Shapes lined up as one `nn.Sequential`, or None."""
        body = self.lined_up(shapes, chain=True)
        if body is None or not is_chain(body):
            return None
        return body if positional(body, self.shapes.weighted) or named_alike(body) else None

    def _all_chains(self, members: Sequence[int]) -> bool:
        """Whether the levels of a group are chains; blocks have classes even so."""
        records = [self.shapes.records[number] for number in members]
        if any(self.node(record).kind != "level" for record in records):
            return False
        if any(self._nesting(record) > MOST_NESTED for record in records):
            return False
        return all(self.chain({0: record}) is not None for record in records)

    def _nesting(self, shape: Shape) -> int:
        """How deep chains stand in chains; a chain that holds none has 1."""
        inner = [
            self._nested[part.child]
            for part in shape.parts
            if part.child is not None and part.child not in self.of
        ]
        return 1 + max(inner, default=0)

    # --- what can stand in one slot ---------------------------------------------------------------

    def alike(self, parts: Sequence[Part]) -> bool:
        """Whether one line of a constructor can make all of these."""
        first = parts[0]
        if any((part.child is None) != (first.child is None) for part in parts):
            return False
        if first.child is None:
            return self._alike_forms(parts)
        children = [part.child for part in parts if part.child is not None]
        if any(self.is_plain_chain(child) for child in children):
            if not all(self.is_plain_chain(child) for child in children):
                return False
            records = [self.shapes.records[child] for child in children]
            distinct = {id(record): record for record in records}
            return self.chain(dict(enumerate(distinct.values()))) is not None
        return len({self.of[child][0] for child in children}) == 1

    def _alike_forms(self, parts: Sequence[Part]) -> bool:
        forms = [part.form for part in parts]
        first = forms[0]
        if any(type(form) is not type(first) for form in forms):
            return False
        if isinstance(first, TorchModule):
            patterns = {
                (form.cls, tuple(arg.name for arg in form.args), form.support)
                for form in forms
                if isinstance(form, TorchModule)
            }
            return len(patterns) == 1 or not any(self.shapes.weighted(part) for part in parts)
        if isinstance(first, TorchParameter):
            return (
                len({numberless(form.value) for form in forms if isinstance(form, TorchParameter)})
                == 1
            )
        assert isinstance(first, TorchCall | TorchOperator | TorchIndex)
        return all(form == first for form in forms)

    # --- assigning shapes to classes --------------------------------------------------------------

    def _assign(self, members: list[int]) -> None:
        together = self._lined_up(members)
        if together is not None:
            self._add(members, together)
            return
        for some in self._split(members):
            body = self._lined_up(some)
            assert body is not None, "a shape cannot be lined up with itself"
            self._add(some, body)

    def _lined_up(self, members: Sequence[int]) -> Body | None:
        return self.lined_up({k: self.shapes.records[number] for k, number in enumerate(members)})

    def _split(self, members: list[int]) -> list[list[int]]:
        """Shapes that can be lined up, together; greedily, and one by one where there are very
        many.
        """
        if len(members) > MOST_TRIED:
            return [[number] for number in members]
        found: list[list[int]] = []
        for number in members:
            for some in found:
                if self._lined_up([*some, number]) is not None:
                    some.append(number)
                    break
            else:
                found.append([number])
        return found

    def _add(self, members: Sequence[int], body: Body) -> None:
        number = len(self.assignments)
        for position, shape in enumerate(members):
            self.of[shape] = (number, position)
        records = tuple(self.shapes.records[member] for member in members)
        first = min(records, key=lambda record: record.instance)
        self.assignments.append(Assignment(number, self.node(first), body, records))


WHOLE_NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")
"""The sizes in the text of a parameter's initial tensor."""


def numberless(text: str) -> str:
    """Text with every whole number as a placeholder."""
    return WHOLE_NUMBER.sub("#", text)


def _in_order(uses: dict[Hashable, list[Hashable]], last: Hashable) -> list[Hashable]:
    """All groups that `last` is made of, each behind those that it holds, which stand in the order
    in which it holds them.
    """
    done: dict[Hashable, None] = {}
    opened: set[Hashable] = set()
    pending = [last]
    while pending:
        group = pending[-1]
        if group not in opened:
            opened.add(group)
            inner = [one for one in reversed(uses[group]) if one not in done]
            if not opened.isdisjoint(inner):
                raise AssertionError("blocks hold each other in a circle")
            pending += inner
            continue
        pending.pop()
        done.setdefault(group)
    return list(done)


def _recursive_groups(records: Sequence[Shape]) -> set[Hashable]:
    """Groups with an instance inside another of the same group. Records stand after those that they
    hold.
    """
    below: list[frozenset[Hashable]] = []
    found: set[Hashable] = set()
    for record in records:
        held = frozenset().union(
            *(
                below[part.child] | {records[part.child].group}
                for part in record.parts
                if part.child is not None
            )
        )
        if record.group in held:
            found.add(record.group)
        below.append(held)
    return found
