"""Weights that are made when they are asked for, so that one tensor at a time is in memory."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Lazy(Mapping[str, "NDArray[Any]"]):
    """Arrays by name, in order. Nothing is kept: asked for twice, a tensor is made twice."""

    def __init__(self, readers: Mapping[str, Callable[[], "NDArray[Any]"]]) -> None:
        self._readers = readers

    def __getitem__(self, name: str) -> "NDArray[Any]":
        return self._readers[name]()

    def __contains__(self, name: object) -> bool:
        return name in self._readers

    def __iter__(self) -> Iterator[str]:
        return iter(self._readers)

    def __len__(self) -> int:
        return len(self._readers)
