"""Lines in pictures: every connection once, forks inside frames, valleys drawn as valleys."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archdsl.backends.diagram import DIRECTIONS
from archdsl.backends.diagram.drawing import drawing
from archdsl.backends.diagram.levels import LEVELS
from archdsl.backends.diagram.records import Drawing
from archdsl.backends.diagram.valley import Valley, valley
from archdsl.backends.diagram.wiring import Wiring, wiring
from tests.diagram.nets import FILES, ROOT, analyses, named

EXAMPLES = tuple(sorted((ROOT / "docs" / "examples").glob("*.arch")))


def reached(wires: Wiring, source: str, nodes: set[str]) -> Iterator[str]:
    """Where the lines from a node end."""
    waiting = [wire.target for wire in wires.wires if wire.source == source]
    while waiting:
        end = waiting.pop()
        if end in nodes:
            yield end
        else:
            waiting += [wire.target for wire in wires.wires if wire.source == end]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("path", (*FILES, *EXAMPLES), ids=lambda path: path.name)
def test_lines_lead_where_the_edges_do(path: Path, level: str) -> None:
    for analysis in analyses(path)[:3]:
        drawn = drawing(analysis, level)
        wires = wiring(drawn, valley(drawn))
        nodes = {node.id for node in drawn.nodes()}
        stops = [stop for inside in wires.stops.values() for stop in inside]
        assert len({*nodes, *(stop.id for stop in stops)}) == len(nodes) + len(stops)
        assert sorted(
            (source, end) for source in nodes for end in reached(wires, source, nodes)
        ) == (sorted((edge.source, edge.target) for edge in drawn.edges))
        # Each shape stands once.
        texts = sorted(stop.text for stop in stops if stop.text)
        assert texts == sorted(edge.label for edge in drawn.edges if edge.label)
        assert all(wire.ends == (wire.target in nodes) for wire in wires.wires)


def test_a_residual_block_holds_its_skip() -> None:
    drawn = drawing(named("specs/resnet.arch:ResNet18"), "block")
    wires = wiring(drawn, None)
    fork = "fork:maxpool1>cluster_layer1.0"
    assert [stop.id for stop in wires.stops["cluster_layer1.0"]] == [fork]
    assert {(wire.target, wire.skip) for wire in wires.wires if wire.source == fork} == {
        ("layer1.0.conv1", False),
        ("layer1.0.add1", True),
    }
    # What leads to the fork is no skip, and has the shape on it.
    (before,) = [wire for wire in wires.wires if wire.target == fork]
    assert (before.source, before.skip, before.main) == (f"shape:maxpool1>{fork}", False, True)


def test_branches_of_an_inception_block_part_inside() -> None:
    drawn = drawing(named("specs/googlenet.arch:GoogLeNet"), "layer")
    wires = wiring(drawn, None)
    leaving = [wire.target for wire in wires.wires if wire.source.startswith("fork:maxpool2>")]
    assert len(leaving) == 4
    assert all(target.startswith("inception3a.branch") for target in leaving)


def found(spec: str, level: str) -> tuple[Drawing, Valley | None]:
    drawn = drawing(named(spec), level)
    return drawn, valley(drawn)


def test_a_u_net_is_a_valley() -> None:
    drawn, dip = found("docs/examples/unet.arch:UNet", "block")
    assert dip is not None
    assert list(dip.rungs) == [
        ("down0", "crop4", "concat4"),
        ("down1", "crop3", "concat3"),
        ("down2", "crop2", "concat2"),
        ("down3", "crop1", "concat1"),
    ]
    assert dip.turn == ("bottom", "up0")
    assert dip.top == "out:mask"
    assert ("up0", "concat1") in dip.rising
    assert ("crop1", "concat1") not in dip.rising
    assert ("down3", "maxpool4") not in dip.rising
    # Downwards for Graphviz, with the arrow at the other end.
    lines = [wire for wire in wiring(drawn, dip).wires if wire.rises]
    assert len(lines) > 10


def test_a_feature_pyramid_is_a_valley_with_ways_out() -> None:
    _, dip = found("docs/examples/fpn.arch:FPN", "block")
    assert dip is not None
    assert list(dip.rungs) == [
        ("lateral2", "sum2"),
        ("lateral3", "sum3"),
        ("lateral4", "sum4"),
    ]
    assert ("up4", "sum4") in dip.rising
    assert ("sum4", "p4") not in dip.rising


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    "spec",
    [
        "specs/resnet.arch:ResNet18",
        "specs/efficientnet.arch:EfficientNetB0",
        "tests/diagram/dense.arch:Dense",
        "tests/lint/good/restoration.arch:RCAN",
    ],
)
def test_residuals_make_no_valley(spec: str, level: str) -> None:
    assert found(spec, level)[1] is None


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_connections_across_are_level(direction: str) -> None:
    from archdsl.backends.diagram import Diagram, Look
    from tests.diagram.test_writing import structure

    diagram = Diagram(named("docs/examples/unet.arch:UNet"), Look(direction=direction))
    places = {
        one["name"]: tuple(map(float, one["pos"].split(",")))
        for one in structure(str(diagram))["objects"]
        if "pos" in one
    }
    along, across = (1, 0) if direction == "TB" else (0, 1)
    for level in range(4):
        ends = places[f"down{level}"], places[f"concat{4 - level}"]
        assert abs(ends[0][along] - ends[1][along]) < 2
        assert abs(ends[0][across] - ends[1][across]) > 50
    column = {places[f"concat{number}"][across] for number in range(1, 5)}
    assert max(column) - min(column) < 2
