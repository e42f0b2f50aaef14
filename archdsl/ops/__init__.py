"""The ops of the language: one class an op, a family a file."""

from archdsl.ops import (
    activation,
    conv,
    conv_transpose,
    linear,
    merge,
    norm,
    pool,
    regularise,
    resample,
    shape,
    split,
)
from archdsl.ops.base import Op

_OPS = {
    op.name: op
    for family in (
        conv,
        conv_transpose,
        linear,
        pool,
        norm,
        activation,
        regularise,
        shape,
        resample,
        split,
        merge,
    )
    for op in family.OPS
}


def op(name: str) -> Op | None:
    """The op of this name, or None."""
    return _OPS.get(name)


def names() -> tuple[str, ...]:
    """All names of ops, family by family."""
    return tuple(_OPS)
