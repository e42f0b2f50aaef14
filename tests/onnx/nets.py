"""Small networks to write as ONNX."""

from pathlib import Path

from archdsl import driver
from archdsl.graph.ir import Graph
from tests.cli.nets import SHARED, TINY

__all__ = ["BLOCKS", "LAYERS", "NORMS", "SHARED", "SHARED_NORMS", "SYMBOLIC", "TINY", "graph_of"]

LAYERS = """\
arch 1

network Layers {
  "Ops of several nodes; H and W are symbolic."
  input image: image[8, H=16, W=16] where H % 2 == 0, W % 2 == 0

  conv(8, pad_mode=reflect) -> gn(4) -> silu -> dropout
  gamma = scale(init=0.1)
  adaptive_avgpool(3)
  attention(heads=2)
  linear(6, axis=channels)
  a, b = chunk(2)
  joined = add [a, b]
  same = joined -> identity
  output gamma, joined, same
}
"""

SYMBOLIC = """\
arch 1

network Any {
  input image: image[3, N=32, W=32]
  conv(4, stride=2) -> bn -> relu
  maxpool(3, stride=2, ceil=true)
  ln -> pixel_shuffle(2)
  adaptive_maxpool([2, 3])
  flatten
  fc = linear(5)
}
"""


NORMS = """\
arch 1

block Turned { bn }

network Norms {
  "Norms that can be folded, and norms that cannot."
  input image: image[4, H=16, W=16]

  first = conv(8, bias=false) -> bn(eps=0.01) -> relu
  own_bias = conv(8, stride=2) -> bn -> relu
  several = pointwise(8, groups=4) -> bn -> bn(affine=false) -> bn
  apart = conv(12, pad_mode=reflect)
  bn -> relu
  turned = conv_transpose(6, 3, stride=2, groups=3, bias=false)
  Turned
  single = depthwise(3, bias=false)
  seen = bn
  twice = single -> conv(6)
  normed = twice -> bn
  left = add [normed, seen]
  other = add [left, twice]
  swapped = bn -> conv(5) -> relu -> bn
  linear(6, axis=channels) -> bn
  linear(4, axis=channels, bias=false) -> bn -> bn -> gap -> flatten
  given = linear(4, bias=false)
  fc = bn -> linear(3, bias=false) -> bn
  output swapped, given, fc
}
"""

SHARED_NORMS = """\
arch 1

block Pair { conv(4) -> bn }

network SharedNorms {
  input image: image[4, 12, 12]

  shared pair = Pair
  shared kernel = conv(4)
  shared same = bn
  shared other = conv(4)
  shared mixed = conv(4)
  pair -> relu -> pair
  a = kernel -> same
  b = a -> kernel -> same -> bn
  c = b -> other -> bn
  d = c -> other -> bn(eps=0.1)
  e = d -> mixed -> same -> bn
  mixed -> relu
  shared line = linear(4, axis=channels, bias=false)
  f = line -> same -> relu
  f -> line -> same
}
"""


BLOCKS = """\
arch 1

block Unit(width: int, stride: int = 1, norm: block = bn) {
  "A convolution, its norm, and a skip where the shape stays."
  residual if stride == 1 and width == input.channels {
    conv(width, stride=stride) -> norm -> dropout(0.2)
  }
  relu
}

block Unit_2 { Unit(8) }

block Stage(width: int) {
  "Two units; the first one's result is read from outside."
  first = Unit(width, stride=2)
  second = Unit(width)
}

block Halves(act: block, skip: tensor) {
  a, b = chunk(2)
  inner = b -> conv(4) -> act
  concat [inner, a]
  act -> conv(8)
  add [prev, skip]
}

block Nothing { dropout(0.5) }

block Same { identity }

block Constants { instance_norm -> gn(2) -> channel_shuffle(2) }

network Blocks {
  "Blocks of all kinds."
  input image: image[3, H=16, W=16] where H % 4 == 0, W % 4 == 0
  shared act = prelu(per_channel=false)
  stem = Unit(8)
  stage1 = Stage(8)
  stage2 = Stage(16)
  Unit(16, norm=gn(4))
  conv(8)
  trunk = prev
  aux = Unit(4)
  trunk -> Unit_2 -> Nothing -> Same
  Halves(act, trunk)
  Constants
  Constants
  shared twice = Unit(8)
  twice -> twice
  gap -> flatten
  fc = linear(5)
  stage1.second -> conv(2)
  early = prev
  inner = stage1.first
  output fc, early, inner
  output aux when training
}
"""


def graph_of(text: str, folder: Path, name: str = "net.arch") -> Graph:
    """The last network of a source text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    checked = driver.load(str(path))
    assert not checked.diagnostics, [found.message for found in checked.diagnostics]
    return checked.graphs[-1]
