"""Pitfalls that come about otherwise than in the examples of their rules."""

import pytest

from tests.lint.linting import codes, found, mended, network, plan, zoo_plan


@pytest.fixture(autouse=True)
def _folder(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))


BY_POSITION = "linear(width, axis=channels) -> bn"
DROPPED = "conv(width) -> dropout -> bn -> relu"
REST = ("freeze(rest)",)
FROZEN = ("freeze(a)", "freeze(c)")
EXTRACT = 'strategy("feature_extraction", head=head)'
WITH_NEW = ("train(a, lr=0.5)", "train(b)", "train([c, head], lr=0.1)")
FEW = 'dataset(images=500, domain="similar")'
MANY = 'dataset(images=90_000, domain="different")'
END = ("conv(32, stride=2) -> relu", "gap -> flatten", "fc = linear(10)")
TABLE = "patient: tabular[64]"


def blocks(definition: str, *statements: str, given: str = "image: image[1, 28, 28]") -> str:
    return definition + "\n" + network(*statements, given=given)


def variant(base: str, argument: int) -> str:
    return f"{base}\nnetwork Net = Base({argument})\n"


GUILTY: list[tuple[str, str, str]] = [
    ("P101", "pool", network("reshape([4, 16]) -> maxpool -> flatten", given=TABLE)),
    ("P101", "global pool", network("reshape([1, 8, 8]) -> gap -> flatten", given=TABLE)),
    (
        "P101",
        "1x1 first",
        network("reshape([1, 64]) -> conv(4, 1) -> relu -> conv(4)", given=TABLE),
    ),
    ("P101", "norm first", network("bn -> reshape([1, 8, 8])", "depthwise", given=TABLE)),
    (
        "P101",
        "block value",
        blocks("block B(f: block) { f(8) }", "reshape([1, 8, 8])", "B(conv)", given=TABLE),
    ),
    ("P101", "shared", network("shared c = conv(8)", "reshape([1, 8, 8]) -> c", given=TABLE)),
    ("P102", "conv without padding", network("conv(8, 3, stride=2, pad=valid)")),
    (
        "P102",
        "same and a large stride",
        network("conv(8, 3, stride=3)", given="i: image[1, 33, 33]"),
    ),
    ("P102", "default", network("default maxpool(3, stride=2)", "maxpool")),
    (
        "P102",
        "parameter",
        variant("network Base(size: int) { input i: image[1, size, 32]; conv(8) -> maxpool }", 31),
    ),
    ("P102", "stated size", network("maxpool", given="i: image[1, H=31, W=32]")),
    ("P102", "volume", network("avgpool", given="i: volume[1, 7, 8, 8]")),
    (
        "P102",
        "resized on the way up",
        network(
            "a = conv(8)",
            "conv(8, stride=2) -> relu -> upsample(size=[29, 29], mode=bilinear)",
            "add [prev, a]",
            given="i: image[1, 29, 29]",
        ),
    ),
    (
        "P102",
        "skip is cropped",
        network(
            "a = conv(8)",
            "conv(8, 2, stride=2, pad=[[0, 1], [0, 1]]) -> relu -> upsample(2)",
            "concat [prev, a -> pad([[0, 1], [0, 1]])]",
            given="i: image[1, 29, 29]",
        ),
    ),
    (
        "P103",
        "block value",
        blocks(
            "block B(norm: block = bn) { conv(8) -> relu -> norm -> conv(8) }",
            "conv(8) -> bn -> relu",
            "B",
        ),
    ),
    ("P103", "pool between", network("conv(8) -> gn(4) -> relu -> maxpool -> gn(4) -> conv(8)")),
    (
        "P103",
        "dropout between",
        network("conv(8) -> bn -> relu -> dropout2d -> bn -> dropout2d -> pointwise(8)"),
    ),
    (
        "P104",
        "variant",
        variant(
            "network Base(n: int) { input i: image[1, 28, 28]; "
            "flatten -> linear(n); dataset(images=500) }",
            200,
        ),
    ),
    ("P105", "reshape", network("conv(8) -> relu -> reshape([-1]) -> dropout -> linear(10)")),
    ("P105", "norm between", network("conv(8) -> relu -> flatten -> bn -> linear(10)")),
    ("P105", "joined", network("conv(8) -> relu -> flatten", "concat [prev, prev] -> linear(10)")),
    ("P105", "permuted", network("conv(8) -> relu -> permute([1, 2, 0]) -> flatten -> linear(10)")),
    ("P105", "linear as a value", blocks("block B(f: block) { flatten -> f }", "B(linear(10))")),
    ("P105", "sequence", network("conv(8) -> flatten -> linear(10)", given="s: sequence[4, 64]")),
    ("P105", "shared head", network("shared head = linear(10)", "conv(4) -> flatten -> head")),
    (
        "P106",
        "log_softmax",
        network("flatten -> linear(10) -> log_softmax", 'loss("cross_entropy")'),
    ),
    ("P106", "sigmoid", network("conv(1) -> sigmoid", 'loss("bce_with_logits")')),
    ("P106", "map", network("conv(4) -> softmax -> upsample(2)", 'loss("cross_entropy")')),
    (
        "P106",
        "block value",
        blocks(
            "block Head(last: block) { flatten -> linear(10) -> last -> identity }",
            "Head(softmax)",
            'loss("cross_entropy")',
        ),
    ),
    (
        "P106",
        "training output",
        network(
            "a = flatten -> linear(10)",
            "b = image -> flatten -> linear(10) -> softmax",
            "output a",
            "output b when training",
            'loss("cross_entropy")',
        ),
    ),
    (
        "P106",
        "one of two outputs",
        network(
            "box = flatten -> linear(4)",
            "kind = image -> flatten -> linear(10) -> softmax",
            "output box, kind",
            'loss("cross_entropy")',
        ),
    ),
    ("P107", "over an activation", network("conv(8) -> dropout -> relu -> bn")),
    ("P107", "flattened", network("conv(8) -> relu -> dropout(0.1) -> flatten -> bn -> linear(3)")),
    (
        "P107",
        "values",
        blocks("block B(d: block, n: block) { conv(8) -> d -> n }", "B(dropout(0.3), bn)"),
    ),
    ("P107", "default", network("default dropout(p=0.2)", "conv(8) -> relu -> dropout -> bn")),
    ("P107", "shared norm", network("shared n = bn", "conv(8) -> dropout -> n")),
    (
        "P108",
        "default",
        network("default conv(bias=false)", "default conv(bias=true)", "conv(8) -> bn"),
    ),
    ("P108", "norm as a value", blocks("block B(n: block = bn) { conv(8) -> n }", "B")),
    ("P108", "conv as a value", blocks("block B(f: block) { f(8) -> bn }", "B(conv)")),
    ("P108", "linear", network("flatten -> linear(8) -> bn")),
    ("P108", "transposed", network("conv_transpose(8, 2, stride=2) -> instance_norm")),
    ("P108", "separable", network("separable(8) -> bn")),
    ("P108", "depthwise", network("depthwise -> bn")),
    ("P108", "a group a channel", network("conv(8) -> gn(8)")),
    ("P108", "identity between", network("conv(8) -> identity -> bn")),
    ("P108", "argument", blocks("block B(b: bool) { conv(8, bias=b) -> bn }", "B(true)")),
    (
        "P108",
        "shared twice",
        network("shared c = conv(1)", "shared n = bn", "c -> n -> relu -> c -> n"),
    ),
    ("P109", "norm between", network("conv(8) -> bn -> conv(8)")),
    ("P109", "dropout between", network("flatten -> linear(64) -> dropout -> linear(10)")),
    ("P109", "flatten between", network("conv(8, stride=4) -> flatten -> linear(10)")),
    ("P109", "loop", network("repeat 2 { conv(8) }")),
    ("P109", "blocks", blocks("block B(c: int) { conv(c) -> bn }", "B(8)", "B(8)")),
    ("P109", "branch", network("conv(8)", "if 1 > 2 { relu }", "conv(8)")),
    ("P109", "values", blocks("block B(f: block) { f(8) -> f(8) }", "B(conv)")),
    ("P109", "shared", network("shared a = conv(8)", "shared b = conv(8)", "a -> b")),
    (
        "P109",
        "shared by two towers",
        network(
            "input right: image[1, 28, 28]",
            "shared a = conv(8)",
            "shared b = conv(8)",
            "l = image -> a -> b",
            "r = right -> a -> b",
            "output l, r",
        ),
    ),
    (
        "P109",
        "transposed",
        network("conv_transpose(8, 2, stride=2) -> bn -> conv_transpose(8, 2, stride=2)"),
    ),
    ("P109", "behind a transposed one", network("conv_transpose(8, 2, stride=2) -> conv(8)")),
    ("P109", "on a map", network("conv(8) -> linear(8, axis=channels)")),
    ("P110", "values", blocks("block B(a: block) { conv(8) -> relu -> a }", "B(gelu)")),
    ("P110", "blocks", blocks("block B { conv(8) -> relu }", "B -> relu6")),
    ("P110", "identity and dropout", network("conv(8) -> relu -> identity -> dropout -> relu")),
    ("P110", "shared", network("shared a = relu", "conv(8) -> a -> conv(8) -> relu -> a")),
    ("P110", "read twice", network("a = conv(8) -> relu", "b = tanh", "add [a, b]")),
    ("P110", "softmax", network("flatten -> linear(10) -> relu -> softmax")),
    ("P111", "default", network("default conv(stride=2)", "conv(8, 1)")),
    ("P111", "pointwise", network("pointwise(8, stride=2)")),
    ("P111", "pool", network("maxpool(2, stride=3)")),
    ("P111", "one axis", network("conv(8, [1, 3], stride=[2, 2])")),
    ("P111", "parameter", blocks("block B(k: int, s: int) { conv(8, k, stride=s) }", "B(1, 2)")),
    ("P111", "value", blocks("block B(f: block) { f(8) }", "B(conv(kernel=1, stride=2))")),
    ("P111", "sequence", network("conv(8, 1, stride=2)", given="s: sequence[4, 64]")),
    (
        "P111",
        "both sides of a residual",
        network("residual { conv(8, 1, stride=2) -> relu -> conv(8) } shortcut project"),
    ),
    ("P112", "default", network("default conv(dilation=2)", "repeat 3 { conv(8) -> relu }")),
    (
        "P112",
        "1x1 between",
        network("repeat 3 { conv(8, dilation=3) -> relu -> conv(8, 1) -> relu }"),
    ),
    (
        "P112",
        "blocks",
        blocks("block B(d: int) { conv(8, dilation=d) -> bn -> relu }", "repeat 4 { B(2) }"),
    ),
    ("P112", "depthwise", network("repeat 3 { depthwise(dilation=2) -> pointwise(8) -> relu }")),
    (
        "P112",
        "sequence",
        network("repeat 3 { conv(4, dilation=4) -> relu }", given="s: audio[1, 64]"),
    ),
    (
        "P112",
        "value",
        blocks("block B(f: block) { repeat 3 { f -> relu } }", "B(conv(4, dilation=2))"),
    ),
    ("P113", "default", network("default conv_transpose(stride=2)", "conv_transpose(4, 3)")),
    ("P113", "gaps", network("conv_transpose(4, 1, stride=2)")),
    ("P113", "one axis", network("conv_transpose(4, [3, 4], stride=[2, 2])")),
    (
        "P113",
        "value",
        blocks("block B(up: block) { up(8) }", "B(conv_transpose(kernel=5, stride=2))"),
    ),
    (
        "P114",
        "pools",
        network(
            "repeat 4 { conv(8) -> relu -> maxpool }",
            "repeat 6 { conv(8) -> relu }",
            given="i: image[1, 16, 16]",
        ),
    ),
    (
        "P114",
        "residuals",
        blocks(
            "block B(s: int) { residual { conv(4, stride=s) -> relu } shortcut project }",
            "repeat 5 { B(2); B(1) }",
            *END[1:],
            given="i: image[1, 16, 16]",
        ),
    ),
    ("P115", "mean", network("conv(8) -> relu -> mean([height, width])")),
    ("P115", "max", network("conv(8) -> relu -> gmp -> flatten")),
    ("P115", "adaptive", network("conv(8) -> relu -> adaptive_avgpool(1) -> flatten")),
    ("P115", "a pool as large as the map", network("conv(8) -> relu -> avgpool(28) -> flatten")),
    ("P115", "stated size", network("conv(8) -> relu -> gap", given="i: image[1, H=64, W=64]")),
    (
        "P115",
        "residuals",
        network(
            "repeat 3 { residual { conv(1) -> relu -> conv(1) } }",
            "gap",
            given="i: image[1, 64, 64]",
        ),
    ),
    ("P116", "colours", network("conv(8)", given="i: image[224, 224, 3]")),
    ("P116", "not square", network("conv(8)", given="i: image[480, 640, 3]")),
    ("P116", "symbolic", network("conv(8)", given="i: image[224, W=224, 3]")),
    (
        "P116",
        "parameter",
        variant("network Base(size: int) { input i: image[size, size, 3]; conv(8) }", 64),
    ),
    ("P117", "groups of one channel", network("gap -> conv(8, 1) -> gn(8)")),
    ("P117", "flat", network("flatten -> linear(8) -> bn", "batch(size=1)")),
    ("P117", "value", blocks("block B(n: block) { gap -> conv(8, 1) -> n }", "B(instance_norm)")),
    ("P118", "argument", blocks("block B(p: float) { conv(8) -> droppath(p) }", "B(0.2)")),
    ("P118", "default", network("default droppath(p=0.1)", "conv(8) -> droppath")),
    (
        "P118",
        "the skip is left out",
        blocks("block B(skip: bool) { residual if skip { conv(8) -> droppath(0.1) } }", "B(false)"),
    ),
    ("T301", "strategy", plan('weights("w.pt", except=[c, head])', EXTRACT)),
    (
        "T301",
        "text",
        plan('weights("w.pt", except="*ead")', "train(a)", 'freeze(["b*", "c", "h*"])'),
    ),
    ("T301", "one of its layers", plan('weights("w.pt", except=c)', "train([b, head])", *FROZEN)),
    (
        "T301",
        "computed",
        plan('let new = "head"', 'weights("w.pt", except="{new}")', "train(c)", *REST),
    ),
    ("T302", "one stage", plan("train(b)", "train(rest, lr=0.1)")),
    ("T302", "with the head", plan("train([a, head])", "train(rest, lr=0.1)")),
    ("T302", "the rest", plan("train(b, lr=0.1)", "train(rest, lr=0.2)")),
    ("T302", "frozen between", plan("train(a, lr=0.5)", "train(head, lr=0.1)", "freeze(rest)")),
    ("T302", "later", plan("train(head, lr=0.1)", "train(c, from_epoch=5)", "freeze(rest)")),
    ("T302", "strategy", plan('strategy("last_layers", head=head, lr=2)')),
    ("T302", "a layer of a stage", plan("train([a[0], c, head])", "train(rest, lr=0.1)")),
    (
        "T302",
        "every other stage",
        zoo_plan("resnet", "ResNet18", "train([layer1, layer3])", "train(rest, lr=0.1)"),
    ),
    (
        "T302",
        "a layer of a block, and the head",
        "block Unit(width: int) { conv(width) -> relu -> conv(width) -> relu }\n"
        + plan("train([b.conv1, head])", "train(rest, lr=0.1)", unit="Unit(width)"),
    ),
    ("T302", "before a new one", plan('weights("w.pt", except=b)', *WITH_NEW)),
    (
        "T302",
        "within a head",
        network("conv(8)", "gap -> flatten", "a = linear(9) -> relu", "b = linear(9)")
        + "transfer Plan of Net { train(a); train(b, lr=0.1); freeze(rest) }\n",
    ),
    (
        "T302",
        "shared",
        network("shared s = conv(1)", "s -> relu -> s -> relu", "head = conv(4)")
        + "transfer Plan of Net { train(s); train(head, lr=0.5) }\n",
    ),
    ("T303", "by names", plan(FEW, "train([head, a])", "train(b)", "train(c)")),
    ("T303", "strategy", plan(FEW, 'strategy("all", head=head)')),
    ("T303", "one statement", plan(FEW, 'train("*", lr=0.01)')),
    ("T303", "the norms frozen", plan(FEW, 'freeze("*.1")', "train(rest)")),
    ("T304", "linear", plan("freeze(c[0])", "train(rest)", unit=BY_POSITION)),
    ("T304", "dropout between", plan("freeze([a[0], b[0], c[0]])", "train(rest)", unit=DROPPED)),
    ("T304", "strategy", plan('strategy("feature_extraction", head=["*.1", head])')),
    (
        "T305",
        "the first one after it",
        plan("epochs(3)", "train(head)", "train(rest, from_epoch=3)"),
    ),
    ("T305", "strategy", plan("epochs(2)", 'strategy("gradual", head=head, every=9)')),
    ("T306", "strategy", plan(MANY, EXTRACT)),
    ("T306", "new layers", plan(MANY, 'weights("w.pt", except=c)', "train(c)", "freeze(rest)")),
    ("T306", "by text", plan(MANY, 'train("h*")', 'freeze(["a*", "b*", "c*"])')),
    ("T307", "strategy", plan('weights("w.pt", except=head)', EXTRACT)),
    ("P118", "behind the sum", network("residual { conv(1) -> relu -> conv(1) } -> droppath(0.1)")),
]


@pytest.mark.parametrize(
    ("code", "text"), [pytest.param(c, t, id=f"{c} {n}") for c, n, t in GUILTY]
)
def test_guilty(code: str, text: str) -> None:
    assert codes(code, text) == [code]


def test_branches_that_all_lose_the_border() -> None:
    text = network("concat [maxpool, conv(4, 2, stride=2, pad=0)]", given="i: image[1, 9, 8]")
    assert codes("P102", text) == ["P102", "P102"]


def test_an_activation_stays_where_other_calls_of_its_block_need_it() -> None:
    text = blocks("block B { conv(8) -> relu }", "B -> sigmoid", "B -> conv(8)")
    (only,) = found("P110", text)
    assert only.fix is None


def test_an_op_by_the_name_of_another() -> None:
    """What is fixed in a block value takes no argument any more."""
    text = blocks("block B(conv: block) { conv(8) -> bn }", "B(conv(bias=true))")
    (only,) = found("P108", text)
    assert only.fix is None
    named = network("conv = conv(8)", "bn")
    (only,) = found("P108", named)
    assert only.fix is not None and "conv = conv(8, bias=false)" in mended(named, only.fix)


def test_arguments_of_shared_layers_stand_at_their_declaration() -> None:
    text = network("shared c = conv(8, bias=true)", "c -> bn -> relu")
    (only,) = found("P108", text)
    assert only.span.text == "bias=true" and only.fix is not None
    assert "shared c = conv(8, bias=false)" in mended(text, only.fix)


def test_a_level_of_two_stays_one() -> None:
    """`n = prelu` would be a layer of that name, and its weight had another key."""
    (only,) = found("P110", network("a = conv(8)", "n = a -> prelu -> gelu"))
    assert only.fix is None


def test_a_loop_of_dilations_is_one_place() -> None:
    (only,) = found("P112", network("repeat 3 { conv(8, dilation=2) -> relu }"))
    assert (only.hits, only.instances) == (3, 3)


def test_norms_between_are_named() -> None:
    (plain,) = found("P109", network("conv(8) -> conv(4)"))
    (norm,) = found("P109", network("conv(8) -> bn -> conv(4)"))
    assert "together they are one 5x5 convolution from 1 to 4 channels" in plain.message
    assert "together they are, the norm aside, one 5x5 convolution" in norm.message
