"""Strings, compiled by archdsl from net.arch.

Parameters: 168; multiply-adds: 10,368 for an input of [3, 8, 8].
Shapes in comments are for that input and leave out the batch.
"""

from mine import Op, Sizes
from torch import Tensor, nn


class Text(nn.Module):
    def __init__(self, a: str, b: tuple[()] | tuple[int, int]) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 3, kernel_size=3, padding=1)
        self.op1 = Op(a=a, b=('"', "\\", "\n\t'"), c=1e-30, d=True)
        self.sizes1 = Sizes(sizes=b)

    def forward(self, x: Tensor) -> Tensor:
        return self.sizes1(self.op1(self.conv1(x)))


class Strings(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.op1 = Op(
            a="\")\nimport os\nos.system('x') #",
            b=('"', "\\", "\n\t'"),
            c=1e-30,
            d=True,
        )
        self.op2 = Op(
            a="it's \"quoted\" ' \u2028 \xfc", b=('"', "\\", "\n\t'"), c=1e-30, d=True
        )
        self.text1 = Text(a="a", b=())
        self.text2 = Text(a="b'", b=(1, 2))

    def forward(self, x: Tensor) -> Tensor:
        x = self.op1(x)  # [3, 8, 8]
        x = self.op2(x)
        x = self.text1(x)
        return self.text2(x)
