"""The wire format of protobuf, as far as a model needs it whose weights are not in memory at once.

A message is a run of fields, each a key and a value; a message, text or bytes within it stands
behind its length. So the fields around the weights are serialised by protobuf itself, and what
lies between them is written here: the same bytes as protobuf's for the whole message.
https://protobuf.dev/programming-guides/encoding
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from archdsl.outputs import Buffer

if TYPE_CHECKING:
    from numpy.typing import NDArray

_VARINT, _LENGTH = 0, 2

# The numbers of fields in https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
_GRAPH = 7
_INITIALIZER = 5
_DIMS, _DATA_TYPE, _NAME, _RAW_DATA = 1, 2, 8, 9


class Tensor(NamedTuple):
    """A tensor to write.

    Attributes:
        data_type: of `onnx.TensorProto`.
        size: of its elements, in bytes.
        pieces: makes its elements in order, in one array or several, when its turn has come.
    """

    name: str
    shape: tuple[int, ...]
    data_type: int
    size: int
    pieces: Callable[[], Iterator["NDArray[Any]"]]


def with_initializers(model: Any, tensors: Iterable[Tensor]) -> Iterator[Buffer]:
    """The bytes of a model with further tensors behind its initializers.

    Raises:
        What making a tensor raises.
    """
    tensors = tuple(tensors)
    heads = [_tensor_head(tensor) for tensor in tensors]
    before, after = _split(model.graph, _INITIALIZER, _INITIALIZER + 1)
    length = len(before) + len(after)
    for tensor, head in zip(tensors, heads, strict=True):
        length += len(head) + tensor.size
    outer_before, outer_after = _split(model, _GRAPH - 1, _GRAPH + 1)
    yield outer_before + _key(_GRAPH, _LENGTH) + varint(length) + before
    for tensor, head in zip(tensors, heads, strict=True):
        yield head
        yield from elements(tensor)
    yield after + outer_after


def elements(tensor: Tensor) -> Iterator[memoryview]:
    """The bytes of `TensorProto.raw_data`: the elements in order, the low byte first."""
    import numpy as np

    left = tensor.size
    for piece in tensor.pieces():
        flat = np.ascontiguousarray(piece, piece.dtype.newbyteorder("<")).reshape(-1)
        left -= flat.nbytes
        yield flat.view(np.uint8).data
    assert left == 0, tensor.name


def varint(number: int) -> bytes:
    """A whole number of 0 or more, seven bits a byte, the low ones first."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _tensor_head(tensor: Tensor) -> bytes:
    """The tensor as a field of the graph, up to its elements."""
    name = tensor.name.encode("utf-8")
    fields = b"".join(
        (
            *(_key(_DIMS, _VARINT) + varint(size) for size in tensor.shape),
            _key(_DATA_TYPE, _VARINT) + varint(tensor.data_type),
            _key(_NAME, _LENGTH) + varint(len(name)) + name,
            _key(_RAW_DATA, _LENGTH) + varint(tensor.size),
        )
    )
    return _key(_INITIALIZER, _LENGTH) + varint(len(fields) + tensor.size) + fields


def _split(message: Any, low: int, high: int) -> tuple[bytes, bytes]:
    """A message's fields up to number `low`, and those from `high` on."""
    first, last = type(message)(), type(message)()
    first.CopyFrom(message)
    last.CopyFrom(message)
    for field, _ in message.ListFields():
        if field.number > low:
            first.ClearField(field.name)
        if field.number < high:
            last.ClearField(field.name)
    return (
        first.SerializeToString(deterministic=True),
        last.SerializeToString(deterministic=True),
    )


def _key(field: int, kind: int) -> bytes:
    return varint(field << 3 | kind)
