"""Named tuples that start fast.

`typing.NamedTuple` compiles a constructor for each class, which for the sixty records of this
package takes a third as long as the interpreter takes to start. These are the same to the type
checker and to their users, and cost a tenth.
"""

from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NamedTuple
else:

    class _NamedTupleType(type):
        """Turns the annotated fields of a class into those of a tuple."""

        def __new__(mcs, name, bases, namespace):
            fields = tuple(namespace.get("__annotations__", ()))
            defaults = {field: namespace.pop(field) for field in fields if field in namespace}
            namespace |= {field: property(itemgetter(at)) for at, field in enumerate(fields)}
            namespace |= {"__slots__": (), "_fields": fields, "_field_defaults": defaults}
            namespace["__match_args__"] = fields
            return super().__new__(mcs, name, bases, namespace)

    class NamedTuple(tuple, metaclass=_NamedTupleType):
        """Base of the records, in place of `typing.NamedTuple`."""

        def __new__(cls, *values, **named):
            missing = len(cls._fields) - len(values)
            if missing and not named and 0 < missing <= len(cls._field_defaults):
                # Fields with a default stand last, as in every Python signature.
                values += tuple(cls._field_defaults.values())[-missing:]
            elif missing or named:
                values = _complete(cls, values, named)
            return tuple.__new__(cls, values)

        def __getnewargs__(self):
            return tuple(self)

        def __repr__(self):
            pairs = zip(self._fields, self, strict=True)
            return (
                f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in pairs)})"
            )

        def _replace(self, **changes):
            values = [
                changes.pop(field, value) for field, value in zip(self._fields, self, strict=True)
            ]
            if changes:
                raise TypeError(f"{type(self).__name__} has no field {', '.join(changes)}")
            return tuple.__new__(type(self), values)


def _complete(cls: Any, values: tuple[object, ...], named: dict[str, object]) -> list[object]:
    """The fields in order: by position, by name, by default."""
    fields: tuple[str, ...] = cls._fields
    given = dict(zip(fields, values, strict=False)) | named
    complete = cls._field_defaults | given
    if len(given) < len(values) + len(named) or len(complete) != len(fields):
        raise TypeError(f"{cls.__name__} takes {', '.join(fields)}")
    return [complete[field] for field in fields]


__all__ = ["NamedTuple"]
