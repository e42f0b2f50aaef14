"""What the values of a body are called: `x` is the main chain, others are named after what they are
for.
"""

import re

from archdsl.backends.pytorch.align import Body
from archdsl.backends.pytorch.shapes import OUTSIDE, Ref
from archdsl.records import NamedTuple

MAIN = "x"

_OF_ALL = (MAIN, "shortcut", "scale", "out", "other")
"""Names that all values on a way keep, whatever the source calls them."""

_NUMBERED = re.compile(r"_\d+[a-z]?$")


class Role(NamedTuple):
    """A preferred variable. A `soft` one gives way to `x` where that is free."""

    name: str
    soft: bool = False


def uses_of(body: Body) -> dict[Ref, int]:
    """How often each value is read by live slots and given back."""
    uses: dict[Ref, int] = {}
    for slot in body.slots:
        if slot.first.live:
            for operand in slot.operands:
                uses[operand] = uses.get(operand, 0) + 1
    for ref in body.writes:
        uses[ref] = uses.get(ref, 0) + 1
    return uses


def roles_of(
    body: Body, merges: dict[int, str], bound: dict[Ref, str], outputs: list[str]
) -> tuple[dict[Ref, Role], set[Ref]]:
    """The role of each value, and which values are shortcuts of a residual.

    `merges` is the kind of each slot that joins values, `bound` the names that the source gave to
    values, and `outputs` what the results are called, the first of which is the main chain.
    """
    uses = uses_of(body)
    roles: dict[Ref, Role] = {}
    leads: dict[Ref, Role] = {}
    shortcuts: set[Ref] = set()
    series = _series_of(body, merges, bound, uses)
    several = {number for number, slot in enumerate(body.slots) if slot.first.results > 1}

    def propose(ref: Ref, role: Role) -> None:
        """Names a value; `leads` is what the chain up to it is called."""
        if uses.get(ref, 0) > 1:
            roles[ref] = Role(bound[ref]) if ref in bound else Role(MAIN)
            # Within a branch, `x` is what other branches start from.
            leads[ref] = Role(bound[ref], soft=True) if ref in series else Role(MAIN)
        elif ref in bound and ref[0] in several:
            roles[ref] = Role(bound[ref])
        elif ref not in roles or role.name == MAIN:
            if ref in bound and role.name not in (*_OF_ALL, series.get(ref)):
                role = role._replace(name=bound[ref])
            roles[ref] = leads[ref] = role

    for ref, name in zip(body.writes, outputs, strict=True):
        propose(ref, Role(name))
    for number in range(len(body.slots) - 1, -1, -1):
        slot = body.slots[number]
        if not slot.first.live:
            continue
        own = leads.get((number, 0), Role(MAIN))
        kind = merges.get(number)
        if kind is None:
            for operand in slot.operands[:1]:
                propose(operand, own)
            for operand in slot.operands[1:]:
                propose(operand, Role(bound.get(operand, "other")))
            continue
        if kind == "residual":
            propose(slot.operands[0], Role("out", soft=True))
            for operand in slot.operands[1:]:
                shortcuts.add(operand)
                propose(operand, Role("shortcut"))
            continue
        computed = [ref for ref in slot.operands if uses[ref] == 1 and ref[0] != OUTSIDE]
        for index, operand in enumerate(slot.operands):
            if operand not in computed:
                propose(operand, Role(MAIN))
            elif operand in bound and len(computed) > 1:
                propose(operand, Role(series.get(operand, bound[operand])))
            elif len(computed) > 1:
                propose(operand, Role(f"branch{index + 1}"))
            else:
                propose(operand, Role("scale" if kind == "mul" else "out", soft=True))
    return roles, shortcuts


def _series_of(
    body: Body, merges: dict[int, str], bound: dict[Ref, str], uses: dict[Ref, int]
) -> dict[Ref, str]:
    """What the values of a series of layers are called that are numbered in the source: `branch`
    for those of `branch_1` and `branch_2`, which it applies one behind the other.
    """
    series: dict[Ref, str] = {}
    taken = set(bound.values())
    for number, slot in enumerate(body.slots):
        ref = (number, 0)
        before = slot.operands[0] if slot.operands else None
        if number in merges or before not in bound or ref not in bound or uses.get(before) != 1:
            continue
        assert before is not None
        stem, earlier = (_NUMBERED.sub("", bound[one]) for one in (ref, before))
        if stem == earlier and stem not in taken and before[0] != OUTSIDE:
            series[ref] = series[before] = stem
    return series


def training_last(body: Body, order: list[int], random: set[int]) -> list[int]:
    """The order with what only training mode returns at its end, under one condition.

    Where that would draw random numbers, or apply a shared layer, in another order than the graph,
    the order stays.
    """
    last = [number for number in order if not body.slots[number].first.lasting]
    if not last:
        return order
    passed = [number for number in order[order.index(last[0]) :] if number not in last]
    owned = any(body.slots[number].first.owner is not None for number in order)
    if owned or (random.intersection(last) and random.intersection(passed)):
        return order
    return [number for number in order if number not in last] + last
