"""The syntax tree: immutable records, one for each construct of the language.

Every record ends in its `span`. Records hold what was written, nothing that was inferred; comments
are kept beside the tree, in `File.comments`. A named tuple costs a tenth of a dataclass at
start-up, which is why these are.
"""

from archdsl.annotations import TypeAlias
from archdsl.source import Span
from archdsl.syntax.record import Record

# --- names and expressions ------------------------------------------------------------------------


class Name(Record):
    """An identifier, in an expression or wherever one is declared."""

    id: str
    span: Span


class Number(Record):
    """`7`, `2_040`, `0.5`, `1e-3`, `25.5M`; `value` has its unit applied."""

    value: int | float
    span: Span


class Constant(Record):
    """`true`, `false`, `none`."""

    value: bool | None
    span: Span


class String(Record):
    """`"layer{i + 1}"`: the literal and the computed parts in order, neighbouring literal text
    joined, none empty.
    """

    parts: tuple["str | Expr", ...]
    span: Span


class List(Record):
    items: tuple["Expr", ...]
    span: Span


class Comprehension(Record):
    """`[element for a, b in iterable if condition]`."""

    element: "Expr"
    targets: tuple[Name, ...]
    iterable: "Expr"
    condition: "Expr | None"
    span: Span


class Unary(Record):
    """`-x`, `+x`, `not x`."""

    op: str
    operand: "Expr"
    span: Span


class Binary(Record):
    """`a + b` and the like: `+ - * / // % **`, and `and`, `or`."""

    op: str
    left: "Expr"
    right: "Expr"
    span: Span


class Comparison(Record):
    """`a < b <= c`: the first operand, then operator and operand in turn."""

    first: "Expr"
    rest: tuple[tuple[str, "Expr"], ...]
    span: Span


class Conditional(Record):
    """`then if condition else otherwise`."""

    then: "Expr"
    condition: "Expr"
    otherwise: "Expr"
    span: Span


class Attribute(Record):
    """`value.name`."""

    value: "Expr"
    name: Name
    span: Span


class Index(Record):
    """`value[index]`."""

    value: "Expr"
    index: "Expr"
    span: Span


class Slice(Record):
    """`value[start:stop]`."""

    value: "Expr"
    start: "Expr | None"
    stop: "Expr | None"
    span: Span


class Argument(Record):
    """`value` or `name=value`."""

    name: Name | None
    value: "Expr"
    span: Span


class Apply(Record):
    """A call in an expression: a built-in, a `fn`, or a block with some arguments given."""

    callee: "Expr"
    args: tuple[Argument, ...]
    span: Span


class Prev(Record):
    """`prev`, the current value."""

    span: Span


class Input(Record):
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


class Call(Record):
    """`conv(64, 3)` or, with `args` None, the bare `relu`."""

    name: Name
    args: tuple[Argument, ...] | None
    span: Span


class Value(Record):
    """A value at the start of a flow: `prev`, `input`, a string, or a path (an `Attribute` or
    `Index`).

    A bare name there is a `Call` without arguments: only scopes can tell a value from a layer.
    """

    expr: Expr
    span: Span


class Braces(Record):
    """`{ … }` as a step: statements in sequence."""

    body: "Body"
    span: Span


class Branch(Record):
    """One entry of `concat […]`: a flow, perhaps named."""

    name: Name | String | None
    flow: "Flow"
    span: Span


class Combine(Record):
    """`concat […]`, `add […]`, `mul […]`: side by side. `args` is None where no parentheses are
    written.
    """

    op: str
    args: tuple[Argument, ...] | None
    branches: tuple[Branch, ...]
    span: Span


class Shortcut(Record):
    """`shortcut S` or `shortcut name = S`."""

    name: Name | String | None
    step: "Step"
    span: Span


class Residual(Record):
    """`residual(drop=p) if CONDITION { F } shortcut S`."""

    args: tuple[Argument, ...] | None
    condition: Expr | None
    body: "Body"
    shortcut: Shortcut | None
    span: Span


class Repeat(Record):
    """`repeat N as i { … }`."""

    count: Expr
    variable: Name | None
    body: "Body"
    span: Span


Step: TypeAlias = Call | Value | Braces | Combine | Residual | Repeat


class Flow(Record):
    """`conv(64) -> bn -> relu`: one step or more; only the first may be a `Value`."""

    steps: tuple[Step, ...]
    span: Span


# --- statements -----------------------------------------------------------------------------------


class Dimension(Record):
    """A size in an input's brackets: `3`, `H`, or `H=224` (then `name` is H)."""

    name: Name | None
    value: Expr
    span: Span


class InputDeclaration(Record):
    """`input image: image[3, H=224, W=224] where H % 32 == 0`."""

    name: Name
    kind: Name
    dimensions: tuple[Dimension, ...]
    where: tuple[Expr, ...]
    span: Span


class Let(Record):
    name: Name
    value: Expr
    span: Span


class Default(Record):
    """`default conv(bias=false)`."""

    op: Name
    args: tuple[Argument, ...]
    span: Span


class Expect(Record):
    """`expect params == 25_557_032, "message"`."""

    condition: Expr
    message: String | None
    span: Span


class Output(Record):
    """`output logits`, `output p3, "p{i}"`, `output aux when training`."""

    names: tuple[Name | String, ...]
    training: bool
    span: Span


class Shared(Record):
    """`shared head = Head(256)`."""

    name: Name | String
    flow: Flow
    span: Span


class For(Record):
    targets: tuple[Name, ...]
    iterable: Expr
    body: "Body"
    span: Span


class If(Record):
    condition: Expr
    then: "Body"
    otherwise: "Body | If | None"
    span: Span


class Bind(Record):
    """`name = flow` or `"computed{i}" = flow`."""

    name: Name | String
    flow: Flow
    span: Span


class MultiBind(Record):
    """`a, b = chunk(2)`."""

    names: tuple[Name, ...]
    flow: Flow
    span: Span


Statement: TypeAlias = (
    InputDeclaration | Let | Default | Expect | Output | Shared | For | If | Bind | MultiBind | Flow
)


class Doc(Record):
    """A documentation string, escapes resolved, `{` taken as it is."""

    text: str
    span: Span


class Body(Record):
    """The inside of braces. The span includes the braces."""

    doc: Doc | None
    statements: tuple[Statement, ...]
    span: Span


# --- file level -----------------------------------------------------------------------------------


class TypeName(Record):
    """`int`, `block`, `list[int]`: `element` is what stands in the brackets."""

    name: Name
    element: "Type | None"
    span: Span


class Type(Record):
    """`int | list[int]`: at least one alternative."""

    alternatives: tuple[TypeName, ...]
    span: Span


class Parameter(Record):
    name: Name
    type: Type
    default: Expr | None
    span: Span


class Version(Record):
    """`arch 1`."""

    number: Number
    span: Span


class ImportName(Record):
    """`Bottleneck as B`: `alias` is None where none is written."""

    name: Name
    alias: Name | None
    span: Span


class Import(Record):
    """`from "blocks.arch" import …` (`module` is the String) or `from std.blocks import …` (its
    dotted names).
    """

    module: String | tuple[Name, ...]
    names: tuple[ImportName, ...]
    span: Span


class Fn(Record):
    name: Name
    parameters: tuple[Parameter, ...]
    value: Expr
    span: Span


class Block(Record):
    """`block B(…) { … }`, or `block B(…) = flow`."""

    name: Name
    parameters: tuple[Parameter, ...]
    body: Body | Flow
    span: Span


class ExternEntry(Record):
    """One line of an `extern op`: `shape […]`, `pytorch "…"`, `onnx "…"`, `params N`."""

    name: Name
    value: Expr
    span: Span


class Extern(Record):
    name: Name
    parameters: tuple[Parameter, ...]
    entries: tuple[ExternEntry, ...]
    span: Span


class Network(Record):
    """`network N(…) { … }`."""

    name: Name
    parameters: tuple[Parameter, ...]
    body: Body
    span: Span


class Variant(Record):
    """`network X = Y(args) { … }`."""

    name: Name
    base: Name
    args: tuple[Argument, ...]
    body: Body | None
    span: Span


class Transfer(Record):
    """`transfer T of N(args) { … }`."""

    name: Name
    base: Name
    args: tuple[Argument, ...]
    body: Body
    span: Span


Definition: TypeAlias = (
    Version | Import | Let | Default | Fn | Block | Extern | Network | Variant | Transfer
)


class File(Record):
    """A whole file. `comments` are spans, each from `#` to the end of its line."""

    items: tuple[Definition, ...]
    comments: tuple[Span, ...]
    span: Span
