"""Records of the syntax tree: named tuples that the type checker takes for frozen dataclasses.

To a type checker a tree of tuples is a recursive structural type, and comparing two of those takes
minutes; a dataclass is nominal.
"""

from typing import Any, TypeVar, dataclass_transform

from archdsl.records import NamedTuple

Class = TypeVar("Class")


@dataclass_transform(frozen_default=True)
def record(cls: type[Class]) -> type[Class]:
    """Make a record of the annotated fields of a class; equal where class and fields are."""
    own = ("__doc__", "__module__", "__annotations__")
    members: dict[str, object] = {name: vars(cls)[name] for name in own}
    members |= {"__eq__": _equal, "__ne__": _differ, "__hash__": tuple.__hash__}
    make: Any = type(NamedTuple)
    made: type[Class] = make(cls.__name__, (NamedTuple,), members)
    return made


def _equal(one: tuple[object, ...], other: object) -> bool:
    return type(one) is type(other) and tuple.__eq__(one, other)


def _differ(one: tuple[object, ...], other: object) -> bool:
    return not _equal(one, other)


def field_position(cls: type, name: str) -> int:
    """Where a field stands in the records of a class."""
    return tuple(cls.__annotations__).index(name)
