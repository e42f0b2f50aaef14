"""What one run of the elaborator shares: modules, findings, finished blocks, limits, and what names
mean.
"""

from collections.abc import Callable, Collection, Mapping

from archdsl.annotations import TYPE_CHECKING
from archdsl.diagnostics import Diagnostic, Frame
from archdsl.elaborate.binding import (
    complete_arguments,
    given_arguments,
    given_op_arguments,
    op_defaults,
)
from archdsl.elaborate.definitions import (
    BlockDefinition,
    ExternDefinition,
    Imported,
    Module,
    NetworkDefinition,
    TransferDefinition,
    by_name,
)
from archdsl.elaborate.expressions import UNRESOLVED, Evaluator, Place, Unresolved
from archdsl.elaborate.mistakes import Mistake, Reporter, Stop, Unknown
from archdsl.elaborate.modules import Program
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.suggest import proposal
from archdsl.elaborate.values import ITEMS_A_TURN, SEQUENCES, BlockValue, Function, weight
from archdsl.graph.builder import MAX_STEPS, Builder, Fragment
from archdsl.graph.ir import Origin
from archdsl.ops import names as op_names
from archdsl.ops import op as find_op
from archdsl.ops.base import Layer, Op, Problem
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.types import Symbol, TensorType

if TYPE_CHECKING:
    from archdsl.elaborate.placement import Position

MAX_CALLS = 512
"""Depth of nested block and function calls."""
LEAST_STEPS = 125_000
"""Steps that any file may expand to: what a few seconds allow. A longer file may expand to as many
as it has characters, up to `MAX_STEPS`: it can have them written one by one.
"""
LEAST_WORK = 100_000
"""Loop turns, statements and calls that any file may take, likewise; a longer one as many as it has
characters.
"""
CALL_COST = 4
"""A function call costs as much as this many loop turns."""
BLOCK_COST = 6
"""A block that is expanded, and not stamped, costs as much as this many loop turns."""
HOLLOW_COST = 12
"""One that makes no layer, which the limit of steps does not see, costs so much."""
MAX_COMPARED = 50_000
"""Names that unknown ones are compared with, in one run, to say which is meant."""


class Remembered:
    """A finished block, and what was found in it, to stamp where the same call stands again."""

    __slots__ = ("found", "fragment")

    def __init__(self, fragment: Fragment, found: tuple[tuple[tuple[str, Span], int], ...]) -> None:
        self.fragment = fragment
        self.found = found


class Session:
    """One run over one file and what it imports."""

    def __init__(self, program: Program, reporter: Reporter) -> None:
        self.program = program
        self.reporter = reporter
        self.evaluator = Evaluator(self)
        self.builder = Builder()
        self.remembered: dict[object, Remembered] = {}
        self.calls: list[Frame] = []
        self.work = 0
        self.most_steps = LEAST_STEPS
        self.most_work = LEAST_WORK
        self._characters = 0
        self._compared = 0
        self.searches = 0
        """How often a size was looked for that is large enough."""
        self._stopped = False
        self.turns_left = 1
        """How many turns the loops around the place at work have left, all of them together."""
        self.symbols: tuple[Symbol, ...] = ()
        """The symbolic sizes of the network at hand: blocks expanded for others are not its."""
        self.sizes: dict[str, int] | None = None
        """The symbolic sizes of the network at hand and the values they are sampled at; None where
        it has none.
        """
        self._definitions: dict[tuple[int, str], object] = {}
        self._evaluating: list[tuple[int, str]] = []

    def end(self) -> None:
        """Nothing more is evaluated. The session and its evaluator know each other: the garbage
        collector would have to find them, and all that they hold.
        """
        del self.evaluator

    # --- findings and limits ----------------------------------------------------------------------

    def report(self, diagnostic: Diagnostic, within: object = None) -> None:
        self.reporter.report(diagnostic, tuple(reversed(self.calls)), within)

    def report_call(self, diagnostic: Diagnostic) -> None:
        """Report what is wrong with the innermost call as such."""
        self.reporter.report(diagnostic, tuple(reversed(self.calls[:-1])))

    def spend(self, amount: int, span: Span) -> None:
        """Count work, and stop a run that would not end in time."""
        self.work += amount
        if self.work > self.most_work:
            raise self.stop(
                "E419",
                f"the file takes more than {self.most_work:,} loop turns, statements and calls",
                span,
                "a loop, a list or a recursion is far too long",
            )

    def spend_on(self, value: object, span: Span) -> None:
        """Count the work of looking at all of a list or string."""
        if isinstance(value, SEQUENCES):
            self.spend(weight(value) // ITEMS_A_TURN, span)

    def stop(self, code: str, message: str, span: Span, help: str) -> Stop:
        """Report that a limit is passed, while the calls that led there are still known."""
        self._stopped = True
        self.report(Diagnostic(code, message, span, help=help))
        return Stop()

    @property
    def stopped(self) -> bool:
        """Whether a limit was passed, or more found than anybody mends."""
        return self._stopped or self.reporter.full

    def budget(self) -> tuple[int, int]:
        """Steps made and work done so far: what a loop compares after its first turn."""
        return len(self.builder.steps), self.work

    def check_loop(self, before: tuple[int, int], turns: int, span: Span) -> None:
        """Stop a loop as soon as its first turn shows that all of them will not fit, those of the
        loops around it included. `turns` is how many the loop has left.
        """
        steps, work = len(self.builder.steps) - before[0], self.work - before[1]
        if steps == 0:
            self.spend(1, span)
            work += 1
        to_come = (turns + 1) * self.turns_left - 1
        if len(self.builder.steps) + steps * to_come > self.most_steps:
            raise self._too_many_steps(len(self.builder.steps) + steps * to_come, span)
        if self.work + work * to_come > self.most_work:
            self.spend(work * to_come, span)

    def check_steps(self, span: Span) -> None:
        if len(self.builder.steps) >= self.most_steps:
            raise self._too_many_steps(len(self.builder.steps) + 1, span)

    def _too_many_steps(self, count: int, span: Span) -> Stop:
        return self.stop(
            "E417",
            f"the network expands to {count:,} steps or more; the limit is {self.most_steps:,}",
            span,
            "a repeat count or the depth of a recursion is far too high",
        )

    def enter(self, name: str, span: Span) -> None:
        """Begin a call of a block or function."""
        self.calls.append(Frame(name, span))
        if len(self.calls) > MAX_CALLS:
            self.calls.pop()
            raise self.stop(
                "E418",
                f"`{name}` is called more than {MAX_CALLS} calls deep",
                span,
                "a recursion needs a condition under which it ends",
            )

    def leave(self) -> None:
        self.calls.pop()

    # --- names at file level ----------------------------------------------------------------------

    def prepare(self, module: Module) -> None:
        """Take a module in: a longer program may do more."""
        self._characters += len(module.source.text)
        self.most_steps = min(MAX_STEPS, max(LEAST_STEPS, self._characters))
        self.most_work = max(LEAST_WORK, self._characters)

    def defaults(self, module: Module, op: str) -> dict[str, object]:
        """What a module's own `default` statements say of an op, evaluated when first needed."""
        if module.default_values is None:
            module.default_values = {}
            for item in module.file.items:
                if isinstance(item, ast.Default):
                    try:
                        values = self.default_values(item, Place(Scope(module, None)))
                        module.default_values.setdefault(item.op.id, {}).update(values)
                    except Mistake as mistake:
                        self.reporter.report(mistake.diagnostic)
            # Ops that these statements themselves name had only the defaults before them.
            module.op_values.clear()
        return module.default_values.get(op, {})

    def default_values(self, item: ast.Default, place: Place) -> dict[str, object]:
        """The values of one `default` statement."""
        op = find_op(item.op.id)
        if op is None:
            own = item.op.id in place.scope.module.entries
            raise Mistake(
                "E202",
                f"`{item.op.id}` is no op of the language, and only these have defaults"
                if own
                else f"there is no op `{item.op.id}`, and only ops have defaults",
                item.op.span,
                help="give its parameters defaults where it is declared"
                if own
                else proposal(item.op.id, op_names()),
            )
        return given_op_arguments(self, op, item.args, {}, place)[0]

    def defines(self, module: Module, name: str) -> bool:
        return name in module.entries

    def names_of(self, module: Module) -> set[str]:
        """The names at a module's top level and those of the ops, for proposals."""
        return set(module.entries) | set(op_names())

    def proposal(
        self, name: str, known: Callable[[], Collection[str]], otherwise: str | None = None
    ) -> str | None:
        """A help sentence: the nearest of the known names, or `otherwise`.

        A run with thousands of unknown names looks no more after the first hundreds of them.
        """
        if self._compared >= MAX_COMPARED:
            return otherwise
        names = known()
        self._compared += len(names)
        return proposal(name, names, otherwise)

    def named(self, module: Module, node: ast.Name, scope: Scope) -> object | None:
        """What a name means at file level: a `let`, a `fn`, a block, a network or an op; None for
        nothing.
        """
        value = self.definition(module, node.id)
        if value is None:
            op = find_op(node.id)
            return None if op is None else self.op_value(op, scope)
        if isinstance(value, Unresolved):
            raise Unknown
        return value

    def op_value(self, op: Op, scope: Scope) -> BlockValue:
        """An op as a block value, with the defaults that are in force where it is named."""
        if scope.has_defaults:
            return BlockValue(op, (), tuple(op_defaults(self, op, scope).items()))
        known = scope.module.op_values
        if op.name not in known:
            known[op.name] = BlockValue(op, (), tuple(op_defaults(self, op, scope).items()))
        return known[op.name]

    def definition(self, module: Module, name: str) -> object | None:
        """The value of a file-level name, evaluated once; None if there is no such name."""
        entry = module.entries.get(name)
        if entry is None:
            return None
        key = (id(module), name)
        if key in self._definitions:
            return self._definitions[key]
        if key in self._evaluating:
            names = [known for _, known in self._evaluating[self._evaluating.index(key) :]]
            span = entry.node.span if isinstance(entry, Imported) else entry.name.span
            raise Mistake(
                "E201", f"`{name}` is defined by itself: {' -> '.join([*names, name])}", span
            )
        self._evaluating.append(key)
        try:
            value = self._evaluate(module, entry)
        except Mistake as mistake:
            self.reporter.report(mistake.diagnostic)
            value = UNRESOLVED
        except Unknown:
            value = UNRESOLVED
        finally:
            self._evaluating.pop()
        self._definitions[key] = value
        return value

    def _evaluate(self, module: Module, entry: object) -> object:
        if isinstance(entry, Imported):
            if entry.module is None:
                raise Unknown
            return self.definition(entry.module, entry.name)
        if isinstance(entry, ast.Let):
            return self.evaluator.value(entry.value, Place(Scope(module, None)))
        if isinstance(entry, ast.Fn):
            return Function(entry, module)
        if isinstance(entry, ast.Block):
            return BlockValue(BlockDefinition(entry, module))
        if isinstance(entry, ast.Network):
            return BlockValue(NetworkDefinition(entry, module))
        if isinstance(entry, ast.Variant):
            return self._variant(entry, module)
        if isinstance(entry, ast.Extern):
            from archdsl.elaborate.externs import define

            return BlockValue(define(self, entry, module))
        assert isinstance(entry, ast.Transfer)
        return self._transfer(entry, module)

    def _transfer(self, node: ast.Transfer, module: Module) -> TransferDefinition:
        """`transfer T of N(args)`: N with these arguments."""
        no_network = (f"`{node.base.id}` is not a network, so there is no transfer of it", None)
        target, fixed = self._based(node, module, no_network)
        return TransferDefinition(node, module, target, tuple(fixed.items()))

    def _variant(self, node: ast.Variant, module: Module) -> BlockValue:
        """`network X = Y(args)`: Y with these arguments fixed, beside those that Y fixes itself."""
        no_network = (
            f"`{node.base.id}` is not a network, so it has no variants",
            f"write `network {node.name.id} {{ ... }}` with an input",
        )
        target, fixed = self._based(node, module, no_network)
        variant = NetworkDefinition(target.node, target.module, (node, *target.variants))
        return BlockValue(variant, tuple(fixed.items()))

    def _based(
        self, node: ast.Variant | ast.Transfer, module: Module, no_network: tuple[str, str | None]
    ) -> tuple[NetworkDefinition, dict[str, object]]:
        """The network that a variant or a transfer is made from, and all its fixed arguments;
        `no_network` is what to say where the name means something else.
        """
        base = self.definition(module, node.base.id)
        if isinstance(base, Unresolved):
            raise Unknown
        if not isinstance(base, BlockValue) or not isinstance(base.target, NetworkDefinition):
            known = [
                name
                for name, entry in module.entries.items()
                if isinstance(entry, ast.Network | ast.Variant | Imported)
            ]
            if base is not None or find_op(node.base.id) is not None:
                raise Mistake("E219", no_network[0], node.base.span, help=no_network[1])
            raise Mistake(
                "E201",
                f"there is no network `{node.base.id}`",
                node.base.span,
                help=self.proposal(node.base.id, lambda: known),
            )
        target = base.target
        fixed = given_arguments(
            self,
            node.base.id,
            target.parameters,
            node.args,
            dict(base.fixed),
            Place(Scope(module, None)),
        )
        return target, fixed

    # --- calls in expressions ---------------------------------------------------------------------

    def call_function(self, function: Function, node: ast.Apply, place: Place) -> object:
        """The value of a `fn` for arguments."""
        self.spend(CALL_COST, node.span)
        definition = function.definition
        name, parameters = definition.name.id, by_name(definition.parameters)
        given = given_arguments(self, name, parameters, node.args, {}, place)
        module = function.module
        assert isinstance(module, Module)
        scope = Scope(module, None)
        self.enter(name, node.span)
        try:
            complete_arguments(self, name, parameters, given, scope, node.span)
            return self.evaluator.value(definition.value, Place(scope))
        finally:
            self.leave()

    def partial(self, block: BlockValue, node: ast.Apply, place: Place) -> BlockValue:
        """A block with some more arguments fixed."""
        fixed = dict(block.fixed)
        target = block.target
        if isinstance(target, Op):
            given, _ = given_op_arguments(self, target, node.args, fixed, place)
        elif isinstance(target, BlockDefinition | ExternDefinition | NetworkDefinition):
            given = given_arguments(self, target.name, target.parameters, node.args, fixed, place)
        else:
            raise Mistake(
                "E205", f"the shared layer `{target.name}` takes no further arguments", node.span
            )
        return BlockValue(target, tuple(given.items()), block.defaults)

    # --- layers -----------------------------------------------------------------------------------

    def unmet(self, op: Op, args: Mapping[str, object], layer: Layer) -> Problem | None:
        """What is wrong with a layer on symbolic sizes at the sizes that the network is sampled at,
        if anything.
        """
        sizes = self.sizes or {}
        for requirement in layer.requirements:
            if not requirement.holds(sizes):
                inputs = tuple([_at(type_, sizes) for type_ in layer.inputs])
                problem = self.builder.infer(op, args, inputs)
                if isinstance(problem, Problem):
                    return self.sampled(problem, layer)
        return None

    def sampled(self, problem: Problem, layer: Layer) -> Problem:
        """A problem that a layer has at the sizes in use, with what sizes have to do with it."""
        from archdsl.elaborate.sampling import sampled

        return sampled(self, problem, layer)

    def stamp(self, known: Remembered, value: int, where: "Position", origin: Origin) -> int:
        """Put a remembered block under another name."""
        if len(self.builder.steps) + len(known.fragment.steps) > self.most_steps:
            raise self._too_many_steps(
                len(self.builder.steps) + len(known.fragment.steps), origin.span
            )
        # Blocks in blocks that hold hardly a step would grow past every limit of steps.
        hollow = len(known.fragment.instances) - 4 * len(known.fragment.steps)
        self.spend(max(0, hollow) // 2, origin.span)
        self.reporter.again(known.found)
        return self.builder.stamp(
            known.fragment, (value,), where.name, where.path, where.parent, origin
        )


def _at(type_: TensorType, sizes: Mapping[str, int]) -> TensorType:
    """A type with its symbolic sizes at given values."""
    return TensorType(
        tuple([size if isinstance(size, int) else size.evaluate(sizes) for size in type_.shape])
    )
