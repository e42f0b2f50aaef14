"""The emitted text, read again: does it create exactly the layers of the graph?

The text is parsed, and its constructors are followed, without running them, by a small interpreter
of the few forms that they consist of. It finds a tree of modules with their arguments, in order of
creation; that tree must hold every layer with weights under its path, with its numbers, once and in
the order of the state dict. So no mistake in lining up instances, in an expression or in a
condition can pass unseen.
"""

import ast
from collections.abc import Iterator

from archdsl.backends.pytorch.expressions import FUNCTIONS, operate
from archdsl.backends.pytorch.imports import Externs, check_externs, named
from archdsl.backends.pytorch.text import same_argument
from archdsl.graph.ir import Graph
from archdsl.ops.base import TorchForm, TorchModule, TorchParameter

Leaf = tuple[str, tuple[tuple[str, object], ...]]
"""What makes a tensor or a layer: a function, and its arguments with their keywords."""


class Module:
    """A created module: how, and what it holds."""

    def __init__(self, leaf: Leaf) -> None:
        self.leaf = leaf
        self.tensors: dict[str, Leaf] = {}
        self.children: dict[str, Module] = {}

    def leaves(self, path: str = "") -> Iterator[tuple[str, Leaf]]:
        """Paths of tensors and of modules without parts, in the order of the state dict."""
        stack: list[tuple[str, Module]] = [(path, self)]
        while stack:
            prefix, module = stack.pop()
            lead = f"{prefix}." if prefix else ""
            yield from ((lead + name, leaf) for name, leaf in module.tensors.items())
            if not module.tensors and not module.children:
                yield prefix, module.leaf
            stack += [(lead + name, child) for name, child in reversed(module.children.items())]


def check(tree: ast.Module, graph: Graph, helpers: frozenset[str], externs: Externs) -> None:
    """Raise AssertionError where the text does not create the layers of the graph.

    `tree` is the text, parsed. `helpers` are the classes of the text that layers are instances of,
    `externs` those that it imports.
    """
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in tree.body[1:]:
        if not isinstance(node, ast.Import | ast.ImportFrom | ast.ClassDef):
            raise AssertionError(f"line {node.lineno} is no import and no class")
    check_externs(tree, externs)
    network = next(reversed(classes))
    imported = frozenset(externs.values())
    made = _Constructors(classes, helpers | imported).create(network, [], {})
    wanted = [(step.path, step.layer) for _, step in graph.layers() if step.layer.holds_tensors]
    weighted = {path for path, _ in wanted}
    found = [
        (path, leaf)
        for path, leaf in made.leaves()
        if path in weighted or leaf[0] in imported or _holds(leaf)
    ]
    if len(found) != len(wanted):
        raise AssertionError(f"{len(found)} layers with weights instead of {len(wanted)}")
    forms: dict[int, TorchForm] = {}
    for (path, leaf), (wanted_path, layer) in zip(found, wanted, strict=True):
        form = forms.setdefault(id(layer), named(layer.op.pytorch(layer), externs))
        if path != wanted_path or not _same(leaf, form):
            raise AssertionError(f"{path} is {leaf} instead of {wanted_path}, {form}")


def _holds(leaf: Leaf) -> bool:
    """Whether a layer at an unknown path has tensors, as far as its class tells."""
    return leaf[0].startswith(("nn.Conv", "nn.Linear", "nn.BatchNorm", "nn.GroupNorm", "nn.PReLU"))


def _same(leaf: Leaf, form: TorchForm) -> bool:
    """Whether a call makes a layer of this form; arguments that are left out have PyTorch's
    defaults.
    """
    if isinstance(form, TorchParameter):
        call = ast.parse(form.value, mode="eval").body
        assert isinstance(call, ast.Call)
        return leaf == _Constructors({}, frozenset()).leaf(call, {})
    if not isinstance(form, TorchModule) or leaf[0] != form.cls:
        return False
    values: dict[str, object] = {arg.name: arg.default for arg in form.args}
    positional = [value for name, value in leaf[1] if not name]
    values.update(zip((arg.name for arg in form.args if not arg.keyword), positional, strict=False))
    values.update((name, value) for name, value in leaf[1] if name)
    return not values.keys() - {arg.name for arg in form.args} and all(
        same_argument(arg.name, values[arg.name], arg.value) for arg in form.args
    )


class _Constructors:
    """Follows constructors."""

    def __init__(self, classes: dict[str, ast.ClassDef], helpers: frozenset[str]) -> None:
        self.classes = classes
        self.helpers = helpers

    def create(self, name: str, args: list[object], keywords: dict[str, object]) -> Module:
        """What `name(…)` creates, for a class of the file."""
        init = next(
            node
            for node in self.classes[name].body
            if isinstance(node, ast.FunctionDef) and node.name == "__init__"
        )
        names = [arg.arg for arg in init.args.args[1:]]
        values = dict(zip(names, args, strict=False))
        defaults = init.args.defaults
        for parameter, default in zip(names[len(names) - len(defaults) :], defaults, strict=True):
            values.setdefault(parameter, self.value(default, {}))
        values.update(keywords)
        module = Module((name, ()))
        self._run(init.body, values, module)
        return module

    def _run(self, body: list[ast.stmt], values: dict[str, object], module: Module) -> None:
        for node in body:
            if isinstance(node, ast.If):
                self._run(node.body if self.value(node.test, values) else [], values, module)
            elif isinstance(node, ast.Assign):
                self._assign(node.targets[0], node.value, values, module)
            elif isinstance(node, ast.AnnAssign):
                assert node.value is not None
                self._assign(node.target, node.value, values, module)
            elif isinstance(node, ast.AugAssign):
                assert isinstance(node.target, ast.Name)
                items = values[node.target.id]
                assert isinstance(items, list)
                items += self._items(node.value, values)
            else:
                assert isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
                self._call(node.value, values, module)

    def _assign(
        self, target: ast.expr, node: ast.expr, values: dict[str, object], module: Module
    ) -> None:
        if isinstance(target, ast.Name):
            is_list = isinstance(node, ast.List)
            values[target.id] = self._items(node, values) if is_list else self.value(node, values)
            return
        assert isinstance(target, ast.Attribute)
        name = target.attr
        made = self.value(node, values)
        if isinstance(made, Module):
            module.children[name] = made
        elif isinstance(made, tuple) and made and made[0] == "nn.Parameter":
            module.tensors[name] = made[1]
        else:
            values[f"self.{name}"] = made

    def _call(self, node: ast.Call, values: dict[str, object], module: Module) -> None:
        function = ast.unparse(node.func)
        if function == "super().__init__":
            args = node.args
            if len(args) == 1 and isinstance(args[0], ast.List):
                args = args[0].elts
            self._fill(module, args, values)
        elif function.endswith(".append"):
            layers = values[function.removesuffix(".append")]
            assert isinstance(layers, list)
            layers.append(self.value(node.args[0], values))
        else:
            assert isinstance(node.func, ast.Attribute)
            holder = self._holder(node.func.value, module)
            name = self.value(node.args[0], values)
            made = self.value(node.args[1], values)
            assert isinstance(name, str)
            if node.func.attr == "add_module":
                assert isinstance(made, Module)
                holder.children[name] = made
            else:
                assert node.func.attr == "register_parameter" and isinstance(made, tuple)
                holder.tensors[name] = made[1]

    def _holder(self, node: ast.expr, module: Module) -> Module:
        """`self`, `self.name` or `self.get_submodule("…")`."""
        if isinstance(node, ast.Attribute):
            return module.children[node.attr]
        if isinstance(node, ast.Call):
            path = self.value(node.args[0], {})
            assert isinstance(path, str)
            for name in path.split("."):
                module = module.children[name]
        return module

    def _fill(self, module: Module, args: list[ast.expr], values: dict[str, object]) -> None:
        """The parts of nn.Sequential or nn.ModuleList."""
        for node in args:
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "OrderedDict":
                pairs = [(one.arg, one.value) for one in node.keywords]
                if node.args:
                    assert isinstance(node.args[0], ast.List)
                    pairs = [
                        (str(self.value(pair.elts[0], values)), pair.elts[1])
                        for pair in node.args[0].elts
                        if isinstance(pair, ast.Tuple)
                    ]
                for name, value in pairs:
                    made = self.value(value, values)
                    assert isinstance(made, Module) and name is not None
                    module.children[name] = made
                continue
            for made in self._items(ast.List([node]), values):
                assert isinstance(made, Module)
                module.children[str(len(module.children))] = made

    def _items(self, node: ast.expr, values: dict[str, object]) -> list[object]:
        """The items of a list display; `*[… for _ in range(n)]` counts n times."""
        assert isinstance(node, ast.List)
        items: list[object] = []
        for item in node.elts:
            if not isinstance(item, ast.Starred):
                items.append(self.value(item, values))
            elif isinstance(item.value, ast.Name):
                layers = values[item.value.id]
                assert isinstance(layers, list)
                items += layers
            else:
                assert isinstance(item.value, ast.ListComp)
                turns = item.value.generators[0].iter
                assert isinstance(turns, ast.Call)
                count = self.value(turns.args[0], values)
                assert isinstance(count, int)
                items += [self.value(item.value.elt, values) for _ in range(count)]
        return items

    # --- values -----------------------------------------------------------------------------------

    def leaf(self, node: ast.Call, values: dict[str, object]) -> Leaf:
        args = [("", self.value(arg, values)) for arg in node.args]
        args += [(one.arg or "", self.value(one.value, values)) for one in node.keywords]
        return ast.unparse(node.func), tuple(args)

    def value(self, node: ast.expr, values: dict[str, object]) -> object:
        """A number, string, tuple, truth value or module."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return values[node.id]
        if isinstance(node, ast.Attribute):
            return values[ast.unparse(node)]
        if isinstance(node, ast.Tuple):
            return tuple(self.value(item, values) for item in node.elts)
        if isinstance(node, ast.Call):
            return self._made(node, values)
        if isinstance(node, ast.IfExp):
            chosen = node.body if self.value(node.test, values) else node.orelse
            return self.value(chosen, values)
        if isinstance(node, ast.BoolOp):
            return self._bool(node, values)
        if isinstance(node, ast.UnaryOp):
            operand = self.value(node.operand, values)
            if isinstance(node.op, ast.Not):
                return not operand
            return operate("-", 0, operand)
        if isinstance(node, ast.BinOp):
            symbol = _SYMBOLS[type(node.op)]
            return operate(symbol, self.value(node.left, values), self.value(node.right, values))
        assert isinstance(node, ast.Compare) and len(node.ops) == 1
        right = self.value(node.comparators[0], values)
        return operate(_SYMBOLS[type(node.ops[0])], self.value(node.left, values), right)

    def _bool(self, node: ast.BoolOp, values: dict[str, object]) -> object:
        found: object = None
        for part in node.values:
            found = self.value(part, values)
            if bool(found) is isinstance(node.op, ast.Or):
                break
        return found

    def _made(self, node: ast.Call, values: dict[str, object]) -> object:
        function = ast.unparse(node.func)
        if function in FUNCTIONS:
            return FUNCTIONS[function](*[self.value(arg, values) for arg in node.args])
        if function == "nn.Parameter":
            inner = node.args[0]
            assert isinstance(inner, ast.Call)
            return "nn.Parameter", self.leaf(inner, values)
        if function == "nn.Sequential":
            module = Module((function, ()))
            self._fill(module, node.args, values)
            return module
        if function in self.classes and function not in self.helpers:
            args = [self.value(arg, values) for arg in node.args]
            keywords = {one.arg or "": self.value(one.value, values) for one in node.keywords}
            return self.create(function, args, keywords)
        if function.startswith("nn.") or function in self.helpers:
            return Module(self.leaf(node, values))
        raise AssertionError(f"{function} in a constructor")


_SYMBOLS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
