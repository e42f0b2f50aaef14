"""Extern ops in emitted modules: the import, the call, and the same results as by hand."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import archdsl
from archdsl import ArchError
from archdsl.backends.pytorch import emit
from archdsl.backends.pytorch.check import check
from archdsl.backends.pytorch.imports import Import, externs_of, import_lines
from archdsl.graph.ir import Graph
from tests.backends.emitted import of_text, run_tool, written
from tests.backends.externs import NET, OPS, random_network, write_package
from tests.elaborate.programs import check as elaborated
from tests.elaborate.programs import network
from tests.golden import check_golden


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with the classes, which can be imported."""
    write_package(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    yield tmp_path / "site"
    for name in [name for name in sys.modules if name.startswith("extern_ops")]:
        del sys.modules[name]


def text_of(source: str, folder: Path) -> str:
    return emit(of_text(source, folder))


def test_emitted_text(tmp_path: Path) -> None:
    check_golden("pytorch/externs.py", text_of(NET, tmp_path))


def test_results_are_those_of_the_modules_by_hand(package: Path, tmp_path: Path) -> None:
    from extern_ops.layers import BlurPool, Gain

    text = OPS + "network Net {\n  input x: image[3, 9, 8]\n  conv(4) -> Blur(5)\n"
    text += "  Gain(4, 2) -> relu\n  fold = conv(4) -> Gain(4)\n}\n"
    path = tmp_path / "net.arch"
    path.write_text(text)
    made = archdsl.load(path).module().eval()
    hand = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1),
        BlurPool(size=5),
        Gain(4, 2.0),
        nn.ReLU(),
        nn.Conv2d(4, 4, 3, padding=1),
        Gain(4, 1.0),
    )
    keys = ["conv1.weight", "conv1.bias", "blur1.kernel", "gain1.factor"]
    keys += ["fold.0.weight", "fold.0.bias", "fold.1.factor"]
    assert list(made.state_dict()) == keys
    hand.load_state_dict(dict(zip(hand.state_dict(), made.state_dict().values(), strict=True)))
    x = torch.randn(2, 3, 9, 8)
    with torch.no_grad():
        assert torch.equal(made(x), hand(x))
        assert made(x).shape == (2, 4, 5, 4)


def test_the_whole_network_runs_and_counts(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "net.arch"
    path.write_text(NET)
    net = archdsl.load(path)
    made = net.module()
    assert sum(parameter.numel() for parameter in made.parameters()) == net.params
    found = made(torch.randn(2, 3, 64, 96))
    assert [tuple(value.shape[1:]) for value in found] == [(8, 1, 2), (8, 1, 2), (8, 1, 1)]
    assert made.twice is not None and found.b.requires_grad


def test_a_missing_package_can_come_later(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    path = tmp_path / "net.arch"
    path.write_text(OPS + "network Late {\n  input x: image[3, 8, 8]\n  Blur\n}\n")
    net = archdsl.load(path)
    assert "from extern_ops.layers import BlurPool" in net.source()
    with pytest.raises(ModuleNotFoundError, match="extern_ops"):
        net.module()
    request.getfixturevalue("package")
    assert net.module()(torch.zeros(1, 3, 8, 8)).shape == (1, 3, 4, 4)


# --- names ----------------------------------------------------------------------------------------

CLASHES = """\
extern op A(BlurPool: int = 1) { shape input.shape; pytorch "mine.b10:BlurPool" }
extern op B { shape input.shape; pytorch "mine.b9:BlurPool" }
extern op C { shape input.shape; pytorch "mine.b9:Tensor" }
extern op D { shape input.shape; pytorch "mine.b9:list" }
extern op E { shape input.shape; pytorch "os:system" }
extern op G(nn: str = "torch.x") { shape input.shape; pytorch "torch.nn:LPPool2d" }
extern op H { shape input.shape; pytorch "torch:Generator" }
extern op I { shape input.shape; pytorch "typing:Any" }
extern op J { shape input.shape; pytorch "Mine:MAX" }
extern op K { shape input.shape; pytorch "mine.b9:lower" }
extern op L { shape input.shape; pytorch "mine.b9:MAX" }
extern op Long { shape input.shape; pytorch "a_package_of_some_length.and_its_module:OneClassOfIt" }
extern op Longer { shape input.shape; pytorch "a_package_of_some_length.and_its_module:AnotherOne" }
extern op Match { shape input.shape; pytorch "mine.b9:match" }
extern op Wide { shape input.shape; pytorch "mine.b9:wide" }
extern op X { shape input.shape; pytorch "mine.b9:x" }
extern op Net_ { shape input.shape; pytorch "mine.b9:Net" }
block BlurPool(wide: int, in_channels: int = 1) {
  let lower = 2 * wide
  conv(lower) -> bn(eps=1 / lower) -> dropout(1 / lower) -> B -> A(in_channels)
  Wide
}
network Net {
  input image: image[3, H=32, W=32]
  BlurPool(8); BlurPool(16, 5)
  A(3) -> B -> C -> D -> E -> G -> H -> I -> J -> K -> L -> Long -> Longer -> Match -> X -> Net_
  gap -> flatten -> linear(3)
  one = prev
  output one, image
}
"""


def test_names_that_mean_something_else(tmp_path: Path) -> None:
    check_golden("pytorch/extern_names.py", text_of(CLASHES, tmp_path))


SEEDS = (*range(40), 522, 920, 1441, 2400)
"""The last ones have 1, 1.0 and true, which are equal in Python, in one place of a block."""

NAMED_AS_PYTORCH_DOES = """\
extern op Op(kernel_size: int) { shape input.shape; pytorch "mine:Op" }
extern op Head(in_features: int) { shape [in_features]; pytorch "mine:Head" }
block Unit(width: int) {
  conv(width) -> Op([3, 5, 7][width // 4])
}
network Net {
  input image: image[3, 4, 4]
  Unit(4); Unit(8)
  flatten -> Head(7)
}
"""


def test_parameters_that_pytorch_s_modules_have_too(tmp_path: Path) -> None:
    """They are neither renamed nor worked out from the input."""
    emitted = text_of(NAMED_AS_PYTORCH_DOES, tmp_path)
    assert "Op(kernel_size=kernel_size)" in emitted
    assert "Head(in_features=7)" in emitted


def test_a_shortcut_is_applied_behind_its_branch(tmp_path: Path) -> None:
    """In the order of the graph: it may draw random numbers, and its result takes memory as long as
    it is kept.
    """
    emitted = text_of(
        'extern op Noise { shape input.shape; pytorch "mine:Noise" }\n'
        "network Net {\n  input image: image[3, 8, 8]\n"
        "  residual { Noise } shortcut { Noise; conv(3) }\n  relu\n}\n",
        tmp_path,
    )
    assert "return self.relu(self.noise1(x) + self.shortcut(x))" in emitted


STRINGS = r"""
extern op Op(a: str, b: list[str] = ["\"", "\\", "\n\t'"], c: float = 1e-30, d: bool = true) {
  shape input.shape
  pytorch "mine:Op"
}
block Text(a: str, b: list[int]) { conv(3) -> Op(a) -> Sizes(b) }
extern op Sizes(sizes: list[int]) { shape input.shape; pytorch "mine:Sizes" }
network Strings {
  input image: image[3, 8, 8]
  Op("\")\nimport os\nos.system('x') #")
  Op("it's \"quoted\" ' \u2028 ü")
  Text("a", []); Text("b'", [1, 2])
}
"""


def test_strings_stay_strings(tmp_path: Path) -> None:
    emitted = text_of(STRINGS.replace(r"\u2028", "\u2028"), tmp_path)
    check_golden("pytorch/extern_strings.py", emitted)
    assert emitted.isascii()
    tree = ast.parse(emitted)
    assert not [node for node in tree.body if isinstance(node, ast.Expr)][1:]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "os"]
    found = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    assert "\")\nimport os\nos.system('x') #" in found
    assert "it's \"quoted\" ' \u2028 ü" in found
    assert "\n\t'" in found


@given(
    text=st.text("aB0_.:é\"'\\\n;# ", max_size=12)
    | st.from_regex(r"[a-c_]{1,4}(\.[a-z_]{1,4})?:[A-Za-z_]{1,5}", fullmatch=True)
    | st.sampled_from(
        ["os:system", "a.if:b", "a:None", "a:b:c", "a.:b", "a:b ", "__main__:x", "a:__x"]
    )
)
@settings(max_examples=120, deadline=None)
def test_a_class_is_imported_or_refused(text: str) -> None:
    """Whatever stands in `pytorch`, it becomes the import of one class, or an error."""
    written = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    source = f'extern op Op {{ shape input.shape; pytorch "{written}" }}\n'
    outcome = elaborated(source + network("Op"))
    if outcome.diagnostics:
        assert outcome.codes == ["E224"]
        return
    tree = ast.parse(emit(outcome.graph))
    home, _, name = text.partition(":")
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    own = [node for node in imports if node.module not in ("torch", "typing")]
    assert [(node.module, node.names[0].name, len(node.names)) for node in own] == [(home, name, 1)]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    bound = own[0].names[0].asname or name
    assert [ast.unparse(call) for call in calls if ast.unparse(call.func) == bound] == [
        f"{bound}()"
    ]


def test_the_formatter_and_the_linter_have_nothing_to_say(tmp_path: Path) -> None:
    """Nor has our own check, which every emitted text has passed, whatever the arguments."""
    texts = [NET, CLASHES, STRINGS.replace(r"\u2028", "-"), *map(random_network, SEEDS)]
    paths = []
    for number, text in enumerate(texts):
        folder = tmp_path / str(number)
        folder.mkdir()
        paths += written([of_text(text, folder)], folder)
    formatted = run_tool("ruff", "format", "--isolated", "--diff", *paths, folder=tmp_path)
    assert formatted.returncode == 0, formatted.stdout
    rules = "--select=E,F,I,W,B,C4,PIE,RET,RUF,SIM,UP"
    linted = run_tool(
        "ruff", "check", "--isolated", rules, "--ignore=E501", *paths, folder=tmp_path
    )
    assert linted.returncode == 0, linted.stdout


def test_imports_are_sorted_as_ruff_sorts_them(tmp_path: Path) -> None:
    homes = ("torch", "torch.nn", "kornia", "Kornia", "kornia.x2", "kornia.x10", "os", "_a", "a1.b")
    names = ("B2", "B10", "a", "A", "MAX", "MAX_2", "Max", "x1", "X", "_b", "T", "b9")
    imports = [
        Import(home, name, "z" if (place + index) % 5 == 0 else "")
        for place, home in enumerate(homes)
        for index, name in enumerate(names)
    ]
    path = tmp_path / "sorted.py"
    path.write_text("\n".join(import_lines([Import("torch"), *imports])) + "\n")
    linted = run_tool("ruff", "check", "--isolated", "--select=I", str(path), folder=tmp_path)
    assert linted.returncode == 0, linted.stdout


# --- what cannot be written -----------------------------------------------------------------------


def test_without_a_class_there_is_no_module(tmp_path: Path) -> None:
    path = tmp_path / "net.arch"
    text = "extern op Op { shape input.shape }\nblock Unit { conv(3) -> Op }\n"
    path.write_text(text + "network N {\n  input x: image[3, 8, 8]\n  Unit; Unit\n  Op\n}\n")
    net = archdsl.load(path)
    for make in (net.source, net.module):
        with pytest.raises(ArchError) as error:
            make()
        # Once for each place that applies it.
        assert [found.code for found in error.value.diagnostics] == ["E702", "E702"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import BlurPool as BlurPool_", "import Gain as BlurPool_"),
        ("from extern_ops.layers", "from extern_ops.other"),
        ("BlurPool_(size=5", "BlurPool_(size=3"),
        ("Gain(channels=8, start=0.5)", "nn.Identity()"),
        ("self.gain1 = Gain(channels=8", "self.gain2 = Gain(channels=8"),
        ("class Chain", "class Gain"),
    ],
)
def test_a_wrong_module_is_noticed(old: str, new: str, tmp_path: Path) -> None:
    graph: Graph = of_text(NET, tmp_path)
    emitted = emit(graph)
    assert old in emitted
    names = {key: name + "_" * (name == "BlurPool") for key, name in externs_of(graph).items()}
    check(ast.parse(emitted), graph, frozenset(), names)
    with pytest.raises((AssertionError, KeyError)):
        check(ast.parse(emitted.replace(old, new)), graph, frozenset(), names)
