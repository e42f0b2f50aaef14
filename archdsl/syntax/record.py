"""Records of the syntax tree: bare tuples that the type checker takes for frozen dataclasses.

Making forty dataclasses costs 34 ms at start-up, forty named tuples 6, forty of these less than 1.
To a type checker a tree of tuples is a recursive structural type, and comparing two of those takes
minutes; a dataclass is nominal.
"""

from operator import itemgetter
from typing import TypeVar, dataclass_transform

Class = TypeVar("Class")


class Record(tuple[object, ...]):
    """What all records share. Two records are equal where their classes and fields are."""

    __slots__ = ()
    fields: tuple[str, ...] = ()

    def __new__(cls, *values: object) -> "Record":
        if len(values) != len(cls.fields):
            raise TypeError(f"{cls.__name__} has the fields {', '.join(cls.fields)}")
        return tuple.__new__(cls, values)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and tuple.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return tuple.__hash__(self)

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{name}={value!r}" for name, value in zip(self.fields, self, strict=True)
        )
        return f"{type(self).__name__}({shown})"


@dataclass_transform(frozen_default=True)
def record(cls: type[Class]) -> type[Class]:
    """Make a record of the annotated fields of a class, which have no defaults."""
    names = tuple(cls.__annotations__)
    members: dict[str, object] = {
        name: property(itemgetter(position)) for position, name in enumerate(names)
    }
    members |= {"__slots__": (), "__doc__": cls.__doc__, "__module__": cls.__module__}
    members |= {"fields": names, "__annotations__": cls.__annotations__}
    return type(cls.__name__, (Record,), members)


def field_position(cls: type, name: str) -> int:
    """Where a field stands in the records of a class."""
    return tuple(cls.__annotations__).index(name)
