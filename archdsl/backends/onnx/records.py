"""Plain records for what ONNX makes of a layer: an expression of nodes, and what they read.

A form is the node that gives the layer's result; its operands are inputs, weights, constants or
further nodes. The same node standing at two places is written once.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from archdsl.types import Dim, TensorType

BATCH = "N"
"""The size of the batch in a shape; the writer picks another name where a symbol has this one."""

FLOAT, INT64 = 1, 7
"""The numbers of float32 and int64 among ONNX's element types."""

Shape: TypeAlias = tuple[Dim | str, ...]
"""A shape with its batch, if it has one."""


class Input(NamedTuple):
    """The layer's input of this number."""

    number: int = 0


class Tensor(NamedTuple):
    """The layer's weight of this name."""

    name: str


class Constant(NamedTuple):
    """A small tensor that is no weight.

    `shape` is () for a scalar; `dtype` is ``int64`` or ``float``. `values` are its elements in
    order.
    """

    values: tuple[float, ...]
    shape: tuple[int, ...]
    dtype: str


Attribute: TypeAlias = (
    int | float | str | tuple[int, ...] | tuple[float, ...] | tuple[str, ...] | Constant
)


class Node(NamedTuple):
    """One ONNX node.

    Attributes:
        op: its type in ONNX.
        operands: what it reads; None for an optional input that is left out.
        attributes: in ONNX's names.
        shape: of its result; None: as the layer's first input. The node that is the whole form has
            the layer's outputs.
        dtype: ``float``, ``int64`` or ``bool``.
        domain: of `op`; "" for ONNX's own.
    """

    op: str
    operands: tuple["Operand", ...]
    attributes: Mapping[str, Attribute] = {}
    shape: Shape | None = None
    dtype: str = "float"
    domain: str = ""


class NoForm(NamedTuple):
    """Why a layer has no form: `reason` completes "… has no ONNX form: "; `since` is the opset from
    which on it has one, or None.
    """

    reason: str
    since: int | None = None
    help: str | None = None


MAX_TABLE = 1_000_000
"""Numbers of one list in a model."""


def too_long(count: int) -> NoForm | None:
    """Why a layer has no form that would list so many channels or positions, if it has none."""
    if count <= MAX_TABLE:
        return None
    return NoForm(f"it lists {count:,} channels or positions; a model may list {MAX_TABLE:,}")


Operand: TypeAlias = Input | Tensor | Constant | Node | None
Form: TypeAlias = Node | Input | NoForm
"""`Input` alone: the layer passes its input on, as dropout does in evaluation."""

X = Input()


def ints(values: tuple[int, ...]) -> Constant:
    """A list of whole numbers, as ONNX wants shapes, axes and sizes."""
    return Constant(values, (len(values),), "int64")


def integer(value: int) -> Constant:
    """A whole number."""
    return Constant((value,), (), "int64")


def real(value: float) -> Constant:
    """A number."""
    return Constant((value,), (), "float")


def batched(type_: TensorType) -> Shape:
    """The shape of a value with its batch."""
    return (BATCH, *type_.shape)
