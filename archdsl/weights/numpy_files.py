"""numpy's `.npz` files: a zip of arrays. Headers are read first; no pickle is ever loaded.

The header of an array (version 1.0 to 3.0 of the format) is a few bytes that say its length, and a
dictionary as Python writes it. It is read here, so that names and shapes need no numpy.
"""

import ast
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

from archdsl.weights.archives import check_entries
from archdsl.weights.stored import Stored, WeightsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAGIC = b"\x93NUMPY"
_MOST_HEADER = 10_000
"""Bytes of a header: numpy's own limit."""
_KINDS = {"f": "float", "i": "int", "u": "uint", "b": "bool"}
_DESCRIPTION = re.compile(r"[<>|=]?([fiub])(\d{1,2})")


def open_file(path: str) -> Mapping[str, Stored]:
    """The arrays of a file; WeightsError where it is no zip of arrays."""
    try:
        check_entries(path)
        # Stays open as long as somebody may read from it.
        archive = zipfile.ZipFile(path)
        found = {
            entry.filename.removesuffix(".npy"): _stored(path, archive, entry)
            for entry in archive.infolist()
        }
        if len(found) < len(archive.infolist()):
            raise ValueError("two arrays have one name")
        return found
    except _BROKEN as error:
        raise _broken(path, error) from error


_BROKEN = (
    *(zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, zlib.error, SyntaxError),
    *(struct.error, RecursionError, MemoryError, RuntimeError),
)


def _broken(path: str, error: Exception) -> WeightsError:
    return WeightsError(f"{path} is no sound .npz file: {error}")


def _stored(path: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Stored:
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("an array is compressed in another way than by numpy")
    with archive.open(entry) as member:
        shape, dtype = _header(member)

    def pieces() -> "Iterator[NDArray[Any]]":
        import numpy as np

        try:
            with archive.open(entry) as member:
                found: NDArray[Any] = np.lib.format.read_array(member, allow_pickle=False)
                if member.read(1):
                    raise ValueError("an array has more data than its shape says")
        except _BROKEN as error:
            raise _broken(path, error) from error
        yield found.reshape(-1)

    return Stored(shape, dtype, pieces)


def _header(member: IO[bytes]) -> tuple[tuple[int, ...], str]:
    """The shape and the element type of an array. Raises ValueError."""
    start = member.read(len(_MAGIC) + 2)
    if len(start) < len(_MAGIC) + 2 or not start.startswith(_MAGIC):
        raise ValueError("an entry is no array")
    form = struct.Struct("<H" if start[len(_MAGIC)] == 1 else "<L")
    (length,) = form.unpack(member.read(form.size))
    if length > _MOST_HEADER:
        raise ValueError(f"a header has {length:,} bytes")
    text = member.read(length).decode("utf-8" if start[len(_MAGIC)] >= 3 else "latin-1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what looks odd in a literal
        header = ast.literal_eval(text)
    shape = header.get("shape") if isinstance(header, dict) else None
    if not isinstance(shape, tuple) or not all(type(size) is int and size >= 0 for size in shape):
        raise ValueError("a header has no sound shape")
    return shape, _type_name(header.get("descr"))


def _type_name(description: object) -> str:
    """The name of an element type, `float32` for `<f4`; the description itself of any other."""
    match = _DESCRIPTION.fullmatch(description) if isinstance(description, str) else None
    if match is None:
        return str(description)
    kind, width = _KINDS[match[1]], 8 * int(match[2])
    return kind if kind == "bool" else f"{kind}{width}"
