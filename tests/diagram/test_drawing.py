"""What is drawn: everything once, alike things folded, skips and the main path found."""

from pathlib import Path

import pytest

from archdsl.analysis import Analysis
from archdsl.backends.diagram.drawing import drawing
from archdsl.backends.diagram.grouping import Frame, Grouping, Item
from archdsl.backends.diagram.levels import LEVELS, SCREENFUL, count, items_at
from archdsl.backends.diagram.nesting import Scope, nested
from archdsl.backends.diagram.records import Cluster, Drawing, Node, nodes_of
from archdsl.backends.diagram.routes import routes
from archdsl.graph.ir import Graph
from tests.diagram.nets import FILES, analyses, named, written

levels = pytest.mark.parametrize("level", LEVELS)


def items_of(analysis: Analysis, level: str) -> tuple[Item, ...]:
    grouping = Grouping(analysis.graph, analysis.live)
    return items_at(level, analysis.graph, grouping, nested(analysis.graph))


def ranges(items: tuple[Item, ...]) -> list[tuple[int, int]]:
    """The steps of every node, repeats included."""
    found = []
    for item in items:
        if isinstance(item, Frame):
            inner = ranges(item.members)
            length = item.end - item.first
            found += [
                (first + repeat * length, last + repeat * length)
                for repeat in range(item.repeats)
                for first, last in inner
            ]
        else:
            found.append((item.first, item.last))
    return found


@levels
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_step_is_drawn_once(path: Path, level: str) -> None:
    for analysis in analyses(path):
        found = ranges(items_of(analysis, level))
        steps = [step for first, last in found for step in range(first, last)]
        assert steps == list(range(len(analysis.graph.steps))), analysis.graph.name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_scopes_hold_what_runs_within_them(path: Path) -> None:
    for analysis in analyses(path):
        waiting = [nested(analysis.graph)]
        while waiting:
            scope = waiting.pop()
            ranges_ = [
                (member, member + 1) if isinstance(member, int) else (member.first, member.end)
                for member in scope.members
            ]
            ends = [scope.first, *(end for range_ in ranges_ for end in range_), scope.end]
            assert ends[::2] == ends[1::2], analysis.graph.instances[scope.instance].path
            waiting += [member for member in scope.members if isinstance(member, Scope)]


def without_edges(graph: Graph, drawn: Drawing) -> set[str]:
    """Nodes that nothing leads to, but inputs."""
    reached = {edge.target for edge in drawn.edges}
    inputs = {f"in:{given.name}" for given in graph.inputs}
    return {node.id for node in drawn.nodes()} - reached - inputs


@levels
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_node_is_connected_and_known_by_its_own_id(path: Path, level: str) -> None:
    for analysis in analyses(path):
        drawn = drawing(analysis, level)
        ids = [node.id for node in drawn.nodes()]
        assert len(ids) == len(set(ids))
        assert {end for edge in drawn.edges for end in edge[:2]} <= set(ids)
        assert without_edges(analysis.graph, drawn) == set(), analysis.graph.name
        assert all(edge.source != edge.target for edge in drawn.edges)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_layer_level_folds_nothing(path: Path) -> None:
    for analysis in analyses(path):
        assert count(items_of(analysis, "layer")) == len(analysis.graph.steps)


def test_stage_level_of_a_deep_network_fits_a_screen() -> None:
    drawn = drawing(named("specs/resnet.arch:ResNet152"), "stage")
    heads = [f"{node.head}, {node.tail}" if node.tail else node.head for node in drawn.nodes()]
    assert heads == [
        "image",
        "conv 7×7 /2, bn, relu",
        "maxpool 3×3 /2",
        "Bottleneck ×3",
        "Bottleneck ×8",
        "Bottleneck ×36",
        "Bottleneck ×3",
        "gap, flatten",
        "linear",
        "fc",
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_stage_level_is_small(path: Path) -> None:
    for analysis in analyses(path):
        assert count(items_of(analysis, "stage")) <= SCREENFUL, analysis.graph.name


def test_alike_blocks_are_folded_and_the_last_one_leads_on() -> None:
    drawn = drawing(named("specs/resnet.arch:ResNet50"), "block")
    (layer2,) = [one for one in drawn.members if isinstance(one, Cluster) and one.name == "layer2"]
    first, rest = layer2.members
    assert (first.name, first.repeats) == ("0", 1)
    assert (rest.name, rest.repeats) == ("1-3", 3)
    assert [edge.target for edge in drawn.edges if edge.source == rest.id] == ["layer3.0"]


def test_folded_frames_lead_on_from_the_repeat_that_is_drawn() -> None:
    drawn = drawing(named("specs/resnet.arch:ResNet18"), "block")
    edges = {(edge.source, edge.target): edge for edge in drawn.edges}
    assert edges["maxpool1", "layer1.0.add1"].skip
    assert edges["layer1.0.add1", "layer2.0.conv1"].main
    assert edges["layer1.0.add1", "layer2.0.downsample"].skip
    assert edges["layer2.0.downsample", "layer2.0.add1"].skip
    assert edges["layer2.0.conv1", "layer2.0.conv2"].label == "128 × 28 × 28"


def test_skips_of_a_u_net_are_those_to_its_decoder() -> None:
    drawn = drawing(named("tests/diagram/dense.arch:UNet"), "block")
    skips = [(edge.source, edge.target) for edge in drawn.edges if edge.skip]
    assert skips == [
        ("enc3", "concat1"),
        ("enc2", "concat2"),
        ("enc1", "concat3"),
        ("enc0", "concat4"),
    ]


def test_crops_on_a_skip_belong_to_it() -> None:
    drawn = drawing(named("tests/diagram/dense.arch:UNetPaper"), "stage")
    skips = {(edge.source, edge.target) for edge in drawn.edges if edge.skip}
    assert {("conv8", "crop1"), ("crop1", "concat1")} <= skips
    assert len(skips) == 8


def test_parallel_branches_are_no_skips() -> None:
    drawn = drawing(named("specs/googlenet.arch:GoogLeNet"), "layer")
    assert not [edge for edge in drawn.edges if edge.skip]


def test_uses_of_shared_layers_are_counted() -> None:
    drawn = drawing(named("tests/diagram/dense.arch:FPN"), "layer")
    heads = [node for node in drawn.nodes() if node.id.partition("@")[0] == "head"]
    assert [node.notes for node in heads] == [(f"shared ({use} of 5)",) for use in range(1, 6)]


def test_shared_layers_are_neither_fused_nor_folded() -> None:
    drawn = drawing(named("tests/backends/corpus/flows.arch:Shared"), "block")
    assert {node.name: node.notes for node in drawn.nodes() if node.notes and node.name} == {
        "head": ("shared (2 of 2)",),
        "norm": ("shared (2 of 2)",),
    }


def test_a_shared_layer_takes_no_activation_in() -> None:
    drawn = drawing(named("tests/diagram/dense.arch:FPN"), "block")
    (head5,) = [one for one in drawn.members if isinstance(one, Cluster) and one.name == "head5"]
    assert [(node.head, node.notes) for node in nodes_of((head5,))] == [
        ("conv 3×3", ("shared (4 of 5)",)),
        ("relu", ()),
    ]


def test_a_shared_block_is_drawn_where_it_runs(tmp_path: Path) -> None:
    source = """\
block Double(channels: int) { conv(channels) -> relu -> conv(channels) -> relu }
network Head {
  input image: image[8, 16, 16]
  shared head = Double(8)
  part = { head; conv(8) }
  head
}
"""
    text = written(tmp_path, source, level="layer").dot
    part, _, rest = text.partition('subgraph "cluster_part"')[2].partition("\n  }\n")
    assert 'subgraph "cluster_head"' in part
    assert "shared (1 of 2)" in part
    assert 'subgraph "cluster_head@2"' in rest


def test_what_reads_something_else_too_is_not_folded(tmp_path: Path) -> None:
    source = """\
network Twice {
  input image: image[8, 16, 16]
  conv(8)
  add [prev, image] -> relu
  add [prev, image] -> relu
}
"""
    edges = written(tmp_path, source).dot.split("\n")
    assert sum('"in:image" -> "add' in line for line in edges) == 2


def test_inline_repeats_of_layers_are_folded(tmp_path: Path) -> None:
    source = """\
network Plain {
  input image: image[8, 16, 16]
  repeat 5 { conv(8) -> relu }
}
"""
    lines = written(tmp_path, source).mermaid.split("\n")
    assert '  n_conv1["<b>conv 3×3</b>, relu <b>×5</b><br>conv1"]:::conv' in lines


def test_training_parts_are_marked_up_to_their_output() -> None:
    drawn = drawing(named("specs/googlenet.arch:GoogLeNet"), "block")
    assert [node.id for node in drawn.nodes() if node.training] == [
        *("aux1", "aux2"),
        *("out:aux2", "out:aux1"),
    ]
    assert {(edge.source, edge.target) for edge in drawn.edges if edge.training} == {
        ("inception4a", "aux1"),
        ("inception4d", "aux2"),
        ("aux1", "out:aux1"),
        ("aux2", "out:aux2"),
    }


def test_every_input_and_output_is_there() -> None:
    drawn = drawing(named("tests/backends/corpus/flows.arch:Several"), "block")
    ends = [(node.kind, node.head, node.notes) for node in drawn.nodes() if ":" in node.id]
    assert ends == [
        ("input", "image", ("3 × 16 × 16",)),
        ("input", "depth", ("1 × 16 × 16",)),
        ("output", "score", ("5",)),
        ("output", "mask", ("1 × 8 × 8",)),
        ("output", "aux", ("2",)),
    ]


def test_figures_of_the_nodes_add_up() -> None:
    analysis = named("specs/resnet.arch:ResNet50")
    drawn = drawing(analysis, "layer", ("params",))
    conv1 = next(node for node in drawn.nodes() if node.id == "conv1")
    assert conv1.notes == ("9.41 k params",)
    stages = drawing(analysis, "stage", ("params", "macs", "field"))
    layer4 = next(node for node in stages.nodes() if node.id == "layer4")
    assert layer4.notes == ("15.0 M params, 809 M MACs, field 427",)


def test_shapes_stand_where_they_change() -> None:
    drawn = drawing(named("specs/lenet.arch:LeNet5"), "layer")
    assert {edge.source: edge.label for edge in drawn.edges if edge.label} == {
        "c1": "6 × 28 × 28",
        "s2": "6 × 14 × 14",
        "c3": "16 × 10 × 10",
        "s4": "16 × 5 × 5",
        "flatten1": "400",
        "c5": "120",
        "f6": "84",
    }


@pytest.mark.parametrize(
    ("pairs", "sums", "expected"),
    [
        ([(0, 1), (1, 2), (0, 2)], set(), {(0, 2)}),
        ([(0, 1), (1, 3), (0, 2), (2, 3)], set(), set()),
        ([(0, 1), (1, 2), (2, 4), (0, 3), (3, 4)], {4}, {(0, 3), (3, 4)}),
        ([(0, 1), (1, 2), (2, 4), (0, 3), (3, 4)], set(), set()),
        (
            [(0, 1), (1, 2), (2, 3), (3, 6), (0, 4), (4, 5), (5, 6)],
            {6},
            {(0, 4), (4, 5), (5, 6)},
        ),
        ([(0, 1), (1, 2), (2, 6), (0, 4), (4, 5), (5, 6)], {6}, set()),
        ([(0, 1), (1, 2), (2, 5), (5, 6), (0, 3), (3, 4), (4, 6)], {6}, set()),
        ([(0, 1), (1, 3), (0, 2), (2, 3)], {3}, set()),
        ([(0, 1), (1, 2), (2, 3), (0, 2), (0, 3), (1, 3)], set(), {(0, 2), (0, 3), (1, 3)}),
    ],
    ids=[
        "identity",
        "branches",
        "projection",
        "branch",
        "with_norm",
        "two_of_two",
        "no_norm",
        "two_alike",
        "dense",
    ],
)
def test_skips(
    pairs: list[tuple[int, int]], sums: set[int], expected: set[tuple[int, int]]
) -> None:
    count = 1 + max(target for _, target in pairs)
    assert routes(count, pairs, sums, (), count - 1, {5}).skips == expected


def test_main_path_is_the_longest_one() -> None:
    pairs = [(0, 1), (0, 2), (2, 3), (1, 4), (3, 4), (4, 5)]
    assert routes(6, pairs, (), (), 5).main == {0, 2, 3, 4, 5}


def test_nested_blocks_are_clusters_within_clusters() -> None:
    drawn = drawing(named("specs/googlenet.arch:GoogLeNet"), "layer")
    (inception,) = [
        one for one in drawn.members if isinstance(one, Cluster) and one.id == "cluster_inception3a"
    ]
    assert [member.name for member in inception.members if isinstance(member, Cluster)] == [
        *("branch1", "branch2", "branch3", "branch4"),
    ]
    assert "inception3a.branch2.1.bn" in [node.id for node in nodes_of(inception.members)]
    assert isinstance(inception.members[-1], Node)
    assert inception.tooltip.startswith("inception3a\nKernels of three sizes and a pool")


def test_a_block_that_holds_a_block_alone_is_opened(tmp_path: Path) -> None:
    text = (
        "block Inner {\n  residual { conv(4) }\n  relu\n}\nblock Outer {\n  Inner\n}\n"
        "network N {\n  input x: image[4, 8, 8]\n  Outer\n}\n"
    )
    assert "outer1.inner1.conv1" in written(tmp_path, text).dot
