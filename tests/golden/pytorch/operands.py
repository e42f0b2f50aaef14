"""Operands, compiled by archdsl from rare.arch.

Parameters: 2,956; multiply-adds: 184,320 for an input of [4, 8, 8].
Shapes in comments are for that input and leave out the batch.
"""

import torch
from torch import Tensor, nn


class Two(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(4, 4, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv1(x)


class Two2(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(4, 4, kernel_size=3, padding=1)

    def forward(self, x: Tensor, extra: Tensor) -> Tensor:
        return self.conv1(x) + extra


class Cat(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.s = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self.conv1 = nn.Conv2d(4, 4, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        s = self.s(x)
        return s + self.conv1(s)


class Cat2(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.s = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self.conv1 = nn.Conv2d(4, 4, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        s = self.s(x)
        return s + s + self.conv1(s)


class Drop(nn.Module):
    def __init__(self, n: int) -> None:
        super().__init__()
        self.active = n > 1
        self.a = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self.b: nn.Module = nn.Identity()
        if n > 0:
            self.b = nn.Sequential(
                nn.Sequential(
                    nn.Conv2d(4, 4, kernel_size=3, padding=1),
                    nn.ReLU(inplace=True),
                )
            )
        self.conv1 = nn.Conv2d(4, 4, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        a = self.a(x)
        x = self.b(a)
        if self.active:
            x = a + x
        return self.conv1(x)


class Drop2(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self.b = nn.Sequential(
            nn.Sequential(
                nn.Conv2d(4, 4, kernel_size=3, padding=1),
                nn.ReLU(inplace=True),
            )
        )
        self.conv1 = nn.Conv2d(8, 4, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        a = self.a(x)
        x = a + self.b(a)
        x = torch.cat([a, x], 1)
        return self.conv1(x)


class Operands(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self.two1 = Two()
        self.two2 = Two2()
        self.two3 = Two2()
        self.cat1 = Cat()
        self.cat2 = Cat2()
        self.drop1 = Drop(n=0)
        self.drop2 = Drop(n=1)
        self.drop3 = Drop(n=2)
        self.drop4 = Drop2()

    def forward(self, x: Tensor) -> Tensor:
        a = self.a(x)  # [4, 8, 8]
        x = self.two1(a)
        x = self.two2(x, a)
        x = self.two3(x, a)
        x = self.cat1(x)
        x = self.cat2(x)
        x = self.drop1(x)
        x = self.drop2(x)
        x = self.drop3(x)
        return self.drop4(x)
