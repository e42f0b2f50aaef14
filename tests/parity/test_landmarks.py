"""Every landmark against the network it reproduces: names, shapes, figures, outputs bit for bit."""

import functools
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torchvision import models

import archdsl
from tests.parity.calibration import calibrate, check_reacts
from tests.parity.comparing import described, difference
from tests.parity.counting import count_macs, count_params
from tests.parity.landmarks import LANDMARKS, Landmark, googlenet

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


@pytest.mark.parametrize("width", [0.35, 0.75, 1.4])
def test_width_multiplier_of_mobilenet_v2(width: float) -> None:
    net = archdsl.load(SPECS / "mobilenet_v2.arch", "MobileNetV2", width_mult=width)
    with torch.device("meta"):
        theirs = models.mobilenet_v2(width_mult=width)
        assert described(net.module()) == described(theirs)
    assert net.params == count_params(theirs)
    assert net.macs == count_macs(theirs, (3, 224, 224))


@pytest.mark.parametrize("pixels", [160, 225, 299])
def test_macs_at_other_sizes(pixels: int) -> None:
    """Odd sizes, where rounding in pools and strides shows."""
    for spec, network, factory in (
        ("resnet", "ResNet50", models.resnet50),
        ("googlenet", "GoogLeNetNoAux", lambda: googlenet(aux=False)),
    ):
        net = archdsl.load(SPECS / f"{spec}.arch", network, sizes={"H": pixels, "W": pixels + 31})
        with torch.device("meta"):
            theirs = factory()
        assert net.macs == count_macs(theirs, (3, pixels, pixels + 31))
