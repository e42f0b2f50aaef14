"""Taken, compiled by archdsl from rare.arch.

Parameters: 112; multiply-adds: 6,912
for an input of [3, 8, 8], [3, 8, 8], [3, 8, 8].
Shapes in comments are for that input and leave out the batch.
"""

from torch import Tensor, nn


class Taken(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, kernel_size=3, padding=1)

    def forward(self, x: Tensor, x_: Tensor, class_: Tensor) -> Tensor:
        return self.conv1(x + x_ + class_)
