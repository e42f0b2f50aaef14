"""Compile-time expressions: Python's semantics on the language's values."""

from collections.abc import Callable, Mapping
from functools import cache

from archdsl.annotations import TYPE_CHECKING
from archdsl.elaborate import tensors
from archdsl.elaborate.arithmetic import (
    Unrounded,
    arithmetic,
    checked,
    compared,
    negated,
    truth,
    undecided,
)
from archdsl.elaborate.builtins import FUNCTIONS, Limit
from archdsl.elaborate.mistakes import Mistake, Unknown
from archdsl.elaborate.scope import Binding, Scope
from archdsl.elaborate.values import (
    ITEMS_A_TURN,
    MAX_ITEMS,
    SEQUENCES,
    BlockValue,
    Function,
    Tensor,
    described,
    interpolated,
    text_of,
    weight,
)
from archdsl.ops import names as op_names
from archdsl.ops import op as find_op
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.types import Undecided

if TYPE_CHECKING:
    from archdsl.elaborate.session import Session


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

    def within(self, scope: Scope) -> "Place":
        """The same place with an inner scope."""
        return Place(scope, self.prev, self.inputs, instance=self.instance)


TERMS_A_TURN = 16
"""Terms of a sum that do."""


class Evaluator:
    """Evaluates expressions for one session. Raises `Mistake` or `Unknown`."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._handlers = self.handlers  # from an instance Python reads it faster than from a class

    def value(self, node: ast.Expr, place: Place) -> object:
        """The value of an expression."""
        return self._handlers[type(node)](self, node, place)

    def truth(self, node: ast.Expr, place: Place) -> bool:
        """The truth of a condition, as in Python: 0, none, "" and [] are false."""
        return self._truth(self.value(node, place), node.span)

    def text(self, node: ast.String, place: Place) -> str:
        """A computed string."""
        return self._string(node, place)

    # --- leaves -----------------------------------------------------------------------------------

    def _literal(self, node: ast.Number | ast.Constant, place: Place) -> object:
        return node.value

    def _string(self, node: ast.String, place: Place) -> str:
        text = "".join(
            [
                part if isinstance(part, str) else interpolated(self.value(part, place))
                for part in node.parts
            ]
        )
        if len(text) > MAX_ITEMS:
            raise Mistake(
                "E419",
                f"a string of {len(text):,} characters; it may have {MAX_ITEMS:,}",
                node.span,
            )
        self._session.spend(len(text) // ITEMS_A_TURN, node.span)
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
        raise Mistake(
            "E201",
            f"the name `{node.id}` is not defined here",
            node.span,
            help=self._instead(node.id, place.scope),
        )

    def _instead(self, name: str, scope: Scope) -> str | None:
        """What an unknown name was meant to be: a word of an op, or the name nearest to it."""
        if name in _all_words():
            return f'a text is written in quotes: `"{name}"`'
        return self._session.proposal(
            name,
            lambda: scope.visible() | self._session.names_of(scope.module) | FUNCTIONS.keys(),
            f"define it with `let {name} = ...`, or make it a parameter",
        )

    def _bound(self, binding: Binding, node: ast.Name) -> object:
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
        return negated(node, value)

    def _binary(self, node: ast.Binary, place: Place) -> object:
        # A long sum is a deep left spine; a loop keeps 5,000 terms off Python's stack.
        spine, first = [node], node.left
        while isinstance(first, ast.Binary):
            spine.append(first)
            first = first.left
        if len(spine) >= TERMS_A_TURN:
            self._session.spend(len(spine) // TERMS_A_TURN, node.span)
        value = self.value(first, place)
        for part in reversed(spine):
            if part.op in ("and", "or"):
                if self._truth(value, part.left.span) == (part.op == "and"):
                    value = self.value(part.right, place)
            else:
                value = arithmetic(part, value, self.value(part.right, place))
                if isinstance(value, SEQUENCES):
                    self._measured(value, part.span)
        return value

    def _comparison(self, node: ast.Comparison, place: Place) -> object:
        left, left_node = self.value(node.first, place), node.first
        for symbol, right_node in node.rest:
            right = self.value(right_node, place)
            self._session.spend_on(left, node.span)
            if not compared(symbol, left, right, (left_node.span, right_node.span)):
                return False
            left, left_node = right, right_node
        return True

    def _truth(self, value: object, span: Span) -> bool:
        try:
            return truth(value)
        except Undecided:
            raise undecided(value, span) from None

    def _conditional(self, node: ast.Conditional, place: Place) -> object:
        return self.value(node.then if self.truth(node.condition, place) else node.otherwise, place)

    # --- lists ------------------------------------------------------------------------------------

    def items(self, node: ast.Expr, place: Place) -> tuple[object, ...]:
        """The items of a list that is looped over."""
        value = self.value(node, place)
        if not isinstance(value, tuple):
            help = "write `range(...)` to count" if isinstance(value, int) else None
            raise Mistake(
                "E206", f"a loop needs a list, not {described(value)}", node.span, help=help
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
                f"{len(targets)} loop variables for one item, {described(item)}",
                targets[0].span._replace(end=targets[-1].span.end),
            )
        for target, part in zip(targets, parts, strict=True):
            scope.names[target.id] = Binding("turn", part, target.span)

    def _list(self, node: ast.List, place: Place) -> object:
        return self._measured(tuple([self.value(item, place) for item in node.items]), node.span)

    def _comprehension(self, node: ast.Comprehension, place: Place) -> object:
        result = []
        inner = place.within(Scope(place.scope.module, place.scope))
        scope = inner.scope
        for item in self.items(node.iterable, place):
            self._session.spend(1, node.span)
            self.bind(node.targets, item, scope)
            if node.condition is None or self.truth(node.condition, inner):
                result.append(self.value(node.element, inner))
        return self._measured(tuple(result), node.span)

    def _index(self, node: ast.Index, place: Place) -> object:
        value = self.value(node.value, place)
        index = self.value(node.index, place)
        if isinstance(value, Tensor):
            return tensors.inner(self._session, value, str(index), node.span)
        if not isinstance(value, tuple | str) or type(index) is not int:
            raise Mistake(
                "E206", f"{described(value)} cannot be indexed with {described(index)}", node.span
            )
        if not -len(value) <= index < len(value):
            holds = (
                f"the list has {len(value)} items"
                if isinstance(value, tuple)
                else f"the string has {len(value)} characters"
            )
            raise Mistake("E208", f"index {index} is out of range: {holds}", node.span)
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
                f"{described(value)} cannot be sliced from {text_of(start)} to {text_of(stop)}",
                node.span,
            )
        return self._measured(value[start:stop], node.span)

    # --- attributes and calls ---------------------------------------------------------------------

    def _attribute(self, node: ast.Attribute, place: Place) -> object:
        value = self.value(node.value, place)
        if not isinstance(value, Tensor):
            raise Mistake(
                "E206",
                f"{described(value)} has no `.{node.name.id}`",
                node.name.span,
                help="only values of the network have sizes and inner values",
            )
        return tensors.attribute(self._session, value, node.name)

    def _apply(self, node: ast.Apply, place: Place) -> object:
        builtin = self._builtin(node.callee, place)
        if builtin is not None:
            return self._call_builtin(node, builtin, place)
        callee = self.value(node.callee, place)
        if isinstance(callee, Function):
            return self._session.call_function(callee, node, place)
        if isinstance(callee, BlockValue):
            return self._session.partial(callee, node, place)
        raise Mistake("E206", f"{described(callee)} cannot be called", node.callee.span)

    def _builtin(self, callee: ast.Expr, place: Place) -> str | None:
        """The built-in function that a callee names, unless the file defines that name itself."""
        if not isinstance(callee, ast.Name) or callee.id not in FUNCTIONS:
            return None
        hidden = place.scope.find(callee.id) is not None
        hidden = hidden or self._session.defines(place.scope.module, callee.id)
        return None if hidden else callee.id

    def _call_builtin(self, node: ast.Apply, name: str, place: Place) -> object:
        builtin = FUNCTIONS[name]
        usage = f"it is called as `{builtin.usage}`"
        try:
            positional = [self.value(arg.value, place) for arg in node.args if arg.name is None]
        except Unrounded as quotient:
            return self._rounded(node, name, place, quotient)
        named = {arg.name.id: self.value(arg.value, place) for arg in node.args if arg.name}
        for argument in node.args:
            if argument.name and argument.name.id not in builtin.keywords:
                raise Mistake(
                    "E203",
                    f"`{name}` has no parameter `{argument.name.id}`",
                    argument.name.span,
                    help=usage,
                )
        for value in (*positional, *named.values()):
            self._session.spend_on(value, node.span)
        shown = ", ".join(text_of(value) for value in positional)
        try:
            result = builtin.function(*positional, **named)
        except Limit as error:
            raise Mistake("E419", str(error), node.span) from None
        except Undecided:
            sizes = positional[0] if len(positional) == 1 else tuple(positional)
            raise undecided(sizes, node.span) from None
        except (TypeError, AttributeError):
            raise Mistake(
                "E206", f"`{name}` cannot take `({shown})`", node.span, help=usage
            ) from None
        except (ValueError, OverflowError) as error:
            why = "the result is too large" if isinstance(error, OverflowError) else str(error)
            raise Mistake("E207", f"`{name}({shown})`: {why}", node.span) from None
        if isinstance(result, list | tuple):
            return self._measured(tuple(result), node.span)
        return checked(result, node.span)

    def _rounded(self, node: ast.Apply, name: str, place: Place, quotient: Unrounded) -> object:
        """A quotient that depends on a size, as the argument of a function that rounds it."""
        if name in ("ceil", "floor", "int"):
            from archdsl.elaborate.quotients import rounded

            whole = rounded(self, name, node, place, quotient)
            if whole is not None:
                return checked(whole, node.span)
        raise quotient

    def _measured(self, value: "tuple[object, ...] | str", span: Span) -> object:
        """A new list or string, which counts as work, and within the limit of its items."""
        items = len(value)
        if isinstance(value, tuple) and any(isinstance(item, tuple) for item in value):
            items = weight(value)
        if items > MAX_ITEMS:
            raise Mistake(
                "E419", f"a list of more than {MAX_ITEMS:,} items, those inside it included", span
            )
        self._session.spend(items // ITEMS_A_TURN, span)
        return value

    handlers: Mapping[type, Callable[..., object]] = {
        ast.Number: _literal,
        ast.Constant: _literal,
        ast.String: _string,
        ast.Name: _name,
        ast.List: _list,
        ast.Comprehension: _comprehension,
        ast.Unary: _unary,
        ast.Binary: _binary,
        ast.Comparison: _comparison,
        ast.Conditional: _conditional,
        ast.Attribute: _attribute,
        ast.Index: _index,
        ast.Slice: _slice,
        ast.Apply: _apply,
        ast.Prev: _prev,
        ast.Input: _input,
    }
    """What evaluates each kind of expression."""


@cache
def _all_words() -> frozenset[str]:
    """The words of the parameters of all ops."""
    found = [op for name in op_names() if (op := find_op(name)) is not None]
    return frozenset(word for op in found for known in op.parameters for word in known.kind.words)


class Unresolved:
    """The value of a name whose definition failed."""


UNRESOLVED = Unresolved()
