"""`input` statements: tensor types, symbolic sizes, and what `where` says of them."""

from archdsl.annotations import TYPE_CHECKING
from archdsl.diagnostics import Frame, Related
from archdsl.elaborate.context import Context
from archdsl.elaborate.expressions import Place
from archdsl.elaborate.mistakes import Mistake
from archdsl.elaborate.scope import Binding, Scope
from archdsl.elaborate.suggest import proposal
from archdsl.elaborate.values import described
from archdsl.syntax import ast
from archdsl.types import Dim, Size, Symbol, TensorType, same, size_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

KINDS = {
    "image": ("C", "H", "W"),
    "audio": ("C", "T"),
    "sequence": ("C", "T"),
    "volume": ("C", "D", "H", "W"),
    "video": ("C", "D", "H", "W"),
    "tabular": ("F",),
    "tensor": None,
}
"""Input kinds and the sizes that they are declared with; None for any."""

SAMPLE = 224
"""Size of a symbol that the source gives no value: the next legal one from here is used in
summaries.
"""
LONGEST_NAME = 100
"""Letters of a symbolic size."""
SEARCHED = 512
"""How far from an illegal size a legal one is looked for."""


def declared_type(
    context: Context,
    node: ast.InputDeclaration,
    symbols: dict[str, Symbol],
    sizes: "Mapping[str, int]",
) -> TensorType:
    """The type of a declared input. New symbols are added to `symbols`; `sizes` overrides their
    values.
    """
    _check_kind(node)
    new = _new_symbols(context, node, symbols, sizes)
    _apply_where(context, node, symbols, new)
    symbols.update(new)
    for name in [_is_symbol(context, dimension) for dimension in node.dimensions]:
        if name is not None:  # known from an input in other braces, it is bound here as well
            context.scope.names[name] = Binding("let", size_of(symbols[name]), node.span)
    shape = tuple([_dimension(context, dimension) for dimension in node.dimensions])
    if not isinstance(shape[0], int):
        sizes_text = ", ".join(["3", *[str(size) for size in shape[1:]]])
        what = "features" if node.kind.id == "tabular" else "channels"
        raise Mistake(
            "E222",
            f"the number of {what} must be fixed, because weights depend on it",
            node.dimensions[0].span,
            help=f"write the number, as in `{node.kind.id}[{sizes_text}]`",
        )
    return TensorType(shape)


def _check_kind(node: ast.InputDeclaration) -> None:
    kind = node.kind.id
    if kind not in KINDS:
        raise Mistake(
            "E222",
            f"there is no input kind `{kind}`",
            node.kind.span,
            help=proposal(kind, KINDS, f"kinds are {', '.join(f'`{known}`' for known in KINDS)}"),
        )
    first, last = node.dimensions[0].span, node.dimensions[-1].span
    span = first._replace(end=last.end)
    expected = KINDS[kind]
    if expected is not None and len(node.dimensions) != len(expected):
        raise Mistake(
            "E222",
            f"an input of kind `{kind}` has {_count(len(expected))}, "
            f"[{', '.join(expected)}], and {len(node.dimensions)} are given",
            span,
            help="leave out the batch; `tensor[...]` takes any sizes"
            if len(node.dimensions) > len(expected)
            else "channels come first, then height and width"
            if kind == "image"
            else "`tensor[...]` takes any sizes",
        )
    if len(node.dimensions) > 4:
        raise Mistake(
            "E222",
            f"an input has at most 4 sizes, and {len(node.dimensions)} are given",
            span,
            help="leave out the batch",
        )


def _count(number: int) -> str:
    return f"{number} size" + ("" if number == 1 else "s")


def _is_symbol(context: Context, dimension: ast.Dimension) -> str | None:
    """The symbol that a size names, if it names one: a bare name that nothing in scope defines."""
    if dimension.name is not None:
        return dimension.name.id
    if isinstance(dimension.value, ast.Name):
        name = dimension.value.id
        in_scope = context.scope.find(name) or context.session.defines(context.scope.module, name)
        return None if in_scope else name
    return None


def _new_symbols(
    context: Context,
    node: ast.InputDeclaration,
    known: "Mapping[str, Symbol]",
    sizes: "Mapping[str, int]",
) -> dict[str, Symbol]:
    new: dict[str, Symbol] = {}
    # `H=224, W=H`: a value may be that of another symbol.
    place = Place(Scope(context.scope.module, context.scope), None, context.inputs)
    for dimension in node.dimensions:
        name = _is_symbol(context, dimension)
        if name is None:
            continue
        if len(name) > LONGEST_NAME:
            message = f"the name of this size has {len(name):,} letters"
            help = f"at most {LONGEST_NAME} are taken: it stands in every size that follows from it"
            raise Mistake("E222", message, dimension.span, help=help)
        hint = None
        if dimension.name is not None:
            hint = _hint(context, name, dimension, place)
        earlier = new.get(name) or known.get(name)
        if earlier is not None:
            if hint is not None and name not in sizes and hint != earlier.hint:
                raise Mistake(
                    "E222",
                    f"`{name}` has the values {earlier.hint} and {hint}, but it is one size",
                    dimension.span,
                    help="give the value once, or the second size another name",
                )
            continue
        if sizes.get(name, 1) < 1:
            raise Mistake("E309", f"`{name}` must be at least 1, not {sizes[name]}", dimension.span)
        symbol = new[name] = Symbol(name, sizes.get(name, hint))
        if symbol.hint is not None:
            place.scope.names[name] = Binding("let", symbol.hint, dimension.span)
    return new


def _hint(context: Context, name: str, dimension: ast.Dimension, place: Place) -> int:
    """The value that a symbolic size is given."""
    value = context.session.evaluator.value(dimension.value, place)
    if type(value) is not int:
        raise Mistake(
            "E206", f"`{name}` must be an int, not {described(value)}", dimension.value.span
        )
    if value < 1:
        raise Mistake("E309", f"`{name}` must be at least 1, not {value}", dimension.value.span)
    return value


def _apply_where(
    context: Context,
    node: ast.InputDeclaration,
    known: "Mapping[str, Symbol]",
    new: dict[str, Symbol],
) -> None:
    """Put what `where` says of one symbol into the symbol; other conditions are checked at the
    sizes in use.
    """
    for condition in node.where:
        bound = _bound(condition, new, context.place())
        if bound is None:
            continue
        name, relation, number = bound
        symbol = new[name]
        if relation == "%":
            from math import lcm

            new[name] = symbol._replace(multiple=lcm(symbol.multiple, number))
        elif relation == ">=":
            new[name] = symbol._replace(minimum=max(symbol.minimum, number))
        else:
            maximum = number if symbol.maximum is None else min(symbol.maximum, number)
            new[name] = symbol._replace(maximum=maximum)
    given = {name for name, symbol in new.items() if symbol.hint is not None}
    for name, symbol in new.items():
        if symbol.hint is None:
            start = -(-SAMPLE // symbol.multiple) * symbol.multiple
            sample = max(start, symbol.first)
            if symbol.maximum is not None and sample > symbol.maximum:
                sample = symbol.maximum // symbol.multiple * symbol.multiple
            new[name] = symbol._replace(hint=sample)
    _check_where(context, node, {**known, **new}, given)


def _bound(
    condition: ast.Expr, symbols: "Mapping[str, Symbol]", place: Place
) -> tuple[str, str, int] | None:
    """`H % 32 == 0`, `H >= 64`, `H <= 512` (strict ones too) as symbol, relation and number."""
    if not isinstance(condition, ast.Comparison) or len(condition.rest) != 1:
        return None
    operator, right = condition.rest[0]
    left = condition.first
    if isinstance(left, ast.Number) and isinstance(right, ast.Name):
        left, right = right, left
        operator = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(operator, operator)
    if not isinstance(right, ast.Number) or not isinstance(right.value, int):
        return None
    number = right.value
    if (
        isinstance(left, ast.Binary)
        and left.op == "%"
        and operator == "=="
        and number == 0
        and isinstance(left.left, ast.Name)
        and isinstance(left.right, ast.Number)
        and isinstance(left.right.value, int)
        and left.right.value > 0
        and left.left.id in symbols
    ):
        return left.left.id, "%", left.right.value
    if isinstance(left, ast.Name) and left.id in symbols:
        if operator in (">", ">="):
            return left.id, ">=", number + (operator == ">")
        if operator in ("<", "<="):
            return left.id, "<=", number - (operator == "<")
    return None


def _check_where(
    context: Context,
    node: ast.InputDeclaration,
    symbols: "Mapping[str, Symbol]",
    given: "Collection[str]",
) -> None:
    """The sizes that the network is sampled at must satisfy its own conditions."""
    values = {name: symbol.hint or symbol.first for name, symbol in symbols.items()}
    broken = _broken(context, node, values)
    if broken is None:
        return
    sizes = ", ".join(f"{name}={value}" for name, value in values.items())
    legal = _legal_sizes(context, node, values)
    if any(name in given for name in values):
        message = f"the input size {sizes} breaks `where {broken.span.text}`"
    else:
        message = f"no size is given, and {sizes} breaks `where {broken.span.text}`"
    help = f"{legal[0]} could be {' or '.join(map(str, legal[1]))}" if legal else None
    raise Mistake("E307", message, broken.span, help=help)


def _broken(
    context: Context, node: ast.InputDeclaration, values: "Mapping[str, int]"
) -> ast.Expr | None:
    """The first condition that does not hold at these sizes."""
    scope = Scope(context.scope.module, context.scope)
    for name, value in values.items():
        scope.names[name] = Binding("let", value, node.span)
    for condition in node.where:
        if not context.session.evaluator.truth(condition, Place(scope)):
            return condition
    return None


def _legal_sizes(
    context: Context, node: ast.InputDeclaration, values: "Mapping[str, int]"
) -> tuple[str, list[int]] | None:
    """A symbol, and the nearest values of it below and above that satisfy all conditions."""
    for name, value in values.items():
        near = []
        for step in (-1, 1):
            tried = range(value + step, value + step * SEARCHED, step)
            legal = (
                size
                for size in tried
                if size > 0 and not _broken(context, node, {**values, name: size})
            )
            near += [next(legal, 0)]
        if any(near):
            return name, [size for size in near if size]
    return None


def _dimension(context: Context, dimension: ast.Dimension) -> Dim:
    if dimension.name is not None:
        binding = context.scope.find(dimension.name.id)
        assert binding is not None and isinstance(binding.value, int | Size)
        return binding.value
    value = context.session.evaluator.value(dimension.value, context.place())
    if isinstance(value, bool) or not isinstance(value, int | Size):
        raise Mistake("E206", f"a size must be an int, not {described(value)}", dimension.span)
    if isinstance(value, int) and value < 1:
        raise Mistake("E309", f"a size must be at least 1, not {value}", dimension.span)
    return value


def bind_step_input(
    context: Context, node: ast.InputDeclaration, given: TensorType, call: Frame
) -> None:
    """A network used as a step: its input takes what flows in, and its symbols take the outer
    sizes.
    """
    misfit = Mistake(
        "E310",
        f"`{call.block}` takes {_written(node)}, and {given} flows in",
        call.span,
        related=(Related("its input is declared here", node.name.span),),
    )
    if len(node.dimensions) != len(given.shape):
        raise misfit
    for dimension, size in zip(node.dimensions, given.shape, strict=True):
        name = _is_symbol(context, dimension)
        bound = None if name is None else context.scope.names.get(name)
        if name is not None and bound is None:
            context.scope.names[name] = Binding("let", size, dimension.span)
            continue
        expected = _dimension(context, dimension) if bound is None else bound.value
        assert isinstance(expected, int | Size)
        if not same(expected, size):
            raise misfit
    for condition in node.where:
        if not _holds_for_step(context, condition):
            raise Mistake(
                "E307",
                f"{given} flows into `{call.block}` and breaks its `where {condition.span.text}`",
                call.span,
                related=(Related("the condition is here", condition.span),),
                help="give the outer network sizes that satisfy it",
            )


def _holds_for_step(context: Context, condition: ast.Expr) -> bool:
    """Whether a condition holds for what flows in: at the outer sizes in use where it depends on
    them.
    """
    session = context.session
    try:
        return session.evaluator.truth(condition, context.place())
    except Mistake as mistake:
        if mistake.diagnostic.code != "E216" or session.sizes is None:
            raise
    scope = Scope(context.scope.module, context.scope)
    for name, binding in context.scope.names.items():
        if isinstance(binding.value, Size):
            value = binding.value.evaluate(session.sizes)
            scope.names[name] = Binding(binding.kind, value, binding.span, binding.expr)
    return session.evaluator.truth(condition, Place(scope))


def _written(node: ast.InputDeclaration) -> str:
    first, last = node.dimensions[0].span, node.dimensions[-1].span
    return f"[{first.source.text[first.start : last.end]}]"
