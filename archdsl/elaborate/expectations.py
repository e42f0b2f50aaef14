"""`expect` statements: conditions on a finished network's figures."""

from collections.abc import Callable, Collection, Mapping

from archdsl.annotations import TYPE_CHECKING, Protocol
from archdsl.diagnostics import Diagnostic
from archdsl.elaborate.expressions import Evaluator, Place
from archdsl.elaborate.mistakes import Mistake, Unknown
from archdsl.elaborate.networks import Elaborated, Expectation
from archdsl.elaborate.values import text_of
from archdsl.graph.ir import Graph
from archdsl.syntax import ast

if TYPE_CHECKING:
    from archdsl.elaborate.session import Session

LAYER_FIGURES = ("shape", "channels", "receptive_field", "stride")


class Figures(Protocol):
    """What the analysis answers; it stands above this stage, so it is handed in.

    `names` are the figures of the whole network that an expectation may name.
    """

    names: Collection[str]

    def figure(self, name: str) -> object | None: ...

    def layer(self, path: str) -> object | None: ...


class FigureEvaluator(Evaluator):
    """Evaluates expectations: the network's figures win over everything else in scope."""

    def __init__(self, session: "Session", figures: Figures, graph: Graph) -> None:
        super().__init__(session)
        self._figures = figures
        self._graph = graph
        self.used: dict[str, object] = {}
        """The figures that were read and their values, for the message."""

    def figure(self, node: ast.Name, place: Place) -> object:
        binding = place.scope.find(node.id)
        if binding is not None and binding.kind == "parameter":
            raise Mistake(
                "E211",
                f"`{node.id}` is a figure of the network and a parameter of it",
                node.span,
                help="rename the parameter",
            )
        value = self.used[node.id] = _plain(self._figures.figure(node.id))
        return value

    def _name(self, node: ast.Name, place: Place) -> object:
        return (
            self.figure(node, place)
            if node.id in self._figures.names
            else super()._name(node, place)
        )

    def _attribute(self, node: ast.Attribute, place: Place) -> object:
        path = _path(node.value)
        if path is None or node.name.id not in LAYER_FIGURES:
            return self._other_attribute(node, path, place)
        if path == "output":
            value = self._figures.figure("output.shape")
        else:
            layer = self._figures.layer(path)
            if layer is None:
                raise Mistake(
                    "E220",
                    f"the network has no layer or value `{path}`",
                    node.value.span,
                    help=self._session.proposal(path, lambda: _paths(self._graph)),
                )
            value = getattr(layer, node.name.id)
        self.used[node.span.text] = _plain(value)
        return _plain(value)

    def _other_attribute(self, node: ast.Attribute, path: str | None, place: Place) -> object:
        try:
            return super()._attribute(node, place)
        except Mistake as mistake:
            if path is None or self._figures.layer(path) is None:
                raise
            raise Mistake(
                "E206",
                f"the layer `{path}` has no `.{node.name.id}`",
                node.name.span,
                help="layers have `.shape`, `.channels`, `.receptive_field` and `.stride`",
            ) from mistake

    handlers: Mapping[type, Callable[..., object]] = {
        **Evaluator.handlers,
        ast.Name: _name,
        ast.Attribute: _attribute,
    }


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _path(node: ast.Expr) -> str | None:
    """The layer path that an expression spells: `layer3`, `layer3[0].conv1`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.String) and all(isinstance(part, str) for part in node.parts):
        return "".join(part for part in node.parts if isinstance(part, str))
    if isinstance(node, ast.Attribute):
        inner = _path(node.value)
        return None if inner is None else f"{inner}.{node.name.id}"
    if isinstance(node, ast.Index) and isinstance(node.index, ast.Number):
        inner = _path(node.value)
        return None if inner is None else f"{inner}.{node.index.value}"
    return None


def _paths(graph: Graph) -> list[str]:
    """The paths of all layers and instances."""
    return [*[inner.path for inner in graph.instances[1:]], *[step.path for step in graph.steps]]


def check_expectations(
    elaborated: Elaborated, session: "Session", figures: Figures
) -> list[Diagnostic]:
    """The expectations of a network that do not hold, with the values found."""
    if elaborated.graph is None or not elaborated.expectations:
        return []
    graph = elaborated.graph
    inputs = tuple([known.value for known in graph.inputs])
    found = []
    evaluator = FigureEvaluator(session, figures, graph)
    for expectation in elaborated.expectations:
        diagnostic = _check(expectation, evaluator, inputs)
        if diagnostic is not None:
            found.append(diagnostic)
    return found


def _check(
    expectation: Expectation, evaluator: FigureEvaluator, inputs: tuple[int, ...]
) -> Diagnostic | None:
    node = expectation.node
    place = Place(expectation.scope, None, inputs)
    evaluator.used.clear()
    try:
        if evaluator.truth(node.condition, place):
            return None
        message = evaluator.text(node.message, place) if node.message else None
    except Mistake as mistake:
        return mistake.diagnostic
    except Unknown:
        return None
    values = ", ".join(f"{name} is {_shown(value)}" for name, value in evaluator.used.items())
    text = f"expected {' '.join(node.condition.span.text.split())}"
    return Diagnostic(
        "E601",
        f"{message}: {text}" if message else text,
        node.condition.span,
        help=values or "the condition has no figure in it",
    )


def _shown(value: object) -> str:
    return f"{value:_}" if isinstance(value, int) and abs(value) >= 10_000 else text_of(value)
