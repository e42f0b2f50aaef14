"""Compile-time expressions: Python's semantics on the language's values."""

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from archdsl.elaborate.builtins import FUNCTIONS, KEYWORDS, MAX_ITEMS, Limit
from archdsl.elaborate.mistakes import Mistake, Unknown
from archdsl.elaborate.scope import Binding, Scope
from archdsl.elaborate.suggest import proposal
from archdsl.elaborate.values import (
    BlockValue,
    Function,
    Tensor,
    interpolated,
    text_of,
    type_of,
)
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.types import Size, Undecided

if TYPE_CHECKING:
    from archdsl.elaborate.session import Session

MAX_INTEGER = 2**63 - 1

_ARITHMETIC: dict[str, Callable[[Any, Any], object]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}

_COMPARISONS: dict[str, Callable[[Any, Any], object]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Place:
    """Where an expression is evaluated: its scope, and what `prev` and `input` are there.

    `prev` is the current value, None where there is none; `inputs` are those of the enclosing block
    or network. Without an `instance` nothing is known of either.
    """

    __slots__ = ("inputs", "instance", "prev", "scope")

    def __init__(
        self,
        scope: Scope,
        prev: int | None = None,
        inputs: tuple[int, ...] = (),
        *,
        instance: bool = True,
    ) -> None:
        self.scope = scope
        self.prev = prev
        self.inputs = inputs
        self.instance = instance


class Evaluator:
    """Evaluates expressions for one session. Raises `Mistake` or `Unknown`."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._handlers: dict[type, Callable[..., object]] = {
            ast.Number: self._number,
            ast.Constant: lambda node, place: node.value,
            ast.String: self._string,
            ast.Name: self._name,
            ast.List: lambda node, place: tuple([self.value(item, place) for item in node.items]),
            ast.Comprehension: self._comprehension,
            ast.Unary: self._unary,
            ast.Binary: self._binary,
            ast.Comparison: self._comparison,
            ast.Conditional: self._conditional,
            ast.Attribute: self._attribute,
            ast.Index: self._index,
            ast.Slice: self._slice,
            ast.Apply: self._apply,
            ast.Prev: self._prev,
            ast.Input: self._input,
        }

    def value(self, node: ast.Expr, place: Place) -> object:
        """The value of an expression."""
        return self._handlers[type(node)](node, place)

    def truth(self, node: ast.Expr, place: Place) -> bool:
        """The truth of a condition, as in Python: 0, none, "" and [] are false."""
        return self._truth(self.value(node, place), node.span)

    def text(self, node: ast.String, place: Place) -> str:
        """A computed string."""
        return self._string(node, place)

    # --- leaves -----------------------------------------------------------------------------------

    def _number(self, node: ast.Number, place: Place) -> object:
        return node.value

    def _string(self, node: ast.String, place: Place) -> str:
        text = "".join(
            [
                part if isinstance(part, str) else interpolated(self.value(part, place))
                for part in node.parts
            ]
        )
        if len(text) > MAX_ITEMS:
            raise Mistake("E419", f"a string of {len(text):,} characters", node.span)
        return text

    def _name(self, node: ast.Name, place: Place) -> object:
        binding = place.scope.find(node.id)
        if binding is not None:
            return self._bound(binding, node)
        found = self._session.named(place.scope.module, node, place.scope)
        if found is not None:
            return found
        if node.id in FUNCTIONS:
            raise Mistake(
                "E206",
                f"the function `{node.id}` is named but not called",
                node.span,
                help=f"call it: `{node.id}(...)`",
            )
        known = (
            place.scope.visible() | self._session.names_of(place.scope.module) | FUNCTIONS.keys()
        )
        raise Mistake(
            "E201",
            f"the name `{node.id}` is not defined here",
            node.span,
            help=proposal(node.id, known, 'a text is written in quotes: `"' + node.id + '"`'),
        )

    def _bound(self, binding: Binding, node: ast.Name) -> object:
        self._session.used(binding)
        value = binding.value
        if isinstance(value, Unresolved):
            raise Unknown
        return value

    def _prev(self, node: ast.Prev, place: Place) -> object:
        if not place.instance:
            raise Unknown
        if place.prev is None:
            raise Mistake(
                "E214",
                "there is no current value here for `prev`",
                node.span,
                help="name the value that is meant",
            )
        return Tensor(place.prev)

    def _input(self, node: ast.Input, place: Place) -> object:
        if not place.instance:
            raise Unknown
        if len(place.inputs) != 1:
            raise Mistake(
                "E214",
                f"`input` means the only input, and there are {len(place.inputs)} here",
                node.span,
                help="write the name of the input that is meant",
            )
        return Tensor(place.inputs[0])

    # --- operators --------------------------------------------------------------------------------

    def _unary(self, node: ast.Unary, place: Place) -> object:
        value = self.value(node.operand, place)
        if node.op == "not":
            return not self._truth(value, node.operand.span)
        if isinstance(value, bool) or not isinstance(value, int | float | Size):
            raise Mistake(
                "E206", f"`{node.op}` needs a number, not {type_of(value)}", node.operand.span
            )
        return -value if node.op == "-" else value

    def _binary(self, node: ast.Binary, place: Place) -> object:
        # A long sum is a deep left spine; a loop keeps 5,000 terms off Python's stack.
        spine = [node]
        while isinstance(spine[-1].left, ast.Binary):
            spine.append(spine[-1].left)
        value = self.value(spine[-1].left, place)
        for part in reversed(spine):
            if part.op in ("and", "or"):
                if self._truth(value, part.left.span) == (part.op == "and"):
                    value = self.value(part.right, place)
            else:
                value = self._arithmetic(part, value, self.value(part.right, place))
        return value

    def _arithmetic(self, node: ast.Binary, left: object, right: object) -> object:
        number = int | float | Size
        numbers = (
            isinstance(left, number)
            and isinstance(right, number)
            and not isinstance(left, bool)
            and not isinstance(right, bool)
        )
        joined = node.op == "+" and (
            (isinstance(left, str) and isinstance(right, str))
            or (isinstance(left, tuple) and isinstance(right, tuple))
        )
        repeated = node.op == "*" and (
            (type(left) is int and isinstance(right, str | tuple))
            or (type(right) is int and isinstance(left, str | tuple))
        )
        if not (numbers or joined or repeated):
            raise Mistake(
                "E206",
                f"`{node.op}` does not apply to {text_of(left)} ({type_of(left)})"
                f" and {text_of(right)} ({type_of(right)})",
                node.span,
            )
        self._guard(node, left, right)
        try:
            result = _ARITHMETIC[node.op](left, right)
        except ZeroDivisionError:
            raise Mistake(
                "E207", f"division by zero: {text_of(left)} {node.op} 0", node.span
            ) from None
        except (OverflowError, Undecided, TypeError) as error:
            raise Mistake("E207", f"this cannot be computed: {error}", node.span) from None
        return self.checked(result, node.span)

    def _guard(self, node: ast.Binary, left: object, right: object) -> None:
        """Stop operations whose result would be huge before they are carried out."""
        if node.op == "**" and isinstance(left, int) and isinstance(right, int):
            if abs(left) > 1 and right > 64:
                raise Mistake("E207", f"{left} ** {right} does not fit in 64 bits", node.span)
        elif node.op == "**" and isinstance(left, int | float) and left < 0:
            if not isinstance(right, int):
                raise Mistake("E207", f"{left} ** {right} is not a real number", node.span)
        elif isinstance(left, tuple | str) or isinstance(right, tuple | str):
            one, other = _length(left), _length(right)
            total = one + other if node.op == "+" else one * other
            if total > MAX_ITEMS:
                raise Mistake(
                    "E419",
                    f"{total:,} items; a list or string holds at most {MAX_ITEMS:,}",
                    node.span,
                )

    def checked(self, value: object, span: Span) -> object:
        """A result within the language's limits."""
        if type(value) is int and not -MAX_INTEGER - 1 <= value <= MAX_INTEGER:
            raise Mistake("E207", "the result does not fit in 64 bits", span)
        if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
            raise Mistake("E207", "the result is not a finite number", span)
        return value

    def _comparison(self, node: ast.Comparison, place: Place) -> object:
        left, left_node = self.value(node.first, place), node.first
        for symbol, right_node in node.rest:
            right = self.value(right_node, place)
            try:
                holds = _COMPARISONS[symbol](left, right)
            except TypeError:
                raise Mistake(
                    "E206",
                    f"`{symbol}` does not compare {type_of(left)} with {type_of(right)}",
                    left_node.span._replace(end=right_node.span.end),
                ) from None
            except Undecided:
                raise self._undecided(
                    left, left_node.span._replace(end=right_node.span.end)
                ) from None
            if not holds:
                return False
            left, left_node = right, right_node
        return True

    def _truth(self, value: object, span: Span) -> bool:
        if isinstance(value, Size):
            raise self._undecided(value, span)
        return bool(value) if not isinstance(value, Tensor | BlockValue | Function) else True

    @staticmethod
    def _undecided(value: object, span: Span) -> Mistake:
        return Mistake(
            "E216",
            f"this depends on the input's size ({value}), which is not fixed",
            span,
            help="fix the size in the `input` statement, or say what is known of it with `where`",
        )

    def _conditional(self, node: ast.Conditional, place: Place) -> object:
        return self.value(node.then if self.truth(node.condition, place) else node.otherwise, place)

    # --- lists ------------------------------------------------------------------------------------

    def items(self, node: ast.Expr, place: Place) -> tuple[object, ...]:
        """The items of a list that is looped over."""
        value = self.value(node, place)
        if not isinstance(value, tuple):
            help = "write `range(...)` to count" if isinstance(value, int) else None
            raise Mistake(
                "E206", f"a loop needs a list, not {type_of(value)}", node.span, help=help
            )
        return value

    def bind(self, targets: tuple[ast.Name, ...], item: object, scope: Scope) -> None:
        """Bind loop variables to an item, which must have as many parts as there are variables."""
        if len(targets) == 1:
            parts: tuple[object, ...] = (item,)
        elif isinstance(item, tuple) and len(item) == len(targets):
            parts = item
        else:
            raise Mistake(
                "E215",
                f"{len(targets)} names for {text_of(item)}",
                targets[0].span._replace(end=targets[-1].span.end),
            )
        for target, part in zip(targets, parts, strict=True):
            scope.names[target.id] = Binding("turn", part, target.span)

    def _comprehension(self, node: ast.Comprehension, place: Place) -> object:
        result = []
        scope = Scope(place.scope.module, place.scope)
        inner = Place(scope, place.prev, place.inputs)
        for item in self.items(node.iterable, place):
            self._session.spend(1, node.span)
            self.bind(node.targets, item, scope)
            if node.condition is None or self.truth(node.condition, inner):
                result.append(self.value(node.element, inner))
        return tuple(result)

    def _index(self, node: ast.Index, place: Place) -> object:
        value = self.value(node.value, place)
        index = self.value(node.index, place)
        if isinstance(value, Tensor):
            return self._session.inner(value, str(index), node.span)
        if not isinstance(value, tuple | str) or type(index) is not int:
            raise Mistake(
                "E206", f"{type_of(value)} cannot be indexed with {type_of(index)}", node.span
            )
        if not -len(value) <= index < len(value):
            raise Mistake(
                "E208", f"index {index} is out of range: the list has {len(value)} items", node.span
            )
        return value[index]

    def _slice(self, node: ast.Slice, place: Place) -> object:
        value = self.value(node.value, place)
        start = None if node.start is None else self.value(node.start, place)
        stop = None if node.stop is None else self.value(node.stop, place)
        if (
            not isinstance(value, tuple | str)
            or not isinstance(start, int | None)
            or not isinstance(stop, int | None)
        ):
            raise Mistake(
                "E206",
                f"{type_of(value)} cannot be sliced from {text_of(start)} to {text_of(stop)}",
                node.span,
            )
        return value[start:stop]

    # --- attributes and calls ---------------------------------------------------------------------

    def _attribute(self, node: ast.Attribute, place: Place) -> object:
        value = self.value(node.value, place)
        if not isinstance(value, Tensor):
            raise Mistake(
                "E206",
                f"{type_of(value)} has no `.{node.name.id}`; only tensors have attributes",
                node.span,
            )
        return self._session.attribute(value, node.name)

    def _apply(self, node: ast.Apply, place: Place) -> object:
        builtin = self._builtin(node.callee, place)
        if builtin is not None:
            return self._call_builtin(node, builtin, place)
        callee = self.value(node.callee, place)
        if isinstance(callee, Function):
            return self._session.call_function(callee, node, place)
        if isinstance(callee, BlockValue):
            return self._session.partial(callee, node, place)
        raise Mistake("E206", f"{type_of(callee)} cannot be called", node.span)

    def _builtin(self, callee: ast.Expr, place: Place) -> str | None:
        """The built-in function that a callee names, if the file does not define that name itself."""
        if not isinstance(callee, ast.Name) or callee.id not in FUNCTIONS:
            return None
        hidden = place.scope.find(callee.id) is not None
        hidden = hidden or self._session.defines(place.scope.module, callee.id)
        return None if hidden else callee.id

    def _call_builtin(self, node: ast.Apply, name: str, place: Place) -> object:
        positional = [self.value(arg.value, place) for arg in node.args if arg.name is None]
        named = {arg.name.id: self.value(arg.value, place) for arg in node.args if arg.name}
        for argument in node.args:
            if argument.name and argument.name.id not in KEYWORDS.get(name, ()):
                raise Mistake(
                    "E203", f"`{name}` has no parameter `{argument.name.id}`", argument.name.span
                )
        try:
            result = FUNCTIONS[name](*positional, **named)
        except Limit as error:
            raise Mistake("E419", str(error), node.span) from None
        except Undecided:
            sizes = [value for value in positional if isinstance(value, Size)]
            raise self._undecided(sizes[0] if sizes else "a list of sizes", node.span) from None
        except (TypeError, ValueError, OverflowError, AttributeError) as error:
            shown = ", ".join(text_of(value) for value in positional)
            raise Mistake(
                "E207", f"`{name}({shown})` cannot be computed: {error}", node.span
            ) from None
        return self.checked(tuple(result) if isinstance(result, list) else result, node.span)


def _length(value: object) -> int:
    """The items of a list or string; a number counts them."""
    if isinstance(value, tuple | str):
        return len(value)
    return value if isinstance(value, int) else 1


class Unresolved:
    """The value of a name whose definition failed."""


UNRESOLVED = Unresolved()
