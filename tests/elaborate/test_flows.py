"""Flows, values and scopes: section "Flow" of the language reference."""

from archdsl.graph.ir import Graph
from tests.elaborate.programs import check, found, graph, named, network, shapes


def ops(of: Graph) -> str:
    return " ".join(step.layer.op.name for step in of.steps)


def read(of: Graph) -> list[list[str]]:
    """What each step reads: paths of the steps that made it, or names of inputs."""
    made = {value.value: value.name for value in of.inputs}
    for step in of.steps:
        made.update(dict.fromkeys(step.outputs, step.path))
    return [[made[value] for value in step.inputs] for step in of.steps]


def test_a_flow_takes_the_current_value() -> None:
    assert read(graph("conv(8) -> bn\nrelu")) == [["x"], ["conv1"], ["bn1"]]


def test_a_flow_may_start_from_a_value() -> None:
    of = graph('a = conv(8)\nb = conv(4)\na -> bn\n"b" -> relu\nprev -> conv(8)')
    assert read(of) == [["x"], ["a"], ["a"], ["b"], ["relu1"]]


def test_input_is_that_of_the_enclosing_body() -> None:
    block = (
        "block B {\n  conv(8)\n  { conv(4); input -> relu }\n  add [conv(8), input -> conv(8)]\n}\n"
    )
    assert read(graph("bn\nB", block))[1:] == [
        ["bn1"],
        ["b1.conv1"],
        ["bn1"],
        ["b1.relu1"],
        ["bn1"],
        ["b1.conv3", "b1.conv4"],
    ]


def test_branches_start_from_the_current_value() -> None:
    of = graph("conv(8)\nconcat [x, prev, conv(4), conv(3) -> conv(2)]")
    assert read(of) == [["x"], ["conv1"], ["conv1"], ["conv3"], ["x", "conv1", "conv2", "conv4"]]
    assert shapes(of) == {"output": "[17, H, W]"}


def test_concat_along_another_axis() -> None:
    assert shapes(graph("concat(axis=height) [x, x]")) == {"output": "[3, 2*H, W]"}
    assert shapes(graph("concat(axis=2) [x, x]")) == {"output": "[3, H, 2*W]"}


def test_add_and_mul_spread_a_size_of_1() -> None:
    assert shapes(graph("mul [conv(8), gap -> conv(8, 1)]")) == {"output": "[8, H, W]"}
    assert shapes(graph("add [conv(1), x]")) == {"output": "[3, H, W]"}
    assert found("add [conv(2), x]")[0].startswith("E301 ")


def test_the_sum_of_a_residual_spreads_nothing() -> None:
    assert found("residual { conv(1) }")[0].startswith("E301 ")
    assert shapes(graph("residual(op=mul) { gap -> conv(3, 1) }")) == {"output": "[3, H, W]"}


def test_residuals() -> None:
    assert ops(graph("residual { conv(3) }")) == "conv add"
    assert read(graph("residual { conv(3) }"))[1] == ["conv1", "x"]
    assert ops(graph("residual(op=mul) { conv(3) }")) == "conv mul"
    assert read(graph("residual(op=concat) { conv(5) }"))[1] == ["x", "conv1"]
    assert ops(graph("residual if false { conv(8) }")) == "conv"
    assert ops(graph("residual(drop=0.1) { conv(3) }")) == "conv droppath add"
    assert ops(graph("residual(drop=0.1) if 1 > 2 { conv(3) }")) == "conv"
    assert ops(graph("residual(drop=0) { conv(3) }")) == "conv add"
    assert ops(graph("residual { }")) == "add"


def test_project() -> None:
    of = graph("residual { conv(8, stride=2) -> conv(8, stride=[2, 1]) } shortcut project")
    conv, bn = [step.layer for step in of.steps if step.path.startswith("shortcut")]
    assert conv.args["stride"] == (4, 2)
    assert conv.args["kernel"] == (1, 1)
    assert [weight.name for weight in conv.weights] == ["weight"]
    assert bn.op.name == "bn"
    assert ops(graph("residual { conv(3) } shortcut project")) == "conv add"
    assert ops(graph("residual { conv(3, stride=2) } shortcut project")) == "conv conv bn add"


def test_a_projection_follows_the_path_that_has_a_stride() -> None:
    """A gate pools globally, which leaves no stride; where two paths have one, the first counts."""
    gate = "prev -> gap -> conv(8, 1)"
    for joined in (f"prev, {gate}", f"{gate}, prev"):
        of = graph(f"residual {{ conv(8, stride=2); mul [{joined}] }} shortcut project")
        assert of.steps[-3].layer.args["stride"] == (2, 2)
    # Both are 4x4 behind 8x8, one by its stride and one by its kernel.
    paths = "add [conv(3, stride=2), conv(3, 5, pad=0)]"
    of = graph(f"residual {{ {paths} }} shortcut project", image="image[3, 8, 8]")
    assert [step.layer.args["stride"] for step in of.steps if step.path == "shortcut.0"] == [(2, 2)]


def test_a_project_does_not_take_the_defaults_of_a_convolution() -> None:
    of = graph("default conv(bias=true, groups=3, kernel=5)\nresidual { conv(6) } shortcut project")
    assert [step.layer.args["groups"] for step in of.steps if step.layer.op.name == "conv"] == [
        3,
        1,
    ]


def test_a_value_may_be_a_shortcut() -> None:
    assert read(graph("y = conv(8)\nbn\nresidual { conv(8) } shortcut y"))[-1] == ["conv1", "y"]


def test_the_name_of_a_shortcut_binds_no_value() -> None:
    loop = (
        'repeat 2 as i { residual { conv(3) } shortcut "s{i}" = conv(3, 1) }\n"shortcut" = conv(4)'
    )
    assert named(loop) == "conv1 s0 conv2 s1 shortcut"


def test_several_results() -> None:
    of = graph("a, b, c = chunk(3)\nadd [c, a]")
    assert shapes(of) == {"output": "[1, H, W]"}
    assert found("a, b, c = chunk(3)\nconv(8)")[0].startswith("E214 ")
    assert found("a, b = chunk(3)") == ["E215 2 names for 3 results"]
    assert found("y = chunk(3)")[0].startswith("E215 ")


def test_values_of_unnamed_braces_belong_to_the_body() -> None:
    assert named("{ y = conv(8) }\ny -> conv(4)") == "y conv1"
    assert named("if true { y = conv(8) }\ny -> conv(4)") == "y conv1"
    assert named('repeat 2 as i { "y{i}" = conv(8) }\n"y0" -> bn') == "y0 y1 bn1"
    assert named("concat [y = conv(8), x]\ny -> conv(4)") == "y conv1"
    assert named("residual { y = conv(3) }\ny -> conv(4)") == "y conv1"


def test_values_of_a_named_level_are_read_by_path() -> None:
    assert named("f = { y = conv(8); bn }\nf.y -> conv(4)") == "f.y f.1 conv1"
    assert found("f = { y = conv(8) }\ny -> conv(4)")[0].startswith("E202 ")
    # They may have the names of values around the level.
    assert named("y = conv(8)\nf = { y = conv(4); y -> bn }\ny -> conv(2)") == "y f.y f.1 conv1"


def test_lets_and_loop_variables_are_local_to_their_braces() -> None:
    body = "let n = 8\n{ let n = 4; conv(n) }\nconv(n)\nfor n in [2] { conv(n) }\nconv(n)"
    channels = [step.layer.outputs[0].channels for step in graph(body).steps]
    assert channels == [4, 8, 2, 8]
    assert found("{ let n = 4 }\nconv(n)")[0].startswith("E201 ")
    assert found("let n = 4\nlet n = 5\nconv(8)") == ["E211 `n` is bound twice in these braces"]


def test_a_name_is_bound_once_in_a_body() -> None:
    assert found("y = x\n{ y = x }")[0].startswith("E211 ")
    assert found("repeat 2 { y = prev }")[0].startswith("E211 ")
    assert found("x = conv(8)")[0].startswith("E211 ")


def test_layer_or_value() -> None:
    assert found("relu = conv(8)\nrelu")[0].startswith("E213 ")
    assert ops(graph("relu = conv(8)\nrelu()")) == "conv relu"
    assert ops(graph('relu = conv(8)\nconv(4)\n"relu" -> bn')) == "conv conv bn"
    # What cannot be applied does not hide a layer.
    assert ops(graph("let relu = 3\nrelu")) == "relu"
    assert ops(graph("let conv = 8\nconv(conv)")) == "conv"


def test_only_what_can_be_applied_is_looked_up_in_step_position() -> None:
    assert (
        ops(graph("Drop(0.5)", "block Drop(dropout: float) {\n  dropout(dropout)\n}\n"))
        == "dropout"
    )


def test_conditions_and_loops_leave_no_trace() -> None:
    body = "if 1 > 2 { conv(1) } else if 2 > 1 { conv(2) } else { conv(3) }\nrepeat 0 { conv(9) }"
    assert [step.layer.outputs[0].channels for step in graph(body).steps] == [2]
    assert ops(graph("for i, c in enumerate([4, 8]) { conv(c * (i + 1)) }")) == "conv conv"
    assert ops(graph("for c in [] { conv(c) }\nrelu")) == "relu"


def test_paths() -> None:
    block = "block Unit {\n  stem = conv(8) -> bn\n  conv(4) -> relu\n}\n"
    for path, channels in {
        "u.stem": 8,
        "u.stem[0]": 8,
        "u.conv1": 4,
        "u.relu1": 4,
        "u": 4,
        'u["stem"]': 8,
    }.items():
        of = graph(f"u = Unit\nlet n = {path}.channels\nx -> conv(n)", block)
        assert of.steps[-1].layer.outputs[0].channels == channels
    assert shapes(graph("f = repeat 2 { Unit }\nf[1].stem[0] -> relu", block)) == {
        "output": "[8, H, W]"
    }


def test_sizes_of_values() -> None:
    of = graph(
        "conv(8, stride=2)\n"
        "let s = prev.shape\n"
        "conv(prev.channels + input.channels + input.rank + prev.height + prev.width + s[0])",
        image="image[3, 8, 16]",
    )
    assert of.steps[-1].layer.outputs[0].channels == 8 + 3 + 2 + 4 + 8 + 8
    assert shapes(graph("conv(prev.length)", image="audio[1, 16]")) == {"output": "[16, 16]"}
    assert shapes(graph("conv(prev.depth)", image="volume[1, 4, 5, 6]")) == {
        "output": "[4, 4, 5, 6]"
    }
    assert found("conv(x.depth)")[0].startswith("E305 ")


def test_shared_layers() -> None:
    of = graph("shared s = conv(3)\ns\ns\nx -> s")
    assert [step.use_of for step in of.steps] == [None, 0, 0]
    assert found("shared s = conv(8)\ns\ns")[0].startswith("E221 ")
    assert found("shared s = conv(8) -> bn\ns")[0].startswith("E221 ")
    # Arguments are those of the declaration, and an unused one has no weights.
    assert named("let n = 8\nshared s = conv(n)\n{ let n = 4; s }\nshared t = conv(1)") == "s"
    # One module serves one number of axes.
    two = "shared p = maxpool\np\nx -> reshape([3, 16]) -> p"
    assert found(two, image="image[3, 4, 4]")[0].startswith("E221 ")
    # Ops without weights may be shared at any shape.
    assert ops(graph("shared r = relu\nconv(8) -> r\nconv(4) -> r")) == "conv relu conv relu"


def test_a_failed_layer_is_reported_once() -> None:
    assert found("conv(0)\nbn\ny = conv(4)\ny -> conv(2)\nexpect params == 3") == [
        "E309 `channels` of `conv` must be at least 1, not 0"
    ]
    assert found("y = conv(0)\nf = { y -> bn }\nf[0] -> conv(f.channels)\nlet n = y.height") == [
        "E309 `channels` of `conv` must be at least 1, not 0"
    ]
    for failing in (
        "let n = 1 // 0\nconv(n)",
        "shared s = zzz\ns",
        "if zzz { y = conv(8) }\ny -> relu",
    ):
        assert len(found(failing)) == 1
    assert len(found("concat [conv(0), conv(zzz)]\nrelu")) == 2


def test_a_place_in_a_block_is_reported_once() -> None:
    block = "block Unit(width: int) {\n  conv(width, 4)\n}\n"
    (diagnostic,) = check(network("repeat 3 { x -> Unit(8) }\nx -> Unit(4)", block)).diagnostics
    assert (diagnostic.hits, diagnostic.instances) == (4, 4)
    block = "block Unit(width: int) {\n  residual { conv(width) }\n}\n"
    (diagnostic,) = check(network("x -> Unit(8)\nx -> Unit(3)\nx -> Unit(3)", block)).diagnostics
    assert (diagnostic.hits, diagnostic.instances) == (1, 3)
    assert [frame.block for frame in diagnostic.trail] == ["Unit"]
