"""Draws blocks with parameters, and calls of them."""

from collections.abc import Callable, Mapping

from tests.differential.choices import Choices
from tests.differential.compounds import Compounds
from tests.differential.interpreter import Channels, Frame, Illegal
from tests.differential.programs import Apply, Argument, Block, Call, Expression, Let
from tests.differential.scopes import Scope, Trial

MOST_BLOCKS = 4
ACTIVATIONS = (
    *(Apply(name, {}) for name in ("relu", "identity", "silu", "hardswish", "tanh", "gelu")),
    *(Apply("leaky_relu", {"slope": 0.2}), Apply("elu", {"alpha": 0.5})),
)
NORMS = (
    *(Apply(name, {}) for name in ("bn", "identity", "scale")),
    *(Apply("gn", {"groups": 1}), Apply("bn", {"eps": 1e-3, "momentum": 0.5})),
)
TYPES: Mapping[str, str] = {
    "c": "int",
    "kernel_size": "int",
    "step": "int",
    "n": "int",
    "wide": "bool",
    "act": "block",
    "norm": "block",
}
"""The parameters that a block may have."""


def _read(text: str, value: Callable[[Mapping[str, int]], object]) -> Expression:
    return Expression(text, value)


CHANNELS = {
    "": (
        _read("input.channels", lambda names: names["input"].channels),  # type: ignore[attr-defined]
        _read("prev.channels", lambda names: names["prev"].channels),  # type: ignore[attr-defined]
    ),
    "c": (
        _read("c", lambda names: names["c"]),
        _read("2 * c", lambda names: 2 * names["c"]),
        _read("max(1, c // 2)", lambda names: max(1, names["c"] // 2)),
    ),
    "wide": (_read("8 if wide else 4", lambda names: 8 if names["wide"] else 4),),
}
TERMS: Mapping[str, Mapping[str, tuple[Expression, ...]]] = {
    "kernel_size": {"kernel": (_read("kernel_size", lambda names: names["kernel_size"]),)},
    "step": {"stride": (_read("step", lambda names: names["step"]),)},
    "n": {"count": (_read("n", lambda names: names["n"]),)},
    "wide": {"bias": (_read("wide", lambda names: names["wide"]),)},
}
"""Expressions for arguments, by the parameter that they need and the argument's name."""
CONDITIONS: Mapping[str, tuple[Expression, ...]] = {
    "c": (
        _read(
            "c == input.channels",
            lambda names: names["c"] == names["input"].channels,  # type: ignore[attr-defined]
        ),
    ),
    "step": (_read("step == 1", lambda names: names["step"] == 1),),
    "n": (_read("n > 1", lambda names: names["n"] > 1),),
    "wide": (
        _read("wide", lambda names: names["wide"]),
        _read("not wide", lambda names: not names["wide"]),
    ),
}


class Blocks(Compounds):
    """Statements, calls of blocks among them."""

    def __init__(self, c: Choices, trial: Trial) -> None:
        super().__init__(c, trial)
        self.blocks: list[Block] = []

    def kinds(self, scope: Scope) -> dict[Callable[[Scope], None], int]:
        kinds = super().kinds(scope)
        if scope.frame.current is not None and scope.deep < 2:
            kinds |= {self.new_block: 6, self.known_block: 10 if self.blocks else 0}
        return kinds

    def known_block(self, scope: Scope) -> None:
        """A block that is there already, perhaps with other arguments."""
        if not self.blocks:
            raise Illegal("there is no block")
        block = self.c.pick(self.blocks)
        args = {}
        for name, _, default in block.parameters:
            if default is None or self.c.chance(40):
                args[name] = self._argument(name, scope.shape)
        self.do(scope, Call(block, args))

    def new_block(self, scope: Scope) -> None:
        """A block, drawn for what flows in here, and its first call."""
        if len(self.blocks) == MOST_BLOCKS:
            raise Illegal("there are many blocks")
        c = self.c
        values = {name: self._argument(name, scope.shape) for name in TYPES if c.chance(45)}
        inner = self._scope(scope, values)
        if "c" in values and c.chance(30):
            self._let(inner)
        known = len(self.blocks)
        body = self.body(inner)
        parameters = tuple(
            (name, TYPES[name], value if name != "c" and c.chance(60) else None)
            for name, value in values.items()
        )
        # Those without a default come first.
        ordered = tuple(sorted(parameters, key=lambda parameter: parameter[2] is not None))
        # A block that was drawn inside stands before; only its name has to be free.
        block = Block(f"Block{len(self.blocks) + 1}", ordered, body)
        args = {
            name: values[name] for name, _, default in ordered if default is None or c.chance(30)
        }
        try:
            self.do(scope, Call(block, args))
        except Illegal:
            del self.blocks[known:]
            raise
        self.blocks.append(block)

    def _let(self, inner: Scope) -> None:
        """`let hidden = …`, for channels."""
        self.trial.add(inner, Let("hidden", self.c.pick(CHANNELS["c"])))
        hidden = _read("hidden", lambda names: names["hidden"])
        channels = (*inner.terms["channels"], hidden)
        inner.terms = {**inner.terms, "channels": channels, "features": channels}

    def _argument(self, name: str, shape: tuple[int, ...]) -> Argument:
        c = self.c
        if name == "c":
            return shape[0] if shape[0] <= 16 and c.chance(40) else c.number(1, 10)
        options: Mapping[str, tuple[Argument, ...]] = {
            "kernel_size": (3, 1, 5),
            "step": (1, 2),
            "n": (1, 2, 3),
            "wide": (False, True),
            "act": ACTIVATIONS,
            "norm": NORMS,
        }
        return c.pick(options[name])

    def _scope(self, scope: Scope, values: Mapping[str, Argument]) -> Scope:
        """The body of a block with these arguments."""
        current = scope.frame.current
        assert current is not None
        frame = Frame(current, current)
        frame.names["input"] = Channels(scope.shape[0])
        terms: dict[str, tuple[Expression, ...]] = {}
        channels = CHANNELS[""]
        conditions: tuple[Expression, ...] = ()
        for name, value in values.items():
            if isinstance(value, Apply):
                frame.layers[name] = value
            else:
                frame.names[name] = value
            terms.update(TERMS.get(name, {}))
            channels += CHANNELS.get(name, ()) if name else ()
            conditions += CONDITIONS.get(name, ())
        terms |= {"channels": channels, "features": channels}
        shared = [name for name in values if TYPES[name] == "block"]
        return Scope(frame, terms, conditions, shared=shared, deep=scope.deep + 1)
