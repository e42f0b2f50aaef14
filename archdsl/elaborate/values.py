"""Compile-time values that Python has no type for, and the types of the language.

Plain values are Python's: int, float, bool, str, None, and tuples for lists (immutable, so that
block arguments can be compared and hashed). Sizes that depend on the input are
`archdsl.types.Size`.
"""

from collections.abc import Mapping

from archdsl.annotations import TYPE_CHECKING
from archdsl.elaborate.definitions import TransferDefinition
from archdsl.ops.base import Op
from archdsl.records import NamedTuple
from archdsl.syntax import ast
from archdsl.types import Size
from archdsl.visible import quoted

if TYPE_CHECKING:
    from archdsl.elaborate.definitions import (
        BlockDefinition,
        ExternDefinition,
        NetworkDefinition,
    )
    from archdsl.elaborate.shared import SharedLayer


MAX_ITEMS = 1_000_000
"""Longest list or string that an expression may make."""


SEQUENCES = (tuple, str)
"""Values that have items; `tuple | str` would be made anew for each operator of an expression."""
ITEMS_A_TURN = 16
"""Items of a list or characters of a string that cost as much as one turn of a loop."""


class Tensor:
    """A value of the network; with the instance whose result it is, where its inner values can be
    read by path.
    """

    __slots__ = ("instance", "several", "value")

    def __init__(
        self, value: int, instance: int | None = None, several: tuple[str, ...] = ()
    ) -> None:
        self.value = value
        self.instance = instance
        self.several = several
        """Names of the outputs of a network with several, which are read by path only."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tensor) and other.value == self.value

    def __hash__(self) -> int:
        return hash(("tensor", self.value))

    def __str__(self) -> str:
        return "tensor"


class Function:
    """A `fn` of some file."""

    __slots__ = ("definition", "module")

    def __init__(self, definition: ast.Fn, module: object) -> None:
        self.definition = definition
        self.module = module


class BlockValue:
    """A layer that can be applied: an op, a block or a network, perhaps with some arguments fixed.

    `defaults` are what `default` statements said where an op was named; unlike `fixed`, a call may
    override them.
    """

    __slots__ = ("complete", "defaults", "fixed", "target")

    def __init__(
        self,
        target: "Op | BlockDefinition | ExternDefinition | NetworkDefinition | SharedLayer",
        fixed: tuple[tuple[str, object], ...] = (),
        defaults: tuple[tuple[str, object], ...] = (),
    ) -> None:
        self.target = target
        self.fixed = fixed
        self.defaults = defaults
        self.complete: Mapping[str, object] | None = None
        """Of an op, every parameter with its value in a call without arguments; filled by the first
        such call.
        """

    def _key(self) -> tuple[object, ...]:
        return (id(self.target), self.fixed, self.defaults)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BlockValue) and other._key() == self._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __str__(self) -> str:
        return self.target.name


class TypeRule(NamedTuple):
    """What a type name accepts, and whether it takes an element type."""

    accepts: tuple[type, ...]
    element: bool = False


TYPES = {
    "int": TypeRule((int, Size)),
    "float": TypeRule((float, int)),
    "bool": TypeRule((bool,)),
    "str": TypeRule((str,)),
    "none": TypeRule((type(None),)),
    "list": TypeRule((tuple,), element=True),
    "block": TypeRule((BlockValue,)),
    "tensor": TypeRule((Tensor,)),
}


def takes(type_: ast.Type, name: str) -> bool:
    """Whether a type is among the alternatives of a declared type."""
    return name in [alternative.name.id for alternative in type_.alternatives]


def matches(type_: ast.Type, value: object) -> bool:
    """Whether a value is of a declared type: a `bool` is no `int`, an `int` is a `float`."""
    if len(type_.alternatives) == 1:
        return _matches_one(type_.alternatives[0], value)
    return any(_matches_one(alternative, value) for alternative in type_.alternatives)


def _matches_one(alternative: ast.TypeName, value: object) -> bool:
    rule = TYPES.get(alternative.name.id)
    if rule is None:
        return True  # an unknown type name was reported where it stands
    if isinstance(value, bool) and bool not in rule.accepts:
        return False
    if not isinstance(value, rule.accepts):
        return False
    if alternative.element is not None and isinstance(value, tuple):
        return all(matches(alternative.element, item) for item in value)
    return True


def type_text(type_: ast.Type) -> str:
    return " | ".join(
        name.name.id + (f"[{type_text(name.element)}]" if name.element else "")
        for name in type_.alternatives
    )


def type_of(value: object) -> str:
    """The type of a value in the language's words."""
    for name, python in (("bool", bool), ("int", int), ("float", float), ("str", str)):
        if isinstance(value, python):
            return name
    if value is None:
        return "none"
    if isinstance(value, tuple):
        kinds = dict.fromkeys(type_of(item) for item in value[:20])
        return f"list[{' | '.join(kinds)}]" if kinds else "list"
    if isinstance(value, Size):
        return "a size that depends on the input"
    if isinstance(value, Tensor):
        return "tensor"
    return "block" if isinstance(value, BlockValue) else "fn"


def text_of(value: object) -> str:
    """A value as the language writes it, cut when long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "none"
    if isinstance(value, str):
        shown = value if len(value) <= 40 else value[:37] + "..."
        return quoted(shown)
    if isinstance(value, tuple):
        items = [text_of(item) for item in value[:8]]
        return "[" + ", ".join(items + ["..."] * (len(value) > 8)) + "]"
    if isinstance(value, BlockValue):
        return f"`{value}`"
    if isinstance(value, Tensor):
        return "a tensor"
    return str(value) if not isinstance(value, Function) else f"`{value.definition.name.id}`"


def described(value: object) -> str:
    """A value with its type, for messages: `2.5 (float)`, the layer `bn`, a tensor."""
    if isinstance(value, Tensor):
        return "a tensor"
    if value is None:
        return "none"
    if isinstance(value, BlockValue):
        return f"the layer {text_of(value)}"
    if isinstance(value, Function):
        return f"the function {text_of(value)}"
    if isinstance(value, TransferDefinition):
        return f"the transfer plan `{value.node.name.id}`"
    if isinstance(value, Size):
        return f"{value}, which depends on the input's size"
    return f"{text_of(value)} ({type_of(value)})"


def interpolated(value: object) -> str:
    """A value inside a computed string: as `str` gives it, in the language's words."""
    if isinstance(value, tuple):
        items = (text_of(item) if isinstance(item, str) else interpolated(item) for item in value)
        return f"[{', '.join(items)}]"
    return value if isinstance(value, str) else text_of(value)


def weight(value: object) -> int:
    """The items of a list, those of the lists in it included, or the characters of a
    string; counting stops past `MAX_ITEMS`.
    """
    if isinstance(value, str):
        return len(value)
    total = 0
    pending = [value]
    while pending and total <= MAX_ITEMS:
        item = pending.pop()
        if isinstance(item, tuple):
            total += len(item)
            pending += [inner for inner in item if isinstance(inner, tuple)]
    return total


def hash_key(value: object) -> object:
    """A key under which equal arguments of one type meet: Python's own hash takes 1, 1.0 and True
    for one.
    """
    if type(value) is int or type(value) is str:
        return value
    if isinstance(value, tuple):
        return tuple([hash_key(item) for item in value])
    if isinstance(value, BlockValue):
        return (id(value.target), hash_key(value.fixed), hash_key(value.defaults))
    return (type(value).__name__, value)
