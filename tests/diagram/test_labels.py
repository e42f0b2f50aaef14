"""Templates of what stands on nodes."""

from pathlib import Path

import pytest

import archdsl as package
from archdsl.backends.diagram import FIELDS, Diagram, LabelError, Look
from archdsl.backends.diagram.drawing import drawing
from archdsl.backends.diagram.labels import Template
from archdsl.backends.diagram.records import Node
from tests.cli.commands import Commands
from tests.cli.nets import TINY
from tests.diagram.nets import ROOT, named, written
from tests.golden import check_golden


def nodes(spec: str, level: str, template: str) -> dict[str, list[str]]:
    """The lines on each node of layers and blocks."""
    drawn = drawing(named(spec), level, label=Template(template))
    return {node.id: lines(node) for node in drawn.nodes() if ":" not in node.id}


def lines(node: Node) -> list[str]:
    return [text for text in (node.head, node.tail, node.name, *node.notes) if text]


def test_the_fields_of_a_layer() -> None:
    template = "\n".join(f"{field} {{{field}}}" for field in FIELDS)
    assert nodes("specs/resnet.arch:ResNet18", "layer", template)["layer2.0.conv1"] == [
        "path layer2.0.conv1",
        "name conv1",
        "op conv",
        "args 128, 3, stride=2, bias=false",
        "shape 128 × 28 × 28",
        "params 73.7 k",
        "macs 57.8 M",
        "field 51",
        "block Basic",
        "line 11",
    ]


def test_the_fields_of_a_block() -> None:
    template = "{op}({args})\n{name} in {block}\n{shape}, {params}, {macs}, {field}\n{doc}\n{line}"
    assert nodes("specs/resnet.arch:ResNet50", "block", template)["layer2.1"] == [
        "Bottleneck(width=128, stride=1)",
        "1-3 in ResNet50",
        "512 × 28 × 28, 840 k, 655 M, 91",
        "A 3x3 convolution between two of 1x1, and a skip.",
        "34",
    ]


def test_layers_in_a_row_are_all_named() -> None:
    found = nodes("specs/googlenet.arch:GoogLeNet", "stage", "{name}\n{op}({args})")
    assert found["conv1"] == ["conv1", "conv(64, 7, stride=2, bias=false), bn(eps=0.001), relu"]
    assert found["maxpool1"] == ["maxpool1", "maxpool(3, stride=2, ceil=true)"]
    assert found["gap1"] == ["gap1", "gap, flatten"]
    assert found["dropout1"] == ["dropout1", "dropout(p=0.2)"]
    found = nodes("specs/googlenet.arch:GoogLeNet", "stage", "{name}: [{op}] to {shape}")
    assert found["conv1"] == ["conv1: [conv, bn, relu] to 64 × 112 × 112"]


def test_lines_without_content_are_left_out() -> None:
    found = nodes("specs/lenet.arch:LeNet5", "layer", "{params} parameters\n{doc}\n{name}")
    assert found["c1"] == ["156 parameters", "c1"]
    assert found["tanh1"] == ["tanh1"]
    # A node always says something.
    assert nodes("specs/lenet.arch:LeNet5", "layer", "{params}")["tanh1"] == ["tanh1"]


def test_arguments_are_those_of_the_source() -> None:
    found = nodes("docs/examples/unet.arch:UNet", "layer", "{op}({args})")
    assert found["down0.conv1"] == ["conv(64, 3, pad=0)"]
    assert found["up0"] == ["conv_transpose(512, 2, stride=2)"]
    assert found["maxpool1"] == ["maxpool(2)"]
    assert found["crop1"] == ["crop(4)"]


def test_signs_and_frames_and_ends_stay_as_they_are() -> None:
    analysis = named("specs/resnet.arch:ResNet18")
    plain, labelled = (
        drawing(analysis, "layer", label=label) for label in (None, Template("+ {name}"))
    )
    assert [one.id for one in plain.nodes()] == [one.id for one in labelled.nodes()]
    assert plain.edges == labelled.edges
    for one, other in zip(plain.nodes(), labelled.nodes(), strict=True):
        if one.head == "+" or one.kind in ("input", "output"):
            assert one == other
        else:
            assert other.head == f"+ {one.name}"


def test_shared_layers_and_figures_are_noted_all_the_same() -> None:
    drawn = drawing(
        named("tests/diagram/dense.arch:FPN"), "layer", ("params",), label=Template("{op}")
    )
    head = next(node for node in drawn.nodes() if node.id == "head")
    assert lines(head) == ["conv", "shared (1 of 5)", "590 k params"]


def test_braces_are_written_twice(tmp_path: Path) -> None:
    source = "network One { input x: image[1, 4, 4]; conv(2) }\n"
    diagram = written(tmp_path, source, label="{{{name}}} <b>")
    assert "<B>{conv1} &lt;b&gt;</B>" in diagram.dot
    assert "<b>#123;conv1#125; #60;b#62;</b>" in diagram.mermaid


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{shap}", "did you mean {shape}?"),
        ("{name.__class__}", "{name.__class__} is none of the fields path, name, op"),
        ("{}", "{} is none of the fields"),
        ("{name!r}", "{name} takes nothing behind its name"),
        ("{name:>9}", "{name} takes nothing behind its name"),
        ("{name", "written twice"),
        ("name}", "written twice"),
    ],
)
def test_wrong_templates_are_refused(template: str, message: str) -> None:
    with pytest.raises(LabelError) as caught:
        Diagram(named("specs/lenet.arch:LeNet5"), Look(label=template))
    assert message in str(caught.value)


def test_command(archdsl: Commands) -> None:
    archdsl.write("tiny.arch", TINY)
    shown = []
    for template in (r"{name}\n{op}({args})\n{shape}", "{nam}", "{shape:>9}", "{", "\udcff"):
        result = archdsl("diagram", "tiny.arch", "-o", "net.mmd", "--label", template)
        shown.append(f"$ archdsl diagram tiny.arch -o net.mmd --label {template!a}\n{result}")
        if result.code == 0:
            shown.append((archdsl.folder / "net.mmd").read_text(encoding="utf-8"))
    check_golden("cli/diagram_label.txt", "\n".join(shown))


def test_python() -> None:
    net = package.load(ROOT / "specs" / "lenet.arch")
    assert "<B>conv(6, 5, pad=0), tanh</B>" in net.diagram(label="{op}({args})").dot
    with pytest.raises(ValueError, match=r"did you mean \{name\}"):
        net.diagram(label="{nmae}")
