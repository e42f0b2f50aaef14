"""What can be checked of a block or network that nothing instantiates: names, argument names and
literal types.

Shapes need an instance. Parameters and values are bound to `UNRESOLVED`, so that evaluating an
expression finds unknown names and ill-typed literals and stays silent about everything that would
need an argument.
"""

from collections.abc import Callable, Iterable

from archdsl.elaborate.binding import (
    assign,
    checked_argument,
    given_op_arguments,
    missing,
    with_words,
    wrong_type,
)
from archdsl.elaborate.definitions import (
    BlockDefinition,
    ExternDefinition,
    Module,
    NetworkDefinition,
)
from archdsl.elaborate.expressions import UNRESOLVED, Place
from archdsl.elaborate.merges import merge_op
from archdsl.elaborate.mistakes import Mistake, Stop, Unknown
from archdsl.elaborate.modules import FACTS
from archdsl.elaborate.scope import Binding, Scope
from archdsl.elaborate.session import Session
from archdsl.elaborate.statements import not_in_block
from archdsl.elaborate.suggest import proposal
from archdsl.elaborate.values import TYPES, BlockValue, Function, matches, type_text
from archdsl.ops.base import REQUIRED, Op
from archdsl.source import Span
from archdsl.syntax import ast


def check_parameters(session: Session, what: str, parameters: Iterable[ast.Parameter]) -> None:
    """Unknown type names, literal defaults of another type, and parameters declared twice."""
    seen: set[str] = set()
    for parameter in parameters:
        if parameter.name.id in seen:
            session.report(
                Mistake(
                    "E211", f"the parameter `{parameter.name.id}` is declared twice", parameter.span
                ).diagnostic
            )
        seen.add(parameter.name.id)
        _check_type(session, parameter.type)
        default = parameter.default
        if isinstance(default, ast.Number | ast.Constant) and not matches(
            parameter.type, default.value
        ):
            session.report(
                wrong_type(
                    what, parameter.name.id, type_text(parameter.type), default.value, default.span
                ).diagnostic
            )


def _check_type(session: Session, type_: ast.Type) -> None:
    for name in type_.alternatives:
        rule = TYPES.get(name.name.id)
        if rule is None:
            help = proposal(name.name.id, TYPES, f"types are {', '.join(TYPES)}")
            mistake = Mistake(
                "E206", f"there is no type `{name.name.id}`", name.name.span, help=help
            )
        elif name.element is not None and not rule.element:
            mistake = Mistake("E206", f"`{name.name.id}` takes no element type", name.span)
        elif name.element is None and rule.element:
            mistake = Mistake(
                "E206", "a list type names its items", name.span, help="for example `list[int]`"
            )
        else:
            if name.element is not None:
                _check_type(session, name.element)
            continue
        session.report(mistake.diagnostic)


class StaticCheck:
    """Walks one definition without an instance of it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._network = False
        self._computed = False
        """Whether a name was computed: then an unknown one may be that."""

    def function(self, function: Function) -> None:
        """Check the expression of a `fn`."""
        assert isinstance(function.module, Module)
        scope = Scope(function.module, None)
        self._parameters(function.definition.parameters, scope)
        self._expression(function.definition.value, scope)

    def definition(self, definition: BlockDefinition | NetworkDefinition) -> None:
        """Check the body of a block or network."""
        scope = Scope(definition.module, None, body=True)
        self._parameters(definition.parameters.values(), scope)
        self._network = isinstance(definition, NetworkDefinition)
        self._computed = False
        body = definition.node.body
        if isinstance(body, ast.Flow):
            self._flow(body, scope)
        else:
            self._body(body, scope)

    def extern(self, definition: ExternDefinition) -> None:
        """Check the expressions of an `extern op`."""
        scope = Scope(definition.module, None)
        self._parameters(definition.parameters.values(), scope)
        self._expression(definition.shape, scope)
        if definition.params is not None:
            self._expression(definition.params, scope)

    def _parameters(self, parameters: Iterable[ast.Parameter], scope: Scope) -> None:
        for parameter in parameters:
            if parameter.default is not None:
                self._expression(parameter.default, scope)
            self._declare(scope, parameter.name)

    @staticmethod
    def _declare(scope: Scope, name: ast.Name) -> None:
        scope.names.setdefault(name.id, Binding("let", UNRESOLVED, name.span))

    def _declare_label(self, scope: Scope, label: ast.Name | ast.String) -> None:
        """Declare, in the enclosing body, a name that may be computed."""
        if isinstance(label, ast.Name):
            self._declare(scope.holder, label)
        elif all(isinstance(part, str) for part in label.parts):
            text = "".join([part for part in label.parts if isinstance(part, str)])
            self._declare(scope.holder, ast.Name(text, label.span))
        else:
            self._expression(label, scope)
            self._computed = True

    def _try(self, check: Callable[..., object], *args: object) -> bool:
        """Run a check and report its mistake; whether it came to an end."""
        try:
            check(*args)
        except Mistake as mistake:
            if not (self._computed and mistake.diagnostic.code in ("E201", "E202")):
                self._session.report(mistake.diagnostic)
                if self._session.reporter.full:
                    raise Stop from None
        except Unknown:
            return False
        return True

    # --- statements -------------------------------------------------------------------------------

    def _body(self, body: ast.Body, scope: Scope) -> None:
        for statement in body.statements:
            self._statement(statement, scope)

    def _statement(self, statement: ast.Statement, scope: Scope) -> None:
        if isinstance(statement, ast.Flow):
            first = statement.steps[0]
            if not (isinstance(first, ast.Call) and first.name.id in FACTS):
                self._flow(statement, scope)
        elif isinstance(statement, ast.Bind | ast.Shared):
            self._flow(statement.flow, scope)
            self._declare_label(scope, statement.name)
        elif isinstance(statement, ast.MultiBind):
            self._flow(statement.flow, scope)
            for name in statement.names:
                self._declare(scope.holder, name)
        elif isinstance(statement, ast.Let):
            self._expression(statement.value, scope)
            self._declare(scope, statement.name)
        elif isinstance(statement, ast.For):
            self._expression(statement.iterable, scope)
            inner = Scope(scope.module, scope)
            for name in statement.targets:
                self._declare(inner, name)
            self._body(statement.body, inner)
        elif isinstance(statement, ast.If):
            self._conditional(statement, scope)
        elif isinstance(statement, ast.Default):
            self._try(self._session.default_values, statement, Place(scope, instance=False))
        elif not self._network:
            self._session.report(not_in_block(statement).diagnostic)
        elif isinstance(statement, ast.InputDeclaration):
            self._input(statement, scope)

    def _conditional(self, statement: ast.If, scope: Scope) -> None:
        branch: ast.Body | ast.If | None = statement
        while isinstance(branch, ast.If):
            self._expression(branch.condition, scope)
            self._body(branch.then, Scope(scope.module, scope))
            branch = branch.otherwise
        if branch is not None:
            self._body(branch, Scope(scope.module, scope))

    def _input(self, statement: ast.InputDeclaration, scope: Scope) -> None:
        self._declare(scope, statement.name)
        for dimension in statement.dimensions:
            if dimension.name is not None:
                self._declare(scope, dimension.name)
            elif isinstance(dimension.value, ast.Name) and not self._session.defines(
                scope.module, dimension.value.id
            ):
                self._declare(scope, dimension.value)
            self._expression(dimension.value, scope)

    # --- flows ------------------------------------------------------------------------------------

    def _flow(self, flow: ast.Flow, scope: Scope) -> None:
        for index, step in enumerate(flow.steps):
            if isinstance(step, ast.Call):
                value = index == 0 and step.args is None and scope.find(step.name.id) is not None
                if not value:
                    self._try(self._call, step, scope)
            elif isinstance(step, ast.Value):
                self._expression(step.expr, scope)
            elif isinstance(step, ast.Braces):
                self._body(step.body, Scope(scope.module, scope))
            elif isinstance(step, ast.Repeat):
                self._expression(step.count, scope)
                inner = Scope(scope.module, scope)
                if step.variable is not None:
                    self._declare(inner, step.variable)
                self._body(step.body, inner)
            elif isinstance(step, ast.Combine):
                self._combine(step, scope)
            else:
                self._residual(step, scope)

    def _combine(self, step: ast.Combine, scope: Scope) -> None:
        self._try(
            given_op_arguments,
            self._session,
            merge_op(step.op),
            step.args or (),
            {},
            Place(scope, instance=False),
        )
        for branch in step.branches:
            self._flow(branch.flow, scope)
            if branch.name is not None:
                self._declare_label(scope, branch.name)

    def _residual(self, step: ast.Residual, scope: Scope) -> None:
        self._try(assign, "residual", ("drop", "op"), step.args or (), {})
        if step.condition is not None:
            self._expression(step.condition, scope)
        self._body(step.body, Scope(scope.module, scope))
        if step.shortcut is not None:
            inner = step.shortcut.step
            if not (isinstance(inner, ast.Call) and inner.name.id == "project"):
                self._flow(ast.Flow((inner,), inner.span), scope)

    def _call(self, call: ast.Call, scope: Scope) -> None:
        name = call.name.id
        binding = scope.find(name)
        if binding is not None:
            for argument in call.args or ():
                self._expression(argument.value, scope)
            return
        value = self._session.named(scope.module, call.name, scope)
        if value is None:
            from archdsl.elaborate.foreign import no_such_layer  # only on errors

            raise no_such_layer(
                call.name,
                self._session.proposal(
                    name, lambda: self._session.names_of(scope.module) | scope.visible()
                ),
            )
        if isinstance(value, BlockValue):
            self._arguments(value, call.args or (), scope, call.span)

    def _arguments(
        self, block: BlockValue, args: tuple[ast.Argument, ...], scope: Scope, span: Span
    ) -> None:
        target = block.target
        place = Place(scope, instance=False)
        fixed = dict(block.fixed)
        if isinstance(target, Op):
            parameters = target.parameter_named
            bound = assign(target.name, parameters, args, fixed)
            for known, argument in bound.items():
                named = ast.Argument(ast.Name(known, argument.span), argument.value, argument.span)
                if not self._try(given_op_arguments, self._session, target, (named,), {}, place):
                    words = parameters[known].kind.words
                    self._parts(argument.value, with_words(scope, words, argument.span))
            given = {*bound, *fixed, *dict(block.defaults)}
            for parameter in target.open_parameters:
                if parameter.default is REQUIRED and parameter.name not in given:
                    raise missing(target.name, parameter.name, f" ({parameter.kind.text})", span)
        elif isinstance(target, BlockDefinition | ExternDefinition | NetworkDefinition):
            bound = assign(target.name, target.parameters, args, fixed)
            for name, argument in bound.items():
                self._argument(target.name, target.parameters[name], argument, place)

    def _argument(
        self, what: str, parameter: ast.Parameter, argument: ast.Argument, place: Place
    ) -> None:
        def check() -> None:
            value = self._session.evaluator.value(argument.value, place)
            checked_argument(self._session, what, parameter, value, argument.value.span, place)

        # A text may be the name of a tensor.
        if not isinstance(argument.value, ast.String) and not self._try(check):
            self._parts(argument.value, place.scope)

    def _expression(self, node: ast.Expr, scope: Scope) -> None:
        place = Place(scope, instance=False)
        if not self._try(self._session.evaluator.value, node, place):
            self._parts(node, scope)

    def _parts(self, node: ast.Expr, scope: Scope) -> None:
        """Check the parts of an expression of which nothing is known as a whole."""
        pending = [(part, scope) for part in _operands(node)]
        while pending:
            part, around = pending.pop()
            place = Place(around, instance=False)
            if isinstance(part, ast.Comprehension):
                self._expression(part.iterable, around)
                inner = Scope(around.module, around)
                for target in part.targets:
                    self._declare(inner, target)
                pending += [(part.element, inner)]
                pending += [(part.condition, inner)] if part.condition is not None else []
            elif not self._try(self._session.evaluator.value, part, place):
                pending += [(inner_part, around) for inner_part in _operands(part)]


def _operands(node: ast.Expr) -> list[ast.Expr]:
    """The expressions that an expression is made of."""
    if isinstance(node, ast.Binary):
        # A long sum is a deep left spine.
        found: list[ast.Expr] = []
        while isinstance(node, ast.Binary):
            found.append(node.right)
            node = node.left
        return [*found, node]
    if isinstance(node, ast.Unary):
        return [node.operand]
    if isinstance(node, ast.Comparison):
        return [node.first, *[operand for _, operand in node.rest]]
    if isinstance(node, ast.Conditional):
        return [node.condition, node.then, node.otherwise]
    if isinstance(node, ast.Attribute):
        return [node.value]
    if isinstance(node, ast.Index):
        return [node.value, node.index]
    if isinstance(node, ast.Slice):
        return [part for part in (node.value, node.start, node.stop) if part is not None]
    if isinstance(node, ast.List):
        return list(node.items)
    if isinstance(node, ast.String):
        return [part for part in node.parts if not isinstance(part, str)]
    if isinstance(node, ast.Apply):
        return [argument.value for argument in node.args]
    return [node] if isinstance(node, ast.Comprehension) else []
