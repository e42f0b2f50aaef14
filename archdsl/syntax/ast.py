"""The syntax tree: immutable records, one for each construct of the language.

Every record ends in its `span`. Records hold what was written, nothing that was inferred; comments
are kept beside the tree, in `File.comments`. A named tuple costs a tenth of a dataclass at
start-up, which is why these are.
"""

from typing import NamedTuple, TypeAlias

from archdsl.source import Span

# --- names and expressions ------------------------------------------------------------------------


class Name(NamedTuple):
    """An identifier, in an expression or wherever one is declared."""

    id: str
    span: Span


class Number(NamedTuple):
    """`7`, `2_040`, `0.5`, `1e-3`, `25.5M`; `value` has its unit applied."""

    value: int | float
    span: Span


class Constant(NamedTuple):
    """`true`, `false`, `none`."""

    value: bool | None
    span: Span


class String(NamedTuple):
    """`"layer{i + 1}"`: the literal and the computed parts in order, neighbouring literal text
    joined, none empty.
    """

    parts: tuple["str | Expr", ...]
    span: Span


class List(NamedTuple):
    items: tuple["Expr", ...]
    span: Span


class Comprehension(NamedTuple):
    """`[element for a, b in iterable if condition]`."""

    element: "Expr"
    targets: tuple[Name, ...]
    iterable: "Expr"
    condition: "Expr | None"
    span: Span


class Unary(NamedTuple):
    """`-x`, `+x`, `not x`."""

    op: str
    operand: "Expr"
    span: Span


class Binary(NamedTuple):
    """`a + b` and the like: `+ - * / // % **`, and `and`, `or`."""

    op: str
    left: "Expr"
    right: "Expr"
    span: Span


class Comparison(NamedTuple):
    """`a < b <= c`: the first operand, then operator and operand in turn."""

    first: "Expr"
    rest: tuple[tuple[str, "Expr"], ...]
    span: Span


class Conditional(NamedTuple):
    """`then if condition else otherwise`."""

    then: "Expr"
    condition: "Expr"
    otherwise: "Expr"
    span: Span


class Attribute(NamedTuple):
    """`value.name`."""

    value: "Expr"
    name: Name
    span: Span


class Index(NamedTuple):
    """`value[index]`."""

    value: "Expr"
    index: "Expr"
    span: Span


class Slice(NamedTuple):
    """`value[start:stop]`."""

    value: "Expr"
    start: "Expr | None"
    stop: "Expr | None"
    span: Span


class Argument(NamedTuple):
    """`value` or `name=value`."""

    name: Name | None
    value: "Expr"
    span: Span


class Apply(NamedTuple):
    """A call in an expression: a built-in, a `fn`, or a block with some arguments given."""

    callee: "Expr"
    args: tuple[Argument, ...]
    span: Span


class Prev(NamedTuple):
    """`prev`, the current value."""

    span: Span


class Input(NamedTuple):
    """`input`, the input of the enclosing block or network."""

    span: Span


Expr: TypeAlias = (
    Name
    | Number
    | Constant
    | String
    | List
    | Comprehension
    | Unary
    | Binary
    | Comparison
    | Conditional
    | Attribute
    | Index
    | Slice
    | Apply
    | Prev
    | Input
)

# --- flows ----------------------------------------------------------------------------------------


class Call(NamedTuple):
    """`conv(64, 3)` or, with `args` None, the bare `relu`."""

    name: Name
    args: tuple[Argument, ...] | None
    span: Span


class Value(NamedTuple):
    """A value at the start of a flow: `prev`, `input`, a string, or a path (an `Attribute` or
    `Index`).

    A bare name there is a `Call` without arguments: only scopes can tell a value from a layer.
    """

    expr: Expr
    span: Span


class Braces(NamedTuple):
    """`{ … }` as a step: statements in sequence."""

    body: "Body"
    span: Span


class Branch(NamedTuple):
    """One entry of `concat […]`: a flow, perhaps named."""

    name: Name | String | None
    flow: "Flow"
    span: Span


class Combine(NamedTuple):
    """`concat […]`, `add […]`, `mul […]`: side by side. `args` is None where no parentheses are
    written.
    """

    op: str
    args: tuple[Argument, ...] | None
    branches: tuple[Branch, ...]
    span: Span


class Shortcut(NamedTuple):
    """`shortcut S` or `shortcut name = S`."""

    name: Name | String | None
    step: "Step"
    span: Span


class Residual(NamedTuple):
    """`residual(drop=p) if CONDITION { F } shortcut S`."""

    args: tuple[Argument, ...] | None
    condition: Expr | None
    body: "Body"
    shortcut: Shortcut | None
    span: Span


class Repeat(NamedTuple):
    """`repeat N as i { … }`."""

    count: Expr
    variable: Name | None
    body: "Body"
    span: Span


Step: TypeAlias = Call | Value | Braces | Combine | Residual | Repeat


class Flow(NamedTuple):
    """`conv(64) -> bn -> relu`: one step or more; only the first may be a `Value`."""

    steps: tuple[Step, ...]
    span: Span


# --- statements -----------------------------------------------------------------------------------


class Dimension(NamedTuple):
    """A size in an input's brackets: `3`, `H`, or `H=224` (then `name` is H)."""

    name: Name | None
    value: Expr
    span: Span


class InputDeclaration(NamedTuple):
    """`input image: image[3, H=224, W=224] where H % 32 == 0`."""

    name: Name
    kind: Name
    dimensions: tuple[Dimension, ...]
    where: tuple[Expr, ...]
    span: Span


class Let(NamedTuple):
    name: Name
    value: Expr
    span: Span


class Default(NamedTuple):
    """`default conv(bias=false)`."""

    op: Name
    args: tuple[Argument, ...]
    span: Span


class Expect(NamedTuple):
    """`expect params == 25_557_032, "message"`."""

    condition: Expr
    message: String | None
    span: Span


class Output(NamedTuple):
    """`output logits`, `output p3, "p{i}"`, `output aux when training`."""

    names: tuple[Name | String, ...]
    training: bool
    span: Span


class Shared(NamedTuple):
    """`shared head = Head(256)`."""

    name: Name | String
    flow: Flow
    span: Span


class For(NamedTuple):
    targets: tuple[Name, ...]
    iterable: Expr
    body: "Body"
    span: Span


class If(NamedTuple):
    condition: Expr
    then: "Body"
    otherwise: "Body | If | None"
    span: Span


class Bind(NamedTuple):
    """`name = flow` or `"computed{i}" = flow`."""

    name: Name | String
    flow: Flow
    span: Span


class MultiBind(NamedTuple):
    """`a, b = chunk(2)`."""

    names: tuple[Name, ...]
    flow: Flow
    span: Span


Statement: TypeAlias = (
    InputDeclaration | Let | Default | Expect | Output | Shared | For | If | Bind | MultiBind | Flow
)


class Doc(NamedTuple):
    """A documentation string, escapes resolved, `{` taken as it is."""

    text: str
    span: Span


class Body(NamedTuple):
    """The inside of braces. The span includes the braces."""

    doc: Doc | None
    statements: tuple[Statement, ...]
    span: Span


# --- file level -----------------------------------------------------------------------------------


class TypeName(NamedTuple):
    """`int`, `block`, `list[int]`: `element` is what stands in the brackets."""

    name: Name
    element: "Type | None"
    span: Span


class Type(NamedTuple):
    """`int | list[int]`: at least one alternative."""

    alternatives: tuple[TypeName, ...]
    span: Span


class Parameter(NamedTuple):
    name: Name
    type: Type
    default: Expr | None
    span: Span


class Version(NamedTuple):
    """`arch 1`."""

    number: Number
    span: Span


class ImportName(NamedTuple):
    """`Bottleneck as B`: `alias` is None where none is written."""

    name: Name
    alias: Name | None
    span: Span


class Import(NamedTuple):
    """`from "blocks.arch" import …` (`module` is the String) or `from std.blocks import …` (its
    dotted names).
    """

    module: String | tuple[Name, ...]
    names: tuple[ImportName, ...]
    span: Span


class Fn(NamedTuple):
    name: Name
    parameters: tuple[Parameter, ...]
    value: Expr
    span: Span


class Block(NamedTuple):
    """`block B(…) { … }`, or `block B(…) = flow`."""

    name: Name
    parameters: tuple[Parameter, ...]
    body: Body | Flow
    span: Span


class ExternEntry(NamedTuple):
    """One line of an `extern op`: `shape […]`, `pytorch "…"`, `onnx "…"`, `params N`."""

    name: Name
    value: Expr
    span: Span


class Extern(NamedTuple):
    name: Name
    parameters: tuple[Parameter, ...]
    entries: tuple[ExternEntry, ...]
    span: Span


class Network(NamedTuple):
    """`network N(…) { … }`."""

    name: Name
    parameters: tuple[Parameter, ...]
    body: Body
    span: Span


class Variant(NamedTuple):
    """`network X = Y(args) { … }`."""

    name: Name
    base: Name
    args: tuple[Argument, ...]
    body: Body | None
    span: Span


class Transfer(NamedTuple):
    """`transfer T of N(args) { … }`."""

    name: Name
    base: Name
    args: tuple[Argument, ...]
    body: Body
    span: Span


Definition: TypeAlias = (
    Version | Import | Let | Default | Fn | Block | Extern | Network | Variant | Transfer
)


class File(NamedTuple):
    """A whole file. `comments` are spans, each from `#` to the end of its line."""

    items: tuple[Definition, ...]
    comments: tuple[Span, ...]
    span: Span
