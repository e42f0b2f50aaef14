"""Attribute names of a class: the state dict's keys for what has weights, short names for what has
none.
"""

import re
from collections.abc import Iterable

from archdsl.backends.pytorch.align import Body, Slot
from archdsl.backends.pytorch.expressions import Param
from archdsl.backends.pytorch.members import Members
from archdsl.backends.pytorch.shapes import Part
from archdsl.backends.pytorch.text import MODULE_ATTRIBUTES, is_attribute, safe
from archdsl.backends.pytorch.trees import Chain, New, Tree
from archdsl.ops.base import TorchParameter


def can_be_none(slot: Slot) -> bool:
    """Whether an optional slot is a tensor of the module's own, which is None where it is missing:
    modules have the identity to stand for them.
    """
    part = slot.first
    named = len(part.path) == 1 and is_attribute(part.path[0])
    return isinstance(part.form, TorchParameter) and part.owner is None and named


class Attributes:
    """Names the modules of a class's slots.

    Attributes:
        of: by slot, the attribute path.
        listed: whether the class is an nn.ModuleList: the names of all its modules are their
            positions.
        shared: slots that apply the module of an alike slot, which stands at the given place.
    """

    def __init__(
        self, body: Body, members: Members, trees: dict[int, Tree], taken: Iterable[str]
    ) -> None:
        self.body = body
        self.members = members
        self.of: dict[int, tuple[str, ...]] = {}
        self.shared: dict[int, int] = {}
        used: dict[tuple[str, ...], None] = {(name,): None for name in taken}
        self.listed = self._is_list(trees) and not used
        if self.listed:
            self.of = {number: (str(place),) for place, number in enumerate(self._in_order(trees))}
            self._find_shared()
            return
        weightless: list[int] = []
        for number in trees:
            part = body.slots[number].first
            if any(
                members.classes.shapes.weighted(one) for one in body.slots[number].parts.values()
            ):
                self.of[number] = part.path
                # The containers on the way have their names as well.
                used.update({part.path[:end]: None for end in range(1, len(part.path) + 1)})
            else:
                weightless.append(number)
        self._name_weightless(weightless, trees, used)
        self._find_shared()

    def _in_order(self, trees: dict[int, Tree]) -> list[int]:
        return [one for one in self.body.created if isinstance(one, int) and one in trees]

    def _is_list(self, trees: dict[int, Tree]) -> bool:
        """Whether the modules are numbered without a gap, in order of creation, and none is
        optional.
        """
        order = self._in_order(trees)
        if not order or not self.members.assignment.node.numbered or len(order) != len(trees):
            return False
        for place, number in enumerate(order):
            slot, tree = self.body.slots[number], trees[number]
            if self.body.optional(slot) or {part.path for part in slot.parts.values()} != {
                (str(place),)
            }:
                return False
            if isinstance(tree, New) and tree.function == "nn.Parameter":
                return False
            if isinstance(tree, Chain) and any(item.condition is not None for item in tree.items):
                return False
        return not any(isinstance(member, tuple) for member in self.body.created)

    def _find_shared(self) -> None:
        """Uses of shared layers apply the module of their declaration."""
        body = self.body
        for number, slot in enumerate(body.slots):
            if slot.first.owner is not None:
                owner = (
                    self.members.assignment.shapes[next(iter(slot.parts))]
                    .parts[slot.first.owner]
                    .key
                )
                self.shared[number] = next(
                    k for k, one in enumerate(body.slots) if one.key == owner
                )
        for number, owner_slot in list(self.shared.items()):
            self.shared[number] = self.shared.get(owner_slot, owner_slot)

    def path(self, number: int) -> tuple[str, ...]:
        return self.of[self.shared.get(number, number)]

    def _name_weightless(
        self, numbers: list[int], trees: dict[int, Tree], used: dict[tuple[str, ...], None]
    ) -> None:
        """Alike layers without weights share one attribute, named after the op."""
        by_stem: dict[str, dict[Tree, list[int]]] = {}
        for number in numbers:
            part = self.body.slots[number].first
            tree = trees[number]
            if isinstance(tree, Param):
                # A layer that is given as an argument keeps the argument's name.
                by_stem.setdefault(tree.name, {}).setdefault(tree, []).append(number)
            elif not self._is_automatic(part) or self.body.optional(self.body.slots[number]):
                self.of[number] = self._free(self._own_name(part), used)
            else:
                by_stem.setdefault(self._stem(part), {}).setdefault(trees[number], []).append(
                    number
                )
        for stem, alike in by_stem.items():
            for some in alike.values():
                first = self.body.slots[some[0]].first
                short = len(alike) == 1 or not is_attribute(first.path[-1])
                name = self._free((stem,) if short else (first.path[-1],), used)
                for number in some:
                    self.of[number] = name
                    if number != some[0]:
                        self.shared[number] = some[0]

    def _is_automatic(self, part: Part) -> bool:
        """Whether a layer's name is the count of its op, or its position."""
        if part.child is not None:
            return False
        name = part.path[-1]
        return (
            not is_attribute(name)
            or re.fullmatch(rf"{re.escape(self._stem(part))}_?\d+", name) is not None
        )

    def _stem(self, part: Part) -> str:
        return self.members.graph.steps[part.member].layer.op.name

    def _own_name(self, part: Part) -> tuple[str, ...]:
        if self._is_automatic(part):
            return (self._stem(part),)
        return (part.path[-1],)

    def _free(self, path: tuple[str, ...], used: dict[tuple[str, ...], None]) -> tuple[str, ...]:
        name = path[-1] if is_attribute(path[-1]) else safe(path[-1]).strip("_") or "layer"
        if not is_attribute(name):
            name = f"part_{name}"  # a level that is named by its position
        name += "_" * (name in MODULE_ATTRIBUTES)
        number, candidate = 2, (name,)
        while candidate in used:
            candidate, number = (f"{name}_{number}",), number + 1
        used[candidate] = None
        return candidate
