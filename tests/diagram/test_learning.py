"""Diagrams of transfer plans: frozen and trained parts are told apart."""

from pathlib import Path

import pytest

import archdsl as package
from archdsl import driver
from archdsl.analysis import Analysis
from archdsl.backends.diagram.drawing import drawing
from archdsl.backends.diagram.records import Cluster, Drawing, Node
from tests.cli.commands import Commands
from tests.diagram.nets import ROOT
from tests.golden import check_golden

SPEC = ROOT / "specs" / "transfer.arch"

NET = """\
block Unit() { residual { conv(8) -> bn -> relu } }
network Net {
  input image: image[8, 16, 16]
  stem = conv(8) -> bn
  units = repeat 4 { Unit }
  gap -> flatten
  fc = linear(5)
}
"""


def planned(path: Path, name: str, level: str = "block") -> Drawing:
    checked = driver.check(f"{path}:{name}")
    assert not [one for one in checked.diagnostics if one.severity == "error"]
    (plan,) = checked.plans
    return drawing(Analysis(plan.graph), level, plan=plan)


def own(folder: Path, statements: str, level: str = "block") -> Drawing:
    path = folder / "net.arch"
    path.write_text(f"{NET}transfer Tuned of Net {{ {statements} }}\n", encoding="utf-8")
    return planned(path, "Tuned", level)


def notes(members: tuple[Node | Cluster, ...]) -> dict[str, tuple[str, ...]]:
    found = {}
    for member in members:
        if member.notes and (isinstance(member, Cluster) or member.kind not in ("input", "output")):
            found[member.id] = member.notes
        if isinstance(member, Cluster):
            found |= notes(member.members)
    return found


def test_ops_of_the_users_own(tmp_path: Path) -> None:
    """What is in them is not known, but what holds them."""
    path = tmp_path / "net.arch"
    path.write_text(
        "extern op Own(k: int = 1) { shape input.shape; params 40 }\n"
        "network Net {\n  input x: image[8, 16, 16]\n"
        "  body = { conv(8) -> bn -> Own }\n  own = Own(2)\n  gap -> flatten\n"
        "  fc = linear(5)\n}\n"
        "transfer Tuned of Net {\n  freeze(body)\n  train(own, lr=0.01)\n  train(fc, lr=0.1)\n}\n",
        encoding="utf-8",
    )
    found = notes(planned(path, "Tuned", "layer").members)
    assert {name: note for name, note in found.items() if "own" in name} == {
        "own": ("rate 0.01",),
    }
    assert found["fc"] == ("rate 0.1",)


def test_frozen_parts_and_rates_are_written() -> None:
    drawn = planned(SPEC, "WrittenOut")
    assert notes(drawn.members) == {
        "conv1": ("frozen",),
        "cluster_layer1": ("frozen",),
        "cluster_layer2": ("frozen",),
        "cluster_layer3": ("rate 0.01", "from epoch 6"),
        "cluster_layer4": ("rate 0.1", "from epoch 3"),
        "fc": ("rate 1",),
    }
    frozen = {node.id for node in drawn.nodes() if node.frozen}
    assert {"conv1", "layer1.0.conv1", "layer2.0.downsample"} <= frozen
    # What has no parameters is neither.
    assert frozen.isdisjoint({"maxpool1", "layer1.0.add1", "layer4.0.conv1", "fc"})
    assert (drawn.name, drawn.subtitle.partition(" MACs")[0]) == (
        "WrittenOut of ResNet18",
        "11.2 M parameters, 10.5 M of them trained, 1.81 G",
    )


def test_alike_blocks_that_learn_differently_are_not_folded(tmp_path: Path) -> None:
    drawn = own(
        tmp_path,
        "train(fc); train(units[2], lr=0.1); train(units[3], lr=0.1); freeze(rest)",
        "stage",
    )
    blocks = [
        (node.name, node.repeats, node.notes) for node in drawn.nodes() if node.head == "Unit"
    ]
    assert blocks == [("0-1", 2, ("frozen",)), ("2-3", 2, ("rate 0.1",))]


def test_layers_of_one_node_in_two_groups(tmp_path: Path) -> None:
    drawn = own(tmp_path, "train(fc); train(stem[1], lr=0.5); freeze(rest)")
    stem = next(node for node in drawn.nodes() if node.id == "stem")
    assert stem.notes == ("frozen, rate 0.5",)
    assert not stem.frozen


def test_nothing_is_marked_without_a_plan() -> None:
    (analysis,) = driver.check(f"{ROOT}/specs/resnet.arch:ResNet18").analyses
    drawn = drawing(analysis, "block")
    assert not [node for node in drawn.nodes() if node.frozen]


def test_command(archdsl: Commands) -> None:
    archdsl.write("net.arch", NET + "transfer Tuned of Net { train(fc); freeze(rest) }\n")
    result = archdsl("diagram", "net.arch:Tuned", "-o", "net.mmd")
    assert result.code == 0
    check_golden("diagram/plan.mmd", (archdsl.folder / "net.mmd").read_text(encoding="utf-8"))
    assert archdsl("diagram", "net.arch:Tuned", "-o", "net.dot").code == 0
    check_golden("diagram/plan.dot", (archdsl.folder / "net.dot").read_text(encoding="utf-8"))
    # A file with both: the network, unless the plan is named.
    assert archdsl("diagram", "net.arch", "-o", "other.mmd").code == 0
    assert "frozen" not in (archdsl.folder / "other.mmd").read_text(encoding="utf-8")
    result = archdsl("compile", "net.arch:Tuned", "--to", "mermaid", "-o", "out")
    assert result.code == 0
    drawn = (archdsl.folder / "out" / "tuned.mmd").read_text(encoding="utf-8")
    assert drawn == (archdsl.folder / "net.mmd").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["FeatureExtraction", "LastLayers", "AllLayers", "Gradual"])
def test_python(name: str) -> None:
    diagram = package.load(SPEC, name).diagram("stage")
    assert f"{name} of ResNet18" in diagram.dot
    assert ("frozen" in diagram.mermaid) == (name in ("FeatureExtraction", "LastLayers"))
