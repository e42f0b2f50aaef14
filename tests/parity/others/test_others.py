"""Networks that do not ship, each written as a user would, against torchvision's or one by hand.

Names, order and shapes of the state dict, parameters, MACs, and outputs bit for bit in both modes.
"""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import archdsl
from archdsl.verify.check import verify
from archdsl.verify.report import text
from tests.parity.calibration import calibrate
from tests.parity.comparing import described, difference
from tests.parity.counting import count_macs, count_params
from tests.parity.others.networks import OTHERS, Other

FOLDER = Path(__file__).parent
BATCH = 2


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Sums in one order, and no fight for cores with other workers."""
    torch.set_num_threads(1)


def load(other: Other) -> "archdsl.Network":
    """The network at the sizes of its small input."""
    spec = FOLDER / f"{other.spec}.arch"
    axes = ("H", "W") if len(other.shape) == 3 else ("T", "H", "W")
    sizes = {} if other.arguments else dict(zip(axes, other.shape[1:], strict=True))
    return archdsl.load(spec, other.network, sizes=sizes, **other.arguments)


def inputs(other: Other, seed: int) -> Tensor:
    return torch.randn(BATCH, *other.shape, generator=torch.Generator().manual_seed(seed))


def outputs(module: nn.Module, values: Tensor) -> list[Tensor]:
    """All outputs of a module, in their order, whatever it puts them in."""
    torch.manual_seed(3)  # of dropout and stochastic depth
    with torch.no_grad():
        found = module(values)
    if isinstance(found, dict):
        return list(found.values())
    return list(found) if isinstance(found, tuple) else [found]


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_network_equals_its_reference(other: Other) -> None:
    net = load(other)
    with torch.device("meta" if other.lazy else "cpu"):
        theirs = other.reference()
        ours = net.module()
    assert described(ours) == described(theirs)
    assert net.params == count_params(theirs) == other.params
    assert net.macs == count_macs(theirs, other.shape)

    theirs = theirs.to_empty(device="cpu")
    calibrate(theirs, inputs(other, seed=0))
    ours.load_state_dict({k: v.clone() for k, v in theirs.state_dict().items()}, assign=True)
    expected = outputs(theirs, inputs(other, seed=1))
    for one, another in zip(expected, outputs(theirs, inputs(other, seed=2)), strict=True):
        assert difference(one, another) > 1e-2, "the output hardly depends on the input"

    found = outputs(ours.eval(), inputs(other, seed=1))
    assert [*map(difference, found, expected)] == [0.0] * len(expected)

    expected = outputs(theirs.train(), inputs(other, seed=1))
    found = outputs(ours.train(), inputs(other, seed=1))
    assert [*map(difference, found, expected)] == [0.0] * len(expected)
    for key, tensor in ours.state_dict().items():
        assert torch.equal(tensor, theirs.state_dict()[key]), key


@pytest.mark.parametrize("other", [other for other in OTHERS if other.onnx], ids=str)
def test_onnx_model_agrees(other: Other) -> None:
    report = verify(load(other).graph, 20)
    assert report.agrees, text(report)
