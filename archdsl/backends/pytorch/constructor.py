"""The body of `__init__`."""

from typing import TypeGuard

from archdsl.backends.pytorch.attributes import Attributes, can_be_none
from archdsl.backends.pytorch.expressions import (
    Expr,
    Literal,
    Operation,
    Param,
    Unfit,
    evaluate,
    names,
    write,
)
from archdsl.backends.pytorch.members import Members
from archdsl.backends.pytorch.printer import STEP, Code, Group, call, layout, listing
from archdsl.backends.pytorch.text import attribute, is_attribute, literal
from archdsl.backends.pytorch.trees import (
    Chain,
    Item,
    New,
    Tree,
    chain_args,
    code,
    count,
    expressions,
    replaced,
    rewritten,
    sequential,
)

BODY = STEP * 2
OFTEN = 3
"""A compound expression that occurs so often gets a variable."""


class Constructor:
    """Writes one constructor.

    Attributes:
        used: the parameters that it reads.
    """

    def __init__(
        self,
        members: Members,
        attributes: Attributes | None,
        flags: dict[Expr, str],
        chain: Chain | None,
        residual: bool = False,
    ) -> None:
        self.residual = residual
        self.members = members
        self.attributes = attributes
        self.flags = dict(flags)
        self.chain = chain
        self.trees = dict(members.trees)
        self.conditions = dict(members.conditions)
        self.variables: list[tuple[str, Expr]] = []
        self.list_name = "layers"
        while any(self.list_name in values for values in members.columns.values):
            self.list_name += "_"
        self._settle_locals()
        self._name_frequent()
        self.used = self._read()
        self._free_names()

    @property
    def positional(self) -> set[str]:
        """The parameters that are channels: they are positional arguments of what is created."""
        found: set[str] = set()
        pending: list[Tree] = [*self.trees.values(), *([self.chain] if self.chain else [])]
        while pending:
            tree = pending.pop()
            if isinstance(tree, Chain):
                pending += [item.tree for item in tree.items]
            elif isinstance(tree, New):
                pending += [arg for _, arg in tree.args]
                found |= {
                    arg.name for name, arg in tree.args if not name and isinstance(arg, Param)
                }
        return found

    # --- variables --------------------------------------------------------------------------------

    def _everything(self) -> list[Expr]:
        found: list[Expr] = []
        own = set(self.attributes.shared) if self.attributes else set()
        for number, tree in self.trees.items():
            if number not in own:
                found += expressions(tree)
        found += self.conditions.values()
        if self.chain is not None:
            found += expressions(self.chain)
        return found

    def _read(self) -> set[str]:
        """The parameters and variables that are read."""
        found = {name for expr in self._everything() for name in names(expr)}
        for _, expr in self.variables:
            found.update(names(expr))
        return found

    def _free_names(self) -> None:
        """An added parameter has the plain name where the block's parameter of that name is not
        read.
        """
        columns = self.members.columns
        for name, wished in columns.wished.items():
            if name not in self.used or wished in self.used or wished not in columns.own:
                continue
            columns.rename(name, wished)
            if name in self.members.keeps_input:
                self.members.keeps_input.add(wished)
            self._replace(Param(name), Param(wished))
            self.used = self._read()

    def _replace(self, old: Expr, new: Expr) -> None:
        """Write `new` for every occurrence of `old`; a variable is not defined by itself."""

        def change(expr: Expr) -> Expr:
            return replaced(expr, old, new)

        self.trees = {number: rewritten(tree, change) for number, tree in self.trees.items()}
        self.conditions = {number: change(expr) for number, expr in self.conditions.items()}
        self.flags = {change(expr): name for expr, name in self.flags.items()}
        if self.chain is not None:
            changed = rewritten(self.chain, change)
            assert isinstance(changed, Chain)
            self.chain = changed
        self.variables = [
            (name, expr if change(expr) == Param(name) else change(expr))
            for name, expr in self.variables
        ]

    def _settle_locals(self) -> None:
        """A `let` that is read once is written out; one that is read more often is a variable."""
        for name, expr in reversed(self.members.columns.local.items()):
            reads = sum(count(one, Param(name)) for one in self._everything())
            reads += sum(count(one, Param(name)) for _, one in self.variables)
            if reads > 1:
                self.variables.insert(0, (name, expr))
            elif reads == 1:
                self._replace(Param(name), expr)

    def _name_frequent(self) -> None:
        """`4 * width` in five places becomes `out_channels`."""
        for variable, value in list(self.variables):
            self._replace(value, Param(variable))
        counts: dict[Expr, int] = {}
        for expr in self._everything():
            if isinstance(expr, Operation):
                counts[expr] = counts.get(expr, 0) + 1
        taken = {name for values in self.members.columns.values for name in values}
        for expr in [one for one, number in counts.items() if number >= OFTEN]:
            total = sum(count(one, expr) for one in self._everything())
            name = "out_channels" if self._is_outgoing(expr) else "hidden_channels"
            if total < OFTEN or name in taken or not self._is_number(expr):
                continue
            taken.add(name)
            self._replace(expr, Param(name))
            self.variables.append((name, expr))

    def _is_number(self, expr: Expr) -> bool:
        """Whether an expression is a whole number in every shape, read there or not."""
        try:
            found = [evaluate(expr, values) for values in self.members.columns.values]
        except Unfit:
            return False
        return all(isinstance(value, int) and not isinstance(value, bool) for value in found)

    def _is_outgoing(self, expr: Expr) -> bool:
        """Whether an expression is the number of channels that the class gives."""
        body = self.members.assignment.body
        return bool(body.writes) and self.members.channel(body.writes[0]) == expr

    # --- lines ------------------------------------------------------------------------------------

    def lines(self) -> list[str]:
        variables = [f"{BODY}{name} = {write(expr)}" for name, expr in self.variables]
        if self.chain is not None:
            return variables + self._sequential(self.chain)
        if self.attributes is not None and self.attributes.listed:
            return variables + self._list()
        lines = [f"{BODY}super().__init__()", *variables]
        for condition, name in self.flags.items():
            lines += layout(write(condition), BODY, f"self.{name} = ")
        return lines + self._members()

    def _list(self) -> list[str]:
        """The modules of an nn.ModuleList."""
        assert self.attributes is not None
        by_place = sorted(self.attributes.of.items(), key=lambda item: int(item[1][0]))
        modules = [code(self.trees[number]) for number, _ in by_place]
        return layout(call("super().__init__", listing(modules, exploded=len(modules) > 1)), BODY)

    def _sequential(self, chain: Chain) -> list[str]:
        if any(item.condition is not None for item in chain.items):
            return [*self._growing(chain), f"{BODY}super().__init__(*{self.list_name})"]
        return layout(sequential("super().__init__", chain_args(chain)), BODY)

    def _growing(self, chain: Chain) -> list[str]:
        """A chain with optional layers: a list that grows."""
        lines: list[str] = []
        started = False
        for condition, items in _runs(chain.items):
            codes = [code(item.tree) for item in items]
            indent = BODY
            if condition is not None:
                if not started:
                    lines.append(f"{BODY}{self.list_name}: list[nn.Module] = []")
                lines += self._if(condition)
                indent = BODY + STEP
            group = Group("[", tuple(("", one) for one in codes), "]", exploded=len(codes) > 1)
            if not started and condition is None:
                lines += layout(group, indent, f"{self.list_name}: list[nn.Module] = ")
            elif len(codes) == 1:
                lines += layout(call(f"{self.list_name}.append", codes[0]), indent)
            else:
                lines += layout(group, indent, f"{self.list_name} += ")
            started = True
        return lines

    def _if(self, condition: Expr) -> list[str]:
        return layout(self._asked(condition), BODY, "if ", ":")

    def _asked(self, condition: Expr) -> str:
        """A condition, through the attribute that holds it or a part of it."""
        for known, name in self.flags.items():
            condition = replaced(condition, known, Param(f"self.{name}"))
        return write(condition)

    def _members(self) -> list[str]:
        """Modules in order of creation; alike layers without weights once, before what is optional
        at the end.
        """
        assert self.attributes is not None
        body = self.members.assignment.body
        order = [
            member for member in body.created if isinstance(member, tuple) or member in self.trees
        ]
        order = [
            one for one in order if isinstance(one, tuple) or one not in self.attributes.shared
        ]
        late = set(self.attributes.shared.values())
        common = [
            one
            for one in order
            if one in late
            and isinstance(one, int)
            and self.residual
            and not any(
                self.members.classes.shapes.weighted(p) for p in body.slots[one].parts.values()
            )
        ]
        rest = [one for one in order if one not in common]
        required = [
            index
            for index, one in enumerate(rest)
            if isinstance(one, tuple) or one not in self.conditions
        ]
        place = required[-1] + 1 if required else 0
        order = [*rest[:place], *common, *rest[place:]]
        return self._written(order)

    def _written(self, order: list[int | tuple[str, ...]]) -> list[str]:
        lines: list[str] = []
        index = 0
        while index < len(order):
            member = order[index]
            if isinstance(member, tuple):
                lines += self._assigned(member, "nn.Module()")
                index += 1
            elif member not in self.conditions:
                lines += self._module(member, BODY)
                index += 1
            else:
                end = index
                same: list[int] = []
                while end < len(order):
                    one = order[end]
                    if (
                        isinstance(one, tuple)
                        or self.conditions.get(one) != self.conditions[member]
                    ):
                        break
                    same.append(one)
                    end += 1
                lines += self._conditional(same)
                index = end
        return lines

    def _conditional(self, numbers: list[int]) -> list[str]:
        body = self.members.assignment.body
        lines: list[str] = []
        for number in numbers:
            slot, path = body.slots[number], self._path(number)
            if can_be_none(slot):
                lines.append(f"{BODY}self.{path[0]}: nn.Parameter | None = None")
            elif slot.skips_to is not None and not _is_tensor(self.trees[number]):
                if len(path) == 1 and is_attribute(path[0]):
                    lines.append(f"{BODY}self.{path[0]}: nn.Module = nn.Identity()")
                else:
                    lines += self._assigned(path, "nn.Identity()")
        lines += self._if(self.conditions[numbers[0]])
        for number in numbers:
            lines += self._module(number, BODY + STEP)
        return lines

    def _path(self, number: int) -> tuple[str, ...]:
        assert self.attributes is not None
        return self.attributes.path(number)

    def _module(self, number: int, indent: str) -> list[str]:
        tree, path = self.trees[number], self._path(number)
        if _is_tensor(tree):
            text = "".join(
                piece
                + (write(value) if not (isinstance(value, Literal) and value.value is None) else "")
                for piece, value in tree.args
                if not isinstance(value, New | Chain)
            )
            return self._assigned(path, call("nn.Parameter", text), indent, "register_parameter")
        if isinstance(tree, Chain) and any(item.condition is not None for item in tree.items):
            return [
                *self._growing(tree),
                *self._assigned(path, call("nn.Sequential", f"*{self.list_name}"), indent),
            ]
        return self._assigned(path, code(tree), indent)

    def _assigned(
        self, path: tuple[str, ...], made: Code, indent: str = BODY, setter: str = "add_module"
    ) -> list[str]:
        name = path[-1]
        if len(path) == 1 and is_attribute(name):
            return layout(made, indent, f"self.{name} = ")
        holder = "self" if len(path) == 1 else attribute(path[:-1], "get_submodule")
        return layout(call(f"{holder}.{setter}", literal(name), made), indent)


def _is_tensor(tree: object) -> TypeGuard[New]:
    """Whether a member is a tensor, and no module."""
    return isinstance(tree, New) and tree.function == "nn.Parameter"


def _runs(items: tuple[Item, ...]) -> list[tuple[Expr | None, list[Item]]]:
    """Neighbours with one condition."""
    runs: list[tuple[Expr | None, list[Item]]] = []
    for item in items:
        if runs and runs[-1][0] == item.condition:
            runs[-1][1].append(item)
        else:
            runs.append((item.condition, [item]))
    return runs
