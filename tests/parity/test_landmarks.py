"""Every landmark against the network it reproduces: names, shapes, figures, outputs bit for bit."""

import functools
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import archdsl
from tests.parity.calibration import calibrate, check_reacts
from tests.parity.counting import count_macs, count_params
from tests.parity.landmarks import LANDMARKS, Landmark

SPECS = Path(__file__).parent.parent.parent / "specs"

every_landmark = pytest.mark.parametrize("landmark", LANDMARKS, ids=str)


@functools.cache
def load(landmark: Landmark) -> "archdsl.Network":
    return archdsl.load(SPECS / f"{landmark.spec}.arch", landmark.network)


def compiled(landmark: Landmark) -> nn.Module:
    """The emitted module, its tensors not yet allocated: they are always loaded here."""
    with torch.device("meta"):
        return load(landmark).module()


def reference(landmark: Landmark) -> nn.Module:
    """The reference, without its slow initialisation."""
    with torch.device("meta"):
        return landmark.reference()


def images(landmark: Landmark, seed: int, batch: int = 4) -> Tensor:
    channels, height, width = landmark.shape
    if landmark.pixels is not None:
        height = width = landmark.pixels
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, channels, height, width, generator=generator)


def difference(found: Tensor, expected: Tensor) -> float:
    """The largest difference, relative to the largest value."""
    return ((found - expected).abs().max() / expected.abs().max()).item()


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Sums in one order, and no fight for cores with other workers."""
    torch.set_num_threads(1)


@every_landmark
def test_figures(landmark: Landmark) -> None:
    net = load(landmark)
    figures = (net.params, net.macs, net.depth, net.receptive_field)
    assert figures == landmark[3:7]


@every_landmark
def test_figures_are_those_of_the_reference(landmark: Landmark) -> None:
    module = reference(landmark)
    assert count_params(module) == landmark.params
    assert count_macs(module, landmark.shape) == landmark.macs


@every_landmark
def test_state_dict_has_the_same_keys_shapes_and_order(landmark: Landmark) -> None:
    def described(module: nn.Module) -> list[tuple[str, tuple[int, ...]]]:
        return [(key, tuple(tensor.shape)) for key, tensor in module.state_dict().items()]

    assert described(compiled(landmark)) == described(reference(landmark))


@every_landmark
def test_outputs_are_bit_exact(landmark: Landmark) -> None:
    theirs = reference(landmark).to_empty(device="cpu")
    calibrate(theirs, images(landmark, seed=0))
    expected = check_reacts(theirs, images(landmark, seed=1, batch=2), images(landmark, 2, 2))

    ours = compiled(landmark)
    ours.load_state_dict(theirs.state_dict(), strict=True, assign=True)
    with torch.no_grad():
        found = ours.eval()(images(landmark, seed=1, batch=2))
    assert difference(found, expected) == 0.0


TRAINED = [
    landmark
    for landmark in LANDMARKS
    if landmark.network in ("GoogLeNet", "GoogLeNetPaper", "EfficientNetB0", "MobileNetV2")
]


@pytest.mark.parametrize("landmark", TRAINED, ids=str)
def test_training_mode_is_bit_exact(landmark: Landmark) -> None:
    """Auxiliary outputs, dropout and stochastic depth, which draw the same random numbers."""
    theirs = reference(landmark).to_empty(device="cpu")
    calibrate(theirs, images(landmark, seed=0))
    ours = load(landmark).module()
    ours.load_state_dict(theirs.state_dict(), strict=True)

    outputs = []
    for module in (theirs, ours):
        torch.manual_seed(3)
        with torch.no_grad():
            output = module.train()(images(landmark, seed=1))
        outputs.append(output if isinstance(output, tuple) else (output,))
    expected, found = outputs
    assert [difference(*pair) for pair in zip(found, expected, strict=True)] == [0.0] * len(found)
    # One step of training moves the running statistics by the same momentum to the same values.
    for key, tensor in ours.state_dict().items():
        assert torch.equal(tensor, theirs.state_dict()[key]), key
