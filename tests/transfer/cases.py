"""Plans with a mistake in them, a family of messages a list."""

from typing import NamedTuple

NETWORK = """\
extern op Blur(size: int = 3) { shape [input.channels, input.height, input.width] }
block Unit(width: int, stride: int = 1) {
  conv(width, stride=stride, bias=false) -> bn -> relu
  conv(width, bias=false) -> bn -> relu
}
network N(classes: int = 10) {
  input image: image[3, H=32, W=32]
  stem = conv(16, stride=2, bias=false) -> bn -> relu
  layer1 = repeat 2 { Unit(16) }
  layer2 = { Unit(32, stride=2); Unit(32) }
  still = bn(affine=false)
  blur = Blur
  gap -> flatten
  fc = linear(classes)
}
"""


class Case(NamedTuple):
    """A plan with this body, of a network with this call."""

    title: str
    body: str
    of: str = "N"
    more: str = ""


def train(title: str, call: str) -> Case:
    """A call beside one that takes the rest."""
    return Case(title, f"{call}\ntrain(rest)")


PATHS = [
    train("a layer misspelt", "freeze(steem)"),
    train("a layer of a level misspelt", "freeze(layer1[0].convv1)"),
    train("a layer that is further in", "freeze(layer1[0][0])"),
    train("the only layer of that name", "freeze(conv2)"),
    train("nothing near", "freeze(xyz)"),
    train("nothing near in a level", "freeze(layer1.xyz)"),
    train("beyond the last", "freeze(layer1[2])"),
    train("an index that is computed", "let last = 7\nfreeze(layer1[last - 1])"),
    train("a tensor", "freeze(fc.weight)"),
    train("a layer without parameters", "freeze(flatten1)"),
    train("in a layer without parameters", "freeze(stem[2][0])"),
    train("a pattern without a match", 'freeze("layer9*")'),
    train("a pattern of layers without parameters", 'freeze("*relu*")'),
    train("a text with a line end", 'freeze("a\\nb")'),
    train("a number for a layer", "freeze(1)"),
    train("a number in a list", 'freeze(["stem", 1])'),
    train("a list that is computed", "freeze([i for i in range(2)])"),
    train("a call for a layer", "freeze(conv(8))"),
    train("a call at the start of a path", "freeze(range(3)[0].conv1)"),
    train("an unknown name in an index", "freeze(layer1[n])"),
    Case("buffers alone", "train(still)\ntrain(rest)"),
    Case("nothing left", "train([stem, layer1, layer2, fc])\ntrain(rest)"),
]

GROUPS = [
    Case("twice", "train(fc)\nfreeze(stem)\ntrain(fc, lr=0.1)\nfreeze(rest)"),
    Case("a part of an earlier one", "train(fc)\ntrain(layer2)\nfreeze(layer2[0])\nfreeze(rest)"),
    Case("parts before", 'freeze(layer1[0])\nfreeze(layer2[1])\ntrain("layer*")\ntrain(rest)'),
    Case("twice in a list", "train([fc, stem, fc])\nfreeze(rest)"),
    Case("twice in a loop", 'for i in [1, 1] { freeze("layer{i}") }\ntrain(rest)'),
    Case("many of a pattern", 'freeze("*bn*")\ntrain([layer1, layer2])\nfreeze(rest)'),
    Case("the rest twice", "train(rest)\nfreeze(rest)"),
    Case("one in no group", "train([stem, layer1, layer2])"),
    Case("several in no group", "train(fc)"),
    Case(
        "many in no group",
        "train(fc)",
        "Deep",
        "network Deep {\n  input x: tensor[4]\n"
        + "".join(f"  a{i} = linear(4)\n" for i in range(9))
        + "  fc = linear(2)\n}\n",
    ),
    Case("no calls", ""),
    Case("nothing trains", "freeze(rest)"),
    Case(
        "nothing trains at first",
        "train(fc, from_epoch=2)\ntrain(layer2, from_epoch=4)\nfreeze(rest)",
    ),
    Case(
        "a network without parameters",
        "",
        "Empty",
        "network Empty {\n  input x: image[3, H=8, W=8]\n  relu\n}\n",
    ),
]

STATEMENTS = [
    train("a call misspelt", "freze(stem)"),
    train("a call of something else", "optimizer(0.1)"),
    train("a layer", "conv(8)"),
    train("a flow", "freeze(stem) -> train(fc)"),
    train("a named layer", "head = linear(8)"),
    train("a residual", "residual { conv(8) }"),
    train("an expectation", "expect params == 1"),
    train("an input", "input x: image[3, 8, 8]"),
    train("weights twice", 'weights("a.pt")\nweights("b.pt")'),
    train("a fact twice", "epochs(3)\nepochs(4)"),
    train("a fact without its number", 'dataset(domain="similar")'),
    train("a fact out of range", "epochs(0)"),
    train("a domain", 'dataset(images=10, domain="other")'),
    Case("calls beside a strategy", 'strategy("all", head=fc)\nfreeze(stem)'),
    Case("a call before a strategy", 'train(rest)\nstrategy("all", head=fc)'),
    Case("two strategies", 'strategy("all", head=fc)\nstrategy("gradual", head=fc)'),
    Case("several mistakes", "freze(stem)\ntrain(fd)\ntrain(fc, lr=0)\nfreeze(rest)"),
    Case("a condition that is no truth", "if layer { train(fc) }\ntrain(rest)"),
]

NUMBERS = [
    train("rate 0", "train(fc, lr=0)"),
    train("a negative rate", "train(fc, lr=-0.1)"),
    train("a text for a rate", 'train(fc, lr="0.1")'),
    train("true for a rate", "train(fc, lr=true)"),
    train("a negative epoch", "train(fc, from_epoch=-1)"),
    train("a fraction of an epoch", "train(fc, from_epoch=1.5)"),
    train("decay 0", "train(fc, decay=0)"),
    train("decay above 1", "train(fc, decay=1.5)"),
    Case("decay to nothing", "train(rest, lr=1e-300, decay=1e-50)"),
    Case("decay to nothing in a strategy", 'strategy("all", head=fc, decay=1e-323)'),
    Case("every 0 epochs", 'strategy("gradual", head=fc, every=0)'),
]

ARGUMENTS = [
    train("no layers", "freeze()"),
    train("layers one by one", "freeze(stem, layer1)"),
    train("two layers to train", "train(stem, layer1)"),
    train("an unknown argument", "train(fc, rate=0.1)"),
    train("an unknown argument, nothing near", "freeze(stem, zzz=1)"),
    train("an argument twice", "train(fc, lr=1, lr=2)"),
    train("no file", "weights()"),
    train("a file that is no text", "weights(7)"),
    Case("an unknown strategy", 'strategy("feature_extracting", head=fc)'),
    Case("an unknown strategy, nothing near", 'strategy("zzz", head=fc)'),
    Case("a strategy without a head", 'strategy("all")'),
    Case("a head of buffers", 'strategy("all", head=still)'),
    Case("an option of another strategy", 'strategy("last_layers", head=fc, every=2)'),
    Case("a head that is everything", 'strategy("all", head=[stem, layer1, layer2, fc])'),
]

NETWORKS = [
    Case("an unknown network", "train(rest)", "NN"),
    Case(
        "a network misspelt",
        "train(rest)",
        "Smal",
        "network Small {\n  input x: tensor[4]\n  fc = linear(2)\n}\n",
    ),
    Case("a block", "train(rest)", "Unit"),
    Case("an op", "train(rest)", "conv"),
    Case("an unknown argument", "train(rest)", "N(clases=3)"),
    Case("an argument of another type", "train(rest)", 'N(classes="three")'),
    Case("a surplus argument", "train(rest)", "N(3, 4)"),
    Case("an argument out of range", "train(rest)", "N(classes=0)"),
    Case(
        "a missing argument",
        "train(rest)",
        "M",
        "network M(width: int) {\n  input x: tensor[4]\n  linear(width)\n}\n",
    ),
    Case(
        "a network with a mistake",
        "trian(rest)",
        "M",
        "network M {\n  input x: tensor[4]\n  linaer(4)\n}\n",
    ),
    Case(
        "a mistake in a block",
        "train(rest)",
        "M(2)",
        "block Skip(width: int) {\n"
        "  residual { conv(width) }\n}\nnetwork M(width: int) {\n  input x: image[3, H=8, W=8]\n"
        "  Skip(width)\n}\n",
    ),
    Case("a plan of a plan", "train(rest)", "First", "transfer First of N { train(rest) }\n"),
]

FAMILIES = {
    "paths": PATHS,
    "groups": GROUPS,
    "statements": STATEMENTS,
    "numbers": NUMBERS,
    "arguments": ARGUMENTS,
    "networks": NETWORKS,
}
