"""Layer names, which are state-dict keys: section "Names" of the language reference."""

import pytest

from tests.elaborate.programs import check, found, graph, layers, named, network

# The table of the reference, and more of its kind: what is written, and the layers with weights.
WRITTEN = {
    # A name and one layer; a name and anything else.
    "f = conv(8)": "f",
    "f = conv(8) -> bn": "f.0 f.1",
    "f = { conv(8); bn }": "f.0 f.1",
    "f = { conv(8) -> bn; relu }": "f.0.0 f.0.1",
    "f = { relu; conv(8) -> bn }": "f.1.0 f.1.1",
    "f = conv(8)\nbn": "f bn1",
    "f = concat [conv(8) -> bn, conv(8)]": "f.0.0 f.0.1 f.1",
    "f = { conv(8) }": "f.0",
    "f = { { conv(8) } }": "f.0.0",
    "f = { { conv(8) } -> bn }": "f.0.0.0 f.0.1",
    "f = conv(8) -> { bn; conv(4) } -> conv(3)": "f.0 f.1.0 f.1.1 f.2",
    "f = conv(8) -> { relu -> conv(4) } -> conv(3)": "f.0 f.1.0.1 f.2",
    "f = x -> conv(8)": "f",
    "f = x -> conv(8) -> bn": "f.0 f.1",
    # Parameter-free layers and named statements use up numbers; let, values and docs do not.
    "f = { conv(8); relu; conv(8) }": "f.0 f.2",
    "f = { a = conv(8); relu; conv(8) }": "f.a f.2",
    "f = { a = conv(8) -> bn; conv(8) }": "f.a.0 f.a.1 f.1",
    "f = { let n = 8; y = prev; conv(n); default conv(bias=false); conv(n) }": "f.0 f.1",
    'f = { "Two layers."; conv(8); conv(8) }': "f.0 f.1",
    "f = { a = conv(8); a -> conv(8); conv(1) }": "f.a f.1 f.2",
    "f = { a = conv(8); a -> conv(8) -> bn; conv(1) }": "f.a f.1.0 f.1.1 f.2",
    # What residual, concat, add, mul, for, if and repeat hold takes the next numbers.
    "f = { conv(3); residual { conv(3) }; conv(3) }": "f.0 f.1 f.2",
    "f = residual { conv(3) -> bn; relu; conv(3) }": "f.0.0 f.0.1 f.2",
    "f = repeat 2 { conv(8) }": "f.0 f.1",
    "f = repeat 2 { conv(8) -> bn; relu }": "f.0.0 f.0.1 f.2.0 f.2.1",
    "f = { for c in [4, 8] { conv(c); relu }; conv(3) }": "f.0 f.2 f.4",
    "f = { if true { conv(8) } else { bn }; conv(2) }": "f.0 f.1",
    "f = add [conv(3), mul [conv(3), conv(3)], prev]": "f.0 f.1 f.2",
    "f = concat [a = conv(8), conv(4) -> bn, prev, x]": "f.a f.1.0 f.1.1",
    "f = conv(8) -> concat [conv(3), conv(4) -> bn] -> conv(2)": "f.0 f.1 f.2.0 f.2.1 f.3",
    # In the braces of a network unnamed layers are counted after their op, without levels.
    "conv(8) -> bn -> relu\nconv(8) -> bn": "conv1 bn1 conv2 bn2",
    "{ conv(8); { bn } }\nresidual { conv(8) }": "conv1 bn1 conv2",
    "repeat 2 { conv(8) }\nconcat [conv(8), conv(8)]": "conv1 conv2 conv3 conv4",
    "stem = conv(8)\nconv(8)\nhead = conv(8)\nconv(8)": "stem conv1 head conv2",
    'for i in range(2) { "layer{i + 1}" = { conv(8) } }': "layer1.0 layer2.0",
    '"a-b" = conv(8)\n"0" = conv(8)\n"add" = conv(8)': "a-b 0 add",
    "block = conv(8)\nproject = conv(8)\nscale = conv(8)": "block project scale",
    "separable(8)": "separable1.depthwise separable1.pointwise",
    "f = separable(8) -> bn": "f.0.depthwise f.0.pointwise f.1",
    "scale\ns = scale": "scale1 s",
    # A name given to a bare value names the value only.
    "a = conv(8)\nb = a\nb -> conv(3)": "a conv1",
    # Shortcuts: named shortcut, after F, in no case a number.
    "residual { conv(8) } shortcut conv(8, 1)": "conv1 shortcut",
    "residual { conv(8) } shortcut down = conv(8, 1)": "conv1 down",
    "residual { conv(8) } shortcut { conv(8, 1); bn }": "conv1 shortcut.0 shortcut.1",
    "residual { conv(8) } shortcut project": "conv1 shortcut.0 shortcut.1",
    "residual { conv(8) } shortcut down = project": "conv1 down.0 down.1",
    "residual { conv(3) } shortcut down = project": "conv1",
    "residual { conv(3) } shortcut project\nresidual { conv(8) } shortcut project": (
        "conv1 conv2 shortcut.0 shortcut.1"
    ),
    "f = residual { conv(8) } shortcut project": "f.0 f.shortcut.0 f.shortcut.1",
    "f = { residual { conv(8) } shortcut d = conv(8, 1); conv(3) }": "f.0 f.d f.1",
    "f = { residual { conv(8) } shortcut d = project; conv(3) }": "f.0 f.d.0 f.d.1 f.1",
    "f = { residual { conv(3) } shortcut d = project; conv(3) }": "f.0 f.1",
    # A shared layer stands at its declaration, under its declared name.
    "conv(8)\nshared s = conv(8)\nbn\ns\ns": "conv1 s bn1",
    "shared s = conv(3)\nf = { s -> bn; s }": "s f.0.1",
    "f = { shared s = conv(3); s; bn }": "f.s f.2",
    "shared s = conv(3)\nt = s\nt -> conv(8)": "s conv1",
    'shared "s{1}" = conv(3)\nrepeat 3 { s1 }': "s1",
}


@pytest.mark.parametrize("written", WRITTEN)
def test_written(written: str) -> None:
    assert named(written) == WRITTEN[written]


BLOCKS = """
block Basic(width: int, stride: int = 1) {
  residual {
    conv(width, 3, stride=stride) -> bn -> relu
    conv(width, 3) -> bn
  } shortcut downsample = project
  relu
}
block Unit(width: int) = conv(width) -> bn -> relu
block One(width: int) = conv(width)
block Braces(width: int) = { conv(width); relu; conv(width) -> bn }
block InvertedResidual(width: int) { conv(width) }
block ResNet50(width: int) { conv(width) }
block Holder(unit: block) { unit(8); unit(8); last = unit(8) }
block Shared(width: int) { shared s = conv(width); s }
"""

CALLED = {
    "Basic(8)": "basic1.conv1 basic1.bn1 basic1.conv2 basic1.bn2"
    " basic1.downsample.0 basic1.downsample.1",
    "Basic(3)": "basic1.conv1 basic1.bn1 basic1.conv2 basic1.bn2",
    "Unit(8)\nUnit(8)": "unit1.0 unit1.1 unit2.0 unit2.1",
    "u = Unit(8)": "u.0 u.1",
    "u = Unit(8) -> Unit(4)": "u.0.0 u.0.1 u.1.0 u.1.1",
    "u = { Unit(8); relu; v = One(4); One(2) }": "u.0.0 u.0.1 u.v.0 u.3.0",
    "One(8)": "one1.0",
    "Braces(8)": "braces1.0 braces1.2.0 braces1.2.1",
    "InvertedResidual(8)": "inverted_residual1.conv1",
    "ResNet50(8)\nResNet50(8)": "res_net50_1.conv1 res_net50_2.conv1",
    "Holder(One)": "holder1.one1.0 holder1.one2.0 holder1.last.0",
    "Holder(conv)": "holder1.conv1 holder1.conv2 holder1.last",
    "let narrow = One(2)\nnarrow\nother = narrow": "one1.0 other.0",
    "for u in [conv(8), bn, One(4)] { u }": "conv1 bn1 one1.0",
    '"layer1" = repeat 2 as j { Basic(8, 2 if j == 0 else 1) }': (
        "layer1.0.conv1 layer1.0.bn1 layer1.0.conv2 layer1.0.bn2 layer1.0.downsample.0"
        " layer1.0.downsample.1 layer1.1.conv1 layer1.1.bn1 layer1.1.conv2 layer1.1.bn2"
    ),
    "Shared(3)\nShared(3)": "shared1.s shared2.s",
    "shared u = Unit(3)\nconv(3)\nu -> u": "u.0 u.1 conv1",
}


@pytest.mark.parametrize("called", CALLED)
def test_blocks(called: str) -> None:
    assert named(called, BLOCKS) == CALLED[called]


def test_weights_of_a_shared_block_count_once() -> None:
    once = graph("u = Unit(3)", BLOCKS)
    thrice = graph("shared u = Unit(3)\nu -> u -> u", BLOCKS)
    assert [key for key, _ in once.weights()] == [key for key, _ in thrice.weights()]
    assert len(thrice.steps) == 3 * len(once.steps)


def test_own_tensors_come_before_children_and_the_shortcut_after_its_branch() -> None:
    keys = [
        key for key, _ in graph("residual { conv(8) } shortcut s = conv(8, 1)\nscale").weights()
    ]
    assert keys == ["scale1", "conv1.weight", "conv1.bias", "s.weight", "s.bias"]


@pytest.mark.parametrize(
    "name", ["forward", "train", "to", "T_destination", "class", "None", "a.b", "a b", "é", "__a"]
)
def test_illegal_names(name: str) -> None:
    (message,) = found(f'"{name}" = conv(8)')
    assert message.startswith("E212 ")


@pytest.mark.parametrize("name", ["_a", "a-b", "0", "a1", "weight", "project", "x1"])
def test_legal_names(name: str) -> None:
    assert named(f'"{name}" = conv(8)') == name


def test_a_proposed_name_is_legal() -> None:
    for name in ("forward", "class", "a.b", "", "___"):
        (diagnostic,) = check(network(f'"{name}" = conv(8)')).diagnostics
        assert diagnostic.help is not None
        proposed = diagnostic.help.split("`")[1]
        assert named(f'"{proposed}" = conv(8)') == proposed


def test_counting_does_not_skip_given_names() -> None:
    (message,) = found("conv1 = conv(8)\nconv(8)")
    assert message == "E210 two layers of one level are named `conv1`"
    (message,) = found('f = { conv(8); "0" = conv(8) }')
    assert message == "E210 two layers of one level are named `0`"


def test_paths_are_unique() -> None:
    of = graph(
        'for i in range(3) { "l{i}" = repeat 2 { Basic(8) -> Unit(8) } }\nadd [x, x]', BLOCKS
    )
    paths = [step.path for step in of.steps] + [node.path for node in of.instances]
    assert len(set(paths)) == len(paths)
    assert len(layers(of)) == 3 * 2 * (4 + 2) + 2
