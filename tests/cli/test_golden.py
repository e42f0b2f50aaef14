"""Whole outputs of the commands."""

import json
import re

import pytest

from archdsl.cli import COMMANDS
from archdsl.codes import CODES
from archdsl.lint.catalogue import RULES
from tests.cli.commands import Commands
from tests.cli.nets import SHARED, TINY, TUNED, WRONG
from tests.golden import check_golden


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help(archdsl: Commands, command: str) -> None:
    words = [command, "--help"] if command else ["--help"]
    check_golden(f"cli/help_{command or 'archdsl'}.txt", str(archdsl(*words)))


@pytest.mark.parametrize(
    "spec",
    [
        "resnet.arch:ResNet50",
        "googlenet.arch:GoogLeNet",
        "vgg.arch:VGG16",
        "efficientnet.arch:EfficientNetB0",
        "mobilenet_v2.arch:MobileNetV2",
    ],
)
def test_summary_of_landmarks(archdsl: Commands, spec: str) -> None:
    result = archdsl("summary", spec)
    check_golden(f"cli/summary_{spec.partition(':')[2]}.txt", str(result))
    assert max(map(len, result.out.split("\n"))) <= 120


def test_summary_of_resnet50_fits_a_terminal(archdsl: Commands) -> None:
    lines = archdsl("summary", "resnet.arch:ResNet50").out.split("\n")
    assert len(lines) <= 45
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("depth_1", ["--depth", "1"]),
        ("depth_3", ["--depth", "3"]),
        ("no_fold", ["--depth", "2", "--no-fold"]),
        ("other_size", ["--input", "H=64", "--input", "W=48"]),
        ("other_classes", ["--set", "classes=7", "--depth", "1"]),
        ("md", ["--format", "md"]),
        ("csv", ["--format", "csv"]),
        ("json", ["--format", "json"]),
    ],
)
def test_summary_forms(archdsl: Commands, name: str, words: list[str]) -> None:
    spec = archdsl.write("tiny.arch", TINY)
    check_golden(f"cli/summary_tiny_{name}.txt", str(archdsl("summary", f"{spec}:Tiny", *words)))


def test_summary_of_shared_layers_and_training_outputs(archdsl: Commands) -> None:
    spec = archdsl.write("pyramid.arch", SHARED)
    check_golden("cli/summary_pyramid.txt", str(archdsl("summary", spec)))


def test_summary_without_sizes(archdsl: Commands) -> None:
    text = TINY.replace("H=32, W=32", "H, W")
    spec = archdsl.write("unsized.arch", text)
    check_golden("cli/summary_unsized.txt", str(archdsl("summary", spec)))


def test_json_of_a_file_is_a_list(archdsl: Commands) -> None:
    spec = archdsl.write("tiny.arch", TINY)
    assert isinstance(json.loads(archdsl("summary", spec, "--format", "json").out), list)


@pytest.mark.parametrize(
    "layer",
    [
        "conv1",
        "down.conv1",
        "down.shortcut.1",
        "down.relu2",
        "down.add1",
        "down",
        "stages",
        "gap1",
        "fc",
    ],
)
def test_explain_layer(archdsl: Commands, layer: str) -> None:
    result = archdsl("explain", archdsl.write("tiny.arch", TINY), layer)
    check_golden(f"cli/explain_{layer.replace('.', '_')}.txt", str(result))


def test_explain_shared_and_training_layers(archdsl: Commands) -> None:
    spec = archdsl.write("pyramid.arch", SHARED)
    check_golden("cli/explain_head.txt", str(archdsl("explain", spec, "head")))
    check_golden("cli/explain_aux.txt", str(archdsl("explain", spec, "aux")))


def test_explain_code(archdsl: Commands) -> None:
    result = archdsl("explain", "e303")
    assert result.code == 0
    assert result.out.startswith("# E303 size-underflow\n")


def test_explain_all_codes(archdsl: Commands) -> None:
    """One after the other, each as if it was asked for."""
    result = archdsl("explain", "--all")
    codes = re.findall(r"^# ([A-Z]\d+) ", result.out, flags=re.MULTILINE)
    assert codes == sorted({*CODES, *RULES})
    assert result.out == "\n".join(archdsl("explain", code).out for code in codes)
    assert result == archdsl("explain", "--all", "--format", "md")


def test_zoo(archdsl: Commands) -> None:
    check_golden("cli/zoo.txt", str(archdsl("zoo")))


def test_zoo_prints_a_file(archdsl: Commands) -> None:
    expected = (archdsl.folder / "resnet.arch").read_text()
    assert archdsl("zoo", "resnet") == (0, expected, "")
    assert archdsl("zoo", "ResNet50") == (0, expected, "")


def test_zoo_copies_a_file(archdsl: Commands) -> None:
    assert archdsl("zoo", "lenet", "-o", "mine.arch").code == 0
    copied = (archdsl.folder / "mine.arch").read_text()
    assert copied == (archdsl.folder / "lenet.arch").read_text()
    check_golden("cli/zoo_exists.txt", str(archdsl("zoo", "lenet", "-o", "mine.arch")))


def test_compile(archdsl: Commands) -> None:
    spec = archdsl.write("tiny.arch", TINY)
    # The backend's own tests hold its text; here its size may change.
    shown = re.sub(r"[0-9.]+ kB", "N kB", str(archdsl("compile", spec)))
    check_golden("cli/compile.txt", shown)
    assert (archdsl.folder / "build" / "tiny.py").read_text().startswith('"""')


def test_compile_all_networks_of_a_file(archdsl: Commands) -> None:
    result = archdsl("compile", "resnet.arch", "-o", "out")
    assert result.code == 0
    assert sorted(path.name for path in (archdsl.folder / "out").iterdir()) == [
        "res_net101.py",
        "res_net152.py",
        "res_net18.py",
        "res_net34.py",
        "res_net50.py",
    ]
    assert len(set(map(len, result.out.splitlines()))) == 1  # columns are aligned


def test_compile_plans(archdsl: Commands) -> None:
    spec = archdsl.write("tuned.arch", TINY + TUNED)
    whole = archdsl("compile", spec, "-o", "whole")
    named = archdsl("compile", f"{spec}:Tuned", "--to", "pytorch,svg", "-o", "named")
    shown = re.sub(r"[0-9.]+ kB", "N kB", str(whole) + str(named))
    check_golden("cli/compile_plans.txt", shown)
    text = (archdsl.folder / "whole" / "tuned.py").read_text()
    assert text == (archdsl.folder / "named" / "tuned.py").read_text()
    assert "class Tuned(Tiny):" in text
    assert "class Tuned" not in (archdsl.folder / "whole" / "tiny.py").read_text()


def test_compile_notes_a_coarser_diagram(archdsl: Commands) -> None:
    layers = "".join(f"  conv({1 + number % 7})\n" for number in range(600))
    archdsl.write("long.arch", f"network Long {{\n  input x: image[3, 8, 8]\n{layers}}}\n")
    result = archdsl("compile", "long.arch", "--to", "mermaid")
    assert result.code == 0
    assert result.err.startswith("note: build/long.mmd: Mermaid draws up to 500 connections")
    assert result.err.endswith("this is the stage level\n")


def test_compile_with_an_error_writes_nothing(archdsl: Commands) -> None:
    spec = archdsl.write("both.arch", TINY + WRONG)
    result = archdsl("compile", spec)
    assert result.code == 1
    assert not (archdsl.folder / "build").exists()


def test_check(archdsl: Commands) -> None:
    tiny = archdsl.write("tiny.arch", TINY)
    wrong = archdsl.write("wrong.arch", WRONG)
    check_golden("cli/check.txt", str(archdsl("check", tiny, wrong)))


def test_check_goes_on_after_a_file_that_cannot_be_read(archdsl: Commands) -> None:
    wrong = archdsl.write("wrong.arch", WRONG)
    tiny = archdsl.write("tiny.arch", TINY)
    check_golden("cli/check_missing.txt", str(archdsl("check", "none.arch", wrong, tiny)))
