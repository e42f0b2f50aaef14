"""The helper modules of emitted files: clean source, and friendly to torch.compile and export."""

import subprocess
import sys

import pytest
import torch
from torch import nn

from archdsl.ops.torch_support import SUPPORT
from tests.ops.forms import layer, module

IMPORTS = {
    "torch.": "import torch",
    "nn.": "from torch import Tensor, nn",
    "F.": "from torch.nn import functional as F",
}


def source(name: str) -> str:
    """A file with this class alone."""
    used = [line for mark, line in IMPORTS.items() if f" {mark}" in f" {_code(name)}"]
    return "\n".join(used) + f"\n\n\n{SUPPORT[name]}\n"


def _code(name: str) -> str:
    return SUPPORT[name].replace("(", " ").replace("=", " ")


def ruff(*args: str, text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ruff", *args, "-"],
        check=False,
        input=text,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("name", sorted(SUPPORT))
def test_source_is_clean(name: str) -> None:
    text = source(name)
    formatted = ruff("format", "--isolated", text=text)
    assert formatted.stdout == text
    found = ruff("check", "--isolated", "--select", "E,F,I,UP,B,RUF", "--line-length=88", text=text)
    assert found.returncode == 0, found.stdout


def every_support_module() -> nn.Sequential:
    """A network that goes through helper modules of every kind."""
    shape: tuple[int, ...] = (8, 12, 12)
    modules = []
    for name, args in [
        ("conv", {"channels": 8, "pad": ((0, 1), (1, 0))}),
        ("conv", {"channels": 8, "pad": ((0, 1), (1, 0)), "pad_mode": "reflect"}),
        ("ln", {}),
        ("channel_shuffle", {"groups": 2}),
        ("maxpool", {"pad": ((0, 1), (1, 0))}),
        ("avgpool", {"pad": ((0, 1), (1, 0)), "count_pad": False}),
        ("linear", {"features": 12, "axis": "channels"}),
        ("attention", {"heads": 3}),
        ("droppath", {"p": 0.2}),
    ]:
        found = layer(name, shape, **args)  # type: ignore[arg-type]
        shape = found.outputs[0].shape  # type: ignore[assignment]
        modules.append(module(found))
    return nn.Sequential(*modules)


def test_modules_can_be_exported_and_compiled() -> None:
    torch.manual_seed(0)
    network = every_support_module().eval()
    x = torch.randn(2, 8, 12, 12)
    expected = network(x)
    exported = torch.export.export(network, (x,)).module()
    assert torch.allclose(exported(x), expected, atol=1e-6)
    compiled = torch.compile(network, fullgraph=True, backend="eager")
    assert torch.allclose(compiled(x), expected, atol=1e-6)
    network.train()
    torch.compile(network, fullgraph=True, backend="eager")(x).sum().backward()
