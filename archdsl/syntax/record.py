"""Records of the syntax tree: named tuples that the type checker takes for frozen dataclasses.

To a type checker a tree of tuples is a recursive structural type, and comparing two of those takes
minutes; a dataclass is nominal.
"""

from archdsl.annotations import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import dataclass_transform

    @dataclass_transform(frozen_default=True)
    class Record:
        """Base of the records: the annotated fields of a class in order, `span` last."""

else:
    from archdsl.records import NamedTuple

    class Record(NamedTuple):
        """Base of the records; equal where class and fields are."""

        def __eq__(self, other):
            return type(self) is type(other) and tuple.__eq__(self, other)

        def __ne__(self, other):
            return not self == other

        __hash__ = tuple.__hash__


def field_position(cls: type, name: str) -> int:
    """Where a field stands in the records of a class."""
    return tuple(cls.__annotations__).index(name)
