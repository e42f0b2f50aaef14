"""A package of modules, and a network that uses them as extern ops."""

from pathlib import Path

PACKAGE = '''
import torch
from torch import Tensor, nn
from torch.nn import functional as F


class BlurPool(nn.Module):
    """A mean over windows, with a kernel that is stored but not trained."""

    def __init__(self, *, size: int, pad: tuple[int, ...] = (), mode: str = "reflect") -> None:
        super().__init__()
        self.size = size
        self.kernel: Tensor
        self.register_buffer("kernel", torch.ones(1, 1, size, size) / size**2)

    def forward(self, x: Tensor) -> Tensor:
        channels = x.shape[1]
        kernel = self.kernel.expand(channels, 1, -1, -1)
        return F.conv2d(x, kernel, stride=2, padding=self.size // 2, groups=channels)


class Gain(nn.Module):
    def __init__(self, channels: int, start: float) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.full((channels, 1, 1), start))

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * x
'''
OPS = """\
extern op Blur(size: int = 3, pad: list[int] = [], mode: str = "reflect") {
  shape [input.channels, ceil(input.height / 2), ceil(input.width / 2)]
  pytorch "extern_ops.layers:BlurPool"
}
extern op Gain(channels: int, start: float = 1) {
  shape input.shape
  pytorch "extern_ops.layers:Gain"
  params channels
}
"""
NET = (
    OPS
    + """\
block BlurPool(width: int, size: int = 3) {
  "A block of the name of a class that is imported."
  conv(width) -> bn -> relu
  Blur(size) -> Gain(width, 2)
}
block Chain(width: int) = conv(width) -> Blur(5) -> relu
network Net {
  input image: image[3, H=32, W=32]
  BlurPool(8)
  BlurPool(16, 5)
  Chain(8)
  several = repeat 3 { Blur }
  shared twice = Gain(8)
  a = twice -> conv(8)
  b = a -> twice
  residual { conv(8) -> Gain(8, 0.5) }
  end = gap
  output a, b, end
}
"""
)


def write_package(folder: Path) -> None:
    """Put the package `extern_ops` into a folder."""
    package = folder / "extern_ops"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "layers.py").write_text(PACKAGE)
