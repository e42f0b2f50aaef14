"""Every block of the standard library compiles, runs, and has the shape that it promises."""

import re
from pathlib import Path

import pytest
import torch
from torch import nn
from torchvision.ops import Conv2dNormActivation, SqueezeExcitation

import archdsl
from archdsl import driver, resources

LIBRARY = Path(resources.standard_library()) / "blocks.arch"

# A call of each block on a map of 32 channels and 16x16 positions, and the shape of its result.
CALLS = {
    "ConvBNAct(48, 5, stride=2, groups=4, act=silu)": (48, 8, 8),
    "DepthwiseSeparable(48, stride=2)": (48, 8, 8),
    "SqueezeExcite(8)": (32, 16, 16),
    "InvertedResidual(32, 5)": (32, 16, 16),
    "InvertedResidual(48, stride=2, ratio=1, squeeze=8)": (48, 8, 8),
    "PreActivation(32)": (32, 16, 16),
    "PreActivation(64, stride=2)": (64, 8, 8),
    "DenseLayer(12)": (44, 16, 16),
    "DenseLayer(12, drop=0.2)": (44, 16, 16),
    "DoubleConv(64)": (64, 16, 16),
    "ConvNeXt": (32, 16, 16),
    "ConvNeXt(drop=0.1)": (32, 16, 16),
}


def compiled(folder: Path, call: str) -> nn.Module:
    block = re.match(r"\w+", call)
    assert block
    spec = folder / "network.arch"
    spec.write_text(
        f"from std.blocks import {block[0]}\n"
        "network Sample {\n  input image: image[32, H=16, W=16]\n"
        f"  sample = {call}\n}}\n"
    )
    return archdsl.load(spec, "Sample").module()


def test_library_has_no_findings() -> None:
    assert driver.check(str(LIBRARY)).diagnostics == ()


def test_every_block_is_sampled() -> None:
    defined = set(re.findall(r"^block (\w+)", LIBRARY.read_text(), re.MULTILINE))
    assert {re.split(r"\W", call)[0] for call in CALLS} == defined


@pytest.mark.parametrize("call", CALLS)
def test_block_runs(call: str, tmp_path: Path) -> None:
    module = compiled(tmp_path, call)
    assert module(torch.randn(2, 32, 16, 16)).shape == (2, *CALLS[call])


@pytest.mark.parametrize(
    ("call", "theirs"),
    [
        ("SqueezeExcite(8)", SqueezeExcitation(32, 8)),
        ("SqueezeExcite(8, act=silu)", SqueezeExcitation(32, 8, nn.SiLU)),
        ("ConvBNAct(48, stride=2)", Conv2dNormActivation(32, 48, stride=2)),
    ],
)
def test_block_equals_torchvision(call: str, theirs: nn.Module, tmp_path: Path) -> None:
    ours = compiled(tmp_path, call)
    ours.load_state_dict({f"sample.{key}": value for key, value in theirs.state_dict().items()})
    x = torch.randn(2, 32, 16, 16)
    assert torch.equal(ours.eval()(x), theirs.eval()(x))
