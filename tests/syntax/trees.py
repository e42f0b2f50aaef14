"""Syntax trees drawn at random: every record, and whatever the grammar lets stand in it."""

from hypothesis import strategies as st

from archdsl.source import Source, Span
from archdsl.syntax import ast

NOWHERE = Span(Source("test", ""), 0, 0)

# Long ones, since lines that do not fit are what the printer is about; keywords that are names.
NAMES = (
    *("x", "conv", "block", "when", "network", "stage_of_the_backbone"),
    "a_name_that_is_longer_than_any_that_one_would_give_to_a_layer",
)
NUMBERS = {7: "7", 2040: "2_040", 0.001: "1e-3", 150.0: "1.5E+2", 25_500_000: "25.5M"}
OPERATORS = ("+", "-", "*", "/", "//", "%", "**", "and", "or")

SMALL = ("name", "number", "constant", "string", "prev", "input", "word")
LARGER = (
    *("name", "number", "list", "comprehension", "unary", "binary", "binary", "comparison"),
    *("conditional", "attribute", "index", "slice", "apply"),
)
STATEMENTS = (
    *("flow", "flow", "bind", "bind", "multi_bind", "let", "default", "output", "expect"),
    *("shared", "input"),
)
DOCUMENTATION = (
    "",
    "Halves the map.",
    'With "quotes", {braces} and # signs',
    "Two\nlines",
    "A list:\n\n  - an item\n\nand more.",
)

Draw = st.DrawFn


def name(draw: Draw) -> ast.Name:
    return ast.Name(draw(st.sampled_from(NAMES)), NOWHERE)


def names(draw: Draw, least: int = 1) -> tuple[ast.Name, ...]:
    return tuple(name(draw) for _ in range(draw(st.integers(least, 3))))


def string(draw: Draw, depth: int) -> ast.String:
    literal = draw(st.sampled_from(["", "layer", 'a"\\\n\t{}', "é🙂"]))
    parts = [literal] if literal else []
    if depth and draw(st.booleans()):
        # What is computed holds no strings: their quotes would end the one around them.
        parts.append(draw(st.sampled_from([ast.Name("i", NOWHERE), _sum()])))
    return ast.String(tuple(parts), NOWHERE)


def _sum() -> ast.Binary:
    return ast.Binary("+", ast.Name("i", NOWHERE), ast.Number(7, NOWHERE), NOWHERE)


def label(draw: Draw) -> ast.Name | ast.String:
    return name(draw) if draw(st.booleans()) else string(draw, 1)


def expression(draw: Draw, depth: int) -> ast.Expr:
    kind = draw(st.sampled_from(LARGER if depth else SMALL))
    match kind:
        case "name":
            return name(draw)
        case "number":
            return ast.Number(draw(st.sampled_from(list(NUMBERS))), NOWHERE)
        case "constant":
            return ast.Constant(draw(st.sampled_from([True, False, None])), NOWHERE)
        case "string":
            return string(draw, depth)
        case "prev":
            return ast.Prev(NOWHERE)
        case "input":
            return ast.Input(NOWHERE)
        case "word":
            return ast.Name(draw(st.sampled_from(["concat", "add", "mul", "output"])), NOWHERE)
    inner = [expression(draw, depth - 1) for _ in range(3)]
    return _larger(draw, kind, inner, depth)


def _larger(draw: Draw, kind: str, inner: list[ast.Expr], depth: int) -> ast.Expr:
    one, two, three = inner
    match kind:
        case "list":
            return ast.List(tuple(inner[: draw(st.integers(0, 3))]), NOWHERE)
        case "comprehension":
            condition = three if draw(st.booleans()) else None
            return ast.Comprehension(one, names(draw), two, condition, NOWHERE)
        case "unary":
            return ast.Unary(draw(st.sampled_from(["-", "+", "not"])), one, NOWHERE)
        case "binary":
            return ast.Binary(draw(st.sampled_from(OPERATORS)), one, two, NOWHERE)
        case "comparison":
            ops = draw(st.lists(st.sampled_from(["==", "<", ">="]), min_size=1, max_size=2))
            return ast.Comparison(one, tuple(zip(ops, inner[1:], strict=False)), NOWHERE)
        case "conditional":
            return ast.Conditional(one, two, three, NOWHERE)
        case "attribute":
            return ast.Attribute(one, _word(draw), NOWHERE)
        case "index":
            return ast.Index(one, two, NOWHERE)
        case "slice":
            start, stop = (part if draw(st.booleans()) else None for part in (two, three))
            return ast.Slice(one, start, stop, NOWHERE)
        case _:
            return ast.Apply(one, arguments(draw, depth - 1), NOWHERE)


def _word(draw: Draw) -> ast.Name:
    return ast.Name(draw(st.sampled_from(["channels", "add", "not", "block"])), NOWHERE)


def arguments(draw: Draw, depth: int) -> tuple[ast.Argument, ...]:
    return tuple(
        ast.Argument(name(draw) if draw(st.booleans()) else None, expression(draw, depth), NOWHERE)
        for _ in range(draw(st.integers(0, 3)))
    )


def optional_arguments(draw: Draw, depth: int) -> tuple[ast.Argument, ...] | None:
    return arguments(draw, depth) if draw(st.booleans()) else None


def step(draw: Draw, depth: int) -> ast.Step:
    kinds = ["call", "call"]
    if depth:
        kinds += ["braces", "combine", "residual", "repeat"]
    match draw(st.sampled_from(kinds)):
        case "call":
            return ast.Call(name(draw), optional_arguments(draw, depth), NOWHERE)
        case "braces":
            return ast.Braces(body(draw, depth - 1), NOWHERE)
        case "combine":
            return ast.Combine(
                draw(st.sampled_from(["concat", "add", "mul"])),
                optional_arguments(draw, 0),
                tuple(_branch(draw, depth - 1) for _ in range(draw(st.integers(1, 3)))),
                NOWHERE,
            )
        case "residual":
            condition = expression(draw, 1) if draw(st.booleans()) else None
            shortcut = None
            if draw(st.booleans()):
                own = label(draw) if draw(st.booleans()) else None
                shortcut = ast.Shortcut(own, step(draw, depth - 1), NOWHERE)
            args = optional_arguments(draw, 0)
            return ast.Residual(args, condition, body(draw, depth - 1), shortcut, NOWHERE)
        case _:
            variable = name(draw) if draw(st.booleans()) else None
            return ast.Repeat(expression(draw, 1), variable, body(draw, depth - 1), NOWHERE)


def _branch(draw: Draw, depth: int) -> ast.Branch:
    return ast.Branch(label(draw) if draw(st.booleans()) else None, flow(draw, depth), NOWHERE)


def _value(draw: Draw) -> ast.Value:
    path = ast.Attribute(name(draw), _word(draw), NOWHERE)
    return ast.Value(
        draw(
            st.sampled_from(
                [
                    ast.Prev(NOWHERE),
                    ast.Input(NOWHERE),
                    ast.String(("enc",), NOWHERE),
                    path,
                    ast.Index(path, ast.Number(7, NOWHERE), NOWHERE),
                ]
            )
        ),
        NOWHERE,
    )


def flow(draw: Draw, depth: int) -> ast.Flow:
    first: ast.Step = step(draw, depth) if draw(st.booleans()) else _value(draw)
    rest = [step(draw, depth) for _ in range(draw(st.integers(0, 3)))]
    return ast.Flow((first, *rest), NOWHERE)


def body(draw: Draw, depth: int) -> ast.Body:
    statements = [statement(draw, depth) for _ in range(draw(st.integers(0, 3)))]
    doc = documentation(draw) if draw(st.integers(0, 3)) == 0 else None
    lone = statements and isinstance(statements[0], ast.Flow) and statements[0].steps
    if doc is None and lone and len(lone) == 1 and isinstance(lone[0], ast.Value):
        # A string that stands first and alone is documentation.
        statements.insert(0, ast.Let(name(draw), name(draw), NOWHERE))
    return ast.Body(doc, tuple(statements), NOWHERE)


def documentation(draw: Draw) -> ast.Doc:
    return ast.Doc(draw(st.sampled_from(DOCUMENTATION)), NOWHERE)


def statement(draw: Draw, depth: int) -> ast.Statement:
    match draw(st.sampled_from((*STATEMENTS, "if", "for") if depth else STATEMENTS)):
        case "flow":
            return flow(draw, depth)
        case "bind":
            return ast.Bind(label(draw), flow(draw, depth), NOWHERE)
        case "multi_bind":
            return ast.MultiBind(names(draw, 2), flow(draw, depth), NOWHERE)
        case "let":
            return ast.Let(name(draw), expression(draw, 2), NOWHERE)
        case "default":
            return ast.Default(name(draw), arguments(draw, 1), NOWHERE)
        case "output":
            # Behind a comma, `when` is the keyword.
            labels = [label(draw) for _ in range(draw(st.integers(1, 3)))]
            labels = [one for one in labels if one[0] != "when"] or [ast.Name("x", NOWHERE)]
            return ast.Output(tuple(labels), draw(st.booleans()), NOWHERE)
        case "expect":
            message = string(draw, 1) if draw(st.booleans()) else None
            return ast.Expect(expression(draw, 2), message, NOWHERE)
        case "shared":
            return ast.Shared(label(draw), flow(draw, depth), NOWHERE)
        case "input":
            return _input(draw)
        case "for":
            return ast.For(names(draw), expression(draw, 1), body(draw, depth - 1), NOWHERE)
        case _:
            return _choice(draw, depth)


def _input(draw: Draw) -> ast.InputDeclaration:
    dimensions = tuple(
        ast.Dimension(name(draw) if draw(st.booleans()) else None, expression(draw, 1), NOWHERE)
        for _ in range(draw(st.integers(1, 3)))
    )
    where = tuple(expression(draw, 1) for _ in range(draw(st.integers(0, 2))))
    return ast.InputDeclaration(name(draw), name(draw), dimensions, where, NOWHERE)


def _choice(draw: Draw, depth: int) -> ast.If:
    otherwise: ast.Body | ast.If | None = None
    match draw(st.integers(0, 2)):
        case 1:
            otherwise = body(draw, depth - 1)
        case 2:
            otherwise = _choice(draw, depth - 1) if depth > 1 else body(draw, 0)
    return ast.If(expression(draw, 1), body(draw, depth - 1), otherwise, NOWHERE)


def _type(draw: Draw, depth: int = 2) -> ast.Type:
    alternatives = tuple(
        ast.TypeName(
            ast.Name(draw(st.sampled_from(["int", "list", "none", "block"])), NOWHERE),
            _type(draw, depth - 1) if depth and draw(st.booleans()) else None,
            NOWHERE,
        )
        for _ in range(draw(st.integers(1, 2)))
    )
    return ast.Type(alternatives, NOWHERE)


def parameters(draw: Draw) -> tuple[ast.Parameter, ...]:
    return tuple(
        ast.Parameter(
            name(draw), _type(draw), expression(draw, 1) if draw(st.booleans()) else None, NOWHERE
        )
        for _ in range(draw(st.integers(0, 3)))
    )


def definition(draw: Draw) -> ast.Definition:
    match draw(st.integers(0, 8)):
        case 0:
            return _import(draw)
        case 1:
            return ast.Let(name(draw), expression(draw, 2), NOWHERE)
        case 2:
            return ast.Default(name(draw), arguments(draw, 1), NOWHERE)
        case 3:
            return ast.Fn(name(draw), parameters(draw), expression(draw, 2), NOWHERE)
        case 4:
            inside = body(draw, 2) if draw(st.booleans()) else flow(draw, 2)
            return ast.Block(name(draw), parameters(draw), inside, NOWHERE)
        case 5:
            entries = tuple(
                ast.ExternEntry(name(draw), expression(draw, 1), NOWHERE)
                for _ in range(draw(st.integers(0, 3)))
            )
            return ast.Extern(name(draw), parameters(draw), entries, NOWHERE)
        case 6:
            return ast.Network(name(draw), parameters(draw), body(draw, 2), NOWHERE)
        case 7:
            own = body(draw, 1) if draw(st.booleans()) else None
            return ast.Variant(name(draw), name(draw), arguments(draw, 1), own, NOWHERE)
        case _:
            return ast.Transfer(name(draw), name(draw), arguments(draw, 1), body(draw, 1), NOWHERE)


def _import(draw: Draw) -> ast.Import:
    module = names(draw) if draw(st.booleans()) else ast.String(("blocks.arch",), NOWHERE)
    imported = tuple(
        ast.ImportName(name(draw), name(draw) if draw(st.booleans()) else None, NOWHERE)
        for _ in range(draw(st.integers(1, 3)))
    )
    return ast.Import(module, imported, NOWHERE)


@st.composite
def files(draw: Draw) -> tuple[ast.Definition, ...]:
    """The definitions of a file."""
    version = [ast.Version(ast.Number(7, NOWHERE), NOWHERE)] if draw(st.booleans()) else []
    return (*version, *(definition(draw) for _ in range(draw(st.integers(0, 3)))))
