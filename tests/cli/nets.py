"""Small networks that tests compile."""

TINY = """\
arch 1

block Unit(width: int, stride: int = 1) {
  "Two convolutions and a skip."
  residual {
    conv(width, stride=stride, bias=false) -> bn -> relu
    conv(width, bias=false) -> bn
  } shortcut project
  relu
}

network Tiny(classes: int = 10) {
  "A network for tests."
  input image: image[3, H=32, W=32] where H % 4 == 0

  conv(16) -> relu
  stages = repeat 3 { Unit(16) }
  down = Unit(32, stride=2)
  gap -> flatten
  fc = linear(classes)
}
"""

SHARED = """\
network Pyramid {
  input image: image[8, 64, 64]

  shared head = conv(4, 1)
  fine = conv(8)
  coarse = maxpool
  aux = fine -> conv(2, 1)
  fine -> head
  a = prev
  coarse -> head
  b = prev
  output a, b
  output aux when training
}
"""

WRONG = """\
network Wrong {
  input image: image[3, 32, 32]
  conv(16) -> rellu
  residual { conv(32) }
}
"""

TUNED = """
transfer Tuned of Tiny(classes=5) {
  weights("tiny.safetensors", except=[fc])
  train(fc)
  freeze(rest)
}
"""
