"""Draws statements: chains, merges, residuals, levels, loops, conditions and shared layers."""

from collections.abc import Callable

from tests.differential import calls
from tests.differential.chains import TRIES, Chains
from tests.differential.choices import Choices
from tests.differential.interpreter import Illegal
from tests.differential.programs import (
    Apply,
    Argument,
    Body,
    Braces,
    Combine,
    Do,
    Expression,
    Flow,
    For,
    If,
    Repeat,
    Residual,
    Share,
    Step,
    Use,
)
from tests.differential.scopes import Scope, Trial

DEEPEST = 3
FEW = 4
"""Statements of an inner body."""


class Compounds(Chains):
    """Statements of any kind, added to a scope."""

    def __init__(self, c: Choices, trial: Trial) -> None:
        super().__init__(c, trial)
        self.names = 0

    def statement(self, scope: Scope) -> None:
        """Another statement, or several that belong together; none where nothing fits."""
        kinds = self.kinds(scope)
        self.trial.first_legal(TRIES, lambda: self.c.weighted(kinds)(scope))

    def kinds(self, scope: Scope) -> dict[Callable[[Scope], None], int]:
        """What may come next, and how often it does."""
        if scope.frame.current is None:
            return {self.elsewhere: 1}
        kinds: dict[Callable[[Scope], None], int] = {
            self.layers: 40,
            self.residual: 10,
            self.concat: 8,
            self.elementwise: 7,
            self.gate: 4,
            self.cut: 6,
            self.shared_layer: 4,
        }
        if scope.deep < DEEPEST:
            kinds |= {self.level: 6, self.repeat: 5, self.loop: 3, self.choice: 4}
        if scope.top:
            kinds |= {self.elsewhere: 8, self.recall: 8}
        return kinds

    # --- names ------------------------------------------------------------------------------------

    def name(self, scope: Scope, stem: str = "n") -> str:
        """A new name, different in each turn of the loops around."""
        if scope.suffix is None:
            raise Illegal("a name would be given twice")
        self.names += 1
        return f"{stem}{self.names}{scope.suffix}"

    def do(self, scope: Scope, *steps: Step, source: str | None = None, named: int = 30) -> None:
        """A flow as a statement, its result named in so many of a hundred cases."""
        names: tuple[str, ...] = ()
        if scope.suffix is not None and self.c.chance(named):
            names = (self.name(scope),)
        self.trial.add(scope, Do(names, Flow(source, steps)))
        self.bind(scope, *names)

    def bind(self, scope: Scope, *names: str) -> None:
        scope.values += names
        scope.unread.update(names)

    def keep(self, scope: Scope) -> None:
        """Name the current value, if no name leads to it, so that it can be read later."""
        current = scope.frame.current
        if current is not None and all(
            value is not current for value in scope.frame.values.values()
        ):
            self.do(scope, source="prev", named=100)

    # --- flows ------------------------------------------------------------------------------------

    def layers(self, scope: Scope) -> None:
        """One op or a few."""
        self.do(scope, *self.chain(scope, 4))

    def elsewhere(self, scope: Scope) -> None:
        """A flow from an earlier value."""
        sources = sorted(scope.unread) or scope.values
        if not sources:
            raise Illegal("there is no value")
        source = self.c.pick(sources)
        self.keep(scope)
        start = scope.inside()
        start.frame.current = scope.value(source)
        self.do(scope, *self.chain(start, 3), source=source)
        scope.unread.discard(source)

    def recall(self, scope: Scope) -> None:
        """The current value with an earlier one that fits it."""
        earlier = [name for name in scope.values if "{" not in name]
        if not earlier:
            raise Illegal("there is no value")
        source = self.c.pick([name for name in earlier if name in scope.unread] or earlier)
        branches = [(None, Flow("prev", ())), (None, Flow(source, ()))]
        if self.c.chance(50):
            branches.reverse()
        op = self.c.weighted({"concat": 4, "add": 3, "mul": 1})
        self.do(scope, Combine(op, {}, tuple(branches)))
        scope.unread.discard(source)

    # --- side by side -----------------------------------------------------------------------------

    def _branch(
        self, scope: Scope, *last: Step, longest: int = 3, steady: bool = True
    ) -> tuple[str | None, Flow]:
        """A branch from the current value; `last` comes behind what is drawn."""
        name = None
        if scope.suffix is not None and self.c.chance(20):
            name = self.name(scope, "b")
        steps = (*self.chain(scope, longest, steady), *last)
        return name, Flow(None, steps)

    def concat(self, scope: Scope) -> None:
        """Branches along channels or another axis."""
        c = self.c
        branches = [self._branch(scope) for _ in range(c.number(1, 3))]
        if c.chance(30):
            branches.insert(c.below(len(branches) + 1), (None, Flow("prev", ())))
        args: dict[str, Argument] = {}
        if c.chance(20):
            args = {"axis": calls.any_axis(scope.shape, c)}
            branches = [
                (None, Flow(None, self.chain(scope, 3))),
                (None, Flow("prev", ())),
            ]
        self.do(scope, Combine("concat", args, tuple(branches)))

    def elementwise(self, scope: Scope) -> None:
        """A sum or product of branches that end with as many channels."""
        c = self.c
        op = c.weighted({"add": 3, "mul": 1})
        channels = c.pick((scope.shape[0], scope.shape[0], 1, 4))
        branches = [
            self._branch(scope, *self._projection(scope, channels)) for _ in range(c.number(1, 2))
        ]
        if channels in (1, scope.shape[0]) and c.chance(60):
            branches.insert(c.below(2), (None, Flow("prev", ())))
        self.do(scope, Combine(op, {}, tuple(branches)))

    def _projection(self, scope: Scope, channels: int) -> tuple[Step, ...]:
        if len(scope.shape) == 1:
            return (Apply("linear", {"features": channels}),)
        return (Apply("pointwise", {"channels": channels}),)

    def gate(self, scope: Scope) -> None:
        """What is there, times a factor a channel (Hu et al., 2017)."""
        c = self.c
        pool = c.weighted({"gap": 3, "gmp": 1})
        squeezed = Apply("pointwise", {"channels": c.number(1, 4)})
        full = Apply("pointwise", {"channels": scope.shape[0]})
        last = Apply(c.pick(("sigmoid", "hardsigmoid", "tanh", "softmax")), {})
        branch = Flow(None, (Apply(pool, {}), squeezed, Apply("relu", {}), full, last))
        self.do(scope, Combine("mul", {}, ((None, Flow("prev", ())), (None, branch))))

    def cut(self, scope: Scope) -> None:
        """chunk or split; the parts are joined again, as they are or behind further layers."""
        c = self.c
        if scope.suffix != "":
            raise Illegal("several names at once cannot be computed")
        call = calls.call(c.pick(("chunk", "split")), scope.shape, c)
        count = call.args["n"] if call.op == "chunk" else len(call.args["sizes"])  # type: ignore[arg-type]
        assert isinstance(count, int)
        names = tuple(self.name(scope, "p") for _ in range(count))
        inner = scope.inside()
        self.trial.add(inner, Do(names, Flow(None, (call,))))
        parts: list[tuple[str | None, Flow]] = []
        for name in names:
            inner.frame.current = inner.value(name)
            steps = self.chain(inner, 2, steady=True) if c.chance(40) else ()
            parts.append((None, Flow(name, steps)))
        if c.chance(30):
            parts.reverse()
        axis = {"axis": call.args["axis"]} if "axis" in call.args else {}
        op, args = ("add", {}) if c.chance(20) else ("concat", axis)
        self.trial.add(inner, Do((), Flow(None, (Combine(op, args, tuple(parts)),))))
        self._adopt(scope, inner)

    def _adopt(self, scope: Scope, inner: Scope) -> None:
        """Statements that were drawn on a copy of the scope."""
        scope.statements += inner.statements
        scope.frame = inner.frame

    # --- residuals --------------------------------------------------------------------------------

    def residual(self, scope: Scope) -> None:
        """A skip around a few layers: identity, projection, or layers of its own."""
        c = self.c
        inner = scope.inside()
        shortcut: Step | str | None = None
        name = None
        if c.chance(50):
            steps = self.chain(scope, 3, steady=True)
            body: Body = (Do((), Flow(None, (*steps, *self._projection(scope, scope.shape[0])))),)
        else:
            steps = self.chain(scope, 3)
            body = (Do((), Flow(None, steps)),)
            with self.trial.uncounted():
                self.trial.add(inner, body[0])
            shortcut = "project" if c.chance(70) else self._detour(scope, inner)
        if shortcut is not None or c.chance(20):
            shortcut = shortcut or "project"
            if scope.shortcuts[0] or scope.suffix != "" or c.chance(50):
                name = self.name(scope, "s")
        step = Residual(
            body,
            shortcut,
            name,
            c.pick(scope.conditions) if scope.conditions and c.chance(30) else None,
            c.weighted({"add": 8, "concat": 1, "mul": 1}),
            c.pick((0.1, 0.25)) if c.chance(15) else 0.0,
        )
        self.do(scope, step, named=15)
        if shortcut is not None and name is None:
            scope.shortcuts[0] = True

    def _detour(self, scope: Scope, inner: Scope) -> Step:
        """A shortcut of its own layers to where the branch leads."""
        (channels, *sizes), before = inner.shape, scope.shape
        if len(sizes) + 1 != len(before):
            raise Illegal("the branch leads to another rank")
        if not sizes:
            return Apply("linear", {"features": channels})
        last = Apply("conv", {"channels": channels, "kernel": 1})
        if tuple(sizes) == before[1:]:
            return last
        resized = Apply("adaptive_avgpool", {"size": tuple(sizes)})
        return Braces((Do((), Flow(None, (resized,))), Do((), Flow(None, (last,)))))

    # --- bodies -----------------------------------------------------------------------------------

    def body(self, scope: Scope, most: int = FEW) -> Body:
        """Statements of an inner body, drawn on `scope`."""
        for _ in range(self.c.number(1, most)):
            with self.trial.uncounted():
                self.statement(scope)
        if not scope.statements:
            raise Illegal("nothing fits")
        return tuple(scope.statements)

    def level(self, scope: Scope) -> None:
        """Layers under a name of their own, or braces without one."""
        named = scope.suffix is not None and self.c.chance(70)
        body = self.body(scope.inside(level=named))
        self.do(scope, Braces(body), named=100 if named else 0)

    def repeat(self, scope: Scope) -> None:
        """A body that runs a few times."""
        c = self.c
        counts = scope.terms.get("count", ())
        count: Argument = c.pick(counts) if counts and c.chance(50) else c.number(1, 3)
        self.names += 1
        variable = f"i{self.names}" if c.chance(60) else None
        inner = scope.inside(suffix=f"_{{{variable}}}" if variable else None)
        if variable:
            inner.frame.names[variable] = 0
        self.do(scope, Repeat(count, variable, self.body(inner, 2)), named=40)

    def loop(self, scope: Scope) -> None:
        """`for` over channels."""
        c = self.c
        self.names += 1
        variable = f"width{self.names}"
        values = tuple(sorted({c.number(1, 12) for _ in range(c.number(1, 3))}))
        inner = scope.inside(suffix=f"_{{{variable}}}")
        inner.frame.names[variable] = values[0]
        widths = (Expression(variable, lambda names: names[variable]),)
        inner.terms = {**inner.terms, "channels": widths, "features": widths}
        self.trial.add(scope, For(variable, values, self.body(inner, 2)))

    def choice(self, scope: Scope) -> None:
        """`if`; both bodies are drawn for what flows in here."""
        if not scope.conditions:
            raise Illegal("there is nothing to ask")
        condition = self.c.pick(scope.conditions)
        then = self.body(scope.inside(), 2)
        otherwise = self.body(scope.inside(), 2) if self.c.chance(30) else ()
        self.trial.add(scope, If(condition, then, otherwise))

    def shared_layer(self, scope: Scope) -> None:
        """A layer that is applied here, and perhaps again."""
        if scope.suffix != "":
            raise Illegal("it would be declared in each turn")
        (step,) = self.chain(scope, 1)
        if not isinstance(step, Apply):
            raise Illegal("it is shared already")
        name = self.name(scope, "shared")
        inner = scope.inside()
        self.trial.add(inner, Share(name, step))
        self.trial.add(inner, Do((), Flow(None, (Use(name),))))
        self._adopt(scope, inner)
        scope.shared.append(name)
