"""Scopes: what a name means at a place of a body.

Every pair of braces has a scope. `let` and loop variables live in the scope of their braces; values
live in the `holder`, the scope of the enclosing body (a block, a network, or the braces of a named
level), so that a value bound in a branch can be used after it.
"""

from archdsl.annotations import TYPE_CHECKING
from archdsl.source import Span
from archdsl.syntax import ast

if TYPE_CHECKING:
    from archdsl.elaborate.definitions import Module


class Binding:
    """What a name is bound to.

    Attributes:
        kind: "parameter" (of the enclosing block or network), "let", "turn" (a loop variable),
            "value" (a tensor)
            or "shared" (a shared layer).
        expr: the expression of a `let`, for backends that write the source's own expressions. It
            stands in the scope that binds the name.
    """

    __slots__ = ("expr", "kind", "span", "value")

    def __init__(self, kind: str, value: object, span: Span, expr: ast.Expr | None = None) -> None:
        self.kind = kind
        self.value = value
        self.span = span
        self.expr = expr


class Scope:
    """The names of one pair of braces; `parent` is the scope around it, None for the body of a
    definition.
    """

    __slots__ = ("_holds", "has_defaults", "module", "names", "own_defaults", "parent")

    def __init__(self, module: "Module", parent: "Scope | None", body: bool = False) -> None:
        self.module = module
        self.parent = parent
        self.names: dict[str, Binding] = {}
        self._holds = body
        self.own_defaults: dict[str, dict[str, object]] = {}
        self.has_defaults: bool = parent is not None and parent.has_defaults
        """Whether a `default` statement stands here or around, below file level."""

    @property
    def holder(self) -> "Scope":
        """The scope of the enclosing body."""
        scope = self
        while scope.parent is not None and not scope._holds:
            scope = scope.parent
        return scope

    def find(self, name: str) -> Binding | None:
        """The nearest binding in the body and the bodies around it; file level is the module's."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def binder(self, name: str) -> "Scope | None":
        """The scope of that binding."""
        scope: Scope | None = self
        while scope is not None and name not in scope.names:
            scope = scope.parent
        return scope

    def visible(self) -> set[str]:
        """All names bound here and around, for proposals."""
        names: set[str] = set()
        scope: Scope | None = self
        while scope is not None:
            names.update(scope.names)
            scope = scope.parent
        return names

    def set_default(self, op: str, values: dict[str, object]) -> None:
        self.has_defaults = True
        self.own_defaults.setdefault(op, {}).update(values)

    def defaults(self, op: str) -> dict[str, object]:
        """What `default` statements below file level say of an op, inner ones over outer ones."""
        inner: dict[str, object] = {}
        scope: Scope | None = self
        while scope is not None:
            own = scope.own_defaults.get(op)
            if own:
                inner = {**own, **inner}
            scope = scope.parent
        return inner
