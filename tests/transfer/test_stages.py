"""Where one stage of a network ends and the next one begins."""

from pathlib import Path

import pytest

from archdsl import driver
from archdsl.transfer.stages import stage_name, stages
from archdsl.transfer.tree import Tree
from tests.elaborate.programs import graph

SPECS = Path(__file__).parents[2] / "specs"

LANDMARKS = {
    "resnet.arch:ResNet18": "conv1 layer1 layer2 layer3 layer4 fc",
    "resnet.arch:ResNet50": "conv1 layer1 layer2 layer3 layer4 fc",
    "vgg.arch:VGG16": "features_0_to_2 features_5_to_7 features_10_to_14 features_17_to_21"
    " features_24_to_28 classifier_0 classifier_3 classifier_6",
    "vgg.arch:VGG11_BN": "features_0 features_4 features_8_to_11 features_15_to_18"
    " features_22_to_25 classifier_0 classifier_3 classifier_6",
    "mobilenet_v1.arch:MobileNetV1": "features_0_to_1 features_2_to_3 features_4_to_5"
    " features_6_to_11 features_12_to_13 fc",
    "mobilenet_v2.arch:MobileNetV2": "features_0_to_1 features_2_to_3 features_4_to_6"
    " features_7_to_13 features_14_to_18 classifier_1",
    "efficientnet.arch:EfficientNetB0": "features_0_to_1 features_2 features_3 features_4_to_5"
    " features_6_to_8 classifier_1",
    "googlenet.arch:GoogLeNetNoAux": "conv1 conv2_to_conv3 inception3a_to_inception3b"
    " inception4a_to_inception4e inception5a_to_inception5b fc",
    "alexnet.arch:AlexNet": "features_0 features_3 features_6_to_10 classifier_1 classifier_4"
    " classifier_6",
    "lenet.arch:LeNet5": "c1 c3 c5 f6 fc",
}


def names(tree: Tree) -> str:
    return " ".join(stage_name(tree, stage.nodes) for stage in stages(tree))


@pytest.mark.parametrize("spec", LANDMARKS)
def test_landmarks(spec: str) -> None:
    (network,) = driver.check(str(SPECS / spec)).graphs
    assert names(Tree(network)) == LANDMARKS[spec]


UNIT = """\
block Unit(width: int, stride: int = 1) {
  residual { conv(width, stride=stride) -> bn -> relu -> conv(width) } shortcut project
}
block Gated(width: int, stride: int) {
  conv(width, stride=stride)
  residual(op=mul) { gap -> conv(4, 1) -> relu -> conv(width, 1) -> sigmoid }
  conv(width, 1)
}
block Encoder(width: int) {
  conv(width) -> relu
  down1 = Unit(width, stride=2)
  down2 = Unit(2 * width, stride=2)
  down3 = Unit(4 * width, stride=2)
}
block Hourglass(width: int) {
  conv(width) -> relu
  conv(width, stride=2) -> relu
  conv_transpose(width, 2, stride=2)
}
block Whole {
  a = conv(4, stride=2)
  b = conv(4, stride=2)
  c = conv_transpose(4, 4, stride=4)
}
"""

NETWORKS = {
    "blocks are whole": ("a = Unit(4); b = Unit(8, stride=2); c = Unit(8)", "a b_to_c"),
    "gates have no map": (
        "a = Gated(4, 1); b = Gated(8, 2); c = Gated(8, 2); gap -> flatten; fc = linear(2)",
        "a b c fc",
    ),
    "a gate beside the blocks": (
        "a = conv(4)\nresidual(op=mul) { gap -> conv(2, 1) -> relu -> conv(4, 1) }\nb = conv(4)",
        "a_to_b",
    ),
    "a block that holds several stages": (
        "enc = Encoder(4); gap -> flatten; fc = linear(2)",
        "enc_conv1 enc_down1 enc_down2 enc_down3 fc",
    ),
    "a block that goes down and up": (
        "a = Hourglass(4); b = Hourglass(4); c = conv(4, stride=2)",
        "a_to_b c",
    ),
    "a block that is most of the network": ("w = Whole; z = conv(1)", "w_a w_b w_c_to_z"),
    "a level that holds everything": (
        "f = { conv(4); maxpool; conv(4); maxpool; conv(4) }",
        "f_0 f_2 f_4",
    ),
    "lost borders are no change": (
        "a = conv(4, 5, pad=0); b = conv(4, 5, pad=0); maxpool; c = conv(4)",
        "a_to_b c",
    ),
    "several levels in levels": (
        "f = { s = { conv(4) -> bn; conv(4) -> bn }; t = { conv(4, stride=2) -> bn } }",
        "f_s f_t",
    ),
    "norms go with what is before them": (
        "gap -> flatten\na = linear(4)\nb = ln\nrelu\nc = linear(4)\nd = ln",
        "a c",
    ),
    "down and up": (
        """a = conv(4); b = conv(4, stride=2); c = conv(4, stride=2)
  d = conv_transpose(4, 2, stride=2); e = conv_transpose(4, 2, stride=2)""",
        "a b c d e",
    ),
    "a layer that is declared first": (
        "shared s = conv(8)\na = conv(3, stride=2)\ns\nb = conv(4, stride=2)",
        "a_to_s b",
    ),
    "no layers with parameters": ("relu", ""),
}


@pytest.mark.parametrize("title", NETWORKS)
def test_networks(title: str) -> None:
    body, expected = NETWORKS[title]
    tree = Tree(graph(body, UNIT))
    assert names(tree) == expected
    # Every layer is in exactly one stage.
    units = [unit for stage in stages(tree) for unit in stage.units]
    assert sorted(units) == list(range(len(tree.units)))


@pytest.mark.parametrize(
    "image", ["image[3, H, W]", "image[3, H, W] where H % 64 == 0", "image[3, 40, 72]"]
)
def test_sizes_without_a_value(image: str) -> None:
    body = "a = conv(4); b = Unit(4, stride=2); c = Unit(8, stride=2)"
    assert names(Tree(graph(body, UNIT, image))) == "a b c"


def test_signals_and_tables() -> None:
    signal = (
        "a = conv(4, 9); b = conv(4, 9, stride=4); c = conv(4, 9); gap -> flatten; d = linear(2)"
    )
    assert names(Tree(graph(signal, "", "audio[1, T=800]"))) == "a b_to_c d"
    table = "a = linear(8); relu; b = linear(8); relu; c = linear(2)"
    assert names(Tree(graph(table, "", "tabular[5]"))) == "a b c"
