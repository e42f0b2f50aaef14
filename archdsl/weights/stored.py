"""What a weights file holds: names, shapes and element types first, data when it is asked for."""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from archdsl.visible import visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_HEADER = 2**23
"""Bytes of a header: that of fifty thousand tensors. As objects it takes forty times as much."""

ENDINGS = (".safetensors", ".npz", ".pt", ".pth")


class WeightsError(Exception):
    """A weights file that cannot be read; the text says which and why, on one line."""

    def __init__(self, text: str) -> None:
        super().__init__(visible(text))


class Stored(NamedTuple):
    """A tensor of a file.

    Attributes:
        dtype: its element type as numpy names it, or ``bfloat16``.
        pieces: reads its elements in order, in arrays of one axis and of that type, bfloat16 as
            float32. OSError where the file cannot be read, WeightsError where what it holds is
            broken.
    """

    shape: tuple[int, ...]
    dtype: str
    pieces: "Callable[[], Iterator[NDArray[Any]]]"


def open_weights(path: str) -> Mapping[str, Stored]:
    """The tensors of a file, by name.

    Raises:
        WeightsError: it cannot be read.
    """
    return _opened(path, headers=False)


def open_headers(path: str) -> Mapping[str, Stored]:
    """The same, of which only shapes and element types are asked for: without numpy or PyTorch,
    and in little memory whatever the file is.

    Raises:
        WeightsError: it cannot be read.
    """
    return _opened(path, headers=True)


def _opened(path: str, headers: bool) -> Mapping[str, Stored]:
    ending = os.path.splitext(path)[1].lower()
    if ending not in ENDINGS:
        raise WeightsError(f"{path} is no weights file: its name has to end in {_listed()}")
    try:
        if not os.path.isfile(path):
            raise WeightsError(f"there is no file {path}")
        if ending == ".safetensors":
            from archdsl.weights import safetensors

            return safetensors.open_file(path)
        if ending == ".npz":
            from archdsl.weights import numpy_files

            return numpy_files.open_file(path)
        if headers:
            from archdsl.weights import pickled

            return pickled.open_header(path)
        from archdsl.weights import pytorch_files

        return pytorch_files.open_file(path)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror or error}") from error


def _listed() -> str:
    return f"{', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
