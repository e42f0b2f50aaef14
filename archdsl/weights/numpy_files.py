"""numpy's `.npz` files: a zip of arrays. Headers are read first; no pickle is ever loaded."""

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archdsl.weights.stored import Stored, WeightsError


def open_file(path: str) -> Mapping[str, Stored]:
    """The arrays of a file; WeightsError where it is no zip of arrays."""
    try:
        # Stays open as long as somebody may read from it.
        archive = zipfile.ZipFile(path)
        return {
            name.removesuffix(".npy"): _stored(path, archive, name) for name in archive.namelist()
        }
    except _BROKEN as error:
        raise _broken(path, error) from error


_BROKEN = (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, zlib.error)


def _broken(path: str, error: Exception) -> WeightsError:
    return WeightsError(f"{path} is no sound .npz file: {error}")


def _stored(path: str, archive: zipfile.ZipFile, name: str) -> Stored:
    with archive.open(name) as member:
        version = np.lib.format.read_magic(member)
        read_header = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read_header(member)

    def pieces() -> Iterator[NDArray[Any]]:
        try:
            with archive.open(name) as member:
                found: NDArray[Any] = np.lib.format.read_array(member, allow_pickle=False)
        except _BROKEN as error:
            raise _broken(path, error) from error
        yield found.reshape(-1)

    return Stored(shape, str(dtype.name), pieces)
