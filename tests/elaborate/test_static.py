"""Definitions that nothing instantiates are checked for names and argument types, no further."""

import pytest

from tests.elaborate.programs import check, network

SOUND = """
block Unit(width: int, stride: int = 1, norm: block = bn, skip: tensor = "x") {
  "What a block may do without an instance."
  default conv(bias=false)
  let n = width * 2 if stride > 1 else prev.channels
  stem = conv(width, [3, 5], stride, pad=same if width > 3 else 0) -> norm -> relu
  stem[0] -> conv(stem.channels, kernel=[k for k in range(1, stride)][0])
  a, b = chunk(2)
  b -> conv(input.channels) -> relu
  skip -> conv(8)
  residual(drop=0.1, op=add) if stride == 1 { conv(width) } shortcut down = project
  for i, c in enumerate([n, width]) {
    "out{i}" = conv(c)
    let m = i
  }
  "out{width}" -> relu
  out1 -> relu
  if norm == bn { deep = conv(8) } else { deep = conv(4) }
  deep -> concat(axis=height) [prev, side = conv(8), "deep"] -> conv(side.channels)
  repeat width as j { conv(j + 1) }
  shared s = conv(width)
  s -> s
  Other(width, unit=conv(kernel=stride))
}
block Other(c: int, unit: block) = unit(c) -> unit(channels=c)
block Recursive(n: int) { if n > 0 { Recursive(n - 1) } }
network Open(classes: int) {
  input image: image[3, H=32, size] where H % classes == 0
  conv(classes) -> linear(image.channels)
  y = prev
  output y, "y" when training
  dataset(images=100)
  expect params == classes * image.width
}
fn f(a: int, b: float = 1.0) = [f(i) for i in range(a) if i > b][a]
"""


def test_sound_definitions_are_silent() -> None:
    assert check(SOUND).messages == []


WRONG = {
    "conv(zzz)": "E201",
    "zzz": "E202",
    "zzz -> relu": "E202",
    "conv(width + zzz)": "E201",
    "conv(max(width, zzz))": "E201",
    "conv([zzz for i in range(width)][0])": "E201",
    "conv(width if zzz else 1)": "E201",
    'conv(len("{width}{zzz}"))': "E201",
    "conv(width, kernal=3)": "E203",
    "conv(kernel=3)": "E204",
    "conv(width, width, width, width, width, width, width, width, 9)": "E205",
    'conv("a")': "E206",
    "conv(width, 3, 0)": "E309",
    "Other(1)": None,
    "Other(1, 2, 3)": "E205",
    "Other(zzz=1)": "E203",
    "Other(true)": "E206",
    "if zzz { relu }": "E201",
    "for i in zzz { relu }": "E201",
    "repeat zzz { relu }": "E201",
    "repeat 3 { zzz }": "E202",
    "{ relu -> zzz }": "E202",
    "concat [relu, zzz]": "E202",
    "concat(axs=height) [relu, prev]": "E203",
    "residual { zzz }": "E202",
    "residual(drp=1) { relu }": "E203",
    "residual { relu } shortcut zzz(1)": "E202",
    "shared s = zzz(1)\n  s": "E202",
    '"a{zzz}" = relu': "E201",
    "a, b = zzz(1)\n  a -> relu": "E202",
    "default conv(zzz=1)": "E203",
    "default zzz(a=1)": "E202",
    "output width": "E217",
    "expect params == 1": "E217",
    "input x: image[3, 8, 8]": "E217",
    "let n = 1 // 0\n  conv(n)": "E207",
}


@pytest.mark.parametrize("statement", WRONG)
def test_wrong_statements(statement: str) -> None:
    file = "block Other(c: int, d: int = 1) {\n  relu\n}\n"
    file += f"block B(width: int) {{\n  {statement}\n}}\n"
    code = WRONG[statement]
    assert check(file).codes == ([] if code is None else [code])
    # An instance of it reports the same, and the place still only once.
    if code is not None:
        assert check(file + network("conv(8)\nB(8)")).codes[:1] == [code]


def test_parameters() -> None:
    for parameters, code in {
        "a: int = 1.5": "E206",
        "a: zzz": "E206",
        "a: list[zzz]": "E206",
        "a: list": "E206",
        "a: int, a: int": "E211",
        "a: int = zzz": "E201",
        'a: float = 1, b: int | none = none, c: list[int] = [], d: str = "a"': None,
    }.items():
        assert check(f"block B({parameters}) {{\n  relu\n}}\n").codes == ([code] if code else [])
        assert check(f"fn f({parameters}) = 1\n").codes == ([code] if code else [])


def test_unused_functions_and_lets() -> None:
    assert check("fn f(a: int) = a + zzz\n").codes == ["E201"]
    assert check("let n = zzz\n").codes == ["E201"]
    assert check("let n = 1 // 0\nlet m = n + 1\n").codes == ["E207"]
