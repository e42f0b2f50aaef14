"""Small networks to write as ONNX."""

from pathlib import Path

from archdsl import driver
from archdsl.graph.ir import Graph
from tests.cli.nets import SHARED, TINY

__all__ = ["LAYERS", "SHARED", "SYMBOLIC", "TINY", "graph_of"]

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


def graph_of(text: str, folder: Path, name: str = "net.arch") -> Graph:
    """The last network of a source text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    checked = driver.load(str(path))
    assert not checked.diagnostics, [found.message for found in checked.diagnostics]
    return checked.graphs[-1]
