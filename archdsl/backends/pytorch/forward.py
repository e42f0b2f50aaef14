"""Statements of `forward`: which calls nest in one line, and which variable each value is in."""

from collections.abc import Callable

from archdsl.backends.pytorch.align import Body
from archdsl.backends.pytorch.printer import Code
from archdsl.backends.pytorch.roles import MAIN, Role, uses_of
from archdsl.backends.pytorch.shapes import OUTSIDE, Ref
from archdsl.records import NamedTuple

TRAINING = "self.training"
"""The condition of what leads to outputs of training mode alone."""

MOST_CALLS = 3
"""Calls nested in one expression."""


class Node(NamedTuple):
    """How a slot is applied.

    Attributes:
        apply: the code of its results, given that of its operands.
        kind: "dense", "pointwise" (norms and activations), "module" (instances), "operator", "list"
            (`torch.cat`), "suffix" (methods and indices, which bind tighter than operators), or
            "other".
        chain: what it is written in one chain with.
        results: how many values it gives.
        flag: where it is optional in the forward pass, the condition there.
        training: whether it leads to outputs of training mode only.
    """

    apply: Callable[[list[Code]], Code]
    kind: str
    chain: object
    results: int
    flag: str | None
    training: bool


class Statement(NamedTuple):
    """`targets = code`, under a condition where `flag` is set. `ref` is the value that it makes."""

    targets: str
    code: Code
    flag: str | None
    ref: Ref | None


class Pending(NamedTuple):
    """An expression that is not yet in a variable.

    Attributes:
        kind: of the node that it ends with.
        calls: how deep calls nest in it.
        kinds: of all nodes in it.
    """

    ref: Ref
    code: Code
    kind: str
    calls: int
    kinds: frozenset[str]
    chain: object
    reads: frozenset[str]
    training: bool


class Forward:
    """Schedules one body.

    Attributes:
        statements: what was written so far.
        results: the code of each value that the class gives back.
    """

    def __init__(
        self,
        body: Body,
        order: list[int],
        nodes: dict[int, Node],
        parameters: list[str],
        roles: tuple[dict[Ref, Role], set[Ref]],
        bound: dict[Ref, str],
    ) -> None:
        self.body = body
        self.nodes = nodes
        self.roles, self.shortcuts = roles
        self.bound = bound
        self.left = uses_of(body)
        self.statements: list[Statement] = []
        self.pending: list[Pending] = []
        self.waiting: set[Ref] = set()
        """The refs of the pending expressions."""
        self.where: dict[Ref, str] = {}
        self.holds: dict[str, Ref] = {}
        for k, name in enumerate(parameters):
            self._put((OUTSIDE, k), name)
        for number in order:
            self._run(number)
        self.results = self._results()

    # --- variables --------------------------------------------------------------------------------

    def _put(self, ref: Ref, name: str) -> None:
        old = self.holds.get(name)
        if old is not None and self.where.get(old) == name:
            del self.where[old]
        self.where[ref] = name
        self.holds[name] = ref

    def _is_free(self, name: str, locked: frozenset[str]) -> bool:
        held = self.holds.get(name)
        if name in locked:
            return False
        return held is None or self.where.get(held) != name or self.left.get(held, 0) == 0

    def _unique(self, name: str, locked: frozenset[str]) -> str:
        if self._is_free(name, locked):
            return name
        number = 2
        while not self._is_free(f"{name}{number}", locked):
            number += 1
        return f"{name}{number}"

    def _variable(self, ref: Ref, locked: frozenset[str], reads: frozenset[str]) -> str:
        """The variable for a value; what `x` holds and is still needed moves to a variable of its
        own.
        """
        role = self.roles.get(ref, Role(MAIN))
        if role.soft and self._is_free(MAIN, locked):
            return MAIN
        if role.name != MAIN or MAIN in locked:
            return self._unique(role.name if role.name != MAIN else "y", locked)
        if self._is_free(MAIN, locked):
            return MAIN
        kept = self.holds[MAIN]
        if kept in self.body.writes and not self.body.slots[ref[0]].first.lasting:
            return self._unique(self.bound.get(ref, "y"), locked)
        name = self._unique(self._aside(kept), locked | reads)
        self.statements.append(Statement(name, MAIN, self._condition(kept), None))
        self.where[kept] = name
        self.holds[name] = kept
        del self.holds[MAIN]
        return MAIN

    def _condition(self, ref: Ref) -> str | None:
        """The condition under which a value exists."""
        return TRAINING if ref[0] != OUTSIDE and self.nodes[ref[0]].training else None

    def _aside(self, kept: Ref) -> str:
        """What a value is called that leaves `x` and is read again later."""
        if kept in self.shortcuts:
            return "shortcut"
        name = self.bound.get(kept, "skip")
        if name != MAIN:
            return name
        return "inputs" if kept[0] == OUTSIDE else "skip"

    # --- expressions ------------------------------------------------------------------------------

    def _run(self, number: int) -> None:
        slot, node = self.body.slots[number], self.nodes[number]
        joined = self._joined(slot.operands, node)
        taken = {pending.ref: pending for pending in joined}
        if joined:
            del self.pending[len(self.pending) - len(joined) :]
            self.waiting -= taken.keys()
        if any(operand in self.waiting for operand in slot.operands):
            self._flush(frozenset().union(*(one.reads for one in joined)))
        codes: list[Code] = []
        reads: set[str] = set()
        for operand in slot.operands:
            if operand in taken:
                codes.append(taken[operand].code)
                reads |= taken[operand].reads
            else:
                codes.append(self.where[operand])
                reads.add(self.where[operand])
        if node.flag is not None:
            self._flush(frozenset(reads))
            self._optional(number, node, node.apply(codes), frozenset(reads))
            return
        for operand in slot.operands:
            self.left[operand] -= 1
        code = node.apply(codes)
        ref = (number, 0)
        if node.results == 1 and self.left.get(ref, 0) == 1:
            kinds = frozenset({node.kind}).union(*(one.kinds for one in joined))
            calls = 1 + max((one.calls for one in joined), default=0)
            if node.kind == "operator":
                calls = max(1, calls)
            self.waiting.add(ref)
            self.pending.append(
                Pending(
                    ref, code, node.kind, calls, kinds, node.chain, frozenset(reads), node.training
                )
            )
            return
        self._flush(frozenset(reads))
        self._assign(number, node, code, frozenset(reads))

    def _joined(self, operands: tuple[Ref, ...], node: Node) -> list[Pending]:
        """The pending expressions that go into this one: the last ones, in order, as many as fit
        to it.
        """
        waiting = self.waiting
        wanted = [operand for operand in operands if operand in waiting]
        if node.flag is not None:
            return []
        for start in range(len(wanted)):
            last = self.pending[start - len(wanted) :]
            in_order = [pending.ref for pending in last] == wanted[start:]
            if in_order and all(self._fits(pending, node) for pending in last):
                return last
        return []

    def _fits(self, pending: Pending, node: Node) -> bool:
        if pending.training != node.training or pending.calls + 1 > MOST_CALLS:
            return False
        kind = node.kind
        if kind == "pointwise":
            return True
        operator = "operator" in pending.kinds and pending.calls == 1
        if kind in ("operator", "list"):
            return pending.calls == 1 and not operator
        method_of_sum = kind == "suffix" and pending.kind == "operator"
        if kind == "module" or "module" in pending.kinds or method_of_sum:
            return False
        if pending.chain != node.chain:
            return False
        return kind != "dense" or "dense" not in pending.kinds

    # --- statements -------------------------------------------------------------------------------

    def _flush(self, locked: frozenset[str]) -> None:
        """Put all pending expressions into variables, in order; `locked` variables keep their
        values.
        """
        waiting, self.pending = self.pending, []
        self.waiting.clear()
        laters = [locked]  # of each, from the last one on: what those behind it read
        for pending in reversed(waiting[1:]):
            laters.append(laters[-1] | pending.reads)
        for pending, later in zip(waiting, reversed(laters), strict=False):
            name = self._variable(pending.ref, later, pending.reads)
            flag = TRAINING if pending.training else None
            self.statements.append(Statement(name, pending.code, flag, pending.ref))
            self._put(pending.ref, name)

    def _assign(self, number: int, node: Node, code: Code, reads: frozenset[str]) -> None:
        names: list[str] = []
        for k in range(node.results):
            ref = (number, k)
            if not self.left.get(ref, 0):
                names.append("_")
                continue
            taken = frozenset(names)
            name = self._variable(ref, taken, reads)
            names.append(name)
            self._put(ref, name)
        flag = TRAINING if node.training else None
        self.statements.append(Statement(", ".join(names), code, flag, (number, 0)))

    def _optional(self, number: int, node: Node, code: Code, reads: frozenset[str]) -> None:
        """A statement under a condition; without it, the variable keeps the value that stands for
        the first result.
        """
        slot, ref = self.body.slots[number], (number, 0)
        for operand in slot.operands:
            self.left[operand] -= 1
        if slot.skips_to is None:
            name = self._variable(ref, frozenset(), reads)
        else:
            kept = slot.operands[slot.skips_to]
            name = self.where[kept]
            if self.left[kept] > 0:
                copy = self._unique(self.roles.get(ref, Role("out")).name, reads)
                self.statements.append(Statement(copy, name, self._condition(kept), None))
                name = copy
        self._put(ref, name)
        names = [name]
        for k in range(1, node.results):
            other = (number, k)
            names.append("_")
            if self.left.get(other, 0):
                names[k] = self._unique(self.bound.get(other, "y"), frozenset((*names, MAIN)))
                self._put(other, names[k])
        self.statements.append(Statement(", ".join(names), code, node.flag, ref))

    def _results(self) -> list[Code]:
        """What is given back: the last expression as it is, else variables."""
        writes = self.body.writes
        if len(writes) == 1 and [pending.ref for pending in self.pending] == [writes[0]]:
            return [self.pending[0].code]
        self._flush(frozenset())
        return [self.where[ref] for ref in writes]
