"""The graph as text, whole; stamped blocks; what one network learns must not leak into another."""

import pytest

from archdsl.graph.builder import Builder
from archdsl.graph.text import text_form
from tests.elaborate.programs import check
from tests.golden import check_golden

SOURCE = """
block Head(c: int) = conv(c, 1) -> bn -> relu
block Basic(width: int, stride: int = 1) {
  residual { conv(width, stride=stride) -> bn -> relu; conv(width) -> bn } shortcut project
  relu
}
network Backbone(classes: int = 10) {
  input x: image[3, H, W]
  conv(8, stride=2) -> relu
  layer1 = repeat 2 { Basic(8) }
  layer2 = { Basic(16, stride=2) }
  gap -> flatten
  fc = linear(classes)
}
network Detector {
  "A backbone without its classifier, a pyramid, and one head for two levels."
  input image: image[3, H=64, W=96] where H % 8 == 0, W % 8 == 0
  dataset(images=100, classes=4)
  shared head = Head(5)
  backbone = Backbone()
  p4 = backbone.layer2 -> separable(8)
  p3 = add [backbone.layer1, p4 -> upsample(2)]
  low, high = p3 -> chunk(2)
  a = p3 -> head
  b = p4 -> head
  aux = high -> conv(2)
  output a, b
  output aux when training
}
"""


def test_text_form() -> None:
    check_golden("graph/detector.txt", text_form(check(SOURCE).graphs["Detector"]))


def test_a_stamped_block_is_the_block_expanded_in_place() -> None:
    head = "network N {\n  input x: image[3, 32, 32]\n  conv(8)\n"
    unit = "  residual { conv(8) -> bn -> relu } \n  relu\n"
    block = "block Unit() {\n" + unit + "}\n"
    stamped = check(block + head + "  Unit()\n" * 3 + "}\n").graph
    apart = check(block + head + "  Unit()\n}\n").graph
    first = [step for step in stamped.steps if step.path.startswith("unit1.")]
    third = [step for step in stamped.steps if step.path.startswith("unit3.")]
    alone = [step for step in apart.steps if step.path.startswith("unit1.")]
    for one, last, only in zip(first, third, alone, strict=True):
        assert one.layer is last.layer
        assert one.layer == only.layer
        assert last.path == one.path.replace("unit1", "unit3")
        by = last.outputs[0] - one.outputs[0]
        assert last.inputs == tuple(value + by for value in one.inputs)


def test_the_steps_that_an_instance_executes() -> None:
    """In stamped blocks, in a backbone that lost its classifier, and for shared layers: a use
    belongs to the body that it stands in, not to the declaration's.
    """
    graph = check(SOURCE).graphs["Detector"]
    ranges = {(one.path, one.use_of): one.steps for one in graph.instances}
    inside = [[step.path for step in graph.steps[slice(*one.steps)]] for one in graph.instances]
    for one, paths in zip(graph.instances, inside, strict=True):
        assert paths
        assert all(path.startswith(one.path) for path in paths), (one.path, paths)
    for number, step in enumerate(graph.steps):
        assert step.path in inside[step.parent]
        first, end = graph.instances[step.parent].steps
        assert step.use_of is not None or first <= number < end
    assert ranges["", None] == (0, len(graph.steps))

    around = check(
        "block Unit(act: block) { act; conv(8) -> act }\n"
        "network N {\n  input x: image[8, 8, 8]\n  shared act = prelu\n"
        "  conv(8) -> act\n  Unit(act)\n  act\n}\n"
    ).graph
    (unit,) = [one for one in around.instances if one.path == "unit1"]
    assert [step.path for step in around.steps] == ["conv1", "act", "act", "unit1.conv1"] + [
        "act"
    ] * 2
    assert unit.steps == (2, 5)


@pytest.mark.parametrize("sizes", ["H=16, W=16", "H, W] where H <= 16, W <= 16"])
def test_a_block_expanded_for_one_network_is_checked_anew_for_other_sizes(sizes: str) -> None:
    other = sizes if "]" in sizes else sizes + "]"
    outcome = check(
        "block Big() { conv(8, 31, pad=0) }\n"
        "network A {\n  input x: image[3, H=224, W=224]\n  Big()\n}\n"
        f"network B {{\n  input x: image[3, {other}\n  Big()\n}}\n"
    )
    assert outcome.codes == ["E303"]
    assert list(outcome.graphs) == ["A"]


def test_an_illegal_graph_cannot_be_finished() -> None:
    builder = Builder()
    builder.value(None)
    span = check(SOURCE).graphs["Detector"].span
    with pytest.raises(AssertionError, match="failed"):
        builder.finish("N", "", span, (), (), (), {}, ())
