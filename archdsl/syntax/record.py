"""Records of the syntax tree: named tuples that the type checker takes for frozen dataclasses.

A named tuple costs a tenth of a dataclass at start-up. To a type checker, though, a tree of tuples
is a recursive structural type, and comparing two of those takes minutes; a dataclass is nominal.
"""

from collections import namedtuple
from typing import TypeVar, dataclass_transform

Class = TypeVar("Class")

_OF_THE_CLASS = ("__dict__", "__weakref__")


@dataclass_transform(frozen_default=True)
def record(cls: type[Class]) -> type[Class]:
    """Make a named tuple of the annotated fields of a class, none of which may have a default."""
    fields = tuple(cls.__annotations__)
    base = namedtuple(cls.__name__, fields, module=cls.__module__)  # type: ignore[misc]
    names = {name: value for name, value in vars(cls).items() if name not in _OF_THE_CLASS}
    return type(cls.__name__, (base,), {**names, "__slots__": ()})


def field_position(cls: type, name: str) -> int:
    """Where a field stands in the records of a class."""
    return tuple(cls.__annotations__).index(name)
