"""The text of one class."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from archdsl.backends.pytorch.align import Slot, is_chain
from archdsl.backends.pytorch.attributes import Attributes
from archdsl.backends.pytorch.classes import Assignment, Classes
from archdsl.backends.pytorch.columns import IN_CHANNELS
from archdsl.backends.pytorch.constructor import Constructor
from archdsl.backends.pytorch.expressions import Expr, Literal
from archdsl.backends.pytorch.forward import Forward, Node, Statement
from archdsl.backends.pytorch.members import ClassParam, Interface, Members
from archdsl.backends.pytorch.printer import STEP, WIDTH, Code, Group, call, flat, layout, listing, signature
from archdsl.backends.pytorch.roles import MAIN, order_of, roles_of
from archdsl.backends.pytorch.shapes import OUTSIDE, Ref
from archdsl.backends.pytorch.text import docstring, is_attribute, literal, safe, snake_case
from archdsl.backends.pytorch.trees import Chain, New, Tree
from archdsl.graph.ir import Origin
from archdsl.ops.base import TorchCall, TorchForm, TorchIndex, TorchModule, TorchOperator, TorchParameter
from archdsl.syntax import ast
from archdsl.types import hinted

BODY = STEP * 2
FRESH = {"conv", "linear", "norm"}
"""Families whose results nobody else holds, so that an activation may overwrite them."""


class Outputs(NamedTuple):
    """What the network gives back: fields in order, each with its place among the class's results."""

    record: str
    fields: tuple[tuple[str, int, bool], ...]


class ClassText(NamedTuple):
    """A written class: how it is called, and its lines."""

    interface: Interface
    lines: list[str]


def write_class(
    classes: Classes,
    assignment: Assignment,
    finished: Sequence[Interface],
    name: str,
    doc: str,
    outputs: Outputs | None,
) -> ClassText:
    """Write the class of an assignment; `outputs` only for the network itself."""
    return _Writer(classes, assignment, finished, name, doc, outputs).text()


class _Writer:
    def __init__(
        self,
        classes: Classes,
        assignment: Assignment,
        finished: Sequence[Interface],
        name: str,
        doc: str,
        outputs: Outputs | None,
    ) -> None:
        self.classes = classes
        self.graph = classes.graph
        self.assignment = assignment
        self.body = assignment.body
        self.name = name
        self.doc = doc
        self.outputs = outputs
        self.results: tuple[str, ...] = ()
        chain = self._as_chain()
        self.members = Members(classes, assignment, finished)
        self.chain: Chain | None = None
        if chain is not None:
            self.members.trees.clear()
            self.members.conditions.clear()
            self.chain = self._inplace_chain(self.members.chain(chain, self._input_channels()), chain)

    def _as_chain(self):  # type: ignore[no-untyped-def]
        """The body as a subclass of nn.Sequential: a numbered block that is a straight chain."""
        shapes = dict(enumerate(self.assignment.shapes))
        if not self.assignment.node.numbered or self.outputs is not None:
            return None
        return self.classes.chain(shapes) if is_chain(self.body) else None

    def _input_channels(self) -> Expr | None:
        return self.members.channel((OUTSIDE, 0))

    def text(self) -> ClassText:
        base = "nn.Sequential" if self.chain else "nn.Module"
        if self.chain is not None:
            constructor = Constructor(self.members, None, {}, self.chain)
            forward: list[str] = []
        else:
            self._mark_inplace()
            flags = self._flags()
            attributes = Attributes(self.body, self.members, self.members.trees, flags.values())
            residual = any(self._merge(slot) == "residual" for slot in self.body.slots)
            constructor = Constructor(self.members, attributes, flags, None, residual)
            forward = self._forward(attributes, flags)
            base = "nn.ModuleList" if attributes.listed else base
        lines = [f"class {self.name}({base}):", *docstring(self.doc, STEP)]
        if len(lines) > 1:
            lines.append("")
        params = self._params(constructor.used, constructor.positional)
        written = [f"{param.name}: {param.type}" + _default(param) for param in params]
        lines += signature("__init__", written, "None", STEP)
        lines += constructor.lines()
        if forward:
            lines += ["", *forward]
        return ClassText(Interface(self.name, tuple(params), self.results), lines)

    # --- constructor ------------------------------------------------------------------------------

    def _params(self, used: set[str], positional: set[str]) -> list[ClassParam]:
        """The parameters that the constructor reads: channels first, then the block's own in its order."""
        columns = self.members.columns
        order = [IN_CHANNELS, *columns.own, *columns.extra]
        chosen = [name for name in order if name in used]
        given = [self._param(name, name in positional) for name in chosen]
        plain = [param for param in given if param.default is None]
        return plain + [param for param in given if param.default is not None]

    def _param(self, name: str, positional: bool) -> ClassParam:
        values = tuple(values[name] for values in self.members.columns.values)
        return ClassParam(name, _type(values), self._default(name, values), values, positional)

    def _default(self, name: str, values: tuple[object, ...]) -> Literal | None:
        """The source's own default, where some instance has it; a flag of ours is off by default."""
        syntax = self.assignment.node.syntax
        for parameter in getattr(syntax, "parameters", ()):
            if safe(parameter.name.id) == name:
                node = parameter.default
                if isinstance(node, ast.Number | ast.Constant) and node.value in values:
                    return Literal(node.value)
                if isinstance(node, ast.String) and "".join(map(str, node.parts)) in values:
                    return Literal("".join(map(str, node.parts)))
        if name in self.members.columns.extra and all(isinstance(value, bool) for value in values):
            return Literal(False)
        return None

    def _mark_inplace(self) -> None:
        """Activations overwrite the fresh result of a convolution, linear layer, norm or sum that nobody else reads."""
        uses: dict[Ref, int] = {}
        for slot in self.body.slots:
            for operand in slot.operands:
                uses[operand] = uses.get(operand, 0) + 1
        for ref in self.body.writes:
            uses[ref] = uses.get(ref, 0) + 1
        alike: dict[Tree, list[int]] = {}
        unsafe: set[Tree] = set()
        for number, slot in enumerate(self.body.slots):
            if number not in self.members.trees:
                continue
            tree = self.members.trees[number]
            if isinstance(tree, Chain):
                self.members.trees[number] = self._inplace_chain(tree, self._inner(slot))
            elif _takes_inplace(slot.first.form):
                alike.setdefault(tree, []).append(number)
                fresh = slot.first.live and self._fresh(slot.operands[0], uses)
                if not fresh:
                    unsafe.add(tree)
        for tree, numbers in alike.items():
            if tree not in unsafe:
                for number in numbers:
                    self.members.trees[number] = _inplace(tree)

    def _inner(self, slot: Slot):  # type: ignore[no-untyped-def]
        records = self.classes.shapes.records
        return self.classes.chain(
            {pos: records[part.child] for pos, part in slot.parts.items() if part.child is not None}
        )

    def _inplace_chain(self, chain: Chain, body) -> Chain:  # type: ignore[no-untyped-def]
        """In a chain, each layer's input is the result of the one before it."""
        items = list(chain.items)
        for index, slot in enumerate(body.slots):
            item = items[index]
            if isinstance(item.tree, Chain):
                items[index] = item._replace(tree=self._inplace_chain(item.tree, self._inner(slot)))
            elif index and _takes_inplace(slot.first.form) and self._all_fresh(body, index):
                items[index] = item._replace(tree=_inplace(item.tree))
        return chain._replace(items=tuple(items))

    def _all_fresh(self, body, index: int) -> bool:  # type: ignore[no-untyped-def]
        """Whether every slot that may come right before one in a chain gives fresh results."""
        for previous in reversed(body.slots[:index]):
            if self.members.family(previous.first) not in FRESH:
                return False
            if not body.optional(previous):
                return True
        return False

    def _fresh(self, ref: Ref, uses: dict[Ref, int]) -> bool:
        number, _ = ref
        if number == OUTSIDE or uses[ref] != 1:
            return False
        slot = self.body.slots[number]
        if slot.first.member < 0:
            return False
        op = self.graph.steps[slot.first.member].layer.op
        if op.family not in FRESH and op.name != "add":
            return False
        if slot.skips_to is not None:
            return self._fresh(slot.operands[slot.skips_to], uses)
        return True

    # --- conditions in the forward pass -----------------------------------------------------------

    def _flags(self) -> dict[Expr, str]:
        """Attributes for the conditions that the forward pass asks."""
        flags: dict[Expr, str] = {}
        for number, slot in enumerate(self.body.slots):
            if not self.body.optional(slot) or not slot.first.live or self.is_identity(number):
                continue
            condition = self.members.conditions[number]
            if condition not in flags:
                origin = self.members.origin(slot.first)
                stem = "residual" if isinstance(origin.node, ast.Residual) else "active"
                if slot.first.path and is_attribute(slot.first.path[-1]):
                    stem = f"use_{slot.first.path[-1]}"
                name, count = stem, 2
                while name in flags.values() or any(
                    part.path[:1] == (name,) for one in self.body.slots for part in one.parts.values()
                ):
                    name, count = f"{stem}{count}", count + 1
                flags[condition] = name
        return flags

    def is_identity(self, number: int) -> bool:
        """Whether an optional slot becomes `nn.Identity` where it is missing."""
        slot = self.body.slots[number]
        part = slot.first
        is_module = part.child is not None or isinstance(part.form, TorchModule)
        return (
            is_module
            and number in self.members.trees
            and slot.skips_to == 0
            and len(slot.operands) == 1
            and self.classes.results(part) == 1
        )

    # --- forward ----------------------------------------------------------------------------------

    def _forward(self, attributes: Attributes, flags: dict[Expr, str]) -> list[str]:
        body = self.body
        merges = {number: kind for number, slot in enumerate(body.slots) if (kind := self._merge(slot))}
        bound = self._bound()
        results = [MAIN, *(bound.get(ref, "other") for ref in body.writes[1:])]
        self.results = tuple(bound.get(ref, "") for ref in body.writes)
        if self.outputs is not None:
            for field, place, training in self.outputs.fields:
                if training or (len(body.writes) > 1 and place):
                    results[place] = field
        parameters = self._inputs(bound)
        nodes = {
            number: self._node(number, attributes, flags)
            for number, slot in enumerate(body.slots)
            if slot.first.live
        }
        random = {
            number
            for number, slot in enumerate(body.slots)
            if slot.first.child is None and self.members.family(slot.first) == "regularise"
        }
        scheduled = Forward(
            body,
            order_of(body, merges, random),
            nodes,
            parameters,
            roles_of(body, merges, bound, results),
            bound,
        )
        annotation, ending = self._ending(scheduled.results)
        lines = signature("forward", [f"{name}: Tensor" for name in parameters], annotation, STEP)
        lines += _statements(scheduled.statements, self._comments(scheduled.statements), body.writes)
        return lines + ending

    def _merge(self, slot: Slot) -> str | None:
        part = slot.first
        if part.child is not None or len(slot.operands) < 2:
            return None
        op = self.graph.steps[part.member].layer.op.name
        is_residual = isinstance(self.members.origin(part).node, ast.Residual)
        return "residual" if is_residual and len(slot.operands) == 2 and op == "add" else op

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
            if value in refs and is_attribute(name) and not self._is_counted(refs[value], name):
                found[refs[value]] = safe(name)
        for name, argument in node.args:
            value = getattr(argument, "value", None)
            if isinstance(value, int) and value in refs and refs[value][0] == OUTSIDE:
                found[refs[value]] = safe(name)
        return found

    def _is_counted(self, ref: Ref, name: str) -> bool:
        """Whether a name is the automatic one of a layer, such as `conv1`."""
        if ref[0] == OUTSIDE:
            return False
        part = self.body.slots[ref[0]].first
        if part.path[-1:] != (name,):
            return False
        stem = (
            self.graph.steps[part.member].layer.op.name
            if part.member >= 0
            else snake_case(self.graph.instances[~part.member].definition)
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

    def _node(self, number: int, attributes: Attributes, flags: dict[Expr, str]) -> Node:
        slot = self.body.slots[number]
        part = slot.first
        flag = None
        if self.body.optional(slot) and not self.is_identity(number):
            flag = f"self.{flags[self.members.conditions[number]]}"
        origin = self.members.origin(part)
        chain = (origin.chain.start, origin.chain.end, origin.turns)
        return Node(
            self._applied(number, attributes),
            self._kind(slot),
            chain,
            self.classes.results(part),
            flag,
            not part.lasting,
        )

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

    def _applied(self, number: int, attributes: Attributes):  # type: ignore[no-untyped-def]
        slot = self.body.slots[number]
        form = slot.first.form
        if form is None or isinstance(form, TorchModule):
            path = attributes.path(number)
            target = f"self[{path[0]}]" if attributes.listed else attribute(path, "get_submodule")
            return lambda operands: call(target, *operands)
        if isinstance(form, TorchParameter):
            target = attribute(attributes.path(number), "get_parameter")
            return lambda operands: f"{flat(operands[0])} {form.symbol} {target}"
        return lambda operands: function_code(form, operands)

    def _ending(self, results: list[Code]) -> tuple[str, list[str]]:
        """The annotation and the return statements."""
        outputs = self.outputs
        if outputs is None or len(outputs.fields) == 1:
            if len(results) == 1:
                return "Tensor", layout(results[0], BODY, "return ")
            kinds = ", ".join(["Tensor"] * len(results))
            return f"tuple[{kinds}]", layout(Group("", tuple(("", one) for one in results), ""), BODY, "return ")
        record = call(outputs.record, *(results[place] for _, place, _ in outputs.fields))
        lasting = [(name, place) for name, place, training in outputs.fields if not training]
        if len(lasting) == len(outputs.fields):
            return outputs.record, layout(record, BODY, "return ")
        lines = [f"{BODY}if self.training:", *layout(record, BODY + STEP, "return ")]
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
            if statement.ref is None or statement.ref[0] == OUTSIDE:
                continue
            part = by_key[self.body.slots[statement.ref[0]].key]
            if part.member >= 0:
                value = self.graph.steps[part.member].outputs[statement.ref[1]]
            else:
                writes = self.classes.shapes.regions.region(~part.member).writes
                value = writes[0] if writes else None
            if value is None:
                continue
            sizes = tuple(hinted(size) for size in self.graph.types[value].shape)
            if None not in sizes and sizes[1:] != last:
                found[index] = f"  # [{', '.join(map(str, sizes))}]"
                last = sizes[1:]
        return found


def attribute(path: tuple[str, ...], getter: str) -> str:
    """`self.conv1`, or a look-up where the name is no identifier or lies in a container."""
    if len(path) == 1 and is_attribute(path[0]):
        return f"self.{path[0]}"
    return f"self.{getter}({literal('.'.join(path))})"


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
    """Lines of statements; neighbours under one condition share an `if`. `given` are the values given back."""
    lines: list[str] = []
    index = 0
    while index < len(statements):
        flag = statements[index].flag
        end = index + 1
        while flag is not None and end < len(statements) and statements[end].flag == flag:
            end += 1
        if flag == "self.training" and all(one.ref in given for one in statements[index:end]):
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


def _takes_inplace(form: TorchForm | None) -> bool:
    return isinstance(form, TorchModule) and form.inplace


def _inplace(tree: Tree) -> Tree:
    if not isinstance(tree, New):
        return tree
    return New(tree.function, (*tree.args, ("inplace", Literal(True))))


def _default(param: ClassParam) -> str:
    return "" if param.default is None else f" = {literal(param.default.value)}"


def _type(values: tuple[object, ...]) -> str:
    """The annotation for a parameter that takes these values."""
    if any(isinstance(value, TorchModule) for value in values):
        return "nn.Module"
    found: dict[str, None] = {}
    for value in values:
        if isinstance(value, tuple):
            found[f"tuple[{', '.join(type(item).__name__ for item in value)}]"] = None
        else:
            found["None" if value is None else type(value).__name__] = None
    if "float" in found:
        found.pop("int", None)
    order = sorted(found, key=lambda name: name == "None")
    return " | ".join(order)
