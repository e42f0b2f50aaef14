"""No false alarms: networks from papers, and single things that look like pitfalls and are none."""

from pathlib import Path

import pytest

from archdsl import driver
from archdsl.diagnostics import render
from archdsl.lint.catalogue import selected
from tests.lint.linting import codes, found, network, plan, zoo_plan

GOOD = sorted((Path(__file__).parent / "good").glob("*.arch"))
TABLE = "patient: tabular[64]"


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_networks_from_papers_have_no_pitfalls(path: Path) -> None:
    found = driver.lint(str(path), selected(["P"])).diagnostics
    assert not found, "\n\n".join(map(render, found))


NEW = 'weights("w.pt", except=[head])'
ALL = ("train(head)", "train(rest, lr=0.1)")
HEAD = ("train(head)", "freeze(rest)")
FEW = 'dataset(images=500, domain="similar")'
MANY = 'dataset(images=90_000, domain="different")'

INNOCENT: list[tuple[str, str, str]] = [
    ("P101", "another kind", network("reshape([1, 8, 8]) -> conv(4)", given="t: tensor[64]")),
    ("P101", "linear first", network("linear(64) -> reshape([1, 8, 8]) -> conv(4)", given=TABLE)),
    (
        "P101",
        "each column by itself",
        network("reshape([1, 64]) -> conv(4, 1) -> relu", given=TABLE),
    ),
    ("P101", "one position", network("reshape([64, 1, 1]) -> conv_transpose(8, 4)", given=TABLE)),
    ("P102", "no value", network("conv(4) -> maxpool", given="i: image[1, H, W]")),
    ("P102", "ceil", network("maxpool(2, ceil=true)", given="i: image[1, 7, 7]")),
    ("P102", "sequence", network("maxpool(4)", given="s: audio[1, 1001]")),
    ("P102", "gaps", network("conv(4, 1, stride=3)", given="i: image[1, 9, 9]")),
    (
        "P102",
        "read beside it",
        network(
            "concat [maxpool(2), conv(4, stride=2) -> crop([[0, 1], [0, 1]])]",
            given="i: image[1, 9, 9]",
        ),
    ),
    (
        "P102",
        "an output",
        network("a = relu", "b = maxpool", "output a, b", given="i: image[1, 9, 9]"),
    ),
    (
        "P102",
        "crops of unpadded convolutions",
        network(
            "a = conv(4)",
            "maxpool -> conv(4, pad=0) -> upsample(2)",
            "concat [a -> crop(2), prev]",
            given="i: image[1, 32, 32]",
        ),
    ),
    ("P103", "throughout", network("repeat 2 { conv(8) -> relu -> bn }", "conv(8)")),
    (
        "P103",
        "pre-activation",
        network("conv(8) -> bn -> relu -> conv(8) -> bn -> relu -> conv(8)"),
    ),
    (
        "P103",
        "linear bottleneck",
        network("conv(8) -> bn -> relu -> conv(4, 1) -> bn -> conv(8, 1)"),
    ),
    (
        "P103",
        "sum and concatenation",
        network(
            "conv(8) -> bn -> relu",
            "residual { conv(8) -> relu }",
            "bn -> conv(8) -> relu",
            "concat [prev, prev]",
            "bn -> conv(8)",
        ),
    ),
    (
        "P103",
        "local response",
        network("conv(8) -> bn -> relu -> conv(8) -> relu -> lrn -> conv(8)"),
    ),
    ("P103", "input", network("bn -> conv(8) -> bn -> relu")),
    ("P104", "many images", network("flatten -> linear(200)", "dataset(images=10_000)")),
    ("P104", "a small network", network("flatten -> linear(100)", "dataset(images=10)")),
    ("P104", "no images", network("flatten -> linear(200)", "dataset(classes=200)")),
    ("P105", "7x7", network("conv(8, stride=4) -> relu -> flatten -> linear(10)")),
    (
        "P105",
        "permuted",
        network("conv(64, stride=4) -> permute([1, 2, 0]) -> flatten -> linear(9)"),
    ),
    ("P105", "pooled", network("conv(8) -> relu -> gap -> flatten -> linear(10)")),
    ("P105", "no linear layer", network("conv(8) -> relu -> flatten")),
    (
        "P105",
        "few of the parameters",
        network("conv(512) -> conv(512) -> conv(1) -> flatten -> linear(10)"),
    ),
    ("P106", "no loss", network("flatten -> linear(10) -> softmax")),
    ("P106", "nll", network("flatten -> linear(10) -> log_softmax", 'loss("nll")')),
    ("P106", "bce", network("flatten -> linear(10) -> sigmoid", 'loss("bce")')),
    ("P106", "a gate inside", network("mul [conv(1) -> sigmoid, prev]", 'loss("bce_with_logits")')),
    ("P107", "rate 0", network("conv(8) -> dropout(0.0) -> bn")),
    ("P107", "whole channels", network("conv(8) -> dropout2d -> bn")),
    ("P107", "no statistics of the batch", network("conv(8) -> dropout -> ln")),
    ("P107", "concatenation between", network("concat [conv(8) -> dropout, prev]", "bn")),
    ("P107", "layer between", network("conv(8) -> dropout -> conv(8) -> bn")),
    ("P108", "layer norm", network("conv(8) -> ln")),
    ("P108", "groups", network("conv(8) -> gn(4)")),
    ("P108", "another reader", network("a = conv(8)", "add [bn, a]")),
    ("P108", "an output", network("a = conv(8)", "b = bn", "output a, b")),
    ("P108", "activation between", network("conv(8) -> relu -> bn")),
    ("P109", "narrow middle", network("conv(16) -> relu -> conv(4, 1) -> conv(16)")),
    ("P109", "enlarged scores", network("conv(8, 1) -> conv_transpose(8, 4, stride=2, pad=1)")),
    ("P109", "depthwise", network("conv(8) -> depthwise -> conv(8)")),
    ("P109", "factors", network("conv(8, [1, 7]) -> conv(8, [7, 1])")),
    (
        "P109",
        "pool between",
        network("conv(8) -> maxpool -> conv(8) -> gap -> flatten -> linear(3)"),
    ),
    ("P109", "concatenation between", network("concat [conv(8), prev]", "conv(8)")),
    (
        "P109",
        "projection",
        network("conv(8)", "residual { bn -> relu -> conv(16) } shortcut conv(16, 1)"),
    ),
    ("P109", "another reader", network("a = conv(8)", "b = conv(8)", "output a, b")),
    ("P110", "layer between", network("conv(8) -> relu -> conv(8) -> relu")),
    ("P110", "sum between", network("add [relu, relu]", "relu")),
    ("P111", "projection", network("residual { conv(8, stride=2) } shortcut project")),
    ("P111", "written by hand", network("add [conv(8, stride=2), conv(8, 1, stride=2) -> bn]")),
    ("P111", "option A", network("residual { conv(1, stride=2) } shortcut maxpool(1, stride=2)")),
    ("P111", "patches", network("conv(8, 4, stride=4, pad=0)")),
    ("P111", "one position", network("gap -> conv(8, 1, stride=2)")),
    ("P112", "two", network("repeat 2 { conv(8, dilation=2) -> relu }", "conv(2, 1)")),
    ("P112", "mixed", network("for d in [2, 2, 3, 2, 2] { conv(8, dilation=d) -> relu }")),
    (
        "P112",
        "filled by a plain one",
        network("repeat 3 { conv(8, dilation=2) -> relu }", "conv(8)"),
    ),
    ("P112", "skips", network("conv(8)", "repeat 4 { residual { conv(8, dilation=2) -> relu } }")),
    (
        "P112",
        "a skip around all",
        network("conv(8)", "residual { repeat 4 { conv(8, dilation=2) -> relu } }"),
    ),
    ("P112", "1x1", network("repeat 4 { conv(8, 1, dilation=2) -> relu }")),
    ("P113", "stride 1", network("conv_transpose(8, 3)")),
    ("P113", "a multiple", network("conv_transpose(8, 6, stride=3)")),
    ("P113", "one position", network("gap -> conv_transpose(8, 3, stride=2)")),
    (
        "P114",
        "behind a global pool",
        network("conv(8, stride=2) -> gap", "repeat 9 { conv(8, 1) -> relu }"),
    ),
    (
        "P114",
        "linear layers as convolutions",
        network(
            "conv(8, stride=2) -> relu -> conv(8, 14, pad=0)", "repeat 9 { relu -> conv(8, 1) }"
        ),
    ),
    ("P115", "half", network("conv(8, 15) -> relu -> gap")),
    ("P115", "one axis", network("conv(8, [15, 1]) -> relu -> gap")),
    ("P115", "flattened", network("conv(8) -> relu -> flatten -> linear(10)")),
    (
        "P115",
        "another head that is flattened",
        network(
            "a = conv(8) -> gap -> flatten", "image -> flatten -> linear(9)", "concat [prev, a]"
        ),
    ),
    ("P115", "no value", network("conv(8) -> relu -> gap", given="i: image[1, H, W]")),
    ("P115", "sequence", network("conv(8) -> relu -> gap", given="s: sequence[4, 100]")),
    (
        "P115",
        "gate",
        network("conv(8)", "mul [prev, gap -> conv(8, 1) -> sigmoid]", "gap -> flatten"),
    ),
    ("P115", "attention", network("conv(8) -> attention(2) -> gap -> flatten")),
    ("P115", "no head", network("conv(8) -> relu")),
    ("P116", "channels first", network("conv(8)", given="i: image[3, 224, 224]")),
    ("P116", "a small map", network("conv(8)", given="i: image[64, 8, 8]")),
    ("P116", "a narrow one", network("conv(8)", given="i: image[64, 28, 1]")),
    ("P116", "another kind", network("conv(8)", given="t: tensor[224, 224, 3]")),
    ("P117", "no batch size", network("gap -> conv(8, 1) -> bn")),
    ("P117", "larger batches", network("gap -> conv(8, 1) -> bn", "batch(size=2)")),
    ("P117", "a map", network("conv(8) -> bn -> instance_norm -> gn(8)", "batch(size=1)")),
    ("P118", "rate 0", network("conv(8) -> droppath(0.0)")),
    ("P118", "residual", network("residual(drop=0.1) { conv(1) }")),
    ("P118", "concatenation", network("residual(op=concat, drop=0.1) { conv(1) }")),
    ("T301", "trained", plan(NEW, "train(head)", "freeze(rest)")),
    ("T301", "trained later", plan(NEW, "train(b)", "train(head, from_epoch=2)", "freeze(rest)")),
    ("T301", "only in the file", plan('weights("w.pt", except="aux")', "train(b)", "freeze(rest)")),
    ("T301", "no weights", plan("train(b)", "freeze(rest)")),
    ("T301", "all in the file", plan('weights("w.pt")', "train(b)", "freeze(rest)")),
    ("T302", "equal", plan("train(head)", "train(b, lr=0.1)", "train(rest, lr=0.1)")),
    ("T302", "but for rounding", plan("train([head, c], lr=0.3)", "train([a, b], lr=0.1 * 3)")),
    ("T302", "falling", plan("train(head)", "train(rest, lr=0.1, decay=0.1)")),
    ("T302", "later ones frozen", plan("train([a, head])", "freeze(rest)")),
    ("T302", "norms", plan('train("*.1")', "train(rest, lr=0.1)")),
    ("T302", "norms before the head", plan('train("*.1")', "train(head, lr=0.1)", "freeze(rest)")),
    (
        "T302",
        "a stem for other channels",
        plan('weights("w.pt", except=[a, head])', "train([a, head])", "train(rest, lr=0.1)"),
    ),
    (
        "T302",
        "one layer of each block",
        "block Unit(width: int) { conv(width) -> relu -> conv(width) -> relu }\n"
        + plan('train(["*.conv1", head])', "train(rest, lr=0.1)", unit="Unit(width)"),
    ),
    (
        "T302",
        "side by side",
        network("a = conv(8)", "left = a -> conv(8)", "right = a -> conv(8)", "output left, right")
        + "transfer Plan of Net { train(left); train(right, lr=0.1); train(a, lr=0.1) }\n",
    ),
    (
        "T302",
        "a head of training mode",
        network(
            "a = conv(8) -> relu",
            "aux = a -> conv(8)",
            "main = a -> conv(8)",
            "output main",
            "output aux when training",
        )
        + "transfer Plan of Net { train([a, main]); train(aux, lr=0.1) }\n",
    ),
    ("T303", "domain not stated", plan("dataset(images=500)", *ALL)),
    ("T303", "another domain", plan('dataset(images=500, domain="different")', *ALL)),
    ("T303", "many images", plan('dataset(images=10_000, domain="similar")', *ALL)),
    ("T303", "the stem frozen", plan(FEW, "freeze(a)", "train(rest)")),
    ("T303", "unfrozen later", plan(FEW, "train(head)", "train(rest, lr=0.1, from_epoch=1)")),
    ("T303", "gradual", plan(FEW, 'strategy("gradual", head=head)')),
    ("T303", "all of it new", plan(FEW, 'weights("w.pt", except="*")', *ALL)),
    ("T304", "frozen with it", plan("train(head)", "freeze(rest)")),
    ("T304", "only the norm frozen", plan('freeze("*.1")', "train(rest)")),
    ("T304", "a new norm", plan('weights("w.pt", except="*.1")', 'freeze("*.0")', "train(rest)")),
    (
        "T304",
        "no batch norm",
        plan('freeze("*.0")', "train(rest)", unit="conv(width) -> gn(4) -> relu"),
    ),
    (
        "T304",
        "a norm before the layer",
        plan("freeze([b[0], c[0]])", "train(rest)", unit="{ bn; relu; conv(width) }"),
    ),
    (
        "T304",
        "behind another layer",
        plan('freeze("*.1")', "train(rest)", unit="conv(width) -> prelu -> bn -> relu"),
    ),
    ("T305", "the last epoch", plan("epochs(3)", "train(head)", "train(rest, from_epoch=2)")),
    ("T305", "no epochs", plan("train(head)", "train(rest, from_epoch=200)")),
    ("T305", "frozen", plan("epochs(1)", "train(head)", "freeze(rest)")),
    ("T306", "few images", plan('dataset(images=9_999, domain="different")', *HEAD)),
    ("T306", "similar", plan('dataset(images=90_000, domain="similar")', *HEAD)),
    ("T306", "domain not stated", plan("dataset(images=90_000)", *HEAD)),
    ("T306", "the last stage learns", plan(MANY, "train([c, head])", "freeze(rest)")),
    ("T306", "norms learn", plan(MANY, 'train([head, "*.1"])', "freeze(rest)")),
    (
        "T306",
        "hidden layers learn",
        network(*(f"fc{i} = linear(8) -> relu" for i in range(3)), "fc = linear(2)", given=TABLE)
        + f"transfer Plan of Net {{ {MANY}; freeze(fc0); train(rest) }}\n",
    ),
    (
        "T306",
        "gates learn",
        zoo_plan(
            "efficientnet",
            "EfficientNetB0",
            MANY,
            'train([classifier, "*.fc1", "*.fc2"])',
            "freeze(rest)",
        ),
    ),
    ("T306", "later", plan(MANY, "train(head)", "train(c, from_epoch=9)", "freeze(rest)")),
    ("T306", "nothing frozen", plan(MANY, *ALL)),
    ("T307", "no weights", plan(*HEAD)),
    ("S405", "a name", network(*3 * ["conv(8)"], "bn", "flatten", "fc = linear(2)", "softmax")),
    ("S405", "a written number", network(*3 * ["relu -> conv(8)"], "conv9 = conv(2)")),
    ("S405", "a name behind a source", network("a = conv(8)", "conv(8)", "conv_1 = a -> conv(2)")),
    ("S405", "a computed name", network(*3 * ["conv(8)"], "let i = 4", '"conv{i}" = conv(2)')),
    (
        "S405",
        "numbers",
        network("f = { conv(8); relu; conv(8); relu; conv(8); flatten; linear(2) }"),
    ),
    ("S405", "a shared layer", network(*3 * ["conv(8)"], "shared conv9 = conv(8)", "conv9")),
    ("S405", "a loop", network("for width in [8, 16, 32] { conv(width) -> relu }")),
    ("S405", "a sketch", network("conv(8) -> relu -> flatten -> linear(2)")),
    ("S405", "no weights", network("maxpool -> relu -> flatten")),
    ("S405", "norms", network("conv(8) -> bn -> bn -> bn")),
    ("S405", "a gate", network("conv(8) -> conv(8)", "mul [prev, gap -> conv(8, 1) -> sigmoid]")),
    (
        "S405",
        "one block of many",
        "block Unit(width: int) { conv(width) -> relu }\n"
        + network("Unit(8)", "Unit(8)", "body = Unit(8)"),
    ),
    (
        "S405",
        "a named branch",
        network("conv(8)", "conv(8)", "concat [a1 = conv(2), b1 = conv(2)]"),
    ),
    ("S406", "another name", network("stem = conv(8)", "relu", '"stem" -> conv(4)')),
    ("S406", "a name that nothing reads", network("relu = conv(8)", "bn")),
    ("S406", "a text that is no source", network('"relu" = conv(8)', 'conv(4, pad_mode="zeros")')),
]


@pytest.mark.parametrize(
    ("code", "text"), [pytest.param(c, t, id=f"{c} {n}") for c, n, t in INNOCENT]
)
def test_innocent(code: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert codes(code, text) == []


def test_sizes_that_are_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each axis by itself, and only those where something is lost."""
    monkeypatch.chdir(tmp_path)
    statements = "repeat 2 { conv(8) -> relu -> maxpool }"
    (only,) = found("P102", network(statements, given="i: image[1, 30, 40]"))
    assert only.help is not None and "an input of 28x40 or 32x40 in place of 30x40" in only.help
    text = network("maxpool -> conv(8, 2, stride=2, pad=0)", given="i: image[1, 34, 30]")
    (only,) = found("P102", text)
    assert only.help is not None and "an input of 32x28 or 36x32 in place of 34x30" in only.help
    assert "pad=[[0, 1], [0, 1]]" in only.help


def test_a_transfer_starts_from_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of a variant, too."""
    monkeypatch.chdir(tmp_path)
    large = network("flatten -> linear(200)", "dataset(images=500)")
    plan = "transfer Plan of Large { train(rest) }\n"
    assert codes("P104", large) == ["P104"]
    assert codes("P104", f"{large}network Large = Net\n{plan}") == []
