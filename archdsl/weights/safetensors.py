"""The safetensors format: eight bytes with the length of a JSON header, the header, the data.

Read and written here, so that every number of the header is checked before it is used.
"""

import json
import os
import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from math import prod
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from archdsl.ops.base import Weight
from archdsl.weights.lazy import PIECE, Lazy
from archdsl.weights.names import COUNTER
from archdsl.weights.stored import MOST_HEADER, Stored, WeightsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DTYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U8": "uint8",
    "BOOL": "bool",
}


_MOST_AXES = 64
"""Of a tensor: PyTorch's and numpy's own limit."""

_WIDTHS = {"64": 8, "32": 4, "16": 2, "8": 1, "bool": 1}
"""Bytes of an element, by what its type ends with."""


def open_file(path: str) -> Mapping[str, Stored]:
    """The tensors of a file; WeightsError where the header and the file do not agree."""
    with open(path, "rb") as file:
        start = file.read(8)
        (length,) = struct.unpack("<Q", start) if len(start) == 8 else (MOST_HEADER + 1,)
        if length > MOST_HEADER:
            raise WeightsError(f"{path} is no safetensors file: its header has no sound length")
        text = file.read(length)
        stamp = _stamp(file)
    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        reason = error.args[0] if isinstance(error, _Twice) else "its header is no JSON"
        raise WeightsError(f"{path} is no safetensors file: {reason}") from error
    if not isinstance(header, dict):
        raise WeightsError(f"{path} is no safetensors file: its header is no object")
    header.pop("__metadata__", None)
    found = {name: _stored(path, name, entry, 8 + length, stamp) for name, entry in header.items()}
    end = 0
    for first, last in sorted(entry["data_offsets"] for entry in header.values()):
        if first < end < last:
            raise WeightsError(f"{path} is no sound safetensors file: its tensors overlap")
        end = max(end, last)
    return found


class _Twice(ValueError):
    """A name that stands twice in an object; the text says which."""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        name, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise _Twice(f"its header has {name} twice")
    return found


class _Stamp(NamedTuple):
    """By what a file is known again; one that another program has replaced has another header."""

    device: int
    inode: int
    size: int
    changed: int


def _stamp(file: BinaryIO) -> _Stamp:
    found = os.fstat(file.fileno())
    return _Stamp(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _stored(path: str, name: str, entry: object, start: int, stamp: _Stamp) -> Stored:
    broken = WeightsError(f"{path} is no sound safetensors file: its header is wrong about {name}")
    if not isinstance(entry, dict):
        raise broken
    dtype, shape, span = (entry.get(key) for key in ("dtype", "shape", "data_offsets"))
    if not (isinstance(dtype, str) and dtype in _DTYPES and _whole(shape) and _whole(span)):
        raise broken
    assert isinstance(shape, list) and isinstance(span, list)
    own = _DTYPES[dtype]
    if len(span) != 2 or len(shape) > _MOST_AXES or not span[0] <= span[1] <= stamp.size - start:
        raise broken
    if span[1] - span[0] != prod(shape) * _width(own):
        raise broken

    def pieces() -> "Iterator[NDArray[Any]]":
        with open(path, "rb") as file:
            if _stamp(file) != stamp:
                raise WeightsError(f"{path} has changed since it was opened")
            file.seek(start + span[0])
            left = span[1] - span[0]
            while left:
                size = min(left, PIECE * _width(own))
                data = file.read(size)
                if len(data) < size:
                    raise WeightsError(f"{path} has become shorter since it was opened")
                yield _array(data, own)
                left -= size

    return Stored(tuple(shape), own, pieces)


def _whole(numbers: object) -> bool:
    return isinstance(numbers, list) and all(
        isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**63
        for number in numbers
    )


def _width(dtype: str) -> int:
    return next(width for ending, width in _WIDTHS.items() if dtype.endswith(ending))


def _array(data: bytes, dtype: str) -> "NDArray[Any]":
    import numpy as np

    if dtype == "bfloat16":
        # The upper half of a float32.
        wide = np.frombuffer(data, "<u2").astype(np.uint32) << 16
        return wide.view(np.float32)
    return np.frombuffer(data, np.dtype(dtype).newbyteorder("<"))


def parts(tensors: Iterable[tuple[str, Weight]], weights: Lazy) -> Iterator[bytes | memoryview]:
    """The content of a file, a part at a time: counters as int64, all else as float32."""
    import numpy as np

    listed = [
        (name, weight.shape, "I64" if weight.name == COUNTER else "F32") for name, weight in tensors
    ]
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape, kind in listed:
        start, end = end, end + prod(shape) * _width(_DTYPES[kind])
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)  # data begins at a multiple of eight
    yield struct.pack("<Q", len(text)) + text
    for name, shape, kind in listed:
        dtype = np.dtype(_DTYPES[kind]).newbyteorder("<")
        assert weights.shape(name) == shape, name
        for piece in weights.pieces(name):
            yield np.ascontiguousarray(piece, dtype).view(np.uint8).data
