"""Weights that are made when they are asked for: memory holds one tensor, or a part of one."""

from collections.abc import Callable, Iterator, Mapping
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIECE = 2**16
"""Elements that are made at once: few enough for a processor's cache."""


class Tensor(NamedTuple):
    """How a tensor is made.

    Attributes:
        pieces: its elements in order, in arrays of one axis, each of them new.
    """

    shape: tuple[int, ...]
    pieces: "Callable[[], Iterator[NDArray[Any]]]"


class Lazy(Mapping[str, "NDArray[Any]"]):
    """Arrays by name, in order. Nothing is kept: asked for twice, a tensor is made twice."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self._tensors = tensors

    def __getitem__(self, name: str) -> "NDArray[Any]":
        import numpy as np

        shape, pieces = self._tensors[name]
        whole: NDArray[Any] | None = None
        end = 0
        for piece in pieces():
            if piece.size == prod(shape):
                return piece.reshape(shape)
            if whole is None:
                whole = np.empty(prod(shape), piece.dtype)
            whole[end : end + piece.size] = piece
            end += piece.size
        assert whole is not None and end == whole.size, name
        return whole.reshape(shape)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor, which need not be made for it."""
        return self._tensors[name].shape

    def pieces(self, name: str) -> "Iterator[NDArray[Any]]":
        """The elements of a tensor in order, a part at a time, in arrays of one axis."""
        return self._tensors[name].pieces()

    def __contains__(self, name: object) -> bool:
        return name in self._tensors

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)
