"""Activations in place: only on the fresh result of a convolution, linear layer, norm or sum that
nobody else reads.
"""

from archdsl.backends.pytorch.align import Body, Slot
from archdsl.backends.pytorch.classes import Classes
from archdsl.backends.pytorch.expressions import Literal, Param
from archdsl.backends.pytorch.members import Members
from archdsl.backends.pytorch.roles import uses_of
from archdsl.backends.pytorch.shapes import OUTSIDE, Ref
from archdsl.backends.pytorch.trees import Chain, New, Tree
from archdsl.ops.base import TorchForm, TorchModule

FRESH = {"conv", "linear", "norm"}
"""Families whose results nobody else holds."""


def mark_inplace(classes: Classes, members: Members, body: Body) -> None:
    """Give `inplace=True` to the activations of a body that may have it. Alike ones share a module:
    all must be safe.
    """
    uses = uses_of(body)
    alike: dict[Tree, list[int]] = {}
    unsafe: set[Tree] = set()
    for number, slot in enumerate(body.slots):
        tree = members.trees.get(number)
        if isinstance(tree, Chain):
            members.trees[number] = inplace_chain(
                classes, members, tree, inner_chain(classes, slot)
            )
        elif isinstance(tree, Param):
            if not slot.first.live or not _is_fresh(members, body, slot.operands[0], uses):
                members.keeps_input.add(tree.name)
        elif isinstance(tree, New) and _takes_inplace(slot.first.form):
            alike.setdefault(tree, []).append(number)
            if not slot.first.live or not _is_fresh(members, body, slot.operands[0], uses):
                unsafe.add(tree)
    # A shared layer is applied elsewhere, too.
    owners = {
        members.assignment.shapes[0].parts[slot.first.owner].key
        for slot in body.slots
        if slot.first.owner is not None
    }
    for tree, numbers in alike.items():
        if tree not in unsafe and not any(body.slots[number].key in owners for number in numbers):
            for number in numbers:
                members.trees[number] = _inplace(tree)


def inner_chain(classes: Classes, slot: Slot) -> Body:
    """The body of a level that is a chain."""
    records = classes.shapes.records
    body = classes.chain(
        {pos: records[part.child] for pos, part in slot.parts.items() if part.child is not None}
    )
    assert body is not None, "a slot's chains were lined up before"
    return body


def inplace_chain(classes: Classes, members: Members, chain: Chain, body: Body) -> Chain:
    """The same in a chain, where each layer takes the result of the one before it."""
    items = list(chain.items)
    for index, slot in enumerate(body.slots):
        item = items[index]
        if isinstance(item.tree, Chain):
            tree = inplace_chain(classes, members, item.tree, inner_chain(classes, slot))
            items[index] = item._replace(tree=tree)
        elif isinstance(item.tree, Param):
            if not index or not _follows_fresh(members, body, index):
                members.keeps_input.add(item.tree.name)
        elif index and _takes_inplace(slot.first.form) and _follows_fresh(members, body, index):
            items[index] = item._replace(tree=_inplace(item.tree))
    return chain._replace(items=tuple(items))


def _follows_fresh(members: Members, body: Body, index: int) -> bool:
    """Whether every slot that may come right before one in a chain gives fresh results."""
    for previous in reversed(body.slots[:index]):
        if members.family(previous.first) not in FRESH:
            return False
        if not body.optional(previous):
            return True
    return False


def _is_fresh(members: Members, body: Body, ref: Ref, uses: dict[Ref, int]) -> bool:
    number, _ = ref
    if number == OUTSIDE or uses[ref] != 1:
        return False
    slot = body.slots[number]
    if slot.first.member < 0:
        return False
    op = members.graph.steps[slot.first.member].layer.op
    if op.name == "add":
        if len(slot.operands) == 1:  # nothing is added: it is that value itself
            return _is_fresh(members, body, slot.operands[0], uses)
    elif op.family not in FRESH:
        return False
    return slot.skips_to is None or _is_fresh(members, body, slot.operands[slot.skips_to], uses)


def _takes_inplace(form: TorchForm | None) -> bool:
    return isinstance(form, TorchModule) and form.inplace


def _inplace(tree: Tree) -> Tree:
    if not isinstance(tree, New):
        return tree
    return New(tree.function, (*tree.args, ("inplace", Literal(True))))
