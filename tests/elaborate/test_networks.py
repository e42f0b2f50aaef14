"""Inputs, outputs, networks as steps, expectations and facts."""

import pytest

from archdsl.graph.ir import Graph
from tests.elaborate.programs import check, found, graph, layers, named, network, shapes

BACKBONE = """
network Backbone(width: int = 8) {
  input picture: image[3, H=64, W=64]
  stem = conv(width) -> bn
  "layer1" = repeat 2 { conv(width, 3, stride=2) -> relu }
  tail = conv(2 * width, stride=2)
  aux = tail -> conv(1)
  tail -> gap -> flatten
  fc = linear(10)
  output aux when training
  output fc
  expect params == 1
  dataset(images=1_000)
}
"""
PYRAMID = """
network Pyramid {
  input picture: image[3, H=64, W=64]
  p1 = conv(4, stride=2)
  p2 = conv(8, stride=2)
  p3 = conv(16, stride=2)
  output p1, p2
}
"""


def of_step(body: str, before: str, image: str = "image[3, H=32, W=32]") -> Graph:
    """The network `N` of this body; expectations of the networks before it do not matter."""
    outcome = check(network(body, before, image))
    assert [found for found in outcome.diagnostics if found.code != "E601"] == []
    return outcome.graphs["N"]


# --- inputs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("image", "shape"),
    {
        "image[3, 8, 16]": "[3, 8, 16]",
        "image[3, H=8, W=16]": "[3, H, W]",
        "image[3, H, W]": "[3, H, W]",
        "image[3, S, S]": "[3, S, S]",
        "image[3, S=8, S]": "[3, S, S]",
        "image[3, H=8, 2 * H]": "[3, H, 2*H]",
        "image[3, H=8, W=H]": "[3, H, W]",
        "image[3, H=8, W=2 * H]": "[3, H, W]",
        "image[n, 2 ** n, n * n]": "[4, 16, 16]",
        "audio[1, T=16000]": "[1, T]",
        "sequence[4, 10]": "[4, 10]",
        "volume[1, D, H, W]": "[1, D, H, W]",
        "video[3, 8, 8, 8]": "[3, 8, 8, 8]",
        "tensor[3, T]": "[3, T]",
        "tabular[10]": "[10]",
    }.items(),
)
def test_inputs(image: str, shape: str) -> None:
    assert shapes(graph("y = relu", "let n = 4\n", image)) == {"y": shape}


def test_values_of_symbols() -> None:
    assert graph("relu", image="image[3, H=8, W=H]").sizes == {"H": 8, "W": 8}
    assert graph("relu", image="image[3, H=8, W=2 * H]").sizes == {"H": 8, "W": 16}
    assert graph("relu", image="image[3, H, W]").sizes == {"H": 224, "W": 224}
    assert graph("relu", image="image[3, H, W] where H % 100 == 0").sizes["H"] == 300
    assert graph("relu", image="image[3, H, W] where H >= 300, H % 7 == 0").sizes["H"] == 301
    assert graph("relu", image="image[3, H, W] where H <= 100, H % 7 == 0").sizes["H"] == 98
    assert check(network("relu"), sizes={"H": 48}).graph.sizes == {"H": 48, "W": 32}


def test_conditions() -> None:
    where = "image[3, H=32, W=32] where "
    for condition in (
        "H % 32 == 0",
        "H >= 32",
        "33 > H",
        "H == W",
        "H * W < 2000",
        "H % 32 == 0 and W > 1",
    ):
        assert graph("relu", image=where + condition)
    for condition in (
        "H % 33 == 0",
        "H > 32",
        "32 > H",
        "H != W",
        "H % 8",
        "H % 0 == 0",
        "zzz > 1",
    ):
        assert len(found("relu", image=where + condition)) == 1
    outcome = check(network("relu", image=where + "H % 32 == 0"), sizes={"H": 48})
    assert outcome.codes == ["E307"]
    assert outcome.diagnostics[0].help == "H could be 32 or 64"


def test_conditions_simplify_sizes() -> None:
    body = "conv(8, stride=2)\nconv(8, stride=2)"
    image = "image[3, H=32, W=32]"
    halved = shapes(graph(body, image=f"{image} where H % 4 == 0, W % 4 == 0"))
    assert halved == {"output": "[8, H/4, W/4]"}
    decided = "if x.height > 100 { conv(8) } else { relu }"
    assert len(graph(decided, image="image[3, H=128, W=32] where H > 100").steps) == 1
    assert found(decided)[0].startswith("E216 ")


def test_conditions_on_sizes_decide_only_what_holds_at_every_size() -> None:
    for condition, expected in {
        "x.height == x.height": True,
        "x.height == x.width": None,
        "x.height == 32": None,
        "x.height != 0": True,
        "x.height >= 1": True,
        "x.height > 1": None,
        "x.height": True,
        "x.height - 1": None,
        "x.shape == [3, x.height, x.width]": True,
        "x.shape == [4, 32, 32]": False,
        "x.shape == [3, 32, 32]": None,
        "2 * x.height % 2 == 0": True,
        "x.height % 2 == 0": None,
        "any([x.height - 1])": None,
        "all([x.height])": True,
    }.items():
        outcome = check(network(f"if {condition} {{ conv(8) }} else {{ bn }}"))
        if expected is None:
            assert outcome.codes == ["E216"], condition
        else:
            assert [step.layer.op.name for step in outcome.graph.steps] == [
                "conv" if expected else "bn"
            ], condition


def test_several_inputs() -> None:
    file = "network N {\n  input a: image[3, H=8, W=8]\n  input b: image[1, H, W]\n"
    outcome = check(file + "  c = a -> conv(4)\n  b -> conv(4)\n  add [c, prev]\n}\n")
    assert [known.name for known in outcome.graph.inputs] == ["a", "b"]
    assert shapes(outcome.graph) == {"output": "[4, H, W]"}
    assert check(file + "  conv(4)\n}\n").codes == ["E214"]
    assert check(file + "  a -> conv(input.channels)\n}\n").codes == ["E214"]
    assert check(file.replace("[1, H, W]", "[1, H=9, W]") + "  a -> conv(4)\n}\n").codes == ["E222"]
    where = file.replace("[1, H, W]", "[1, H, W] where H == W, H % 8 == 0")
    assert check(where + "  add [a, b]\n}\n").codes == []


# --- outputs --------------------------------------------------------------------------------------


def test_outputs() -> None:
    assert shapes(graph("conv(8)")) == {"output": "[8, H, W]"}
    assert shapes(graph("y = conv(8)")) == {"y": "[8, H, W]"}
    assert shapes(graph("a = conv(8)\nb = bn\noutput b, a")) == {"b": "[8, H, W]", "a": "[8, H, W]"}
    loop = 'for i in range(3) { "p{i}" = conv(i + 1) }\nfor i in range(3) { output "p{i}" }'
    assert list(shapes(graph(loop))) == ["p0", "p1", "p2"]
    of = graph("aux = conv(8)\nmain = bn\noutput aux when training")
    assert [(output.name, output.training) for output in of.outputs] == [
        ("main", False),
        ("aux", True),
    ]
    # The last value needs a name that the field of a tuple can have.
    assert shapes(graph('"a-b" = conv(8)\noutput x when training')).keys() == {"output", "x"}
    assert named('"a-b" = conv(8)\nresult = "a-b"\noutput result') == "a-b"
    assert found("output zzz")[0].startswith("E201 ")
    assert found("y = conv(8)\noutput y\noutput y")[0].startswith("E211 ")


def test_a_network_needs_an_input_and_a_layer() -> None:
    assert check("network N {\n  conv(8)\n  bn -> conv(prev.channels)\n}\n").codes == ["E218"]
    assert check("network N {\n  input x: image[3, 8, 8]\n}\n").codes == ["E218"]
    assert found("a, b, c = chunk(3)") == ["E218 the network `N` ends without a current value"]
    assert graph("{ }\nconv(8)\n{ }")


# --- networks as steps ----------------------------------------------------------------------------


def test_a_network_as_a_step() -> None:
    of = of_step("Backbone -> relu", BACKBONE)
    assert " ".join(layers(of)) == (
        "backbone1.stem.0 backbone1.stem.1 backbone1.layer1.0.0 backbone1.layer1.1.0"
        " backbone1.tail backbone1.fc"
    )
    assert of.facts == ()
    assert [symbol.name for symbol in of.symbols] == ["H", "W"]
    assert " ".join(layers(of_step("b = Backbone(4)", BACKBONE))).startswith(
        "b.stem.0 b.stem.1 b.l"
    )


def test_symbolic_sizes_take_the_outer_ones() -> None:
    of = of_step("b = Backbone\nb.tail -> relu", BACKBONE, "image[3, 64, 64]")
    assert shapes(of) == {"output": "[16, 8, 8]"}
    of = of_step("b = Backbone\nb.tail -> relu", BACKBONE, "image[3, S=96, S] where S % 8 == 0")
    assert shapes(of) == {"output": "[16, S/8, S/8]"}


def test_layers_on_which_no_output_depends_are_dropped() -> None:
    of = of_step('b = Backbone\nb["layer1"][0] -> conv(2)', BACKBONE)
    assert " ".join(layers(of)) == "b.stem.0 b.stem.1 b.layer1.0.0 conv1"
    # In the network itself they stay.
    assert layers(graph("y = conv(8)\nconv(4)\noutput y")) == ["y", "conv1"]


def test_several_outputs_are_read_by_path() -> None:
    of = of_step("p = Pyramid\nq = p.p1 -> conv(1)\nr = p.p2 -> conv(1)\noutput q, r", PYRAMID)
    assert " ".join(layers(of)) == "p.p1 p.p2 q r"
    for body in (
        "Pyramid -> conv(8)",
        "p = Pyramid\nconv(8)",
        "p = Pyramid\np -> conv(8)",
        "p = Pyramid\nconcat [p, x]",
        'p = Pyramid\n"p" -> conv(8)',
        "p = Pyramid\nx -> conv(p.channels)",
        "p = Pyramid\noutput p",
        "p = Pyramid",
    ):
        (message,) = found(body, PYRAMID)
        assert message[:4] in ("E214", "E215", "E218"), body


def test_a_step_must_fit() -> None:
    fixed = "network Fixed {\n  input y: image[3, 32, 32]\n  conv(8)\n}\n"
    assert found("Fixed", fixed)[0].startswith("E310 ")
    assert graph("Fixed", fixed, "image[3, 32, 32]")
    assert [code[:4] for code in found("conv(4) -> Backbone", BACKBONE)] == ["E601", "E310"]
    square = "network Square {\n  input y: image[3, S, S]\n  conv(8)\n}\n"
    assert found("Square", square)[0].startswith("E310 ")
    assert graph("Square", square, "image[3, H, H]")


def test_conditions_of_a_step_hold_for_what_flows_in() -> None:
    step = "network Step {\n  input y: image[3, H=64, W=64] where H % 4 == 0\n  conv(8)\n}\n"
    for image, fits in {
        "image[3, 32, 32]": True,
        "image[3, 30, 32]": False,
        "image[3, H=32, W=30]": True,
        "image[3, H=30, W=32]": False,
        "image[3, H=32, W=32] where H % 4 == 0": True,
    }.items():
        assert (found("Step", step, image) == []) is fits, image


def test_a_step_in_a_block_and_as_an_argument() -> None:
    before = PYRAMID + "block Head(backbone: block) {\n  b = backbone\n  b.p2 -> conv(1)\n}\n"
    of = of_step("Head(Pyramid)\nx -> Head(Pyramid)", before)
    assert " ".join(layers(of)) == (
        "head1.b.p1 head1.b.p2 head1.conv1 head2.b.p1 head2.b.p2 head2.conv1"
    )


# --- expectations and facts -----------------------------------------------------------------------


def expecting(condition: str) -> list[str]:
    body = "stem = conv(8, bias=false) -> bn -> relu\nconv(4, 3, pad=0, bias=false)\n"
    body += f"expect {condition}"
    file = network(body, image="image[3, 16, 16]").replace("network N {", "network N(n: int = 8) {")
    return check(file).messages


def test_expectations() -> None:
    params = 3 * 8 * 9 + 16 + 8 * 4 * 9
    assert expecting(f"params == {params}") == []
    assert expecting(f"trainable_params == {params}") == []
    for condition in (
        "buffers == 17",
        "flops == 2 * macs",
        "depth == 2",
        "layers > 0 and activations > 0 and peak_memory > 0",
        "output.shape == [4, 14, 14]",
        "stem.shape == [8, 16, 16]",
        "stem[0].channels == 8",
        "conv1.channels == n // 2",
        "x.channels == 3 and input.channels == 3",
        "stem.receptive_field == 3 and conv1.receptive_field == 5 and conv1.stride == 1",
    ):
        assert expecting(condition) == [], condition


def test_unmet_expectations() -> None:
    (message,) = expecting("params == 5")
    assert message == "E601 expected params == 5"
    (message,) = expecting('depth == 5, "found {depth} of {n}"')
    assert message == "E601 found 2 of 8: expected depth == 5"
    assert expecting("zzz == 5")[0].startswith("E201 ")
    assert expecting("zzz.channels == 5")[0].startswith("E220 ")


def test_expectations_speak_of_the_network_as_declared() -> None:
    file = network("conv(width)\nexpect params == 224").replace("N {", "N(width: int = 8) {")
    assert check(file).codes == []
    assert check(file, arguments={"width": 4}).graphs
    assert check(file + "network M = N(4)\n").codes == []
    assert check(file + "network M = N(4) {\n  expect params == 112\n}\n").codes == []
    assert check(file + "network M = N(4) {\n  expect params == 224\n}\n").codes == ["E601"]


def test_a_network_with_an_error_skips_its_expectations() -> None:
    assert found("conv(0)\nexpect params == 5") == [
        "E309 `channels` of `conv` must be at least 1, not 0"
    ]


def test_facts() -> None:
    of = graph(
        'conv(8)\ndataset(images=50_000, classes=10)\nloss("mse")\nbatch(32)\nepochs(30)\nbn'
    )
    assert {fact.name: dict(fact.args) for fact in of.facts} == {
        "dataset": {"images": 50_000, "classes": 10},
        "loss": {"name": "mse"},
        "batch": {"size": 32},
        "epochs": {"count": 30},
    }
    assert named("let batch = 8\nconv(batch)", "let epochs = 4\n") == "conv1"
    for body in ("batch(1, 2)", 'loss("a")', "batch", "conv(8) -> batch(8)", "y = batch(8)"):
        assert len(found(f"conv(8)\n{body}")) == 1, body
    assert check("block loss {\n  relu\n}\n").codes == ["E212"]


def test_inputs_in_other_braces_share_their_symbols() -> None:
    body = (
        "network M {\n  if true { input a: image[3, H=8, W=8] }\n"
        "  if true { input b: image[3, H, W] }\n  add [a, b]\n  conv(4)\n}\n"
    )
    assert shapes(check(body).graph) == {"output": "[4, H, W]"}
    again = "network M {\n  for i in range(2) { input a: image[3, 8, W=8] }\n}\n"
    assert check(again).codes == ["E211"]
