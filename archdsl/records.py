"""Named tuples that start fast.

`typing.NamedTuple` compiles a constructor for each class, which for the sixty records of this
package takes a third as long as the interpreter takes to start. These are the same to the type
checker and to their users, and cost a tenth.
"""

# What `typing` would say, without the time that it takes to load.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _constructor(fields: tuple[str, ...], defaults: dict[str, object]) -> "Any":
    """What `__new__` of a record with these fields is."""
    count = len(fields)
    # By how many fields are given, the defaults of the others: they stand last, as in every Python
    # signature.
    last = tuple(defaults.values())
    others = {count - left: last[-left:] for left in range(1, len(last) + 1)}
    new = tuple.__new__

    def construct(cls: "Any", *values: object, **named: object) -> "Any":
        if named or len(values) != count:
            if named or len(values) not in others:
                values = _complete(cls, values, named)
            else:
                values += others[len(values)]
        return new(cls, values)

    return construct


def _complete(
    cls: "Any", values: tuple[object, ...], named: dict[str, object]
) -> tuple[object, ...]:
    """The fields in order: by position, by name, by default."""
    fields: tuple[str, ...] = cls._fields
    given = dict(zip(fields, values, strict=False)) | named
    complete = cls._field_defaults | given
    if len(given) < len(values) + len(named) or len(complete) != len(fields):
        raise TypeError(f"{cls.__name__} takes {', '.join(fields)}")
    return tuple([complete[field] for field in fields])


if TYPE_CHECKING:
    from typing import NamedTuple
else:
    # What the standard library's named tuples read fields with: no `property` is as fast.
    from collections import _tuplegetter

    class _NamedTupleType(type):
        """Turns the annotated fields of a class into those of a tuple."""

        def __new__(mcs, name, bases, namespace):
            fields = tuple(namespace.get("__annotations__", ()))
            defaults = {field: namespace.pop(field) for field in fields if field in namespace}
            namespace |= {field: _tuplegetter(at, None) for at, field in enumerate(fields)}
            namespace |= {"__slots__": (), "_fields": fields, "_field_defaults": defaults}
            namespace |= {"__match_args__": fields, "__new__": _constructor(fields, defaults)}
            return super().__new__(mcs, name, bases, namespace)

    class NamedTuple(tuple, metaclass=_NamedTupleType):
        """Base of the records, in place of `typing.NamedTuple`."""

        # A record of a tuple of all its fields, unchecked: in half the time of the constructor.
        _make = classmethod(tuple.__new__)

        def __getnewargs__(self):
            return tuple(self)

        def __repr__(self):
            pairs = zip(self._fields, self, strict=True)
            return (
                f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in pairs)})"
            )

        def _replace(self, **changes):
            changed = tuple.__new__(type(self), map(changes.pop, self._fields, self))
            if changes:
                raise TypeError(f"{type(self).__name__} has no field {', '.join(changes)}")
            return changed


__all__ = ["NamedTuple"]
