"""What annotations need of `typing`, without loading it.

Loading `typing` takes a third as long as the interpreter takes to start, and `archdsl check` has no
other use for it. To a type checker these are `typing`'s own.
"""

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any, Literal, NoReturn, Protocol, TextIO, TypeAlias, cast, overload
else:
    Any = NoReturn = Protocol = TextIO = TypeAlias = object

    class Literal:
        """Says which values there are; to the interpreter it does not matter."""

        def __class_getitem__(cls, values):
            return cls

    def cast(kind, value):
        """The value itself."""
        return value

    def overload(function):
        """The last definition of a function is the one that counts."""
        return function


__all__ = [
    "TYPE_CHECKING",
    "Any",
    "Literal",
    "NoReturn",
    "Protocol",
    "TextIO",
    "TypeAlias",
    "cast",
    "overload",
]
