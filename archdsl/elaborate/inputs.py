"""`input` statements: tensor types, symbolic sizes, and what `where` says of them."""

from typing import TYPE_CHECKING

from archdsl.elaborate.context import Context
from archdsl.elaborate.expressions import Place
from archdsl.elaborate.mistakes import Mistake
from archdsl.elaborate.scope import Binding, Scope
from archdsl.elaborate.suggest import proposal
from archdsl.elaborate.values import text_of, type_of
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.types import Dim, Size, Symbol, TensorType, Undecided, same, size_of

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def declared_type(
    context: Context,
    node: ast.InputDeclaration,
    symbols: dict[str, Symbol],
    sizes: "Mapping[str, int]",
) -> TensorType:
    """The type of a declared input. New symbols are added to `symbols`; `sizes` overrides their
    values.
    """
    if node.kind.id not in KINDS:
        raise Mistake(
            "E217",
            f"there is no input kind `{node.kind.id}`",
            node.kind.span,
            help=proposal(node.kind.id, KINDS, f"kinds are {', '.join(KINDS)}"),
        )
    expected = KINDS[node.kind.id]
    if expected is not None and len(node.dimensions) != len(expected):
        raise Mistake(
            "E217",
            f"an input of kind `{node.kind.id}` has {len(expected)} sizes, "
            f"[{', '.join(expected)}], and {len(node.dimensions)} are given",
            node.span,
            help="leave the batch out" if len(node.dimensions) > len(expected) else None,
        )
    if not node.dimensions or len(node.dimensions) > 4:
        raise Mistake("E217", "an input has one to four sizes, without the batch", node.span)
    new = _new_symbols(context, node, symbols, sizes)
    _apply_where(context, node, new)
    symbols.update(new)
    for name, symbol in new.items():
        context.scope.names[name] = Binding("let", size_of(symbol), node.span)
    shape = tuple([_dimension(context, dimension) for dimension in node.dimensions])
    if not isinstance(shape[0], int):
        raise Mistake(
            "E217",
            "the number of channels must be fixed: weights depend on it",
            node.dimensions[0].span,
        )
    return TensorType(shape)


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
    for dimension in node.dimensions:
        name = _is_symbol(context, dimension)
        if name is None or name in known:
            continue
        hint = None
        if dimension.name is not None:
            value = context.session.evaluator.value(dimension.value, context.place())
            if type(value) is not int or value < 1:
                raise Mistake(
                    "E206",
                    f"`{name}` must be a positive int, not {text_of(value)} ({type_of(value)})",
                    dimension.value.span,
                )
            hint = value
        new[name] = Symbol(name, sizes.get(name, hint))
    return new


def _apply_where(context: Context, node: ast.InputDeclaration, new: dict[str, Symbol]) -> None:
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
    for name, symbol in new.items():
        if symbol.hint is None:
            start = -(-SAMPLE // symbol.multiple) * symbol.multiple
            sample = max(start, symbol.first)
            if symbol.maximum is not None and sample > symbol.maximum:
                sample = symbol.maximum // symbol.multiple * symbol.multiple
            new[name] = symbol._replace(hint=sample)
    _check_where(context, node, new)


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


def _check_where(context: Context, node: ast.InputDeclaration, new: "Mapping[str, Symbol]") -> None:
    """The sizes that the network is sampled at must satisfy its own conditions."""
    scope = Scope(context.scope.module, context.scope)
    for name, symbol in new.items():
        scope.names[name] = Binding("let", symbol.hint, node.span)
    place = Place(scope)
    for condition in node.where:
        if not context.session.evaluator.truth(condition, place):
            sizes = ", ".join(f"{name}={symbol.hint}" for name, symbol in new.items())
            raise Mistake(
                "E307",
                f"the input size {sizes} breaks `where {condition.span.text}`",
                condition.span,
                help=_legal_sizes(new),
            )


def _legal_sizes(new: "Mapping[str, Symbol]") -> str | None:
    for name, symbol in new.items():
        if symbol.hint is not None and not symbol.legal(symbol.hint):
            below = symbol.hint // symbol.multiple * symbol.multiple
            near = [size for size in (below, below + symbol.multiple) if symbol.legal(size)]
            if near:
                return f"{name} could be {' or '.join(map(str, near))}"
    return None


def _dimension(context: Context, dimension: ast.Dimension) -> Dim:
    if dimension.name is not None:
        binding = context.scope.find(dimension.name.id)
        assert binding is not None and isinstance(binding.value, int | Size)
        return binding.value
    value = context.session.evaluator.value(dimension.value, context.place())
    if isinstance(value, bool) or not isinstance(value, int | Size):
        raise Mistake(
            "E206", f"a size must be int, not {text_of(value)} ({type_of(value)})", dimension.span
        )
    if isinstance(value, int) and value < 1:
        raise Mistake("E309", f"a size must be at least 1, not {value}", dimension.span)
    return value


def bind_step_input(
    context: Context, node: ast.InputDeclaration, given: TensorType, span: Span
) -> None:
    """A network used as a step: its input takes what flows in, and its symbols take the outer
    sizes.
    """
    if len(node.dimensions) != len(given.shape):
        raise Mistake(
            "E310",
            f"the network takes {len(node.dimensions)} sizes, {_written(node)},"
            f" and {given} flows in",
            span,
        )
    for dimension, size in zip(node.dimensions, given.shape, strict=True):
        name = _is_symbol(context, dimension)
        if name is not None:
            bound = context.scope.names.get(name)
            if bound is None:
                context.scope.names[name] = Binding("let", size, dimension.span)
                continue
            expected = bound.value
        else:
            expected = _dimension(context, dimension)
        assert isinstance(expected, int | Size)
        if not same(expected, size):
            raise Mistake("E310", f"the network takes {_written(node)}, and {given} flows in", span)
    for condition in node.where:
        try:
            holds = context.session.evaluator.truth(condition, context.place())
        except (Undecided, Mistake):
            continue  # it depends on the outer sizes, for which the outer network answers
        if not holds:
            raise Mistake(
                "E307", f"{given} flows in, which breaks `where {condition.span.text}`", span
            )


def _written(node: ast.InputDeclaration) -> str:
    first, last = node.dimensions[0].span, node.dimensions[-1].span
    return f"[{first.source.text[first.start : last.end]}]"
