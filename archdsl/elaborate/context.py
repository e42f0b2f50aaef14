"""Where the elaborator stands in a body: the current value, the names in scope and the level that
names layers.
"""

from archdsl.annotations import TYPE_CHECKING
from archdsl.diagnostics import Related
from archdsl.elaborate.expressions import Place
from archdsl.elaborate.mistakes import Mistake, Unknown
from archdsl.elaborate.naming import Level
from archdsl.elaborate.scope import Binding, Scope
from archdsl.elaborate.values import Tensor
from archdsl.graph.ir import Origin
from archdsl.source import Span
from archdsl.syntax import ast

if TYPE_CHECKING:
    from archdsl.elaborate.networks import NetworkState
    from archdsl.elaborate.session import Session


class Context:
    """One pair of braces being run.

    Attributes:
        current: the current value; None where there is none.
        inputs: the inputs of the enclosing block or network.
        level: names the layers made here.
        home: the level of the enclosing body, which the values bound here belong to.
        turns: counters of the loops around this place in the body.
        network: what a network's body collects; None inside blocks.
        definition: the syntax node of the enclosing block or network.
        chain: the span of the chain that is being run.
    """

    __slots__ = (
        "chain",
        "current",
        "definition",
        "home",
        "inputs",
        "level",
        "network",
        "scope",
        "session",
        "turns",
    )

    def __init__(
        self,
        session: "Session",
        scope: Scope,
        level: Level,
        inputs: tuple[int, ...],
        current: int | None,
        definition: object,
        network: "NetworkState | None" = None,
    ) -> None:
        self.session = session
        self.scope = scope
        self.level = level
        self.home = level
        self.inputs = inputs
        self.current = current
        self.definition = definition
        self.network = network
        self.turns: tuple[int, ...] = ()
        self.chain: Span | None = None

    def inner(self, level: Level | None = None, body: bool = False) -> "Context":
        """The context of braces inside this one; `body` for those of a named level, which keep
        their values.
        """
        scope = Scope(self.scope.module, self.scope, body)
        inner = Context(
            self.session,
            scope,
            level or self.level,
            self.inputs,
            self.current,
            self.definition,
            self.network,
        )
        inner.home = inner.level if body else self.home
        inner.turns = self.turns
        inner.chain = self.chain
        return inner

    def place(self) -> Place:
        return Place(self.scope, self.current, self.inputs, instance=not self._lacks_input())

    def _lacks_input(self) -> bool:
        """Whether this is a network without an `input`, which is reported once, at its name."""
        return self.network is not None and not self.network.inputs

    def origin(self, span: Span, node: object) -> Origin:
        return Origin._make((span, node, self.scope, self.turns, self.chain or span))

    def flowing(self, span: Span) -> int:
        """The current value, which a step needs."""
        if self.current is not None:
            return self.current
        if self._lacks_input():
            raise Unknown
        if self.network is not None and len(self.inputs) > 1:
            names = [known.name for known in self.network.inputs]
            raise Mistake(
                "E214",
                f"the network has {len(names)} inputs, and this flow does not say which it uses",
                span,
                help=f"start it from one of them, as in `{names[0]} -> {span.text}`",
            )
        raise Mistake(
            "E214",
            "there is no current value for this step to work on",
            span,
            help=f"start the flow from a value, as in `name -> {span.text}`",
        )

    def bind(self, name: str, tensor: Tensor, span: Span) -> None:
        """Bind a value in the enclosing body."""
        names = self.scope.holder.names
        earlier = names.get(name)
        if earlier is not None and earlier.kind == "parameter":
            raise Mistake(
                "E211",
                f"`{name}` is a parameter, and cannot name a layer or value as well",
                span,
                related=(Related("it is declared here", earlier.span),),
                help="give the parameter another name: that of a layer is in the state dict",
            )
        if earlier is not None:
            same = earlier.span == span
            raise Mistake(
                "E211",
                f"`{name}` is bound twice in this body",
                span,
                related=() if same else (Related("first bound here", earlier.span),),
                help=f'compute the name in a loop: "{name}{{i}}" = ...'
                if same
                else f"for example `{name}_2`",
            )
        names[name] = Binding("value", tensor, span)
        self.home.names[name] = (tensor.value, tensor.instance)

    def text(self, name: ast.Name | ast.String) -> str:
        """A name that is written or computed."""
        if isinstance(name, ast.Name):
            return name.id
        return self.session.evaluator.text(name, self.place())
