"""What a network means: runs the generator's records on a machine, op by op.

With `shapes` it tells which statements are legal; with `tensors` it is an implementation of the
language apart from archdsl's. Ops are applied in the order in which the text has them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from tests.differential.programs import (
    Apply,
    Argument,
    Block,
    Body,
    Braces,
    Call,
    Do,
    Expression,
    Flow,
    For,
    If,
    Let,
    Network,
    Repeat,
    Residual,
    Statement,
    Step,
    Use,
)

V = TypeVar("V")

OF_CONV = ("conv", "depthwise", "pointwise", "separable")
"""The ops for which `default conv(…)` holds, as far as they have the parameter."""
PARAMETERS_OF = {
    "depthwise": ("kernel", "stride", "pad", "dilation", "multiplier", "bias"),
    "pointwise": ("channels", "stride", "groups", "bias"),
    "separable": ("channels", "kernel", "stride", "pad", "dilation", "bias"),
}
STRIDED = {
    **dict.fromkeys(("conv", "depthwise", "pointwise"), ("stride", 1)),
    **dict.fromkeys(("maxpool", "avgpool"), ("stride", None)),
}
"""Ops with strides, which `project` multiplies: the parameter and its default."""
STEADY = (
    *("bn", "gn", "instance_norm", "ln", "lrn", "scale", "relu", "relu6", "leaky_relu", "prelu"),
    *("elu", "selu", "gelu", "silu", "mish", "hardswish", "hardsigmoid", "sigmoid", "tanh"),
    *("softplus", "dropout", "dropout2d", "droppath", "identity", "channel_shuffle"),
)
"""Ops of stride 1."""


class Illegal(Exception):
    """A statement that the language refuses."""


class Shared(NamedTuple):
    """A declared layer: the key of its weights, and the names around the declaration."""

    key: str
    step: Apply | Call


class Machine(Protocol[V]):
    """What ops are applied by."""

    def apply(
        self, op: str, args: Mapping[str, object], inputs: list[V], shared: str | None
    ) -> list[V]:
        """The results of an op with its written arguments; uses of one `shared` key have the same
        weights. Raises Illegal where the op does not take them."""
        ...

    def shape(self, value: V) -> tuple[Any, ...]:
        """The shape without the batch."""
        ...


class Value(NamedTuple, Generic[V]):
    """A machine's value, and its stride against the network's input, an entry an axis; None where
    no strides lead to it."""

    data: V
    strides: tuple[int, ...] | None


@dataclass
class Frame(Generic[V]):
    """A body that runs."""

    input: Value[V]
    current: Value[V] | None
    names: dict[str, Any] = field(default_factory=dict)
    """Parameters, loop variables and `let`."""
    values: dict[str, Value[V]] = field(default_factory=dict)
    layers: dict[str, Apply | Shared] = field(default_factory=dict)
    """Shared layers, and parameters of type block."""
    key: str | None = None
    """The key of the shared layer that it runs for."""

    def inner(self, own_values: bool = False) -> "Frame[V]":
        """Braces in this body; those of a named level keep their values to themselves."""
        return Frame(
            self.input,
            self.current,
            dict(self.names),
            dict(self.values) if own_values else self.values,
            self.layers,
            self.key,
        )

    def copy(self) -> "Frame[V]":
        """A frame to try a statement on."""
        return Frame(
            self.input,
            self.current,
            dict(self.names),
            dict(self.values),
            dict(self.layers),
            self.key,
        )


class Interpreter(Generic[V]):
    def __init__(
        self,
        machine: Machine[V],
        defaults: Iterable[tuple[str, Mapping[str, Argument]]] = (),
    ) -> None:
        self.machine = machine
        self.defaults = dict(defaults)
        self.declared = 0
        self.position = 0
        """Of the next layer within the shared layer that is running."""

    def network(self, network: Network, inputs: list[V]) -> tuple[dict[str, V], V | None]:
        """The outputs by name, those of training included; without a name the last value."""
        given = {
            declared.name: self.start(value)
            for declared, value in zip(network.inputs, inputs, strict=True)
        }
        only = next(iter(given.values()))
        frame = Frame(only, only if len(given) == 1 else None, values=given)
        self.body(network.body, frame)
        last = frame.current.data if frame.current else None
        return {name: frame.values[name].data for name, _ in network.outputs}, last

    def start(self, value: V) -> Value[V]:
        """An input of the network."""
        return Value(value, (1,) * (len(self.machine.shape(value)) - 1))

    # --- statements -------------------------------------------------------------------------------

    def body(self, body: Body, frame: Frame[V]) -> None:
        for statement in body:
            self.statement(statement, frame)

    def statement(self, statement: Statement, frame: Frame[V]) -> None:
        if isinstance(statement, Do):
            self._do(statement, frame)
        elif isinstance(statement, Let):
            frame.names[statement.name] = self.evaluate(statement.value, frame)
        elif isinstance(statement, If):
            holds = self.evaluate(statement.condition, frame)
            self._inside(statement.then if holds else statement.otherwise, frame)
        elif isinstance(statement, For):
            for value in statement.values:
                self._inside(statement.body, frame, {statement.variable: value})
        else:
            self.declared += 1
            key = f"{frame.key or ''}{self.declared}"
            step = statement.step
            args = {name: self.evaluate(value, frame) for name, value in step.args.items()}
            frame.layers[statement.name] = Shared(key, step._replace(args=args))

    def _do(self, statement: Do, frame: Frame[V]) -> None:
        names = [name.format(**frame.names) for name in statement.names]
        found = self.flow(statement.flow, frame, named=bool(names))
        if len(found) == 1:
            frame.current = found[0]
        else:
            frame.current = None
        if names:
            if len(names) != len(found):
                raise Illegal("names and results differ in number")
            frame.values.update(zip(names, found, strict=True))
        elif len(found) > 1:
            raise Illegal("several results without names")

    def _inside(
        self, body: Body, frame: Frame[V], names: Mapping[str, object] | None = None
    ) -> None:
        inner = frame.inner()
        inner.names.update(names or {})
        self.body(body, inner)
        frame.current = inner.current

    # --- flows ------------------------------------------------------------------------------------

    def flow(self, flow: Flow, frame: Frame[V], named: bool = False) -> list[Value[V]]:
        """The results of a flow; `frame` keeps its current value."""
        opens_level = named and (len(flow.steps) > 1 or not _is_layer(flow.steps))
        inner = frame.inner(own_values=opens_level)
        if flow.source not in (None, "prev"):
            inner.current = self._named(flow.source, frame)
        if not flow.steps:
            return [self._current(inner)]
        found: list[Value[V]] = []
        for step in flow.steps:
            if found:
                (inner.current,) = found
            found = self.step(step, inner)
        return found

    def _named(self, name: str | None, frame: Frame[V]) -> Value[V]:
        assert name is not None
        written = name.format(**frame.names)
        if written not in frame.values:
            raise Illegal(f"there is no value {written}")
        return frame.values[written]

    def step(self, step: Step, frame: Frame[V]) -> list[Value[V]]:
        """The results of a step on the current value."""
        if isinstance(step, Apply):
            args = {name: self.evaluate(value, frame) for name, value in step.args.items()}
            return self._op(step.op, args, [self._current(frame)], frame)
        if isinstance(step, Call):
            return [self._call(step.block, step.args, frame)]
        if isinstance(step, Use):
            return self._use(frame.layers[step.name], frame)
        if isinstance(step, Braces):
            return [self._braces(step.body, frame)]
        if isinstance(step, Repeat):
            inner = frame.inner()
            for turn in range(self.evaluate(step.count, frame)):
                names = {step.variable: turn} if step.variable else {}
                self._inside(step.body, inner, names)
            return [self._current(inner)]
        if isinstance(step, Residual):
            return [self._residual(step, frame)]
        values = []
        for name, flow in step.branches:
            (value,) = self.flow(flow, frame, named=name is not None)
            if name is not None:
                frame.values[name.format(**frame.names)] = value
            values.append(value)
        return self._op(step.op, step.args, values, frame)

    def _use(self, layer: Apply | Shared, frame: Frame[V]) -> list[Value[V]]:
        if isinstance(layer, Apply):
            return self.step(layer, frame)
        outside, position = frame.key, self.position
        frame.key, self.position = layer.key, 0
        found = self.step(layer.step, frame)
        frame.key, self.position = outside, position
        return found

    def _call(self, block: Block, given: Mapping[str, Argument], frame: Frame[V]) -> Value[V]:
        current = self._current(frame)
        inner: Frame[V] = Frame(current, current, key=frame.key)
        inner.names["input"] = Channels(self.machine.shape(current.data)[0])
        for name, type_, default in block.parameters:
            argument = given.get(name, default)
            if type_ == "block":
                while isinstance(argument, Use):
                    held = frame.layers[argument.name]
                    assert isinstance(held, Apply)
                    argument = held
                assert isinstance(argument, Apply)
                inner.layers[name] = argument
            else:
                inner.names[name] = self.evaluate(argument, frame)
        self.body(block.body, inner)
        return self._current(inner)

    def _braces(self, body: Body, frame: Frame[V]) -> Value[V]:
        inner = frame.inner()
        self.body(body, inner)
        return self._current(inner)

    def _residual(self, step: Residual, frame: Frame[V]) -> Value[V]:
        start = self._current(frame)
        skips = step.condition is None or self.evaluate(step.condition, frame)
        branch = self._braces(step.body, frame)
        if not skips:
            return branch
        if step.drop:
            (branch,) = self._op("droppath", {"p": step.drop}, [branch], frame)
        shortcut = start
        inner = frame.inner(own_values=True)
        inner.current = start
        if step.shortcut == "project":
            shortcut = self._project(start, branch, inner)
        elif step.shortcut is not None:
            assert not isinstance(step.shortcut, str)
            (shortcut,) = self.step(step.shortcut, inner)
        shapes = [self.machine.shape(side.data) for side in (branch, shortcut)]
        if step.op == "add" and shapes[0] != shapes[1]:
            raise Illegal(f"a residual adds {shapes[0]} to {shapes[1]}")
        sides = [shortcut, branch] if step.op == "concat" else [branch, shortcut]
        return self._op(step.op, {}, sides, frame)[0]

    def _project(self, start: Value[V], branch: Value[V], frame: Frame[V]) -> Value[V]:
        if not start.strides or not branch.strides or len(start.strides) != len(branch.strides):
            raise Illegal("no strides lead from one side to the other")
        strides = tuple(b // a for a, b in zip(start.strides, branch.strides, strict=True))
        before, after = (self.machine.shape(side.data)[0] for side in (start, branch))
        if before == after and set(strides) == {1}:
            return start
        args = {"channels": after, "kernel": 1, "stride": strides, "bias": False}
        frame.current = self._op("conv", args, [start], frame)[0]
        return self._op("bn", {}, [frame.current], frame)[0]

    # --- ops --------------------------------------------------------------------------------------

    def _op(
        self, op: str, args: Mapping[str, object], values: list[Value[V]], frame: Frame[V]
    ) -> list[Value[V]]:
        written = {**self._defaults(op), **args}
        if op == "separable":
            channels = written.pop("channels")
            (inner,) = self._one("depthwise", written, values, frame)
            bias = {"bias": written["bias"]} if "bias" in written else {}
            return self._one("pointwise", {"channels": channels, **bias}, [inner], frame)
        return self._one(op, written, values, frame)

    def _one(
        self, op: str, args: Mapping[str, object], values: list[Value[V]], frame: Frame[V]
    ) -> list[Value[V]]:
        key = None
        if frame.key is not None:
            key = f"{frame.key}/{self.position}"
            self.position += 1
        results = self.machine.apply(op, args, [value.data for value in values], key)
        strides = _strides(op, args, values[0].strides)
        return [Value(result, strides) for result in results]

    def _defaults(self, op: str) -> dict[str, object]:
        own = dict(self.defaults.get(op, {}))
        if op in OF_CONV[1:]:
            of_conv = self.defaults.get("conv", {})
            own = {name: of_conv[name] for name in of_conv if name in PARAMETERS_OF[op]} | own
        return own

    def evaluate(self, argument: Argument, frame: Frame[V]) -> Any:
        """The value of an argument in a body."""
        if not isinstance(argument, Expression):
            return argument
        names = dict(frame.names)
        if frame.current is not None:
            names["prev"] = Channels(self.machine.shape(frame.current.data)[0])
        return argument.value(names)

    def _current(self, frame: Frame[V]) -> Value[V]:
        if frame.current is None:
            raise Illegal("there is no current value")
        return frame.current


class Channels:
    """What expressions may ask of `prev` and `input`."""

    def __init__(self, size: object) -> None:
        self.size = size

    @property
    def channels(self) -> int:
        if not isinstance(self.size, int):
            raise Illegal("the number of channels is symbolic")
        return self.size


def _is_layer(steps: tuple[Step, ...]) -> bool:
    return not steps or isinstance(steps[0], Apply | Call | Use)


def _strides(
    op: str, args: Mapping[str, object], strides: tuple[int, ...] | None
) -> tuple[int, ...] | None:
    """The strides behind an op."""
    if not strides or op in STEADY:
        return strides
    if op in ("add", "mul") or (op == "concat" and "axis" not in args):
        return strides
    if op not in STRIDED:
        return None
    name, default = STRIDED[op]
    own: Any = args.get(name, default)
    if own is None:
        own = args.get("kernel", 2)
    per_axis = own if isinstance(own, tuple) else (own,) * len(strides)
    return tuple(a * b for a, b in zip(strides, per_axis, strict=True))
