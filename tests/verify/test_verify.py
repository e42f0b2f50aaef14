"""`archdsl verify`: what it reports of sound networks, and that it finds what is planted."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from archdsl.backends import pytorch
from archdsl.backends.onnx.forms import FORMS
from archdsl.backends.onnx.records import Form, Node
from archdsl.graph.ir import Graph
from archdsl.ops.base import Layer
from archdsl.verify.calibrate import random_inputs
from archdsl.verify.cases import cases, other_sizes
from archdsl.verify.check import verify
from archdsl.verify.compare import compare
from archdsl.verify.report import text
from archdsl.verify.running import Session, Unrunnable
from tests.cli.nets import SHARED, TINY
from tests.golden import check_golden
from tests.onnx.nets import LAYERS, graph_of
from tests.verify.masking import masked

BRANCHES = """\
network Branches {
  input image: image[3, H=16, W=16] where H % 8 == 0, W % 8 == 0
  stem = conv(6) -> bn -> relu
  left = stem -> conv(4)
  right = stem -> conv(4, 5)
  joined = concat [left, right]
  head = conv(5) -> bn
}
"""

RISING = """\
network Rising {
  input image: image[4, 8, 8]
  conv(6, stride=2) -> conv_transpose(10, 4, stride=2, pad=1) -> relu
  conv_transpose(5, 2, stride=2, groups=5)
}
"""


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths in reports are relative, so that goldens hold anywhere."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("tiny", TINY),
        ("shared", SHARED),
        ("layers", LAYERS),
        ("branches", BRANCHES),
        ("rising", RISING),
    ],
)
def test_sound_networks_agree(
    name: str,
    source: str,
) -> None:
    report = verify(graph_of(source, Path()), 20)
    assert report.agrees, text(report)
    check_golden(f"verify/{name}.txt", masked(text(report)))


# --- planted mistakes -----------------------------------------------------------------------------


def replaced(op: str, attribute: str, value: object) -> Callable[[Layer, int], Form]:
    """The ONNX form of an op, with another attribute."""
    original = FORMS[op]

    def form(layer: Layer, opset: int) -> Form:
        found = original(layer, opset)
        assert isinstance(found, Node)
        return found._replace(attributes={**found.attributes, attribute: value})  # type: ignore[dict-item]

    return form


def test_a_mistake_in_the_model_is_located(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = graph_of(TINY, Path())
    monkeypatch.setitem(FORMS, "bn", replaced("bn", "epsilon", 1e-2))
    report = verify(graph, 20)
    assert not report.agrees
    check_golden("verify/wrong_eps.txt", masked(text(report)))
    assert report.culprit is not None
    assert "stages.0.bn1 (bn, net.arch:6)" in report.culprit


def planted(graph: Graph, old: str, new: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The emitted module, with one thing changed."""
    original = pytorch.emit(graph)
    assert original.count(old) == 1, original
    single = pytorch.emit

    def emit(given: Graph) -> str:
        return original.replace(old, new) if given is graph else single(given)

    monkeypatch.setattr(pytorch, "emit", emit)


def test_wrong_wiring_in_the_module_is_located(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = graph_of(BRANCHES, Path())
    planted(
        graph, "self.left(stem), self.right(stem)", "self.right(stem), self.left(stem)", monkeypatch
    )
    report = verify(graph, 20)
    assert not report.agrees
    check_golden("verify/wrong_wiring.txt", masked(text(report)))
    assert report.culprit is not None and "is head.0 (conv, " in report.culprit


def test_another_state_dict_ends_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = graph_of(BRANCHES, Path())
    planted(graph, "nn.Conv2d(3, 6, kernel_size=3", "nn.Conv2d(3, 6, kernel_size=5", monkeypatch)
    report = verify(graph, 20)
    assert not report.agrees and not report.outputs
    check_golden("verify/wrong_weight.txt", masked(text(report)))


def test_wrong_counts_and_shapes_have_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = graph_of(BRANCHES, Path())
    conv = next(step.layer.op for step in graph.steps if step.layer.op.name == "conv")
    original = type(conv).macs
    monkeypatch.setattr(type(conv), "macs", lambda self, layer: original(self, layer) * 2)
    planted(graph, "padding=2", "padding=1", monkeypatch)
    with pytest.raises(Unrunnable, match="PyTorch does not run the module"):
        verify(graph, 20)
    planted_shape = graph_of(BRANCHES.replace("conv(4, 5)", "conv(4, 1)"), Path())
    report = verify(planted_shape, 20)
    check_golden("verify/wrong_macs.txt", masked(text(report)))


def test_a_difference_of_the_whole_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step is right, and so is the module; what runs them is not."""
    graph = graph_of(BRANCHES, Path())
    original = Session.run

    def run(self: Session, inputs: tuple[torch.Tensor, ...]) -> object:
        found = original(self, inputs)
        return {name: array + 1 if name == "head" else array for name, array in found.items()}

    plain = Session.__init__

    def init(self: Session, proto: object, optimised: bool) -> None:
        plain(self, proto, optimised)
        if optimised and len(proto.graph.output) == 1:  # type: ignore[attr-defined]
            monkeypatch.setattr(self, "run", run.__get__(self), raising=False)

    monkeypatch.setattr(Session, "__init__", init)
    report = verify(graph, 20)
    assert not report.agrees
    assert report.culprit is not None
    assert "by itself with onnxruntime's optimisations" in report.culprit


def test_what_does_not_react_is_noted() -> None:
    source = "network One {\n  input x: image[3, 8, 8]\n  conv(1) -> softmax\n}\n"
    report = verify(graph_of(source, Path()), 20)
    assert report.agrees
    assert "output hardly depends on the input" in report.notes[0]


def test_what_cannot_run_is_said() -> None:
    source = "network One {\n  input x: image[3, 8, 8]\n  gap -> instance_norm\n}\n"
    with pytest.raises(Unrunnable, match="PyTorch does not run the module"):
        verify(graph_of(source, Path()), 20)


# --- parts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "other"),
    [
        ("image[3, H=32, W=64]", {"H": 33, "W": 65}),
        ("image[3, H=32, W=64] where H % 32 == 0", {"H": 64, "W": 65}),
        ("image[3, H=32, H]", {"H": 33}),
        ("image[3, H=32, 8] where H <= 32", {"H": 31}),
        ("image[3, H=32, 8] where H <= 32, H >= 32", None),
        ("image[3, 8, 8]", None),
    ],
)
def test_second_sizes(
    size: str,
    other: dict[str, int] | None,
) -> None:
    graph = graph_of(f"network One {{\n  input x: {size}\n  conv(4)\n}}\n", Path())
    assert other_sizes(graph) == other
    one, two = cases(graph)
    assert (one.batch, two.batch) == (1, 2)
    assert two.sizes == (other or one.sizes)
    (x,) = random_inputs(graph, two.batch, two.sizes, 0)
    assert x.shape[0] == 2


def test_second_sizes_work_for_every_layer() -> None:
    """A stage that halves the map needs an even one, whatever `where` says."""
    source = (
        "network One {\n  input x: image[4, H=16, 16] where H % 2 == 0\n"
        "  pixel_unshuffle(2) -> conv(8) -> pixel_shuffle(2)\n}\n"
    )
    assert other_sizes(graph_of(source, Path())) == {"H": 18}


def test_comparison() -> None:
    exact = torch.tensor([1.0, -4.0], dtype=torch.float64)
    single = torch.tensor([1.0, -4.0])
    assert compare(exact, single, single).agrees
    assert compare(exact, single, torch.tensor([1.0 + 4e-6, -4.0])).agrees
    assert not compare(exact, single, torch.tensor([1.0 + 2e-5, -4.0])).agrees
    # Where PyTorch itself is off by more, more is allowed.
    assert compare(exact, torch.tensor([1.00001, -4.0]), torch.tensor([1.00005, -4.0])).agrees
    for other in ([1.0, float("nan")], [1.0, float("inf")], [1.0], [0.0, 0.0]):
        assert not compare(exact, single, torch.tensor(other)).agrees
    infinite = torch.tensor([1.0, float("-inf")])
    assert compare(infinite.double(), infinite, infinite).agrees
    assert not compare(infinite.double(), infinite, torch.tensor([1.0, -3e38])).agrees
    zero = torch.zeros(2)
    assert compare(zero.double(), zero, zero).agrees
    assert not compare(zero.double(), zero, torch.tensor([0.0, 1e-9])).agrees
