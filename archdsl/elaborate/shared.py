"""Shared layers: declared once, without being applied; every use applies the same weights."""

from archdsl.elaborate.values import BlockValue
from archdsl.source import Span
from archdsl.syntax import ast


class SharedLayer:
    """A declared layer. Its first use creates it, in the slot that the declaration reserved.

    Attributes:
        name, path: as declared; every use bears them.
        block: the layer with its arguments.
        call: the declaring call, for messages.
        holder: the instance of the declaration.
        slot: the member slot there.
        owner: the first use: a step's index, or the complement (~) of an instance's; None before
            it.
    """

    __slots__ = ("block", "call", "holder", "name", "owner", "path", "slot", "span")

    def __init__(
        self,
        name: str,
        path: str,
        block: BlockValue,
        call: ast.Call,
        holder: int,
        slot: int,
        span: Span,
    ) -> None:
        self.name = name
        self.path = path
        self.block = block
        self.call = call
        self.holder = holder
        self.slot = slot
        self.span = span
        self.owner: int | None = None
