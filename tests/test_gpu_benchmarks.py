"""The checks for GPUs, rehearsed on the CPU: that they run, and see what is wrong."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from benchmarks import __main__ as benchmarks
from benchmarks.gpu import __main__ as gpu
from benchmarks.gpu import figures, networks, parity, plans, setting, training
from benchmarks.gpu.beside import Job, in_processes
from benchmarks.gpu.report import Finding, Report
from benchmarks.gpu.run import NETS, run

TINY = setting.REHEARSAL._replace(batch=2)
IMAGES = torch.randn(2, 3, 8, 8)


def rehearsed(
    parts: Sequence[str], names: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> list[str]:
    """Each line's part, network and verdict."""
    report = Report()
    run(TINY, report, parts, names)
    lines = capsys.readouterr().out.splitlines()
    assert report.ok == (not any("FAILED" in line for line in lines))
    return [" ".join(line.split()[2:5]) for line in lines]


def test_networks_train_and_compile(capsys: pytest.CaptureFixture[str]) -> None:
    parts = ("training", "compiled")
    assert rehearsed(parts, ["Images"], capsys) == ["compiled Images ok", "training Images ok"]
    assert rehearsed(["training"], ["LeNet5"], capsys) == ["training LeNet5 ok"]


def test_networks_are_compared_with_torchvisions(capsys: pytest.CaptureFixture[str]) -> None:
    assert rehearsed(["parity"], ["MobileNetV2"], capsys) == ["parity MobileNetV2 ok"]


def test_plans_are_trained(capsys: pytest.CaptureFixture[str]) -> None:
    assert rehearsed(["plans"], ["LastLayers"], capsys) == ["plans LastLayers ok"]


def test_float16_is_scaled(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report()
    training.check_half(setting.REHEARSAL, NETS["LeNet5"], report)
    assert report.ok
    assert "of 16 steps skipped" in capsys.readouterr().out


def test_times_are_shown_as_images_a_second(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(figures, "WARM_UP", 0)
    report = Report()
    run(TINY._replace(timed_batch=1), report, ["figures"], ["MobileNetV2"])
    assert [row.text for row in report.rows] == [
        f"MobileNetV2, {precision}, {what}"
        for precision in ("float32", "bfloat16")
        for what in ("training", "inference")
    ]
    assert capsys.readouterr().out.count("/s ") == 8


def test_processes_print_their_lines_and_hand_on_their_figures(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    report = Report()
    with in_processes(setting.REHEARSAL, [Job("training", "LeNet5", 0)], report):
        assert not report.rows
    report.write(tmp_path / "all.json")
    line = capfd.readouterr().out
    (row,) = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert line.split()[2:5] == ["training", "LeNet5", "ok"]
    assert row["text"] in line
    assert row["figures"]["last"] < row["figures"]["first"]


def test_a_process_that_ends_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    report = Report()
    with in_processes(TINY, [Job("compiled", "ResNet50", 0)], report):
        pass
    assert not report.ok
    assert "compiled  ResNet50          FAILED  " in capfd.readouterr().out


# --- what is wrong --------------------------------------------------------------------------------


def test_without_a_device(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setting, "has_device", lambda: False)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "gpu"])
    assert benchmarks.main() == 2
    assert capsys.readouterr().err == benchmarks.NO_GPU + "\n"


def test_a_failure_is_a_line_and_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def settle(module: nn.Module, images: Tensor) -> None:
        if images.shape[1] == 1:
            raise RuntimeError("one channel\nand more")

    monkeypatch.setattr(training, "settle", settle)
    words = ["training", "--device", "cpu", "--network", "LeNet5", "--network", "Images"]
    assert gpu.main(words) == 1
    _, first, second = capsys.readouterr().out.splitlines()
    assert "LeNet5            FAILED  RuntimeError at test_gpu_benchmarks.py:" in first
    assert first.endswith(": one channel")
    assert "Images" in second and " ok " in second


@pytest.mark.parametrize("losses", [[2.0, 2.0, 1.9, 1.8], [2.0, float("nan"), 0.1, 0.1, 0.1]])
def test_losses_that_do_not_fall(losses: list[float]) -> None:
    assert not training.Trained(losses, skipped=0).finding().ok


def test_parameters_that_do_not_learn() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3))
    module[0](IMAGES).sum().backward()
    assert training.gradients(module) == Finding(
        False, "4 finite gradients (none for 1.weight, 1.bias, 2 in all)"
    )


def test_maps_of_another_layout() -> None:
    class Contiguous(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.contiguous()

    module = nn.Sequential(nn.ReLU(), Contiguous(), nn.AdaptiveAvgPool2d(1))
    maps = training.Maps(module)
    module(IMAGES.to(memory_format=torch.channels_last))
    found = maps.finding(every=True)
    assert found == Finding(False, "1 of 2 maps channels-last (not 1 (Contiguous))")


def test_outputs_and_gradients_that_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    report = Report()
    # The loss of ours alone is another one.
    losses = iter([2.0, 1.0, 1.0])
    loss_of = parity.loss_of
    monkeypatch.setattr(parity, "loss_of", lambda *given: next(losses) * loss_of(*given))
    parity.check(TINY, NETS["MobileNetV2"], report)
    assert report.rows[0].text.startswith(
        "NOT training loss equal (they differ by 1.0e+00); NOT gradients within 1.0e+00 "
    )


def test_plans_that_are_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "_is_frozen", lambda group, epoch: group.name != "fc")
    report = Report()
    plans.check_all(TINY, ["LastLayers"], report)
    assert "NOT 32 tensors moved, 90 kept (wrong: layer4.0.conv1.weight, " in report.rows[0].text


def test_networks_that_do_not_react() -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(192, 10))
    networks.settle(module, IMAGES)
    with torch.no_grad():
        module[1].weight.zero_()
    found = parity._outputs("float32", module, module, IMAGES)
    assert found == Finding(False, "float32 outputs react to images (by 0.0e+00)")
