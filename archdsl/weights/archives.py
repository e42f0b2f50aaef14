"""Zip files, in which PyTorch and numpy keep tensors: looked at before `zipfile` opens them."""

import os
import struct
from typing import Any, BinaryIO

from archdsl.weights.stored import WeightsError

MOST_ENTRIES = 2**22
"""Bytes of the list of entries: that of forty thousand tensors. `zipfile` reads it whole."""

_SIGN, _LONG_SIGN, _LOCATOR_SIGN = b"PK\5\6", b"PK\6\6", b"PK\6\7"
_END = struct.Struct("<4s4H2LH")
_LONG_END = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_MOST_COMMENT = 2**16


def check_entries(path: str) -> None:
    """Refuse a zip file whose list of entries is long; what is no zip file passes.

    Raises:
        WeightsError: it is too long. OSError where the file cannot be read.
    """
    with open(path, "rb") as file:
        size = _size_of_entries(file)
    if size > MOST_ENTRIES:
        raise WeightsError(f"{path} has a list of entries of {size:,} bytes, which is too long")


def _size_of_entries(file: BinaryIO) -> int:
    """What the end of a zip file says, in bytes; 0 for what is none.

    Versions of `zipfile` differ in where they look: it is the most that one of them may find.
    """
    whole = file.seek(0, os.SEEK_END)
    last = whole - _END.size
    start = max(0, last - _MOST_COMMENT)
    file.seek(start)
    tail = file.read()
    # Without a comment, the sign may stand in the record itself once more.
    places = {start + tail.rfind(_SIGN), last if tail[-_END.size :].startswith(_SIGN) else -1}
    return max(_size_at(file, place) for place in places)


def _size_at(file: BinaryIO, place: int) -> int:
    """What the record at a place says, or that of 64 bits that belongs to it."""
    end = _record(file, place, _END, _SIGN)
    if end is None:
        return 0
    near = place - _LOCATOR.size
    locator = _record(file, near, _LOCATOR, _LOCATOR_SIGN)
    if locator is None:
        return int(end[5])
    right_before = _record(file, near - _LONG_END.size, _LONG_END, _LONG_SIGN)
    as_it_says = _record(file, locator[2], _LONG_END, _LONG_SIGN)
    size = int(end[5] if right_before is None else right_before[8])
    return size if as_it_says is None else max(size, as_it_says[8])


def _record(file: BinaryIO, place: int, form: struct.Struct, sign: bytes) -> tuple[Any, ...] | None:
    """The fields of a record, or None where there is none."""
    if not 0 <= place < 2**63:
        return None
    file.seek(place)
    data = file.read(form.size)
    return form.unpack(data) if len(data) == form.size and data.startswith(sign) else None
