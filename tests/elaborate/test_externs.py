"""Extern ops: wherever a block or an op may stand, with shapes that are evaluated and never run."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archdsl.graph.ir import Graph
from archdsl.graph.text import text_form
from archdsl.ops.extern import ExternOp, Reference
from tests.elaborate.programs import check, graph, network
from tests.golden import check_golden

ROOT = Path(__file__).parents[2]
BLUR = """\
extern op Blur(size: int = 3, mode: str = "reflect") {
  shape [input.channels, ceil(input.height / 2), ceil(input.width / 2)]
  pytorch "kornia.filters:BlurPool2D"
  onnx "org.kornia:BlurPool"
  params size * size * input.channels
}
"""
EVERYWHERE = (
    BLUR
    + """\
let wide = Blur(5)
block Unit(width: int, down: block = Blur) {
  conv(width) -> down
}
block Chain = conv(4) -> Blur(7)
network N(down: block = Blur(mode="zeros")) {
  input x: image[3, H=64, W=64]
  shared common = Blur(9)
  Blur
  Unit(4); Unit(4, wide); Unit(4, down=relu)
  down
  wide(mode="same")
  named = Blur
  Chain
  if prev.channels == 4 { Blur(size=prev.channels) }
  level = repeat 2 { Unit(4, down) }
  a = x -> common
  b = a -> common
  residual { conv(4) -> Blur } shortcut { Blur; conv(4, 1) }
  c = prev
  output a, b, c
}
"""
)


def externs(of: Graph) -> list[str]:
    return [step.path for step in of.steps if isinstance(step.layer.op, ExternOp)]


def test_everywhere() -> None:
    check_golden("graph/externs.txt", text_form(check(EVERYWHERE).graph))


def test_what_the_op_knows() -> None:
    step = graph("Blur(5)", BLUR).steps[0]
    op = step.layer.op
    assert isinstance(op, ExternOp)
    assert op.torch_class == Reference("kornia.filters", "BlurPool2D")
    assert op.onnx_operator == Reference("org.kornia", "BlurPool")
    assert (op.name, op.place.line) == ("Blur", 1)
    assert dict(step.layer.args) == {"size": 5, "mode": "reflect"}
    assert (step.layer.params, step.layer.buffers, step.layer.weights) == (75, 0, ())


def test_only_a_shape_is_needed() -> None:
    layer = graph("Same", "extern op Same { shape input.shape }\n").steps[0].layer
    assert (layer.opaque_params, layer.outputs) == (0, layer.inputs)


def test_defaults_see_the_parameters_before_them() -> None:
    head = "extern op Op(n: int, m: int = 2 * n) { shape [input.channels, m] }\n"
    (layer,) = [step.layer for step in graph("Op(4)", head).steps]
    assert layer.args == {"n": 4, "m": 8}
    assert layer.outputs[0].shape == (3, 8)


def test_whole_numbers_become_floats_where_only_those_are_declared() -> None:
    head = "extern op Op(a: float, b: list[float], c: list[int | float], d: list[list[float]]) {"
    head += " shape input.shape }\n"
    (layer,) = [step.layer for step in graph("Op(1, [1, 2.5], [1], [[1]])", head).steps]
    assert repr(dict(layer.args)) == repr({"a": 1.0, "b": (1.0, 2.5), "c": (1,), "d": ((1.0,),)})


def test_alike_layers_share_one_record() -> None:
    of = graph("a = x -> Blur\nb = x -> Blur\nc = x -> Blur(5)\nadd [a, b]\nadd [prev, c]", BLUR)
    a, b, c = (step.layer for step in of.steps[:3])
    assert a is b
    assert a is not c


def test_two_ops_of_one_name_in_two_files() -> None:
    """Nothing is remembered by name alone."""
    text = 'from "a.arch" import Op as A\nfrom "b.arch" import Op as B\n'
    files = {
        "a.arch": "extern op Op { shape [2] }\n",
        "b.arch": "let n = 3\nextern op Op { shape [n] }\n",
    }
    of = check(text + network("a = x -> A\nb = x -> B\noutput a, b"), files).graph
    assert [str(of.types[output.value]) for output in of.outputs] == ["[2]", "[3]"]
    assert externs(of) == ["a", "b"]


def test_an_imported_block_brings_its_own_op() -> None:
    files = {"blocks.arch": BLUR + "block Unit { conv(4) -> Blur }\n"}
    of = check('from "blocks.arch" import Unit\n' + network("Unit; Unit"), files).graph
    assert externs(of) == ["unit1.blur1", "unit2.blur1"]


@pytest.mark.parametrize("size", [1, 2, 31, 224])
def test_symbolic_sizes_are_those_of_every_number(size: int) -> None:
    body = "conv(4) -> Blur -> Blur\nconv(4, stride=2) -> Blur"
    symbolic = graph(body, BLUR, "image[3, H=32, W=32]")
    fixed = graph(body, BLUR, f"image[3, {size}, 7]")
    for one, other in zip(symbolic.types, fixed.types, strict=True):
        found = [
            dim if isinstance(dim, int) else dim.evaluate({"H": size, "W": 7}) for dim in one.shape
        ]
        assert tuple(found) == other.shape


def test_a_stride_of_two_is_the_same_size() -> None:
    """Both have one canonical form, so that they can be added."""
    of = graph("a = x -> conv(3, stride=2)\nb = x -> Blur\nadd [a, b]", BLUR)
    assert str(of.types[-1]) == "[3, (H-1)//2+1, (W-1)//2+1]"


def test_a_projection_passes_an_op_that_keeps_the_sizes() -> None:
    keeps = "extern op Swish { shape input.shape }\n"
    of = graph("residual { conv(8, stride=2) -> Swish } shortcut project", keeps)
    assert [step.path for step in of.steps if step.path.startswith("shortcut")] == [
        "shortcut.0",
        "shortcut.1",
    ]
    assert of.steps[2].layer.args["stride"] == (2, 2)


# --- quotients ------------------------------------------------------------------------------------


@given(
    function=st.sampled_from(["ceil", "floor", "int"]),
    above=st.sampled_from(["H", "H - 3", "2 * H + 1", "-H", "5 - H", "H * H", "W"]),
    below=st.integers(1, 9) | st.integers(-9, -1) | st.sampled_from(["W"]),
    more=st.sampled_from(["", " + 1", " - 2", " + H", " - W + 1", " + 1 - 3 * H"]),
    height=st.integers(1, 400),
    width=st.integers(1, 40),
)
@settings(max_examples=150, deadline=None)
def test_rounded_quotients_are_python_s(
    function: str, above: str, below: int | str, more: str, height: int, width: int
) -> None:
    """What is made of symbols, evaluated, is what Python makes of the numbers."""
    from math import ceil, floor

    source = f"{function}(({above}) / ({below}){more})"
    for name, path in (("H", "input.height"), ("W", "input.width")):
        source = source.replace(name, path)
    # Kept away from 0, where a shape would be none.
    text = f"extern op Op {{ shape [10 ** 9 + {source}] }}\n"
    outcome = check(text + network("Op", "", "image[3, H=400, W=40]"))
    if function == "int" and outcome.codes:
        # Rounds up below 0 and down above it: of a size that can be both, nothing can be said.
        assert outcome.codes == ["E216"]
        return
    (shape,) = outcome.graph.types[-1].shape
    found = shape if isinstance(shape, int) else shape.evaluate({"H": height, "W": width})
    names: dict[str, object] = {"H": height, "W": width, "ceil": ceil, "floor": floor}
    expected = eval(f"{function}(({above}) / ({below}){more})", names)  # noqa: S307
    assert found == 10**9 + expected


# --- nothing is imported --------------------------------------------------------------------------

LOADED = """
import sys
from archdsl.cli import main
before = set(sys.modules)
code = main(["check", sys.argv[1]])
print(code, *sorted(name for name in set(sys.modules) - before))
"""


def loaded(text: str, folder: Path) -> list[str]:
    """The exit code of a check in a process of its own, and the modules that it has loaded."""
    (folder / "net.arch").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", LOADED, str(folder / "net.arch")],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    return done.stdout.split("\n")[-2].split()


def test_a_check_imports_nothing_that_is_named(tmp_path: Path) -> None:
    text = 'extern op Antigravity { shape input.shape; pytorch "antigravity:Flight" }\n'
    text += 'extern op System { shape input.shape; pytorch "wave:open"; onnx "wave:open" }\n'
    code, *modules = loaded(text + network("Antigravity -> System"), tmp_path)
    assert code == "0"
    assert not {"antigravity", "wave", "kornia"} & set(modules)
    assert {"archdsl.elaborate.externs", "archdsl.ops.extern"} <= set(modules)


def test_a_check_without_externs_loads_nothing_of_them(tmp_path: Path) -> None:
    code, *modules = loaded(network("conv(8) -> relu"), tmp_path)
    assert code == "0"
    found = [name for name in modules if name.startswith("archdsl")]
    assert not [
        name for name in found if "extern" in name or "quotients" in name or "unparse" in name
    ]
