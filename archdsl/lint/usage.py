"""Which names of a file nothing uses: definitions, imports, parameters, lets and shared layers.

One walk over the syntax tree in the order in which bodies run, so that a name means what it means
to the elaborator. Where more than one thing could be meant, all of them count as used: a layer's
name is looked up past what cannot be applied, and a value never hides a name further out.
"""

from collections.abc import Callable

from archdsl.source import Span
from archdsl.syntax import ast

DEFINITIONS = (ast.Let, ast.Fn, ast.Block, ast.Extern, ast.Network, ast.Variant, ast.Transfer)


class Declared:
    """One name and whether something uses it.

    Attributes:
        node: what declares it: a definition, an `ImportName`, a `Parameter`, a `Let` or a `Shared`.
        home: the definition at file level that it stands in, or is.
        body: the body whose statement it is, if it is one.
        numbered: whether it stands in a level where statements take numbers.
        passed: whether it was used as a value: a block that others may take the place of.
    """

    __slots__ = ("body", "home", "name", "node", "numbered", "passed", "used")

    def __init__(
        self, name: str, node: object, home: object, body: ast.Body | None, numbered: bool
    ) -> None:
        self.name = name
        self.node = node
        self.home = home
        self.body = body
        self.numbered = numbered
        self.used = False
        self.passed = False

    def may_be(self, type_: str) -> bool:
        """Whether a value of this type (`block`, `tensor`) may go by this name."""
        if not isinstance(self.node, ast.Parameter):
            return type_ == "block"
        return any(one.name.id == type_ for one in self.node.type.alternatives)


class _Names:
    """The names of one pair of braces. A loop variable is known and holds nothing to judge."""

    __slots__ = ("body", "holder", "known", "numbered", "outer")

    def __init__(self, outer: "_Names | None", holds: bool = False, numbered: bool = False) -> None:
        self.outer = outer
        self.known: dict[str, list[Declared]] = {}
        self.body: ast.Body | None = None
        self.holder: _Names = self if holds or outer is None else outer.holder
        self.numbered: bool = numbered if holds or outer is None else outer.numbered


class _Declare:
    """Something to declare once what it is made of has been walked."""

    __slots__ = ("name", "node")

    def __init__(self, name: str, node: ast.Let | ast.Shared | ast.Parameter) -> None:
        self.name = name
        self.node = node


class Usage:
    """The names of a file, after the walk.

    Attributes:
        declared: all that could be unused, in order.
        told: names that the bodies of variants use: those of the network that they are made from.
    """

    def __init__(self, tree: ast.File) -> None:
        self.declared: list[Declared] = []
        self.told: set[str] = set()
        self._home: object = None
        self._pending: list[tuple[object, _Names]] = []
        top = _Names(None)
        for item in tree.items:
            if isinstance(item, DEFINITIONS):
                self._add(top, item.name.id, item, item)
            elif isinstance(item, ast.Import):
                for one in item.names:
                    self._add(top, (one.alias or one.name).id, one, item)
        for item in tree.items:
            if not isinstance(item, ast.Import | ast.Version):
                self._home = item
                self._walk(item, top)

    def _add(self, names: _Names, name: str, node: object, home: object) -> None:
        found = Declared(name, node, home, names.body, names.numbered)
        names.known.setdefault(name, []).append(found)
        self.declared.append(found)

    # --- uses -------------------------------------------------------------------------------------

    def _use(self, found: Declared) -> None:
        # A recursion alone is no use.
        if found.node is not self._home:
            found.used = True

    def _use_value(self, name: ast.Name, names: _Names) -> None:
        """A name in an expression: the nearest one."""
        if isinstance(self._home, ast.Variant):
            self.told.add(name.id)
        around: _Names | None = names
        while around is not None:
            if name.id in around.known:
                for found in around.known[name.id]:
                    self._use(found)
                    found.passed = True
                return
            around = around.outer

    def _use_layer(self, call: ast.Call, names: _Names) -> None:
        """A name in step position: what can be applied, or the value that a flow starts from."""
        around: _Names | None = names
        while around is not None:
            for found in around.known.get(call.name.id, ()):
                if found.may_be("block") or (call.args is None and found.may_be("tensor")):
                    self._use(found)
            around = around.outer

    def _use_text(self, text: ast.String, names: _Names) -> None:
        """A text may name the value of a parameter."""
        if not text.parts:
            return
        first, last = text.parts[0], text.parts[-1]
        head, tail = first if isinstance(first, str) else "", last if isinstance(last, str) else ""
        around: _Names | None = names
        while around is not None and around.outer is not None:
            for name, declared in around.known.items():
                if name == head or (
                    len(text.parts) > 1 and name.startswith(head) and name.endswith(tail)
                ):
                    for found in declared:
                        if isinstance(found.node, ast.Parameter) and found.may_be("tensor"):
                            self._use(found)
            around = around.outer

    # --- the walk ---------------------------------------------------------------------------------

    def _walk(self, root: object, top: _Names) -> None:
        pending = self._pending
        pending.append((root, top))
        while pending:
            node, names = pending.pop()
            handle = _HANDLERS.get(type(node))
            if handle is not None:
                handle(self, node, names)
            elif isinstance(node, tuple):
                pending += [
                    (inner, names)
                    for inner in reversed(node)
                    if isinstance(inner, tuple) and type(inner) is not Span
                ]

    def _then(self, names: _Names, *nodes: object) -> None:
        """Walk these next, in this order."""
        self._pending += [(node, names) for node in reversed(nodes) if node is not None]

    def _name(self, node: ast.Name, names: _Names) -> None:
        self._use_value(node, names)

    def _string(self, node: ast.String, names: _Names) -> None:
        self._use_text(node, names)
        self._then(names, *(part for part in node.parts if not isinstance(part, str)))

    def _call(self, node: ast.Call, names: _Names) -> None:
        self._use_layer(node, names)
        self._then(names, node.args)

    def _value_of(self, node: ast.Argument | ast.Attribute, names: _Names) -> None:
        self._then(names, node.value)

    def _let(self, node: ast.Let, names: _Names) -> None:
        if names.outer is None:
            self._then(names, node.value)
        else:
            self._then(names, node.value, _Declare(node.name.id, node))

    def _declare(self, node: _Declare, names: _Names) -> None:
        if isinstance(node.node, ast.Shared):
            holder = names.holder
            self._add(holder, node.name, node.node, self._home)
            self.declared[-1].body = names.body
        else:
            self._add(names, node.name, node.node, self._home)

    def _shared(self, node: ast.Shared, names: _Names) -> None:
        name = node.name if isinstance(node.name, ast.Name) else None
        self._then(
            names,
            None if name else node.name,
            node.flow,
            _Declare(name.id, node) if name else None,
        )

    def _labelled(self, node: ast.Bind | ast.Branch | ast.Shortcut, names: _Names) -> None:
        """A flow with a name, which opens a level where it is more than one layer."""
        step = node.step if isinstance(node, ast.Shortcut) else node.flow
        only = step.steps[0] if isinstance(step, ast.Flow) and len(step.steps) == 1 else step
        inner = names
        if node.name is not None and not isinstance(only, ast.Call | ast.Value):
            inner = _Names(names, holds=True, numbered=True)
            inner.body = names.body
        if isinstance(node.name, ast.String):
            self._then(names, node.name)
        self._then(inner, step)

    def _several(self, node: ast.MultiBind, names: _Names) -> None:
        self._then(names, node.flow)

    def _for(self, node: ast.For | ast.Comprehension, names: _Names) -> None:
        inner = _Names(names)
        inner.known = {target.id: [] for target in node.targets}
        if isinstance(node, ast.For):
            self._then(inner, node.body)
        else:
            self._then(inner, node.element, node.condition)
        self._then(names, node.iterable)

    def _repeat(self, node: ast.Repeat, names: _Names) -> None:
        inner = _Names(names)
        if node.variable is not None:
            inner.known[node.variable.id] = []
        self._then(inner, node.body)
        self._then(names, node.count)

    def _body(self, node: ast.Body, names: _Names) -> None:
        inner = _Names(names)
        inner.body = node
        self._then(inner, *node.statements)

    def _default(self, node: ast.Default, names: _Names) -> None:
        self._then(names, node.args)

    def _input(self, node: ast.InputDeclaration, names: _Names) -> None:
        self._then(names, node.dimensions, node.where)

    def _definition(
        self, node: ast.Fn | ast.Block | ast.Network | ast.Extern, names: _Names
    ) -> None:
        body = node.body if isinstance(node, ast.Block | ast.Network) else None
        inner = _Names(names, holds=True, numbered=isinstance(body, ast.Flow))
        if isinstance(body, ast.Body):
            # The parameters and the statements of a body share its scope.
            inner.body = body
            self._then(inner, *body.statements)
        elif isinstance(node, ast.Extern):
            self._then(inner, *(entry.value for entry in node.entries))
        else:
            self._then(inner, node.value if isinstance(node, ast.Fn) else body)
        for parameter in reversed(node.parameters):
            self._then(inner, parameter.default, _Declare(parameter.name.id, parameter))

    def _based(self, node: ast.Variant | ast.Transfer, names: _Names) -> None:
        self._use_layer(ast.Call(node.base, (), node.span), names)
        self._then(names, node.args, node.body)


_HANDLERS: dict[type, Callable[..., None]] = {
    ast.Name: Usage._name,
    ast.String: Usage._string,
    ast.Call: Usage._call,
    ast.Argument: Usage._value_of,
    ast.Attribute: Usage._value_of,
    ast.Let: Usage._let,
    _Declare: Usage._declare,
    ast.Shared: Usage._shared,
    ast.Bind: Usage._labelled,
    ast.Branch: Usage._labelled,
    ast.Shortcut: Usage._labelled,
    ast.MultiBind: Usage._several,
    ast.For: Usage._for,
    ast.Comprehension: Usage._for,
    ast.Repeat: Usage._repeat,
    ast.Body: Usage._body,
    ast.Default: Usage._default,
    ast.InputDeclaration: Usage._input,
    ast.Fn: Usage._definition,
    ast.Block: Usage._definition,
    ast.Network: Usage._definition,
    ast.Extern: Usage._definition,
    ast.Variant: Usage._based,
    ast.Transfer: Usage._based,
}
