"""The text of one class."""

from collections.abc import Sequence

from archdsl.backends.pytorch.align import Body, is_chain
from archdsl.backends.pytorch.attributes import Attributes, can_be_none
from archdsl.backends.pytorch.bodies import ForwardText, Outputs, is_identity, merge_kind
from archdsl.backends.pytorch.classes import Assignment, Classes
from archdsl.backends.pytorch.columns import IN_CHANNELS
from archdsl.backends.pytorch.constructor import Constructor
from archdsl.backends.pytorch.expressions import Expr, Literal
from archdsl.backends.pytorch.inplace import inplace_chain, mark_inplace
from archdsl.backends.pytorch.members import ClassParam, Interface, Members
from archdsl.backends.pytorch.printer import STEP, signature
from archdsl.backends.pytorch.shapes import OUTSIDE
from archdsl.backends.pytorch.text import docstring, is_attribute, literal, safe, same_value
from archdsl.backends.pytorch.trees import Chain
from archdsl.ops.base import TorchModule
from archdsl.records import NamedTuple
from archdsl.syntax import ast


class ClassText(NamedTuple):
    """A written class: how it is called, its lines, and whether its variables of training mode
    hold None in evaluation.
    """

    interface: Interface
    lines: list[str]
    optional: bool


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
            tree = self.members.chain(chain, self.members.channel((OUTSIDE, 0)))
            self.chain = inplace_chain(classes, self.members, tree, chain)

    def _as_chain(self) -> Body | None:
        """The body as a subclass of nn.Sequential: a numbered block that is a straight chain."""
        shapes = dict(enumerate(self.assignment.shapes))
        if not self.assignment.node.numbered or self.outputs is not None:
            return None
        return self.classes.chain(shapes) if is_chain(self.body) else None

    def text(self) -> ClassText:
        base = "nn.Sequential" if self.chain else "nn.Module"
        optional = False
        if self.chain is not None:
            constructor = Constructor(self.members, None, {}, self.chain)
            forward: list[str] = []
        else:
            mark_inplace(self.classes, self.members, self.body)
            flags = self._flags()
            attributes = Attributes(self.body, self.members, self.members.trees, flags.values())
            residual = any(merge_kind(self.members, slot) == "residual" for slot in self.body.slots)
            constructor = Constructor(self.members, attributes, flags, None, residual)
            method = ForwardText(self.classes, self.members, attributes, flags, self.outputs)
            forward = method.lines()
            self.results, optional = method.results, method.optional
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
        return ClassText(Interface(self.name, tuple(params), self.results), lines, optional)

    # --- constructor ------------------------------------------------------------------------------

    def _params(self, used: set[str], positional: set[str]) -> list[ClassParam]:
        """The parameters that the constructor reads: channels first, then the block's own in its
        order.
        """
        columns = self.members.columns
        order = [IN_CHANNELS, *columns.own, *columns.extra]
        chosen = [name for name in order if name in used]
        given = [self._param(name, name in positional) for name in chosen]
        plain = [param for param in given if param.default is None]
        return plain + [param for param in given if param.default is not None]

    def _param(self, name: str, positional: bool) -> ClassParam:
        values = tuple(values[name] for values in self.members.columns.values)
        inplace = name not in self.members.keeps_input
        return ClassParam(
            name, _type(values), self._default(name, values), values, positional, inplace
        )

    def _default(self, name: str, values: tuple[object, ...]) -> Literal | None:
        """The source's own default, where some instance has it; our flags are off by default."""
        syntax = self.assignment.node.syntax
        for parameter in getattr(syntax, "parameters", ()):
            if safe(parameter.name.id) == name:
                default = _declared(parameter.default, values)
                if default is not None:
                    return default
        if name in self.members.columns.extra and all(isinstance(value, bool) for value in values):
            return Literal(False)
        filler = self.members.columns.filler(name)
        if isinstance(filler, int | float | str):
            return Literal(filler)
        return None

    def _flags(self) -> dict[Expr, str]:
        """Attributes for the conditions that the forward pass asks."""
        flags: dict[Expr, str] = {}
        for number, slot in enumerate(self.body.slots):
            if (
                not self.body.optional(slot)
                or not slot.first.live
                or is_identity(self.classes, self.members, number)
                or can_be_none(slot)
            ):
                continue
            condition = self.members.conditions[number]
            if condition not in flags:
                origin = self.members.origin(slot.first)
                stem = "residual" if isinstance(origin.node, ast.Residual) else "active"
                if slot.first.path and is_attribute(slot.first.path[-1]):
                    stem = f"use_{slot.first.path[-1]}"
                name, count = stem, 2
                while name in flags.values() or any(
                    part.path[:1] == (name,)
                    for one in self.body.slots
                    for part in one.parts.values()
                ):
                    name, count = f"{stem}{count}", count + 1
                flags[condition] = name
        return flags


def _declared(node: ast.Expr | None, values: tuple[object, ...]) -> Literal | None:
    """A default as the source writes it, if it is among the values."""
    if isinstance(node, ast.String):
        default: object = "".join(map(str, node.parts))
    elif isinstance(node, ast.Number | ast.Constant):
        default = node.value
    else:
        return None
    for value in values:
        # A `float` parameter makes 1.0 of its default 1.
        whole = type(default) is int and type(value) is float and value == default
        if whole or same_value(value, default):
            return Literal(value)
    return None


def _default(param: ClassParam) -> str:
    return "" if param.default is None else f" = {literal(param.default.value)}"


def _type(values: tuple[object, ...]) -> str:
    """The annotation for a parameter that takes these values."""
    if any(isinstance(value, TorchModule) for value in values):
        return "nn.Module"
    found: dict[str, None] = {}
    for value in values:
        if isinstance(value, tuple):
            items = ", ".join(type(item).__name__ for item in value) or "()"
            found[f"tuple[{items}]"] = None
        else:
            found["None" if value is None else type(value).__name__] = None
    if "float" in found:
        found.pop("int", None)
    order = sorted(found, key=lambda name: name == "None")
    return " | ".join(order)
