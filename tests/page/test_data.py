"""What a page knows: the same figures as everywhere else, connections that are complete, findings
at their layers.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from archdsl import driver
from archdsl.analysis import Analysis
from archdsl.analysis.render import per_axis_text
from archdsl.analysis.table import Table
from archdsl.backends.diagram.page import page_data
from archdsl.lint.catalogue import selected
from tests.cli.nets import SHARED, TINY
from tests.diagram.nets import FILES, ROOT, analyses, named
from tests.golden import check_golden

Node = dict[str, Any]


def data_of(analysis: Analysis) -> dict[str, Any]:
    """The data as a page reads it."""
    findings = driver.lint_network(analysis, selected())
    found: dict[str, Any] = json.loads(json.dumps(page_data(analysis, "block", (), findings)))
    return found


def every_network() -> Iterator[Analysis]:
    for path in FILES:
        yield from analyses(path)


NETWORKS = list(every_network())
NAMES = [f"{one.graph.span.source.name.rpartition('/')[2]}:{one.graph.name}" for one in NETWORKS]


def loaded(folder: Path, text: str) -> Analysis:
    path = folder / "net.arch"
    path.write_text(text, encoding="utf-8")
    (analysis,) = driver.check(str(path)).analyses
    return analysis


def test_whole_data(tmp_path: Path) -> None:
    for name, text in (("tiny", TINY), ("shared", SHARED)):
        check_golden(f"page/{name}.txt", listed(data_of(loaded(tmp_path, text))))


def listed(data: dict[str, Any]) -> str:
    """A line for each part, layer, line of the source and so on."""
    lines = []
    for name, value in data.items():
        entries = value if isinstance(value, list) else [value]
        lines += [name, *(f"  {json.dumps(entry, ensure_ascii=False)}" for entry in entries)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("analysis", NETWORKS, ids=NAMES)
def test_figures_are_those_of_the_summary(analysis: Analysis) -> None:
    data = data_of(analysis)
    layers = [node for node in data["nodes"] if node["kind"] == "layer"]
    assert len(layers) == len(analysis.graph.steps)
    first: dict[str, Node] = {}
    for node in layers:
        first.setdefault(node["path"], node)
    for row in Table(analysis).layers():
        node = first[row.path]
        assert node.get("params", 0) == row.params
        if row.receptive_field is not None:
            assert (node["field"], node["stride"]) == (
                per_axis_text(row.receptive_field),
                per_axis_text(row.stride),
            )
        # Of several results, such as those of a split, those that nothing reads are left out.
        if row.output is not None and row.op not in ("split", "chunk"):
            assert data["shapes"][(node.get("gives") or node["result"])[0]] == " × ".join(
                map(str, row.output)
            )
    top = [node for node in data["nodes"][1:] if node["parent"] == 0]
    assert sum(node.get("params", 0) for node in top) == analysis.params


@pytest.mark.parametrize("analysis", NETWORKS, ids=NAMES)
def test_every_part_is_connected(analysis: Analysis) -> None:
    """Within each part, every member gets all that it reads, and what leaves was made there."""
    nodes = data_of(analysis)["nodes"]
    members: dict[int, list[Node]] = {number: [] for number in range(len(nodes))}
    for node in nodes[1:]:
        members[node["parent"]].append(node)
    for number, node in enumerate(nodes):
        if not members[number] or "wires" not in node:
            continue
        reads, gives = node.get("reads", []), node.get("gives", [])
        needed = {
            (len(reads) + place, value)
            for place, member in enumerate(members[number])
            for value in member.get("reads", [])
        }
        end = len(reads) + len(members[number])
        needed |= {(end + place, value) for place, value in enumerate(gives) if number}
        makers = [{value} for value in reads]
        makers += [set(member.get("gives", [])) for member in members[number]]
        assert {(target, value) for _, target, value, _ in node["wires"]} == needed
        for source, target, value, _ in node["wires"]:
            assert source < target
            assert value in makers[source]


def test_parts_without_wires_are_chains() -> None:
    nodes = data_of(named("specs/resnet.arch:ResNet18"))["nodes"]
    chain = next(node for node in nodes if node["kind"] == "level")
    inside = [node for node in nodes[1:] if nodes[node["parent"]] is chain]
    assert "wires" not in chain
    assert inside[0]["reads"] == chain["reads"]
    assert inside[-1]["gives"] == chain["gives"]
    for before, after in pairwise(inside):
        assert before["gives"] == after["reads"]
    block = next(node for node in nodes if node["kind"] == "block")
    assert [wire[3] for wire in block["wires"]].count(1) == 1  # the skip


def test_findings_stand_at_the_layers_that_have_them(tmp_path: Path) -> None:
    biased = TINY.replace("conv(width, bias=false) -> bn\n", "conv(width) -> bn\n")
    data = data_of(loaded(tmp_path, biased))
    (number,) = [at for at, one in enumerate(data["findings"]) if one["code"] == "P108"]
    having = [node for node in data["nodes"] if number in node.get("findings", [])]
    layers = [node["path"] for node in having if node["kind"] == "layer"]
    assert layers == [f"stages.{at}.conv2" for at in range(3)] + ["down.conv2"]
    paths = {node["path"] for node in having}
    assert {"stages", "stages.0-2", "stages.1", "down"} <= paths
    assert "conv1" not in paths


def test_a_finding_in_one_instance_is_not_put_on_all_of_them() -> None:
    """In ResNet-50 only the widest of sixteen convolutions is worth a separable one."""
    data = data_of(named("specs/resnet.arch:ResNet50"))
    (number,) = [at for at, one in enumerate(data["findings"]) if one["code"] == "D207"]
    hits, instances = data["findings"][number]["instances"]
    having = [
        node["path"]
        for node in data["nodes"]
        if node["kind"] == "layer" and number in node.get("findings", [])
    ]
    assert len(having) == hits < instances
    assert data["findings"][number]["message"].startswith(having[0])


def test_windows_are_what_the_middle_position_sees() -> None:
    data = data_of(named("specs/lenet.arch:LeNet5"))
    conv = next(
        node for node in data["nodes"] if node.get("path") == "c1" and node["kind"] == "layer"
    )
    # A kernel of 5 without padding: position 14 of 28 reads 14 to 18.
    assert conv["window"] == [[14, 18], [14, 18]]


HERE = """
import sys
from archdsl.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_the_same_bytes_from_every_folder_and_hash_seed(tmp_path: Path) -> None:
    pages = []
    for number, seed in enumerate(("0", "1")):
        folder = tmp_path / f"folder{number}"
        folder.mkdir()
        (folder / "tiny.arch").write_text(TINY, encoding="utf-8")
        spec = "tiny.arch" if number else str(folder / "tiny.arch")
        subprocess.run(
            [sys.executable, "-c", HERE, "diagram", spec, "-o", "tiny.html"],
            check=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
            capture_output=True,
        )
        pages.append((folder / "tiny.html").read_bytes())
    assert pages[0] == pages[1]


def test_a_plan_tells_how_parts_learn() -> None:
    checked = driver.check(f"{ROOT}/specs/transfer.arch:WrittenOut")
    (plan,) = checked.plans
    data: dict[str, Any] = page_data(Analysis(plan.graph), "block", (), {}, plan)
    parts = [node for node in data["nodes"][1:] if node["kind"] not in ("input", "output")]
    learning = {node["path"]: node.get("learning") for node in parts}
    assert data["name"] == "WrittenOut of ResNet18"
    assert ("trained at the end", "10,545,766 (93.9 %)") in data["totals"]
    assert learning["conv1"] == learning["layer1.0.bn1"] == ("frozen",)
    assert learning["layer4"] == learning["layer4.1"] == ("rate 0.1 from epoch 3",)
    assert learning["fc"] == ("rate 1",)
    assert learning["maxpool1"] is None
