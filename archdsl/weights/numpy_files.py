"""numpy's `.npz` files: a zip of arrays. Headers are read first; no pickle is ever loaded."""

import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archdsl.weights.stored import Stored, WeightsError


def open_file(path: str) -> Mapping[str, Stored]:
    """The arrays of a file; WeightsError where it is no zip of arrays."""
    try:
        with zipfile.ZipFile(path) as archive:
            return {
                name.removesuffix(".npy"): _stored(path, archive, name)
                for name in archive.namelist()
            }
    except (zipfile.BadZipFile, ValueError, NotImplementedError, zlib.error) as error:
        raise WeightsError(f"{path} is no sound .npz file: {error}") from error


def _stored(path: str, archive: zipfile.ZipFile, name: str) -> Stored:
    with archive.open(name) as member:
        version = np.lib.format.read_magic(member)
        read_header = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read_header(member)

    def read() -> NDArray[Any]:
        with np.load(path, allow_pickle=False) as arrays:
            found: NDArray[Any] = arrays[name.removesuffix(".npy")]
        return found

    return Stored(shape, str(dtype.name), read)
