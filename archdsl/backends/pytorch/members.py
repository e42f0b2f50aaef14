"""What the constructor of a class creates: every slot's module, with arguments in terms of the
class's parameters.
"""

from collections.abc import Iterable, Mapping, Sequence

from archdsl.backends.pytorch.align import Body, Slot, named_alike, positional
from archdsl.backends.pytorch.classes import WHOLE_NUMBER, Assignment, Classes
from archdsl.backends.pytorch.columns import IN_CHANNELS, Columns
from archdsl.backends.pytorch.conditions import condition_of
from archdsl.backends.pytorch.expressions import Expr, Literal, Operation, Param
from archdsl.backends.pytorch.proposals import same_padding, total
from archdsl.backends.pytorch.shapes import OUTSIDE, Part, Ref
from archdsl.backends.pytorch.text import safe, same_value
from archdsl.backends.pytorch.translate import Translation, arguments
from archdsl.backends.pytorch.trees import Chain, Item, New, Tree
from archdsl.graph.ir import Origin
from archdsl.ops.base import TorchArg, TorchCall, TorchModule, TorchParameter
from archdsl.records import NamedTuple
from archdsl.syntax import ast

SOURCE_NAMES = {
    "out_channels": "channels",
    "out_features": "features",
    "kernel_size": "kernel",
    "padding": "pad",
    "num_groups": "groups",
    "output_size": "size",
    "ceil_mode": "ceil",
    "count_include_pad": "count_pad",
}
"""What the language calls an argument of PyTorch, where the name differs."""

INCOMING = {
    "in_channels",
    "in_features",
    "num_features",
    "num_channels",
    "normalized_shape",
    "channels",
}
"""Arguments that follow from the channels of the input."""


class ClassParam(NamedTuple):
    """A constructor parameter: its values by position of the shape, and its default.

    `positional` ones are channels, which calls give without a keyword. A layer that is `inplace`
    may overwrite its input wherever the class applies it.
    """

    name: str
    type: str
    default: Literal | None
    values: tuple[object, ...]
    positional: bool
    inplace: bool = False


class Interface(NamedTuple):
    """How a finished class is called."""

    name: str
    params: tuple[ClassParam, ...]
    results: tuple[str, ...]
    """What the values that it gives back are called in it; "" where they have no name."""


class Members:
    """Works out the trees of one class's slots.

    Attributes:
        trees: by slot; absent for a slot without a module.
        conditions: by optional slot, when it is there.
    """

    def __init__(
        self, classes: Classes, assignment: Assignment, finished: Sequence[Interface]
    ) -> None:
        self.classes = classes
        self.graph = classes.graph
        self.finished = finished
        self.assignment = assignment
        self.columns = Columns(assignment.shapes)
        self.trees: dict[int, Tree] = {}
        self.conditions: dict[int, Expr] = {}
        self._channels: dict[Ref, Expr | None] = {}
        self._compound: dict[Expr, None] = {}
        self.keeps_input: set[str] = set()
        """Parameters for layers that must not overwrite their input."""
        body = assignment.body
        for number, slot in enumerate(body.slots):
            tree = self._tree(body, slot, self._incoming(body, slot))
            if tree is not None:
                self.trees[number] = tree
        for number, slot in enumerate(body.slots):
            if body.optional(slot):
                self.conditions[number] = condition_of(self, body, slot, self._incoming(body, slot))

    # --- channels of values -----------------------------------------------------------------------

    def _numbers(self, body: Body, ref: Ref, positions: Iterable[int]) -> dict[int, object]:
        """The channels of a value in each shape; where its slot is missing, those of what stands
        for it.
        """
        found: dict[int, object] = {}
        for position in positions:
            number, k = ref
            while number != OUTSIDE and position not in body.slots[number].parts:
                skips_to = body.slots[number].skips_to
                if skips_to is None:
                    break
                number, k = body.slots[number].operands[skips_to]
            if number == OUTSIDE:
                found[position] = self._shape_channels(position, k)
            elif position in body.slots[number].parts:
                found[position] = self._given(body.slots[number].parts[position], k)
        return found

    def _shape_channels(self, position: int, k: int) -> object:
        return self.assignment.shapes[position].channels[k]

    def _given(self, part: Part, k: int) -> object:
        if part.child is None:
            return self.graph.steps[part.member].layer.outputs[k].channels
        if part.child not in self.classes.of:
            return self.classes.shapes.records[part.child].given[k]
        number, position = self.classes.of[part.child]
        given = self.classes.assignments[number].body.given[position]
        return self.classes.shapes.records[part.child].given[given.index(k)] if k in given else None

    def channel(self, ref: Ref) -> Expr | None:
        """The channels of a value of the class's body, over its parameters, where they can be said
        so.
        """
        return self.channel_in(self.assignment.body, ref)

    def _channel_of(self, body: Body, refs: Sequence[Ref]) -> Expr | None:
        """The channels of the first of some values."""
        return self.channel_in(body, refs[0]) if refs else None

    def channel_in(self, body: Body, ref: Ref) -> Expr | None:
        if ref in self._channels:
            return self._channels[ref]
        self._channels[ref] = None
        number, _ = ref
        positions = body.positions if number == OUTSIDE else tuple(body.slots[number].parts)
        column = self._numbers(body, ref, body.positions)
        if len(column) < len(body.positions):
            column = self._numbers(body, ref, positions)
        proposals: list[Expr | None] = []
        if number == OUTSIDE:
            proposals += [
                Param(name) for name in self.columns.own if "channels" in name or "width" in name
            ]
            proposals.append(Param(IN_CHANNELS) if ref == (OUTSIDE, 0) else None)
        else:
            slot = body.slots[number]
            operands = [self.channel_in(body, operand) for operand in slot.operands]
            proposals += self._said(slot) + operands[:1]
            if slot.first.form is not None and len(operands) > 1:
                proposals += total(operands)
        if all(isinstance(value, int) for value in column.values()):
            found = self._channels[ref] = self.columns.find(column, proposals)
            if found is not None and not isinstance(found, Literal | Param):
                self._compound[found] = None
        return self._channels[ref]

    def _said(self, slot: Slot) -> list[Expr | None]:
        """What the source's arguments say of the channels that a step gives."""
        translated = self._arguments(slot, None)
        first = [translated[name] for name in ("channels", "features") if name in translated]
        return [*first, *(expr for name, expr in translated.items() if expr not in first)]

    def _incoming(self, body: Body, slot: Slot) -> Expr | None:
        return self._channel_of(body, slot.operands)

    # --- what the source says ---------------------------------------------------------------------

    def origin(self, part: Part) -> Origin:
        if part.member >= 0:
            return self.graph.steps[part.member].origin
        return self.graph.instances[~part.member].origin

    def translation(self, part: Part, prev: Expr | None) -> Translation:
        scope = self.origin(part).scope
        return Translation(scope, prev, self.columns.keep)  # type: ignore[arg-type]

    def _arguments(self, slot: Slot, prev: Expr | None) -> dict[str, Expr]:
        """The arguments of a call as the source writes them, by the op's or block's parameter."""
        part = slot.first
        node = self.origin(part).node
        if part.child is None:
            names = tuple(one.name for one in self.graph.steps[part.member].layer.op.parameters)
        else:
            names = tuple(name for name, _ in self.graph.instances[~part.member].args)
        translation = self.translation(part, prev)
        found = {}
        if isinstance(node, ast.Residual):
            # Stochastic depth is written as an argument of the residual.
            rate = translation.expr(node.args[0].value) if node.args else None
            return {"p": rate} if rate is not None else {}
        for name, expr in arguments(node, names).items():
            translated = translation.expr(expr)
            if translated is not None:
                found[name] = translated
        return found

    # --- trees ------------------------------------------------------------------------------------

    def _tree(self, body: Body, slot: Slot, incoming: Expr | None) -> Tree | None:
        part = slot.first
        if part.owner is not None:
            return None
        if part.child is not None:
            if part.child not in self.classes.of:
                return self._chain(slot, incoming)
            return self._instance(slot, incoming)
        forms = {position: one.form for position, one in slot.parts.items()}
        if (
            isinstance(part.form, TorchCall)
            and part.form.module is not None
            and body is not self.assignment.body
        ):
            forms = {
                position: form.module
                for position, form in forms.items()
                if isinstance(form, TorchCall)
            }
        modules = {pos: form for pos, form in forms.items() if isinstance(form, TorchModule)}
        if modules:
            if len({(form.cls, len(form.args)) for form in modules.values()}) > 1:
                return self._layer_param(slot, modules)
            return self._layer(slot, modules, incoming)
        if isinstance(part.form, TorchParameter):
            return self._parameter(forms, incoming)
        return None

    def _layer_param(self, slot: Slot, modules: dict[int, TorchModule]) -> Tree:
        """Layers of different kinds, which the class takes as an argument."""
        node = self.origin(slot.first).node
        named = isinstance(node, ast.Call) and self.translation(slot.first, None).expr(node.name)
        name = named.name if isinstance(named, Param) else self.family(slot.first)
        return self.columns.parameter(modules, name)

    def family(self, part: Part) -> str:
        return self.graph.steps[part.member].layer.op.family if part.member >= 0 else "block"

    def _layer(self, slot: Slot, modules: dict[int, TorchModule], incoming: Expr | None) -> New:
        first = next(iter(modules.values()))
        written = self._arguments(slot, incoming)
        args: list[tuple[str, Tree]] = []
        chosen: dict[str, Expr] = {}
        for index, arg in enumerate(first.args):
            column = {position: form.args[index].value for position, form in modules.items()}
            defaults = {position: form.args[index].default for position, form in modules.items()}
            if all(same_value(value, defaults[position]) for position, value in column.items()):
                continue
            own = arg.name if first.package else SOURCE_NAMES.get(arg.name, arg.name)
            proposals: list[Expr | None] = []
            if arg.name in INCOMING:
                proposals.append(incoming)
            proposals += [written.get(own), Param(safe(own))]
            proposals += [expr for expr in chosen.values() if not isinstance(expr, Literal)]
            if arg.name == "padding":
                proposals += same_padding(chosen, written.get("dilation"))
            proposals += [incoming, *written.values(), *self._all_channels()]
            new = "hidden_channels" if own in ("channels", "features") else own
            expr = self.columns.fit(column, proposals, new, arg.name)
            if arg.name == "in_features" and not first.package and isinstance(expr, Literal):
                expr = self._flattened(slot) or expr
            chosen[arg.name] = expr
            args.append((arg.name if arg.keyword else "", expr))
        return New(first.cls, tuple(args))

    def _flattened(self, slot: Slot) -> Expr | None:
        """`512 * 7 * 7`: the features of a flattened map, where it has an extent."""
        shapes = set()
        for part in slot.parts.values():
            maker = self.classes.shapes.regions.maker(self.graph.steps[part.member].inputs[0])
            while maker is not None and maker.layer.op.family in ("regularise", "activation"):
                maker = self.classes.shapes.regions.maker(maker.inputs[0])
            if maker is None or maker.layer.op.name != "flatten":
                return None
            shapes.add(maker.layer.inputs[0].shape)
        shape = shapes.pop()
        if shapes or len(shape) < 2 or any(not isinstance(size, int) or size < 2 for size in shape):
            return None
        product: Expr = Literal(shape[0])
        for size in shape[1:]:
            product = Operation("*", product, Literal(size))
        return product

    def _all_channels(self) -> list[Expr]:
        """The channels found so far that are not single parameters: projections repeat them."""
        return list(self._compound)

    def _parameter(self, forms: Mapping[int, object], incoming: Expr | None) -> New:
        """`nn.Parameter(torch.ones(…))`: the whole numbers in its text are the columns."""
        texts = {pos: form.value for pos, form in forms.items() if isinstance(form, TorchParameter)}
        pieces = WHOLE_NUMBER.split(next(iter(texts.values())))
        numbers = {
            pos: [int(found) for found in WHOLE_NUMBER.findall(text)] for pos, text in texts.items()
        }
        args: list[tuple[str, Tree]] = []
        for index in range(len(pieces) - 1):
            column: dict[int, object] = {pos: found[index] for pos, found in numbers.items()}
            args.append((pieces[index], self.columns.fit(column, [incoming], "channels")))
        return New("nn.Parameter", (*args, (pieces[-1], Literal(None))))

    def _instance(self, slot: Slot, incoming: Expr | None) -> New:
        """A call of a class that is written already."""
        places = {
            pos: self.classes.of[part.child]
            for pos, part in slot.parts.items()
            if part.child is not None
        }
        interface = self.finished[next(iter(places.values()))[0]]
        written = {safe(name): expr for name, expr in self._arguments(slot, incoming).items()}
        args: list[tuple[str, Tree]] = []
        keywords = False
        for param in interface.params:
            column = {pos: param.values[place[1]] for pos, place in places.items()}
            proposals = [written.get(param.name)]
            proposals.append(incoming if param.name == IN_CHANNELS else Param(param.name))
            proposals += [incoming, *self._all_channels()]
            if any(isinstance(value, TorchModule) for value in column.values()):
                expr = self._layer_argument(column, param)
            else:
                expr = self.columns.fit(column, proposals, param.name)
            if param.default is not None and expr == param.default:
                continue
            keywords = keywords or param.default is not None or not param.positional
            args.append((param.name if keywords else "", expr))
        return New(interface.name, tuple(args))

    def _layer_argument(self, column: Mapping[int, object], param: ClassParam) -> Expr:
        """The layer that a class takes as an argument."""
        forms = {
            pos: in_place(form) if param.inplace else form
            for pos, form in column.items()
            if isinstance(form, TorchModule)
        }
        if len(set(forms.values())) == 1:
            return Literal(next(iter(forms.values())))
        expr = self.columns.parameter(forms, param.name)
        if not param.inplace and isinstance(expr, Param):
            self.keeps_input.add(expr.name)
        return expr

    def _chain(self, slot: Slot, incoming: Expr | None) -> Tree:
        """A level that is a straight chain."""
        records = self.classes.shapes.records
        shapes = {
            pos: records[part.child] for pos, part in slot.parts.items() if part.child is not None
        }
        body = self.classes.chain(shapes)
        assert body is not None, "a slot's chains were lined up before"
        return self.chain(body, incoming)

    def chain(self, body: Body, incoming: Expr | None) -> Chain:
        """The items of a chain, each with the channels that flow into it."""
        items = []
        outer, self._channels = self._channels, {(OUTSIDE, 0): incoming}
        for slot in body.slots:
            flowing = self._channel_of(body, slot.operands)
            tree = self._tree(body, slot, flowing)
            assert tree is not None
            condition = condition_of(self, body, slot, flowing) if body.optional(slot) else None
            items.append(Item(slot.first.path[0], tree, condition))
        self._channels = outer
        named = not positional(body, self.classes.shapes.weighted)
        assert not named or named_alike(body)
        return Chain(tuple(items), named)


def in_place(form: TorchModule) -> TorchModule:
    """The layer with `inplace=True`, where it takes that."""
    if not form.inplace:
        return form
    return form._replace(args=(*form.args, TorchArg("inplace", True, False)), inplace=False)
