"""Dead, compiled by archdsl from edges.arch.

Parameters: 1,063; multiply-adds: 34,560 for an input of [3, 8, 8], [1, 4, 4].
Shapes in comments are for that input and leave out the batch.
"""

from torch import Tensor, nn


class Tail(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self.a = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(4, 4, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(x)


class Maybe(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(4, 8, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(8)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn1(self.conv1(x))


class Dead(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.y = nn.Conv2d(3, 4, kernel_size=3, padding=1)
        self.dead = nn.Sequential(
            nn.Conv2d(4, 5, kernel_size=3, padding=1),
            nn.BatchNorm2d(5),
            nn.ReLU(inplace=True),
        )
        self.tail1 = Tail()
        self.maybe1 = Maybe()
        self.w = nn.ReLU()

    def forward(self, x: Tensor, unused: Tensor) -> Tensor:
        x = self.y(x)  # [4, 8, 8]
        x = self.tail1(x)
        return self.w(self.maybe1(x))
