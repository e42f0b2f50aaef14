"""When the optional parts of a class are there, in terms of its parameters."""

from typing import TYPE_CHECKING

from archdsl.backends.pytorch.align import Body, Slot
from archdsl.backends.pytorch.columns import either
from archdsl.backends.pytorch.expressions import Expr, Literal, Operation, Param
from archdsl.backends.pytorch.text import safe
from archdsl.backends.pytorch.translate import conditions_around
from archdsl.syntax import ast

if TYPE_CHECKING:
    from archdsl.backends.pytorch.members import Members


def condition_of(members: "Members", body: Body, slot: Slot, incoming: Expr | None) -> Expr:
    """When an optional slot is there: as the source's `if`s say, or by what its instances have in
    common.
    """
    origin = members.origin(slot.first)
    translation = members.translation(slot.first, incoming)
    proposals: list[Expr] = []
    around = conditions_around(members.assignment.node.syntax, origin.span.start, origin.span.end)
    for node, holds in around:
        translated = translation.expr(node)
        if translated is not None:
            proposals.append(either(translated, holds))
    step = origin.node
    if isinstance(step, ast.Residual):
        if step.condition is not None:
            condition = translation.expr(step.condition)
            proposals += [condition] if condition is not None else []
        for argument in step.args or ():
            rate = translation.expr(argument.value)
            proposals += [Operation(">", rate, Literal(0))] if rate is not None else []
    together = proposals[0] if proposals else None
    for proposal in proposals[1:]:
        assert together is not None
        together = Operation("and", together, proposal)
    name = f"use_{safe(slot.first.path[0])}" if slot.first.path else "residual"
    return members.columns.condition(
        slot.parts,
        body.positions,
        [*proposals, together, *_projection(members, body, slot, incoming)],
        name,
    )


def _projection(members: "Members", body: Body, slot: Slot, incoming: Expr | None) -> list[Expr]:
    """`stride != 1 or in_channels != width`: when a shortcut cannot be the identity."""
    number = next(k for k, one in enumerate(body.slots) if one is slot)
    partner = next(
        (
            one.operands[0]
            for one in body.slots
            if (number, 0) in one.operands[1:] and len(one.operands) == 2
        ),
        None,
    )
    outgoing = members.channel_in(body, partner) if partner is not None else None
    strides = [
        Operation("!=", Param(name), Literal(1)) for name in members.columns.own if "stride" in name
    ]
    found: list[Expr] = []
    if incoming is not None and outgoing is not None and incoming != outgoing:
        widths = Operation("!=", incoming, outgoing)
        found += [Operation("or", stride, widths) for stride in strides] + [widths]
    return [*found, *strides]
