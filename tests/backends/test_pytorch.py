"""Emitted PyTorch modules: how they read, and that they compute what the graph says."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from archdsl.analysis import Analysis
from archdsl.backends.pytorch import emit
from archdsl.backends.pytorch.check import check
from archdsl.graph.ir import Graph
from tests.backends.emitted import (
    ROOT,
    corpus,
    imported,
    landmarks,
    module,
    of_text,
    run_tool,
    written,
)
from tests.backends.externs import NET, write_package
from tests.backends.random_networks import network
from tests.backends.reference import Reference, calibrated
from tests.golden import check_golden

CORPUS = corpus()
LANDMARKS = landmarks()
EVERY = {**CORPUS, **LANDMARKS}


@pytest.mark.parametrize("name", EVERY)
def test_emitted_text(name: str) -> None:
    check_golden(f"pytorch/{name.lower()}.py", emit(EVERY[name]))


def test_the_formatter_and_the_linter_have_nothing_to_say(tmp_path: Path) -> None:
    files = written(EVERY.values(), tmp_path)
    formatted = run_tool("ruff", "format", "--isolated", "--diff", *files, folder=tmp_path)
    assert formatted.returncode == 0, formatted.stdout
    rules = "--select=E,F,I,W,B,C4,PIE,RET,RUF,SIM,UP"
    options = ("--isolated", rules, "--ignore=E501")
    linted = run_tool("ruff", "check", *options, *files, folder=tmp_path)
    assert linted.returncode == 0, linted.stdout


def test_the_type_checker_has_nothing_to_say(tmp_path: Path) -> None:
    write_package(tmp_path)
    files = written([*EVERY.values(), of_text(NET, tmp_path)], tmp_path)
    typed = ("--check-untyped-defs", "--disallow-untyped-defs", "--cache-dir", str(tmp_path))
    checked = run_tool("mypy", *typed, *files, folder=tmp_path)
    assert checked.returncode == 0, checked.stdout


def test_lines_are_short() -> None:
    for graph in EVERY.values():
        long = [line for line in emit(graph).split("\n") if len(line) > 88]
        assert not long


def test_a_block_keeps_its_name_beside_levels(tmp_path: Path) -> None:
    """Only a second class of one block gets a number, apart from a digit at the end of the name."""
    source = """
    block Pair() { conv(4); conv(3) }
    block Gate18(inner: block) { residual { inner; bn } }
    network Net {
      input x: image[3, 8, 8]
      Gate18(relu)
      Gate18(Pair)
      skip = { residual { conv(3); relu } }
      output skip
    }
    """
    tree = ast.parse(emit(of_text(source, tmp_path)))
    names = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    assert sorted(names) == ["Gate18", "Gate18_2", "Net", "Pair", "Skip"]


# --- what it computes -----------------------------------------------------------------------------


def inputs_of(graph: Graph, batch: int = 2) -> tuple[torch.Tensor, ...]:
    analysis = Analysis(graph)
    generator = torch.Generator().manual_seed(0)
    shapes = [analysis.shape(given.value) for given in graph.inputs]
    return tuple(torch.randn(batch, *shape, generator=generator) for shape in shapes if shape)


def check_module(graph: Graph) -> None:
    """Keys, shapes and order are the graph's, and outputs equal the flat execution bit for bit."""
    made = module(graph)
    keys = [(key, tuple(tensor.shape)) for key, tensor in made.state_dict().items()]
    assert keys == [(key, weight.shape) for key, weight in graph.weights()]
    inputs = inputs_of(graph)
    state = calibrated(made, inputs)
    with torch.no_grad():
        found = made(*inputs)
        expected = Reference(graph, state)(*inputs)
    for output in graph.outputs:
        value = found if isinstance(found, torch.Tensor) else getattr(found, output.name)
        if output.training:
            assert not isinstance(value, torch.Tensor) or value is found
        else:
            assert torch.equal(value, expected[output.name]), output.name


@pytest.mark.parametrize("name", CORPUS)
def test_small_networks_compute_what_the_graph_says(name: str) -> None:
    check_module(CORPUS[name])


@pytest.mark.parametrize("name", ["GoogLeNet", "MobileNetV2"])
def test_landmarks_compute_what_the_graph_says(name: str) -> None:
    check_module(LANDMARKS[name])


@given(seed=st.integers(0, 10_000))
@settings(max_examples=8)
def test_random_networks_compute_what_the_graph_says(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    check_module(of_text(network(seed), tmp_path_factory.mktemp("random")))


def test_outputs_of_training_mode() -> None:
    graph = LANDMARKS["GoogLeNet"]
    made = module(graph)
    inputs = inputs_of(graph)
    state = calibrated(made, inputs)
    for part in made.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    assert isinstance(made(*inputs), torch.Tensor)
    made.train()
    for part in made.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.eval()
    with torch.no_grad():
        found = made(*inputs)
        expected = Reference(graph, state)(*inputs)
    assert type(found).__name__ == "GoogLeNetOutput"
    for output in graph.outputs:
        assert torch.equal(getattr(found, output.name), expected[output.name])


def test_gradients_flow_through_activations_in_place() -> None:
    for name in ("Blocks", "Branches", "UNet", "Ops", "Library"):
        made = module(CORPUS[name]).train()
        made(*inputs_of(CORPUS[name])).sum().backward()
        assert all(parameter.grad is not None for parameter in made.parameters())


@pytest.mark.parametrize("name", ["Blocks", "UNet", "Pyramid", "Several", "Scales"])
def test_export_and_script(name: str, tmp_path: Path) -> None:
    graph = CORPUS[name]
    made = imported(graph, tmp_path).eval()
    inputs = inputs_of(graph)
    with torch.no_grad():
        expected = made(*inputs)
        exported = torch.export.export(made, inputs).module()(*inputs)
        scripted = torch.jit.script(made)(*inputs)
    assert torch.equal(first(exported), first(expected))
    assert torch.equal(first(scripted), first(expected))


@pytest.mark.parametrize("name", ["Blocks", "Several", "Opened", "Ops"])
def test_one_graph_for_the_compiler(name: str) -> None:
    made = module(CORPUS[name]).eval()
    inputs = inputs_of(CORPUS[name])
    compiled = torch.compile(made, fullgraph=True, backend="eager")
    with torch.no_grad():
        assert torch.equal(first(compiled(*inputs)), first(made(*inputs)))


def first(outputs: object) -> torch.Tensor:
    found = outputs if isinstance(outputs, torch.Tensor) else outputs[0]  # type: ignore[index]
    assert isinstance(found, torch.Tensor)
    return found


def test_channels_last_and_autocast() -> None:
    made = module(CORPUS["Blocks"]).eval().to(memory_format=torch.channels_last)
    (images,) = inputs_of(CORPUS["Blocks"])
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        assert made(images.to(memory_format=torch.channels_last)).shape == (2, 10)


# --- the same bytes -------------------------------------------------------------------------------


def test_the_same_bytes_under_every_hash_seed() -> None:
    program = (
        "import sys, hashlib\n"
        "from archdsl import driver\n"
        "from archdsl.backends.pytorch import emit\n"
        "texts = [emit(graph) for graph in driver.load(sys.argv[1]).graphs]\n"
        "print(hashlib.sha256(''.join(texts).encode()).hexdigest())\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program, str(ROOT / "specs" / "mobilenet_v2.arch")],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(found) == 1


# --- user text cannot become code -----------------------------------------------------------------

HOSTILE = r"""
block Tensor(layers: int, range: int = 2, hidden: int = 1) {
  "# coding: utf-7 \"\"\" import os; os.abort() \\"
  residual if hidden == 1 { nn = conv(layers) -> bn -> relu }
  super = conv(range)
}

block DropPath(self: int) {
  "Ends in a backslash \\"
  torch = conv(self) -> relu
  "F" = conv(self, 1)
}

network print {
  "-*- coding: utf-7 -*-
+AAo-import os;os.abort() \"\"\""
  input lambda_: image[3, 8, 8]
  Tensor(3, 3)
  "x-y" = Tensor(4, 4, hidden=2)
  "super" = DropPath(4)
  residual(drop=0.5) { conv(4) }
  "0" = DropPath(8)
  gap -> flatten
  self_ = linear(2)
}
"""


def test_hostile_text(tmp_path: Path) -> None:
    text = HOSTILE.replace("-*-\n+AAo", "-*- +AAo")
    graph = of_text("arch 1\n" + text, tmp_path)
    emitted = emit(graph)
    check_golden("pytorch/hostile.py", emitted)
    assert emitted.isascii()
    assert not {"os", "abort"} & {
        node.id for node in ast.walk(ast.parse(emitted)) if isinstance(node, ast.Name)
    }
    path = written([graph], tmp_path)[0]
    formatted = run_tool("ruff", "format", "--isolated", "--diff", path, folder=tmp_path)
    assert formatted.returncode == 0, formatted.stdout
    names: dict[str, object] = {"__name__": "emitted"}
    exec(compile(emitted, "emitted.py", "exec"), names)  # noqa: S102
    made = names["print_"]()  # type: ignore[operator]
    assert [key for key, _ in graph.weights()] == list(made.state_dict())


# --- the check of the emitted text ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("stride=stride", "stride=1"),
        ("4 * width", "2 * width"),
        ("if stride != 1 or in_channels != out_channels", "if stride != 1"),
        ("self.bn3 = nn.BatchNorm2d(out_channels)", "self.bn3 = nn.Identity()"),
        ("range(5)", "range(4)"),
        ("self.conv2", "self.conv_2"),
        ("import torch\n", "import torch\n\nprint()\n"),
    ],
)
def test_a_wrong_module_is_noticed(old: str, new: str) -> None:
    graph = LANDMARKS["ResNet50"]
    emitted = emit(graph)
    assert old in emitted
    with pytest.raises((AssertionError, KeyError)):
        check(ast.parse(emitted.replace(old, new)), graph, frozenset(), {})


# --- what once came out wrong ---------------------------------------------------------------------

ONCE_WRONG = {
    "chunk and split into one part": """
network Net {
  input x: image[3, 6, 5]
  one = chunk(1)
  relu -> conv(4)
  other = split([4])
  sigmoid
}
""",
    "a method of a product": """
network Net {
  input x: image[3, 6, 5]
  concat [conv(2) -> relu, sigmoid, tanh]
  scale(-2) -> permute([2, 0, 1])
}
""",
    "a level in a block that leads nowhere": """
block Unused {
  inner = conv(2) -> relu
  idle = sigmoid -> conv(1)
  inner -> tanh
}

network Net {
  input x: image[3, 6, 5]
  first = conv(4)
  unused = Unused
  output first
}
""",
    "a value of training mode that is read again": """
network Net {
  input left: tabular[7]
  input right: tabular[5]
  first = left -> droppath(0.1)
  dropout(0.1) -> linear(4)
  concat [prev, first]
  early = prev
  late = right -> linear(4) -> relu
  early -> linear(3)
  residual { relu -> linear(3) }
  aux = residual { bn -> linear(3) }
  late -> linear(2)
  main = dropout(0.3)
  output main
  output aux when training
}
""",
    "a layer that a block hands on to a level": """
block Twice(act: block) {
  inner = concat [act -> act -> bn, sigmoid]
}

network Net {
  input x: tabular[4]
  linear(4)
  Twice(tanh)
  Twice(relu)
}
""",
    "LRN of a volume that is not contiguous": """
network Net {
  input x: volume[3, 4, 5, 6]
  permute([0, 1, 3, 2]) -> lrn(3, k=2)
}
""",
    "an activation of a sum of one value, which is read again": """
network Net {
  input x: image[3, 6, 5]
  first = conv(4)
  add [first]
  leaky_relu -> conv(4)
  concat [first, prev]
}
""",
}


@pytest.mark.parametrize("name", ONCE_WRONG)
def test_what_once_came_out_wrong(name: str, tmp_path: Path) -> None:
    check_module(of_text(ONCE_WRONG[name], tmp_path))
