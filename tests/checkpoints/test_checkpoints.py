"""Checkpoints that nobody here made: read by us, run by what we emit, against their own code."""

import shutil

import pytest
import torch
from torch import Tensor

from archdsl import driver
from archdsl.diagnostics import Diagnostic
from archdsl.graph.ir import Graph
from archdsl.weights import read_weights
from tests.backends.emitted import module
from tests.checkpoints.packages import HERE, PUBLISHED, Published
from tests.cli.commands import Commands
from tests.onnx.running import difference, outputs, run


def graph_of(published: Published) -> Graph:
    file, _, name = published.spec.partition(":")
    checked = driver.load(str(HERE / file), name)
    assert not checked.diagnostics
    (graph,) = checked.graphs
    return graph


def examples(published: Published) -> list[Tensor]:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    return [torch.rand(2, *size) * 2 - 1 for size in published.sizes]


@pytest.mark.parametrize("published", PUBLISHED, ids=str)
def test_emitted_module_equals_the_package(published: Published) -> None:
    """The same keys in the same order, and the same outputs bit for bit."""
    graph = graph_of(published)
    weights = read_weights(graph, str(published.file))
    assert not isinstance(weights, Diagnostic), weights.message
    ours, theirs = module(graph).eval(), published.live()
    state = {key: torch.from_numpy(array) for key, array in weights.items()}
    assert list(state) == list(theirs.state_dict())
    ours.load_state_dict(state, strict=True)
    for x in examples(published):
        found, expected = outputs(ours, (x,)), outputs(theirs, (x,))
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert torch.equal(one, other)
            assert not torch.equal(other[0], other[1]), "the output does not depend on the input"


@pytest.mark.parametrize("published", PUBLISHED, ids=str)
def test_compiled_model_equals_the_package(published: Published, archdsl: Commands) -> None:
    """From the command line, as a user would."""
    shutil.copy(published.file, archdsl.folder)
    weights = published.file.name
    done = archdsl("compile", published.spec, "--to", "onnx", "--weights", weights)
    assert done.code == 0, done
    (path,) = (archdsl.folder / "build").glob("*.onnx")
    theirs = published.live()
    for x in examples(published):
        found, expected = run(path.read_bytes(), (x,)), outputs(theirs, (x,))
        for one, other in zip(found, expected, strict=True):
            assert difference(one, other) < 1e-4


def test_crepe_hears_a_pitch(archdsl: Commands) -> None:
    """What the published weights are for: the bin of a tone's frequency is the largest."""
    (tiny,) = (published for published in PUBLISHED if str(published) == "CrepeTiny")
    shutil.copy(tiny.file, archdsl.folder)
    assert archdsl("compile", tiny.spec, "--to", "onnx", "--weights", tiny.file.name).code == 0
    model = (archdsl.folder / "build" / "crepe_tiny.onnx").read_bytes()
    wanted = torch.tensor([110.0, 261.63, 440.0, 880.0])
    tones = torch.sin(2 * torch.pi * wanted[:, None] * torch.arange(1024) / 16_000)
    frames = (tones - tones.mean(1, keepdim=True)) / tones.std(1, keepdim=True)
    (found,) = run(model, (frames,))
    # Bins are 20 cents apart, and the first one is 1997.38 cents above 10 Hz (Kim et al., 2018).
    cents = 1200 * torch.log2(wanted / 10)
    bins = torch.from_numpy(found).argmax(1)
    assert ((1997.38 + 20 * bins - cents).abs() <= 20).all(), bins
