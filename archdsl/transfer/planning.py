"""The body of a `transfer`, run over its network."""

from collections.abc import Callable, Sequence

from archdsl.annotations import cast
from archdsl.diagnostics import Related
from archdsl.elaborate import Elaborator
from archdsl.elaborate.binding import missing
from archdsl.elaborate.definitions import TransferDefinition
from archdsl.elaborate.elaborator import Deep
from archdsl.elaborate.expressions import UNRESOLVED, Place
from archdsl.elaborate.facts import PARAMETERS as FACTS
from archdsl.elaborate.facts import stated
from archdsl.elaborate.mistakes import Mistake, Stop, Unknown
from archdsl.elaborate.scope import Binding, Scope
from archdsl.elaborate.session import Session
from archdsl.elaborate.suggest import proposal
from archdsl.graph.ir import Fact, Graph
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.transfer.calls import NEEDED, PARAMETERS, arguments
from archdsl.transfer.checkpoint import compared, located
from archdsl.transfer.grouping import Part, Share, groups_of, parts_of, without_group
from archdsl.transfer.layers import Finder, Named, is_rest
from archdsl.transfer.plan import Dataset, Plan, Weights
from archdsl.transfer.strategies import expanded, parameters_of
from archdsl.transfer.tree import Tree, listed, source_form


def planned(elaborator: Elaborator, name: str, graph: Graph) -> Plan | None:
    """The plan of this name over its network; None where something is wrong, which is reported."""
    definition = elaborator.transfer(name)
    session = elaborator.session
    if definition is None or session.stopped:
        return None
    found_before = session.reporter.size
    planner = _Planner(session, definition, graph)
    try:
        with Deep():
            planner.run(definition.node.body, planner.scope)
            parts = planner.parts()
    except Stop:
        return None
    if session.reporter.size > found_before or parts is None:
        return None
    doc = definition.node.body.doc
    return Plan(
        name,
        doc.text if doc else "",
        graph,
        planner.weights,
        planner.dataset,
        planner.epochs,
        planner.strategy,
        groups_of(planner.tree, parts),
        definition.node.name.span,
    )


class _Planner:
    """One plan at work: what its calls have said so far."""

    def __init__(self, session: Session, definition: TransferDefinition, graph: Graph) -> None:
        self._session = session
        self._definition = definition
        self._said: dict[str, Span] = {}
        self._shares: list[Share] = []
        self._expanded: list[Part] = []
        self._broken = False
        """Whether something could not be understood: then layers may seem to be in no group."""
        self.tree = Tree(graph)
        self.scope = Scope(definition.module, None, body=True)
        self.weights: Weights | None = None
        self.dataset: Dataset | None = None
        self.epochs: int | None = None
        self.strategy: str | None = None

    # --- statements -------------------------------------------------------------------------------

    def run(self, body: ast.Body, scope: Scope) -> None:
        """Run statements; one that fails is reported."""
        for statement in body.statements:
            self._session.spend(1, statement.span)
            try:
                self._statement(statement, scope)
            except Mistake as mistake:
                self._session.report(mistake.diagnostic)
                self._broken = True
            except Unknown:
                self._broken = True

    def _statement(self, statement: ast.Statement, scope: Scope) -> None:
        evaluator, place = self._session.evaluator, Place(scope)
        if isinstance(statement, ast.Let):
            name = statement.name
            scope.names[name.id] = Binding("let", UNRESOLVED, name.span)
            value = evaluator.value(statement.value, place)
            scope.names[name.id] = Binding("let", value, name.span)
        elif isinstance(statement, ast.For):
            for item in evaluator.items(statement.iterable, place):
                self._session.spend(1, statement.span)
                inner = Scope(scope.module, scope)
                evaluator.bind(statement.targets, item, inner)
                self.run(statement.body, inner)
        elif isinstance(statement, ast.If):
            branch: ast.Body | ast.If | None = statement
            while isinstance(branch, ast.If):
                truth = evaluator.truth(branch.condition, place)
                branch = branch.then if truth else branch.otherwise
            if branch is not None:
                self.run(branch, Scope(scope.module, scope))
        else:
            self._call(_call_of(statement), place)

    def _call(self, call: ast.Call, place: Place) -> None:
        name = call.name.id
        if name in FACTS:
            self._once(name, call.span)
            self._fact(stated(self._session, call, place), call)
        elif name in _HANDLERS:
            _HANDLERS[name](self, call, place)
        else:
            raise Mistake(
                "E505",
                f"a plan has no `{name}`",
                call.name.span,
                help=proposal(name, _KNOWN, f"it has {', '.join(_KNOWN)}"),
            )

    def _once(self, what: str, span: Span) -> None:
        earlier = self._said.setdefault(what, span)
        if earlier is not span:
            raise Mistake(
                "E211",
                f"`{what}` is stated twice",
                span,
                related=(Related("the first time here", earlier),),
                help="keep one of them",
            )

    # --- calls ------------------------------------------------------------------------------------

    def _fact(self, fact: Fact, call: ast.Call) -> None:
        """What the task is like. Losses and batches are no part of a plan: the linter reads them
        where they stand.
        """
        if fact.name == "epochs":
            self.epochs = cast(int, fact.args["count"])
        elif fact.name == "dataset":
            if "images" not in fact.args:
                raise missing("dataset", "images", "", call.span)
            images, domain = cast(int, fact.args["images"]), fact.args.get("domain")
            self.dataset = Dataset(images, cast("str | None", domain), call.span)

    def _weights(self, call: ast.Call, place: Place) -> None:
        self._once("weights", call.span)
        values = self._arguments(call, place)
        file = cast(str, values["file"])
        named: list[Named] = []
        foreign: list[Named] = []
        if "except" in values:
            finder = Finder(self._session, self.tree, place)
            named, foreign = finder.named_or_foreign(cast(ast.Expr, values["except"]))
        units = {unit for one in named for unit in one.units}
        replaced = (*self.tree.paths(units), *[one.path for one in foreign])
        path = located(self._definition.module, file, call.span)
        self.weights = Weights(file, path, replaced, call.span)
        found = compared(self.tree, self.weights, foreign)
        if found is not None:
            self._session.report(found)

    def _train(self, call: ast.Call, place: Place) -> None:
        values = self._arguments(call, place)
        rate = float(cast(float, values.get("lr", 1.0)))
        first_epoch = cast(int, values.get("from_epoch", 0))
        decay = cast("float | None", values.get("decay"))
        self._share(call, values["layers"], place, rate, first_epoch, decay)

    def _freeze(self, call: ast.Call, place: Place) -> None:
        values = self._arguments(call, place)
        self._share(call, values["layers"], place, None, 0, None)

    def _arguments(self, call: ast.Call, place: Place) -> dict[str, object]:
        name = call.name.id
        return arguments(self._session, call, PARAMETERS[name], NEEDED[name], place)

    def _share(
        self,
        call: ast.Call,
        layers: object,
        place: Place,
        rate: float | None,
        first_epoch: int,
        decay: float | None,
    ) -> None:
        node = cast(ast.Expr, layers)
        named = None if is_rest(node) else tuple(self._named(node, place))
        if rate is not None and named is not None:
            self._check_learning(named)
        self._shares.append(Share(named, rate, first_epoch, decay, node.span, call.span))

    def _named(self, node: object, place: Place) -> list[Named]:
        return Finder(self._session, self.tree, place).named(cast(ast.Expr, node))

    def _check_learning(self, named: Sequence[Named]) -> None:
        """Something that is trained has parameters: buffers alone can be frozen, no more."""
        for one in named:
            if not self.tree.learns(one.units):
                raise Mistake(
                    "E502",
                    f"{one.text} has no parameters to train",
                    one.span,
                    help="freeze it, or leave it out",
                )

    def _strategy(self, call: ast.Call, place: Place) -> None:
        self._once("strategy", call.span)
        values = arguments(self._session, call, parameters_of(None), ("name", "head"), place)
        name = cast(str, values["name"])
        # Once more, now that it is known which options this one takes.
        arguments(self._session, call, parameters_of(name), (), place)
        head = self._named(values["head"], place)
        self._check_learning(head)
        self._expanded = expanded(self.tree, name, head, values, call.span)
        self.strategy = name

    # --- groups -----------------------------------------------------------------------------------

    def parts(self) -> list[Part] | None:
        """What the groups are made of; None where something is wrong with them."""
        try:
            parts, found = parts_of(self.tree, self._shares)
        except Mistake as mistake:
            parts, found = [], [mistake]
        strategy = self._said.get("strategy")
        if strategy is not None and self._shares:
            found = [_beside_strategy(self._shares[0], strategy)]
        elif not found and not self._broken:
            parts = self._expanded or parts
            found = self._incomplete(parts)
        for one in found:
            self._session.report(one.diagnostic)
        return None if found or self._broken else parts

    def _incomplete(self, parts: Sequence[Part]) -> list[Mistake]:
        """Parameters in no group, or nothing that learns."""
        name = self._definition.node.name
        left = without_group(self.tree, parts)
        if left:
            paths = [f"`{source_form(path)}`" for path in left]
            return [
                Mistake(
                    "E504",
                    f"{listed(paths)} of {self.tree.graph.name} "
                    f"{'is' if len(left) == 1 else 'are'} in no group of `{name.id}`",
                    name.span,
                    help="say what becomes of the rest: `freeze(rest)`, or `train(rest, lr=0.1)`",
                )
            ]
        learning = [part for part in parts if part.rate is not None]
        first = min((part.first_epoch for part in learning), default=None)
        if first is None:
            return [
                Mistake(
                    "E506",
                    f"`{name.id}` trains nothing",
                    name.span,
                    help="train the layers that start anew, such as the last linear layer",
                )
            ]
        if first:
            part = next(part for part in learning if part.first_epoch == first)
            return [
                Mistake(
                    "E506",
                    f"`{name.id}` trains nothing before epoch {first}",
                    part.span,
                    help="epochs count from 0: leave `from_epoch` out where training begins",
                )
            ]
        return []


def _call_of(statement: ast.Statement) -> ast.Call:
    """The call that a statement is; anything else has no place in a plan."""
    if isinstance(statement, ast.Flow) and len(statement.steps) == 1:
        step = statement.steps[0]
        if isinstance(step, ast.Call):
            return step
    raise Mistake(
        "E505",
        "a plan has only calls such as `train` and `freeze`",
        statement.span,
        help=f"it has {', '.join(_KNOWN)}, and `let`, `for` and `if` around them",
    )


def _beside_strategy(share: Share, strategy: Span) -> Mistake:
    return Mistake(
        "E505",
        f"`{share.span.text.partition('(')[0]}` stands beside a strategy, which makes all groups",
        share.span,
        related=(Related("the strategy is here", strategy),),
        help="leave one of them out",
    )


_HANDLERS: dict[str, Callable[[_Planner, ast.Call, Place], None]] = {
    "weights": _Planner._weights,
    "train": _Planner._train,
    "freeze": _Planner._freeze,
    "strategy": _Planner._strategy,
}
_KNOWN = (*_HANDLERS, *FACTS)
