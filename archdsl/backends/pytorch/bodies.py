"""The text of `forward`: a body's values, names and calls made ready for scheduling, and its
statements as lines.
"""

import re
from collections.abc import Callable, Mapping

from archdsl.backends.pytorch.align import Slot
from archdsl.backends.pytorch.attributes import Attributes, can_be_none
from archdsl.backends.pytorch.classes import Classes
from archdsl.backends.pytorch.expressions import Expr
from archdsl.backends.pytorch.forward import TRAINING, Forward, Node, Statement
from archdsl.backends.pytorch.members import Members
from archdsl.backends.pytorch.printer import (
    STEP,
    WIDTH,
    Code,
    Group,
    call,
    flat,
    layout,
    listing,
    signature,
)
from archdsl.backends.pytorch.roles import MAIN, roles_of, training_last
from archdsl.backends.pytorch.shapes import OUTSIDE, Ref
from archdsl.backends.pytorch.text import (
    attribute,
    is_attribute,
    literal,
    safe,
    snake_case,
)
from archdsl.graph.ir import Instance
from archdsl.ops.base import (
    TorchCall,
    TorchForm,
    TorchIndex,
    TorchModule,
    TorchOperator,
    TorchParameter,
)
from archdsl.records import NamedTuple
from archdsl.syntax import ast
from archdsl.types import hinted

BODY = STEP * 2


class Outputs(NamedTuple):
    """What the network gives back: fields in order, each with its place in the results."""

    record: str
    fields: tuple[tuple[str, int, bool], ...]


def is_identity(classes: Classes, members: Members, number: int) -> bool:
    """Whether an optional slot becomes `nn.Identity` where it is missing."""
    slot = members.assignment.body.slots[number]
    part = slot.first
    return (
        (part.child is not None or isinstance(part.form, TorchModule))
        and number in members.trees
        and slot.skips_to == 0
        and len(slot.operands) == 1
        and classes.results(part) == 1
    )


def merge_kind(members: Members, slot: Slot) -> str | None:
    """What joins the values of a slot: `residual`, `add`, `mul` or `concat`; None where nothing
    does.
    """
    part = slot.first
    if part.child is not None or len(slot.operands) < 2:
        return None
    op = members.graph.steps[part.member].layer.op.name
    is_residual = isinstance(members.origin(part).node, ast.Residual)
    return "residual" if is_residual and len(slot.operands) == 2 and op == "add" else op


class ForwardText:
    """Writes the `forward` of one class.

    Attributes:
        results: what the values that it gives back are called in it.
        optional: whether variables of training mode hold None in evaluation.
    """

    def __init__(
        self,
        classes: Classes,
        members: Members,
        attributes: Attributes,
        flags: dict[Expr, str],
        outputs: Outputs | None,
    ) -> None:
        self.classes = classes
        self.graph = classes.graph
        self.members = members
        self.assignment = members.assignment
        self.body = members.assignment.body
        self.attributes = attributes
        self.flags = flags
        self.outputs = outputs
        self.results: tuple[str, ...] = ()
        self.optional = False

    def lines(self) -> list[str]:
        """The method, from its signature to its return."""
        body = self.body
        merges = {
            number: kind
            for number, slot in enumerate(body.slots)
            if (kind := merge_kind(self.members, slot))
        }
        bound = self._bound()
        results = [MAIN, *(bound.get(ref, "other") for ref in body.writes[1:])]
        self.results = tuple(bound.get(ref, "") for ref in body.writes)
        if self.outputs is not None:
            for field, place, training in self.outputs.fields:
                if training or place or self._ends_early(body.writes[0]):
                    results[place] = field
        parameters = self._inputs(bound)
        order = [number for number, slot in enumerate(body.slots) if slot.first.live]
        nodes = {number: self._node(number) for number in order}
        if self.outputs is not None:
            random = {
                number
                for number, slot in enumerate(body.slots)
                if self.classes.is_random(slot.first)
            }
            order = training_last(body, order, random)
        scheduled = Forward(
            body,
            order,
            nodes,
            parameters,
            roles_of(body, merges, bound, results),
            bound,
        )
        statements = scheduled.statements
        last: list[Statement] = []
        while statements and statements[-1].flag == TRAINING:
            last.insert(0, statements.pop())
        self.optional = any(one.flag == TRAINING for one in statements)
        annotation, ending = self._ending(scheduled.results, last)
        lines = signature("forward", [f"{name}: Tensor" for name in parameters], annotation, STEP)
        lines += _statements(statements, self._comments(statements), body.writes)
        return lines + ending

    def _ends_early(self, ref: Ref) -> bool:
        """Whether a result is not the last one that evaluation mode computes."""
        later = self.body.slots[ref[0] + 1 :] if ref[0] != OUTSIDE else ()
        return any(slot.first.live and slot.first.lasting for slot in later)

    def _bound(self) -> dict[Ref, str]:
        """The names that the source gave to values, in the first shape."""
        shape = self.assignment.shapes[0]
        region = self.classes.shapes.regions.region(shape.instance)
        refs: dict[int, Ref] = {value: (OUTSIDE, k) for k, value in enumerate(region.reads)}
        by_key = {slot.key: number for number, slot in enumerate(self.body.slots)}
        for part in shape.parts:
            if part.member >= 0:
                made = self.graph.steps[part.member].outputs
            else:
                made = self.classes.shapes.regions.region(~part.member).writes
            for k, value in enumerate(made):
                refs[value] = (by_key[part.key], self.classes.result(part, k))
        node = self.graph.instances[shape.instance]
        found: dict[Ref, str] = {}
        for number, slot in enumerate(self.body.slots):
            child = slot.first.child
            if child is not None and child in self.classes.of:
                names = self.members.finished[self.classes.of[child][0]].results
                if len(names) > 1:
                    found.update({(number, k): name for k, name in enumerate(names) if name})
        for name in node.names:
            value = node.names[name][0]
            if value not in refs:
                continue
            if name.isdigit() and refs[value] in self.body.writes[1:]:
                # What a list gives back is called after its position.
                found.setdefault(refs[value], f"{MAIN}{name}")
            elif is_attribute(name) and not self._is_counted(refs[value], name):
                found[refs[value]] = safe(name)
        self._name_inputs(node, refs, found)
        return found

    def _name_inputs(self, node: Instance, refs: Mapping[int, Ref], found: dict[Ref, str]) -> None:
        """What values from outside are called: as the block's arguments, or, in a level, as the
        block around it calls them.
        """
        outside = {value: ref for value, ref in refs.items() if ref[0] == OUTSIDE}
        inside: Instance | None = node
        while inside is not None:
            for name, argument in inside.args:
                given = getattr(argument, "value", None)
                if isinstance(given, int) and given in outside:
                    found[outside[given]] = safe(name)
            if inside.kind != "level" or inside.parent is None or len(outside) < 2:
                return
            names = self.classes.names_in(inside.parent)
            inside = self.graph.instances[inside.parent]
            nearer = set(found)
            for value, ref in outside.items():
                if value in names and ref not in nearer:
                    found[ref] = names[value]

    def _is_counted(self, ref: Ref, name: str) -> bool:
        """Whether a name is the automatic one of a layer, such as `conv1`."""
        if ref[0] == OUTSIDE:
            return False
        part = self.body.slots[ref[0]].first
        if part.path[-1:] != (name,):
            return False
        stem = snake_case(
            self.graph.steps[part.member].layer.op.name
            if part.member >= 0
            else self.graph.instances[~part.member].definition
        )
        return re.fullmatch(rf"{re.escape(stem)}_?\d+", name) is not None

    def _inputs(self, bound: dict[Ref, str]) -> list[str]:
        if self.body.reads == 1:
            return [MAIN]
        names: list[str] = []
        for k in range(self.body.reads):
            if self.outputs is not None:
                name = safe(self.graph.inputs[k].name)
            else:
                name = MAIN if k == 0 else bound.get((OUTSIDE, k), "other")
            while name in names:
                name += "_"
            names.append(name)
        return names

    def _node(self, number: int) -> Node:
        slot = self.body.slots[number]
        part = slot.first
        flag = None
        if self.body.optional(slot) and not is_identity(self.classes, self.members, number):
            flag = self._flag(number)
        origin = self.members.origin(part)
        chain = (origin.chain.start, origin.chain.end, origin.turns)
        return Node(
            self._applied(number),
            self._kind(slot),
            chain,
            self.classes.results(part),
            flag,
            not part.lasting,
        )

    def _flag(self, number: int) -> str:
        """What the forward pass asks of an optional slot."""
        if can_be_none(self.body.slots[number]):
            return f"self.{self.attributes.path(number)[0]} is not None"
        return f"self.{self.flags[self.members.conditions[number]]}"

    def _kind(self, slot: Slot) -> str:
        part = slot.first
        if part.child is not None:
            return "module"
        op = self.graph.steps[part.member].layer.op
        if isinstance(part.form, TorchOperator | TorchParameter):
            return "operator"
        if isinstance(part.form, TorchIndex):
            return "suffix"
        if isinstance(part.form, TorchCall):
            if part.form.listed:
                return "list"
            return "suffix" if part.form.function.startswith(".") else "other"
        if op.dense:
            return "dense"
        return "pointwise" if op.family in ("norm", "activation") else "other"

    def _applied(self, number: int) -> Callable[[list[Code]], Code]:
        slot = self.body.slots[number]
        form = slot.first.form
        if form is None or isinstance(form, TorchModule):
            path = self.attributes.path(number)
            target = (
                f"self[{path[0]}]" if self.attributes.listed else attribute(path, "get_submodule")
            )
            return lambda operands: call(target, *operands)
        if isinstance(form, TorchParameter):
            target = attribute(self.attributes.path(number), "get_parameter")
            return lambda operands: f"{flat(operands[0])} {form.symbol} {target}"
        return lambda operands: function_code(form, operands)

    def _ending(self, results: list[Code], last: list[Statement]) -> tuple[str, list[str]]:
        """The annotation and the return statements, after the `last` ones of training mode."""
        outputs = self.outputs
        if outputs is None or len(outputs.fields) == 1:
            if len(results) == 1:
                return "Tensor", layout(results[0], BODY, "return ")
            kinds = ", ".join(["Tensor"] * len(results))
            return f"tuple[{kinds}]", layout(
                Group("", tuple(("", one) for one in results), ""), BODY, "return "
            )
        record = call(outputs.record, *(results[place] for _, place, _ in outputs.fields))
        lasting = [(name, place) for name, place, training in outputs.fields if not training]
        if len(lasting) == len(outputs.fields):
            return outputs.record, layout(record, BODY, "return ")
        lines = [f"{BODY}if {TRAINING}:"]
        for one in last:
            lines += layout(one.code, BODY + STEP, f"{one.targets} = ")
        lines += layout(record, BODY + STEP, "return ")
        if len(lasting) == 1:
            lines += layout(results[lasting[0][1]], BODY, "return ")
            return f"{outputs.record} | Tensor", lines
        reduced = call(
            outputs.record,
            *("None" if training else results[place] for _, place, training in outputs.fields),
        )
        return outputs.record, lines + layout(reduced, BODY, "return ")

    def _comments(self, statements: list[Statement]) -> dict[int, str]:
        """Shapes at stage boundaries of the network: where the spatial size changes."""
        if self.outputs is None:
            return {}
        found: dict[int, str] = {}
        shape = self.assignment.shapes[0]
        last: tuple[int | None, ...] | None = None
        by_key = {part.key: part for part in shape.parts}
        for index, statement in enumerate(statements):
            if statement.ref is None or statement.ref[0] == OUTSIDE or ", " in statement.targets:
                continue
            part = by_key[self.body.slots[statement.ref[0]].key]
            if part.member >= 0:
                value = self.graph.steps[part.member].outputs[statement.ref[1]]
            else:
                writes = self.classes.shapes.regions.region(~part.member).writes
                if not writes:
                    continue
                value = writes[0]
            sizes = tuple(hinted(size) for size in self.graph.types[value].shape)
            if None not in sizes and sizes[1:] != last:
                found[index] = f"  # [{', '.join(map(str, sizes))}]"
                last = sizes[1:]
        return found


def function_code(form: TorchForm, operands: list[Code]) -> Code:
    """A function, method, index or operator applied to its operands."""
    if isinstance(form, TorchOperator):
        return f" {form.symbol} ".join(flat(operand) for operand in operands)
    if isinstance(form, TorchIndex):
        return f"{flat(operands[0])}{form.text}"
    assert isinstance(form, TorchCall)
    args: list[tuple[str, Code]] = [
        (f"{arg.name}=" if arg.keyword else "", literal(arg.value))
        for arg in form.args
        if not (type(arg.value) is type(arg.default) and arg.value == arg.default)
    ]
    if form.function.startswith("."):
        return Group(f"{flat(operands[0])}{form.function}(", tuple(args))
    given: list[tuple[str, Code]] = [("", operand) for operand in operands]
    if form.listed:
        given = [("", listing(operands))]
    return Group(f"{form.function}(", (*given, *args))


def _statements(
    statements: list[Statement], comments: dict[int, str], given: tuple[Ref, ...]
) -> list[str]:
    """Lines of statements; neighbours under one condition share an `if`. `given` are the values
    given back.
    """
    lines: list[str] = []
    index = 0
    while index < len(statements):
        flag = statements[index].flag
        end = index + 1
        while flag is not None and end < len(statements) and statements[end].flag == flag:
            end += 1
        if flag == TRAINING and all(one.ref in given for one in statements[index:end]):
            for one in statements[index:end]:
                choice = f"{flat(one.code)} if self.training else None"
                lines += layout(choice, BODY, f"{one.targets} = ")
        elif flag is not None:
            lines.append(f"{BODY}if {flag}:")
            for one in statements[index:end]:
                lines += layout(one.code, BODY + STEP, f"{one.targets} = ")
        else:
            one = statements[index]
            made = layout(one.code, BODY, f"{one.targets} = ")
            comment = comments.get(index, "")
            if len(made[-1]) + len(comment) <= WIDTH:
                made[-1] += comment
            lines += made
        index = end
    return lines
