"""Networks: their inputs and outputs, expectations and facts, from the first statement to the
finished graph.
"""

from collections.abc import Mapping, Sequence

from archdsl.diagnostics import Related
from archdsl.elaborate import facts, statements
from archdsl.elaborate.binding import checked_argument, complete_arguments, given_arguments
from archdsl.elaborate.context import Context
from archdsl.elaborate.definitions import NetworkDefinition
from archdsl.elaborate.expressions import Place
from archdsl.elaborate.inputs import bind_step_input, declared_type
from archdsl.elaborate.mistakes import Mistake, Unknown
from archdsl.elaborate.naming import Level, output_problem
from archdsl.elaborate.placement import Position, report
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.session import Session
from archdsl.elaborate.tensors import tensor_named
from archdsl.elaborate.values import Tensor
from archdsl.graph.builder import Builder
from archdsl.graph.ir import Fact, Graph, GraphInput, GraphOutput, Instance, Origin
from archdsl.records import NamedTuple
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.types import Symbol


class Expectation(NamedTuple):
    """An `expect` of a network, with the scope it stands in."""

    node: ast.Expect
    scope: Scope


class Elaborated(NamedTuple):
    """A finished network.

    Attributes:
        graph: None where an error was found.
        symbols: the names of its symbolic sizes, as far as they are known.
    """

    name: str
    graph: Graph | None
    expectations: tuple[Expectation, ...]
    symbols: tuple[str, ...] = ()


class NetworkState:
    """What the body of a network collects. For a network used as a step, `step` is the value that
    flows in.
    """

    def __init__(
        self,
        definition: NetworkDefinition,
        sizes: Mapping[str, int] | None = None,
        step: int | None = None,
    ) -> None:
        self.definition = definition
        self.given_sizes = dict(sizes or {})
        self.step = step
        self.symbols: dict[str, Symbol] = {}
        self.inputs: list[GraphInput] = []
        self.outputs: list[GraphOutput] = []
        self.facts: list[Fact] = []
        self.expectations: list[Expectation] = []

    def statement(self, context: Context, node: ast.Statement) -> None:
        """An `input`, `output` or `expect`."""
        if isinstance(node, ast.InputDeclaration):
            self._input(context, node)
        elif isinstance(node, ast.Output):
            self._output(context, node)
        elif isinstance(node, ast.Expect) and self.step is None:
            self.expectations.append(Expectation(node, context.scope))

    def _input(self, context: Context, node: ast.InputDeclaration) -> None:
        session = context.session
        if self.step is not None:
            value = self._step_input(context, node, self.step)
        else:
            try:
                type_ = declared_type(context, node, self.symbols, self.given_sizes)
            except Mistake as mistake:
                report(context, mistake.diagnostic)
                type_ = None
            session.symbols = session.builder.symbols = tuple(self.symbols.values())
            session.sizes = {
                name: symbol.hint
                for name, symbol in self.symbols.items()
                if symbol.hint is not None
            } or None
            value = session.builder.value(type_)
        self.inputs.append(GraphInput(node.name.id, node.kind.id, value, node.span))
        context.bind(node.name.id, Tensor(value), node.name.span)
        context.inputs = tuple([known.value for known in self.inputs])
        # With several inputs the first flow has to say which one it starts from.
        context.current = value if len(self.inputs) == 1 else None

    def _step_input(self, context: Context, node: ast.InputDeclaration, value: int) -> int:
        """The value that flows into a network used as a step, if it fits its input."""
        session = context.session
        type_ = session.builder.types[value]
        call = session.calls[-1]
        if type_ is not None:
            try:
                bind_step_input(context, node, type_, call)
            except Mistake as mistake:
                session.report_call(mistake.diagnostic)
                return session.builder.value(None)
        return value

    def _output(self, context: Context, node: ast.Output) -> None:
        for name in node.names:
            text = context.text(name)
            tensor = tensor_named(context.session, text, name.span, context.scope)
            problem = output_problem(text)
            if problem is not None:
                raise Mistake(
                    "E212",
                    problem,
                    name.span,
                    help=f'give the value a second name: `result = "{text}"`, then `output result`',
                )
            earlier = [known for known in self.outputs if known.name == text]
            if earlier:
                raise Mistake(
                    "E211",
                    f"`{text}` is an output already",
                    name.span,
                    related=(Related("the first time here", earlier[0].span),),
                )
            self.outputs.append(GraphOutput(text, tensor.value, node.training, name.span))

    def fact(self, context: Context, call: ast.Call) -> None:
        """A fact about the task; those of a network used as a step are left out."""
        if self.step is not None:
            return
        fact = facts.stated(context.session, call, context.place())
        earlier = [known for known in self.facts if known.name == fact.name]
        if earlier:
            raise Mistake(
                "E211",
                f"`{fact.name}` is stated twice",
                call.span,
                related=(Related("the first time here", earlier[0].span),),
                help="keep one of them",
            )
        self.facts.append(fact)

    # --- results ----------------------------------------------------------------------------------

    def step_results(self, context: Context) -> dict[str, int]:
        """The values of a network used as a step: its outputs that are not for training only."""
        results = {output.name: output.value for output in self.outputs if not output.training}
        if results:
            return results
        if context.current is None:
            raise self._no_result()
        return {"": context.current}

    def _no_result(self) -> Mistake:
        return Mistake(
            "E218",
            f"the network `{self.definition.name}` ends without a current value",
            self.definition.span,
            help="say what it gives back: `output name`",
        )

    def finish(self, context: Context, found_before: int) -> Graph | None:
        """The graph, unless something in this network was reported."""
        session, builder = context.session, context.session.builder
        span = self.definition.span
        if not self.inputs:
            self._report(
                session,
                f"the network `{self.definition.name}` has no input",
                "input image: image[3, H=224, W=224]",
            )
        elif (
            not builder.steps
            and session.reporter.size == found_before
            and None not in builder.types
        ):
            self._report(session, f"the network `{self.definition.name}` has no layer", "conv(64)")
        outputs = list(self.outputs)
        if not [output for output in outputs if not output.training]:
            if context.current is None and session.reporter.size == found_before:
                session.report(self._no_result().diagnostic)
            elif context.current is not None:
                outputs.insert(
                    0, GraphOutput(self._output_name(context), context.current, False, span)
                )
        if session.reporter.size > found_before or None in builder.types:
            return None
        sizes = {name: symbol.hint or symbol.first for name, symbol in self.symbols.items()}
        return builder.finish(
            self.definition.name,
            self.definition.doc,
            span,
            self.inputs,
            outputs,
            tuple(self.symbols.values()),
            sizes,
            self.facts,
        )

    def _report(self, session: Session, message: str, example: str) -> None:
        session.report(
            Mistake(
                "E218", message, self.definition.span, help=f"for example `{example}`"
            ).diagnostic
        )

    @staticmethod
    def _output_name(context: Context) -> str:
        """The name that the last value is bound to, else "output"."""
        names = [
            name
            for name, binding in context.scope.names.items()
            if isinstance(binding.value, Tensor)
            and binding.value.value == context.current
            and output_problem(name) is None
        ]
        return names[-1] if names else "output"


def instance(
    definition: NetworkDefinition,
    where: Position,
    args: tuple[tuple[str, object], ...],
    origin: Origin,
    inputs: tuple[int, ...],
) -> Instance:
    """The tree node of a network that is used as a step."""
    return Instance(
        "network",
        definition.name,
        definition.doc,
        where.name,
        where.path,
        where.parent,
        args,
        inputs,
        (),
        (),
        {},
        origin,
        definition.node,
        use_of=None if where.owner is None else ~where.owner,
    )


def bind_network(
    session: Session,
    definition: NetworkDefinition,
    args: Sequence[ast.Argument],
    fixed: Mapping[str, object],
    place: Place,
    span: Span,
) -> tuple[Scope, tuple[tuple[str, object], ...]]:
    """The scope of a network's body with every parameter bound: by the call, by what a variant or
    partial application has fixed, by defaults.
    """
    values = given_arguments(
        session, definition.name, definition.parameters, args, dict(fixed), place
    )
    scope = Scope(definition.module, None, body=True)
    bound = complete_arguments(session, definition.name, definition.parameters, values, scope, span)
    return scope, bound


def elaborate_network(
    session: Session,
    definition: NetworkDefinition,
    fixed: Mapping[str, object],
    arguments: Mapping[str, object],
    sizes: Mapping[str, int],
    call: Span | None = None,
) -> Elaborated:
    """Elaborate a network with what its variants have fixed, and with further arguments.

    `call` is where a plan names the network, if one does: there its arguments stand.
    """
    session.builder = Builder(session.builder.layers)
    session.sizes = None
    session.symbols = ()
    found_before = session.reporter.size
    span = definition.span
    state = NetworkState(definition, sizes)
    try:
        place = Place(Scope(definition.module, None))
        checked = _checked_arguments(session, definition, arguments, place)
        scope, args = bind_network(
            session, definition, (), {**fixed, **checked}, place, call or span
        )
    except Mistake as mistake:
        session.report_call(mistake.diagnostic)
        return Elaborated(definition.name, None, ())
    except Unknown:
        return Elaborated(definition.name, None, ())
    origin = Origin(span, definition.node, scope, (), span)
    root = session.builder.open(
        Instance(
            "network",
            definition.name,
            definition.doc,
            "",
            "",
            None,
            args,
            (),
            (),
            (),
            {},
            origin,
            definition.node,
        )
    )
    level = Level(root, "", numbered=False)
    context = Context(session, scope, level, (), None, definition.node, state)
    statements.run_body(context, definition.node.body)
    expectations = _variant_statements(session, definition, state, scope)
    session.builder.instances[root] = session.builder.instances[root]._replace(
        inputs=tuple([known.value for known in state.inputs])
    )
    session.builder.close(root, () if context.current is None else (context.current,), level.names)
    graph = state.finish(context, found_before)
    return Elaborated(definition.name, graph, expectations, tuple(state.symbols))


def _checked_arguments(
    session: Session, definition: NetworkDefinition, arguments: Mapping[str, object], place: Place
) -> dict[str, object]:
    """Arguments from outside, checked against the declared types; a mistake is shown there."""
    return {
        name: checked_argument(
            session, definition.name, parameter, arguments[name], parameter.span, place
        )
        for name, parameter in definition.parameters.items()
        if name in arguments
    }


def _variant_statements(
    session: Session, definition: NetworkDefinition, state: NetworkState, scope: Scope
) -> tuple[Expectation, ...]:
    """The expectations of the network as declared: its own, or those of its outermost variant."""
    if not definition.variants:
        return tuple(state.expectations)
    variant = definition.variants[0]
    expectations = []
    for statement in variant.body.statements if variant.body else ():
        if isinstance(statement, ast.Expect):
            expectations.append(Expectation(statement, scope))
        else:
            session.report(
                Mistake(
                    "E217",
                    "the body of a variant may only add `expect` statements and a doc string",
                    statement.span,
                    related=(
                        Related("the network itself is declared here", definition.node.name.span),
                    ),
                ).diagnostic
            )
    return tuple(expectations)
