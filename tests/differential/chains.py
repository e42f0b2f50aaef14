"""Draws chains of ops: which op comes next, and with which arguments in this body."""

from collections.abc import Mapping

from archdsl.ops import names as op_names
from archdsl.types import TensorType
from tests.differential import calls
from tests.differential.choices import Choices
from tests.differential.interpreter import Frame, Illegal
from tests.differential.programs import Apply, Argument, Step, Use
from tests.differential.scopes import Scope, Trial

STATEMENTS = ("add", "mul", "concat", "chunk", "split")
"""Ops that are drawn as statements, not as steps of a chain."""
OFTEN = {
    "conv": 24,
    "depthwise": 6,
    "pointwise": 6,
    "separable": 4,
    "conv_transpose": 5,
    "bn": 14,
    "gn": 4,
    "instance_norm": 3,
    "ln": 4,
    "lrn": 4,
    "scale": 3,
    "relu": 7,
    "maxpool": 5,
    "avgpool": 5,
    "attention": 3,
    "pad": 3,
    "crop": 3,
    "slice": 3,
    "upsample": 5,
    "pixel_shuffle": 3,
    "pixel_unshuffle": 3,
    "channel_shuffle": 3,
    "prelu": 3,
    "leaky_relu": 3,
    "elu": 2,
    "gelu": 3,
    "softmax": 2,
    "log_softmax": 2,
    "adaptive_avgpool": 3,
    "adaptive_maxpool": 3,
    "permute": 3,
    "linear": 3,
}
ANY = {name: OFTEN.get(name, 1) for name in op_names() if name not in STATEMENTS}
"""How often an op is drawn; with two thirds of them a map stays a map."""
ON_FLAT = {**ANY, "linear": 30, "reshape": 20, "bn": 6, "ln": 6}
STEADY = {
    name: OFTEN.get(name, 1)
    for name in (
        *("conv", "depthwise", "pointwise", "separable", "attention", "channel_shuffle"),
        *("bn", "gn", "instance_norm", "ln", "lrn", "scale", "linear", "identity"),
        *("relu", "relu6", "leaky_relu", "prelu", "elu", "selu", "gelu", "silu", "mish"),
        *("hardswish", "hardsigmoid", "sigmoid", "tanh", "softplus", "softmax", "log_softmax"),
        *("dropout", "dropout2d", "droppath"),
    )
}
"""Ops that can leave the sizes of a map as they are."""
TRIES = 6


class Chains:
    """Chains, legal on what flows in."""

    def __init__(self, c: Choices, trial: Trial) -> None:
        self.c = c
        self.trial = trial

    def chain(self, scope: Scope, longest: int, steady: bool = False) -> tuple[Step, ...]:
        """One or more steps on the current value; `steady`: its spatial sizes stay."""
        frame = scope.frame.copy()
        with self.trial.uncounted():
            count = self.c.number(1, longest)
            return tuple(self._step(scope, frame, steady) for _ in range(count))

    def _step(self, scope: Scope, frame: Frame[TensorType], steady: bool) -> Step:
        """A step, which `frame` has run then."""
        found: list[Step] = []

        def attempt() -> None:
            step = self.step(scope, frame, steady)
            inner = frame.copy()
            (value,) = self.trial.interpreter.step(step, inner)
            before = frame.current
            assert before is not None
            if steady and value.data.spatial != before.data.spatial:
                raise Illegal("the sizes change")
            frame.current = value
            found.append(step)

        if not self.trial.first_legal(TRIES, attempt):
            raise Illegal("no step fits")
        return found[0]

    def step(self, scope: Scope, frame: Frame[TensorType], steady: bool) -> Step:
        """An op, or at times a shared layer or what a parameter of the block holds."""
        c = self.c
        if scope.shared and c.chance(25):
            return Use(c.pick(scope.shared))
        shape = Scope(frame).shape
        weights: Mapping[str, int] = STEADY if steady else ANY if len(shape) > 1 else ON_FLAT
        return self.varied(scope, calls.call(c.weighted(weights), shape, c))

    def varied(self, scope: Scope, call: Apply) -> Apply:
        """A call whose arguments depend on the body's parameters, here and there."""
        args: dict[str, Argument] = dict(call.args)
        for name in args:
            terms = scope.terms.get(name)
            if terms and self.c.chance(50):
                args[name] = self.c.pick(terms)
        return Apply(call.op, args)
