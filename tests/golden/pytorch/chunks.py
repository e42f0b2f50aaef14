"""Chunks, compiled by archdsl from edges.arch.

Parameters: 0; multiply-adds: 0 for an input of [6, 8, 8].
Shapes in comments are for that input and leave out the batch.
"""

from typing import NamedTuple

from torch import Tensor, nn


class ChunksOutput(NamedTuple):
    """What Chunks returns."""

    r: Tensor
    a: Tensor


class Chunks(nn.Module):
    def __init__(self) -> None:
        super().__init__()

    def forward(self, x: Tensor) -> ChunksOutput:
        a, b, c = x.chunk(3, dim=1)
        _, q = c.split((1, 1), dim=1)
        s = a + b  # [2, 8, 8]
        x = q * s
        return ChunksOutput(x, a)
