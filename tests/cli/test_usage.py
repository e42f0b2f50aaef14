"""Wrong usage: exit 2, and a message that says what to do."""

import pytest

from tests.cli.commands import Commands
from tests.cli.nets import TINY
from tests.golden import check_golden

WRONG_USAGE = [
    "chek tiny.arch",
    "tiny.arch:Tiny",
    "--verison",
    "check",
    "check tiny.arch --sett classes=3",
    "check tiny.arch --set classes",
    "check tiny.arch --set classes=1 --set classes=2",
    "check tiny.arch --set clases=1",
    "check tiny.arch --set classes=[1,",
    "check tiny.arch --input H=tall",
    "check tiny.arch --input H=0",
    "check none.arch",
    "check tiny.arch:Tinny",
    "check .",
    "check syntax.arch --set classes=1 --input H=nought",
    "compile twins.arch",
    "compile open.arch",
    "compile tiny.arch --to keras",
    "compile tiny.arch other.arch",
    "summary tiny.arch --format yaml",
    "summary tiny.arch --depth 0",
    "summary tiny.arch --depth",
    "summary tiny.arch --no-fold=yes",
    "summary tiny.arch --format csv --format md",
    "summary open.arch",
    "summary resnet.arch --format csv",
    "explain",
    "explain --all E303",
    "explain E303 --format md",
    "explain tiny.arch",
    "explain E399",
    "explain tiny.arch stages.7",
    "explain resnet.arch conv1",
    "init tiny.arch",
    "init tiny.arch -o weights.pt",
    "verify open.arch",
    "zoo ResNet5",
    "zoo -o mine.arch",
]
NET = "network Net {\n  input x: image[3, 8, 8]\n  conv(4)\n}\n"


def test_wrong_usage(archdsl: Commands) -> None:
    archdsl.write("tiny.arch", TINY)
    archdsl.write("syntax.arch", "network Tiny {")
    archdsl.write("twins.arch", "".join(NET.replace("Net", name) for name in ("MyNet", "My_Net")))
    archdsl.write("open.arch", NET.replace("Net", "Net(channels: int)"))
    shown = []
    for line in WRONG_USAGE:
        result = archdsl(*line.split())
        assert (result.code, result.out) == (2, ""), line
        shown.append(f"$ archdsl {line}\n{result.err}")
    check_golden("cli/usage.txt", "\n".join(shown))


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_version(archdsl: Commands, flag: str) -> None:
    import archdsl as package

    assert archdsl(flag) == (0, f"archdsl {package.__version__}\n", "")


def test_no_arguments_is_a_call_for_help(archdsl: Commands) -> None:
    assert archdsl() == archdsl("--help") == archdsl("help")
    assert archdsl("help", "zoo") == archdsl("zoo", "--help")


def test_a_value_for_a_file_with_an_error(archdsl: Commands) -> None:
    """The error is what counts."""
    archdsl.write("syntax.arch", "network Tiny {")
    result = archdsl("check", "syntax.arch", "--set", "classes=1")
    assert result.code == 1 and "error E107" in result.err
