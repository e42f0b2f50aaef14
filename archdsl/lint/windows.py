"""What the windows of a convolution or pool read of a map, in numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

from archdsl.ops.base import Layer
from archdsl.records import NamedTuple

SLIDING = frozenset(("conv", "depthwise", "pointwise", "maxpool", "avgpool"))
"""Ops whose windows slide over a map from its first position on."""


class Slide(NamedTuple):
    """A layer's windows along one axis.

    Attributes:
        size, out: positions of the map that is read, and of the result.
        extent: positions from the first to the last element of a window: ``d * (k - 1) + 1``.
        stride: positions from one window to the next.
        before, after: positions of padding.
        kernel, dilation: the window's elements and their distance.
    """

    size: int
    out: int
    extent: int
    stride: int
    before: int
    after: int
    kernel: int
    dilation: int

    @property
    def unread(self) -> int:
        """Positions at the end of the map that no window reaches."""
        return max(0, self.size + self.before - ((self.out - 1) * self.stride + self.extent))

    @property
    def skips(self) -> bool:
        """Whether there are gaps between one window and the next."""
        return self.stride > self.extent

    @property
    def covers(self) -> bool:
        """Whether one window without padding is all of the map: a linear layer or global pool."""
        return self.size == self.extent and not self.before and not self.after


def slides(layer: Layer, before: Sequence[int], after: Sequence[int]) -> tuple[Slide, ...] | None:
    """The windows of a layer on a map of these spatial sizes, an axis each; None for other ops."""
    if layer.op.name not in SLIDING:
        return None
    args: Mapping[str, Any] = layer.args
    kernel = args["kernel"]
    dilation = args.get("dilation", (1,) * len(kernel))
    return tuple(
        Slide(size, out, d * (k - 1) + 1, s, first, last, k, d)
        for size, out, k, s, (first, last), d in zip(
            before, after, kernel, args["stride"], args["pad"], dilation, strict=True
        )
    )
