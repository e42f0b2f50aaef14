"""S401: what counts as a use, what does not, and that a fix leaves all else alone."""

from pathlib import Path

import pytest

from archdsl.lint.catalogue import RULES
from archdsl.linting.fixing import fixed
from tests.lint.linting import found, network

HEAD = "network Net {\n  input image: image[3, 8, 8]\n"
PLAIN = f"{HEAD}  conv(8)\n}}\n"

USED: dict[str, str] = {
    "rate of a plan": "let r = 0.1\n"
    + network("a = conv(8)")
    + "transfer T of Net { let e = 1; train(a, lr=r * e) }\n",
    "argument of a plan's network": "let n = 2\n"
    + network("a = conv(n)").replace("Net", "Net(n: int)")
    + "transfer T of Net(n) { train(a) }\n",
    "import of a plan": "from zoo.resnet import ResNet18\ntransfer T of ResNet18 { train(rest) }\n",
    "file and loop of a plan": 'let f = "w"\nlet k = [1]\n'
    + network('"a{1}" = conv(8)')
    + 'transfer T of Net { weights("{f}.pt"); for i in k { train("a{i}") } }\n',
    "parameter default": "let w = 8\nblock B(n: int = w) { conv(n) }\n" + network("B"),
    "earlier parameter": "block B(n: int, m: int = n) { conv(m) }\n" + network("B(3)"),
    "parameter default of its own name": "let n = 8\nblock B(n: int = n) { conv(n) }\n"
    + network("B"),
    "let of its own name": network("let n = 1", "if true { let n = n + 1; conv(n) }"),
    "one turn of two": "block B { conv(8) }\n"
    + network('for i in range(2) { "b{i}" = image -> B }'),
    "one turn of two, shared": "block B { conv(8) }\n"
    + network("shared s = B", 'for i in range(2) { "b{i}" = image -> s }'),
    "computed name": network("let i = 2", '"c{i}" = conv(8)'),
    "message of an expectation": network("let n = 1", "conv(8)", 'expect params > 0, "{n}"'),
    "expectation": network("let n = 1", "conv(8)", "expect params > n"),
    "size of an input": "let n = 8\n" + network("conv(8)", given="image: image[3, n, n]"),
    "condition of an input": "let n = 2\n"
    + network("conv(8)", given="image: image[3, H=8, W=8] where H % n == 0"),
    "another let": network("let a = 1", "let b = a", "conv(b)"),
    "default": "let b = false\ndefault conv(bias=b)\n" + PLAIN,
    "function": "let k = 2\nfn f(n: int) = n * k\n" + network("conv(f(4))"),
    "comprehension": network("let k = 2", "for n in [k * i for i in [1, 2]] { conv(n) }"),
    "count and variable": network("let n = 2", "repeat n as i { conv(8) }"),
    "loop variable": network("for i in range(2) { conv(8) }"),
    "partial application": "block B(u: block) { u(8) }\nlet g = conv(kernel=1)\n" + network("B(g)"),
    "block value": "block U(n: int) { conv(n) }\nblock B(u: block) { u(8) }\n" + network("B(U)"),
    "branch": network("let n = 8", "if false { conv(n) } else { conv(8) }"),
    "merge": network("let n = 3", "add [conv(n), prev]"),
    "shortcut": network("let n = 3", "residual { conv(n) } shortcut conv(n, 1)"),
    "stochastic depth": network("let p = 0.5", "residual(drop=p) { conv(1) }"),
    "condition of a skip": network("let c = true", "residual if c { conv(1) }"),
    "shared layer": network("shared s = conv(1)", "s -> s"),
    "computed shared layer": network('shared "s" = conv(1)', "conv(1)"),
    "tensor parameter": "block B(t: tensor) { add [prev, t] }\n" + network("B(image)"),
    "tensor by name": 'block B(t: tensor) { "t" -> conv(8) }\n' + network("B(image)"),
    "tensor by computed name": 'block B(t1: tensor) { for i in [1] { "t{i}" -> conv(8) } }\n'
    + network("B(image)"),
    "tensor as a shortcut": "block B(t: tensor) { residual { conv(1) } shortcut t }\n"
    + network("B(image)"),
    "layer and number of one name": "block B(dropout: float) { dropout(dropout) }\n"
    + network("B(0.5)"),
    "variant": "network Any(n: int) {\n  input image: image[3, 8, 8]\n  conv(n)\n}\n"
    "network Net = Any(8)\n",
    "expectation of a variant": "network Any(n: int, c: int) {\n  input image: image[3, 8, 8]\n"
    "  conv(c)\n}\nnetwork Net = Any(3, 8) { expect params > n }\n",
    "network as a step": "network A { input i: image[3, 8, 8]; conv(3) }\n" + network("conv(3)"),
    "units of one interface": "block A(n: int, k: int) { conv(n, k) }\n"
    "block B(n: int, k: int) { conv(n) }\nblock S(u: block) { u(8, 1) }\n"
    + network("S(A) -> S(B)"),
    "units of one interface in a library": "block A(n: int, k: int) { conv(n, k) }\n"
    "block B(n: int, k: int) { conv(n) }\n",
    "extern op": "extern op Same(n: int) {\n  shape [3, input.height, input.width]\n"
    '  pytorch "package:Same"\n}\n' + network("Same(1)", given="image: image[3, 8, 8]"),
    "library": "let n = 8\nfn f(c: int) = c\nblock B { relu }\n",
    "words": "block B(axis: int) { conv(axis) }\n" + network("B(8)"),
    "size of a value": network("let n = 2", "a = conv(8)", "conv(a.channels * n)"),
    "numbered level": network("let n = 8", "f = { conv(n); shared s = conv(8); s }"),
    "head of a network that is a step": "network Body {\n  input image: image[3, 8, 8]\n"
    "  features = conv(8)\n  gap -> flatten\n  fc = linear(2)\n}\n"
    + network("body = Body", "body.features -> conv(4)", given="image: image[3, 8, 8]"),
    "one of several results": network("a, b = chunk(2)", "a -> relu", given="t: tensor[4]"),
    "output in training": network("a = conv(8)", "image -> conv(4)", "output a when training"),
    "the last turn only": network(
        'for i in range(3) { "c{i}" = conv(8) ; "d{i}" = conv(2); "c{i}" }', '"d0"'
    ),
}

UNUSED: dict[str, tuple[str, list[str]]] = {
    "let of a plan": (
        network("a = conv(8)") + "transfer T of Net { let r = 1; train(a) }\n",
        ["r"],
    ),
    "let of a file": ("let n = 8\n" + PLAIN, ["n"]),
    "let that a parameter hides": (
        "let n = 8\nblock B(n: int) { conv(n) }\n" + network("B(2)"),
        ["n"],
    ),
    "let that another hides": (network("let n = 8", "for i in [1] { let n = i; conv(n) }"), ["n"]),
    "let that a loop variable hides": (
        network("let n = 8", "for n in [1, 2] { conv(n) }"),
        ["n"],
    ),
    "let behind its use": (
        "let n = 8\n" + network("conv(n)", "let n = 2"),
        ["n"],
    ),
    "name of an argument": (network("let kernel = 3", "conv(8, kernel=1)"), ["kernel"]),
    "name behind a dot": (network("let channels = 3", "conv(prev.channels)"), ["channels"]),
    "number of a layer's name": (
        "block B(relu: bool) { relu }\n" + network("B(true)"),
        ["relu"],
    ),
    "parameter of a function": ("fn f(a: int, b: int) = a\n" + network("conv(f(8, 1))"), ["b"]),
    "parameter of a network": (
        "network Net(n: int = 2) {\n  input i: image[3, 8, 8]\n  conv(8)\n}\n",
        ["n"],
    ),
    "recursion": (
        "block B(n: int) { if n > 0 { B(n - 1) } else { conv(8) } }\n" + PLAIN,
        ["B"],
    ),
    "block of an unused block": (
        "block A { conv(8) }\nblock B { A }\n" + PLAIN,
        ["B"],
    ),
    "shared layer": (network("shared s = conv(1)", "conv(1)"), ["s"]),
    "shared layer in a level": (network("f = { shared s = conv(1); conv(1) }"), ["s"]),
    "let in a level": (network("f = { let n = 1; conv(1) }"), ["n"]),
    "extern op": (
        'extern op Same {\n  shape [3, 8, 8]\n  pytorch "package:Same"\n}\n' + PLAIN,
        ["Same"],
    ),
    "parameter of another block": (
        "block A(n: int) { conv(n) }\nblock B(n: int) { relu }\n" + network("A(2)", "B(2)"),
        ["n"],
    ),
    "parameter in a library": ("block A(n: int, k: int) { conv(n) }\n", ["k"]),
    "doc": ('block B(n: int) {\n  "Of {n}."\n  conv(8)\n}\n' + network("B(2)"), ["n"]),
    "layer": (network("conv(8)", "image -> conv(4)"), ["conv(8)"]),
    "one use of a shared layer": (network("shared s = conv(1)", "s", "image -> s"), ["s"]),
    "layer in every turn": (
        network("for i in range(3) { image -> conv(8) }", "image -> conv(4)"),
        ["image -> conv(8)"],
    ),
    "layer in a block": (
        "block B { conv(8) -> relu; input -> conv(4) }\n" + network("B -> B"),
        ["conv(8) -> relu"],
    ),
    "whole block": (
        "block B { conv(8) -> relu }\n" + network("b = B", "image -> B"),
        ["B"],
    ),
    "layer behind one that is read": (
        network("{ a = conv(8) } -> relu", "a -> conv(4)"),
        ["relu"],
    ),
    "branch that is not taken": (
        network("if true { conv(8) }", "image -> conv(4)"),
        ["conv(8)"],
    ),
    "value that an expectation reads": (
        network("a = conv(8)", "image -> conv(4)", "expect a.channels == 8"),
        ["conv(8)"],
    ),
    "network as a step": (
        "network A {\n  input i: image[1, 28, 28]\n  conv(3)\n}\n"
        + network("a = A", "image -> conv(4)"),
        ["A"],
    ),
}


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("text", USED.values(), ids=USED)
def test_uses(text: str) -> None:
    assert not found("S401", text)


@pytest.mark.parametrize(("text", "names"), UNUSED.values(), ids=UNUSED)
def test_what_nothing_uses(text: str, names: list[str]) -> None:
    assert [one.span.text for one in found("S401", text)] == names


FIXES: dict[str, tuple[str, str]] = {
    "line": ("let a = 1\n\nblock B { relu }  # of no use\n\n" + PLAIN, PLAIN),
    "between empty lines": ("# x\n\nlet a = 1\n\n" + PLAIN, "# x\n\n" + PLAIN),
    "several lines": ("let a = [\n  1,  # one\n  2,\n]\n" + PLAIN, PLAIN),
    "carriage returns": (
        ("arch 1\nlet a = 1\n" + PLAIN).replace("\n", "\r\n"),
        ("arch 1\n" + PLAIN).replace("\n", "\r\n"),
    ),
    "semicolons": (
        network("let a = 1; conv(8); let b = 2; relu; let c = 3"),
        network("conv(8); relu"),
    ),
    "braces": (network("f = { let a = 1; conv(8) }"), network("f = { conv(8) }")),
    "the end of the text": (PLAIN + "let a = 1", PLAIN),
    "all of an import": ("from std.blocks import ConvBNAct, DenseLayer\n" + PLAIN, PLAIN),
    "the first of an import": (
        "from std.blocks import ConvBNAct,\n  DenseLayer as D\n" + network("D(4)"),
        "from std.blocks import DenseLayer as D\n" + network("D(4)"),
    ),
    "the last of an import": (
        "from std.blocks import DenseLayer, DoubleConv as X,;" + network("DenseLayer(4)"),
        "from std.blocks import DenseLayer,;" + network("DenseLayer(4)"),
    ),
    "shared layer": (network("shared s = conv(8)", "conv(8)"), network("conv(8)")),
    "one after the other": (
        "fn f(n: int) = n\nlet a = f(1)\nblock A { conv(a) }\nblock B { A }\n" + PLAIN,
        PLAIN,
    ),
    "shared layer with a number": (
        network("f = { shared s = conv(8); conv(8) }"),
        network("f = { shared s = conv(8); conv(8) }"),
    ),
    "shared layer in a block of one flow": (
        "block B = { shared s = conv(8); conv(8) }\n" + network("B"),
        "block B = { shared s = conv(8); conv(8) }\n" + network("B"),
    ),
    "a string that would become the documentation": (
        network("conv(8)", "a = prev", '{ let n = 1; "a" }'),
        network("conv(8)", "a = prev", '{ let n = 1; "a" }'),
    ),
}


@pytest.mark.parametrize(("text", "expected"), FIXES.values(), ids=FIXES)
def test_fixes(text: str, expected: str) -> None:
    assert fixed("net.arch", text, [RULES["S401"]]).text == expected


def test_weights_that_another_use_trains_are_no_loss() -> None:
    (one,) = found("S401", network("shared s = conv(1)", "s", "image -> s"))
    assert one.message == "nothing reads the result of s: 1 layer for nothing"
