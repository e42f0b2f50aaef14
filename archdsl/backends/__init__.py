"""Targets that a network can be written to: one folder or file each, and a line in the registry."""

from collections.abc import Callable, Mapping

from archdsl.backends import pytorch
from archdsl.graph.ir import Graph
from archdsl.records import NamedTuple


class Backend(NamedTuple):
    """A target.

    Attributes:
        suffix: ending of its files.
        emit: the whole content of the file of a network.
    """

    suffix: str
    emit: Callable[[Graph], str]


BACKENDS: Mapping[str, Backend] = {"pytorch": Backend(".py", pytorch.emit)}
