"""What programs seldom do: each is an error of its own kind, or has a value."""

import pytest

from tests.elaborate.programs import check, graph, network

SYMBOLIC = "image[3, H, W]"
NIX = "E202 there is no op, block or value named `nix`"

VALUES = {
    "(-2) ** 2.0": 4,
    "sum([[1], [2, 3]], [])[2]": 3,
}


@pytest.mark.parametrize("text", VALUES)
def test_values(text: str) -> None:
    (step,) = graph(f"conv(int({text}))").steps
    assert step.layer.args["channels"] == VALUES[text]


MISTAKES = {
    "let a = H ** 2": ["E216 this depends on the input's size (H), which is not fixed"],
    "let a = H * 1.5": ["E216 this depends on the input's size (H), which is not fixed"],
    "if [H, 1] == [W, 1] { relu }": [
        "E216 this depends on the input's size ([H, 1]), which is not fixed"
    ],
    'let a = sum([1], "a")': ['E206 `sum` cannot take `([1], "a")`'],
    'let a = sum("ab")': ['E206 `sum` cannot take `("ab")`'],
    "upsample(size=[floor(H / 2, 1), 2])": [
        "E216 this depends on the input's size (H), which is not fixed"
    ],
    "upsample(size=[ceil(H / 2 + 0.5), 2])": [
        "E216 this depends on the input's size (H), which is not fixed"
    ],
    "conv([none, x])": [
        "E206 `channels` of `conv` must be int, not [none, a tensor] (list[none | tensor])"
    ],
    "conv([relu, half])": [
        "E206 `channels` of `conv` must be int, not [`relu`, `half`] (list[block | fn])"
    ],
    'a = conv(3)\n"n{a}" = relu': [
        'E212 "na tensor" cannot name a layer: names are letters, digits, `_` and `-`'
    ],
    'shared "head" = conv(3)\nlet head = 2': ["E211 `head` is bound twice in these braces"],
}


@pytest.mark.parametrize("body", MISTAKES)
def test_mistakes(body: str) -> None:
    half = "fn half(n: int) = n // 2\n"
    assert check(network(body, half, SYMBOLIC)).messages == MISTAKES[body]


CONDITIONS = {
    'H == "a"': False,
    "[H, 1] == [H, 1]": True,
    '[1, H] == [1, "b"]': False,
    "relu": True,
    "[H // 2] == [H // 2]": True,
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_conditions(condition: str) -> None:
    (step,) = graph(f"if {condition} {{ relu }} else {{ tanh }}", image=SYMBOLIC).steps
    assert (step.layer.op.name == "relu") is CONDITIONS[condition]


def test_a_tensor_is_true() -> None:
    block = "block B(t: tensor | none) { if t { relu } else { tanh } }\n"
    for body, op in (("B(x)", "relu"), ("B(none)", "tanh")):
        assert [step.layer.op.name for step in graph(body, block).steps] == [op]


UNKNOWN = [
    "residual(drop=0.2) { nix }",
    "residual { nix } shortcut project",
    "residual { conv(8, stride=2) } shortcut nix",
    "u = nix\nu.conv1 -> relu",
    "B",
    "nix -> E",
]


@pytest.mark.parametrize("body", UNKNOWN)
def test_what_follows_from_a_mistake_is_none(body: str) -> None:
    before = "block B = nix -> conv(3)\n" if body == "B" else ""
    before += "extern op E(k: int = 1) { shape input.shape }\n"
    assert check(network(body, before)).messages == [NIX]


def test_definitions_with_mistakes() -> None:
    unused = "conv(4)"
    assert check(network(unused, "default conv(bias=nix)\n")).messages == [
        "E201 the name `nix` is not defined here"
    ]
    variants = "network V = Nix(3)\nnetwork W = V(4)\nnetwork X = W\ntransfer T of V {}\n"
    assert check(network(unused) + variants).messages == ["E201 there is no network `Nix`"]
    types = "extern op E(u: Foo = 1) { shape input.shape }\n"
    assert check(network("E", types)).messages == ["E206 there is no type `Foo`"]


EXPECTATIONS = {
    "body[0].conv1.channels == 3": [],
    "body[1].conv1.stride == 1": [],
    "(1).params == 3": ["E206 1 (int) has no `.params`"],
    "conv1.params == 3": ["E206 the layer `conv1` has no `.params`"],
    "body[0].bias == 3": ["E206 the layer `body.0` has no `.bias`"],
    "nix.params == 3": ["E201 the name `nix` is not defined here"],
}


@pytest.mark.parametrize("condition", EXPECTATIONS)
def test_expectations(condition: str) -> None:
    blocks = "block Unit { conv(3) }\n"
    body = f"conv(3)\nbody = repeat 2 {{ Unit }}\nexpect {condition}"
    assert check(network(body, blocks)).messages == EXPECTATIONS[condition]


SHARED = {
    "other layers": (
        "if input.channels > 4 { conv(8) -> relu } else { conv(8) }",
        "d -> conv(4) -> d",
    ),
    "other names": ('"l{input.channels}" = conv(8)', "d -> conv(4) -> d"),
    "other arguments": ("maxpool(2, ceil=input.height % 3 == 0)", "d -> d"),
}


@pytest.mark.parametrize("title", SHARED)
def test_a_shared_block_that_depends_on_its_input(title: str) -> None:
    inside, flow = SHARED[title]
    text = network(f"shared d = B\n{flow}", f"block B {{ {inside} }}\n", "image[8, 9, 9]")
    (message,) = check(text).messages
    says = "its arguments would differ" if "arguments" in title else "it would have other layers"
    assert message.startswith("E221") and message.endswith(says)


def test_a_shared_network() -> None:
    step = "network Step {\n  input x: image[3, 8, 8]\n  conv(4) -> conv(3)\n}\n"
    found = graph("shared s = Step\ns -> s", step, "image[3, 8, 8]")
    assert [found_step.use_of for found_step in found.steps] == [None, None, 0, 1]
