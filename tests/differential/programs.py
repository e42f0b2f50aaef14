"""Networks as the generator holds them, and their text.

Records for the part of the language that is drawn. They are no syntax tree: archdsl sees the text
alone, and `interpreter` runs the records, so that neither can repeat a mistake of the other.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from archdsl.ops import op as find_op


class Expression(NamedTuple):
    """An argument that depends on parameters: as the language writes it, and its value."""

    text: str
    value: Callable[[Mapping[str, Any]], Any]


class Word(str):
    """A string that is written without quotes: a word of an op's parameter."""


Argument: TypeAlias = object
"""A number, bool, None, `Word`, tuple of these, `Expression`, or for a parameter of type block an
`Apply`."""


class Apply(NamedTuple):
    """An op with its written arguments."""

    op: str
    args: Mapping[str, Argument]


class Call(NamedTuple):
    """A block with its written arguments."""

    block: "Block"
    args: Mapping[str, Argument]


class Use(NamedTuple):
    """A shared layer, or what a parameter of type block holds."""

    name: str


class Braces(NamedTuple):
    body: "Body"


class Repeat(NamedTuple):
    count: Argument
    variable: str | None
    body: "Body"


class Residual(NamedTuple):
    """`residual if CONDITION (op=…, drop=…) { body } shortcut NAME = STEP`.

    `shortcut` is None for the identity and "project" for the projection.
    """

    body: "Body"
    shortcut: "Step | str | None" = None
    name: str | None = None
    condition: Expression | None = None
    op: str = "add"
    drop: float = 0.0


class Combine(NamedTuple):
    """`concat`, `add` or `mul` of branches, each with a name or None."""

    op: str
    args: Mapping[str, Argument]
    branches: tuple[tuple[str | None, "Flow"], ...]


Step: TypeAlias = Apply | Call | Use | Braces | Repeat | Residual | Combine


class Flow(NamedTuple):
    """Steps from a named value, from `prev`, or (None) from the current value."""

    source: str | None
    steps: tuple[Step, ...]


class Do(NamedTuple):
    """A flow, its result bound to a name, several results to several."""

    names: tuple[str, ...]
    flow: Flow


class Let(NamedTuple):
    name: str
    value: Expression


class If(NamedTuple):
    condition: Expression
    then: "Body"
    otherwise: "Body"


class For(NamedTuple):
    variable: str
    values: tuple[object, ...]
    body: "Body"


class Share(NamedTuple):
    """A shared layer's declaration."""

    name: str
    step: Apply | Call


Statement: TypeAlias = Do | Let | If | For | Share
Body: TypeAlias = tuple[Statement, ...]


class Block(NamedTuple):
    """A block; `parameters` are names with type and default (`None`: it has none)."""

    name: str
    parameters: tuple[tuple[str, str, Argument], ...]
    body: Body


class Symbolic(NamedTuple):
    """A symbolic size: its value, another legal one, and what is promised about it."""

    name: str
    hint: int
    other: int
    multiple: int = 1
    minimum: int = 1


class Input(NamedTuple):
    name: str
    kind: str
    sizes: tuple[int | Symbolic, ...]


class Network(NamedTuple):
    """A whole file: defaults of ops, blocks, and one network.

    `outputs` are names of values, and whether they are for training alone; none: the last value.
    """

    defaults: tuple[tuple[str, Mapping[str, Argument]], ...]
    blocks: tuple[Block, ...]
    inputs: tuple[Input, ...]
    body: Body
    outputs: tuple[tuple[str, bool], ...]

    @property
    def symbols(self) -> tuple[Symbolic, ...]:
        """The symbolic sizes, each once."""
        sizes = [size for given in self.inputs for size in given.sizes]
        return tuple(dict.fromkeys(size for size in sizes if isinstance(size, Symbolic)))

    def text(self) -> str:
        """The source."""
        lines = ["arch 1", ""]
        for op, args in self.defaults:
            lines += [f"default {op}({arguments(op, args)})", ""]
        for block in self.blocks:
            declared = ", ".join(
                f"{name}: {type_}" + ("" if default is None else f" = {literal(default)}")
                for name, type_, default in block.parameters
            )
            lines += [f"block {block.name}({declared}) {{", *_body(block.body, "  "), "}", ""]
        lines.append("network Net {")
        lines += [f"  input {given.name}: {given.kind}{_sizes(given)}" for given in self.inputs]
        lines += _body(self.body, "  ")
        for name, training in self.outputs:
            lines.append(f"  output {_name(name)}{' when training' if training else ''}")
        return "\n".join([*lines, "}", ""])

    def fixed(self) -> "Network":
        """The same network with numbers in place of symbolic sizes."""
        inputs = tuple(
            given._replace(
                sizes=tuple(
                    size.hint if isinstance(size, Symbolic) else size for size in given.sizes
                )
            )
            for given in self.inputs
        )
        return self._replace(inputs=inputs)


def literal(value: Argument) -> str:
    """An argument as the language writes it."""
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, Apply | Call | Use):
        return _step(value, "")
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return f"[{', '.join(map(literal, value))}]"
    return str(value)


def arguments(op: str, args: Mapping[str, Argument]) -> str:
    """Arguments of an op; the first one or two of its parameters stand without a name."""
    found = find_op(op)
    assert found is not None
    order = [parameter.name for parameter in found.parameters]
    written = []
    positional = True
    for index, name in enumerate(order):
        positional = positional and name in args and index < 2
        if name in args:
            text = literal(args[name])
            written.append(text if positional else f"{name}={text}")
    return ", ".join(written)


def _sizes(given: Input) -> str:
    sizes = [
        f"{size.name}={size.hint}" if isinstance(size, Symbolic) else str(size)
        for size in given.sizes
    ]
    promises = []
    for size in given.sizes:
        if isinstance(size, Symbolic):
            promises += [f"{size.name} % {size.multiple} == 0"] * (size.multiple > 1)
            promises += [f"{size.name} >= {size.minimum}"] * (size.minimum > 1)
    where = f" where {', '.join(dict.fromkeys(promises))}" if promises else ""
    return f"[{', '.join(sizes)}]{where}"


def _name(name: str) -> str:
    return f'"{name}"' if "{" in name else name


def _body(body: Body, indent: str) -> list[str]:
    return [f"{indent}{_statement(statement, indent)}" for statement in body]


def _braces(body: Body, indent: str) -> str:
    return "\n".join(["{", *_body(body, indent + "  "), indent + "}"])


def _statement(statement: Statement, indent: str) -> str:
    if isinstance(statement, Do):
        names = ", ".join(map(_name, statement.names))
        return f"{names + ' = ' if names else ''}{_flow(statement.flow, indent)}"
    if isinstance(statement, Let):
        return f"let {statement.name} = {statement.value.text}"
    if isinstance(statement, If):
        then = f"if {statement.condition.text} {_braces(statement.then, indent)}"
        return then + (f" else {_braces(statement.otherwise, indent)}" * bool(statement.otherwise))
    if isinstance(statement, For):
        values = literal(statement.values)
        return f"for {statement.variable} in {values} {_braces(statement.body, indent)}"
    return f"shared {statement.name} = {_step(statement.step, indent)}"


def _flow(flow: Flow, indent: str) -> str:
    source = [] if flow.source is None else [_name(flow.source)]
    return " -> ".join([*source, *(_step(step, indent) for step in flow.steps)])


def _step(step: Step | str, indent: str) -> str:
    if isinstance(step, Apply):
        args = arguments(step.op, step.args)
        return f"{step.op}({args})" if args else step.op
    if isinstance(step, Call):
        args = ", ".join(f"{name}={literal(value)}" for name, value in step.args.items())
        return f"{step.block.name}({args})" if args else step.block.name
    if isinstance(step, Use):
        return step.name
    if isinstance(step, Braces):
        return _braces(step.body, indent)
    if isinstance(step, Repeat):
        turns = f" as {step.variable}" if step.variable else ""
        return f"repeat {literal(step.count)}{turns} {_braces(step.body, indent)}"
    if isinstance(step, Residual):
        return _residual(step, indent)
    if isinstance(step, Combine):
        branches = [
            f"{indent}  {_name(name) + ' = ' if name else ''}{_flow(flow, indent + '  ')},\n"
            for name, flow in step.branches
        ]
        args = arguments(step.op, step.args)
        return f"{step.op}{f'({args})' if args else ''} [\n{''.join(branches)}{indent}]"
    return step


def _residual(step: Residual, indent: str) -> str:
    args = [f"op={step.op}"] * (step.op != "add") + [f"drop={step.drop}"] * (step.drop > 0)
    written = f"({', '.join(args)})" if args else ""
    condition = f" if {step.condition.text}" if step.condition else ""
    text = f"residual{written}{condition} {_braces(step.body, indent)}"
    if step.shortcut is not None:
        name = f"{_name(step.name)} = " if step.name else ""
        text += f" shortcut {name}{_step(step.shortcut, indent)}"
    return text
