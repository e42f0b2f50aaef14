"""Zip files, in which PyTorch and numpy keep tensors: looked at before `zipfile` opens them."""

import os
import struct
from typing import BinaryIO

from archdsl.weights.stored import WeightsError

MOST_ENTRIES = 2**22
"""Bytes of the list of entries: that of forty thousand tensors. `zipfile` reads it whole."""

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
    """What the end of a zip file says, in bytes; 0 for what is none."""
    whole = file.seek(0, os.SEEK_END)
    start = max(0, whole - _END.size - _MOST_COMMENT)
    file.seek(start)
    tail = file.read()
    place = tail.rfind(b"PK\5\6")
    if place < 0 or len(tail) - place < _END.size:
        return 0
    size = int(_END.unpack_from(tail, place)[5])
    if size != 2**32 - 1:
        return size
    # A file of more than 4 GiB: the sizes stand in a record of its own.
    if place < _LOCATOR.size:
        return 0
    file.seek(_LOCATOR.unpack_from(tail, place - _LOCATOR.size)[2])
    record = file.read(_LONG_END.size)
    return int(_LONG_END.unpack(record)[8]) if len(record) == _LONG_END.size else 0
