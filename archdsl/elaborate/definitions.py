"""Files as modules, and what they define."""

from collections.abc import Iterable

from archdsl.annotations import TYPE_CHECKING, TypeAlias
from archdsl.inputs import project_root
from archdsl.source import Source
from archdsl.syntax import ast

if TYPE_CHECKING:
    from archdsl.elaborate.values import BlockValue
    from archdsl.ops.extern import ExternOp

DEFINING = (ast.Let, ast.Fn, ast.Block, ast.Extern, ast.Network, ast.Variant, ast.Transfer)
"""The definitions that give a name to something."""

Defining: TypeAlias = (
    ast.Let | ast.Fn | ast.Block | ast.Extern | ast.Network | ast.Variant | ast.Transfer
)
Entry: TypeAlias = "Defining | Imported"


class Imported:
    """A name that comes from another module; `module` is None where it was not found."""

    __slots__ = ("module", "name", "node")

    def __init__(self, module: "Module | None", name: str, node: ast.ImportName) -> None:
        self.module = module
        self.name = name
        self.node = node


class Module:
    """One file: its syntax tree and the names at its top level."""

    __slots__ = ("_root", "default_values", "entries", "file", "op_values", "path", "source")

    def __init__(self, source: Source, file: ast.File, path: str, root: str | None = None) -> None:
        self.source = source
        self.file = file
        self.path = path
        self._root = root
        self.entries: dict[str, Entry] = {}
        self.op_values: dict[str, BlockValue] = {}
        """Ops with the defaults that the file itself gives them."""
        self.default_values: dict[str, dict[str, object]] | None = None
        """What its own `default` statements say, by op; None until they are evaluated."""

    @property
    def root(self) -> str:
        """The folder that what it imports lies in; looked for when something is imported."""
        if self._root is None:
            self._root = project_root(self.path)
        return self._root

    def networks(self) -> list[ast.Network | ast.Variant]:
        return [item for item in self.file.items if isinstance(item, ast.Network | ast.Variant)]

    def transfers(self) -> list[ast.Transfer]:
        return [item for item in self.file.items if isinstance(item, ast.Transfer)]


def by_name(parameters: Iterable[ast.Parameter]) -> dict[str, ast.Parameter]:
    """Declared parameters by name, in order."""
    return {parameter.name.id: parameter for parameter in parameters}


class BlockDefinition:
    """A block of some module."""

    __slots__ = ("doc", "module", "name", "node", "parameters")

    def __init__(self, node: ast.Block, module: Module) -> None:
        self.node = node
        self.module = module
        self.name = node.name.id
        self.parameters = by_name(node.parameters)
        doc = node.body.doc if isinstance(node.body, ast.Body) else None
        self.doc = doc.text if doc else ""


class ExternDefinition:
    """An `extern op` of some module.

    Attributes:
        op: what its layers are applications of.
        shape, params: the expressions of these entries; `params` is None where there is none.
    """

    __slots__ = ("module", "name", "op", "parameters", "params", "shape")

    def __init__(
        self,
        node: ast.Extern,
        module: Module,
        op: "ExternOp",
        shape: ast.Expr,
        params: ast.Expr | None,
    ) -> None:
        self.module = module
        self.name = node.name.id
        self.parameters = by_name(node.parameters)
        self.op = op
        self.shape = shape
        self.params = params


class NetworkDefinition:
    """A network of some module.

    Attributes:
        node: the `network N(…) { … }` with the body.
        variants: the chain of `network X = Y(args)` that leads here, outermost first.
    """

    __slots__ = ("doc", "module", "name", "node", "parameters", "span", "variants")

    def __init__(
        self,
        node: ast.Network,
        module: Module,
        variants: tuple[ast.Variant, ...] = (),
    ) -> None:
        self.node = node
        self.module = module
        self.variants = variants
        self.parameters = by_name(node.parameters)
        outermost = variants[0] if variants else node
        self.name = outermost.name.id
        self.span = outermost.name.span
        bodies = [variant.body for variant in variants] + [node.body]
        docs = [body.doc.text for body in bodies if body is not None and body.doc is not None]
        self.doc = docs[0] if docs else ""


class TransferDefinition:
    """A `transfer` of some module: the network that it is of, and the arguments that this has."""

    __slots__ = ("fixed", "module", "network", "node")

    def __init__(
        self,
        node: ast.Transfer,
        module: Module,
        network: NetworkDefinition,
        fixed: tuple[tuple[str, object], ...],
    ) -> None:
        self.node = node
        self.module = module
        self.network = network
        self.fixed = fixed
