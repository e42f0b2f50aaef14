"""Networks with a few findings."""

CLEAN = """\
network Clean {
  input image: image[3, 6, 6]
  conv(16, bias=false) -> bn -> relu
  gap -> flatten
  fc = linear(10)
}
"""

BIASED = """\
block Unit(width: int) {
  conv(width) -> bn -> relu
}

network Biased {
  input image: image[3, 6, 6]
  repeat 3 { Unit(16) }
  conv(16, 1, bias=true) -> relu -> relu
  gap -> flatten
  fc = linear(10)
}
"""

SILENCED = """\
network Silenced {
  input image: image[3, 6, 6]
  # archdsl: ignore[P108] the weights have the bias
  conv(16) -> bn -> relu
  conv(16) -> bn -> relu -> relu  # archdsl: ignore[bias-before-norm, P110]
  conv(16, bias=false) -> relu  # archdsl: ignore[P108, P9] nothing here
  gap -> flatten
  fc = linear(10)
}
"""

WRONG = """\
network Wrong {
  input image: image[3, 6, 6]
  conv(16) -> bn -> rellu
}
"""
