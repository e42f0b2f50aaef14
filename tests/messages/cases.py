"""Minimal programs for every message of the elaborator, a family of codes a list."""

from tests.elaborate.programs import network
from tests.messages.case import Case, body
from tests.messages.externs import EXTERNS

UNIT = "block Unit(width: int, stride: int = 1) {\n  conv(width, stride=stride) -> bn -> relu\n}\n"
TWO = """network Two {
  input image: image[3, H=32, W=32]
  a = conv(4)
  b = conv(8)
  output a, b
}
"""
STEP = """network Step {
  input image: image[3, H=64, W=64] where H % 4 == 0
  conv(8)
}
"""

INPUTS = """network M {
  input a: image[3, H=32, W=32]
  input b: image[3, H=32, W=32]
  add [a, b] -> conv(8)
}
"""
NESTED = """block Outer(width: int) {
  Skip(width)
}
block Skip(width: int) {
  residual { conv(width) }
}
"""

NAMES = [
    body("unknown name", "let width = 64\nconv(widht)"),
    body("unknown name, nothing near", "conv(zzz)"),
    body(
        "a word of an op as argument of a block",
        "Pad(same)",
        "block Pad(p: str) {\n  conv(8, pad=p)\n}\n",
    ),
    body("a name of the caller", "let k = 8\nUnit", "block Unit {\n  conv(k)\n}\n"),
    body("unknown value", 'stem = conv(8)\n"sten" -> relu'),
    body("unknown value, nothing near", 'stem = conv(8)\n"zzz" -> relu'),
    body("unknown output", "logits = conv(8)\noutput logit"),
    Case("defined by itself", "let a = b + 1\nlet b = a + 1\n" + network("conv(a)")),
    Case("unknown network", network("conv(8)") + "network M = NN\n"),
    Case("a variant of a block", UNIT + network("conv(8)") + "network M = Unit(8)\n"),
    Case("a transfer of an unknown network", network("conv(8)") + "transfer T of M {}\n"),
    Case("a transfer of a block", UNIT + network("conv(8)") + "transfer T of Unit(8) {}\n"),
    Case(
        "a transfer as a layer",
        network("conv(8)") + "transfer T of N {}\n" + network("T").replace("N", "M"),
    ),
    body("unknown op", "maxpol(2)"),
    body("op of another framework", "Conv2d(8)"),
    body("op of another framework, by its own name", "maxpool(2)\nLeakyReLU(0.1)"),
    body("layers called as in Python", "stem = conv(8)\na = relu(stem)\nb = maxpool(stem, 2)"),
    body("block of the library", "se(4)"),
    body("network of the library", "ResNet18(10)"),
    body("unknown op, nothing near", "zzz"),
    body("default of an unknown op", "default cnov(bias=false)\nconv(8)"),
    body("default of a block", "default Unit(width=8)\nconv(8)", UNIT),
    body("unknown parameter", "conv(8, kernal=3)"),
    body("parameter of another framework", "conv(8, padding=1)"),
    body("unknown parameter, nothing near", "conv(8, zzz=1)"),
    body("unknown parameter of a function", "conv(make_divisible(9, by=8))"),
    body("missing argument of an op", "conv"),
    body("missing argument of a block", "Unit", UNIT),
    body("too many arguments", "Unit(8, 1, 2)", UNIT),
    body("argument given twice", "conv(8, channels=4)"),
    body("argument without a name after one with a name", "conv(channels=8, 3)"),
    body("argument that is fixed already", "let wide = conv(64)\nwide(channels=8)"),
    body("arguments of a shared layer", "shared head = conv(8)\nhead(4)"),
    body(
        "fixing arguments of a shared layer", "shared head = conv(8)\nlet other = head(4)\nconv(8)"
    ),
    body("arguments of project", "residual { conv(8) } shortcut project(8)"),
    body("unknown path", "stem = conv(8) -> bn\nstem[2] -> conv(8)"),
    body("unknown path in a block", "unit = Unit(8)\nunit.conv2 -> relu", UNIT),
    body("path into a tensor", "x.first -> relu"),
    body("unknown layer in an expectation", "stem = conv(8)\nexpect sten.channels == 8"),
    Case("unknown name in an uninstantiated block", "block Unit {\n  conv(8) -> rlu\n}\n"),
    Case("missing argument in an uninstantiated block", "block Unit {\n  conv(kernel=3)\n}\n"),
]

TYPES = [
    body("a float for an int", "conv(64 / 2)"),
    body("a bool for an int", "conv(true)"),
    body("a size for an int", "conv(x.height)"),
    body("a layer for an int", "conv(relu)"),
    body("a value for an int", "conv(x)"),
    body("a figure that layers do not have", "stem = conv(8) -> bn\nexpect stem[0].params == 8"),
    body("a function for an int", "conv(half)", "fn half(n: int) = n // 2\n"),
    body("another type than a block declares", "Unit([8])", UNIT),
    body("word that the parameter does not have", 'upsample(2, mode="nearst")\nconv(8)'),
    Case("default of another type", "block Unit(width: int = 1.5) {\n  conv(8)\n}\n"),
    Case("unknown type", "block Unit(width: integer) {\n  conv(8)\n}\n"),
    Case("list without items", "block Unit(widths: list) {\n  conv(8)\n}\n"),
    Case("items of no list", "block Unit(width: int[int]) {\n  conv(8)\n}\n"),
    Case("parameter declared twice", "block Unit(width: int, width: int) {\n  conv(8)\n}\n"),
    body("operator", 'conv("8" + 8)'),
    body("sign", 'conv(-"8")'),
    body("comparison", 'if "a" < 1 { conv(8) }'),
    body("function that is not called", "conv(len)"),
    body("function with the wrong argument", "conv(len(8))"),
    body("call of a number", "let n = 8\nconv(n(2))"),
    body("index of a number", "let n = 8\nconv(n[0])"),
    body("slice of a number", "let n = 8\nconv(n[0:1])"),
    body("attribute of a number", "let n = 8\nconv(n.channels)"),
    body("loop over a number", "for i in 3 { conv(8) }"),
    body("repeat of a float", "repeat 1.5 { conv(8) }"),
    body("start of a flow", "let l = [8]\nl[0] -> conv(8)"),
    body("join of a residual", "residual(op=sub) { conv(3) }"),
    body("drop of a residual", 'residual(drop="a") { conv(3) }'),
    body("drop out of range", "residual(drop=1.5) { conv(3) }"),
    body("parameter out of range", "conv(0)"),
    body("negative repeat", "repeat 2 - 3 { conv(8) }"),
    body("division by zero", "let n = 0\nconv(8 // n)"),
    body("more than 64 bits", "conv(2 ** 63)"),
    body("far more than 64 bits", "conv(9 ** 9 ** 9)"),
    body("float that is too large", "conv(int(1e308 * 10))"),
    body("power that is too large", "conv(int(10.0 ** 400))"),
    body("root of a negative number", "conv(int((0 - 8) ** 0.5))"),
    body("function without a result", "conv(int(sqrt(0 - 1)))"),
    body("largest of nothing", "conv(max([]))"),
    body("size that cannot be worked out", "conv(x.height // 0)"),
    body(
        "size that is too complex",
        "conv(grow(9, x.height))",
        "fn grow(n: int, s: int) = s if n == 0 else grow(n - 1, (s + 1) // 3 * s)\n",
    ),
    body("index out of range", "let widths = [8, 16]\nconv(widths[2])"),
    body("index out of a string", 'conv(len("ab"[2]))'),
    body("depth of an image", "conv(x.depth)"),
]

LAYERS = [
    body("counted name that was given", "conv1 = conv(8)\nconv(8)"),
    body("two given names", "stem = conv(8)\nstem = conv(8)"),
    body("name in a loop", "for i in range(2) { stem = conv(8) }"),
    body(
        "two unnamed projections",
        "residual { conv(4) } shortcut project\nresidual { conv(8) } shortcut project",
    ),
    Case("definitions", "let a = 1\nlet a = 2\n"),
    Case(
        "import of a name that is defined",
        'let a = 1\nfrom "other.arch" import a\n',
        {"other.arch": "let a = 2\n"},
    ),
    body("values", "y = x\ny = x"),
    body("values in a loop", "repeat 2 { y = prev }"),
    Case(
        "parameter and layer",
        network("squeeze = conv(squeeze)").replace("N {", "N(squeeze: int = 8) {"),
    ),
    body("let", "let n = 1\nlet n = 2\nconv(n)"),
    body("shared layers", "y = x\nshared y = conv(8)\nconv(8)"),
    body("outputs", "y = conv(8)\noutput y, y"),
    body("facts", "batch(32)\nbatch(64)\nconv(8)"),
    Case(
        "parameter that is a figure",
        network("conv(8)\nexpect params == 224").replace("N {", "N(params: int = 1) {"),
    ),
    body("attribute of a module", "forward = conv(8)"),
    body("word of Python", '"lambda" = conv(8)'),
    body("characters", '"conv.1" = conv(8)'),
    body("two underscores", "__conv = conv(8)"),
    body("output with a dash", '"a-b" = conv(8)\noutput "a-b"'),
    body("output that Python reserves", '"class1" = conv(8)\n"lambda" = x\noutput "lambda"'),
    body("output with an underscore", "_y = conv(8)\noutput _y"),
    body("output that tuples have", "count = conv(8)\noutput count"),
    Case("name of a fact", "block dataset = conv(8)\n"),
    body("layer or value", "relu = conv(8)\nrelu -> conv(8)"),
    body("number for a layer", "let n = 8\nn -> relu"),
    body("value in the middle of a flow", "y = conv(8)\nconv(8) -> y()"),
    body("function for a layer", "half(8)", "fn half(n: int) = n // 2\n"),
    body("fact in a flow", "conv(8) -> batch(32)"),
    body("fact at the start of a flow", "batch(32) -> conv(8)"),
    body("shared chain", "shared head = conv(8) -> relu\nhead"),
    body("shared twice", "shared head = conv(8)\nshared tail = head\ntail"),
    body("shared op on other channels", "shared head = conv(8)\nhead -> head"),
    body("shared op on a map and a flat input", "shared b = bn\nb -> gap -> flatten -> b"),
    body("shared block on other channels", "shared head = Unit(8)\nhead -> head", UNIT),
]

FLOWS = [
    body("after several results", "a, b, c = chunk(3)\nconv(8)"),
    body(
        "prev after several results",
        "a, b, c = chunk(3)\nb -> conv(8)\nd, e = split([4, 4])\nlet n = prev.channels",
    ),
    Case(
        "two inputs",
        INPUTS.replace("add [a, b]", "relu"),
    ),
    Case(
        "`input` with two inputs",
        INPUTS.replace("conv(8)", "conv(input.channels)"),
    ),
    body("block without a result", "Unit", "block Unit {\n  a, b, c = chunk(3)\n}\n"),
    body("braces without a result", "{ a, b, c = chunk(3) }"),
    body("names for results", "a, b = chunk(3)"),
    body("several results in a flow", "chunk(3) -> conv(8)"),
    body("loop variables", "for a, b in [[1, 2, 3]] { conv(a) }"),
    body("several outputs in a flow", "Two -> conv(8)", TWO),
    body("several outputs as a value", "net = Two\nnet -> conv(8)", TWO),
    body("condition on a size", "if x.height > 16 { conv(8) }"),
    body("comparison of shapes", "if x.shape == [3, 32, 32] { conv(8) }"),
    body("arithmetic on a size", "conv(int(x.height / 2))"),
    body("function of a size", "conv(max(x.height, 8))"),
    body("truth of a size", "if x.height - 32 { conv(8) }"),
]

NETWORKS = [
    Case("input in a block", "block B {\n  input x: image[3, H=32, W=32]\n}\n" + network("B")),
    Case("output in a block", "block B {\n  y = conv(8)\n  output y\n}\n" + network("B")),
    Case(
        "expectation in a block", "block B {\n  conv(8)\n  expect params == 3\n}\n" + network("B")
    ),
    Case(
        "expectation in an uninstantiated block", "block B {\n  conv(8)\n  expect params == 3\n}\n"
    ),
    Case("fact in a block", "block B {\n  conv(8)\n  batch(32)\n}\n" + network("B")),
    Case("layer in a variant", network("conv(8)") + "network M = N {\n  conv(8)\n}\n"),
    Case("no input", "network N {\n  conv(prev.channels)\n}\n"),
    Case("no layer", "network N {\n  input x: image[3, H=32, W=32]\n}\n"),
    body("no result", "a, b, c = chunk(3)"),
    body("unknown kind", "conv(8)", image="img[3, H=32, W=32]"),
    body("batch", "conv(8)", image="image[1, 3, 32, 32]"),
    body("too few sizes", "conv(8)", image="image[3, 32]"),
    body("too few sizes of a volume", "conv(8)", image="volume[3, 32]"),
    body("too many sizes", "conv(8)", image="tensor[1, 2, 3, 4, 5]"),
    body("symbolic channels", "conv(8)", image="image[C, H, W]"),
    body("symbolic features", "linear(8)", image="tabular[F]"),
    body("the name of a size", "relu", image=f"image[3, {'H' * 101}=8, 8]"),
    body("two values for one size", "conv(8)", image="image[3, H=32, H=64]"),
    body("size of another type", "conv(8)", image='image[3, "a", 32]'),
    body("value of another type", "conv(8)", image="image[3, H=1.5, W=32]"),
    body("value below 1", "conv(8)", image="image[3, H=0, W=32]"),
    body("size below 1", "conv(8)", image="image[3, 0, 32]"),
    Case("size below 1 from outside", network("conv(8)"), sizes={"H": 0}),
    body("value against its condition", "conv(8)", image="image[3, H=30, W=32] where H % 32 == 0"),
    body("no value for a condition", "conv(8)", image="image[3, H, W] where H % 7 == 3"),
    body("condition that nothing satisfies", "conv(8)", image="image[3, H, W] where H > 10, H < 5"),
    Case(
        "size from outside against its condition",
        network("conv(8)", image="image[3, H=32, W=32] where H % 32 == 0"),
        sizes={"H": 48},
    ),
    body("step with another number of channels", "conv(4) -> Step", STEP),
    body("step on a flat value", "flatten -> Step", STEP, "image[3, 64, 64]"),
    body("step against its condition", "Step", STEP, "image[3, 30, 32]"),
    body("step against its condition at the sampled size", "Step", STEP, "image[3, H=30, W=32]"),
    body(
        "step with two inputs",
        "M",
        INPUTS,
    ),
    body("fact with an unknown parameter", "dataset(imags=100)\nconv(8)"),
    body("fact of another type", 'batch("a")\nconv(8)'),
    body("fact below 1", "epochs(0)\nconv(8)"),
    body("fact without its argument", "loss()\nconv(8)"),
    body("unknown loss", 'loss("cross_entrpy")\nconv(8)'),
    body("unknown domain", 'dataset(images=10, domain="other")\nconv(8)'),
]

SHAPES = [
    body("residual with other channels", "residual { conv(8) }"),
    body("residual with a stride", "residual { conv(8, stride=2) }"),
    body("residual that loses its border", "residual { conv(3, 5, pad=0) }"),
    body(
        "residual that loses its border and has other channels",
        "residual {\n  conv(8, 5, pad=0)\n  conv(8, pad=valid)\n}",
    ),
    body("shortcut that keeps the border", "residual { conv(8, pad=0) } shortcut project"),
    body("shortcut with another stride", "residual { conv(8, stride=2) } shortcut conv(8, 1)"),
    body("shortcut with other channels", "residual { conv(8) } shortcut conv(4, 1)"),
    body("residual with an even pool", "residual { maxpool(2) }"),
    body("residual with another rank", "residual { gap -> flatten }"),
    body("residual that spreads one channel", "residual { conv(1) }"),
    body("gate with other channels", "residual(op=mul) { gap -> conv(8, 1) -> sigmoid }"),
    body("residual that joins other sizes", "residual(op=concat) { conv(8, stride=2) }"),
    body("project to another rank", "residual { gap -> flatten } shortcut project"),
    body(
        "project to a transposed convolution",
        "residual { conv_transpose(8, 2, stride=2) } shortcut project",
    ),
    body("sum", "add [conv(8), conv(4)]"),
    body("concatenation", "concat [conv(8), conv(8, stride=2)]"),
    body(
        "in some instances",
        "Skip(3)\nSkip(8)\nSkip(8)",
        "block Skip(width: int) {\n  residual { conv(width) }\n}\n",
    ),
    body("through block calls", "Outer(8)", NESTED),
    body("in a partial application", "let wide = conv(8, kernel=4)\nwide"),
    body("at a symbolic size", "maxpool(64)"),
]

FILES = [
    Case("unknown version", "arch 2\n"),
    Case("missing file", 'from "blocks.arch" import Unit\n'),
    Case("no file", 'from "" import Unit\n'),
    Case("unknown library", "from torch.nn import Conv2d\n"),
    Case("unknown module", "from std.block import SqueezeExcite\n"),
    Case(
        "cycle",
        'from "a.arch" import a\nlet n = 1\n',
        {
            "a.arch": 'from "b.arch" import b\nlet a = b\n',
            "b.arch": 'from "a.arch" import a\nlet b = a\n',
        },
    ),
    Case("outside the root", 'from "../other.arch" import a\n'),
    Case("name that is not there", 'from "a.arch" import wdith\n', {"a.arch": "let width = 8\n"}),
    Case(
        "name that is not passed on",
        'from "a.arch" import n\n',
        {"a.arch": 'from "b.arch" import n\nlet m = n\n', "b.arch": "let n = 1\n"},
    ),
    Case(
        "error in an imported file",
        'from "a.arch" import Unit\n' + network("Unit"),
        {"a.arch": "block Unit {\n  conv(8, pad=1, kernal=3)\n}\n"},
    ),
    Case(
        "too many files",
        "".join(f'from "f{i}.arch" import a as a{i}\n' for i in range(256)),
        {f"f{i}.arch": "let a = 1\n" for i in range(256)},
    ),
]

LIMITS = [
    body("steps", "repeat 2_000_000 { relu }"),
    body("steps of nested loops", "repeat 10_000 { repeat 10_000 { relu } }"),
    body(
        "blocks", "B(40)", "block B(n: int) {\n  if n > 0 {\n    B(n - 1)\n    B(n - 1)\n  }\n}\n"
    ),
    body("calls", "B(1)", "block B(n: int) {\n  conv(8)\n  B(n + 1)\n}\n"),
    body("calls of functions", "conv(f(1))", "fn f(n: int) = f(n + 1)\n"),
    body("work", "repeat 1_000_000_000 { let n = 1 }"),
    body("list", "conv(len(range(10 ** 9)))"),
    body("repeated list", "conv(len([0] * 10 ** 9))"),
    body("string", 'let s = "x" * 1_000_000\nlet t = "{s}{s}"\nconv(8)'),
    body("list of lists", "let a = [0] * 1000\nlet b = [a] * 1001\nconv(8)"),
]

EXPECTATIONS = [
    body("parameters", "conv(8)\nexpect params == 225"),
    body("message", 'conv(8)\nexpect params == 225, "{params} is not the paper\'s count"'),
    body("shape of a layer", "stem = conv(8)\ngap -> flatten\nexpect stem.shape == [8, 16, 16]"),
    body("several figures", "conv(8)\nexpect macs < 100 and depth == 2"),
    body("no figure", "conv(8)\nexpect 1 == 2"),
    body("wrong type", 'conv(8)\nexpect params < "a"'),
]

FAMILIES = {
    "names": NAMES,
    "types": TYPES,
    "layers": LAYERS,
    "flows": FLOWS,
    "networks": NETWORKS,
    "shapes": SHAPES,
    "files": FILES,
    "limits": LIMITS,
    "expectations": EXPECTATIONS,
    "externs": EXTERNS,
}
