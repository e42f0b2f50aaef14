"""A package of modules, networks that use them as extern ops, and random ones."""

import random
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


VALUES = {
    "int": ["1", "2", "0", "-3"],
    "float": ["1", "2.5", "0.1", "1e-5", "0.0", "-1"],
    "bool": ["true", "false"],
    "str": ['"a"', '"it\'s"', '"x\\"y"', '"torch.nn"'],
    "none": ["none"],
    "list[int]": ["[]", "[1]", "[1, 2]"],
    "list[str]": ["[]", '["a"]', '["b", "c"]'],
    "list[list[int]]": ["[]", "[[1]]", "[[1, 2], [3]]"],
    "list[float]": ["[1]", "[0.5, 2]"],
}
# Names that PyTorch's modules, and emitted constructors, give a meaning of their own.
NAMES = (
    *("size", "channels", "in_channels", "in_features", "padding", "kernel_size", "width", "x"),
    *("num_features", "stride", "layers", "out_channels", "p", "inplace", "self_", "dim"),
)
BODIES = (
    "conv(w) -> bn -> Op({0})",
    "residual {{ conv(w) -> Op({0}) }} shortcut project\n  relu",
    "if w > 4 {{ Op({0}) }}\n  conv(w) -> Down(w // 4)",
    "u = Op({0})\n  v = u -> conv(w)\n  add [v, u -> conv(w)]",
    "many = repeat 3 {{ Op({0}) }}\n  conv(w)",
    "concat [Op({0}), conv(w) -> Op({0})]",
    "residual if w > 4 {{ Op({0}) }}\n  conv(w)",
)


def random_network(seed: int) -> str:
    """Blocks that pass arguments of all types to extern ops, differently in every instance."""
    stream = random.Random(seed)
    types = {
        name: stream.sample(list(VALUES), stream.choice([1, 1, 2, 3]))
        for name in stream.sample(NAMES, stream.randint(1, 4))
    }
    head = ", ".join(f"{name}: {' | '.join(own)}" for name, own in types.items())
    passed = ", ".join(f"{name}={name}" for name in types)
    lines = [
        f'extern op Op({head}) {{ shape input.shape; pytorch "mine:Op"; params input.channels }}',
        "extern op Down(f: int = 2) {",
        "  shape [input.channels, (input.height + f - 1) // f, ceil(input.width / f)]",
        '  pytorch "mine:Down"',
        "}",
        f"block Unit(w: int, {head}) {{",
        f"  {stream.choice(BODIES).format(passed)}",
        "}",
        f"block Chain(w: int, {head}) = conv(w) -> Op({passed}) -> relu -> Down",
        "network Net {",
        "  input image: image[4, H=32, W=32]",
    ]
    for _ in range(stream.randint(1, 5)):
        given = [
            f"{name}={stream.choice(VALUES[stream.choice(own)])}" for name, own in types.items()
        ]
        block = stream.choice(["Unit", "Unit", "Chain"])
        lines.append(f"  {block}({', '.join([str(stream.choice([4, 8])), *given])})")
    return "\n".join([*lines, "  gap -> flatten -> linear(2)", "}", ""])
