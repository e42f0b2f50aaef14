"""The Python interface."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import archdsl
from archdsl.cli import main
from tests.cli.commands import ROOT
from tests.cli.nets import SHARED, TINY, TUNED, WRONG

RESNET = str(ROOT / "specs" / "resnet.arch")


@pytest.fixture
def tiny(tmp_path: Path) -> archdsl.Network:
    path = tmp_path / "tiny.arch"
    path.write_text(TINY)
    return archdsl.load(path)


def test_figures() -> None:
    net = archdsl.load(RESNET, "ResNet50")
    assert (net.name, net.params, net.trainable_params) == ("ResNet50", 25_557_032, 25_557_032)
    assert (net.macs, net.flops) == (4_089_184_256, 8_178_368_512)
    assert (net.depth, net.receptive_field, net.stride) == (50, 427, 32)
    assert (net.activations, net.peak_memory) == (37_561_832, 9_633_792)
    assert net.buffers == sum(b.numel() for b in net.module().buffers())
    assert net.output_shapes == {"fc": (1000,)}
    assert repr(net) == "<Network ResNet50: 25,557,032 parameters>"


def test_layers_by_path() -> None:
    net = archdsl.load(RESNET, "ResNet50")
    assert net.layer("layer3.0.conv2") == ((256, 14, 14), 256, 107, 16)
    assert net.layer("layer1").channels == 256
    with pytest.raises(KeyError, match="no layer or value 'layer9'"):
        net.layer("layer9")


def test_arguments_and_sizes() -> None:
    net = archdsl.load(RESNET, "ResNet18", sizes={"H": 64, "W": 32}, classes=10)
    assert net.output_shapes == {"fc": (10,)}
    assert net.layer("layer4").shape == (512, 2, 1)


def test_errors_carry_diagnostics(tmp_path: Path) -> None:
    path = tmp_path / "wrong.arch"
    path.write_text(WRONG)
    with pytest.raises(archdsl.ArchError, match="no op, block or value named `rellu`") as caught:
        archdsl.load(path)
    assert [found.code for found in caught.value.diagnostics] == ["E202"]


@pytest.mark.parametrize(
    ("network", "message"),
    [(None, "name one of ResNet18, ResNet34"), ("ResNet5", "did you mean `ResNet50`")],
)
def test_wrong_calls(network: str | None, message: str) -> None:
    with pytest.raises(archdsl.UsageError, match=message):
        archdsl.load(RESNET, network)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(archdsl.UsageError, match="cannot be read"):
        archdsl.load("none.arch")


def test_source_is_what_compile_writes(
    tiny: archdsl.Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["compile", "tiny.arch"]) == 0
    assert (tmp_path / "build" / "tiny.py").read_text() == tiny.source("pytorch") == tiny.source()
    with pytest.raises(ValueError, match="no target 'keras'"):
        tiny.source("keras")


def test_module_is_live(tiny: archdsl.Network) -> None:
    module = tiny.module()
    module(torch.rand(2, 3, 32, 32)).sum().backward()
    assert sum(p.numel() for p in module.parameters()) == tiny.params
    assert module is not tiny.module()


def test_plans(tmp_path: Path) -> None:
    path = tmp_path / "tuned.arch"
    path.write_text(TINY + TUNED)
    plan = archdsl.load(path, "Tuned")
    assert plan.plan is not None and repr(plan) == "<Network Tuned: 29,157 parameters>"
    assert (plan.trainable_params, plan.macs) == (165, archdsl.load(path, "Tiny", classes=5).macs)
    assert plan.source().startswith('"""Tuned, compiled by archdsl from tuned.arch')
    module = plan.module()
    assert type(module).__name__ == "Tuned"
    assert sum(p.numel() for p in module.parameters() if p.requires_grad) == 165
    with pytest.raises(archdsl.UsageError, match="name one of Tiny, Tuned"):
        archdsl.load(path)
    path.write_text(f'from "tiny.arch" import Tiny\n{TUNED}')
    (tmp_path / "tiny.arch").write_text(TINY)
    assert archdsl.load(path).name == "Tuned"


def test_module_can_be_pickled_and_scripted(tiny: archdsl.Network) -> None:
    module = tiny.module().eval()
    x = torch.rand(1, 3, 32, 32)
    assert torch.equal(pickle.loads(pickle.dumps(module))(x), module(x))  # noqa: S301
    assert torch.equal(torch.jit.script(module)(x), module(x))


def test_two_networks_of_one_name_do_not_meet(tmp_path: Path, tiny: archdsl.Network) -> None:
    wide = tmp_path / "wide.arch"
    wide.write_text(TINY.replace("conv(16)", "conv(16, 5)"))
    modules = (tiny.module(), archdsl.load(wide).module())
    assert type(modules[0]) is not type(modules[1])
    assert [module.conv1.kernel_size for module in modules] == [(3, 3), (5, 5)]


def test_module_without_torch(tiny: archdsl.Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r"pip install 'archdsl\[torch\]'"):
        tiny.module()


def test_onnx_takes_weights_from_a_file(tiny: archdsl.Network, tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    assert main(["init", str(tmp_path / "tiny.arch"), "-o", str(path), "--seed", "3"]) == 0
    assert tiny.onnx(path) == tiny.onnx(seed=3) != tiny.onnx()
    other = archdsl.load(tmp_path / "tiny.arch", classes=5)
    with pytest.raises(archdsl.ArchError) as caught:
        other.onnx(path)
    assert [found.code for found in caught.value.diagnostics] == ["E501"]


def test_onnx_lacks_a_layer(tmp_path: Path) -> None:
    path = tmp_path / "net.arch"
    path.write_text("network Net {\n  input x: image[3, 8, 8]\n  ln\n  upsample(9)\n}\n")
    with pytest.raises(archdsl.ArchError) as caught:
        archdsl.load(path).onnx(opset=1)
    assert {found.severity for found in caught.value.diagnostics} == {"error"}


def test_summary(tiny: archdsl.Network) -> None:
    summary = tiny.summary()
    assert str(summary).startswith("Tiny: image [3, H, W] at H=32, W=32\n")
    assert "Unit x3" in str(summary)
    assert "Unit x3" not in str(tiny.summary(fold=False))
    assert "<td" in summary._repr_html_()
    assert summary.to_markdown().startswith("### Tiny\n")
    assert summary.to_csv().startswith("path,op,")
    assert json.loads(summary.to_json())["params"] == tiny.params


def test_json_keeps_to_its_published_schema(tmp_path: Path) -> None:
    from archdsl.reports import SummaryReport, schemas

    for name, schema in schemas().items():
        published = (ROOT / "docs" / "schemas" / name).read_text()
        assert published == schema, f"{name}: `make schemas` writes it"
    path = tmp_path / "pyramid.arch"
    path.write_text(SHARED)
    report = SummaryReport.model_validate_json(archdsl.load(path).summary().to_json())
    assert [output.training for output in report.outputs] == [False, False, True]
    assert report.layers[0].path == "head"


def test_importing_is_light() -> None:
    program = "import sys, archdsl; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert not {"torch", "pydantic", "archdsl.driver"} & set(done.stdout.split())
    assert set(archdsl.__all__) <= set(dir(archdsl))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = archdsl.nothing


def test_version_is_that_of_the_package() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    assert f'version = "{archdsl.__version__}"' in text


def test_lint(tmp_path: Path) -> None:
    path = tmp_path / "net.arch"
    path.write_text(TINY.replace("bias=false", "bias=true", 1))
    found = archdsl.load(path).lint()
    assert [one.code for one in found] == ["P108"]
    assert found[0].instances == 4
    lines = path.read_text().replace(
        "    conv(width, stride", "    # archdsl: ignore[P108] so\n    conv(width, stride"
    )
    path.write_text(lines)
    assert archdsl.load(path).lint() == ()
