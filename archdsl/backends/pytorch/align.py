"""Lines up the shapes of one block, so that one class can stand for all of them.

Parts that come from the same place of the source are one slot. A slot that some shapes lack is
optional: where it is missing, what follows reads the value that it would have taken. Shapes that
cannot be lined up so get classes of their own.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from archdsl.backends.pytorch.shapes import OUTSIDE, Key, Part, Ref, Shape
from archdsl.ops.base import TorchCall, TorchModule
from archdsl.records import NamedTuple

T = TypeVar("T")


class Slot(NamedTuple):
    """A place in the body of a class.

    Attributes:
        parts: what stands there, by position of the shape.
        operands: the values it takes, as references to slots.
        skips_to: where it is optional, the operand that stands for its result; None if nothing
            reads it there.
    """

    key: Key
    parts: dict[int, Part]
    operands: tuple[Ref, ...]
    skips_to: int | None

    @property
    def first(self) -> Part:
        return next(iter(self.parts.values()))


class Body(NamedTuple):
    """Shapes lined up.

    Attributes:
        positions: the numbers that its shapes go by, in `Slot.parts`.
        slots: in order of execution.
        created: slots, and paths of opened instances, in order of creation.
        writes: the values that the class gives back.
        given: for each position, which of `writes` each value that the shape gives back is.
    """

    positions: tuple[int, ...]
    slots: tuple[Slot, ...]
    created: tuple[int | tuple[str, ...], ...]
    reads: int
    writes: tuple[Ref, ...]
    given: dict[int, tuple[int, ...]]

    def optional(self, slot: Slot) -> bool:
        return len(slot.parts) < len(self.positions)


class _Unalike(Exception):
    """These shapes cannot be one class."""


Result = Callable[[Part, int], int]
"""Which result of an instance's class the k-th value that its shape gives back is."""


def align(
    shapes: dict[int, Shape],
    result: Result,
    alike: Callable[[Sequence[Part]], bool],
    weighted: Callable[[Part], bool],
    chain: bool = False,
) -> Body | None:
    """Line up shapes, given by position; None where that cannot be done.

    `alike` says whether parts can stand in one slot. In a `chain`, names follow from positions and
    may differ.
    """
    try:
        return _Alignment(shapes, result, alike, weighted, chain).body()
    except _Unalike:
        return None


class _Alignment:
    def __init__(
        self,
        shapes: dict[int, Shape],
        result: Result,
        alike: Callable[[Sequence[Part]], bool],
        weighted: Callable[[Part], bool],
        chain: bool,
    ) -> None:
        self.shapes = shapes
        self.result = result
        self.alike = alike
        self.weighted = weighted
        self.chain = chain
        if len({len(shape.channels) for shape in shapes.values()}) > 1:
            raise _Unalike
        self.keys = merged_order([[part.key for part in shape.parts] for shape in shapes.values()])
        self.numbers = {key: number for number, key in enumerate(self.keys)}
        self.slots: list[Slot] = []

    def body(self) -> Body:
        by_key: dict[Key, dict[int, Part]] = {key: {} for key in self.keys}
        for position, shape in self.shapes.items():
            for part in shape.parts:
                by_key[part.key][position] = part
        for key in self.keys:
            self.slots.append(self._slot(key, by_key[key]))
        written: list[Ref] = []
        given: dict[int, tuple[int, ...]] = {}
        longest = max(len(shape.writes) for shape in self.shapes.values())
        if all(len(shape.writes) == longest for shape in self.shapes.values()):
            for k in range(longest):
                ref = self._joined(
                    {pos: self._ref(pos, shape.writes[k]) for pos, shape in self.shapes.items()}
                )
                written.append(ref)
            given = dict.fromkeys(self.shapes, tuple(range(longest)))
        else:
            for position, shape in self.shapes.items():
                refs = [self._ref(position, ref) for ref in shape.writes]
                written += [ref for ref in refs if ref not in written]
                given[position] = tuple(written.index(ref) for ref in refs)
            if any(
                len(self.slots[slot].parts) < len(self.shapes) for slot, _ in written if slot >= 0
            ):
                raise _Unalike
        first = next(iter(self.shapes.values()))
        return Body(
            tuple(self.shapes),
            tuple(self.slots),
            self._created(),
            len(first.channels),
            tuple(written),
            given,
        )

    def _slot(self, key: Key, parts: dict[int, Part]) -> Slot:
        some = tuple(parts.values())
        first = some[0]
        if any(
            len(part.operands) != len(first.operands)
            or part.live != first.live
            or part.lasting != first.lasting
            or (part.owner is None) != (first.owner is None)
            for part in some
        ):
            raise _Unalike
        named_apart = not self.chain and len({part.path for part in some}) > 1
        # The names of layers without weights show nowhere.
        if named_apart and any(self.weighted(part) for part in some):
            raise _Unalike
        if not self.alike(some):
            raise _Unalike
        operands = tuple(
            self._joined({pos: self._ref(pos, part.operands[k]) for pos, part in parts.items()})
            for k in range(len(first.operands))
        )
        return Slot(key, parts, operands, None)

    def _ref(self, position: int, ref: Ref) -> Ref:
        """A value of a shape, in the numbers of slots and of the results of classes."""
        number, k = ref
        if number == OUTSIDE:
            return ref
        part = self.shapes[position].parts[number]
        return self.numbers[part.key], self.result(part, k)

    def _restricted(self, ref: Ref, position: int) -> Ref | None:
        """What a value is in one shape: slots that it lacks are skipped."""
        while ref[0] != OUTSIDE and position not in self.slots[ref[0]].parts:
            slot = self.slots[ref[0]]
            if slot.skips_to is None:
                if len(slot.operands) != 1 or ref[1]:
                    return None
                # What has one input stands aside for it.
                slot = self.slots[ref[0]] = slot._replace(skips_to=0)
            assert slot.skips_to is not None
            ref = slot.operands[slot.skips_to]
        return ref

    def _joined(self, refs: dict[int, Ref]) -> Ref:
        """The one reference that means these values, each in its shape."""
        for candidate in sorted(set(refs.values()), reverse=True):
            if self._stands_for(candidate, refs):
                return candidate
        raise _Unalike

    def _stands_for(self, candidate: Ref, refs: dict[int, Ref]) -> bool:
        missing = {pos: ref for pos, ref in refs.items() if ref != candidate}
        if not missing:
            return True
        number = candidate[0]
        if (
            number == OUTSIDE
            or candidate[1]
            or any(pos in self.slots[number].parts for pos in missing)
        ):
            return False
        slot = self.slots[number]
        choices = range(len(slot.operands)) if slot.skips_to is None else (slot.skips_to,)
        for k in choices:
            if all(self._restricted(slot.operands[k], pos) == ref for pos, ref in missing.items()):
                self.slots[number] = slot._replace(skips_to=k)
                return True
        return False

    def _created(self) -> tuple[int | tuple[str, ...], ...]:
        """The order of creation of all shapes; paths of opened instances take part in it."""
        orders: list[list[int | tuple[str, ...]]] = [
            [
                member if isinstance(member, tuple) else self.numbers[shape.parts[member].key]
                for member in shape.created
            ]
            for shape in self.shapes.values()
        ]
        return tuple(merged_order(orders))


def merged_order(sequences: Sequence[list[T]]) -> list[T]:
    """One order that all sequences agree with; raises where there is none."""
    merged = max((list(sequence) for sequence in sequences), key=len)
    if all(sequence == merged for sequence in sequences):
        return merged
    for sequence in sequences:
        places = {item: place for place, item in enumerate(merged)}
        previous = -1
        for item in sequence:
            place = places.get(item)
            if place is None:
                merged.insert(previous + 1, item)
                places = {one: place for place, one in enumerate(merged)}
                place = previous + 1
            if place <= previous:
                raise _Unalike
            previous = place
    return merged


def is_chain(body: Body) -> bool:
    """Whether a body is a straight chain of modules that `nn.Sequential` can hold under the right
    names.
    """
    previous: Ref = (OUTSIDE, 0)
    if body.reads != 1 or not body.slots:
        return False
    for number, slot in enumerate(body.slots):
        part = slot.first
        straight = slot.operands == (previous,) and part.live and part.owner is None
        if not straight or any(
            len(one.path) != 1 or one.results != 1 for one in slot.parts.values()
        ):
            return False
        if any(not has_module(one) for one in slot.parts.values()):
            return False
        if body.optional(slot) and slot.skips_to is None and number + 1 < len(body.slots):
            return False
        previous = (number, 0)
    if body.writes != (previous,):
        return False
    created = [member for member in body.created if not isinstance(member, tuple)]
    return created == sorted(created) and len(created) == len(body.created)


def has_module(part: Part) -> bool:
    """Whether a part can stand in `nn.Sequential`."""
    form = part.form
    if part.child is not None or isinstance(form, TorchModule):
        return True
    return isinstance(form, TorchCall) and form.module is not None


def positional(body: Body, weighted: Callable[[Part], bool]) -> bool:
    """Whether a chain's layers with weights are named after their positions, in every shape."""
    for position in body.positions:
        index = 0
        for slot in body.slots:
            part = slot.parts.get(position)
            if part is None:
                continue
            if weighted(part) and part.path != (str(index),):
                return False
            index += 1
    return True


def named_alike(body: Body) -> bool:
    """Whether every slot of a chain is in every shape, under one name."""
    return all(
        not body.optional(slot) and len({part.path for part in slot.parts.values()}) == 1
        for slot in body.slots
    )
