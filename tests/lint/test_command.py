"""`archdsl lint` as a command."""

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from archdsl.cli import lint_fixes
from archdsl.linting import fixing, run
from archdsl.reports import FindingsReport
from tests.cli.commands import Commands
from tests.golden import check_golden
from tests.lint.nets import BIASED, CLEAN, SILENCED, WRONG


def test_what_the_command_says(archdsl: Commands) -> None:
    for name, text in (
        ("clean.arch", CLEAN),
        ("biased.arch", BIASED),
        ("silenced.arch", SILENCED),
        ("wrong.arch", WRONG),
    ):
        archdsl.write(name, text)
    commands = [
        "lint clean.arch",
        "lint biased.arch",
        "lint silenced.arch",
        "lint wrong.arch",
        "lint .",
        "lint . --level error",
        "lint . --statistics",
        "lint . --select D,P110",
        "lint biased.arch --ignore P108,double-activation",
        "lint biased.arch --select bias-before-norm --format json",
        "lint clean.arch --format json",
        "lint biased.arch --diff",
        "lint clean.arch --diff",
        "lint . --exclude biased.arch --exclude w*",
        "lint none.arch clean.arch",
        "lint biased.arch --select P108,X1",
        "lint biased.arch --select bias-befor-norm",
        "lint --fix",
        "lint . --format sariff",
    ]
    texts = [f"$ archdsl {command}\n{archdsl(*command.split())}" for command in commands]
    check_golden("lint/command.txt", "\n".join(texts))


def test_fixes_are_applied_until_nothing_changes(archdsl: Commands) -> None:
    archdsl.write("biased.arch", BIASED)
    result = archdsl("lint", "biased.arch", "--fix", "--select", "P108,P110")
    mended = (archdsl.folder / "biased.arch").read_text()
    assert "conv(width, bias=false) -> bn -> relu" in mended
    assert result.err.startswith("biased.arch: ")
    assert "P108" not in archdsl("lint", "biased.arch").out
    again = archdsl("lint", "biased.arch", "--fix", "--select", "P108")
    assert (again.code, again.err) == (0, "")


def test_fixes_keep_all_other_bytes(archdsl: Commands) -> None:
    path = archdsl.folder / "net.arch"
    crlf = b"\xef\xbb\xbf" + BIASED.replace("\n", "\r\n").encode()
    path.write_bytes(crlf)
    path.chmod(0o640)
    (archdsl.folder / "link.arch").symlink_to("net.arch")
    archdsl("lint", "link.arch", "--fix", "--select", "P108")
    assert path.read_bytes() == crlf.replace(b"conv(width)", b"conv(width, bias=false)")
    assert path.stat().st_mode & 0o777 == 0o640
    assert (archdsl.folder / "link.arch").is_symlink()


def test_a_file_that_goes_away_while_it_is_mended(
    archdsl: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    archdsl.write("biased.arch", BIASED)

    def slow(path: str, *given: Any) -> fixing.Fixed:
        os.remove(path)
        return fixing.fixed(path, *given)

    monkeypatch.setattr(lint_fixes, "fixed", slow)
    result = archdsl("lint", "biased.arch", "--fix")
    assert result.code == 2
    assert result.err == "archdsl: biased.arch cannot be read: No such file or directory\n"


def test_a_fix_that_would_break_another_network_is_not_offered(archdsl: Commands) -> None:
    """Without a norm the bias has its use: the block serves both networks."""
    archdsl.write(
        "net.arch",
        "block Unit(norm: bool) {\n  conv(8)\n  if norm { bn }\n  relu\n}\n"
        "network A {\n  input x: image[3, 8, 8]\n  Unit(true)\n}\n"
        "network B {\n  input x: image[3, 8, 8]\n  Unit(false)\n}\n",
    )
    found = json.loads(archdsl("lint", "net.arch", "--format", "json", "--select", "P108").out)
    assert [(one["code"], one["fix"], one["instances"]) for one in found] == [("P108", None, 1)]


def test_standard_input(archdsl: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    def given(text: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))

    archdsl.write("blocks.arch", "block Unit { conv(8) -> bn }\n")
    text = 'from "blocks.arch" import Unit\nnetwork N {\n  input x: image[3, 8, 8]\n  Unit\n}\n'
    given(text.encode())
    result = archdsl("lint", "-", "--select", "P108")
    assert result.code == 1 and result.out.startswith("blocks.arch:1:14: warning P108")
    given(BIASED.encode())
    result = archdsl("lint", "-", "--fix", "--select", "P108")
    assert result.out.startswith(BIASED.replace("conv(width)", "conv(width, bias=false)"))
    given(b"\xff")
    assert "-:1:1: error E401" in archdsl("lint", "-").out


def test_json_keeps_to_its_schema(archdsl: Commands) -> None:
    archdsl.write("biased.arch", BIASED)
    archdsl.write("wrong.arch", WRONG)
    report = FindingsReport.model_validate_json(archdsl("lint", ".", "--format", "json").out)
    assert {one.code for one in report.root} >= {"P108", "P110", "E202"}


# --- configuration --------------------------------------------------------------------------------


def test_configuration(archdsl: Commands) -> None:
    archdsl.write("biased.arch", BIASED)
    (archdsl.folder / "old").mkdir()
    archdsl.write("old/biased.arch", BIASED)
    (archdsl.folder / "trial").mkdir()
    archdsl.write("trial/biased.arch", BIASED)
    archdsl.write(
        "pyproject.toml",
        '[tool.archdsl.lint]\nselect = ["P"]\nignore = ["double-activation"]\nexclude = ["old"]\n'
        '[tool.archdsl.lint.per-path."trial/**"]\nignore = ["P108"]\n',
    )

    def found(*words: str) -> list[tuple[str, str]]:
        report = json.loads(archdsl("lint", *words, "--format", "json").out)
        return [(one["file"], one["code"]) for one in report]

    assert found(".") == [("biased.arch", "P108")]
    # A file that is named is linted, whatever is excluded.
    assert found("old/biased.arch") == [("old/biased.arch", "P108")]
    # What the command line says takes the place of what the file says.
    assert found(".", "--ignore", "P108") == [
        ("biased.arch", "P110"),
        ("trial/biased.arch", "P110"),
    ]
    # The nearest configuration holds, and archdsl.toml before pyproject.toml.
    archdsl.write("trial/archdsl.toml", '[lint]\nselect = ["P110"]\n')
    assert found(".") == [("biased.arch", "P108"), ("trial/biased.arch", "P110")]


def test_what_is_said_of_unsound_configurations(archdsl: Commands) -> None:
    archdsl.write("clean.arch", CLEAN)
    cases = [
        '[lint]\nselct = ["P"]\n',
        '[lint]\nselect = ["P", "bias-befor-norm"]\n',
        '[lint]\nselect = "P"\n',
        "[lnt]\n",
        '[lint]\nlevel = "warn"\n',
        '[lint.per-path."a/*"]\nignor = []\n',
        "[lint\n",
    ]
    texts = []
    for case in cases:
        archdsl.write("archdsl.toml", case)
        result = archdsl("lint", "clean.arch")
        assert result.code == 2
        texts.append(f"{case}{result}".replace(f"{archdsl.folder}{os.sep}", ""))
    check_golden("lint/configuration.txt", "\n".join(texts))


# --- baseline -------------------------------------------------------------------------------------


def test_baseline(archdsl: Commands) -> None:
    archdsl.write("biased.arch", BIASED)
    assert archdsl("lint", ".", "--baseline", "known.json").code == 2
    written = archdsl("lint", ".", "--write-baseline", "known.json")
    assert (written.code, written.out) == (0, "known.json  2 findings\n")
    assert archdsl("lint", ".", "--baseline", "known.json").code == 0
    # Lines may move; a further finding is new, one that is alike as well.
    moved = "# moved\n\n" + BIASED
    archdsl.write("biased.arch", moved)
    assert archdsl("lint", ".", "--baseline", "known.json").code == 0
    archdsl.write("biased.arch", moved.replace("  gap", "  conv(16) -> bn\n  gap"))
    result = archdsl("lint", ".", "--baseline", "known.json")
    assert result.code == 1 and result.out.count("warning") == 2
    archdsl.write("broken.json", "[]")
    assert "no baseline" in archdsl("lint", ".", "--baseline", "broken.json").err
    unreadable = archdsl("lint", "biased.arch", "--baseline", ".")
    assert unreadable == (2, "", "archdsl: . cannot be read: Is a directory\n")


# --- cache and processes --------------------------------------------------------------------------


def test_the_cache_answers_as_the_linter_does(
    archdsl: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("clean.arch", CLEAN), ("biased.arch", BIASED), ("silenced.arch", SILENCED)):
        archdsl.write(name, text)
    first = archdsl("lint", ".")
    anew = run._lint

    def never(*words: object) -> object:
        raise AssertionError("linted again")

    monkeypatch.setattr(run, "_lint", never)
    assert archdsl("lint", ".") == first
    monkeypatch.setattr(run, "_lint", anew)
    assert archdsl("lint", ".", "--no-cache") == first
    # Another option, another configuration and another text are other questions.
    assert archdsl("lint", ".", "--select", "P110") != first
    archdsl.write("archdsl.toml", '[lint]\nignore = ["P108"]\n')
    assert "P108" not in archdsl("lint", "biased.arch").out
    archdsl.write("biased.arch", CLEAN)
    assert archdsl("lint", "biased.arch").code == 0


def test_the_cache_sees_imports_change(archdsl: Commands) -> None:
    archdsl.write("blocks.arch", "block Unit { conv(8, bias=false) -> bn }\n")
    archdsl.write(
        "net.arch",
        'from "blocks.arch" import Unit\nnetwork N {\n  input x: image[3, 8, 8]\n  Unit\n}\n',
    )
    select = ("--select", "P108")
    assert archdsl("lint", "net.arch", *select).code == 0
    assert archdsl("lint", "net.arch", *select).code == 0
    archdsl.write("blocks.arch", "block Unit { conv(8) -> bn }\n")
    assert archdsl("lint", "net.arch", *select).code == 1
    os.unlink(archdsl.folder / "blocks.arch")
    assert "E411" in archdsl("lint", "net.arch", *select).out


def test_the_cache_sees_weights_come_and_go(archdsl: Commands) -> None:
    network = "network N {\n  input x: tabular[4]\n  fc = linear(2)\n}\n"
    plan = 'transfer T of N {\n  weights("w.npz")\n  train(rest)\n}\n'
    archdsl.write("net.arch", network + plan)
    select = ("--select", "P108")
    assert archdsl("lint", "net.arch", *select).code == 0
    archdsl.write("w.npz", "no archive")
    assert "E507" in archdsl("lint", "net.arch", *select).out
    os.unlink(archdsl.folder / "w.npz")
    assert archdsl("lint", "net.arch", *select).code == 0


def test_unsound_caches_are_not_used(archdsl: Commands, tmp_path: Path) -> None:
    archdsl.write("biased.arch", BIASED)
    expected = archdsl("lint", "biased.arch")
    cache = tmp_path / "cache"
    assert cache.stat().st_mode & 0o777 == 0o700
    (entry,) = cache.iterdir()
    for content in (b"", b"archdsl lint 1\n\n{", b"archdsl lint 1\n\n[[1]]", b"\xff\n\n"):
        entry.write_bytes(content)
        if content:
            assert archdsl("lint", "biased.arch") == expected, content
    cache.chmod(0o777)
    entry.write_bytes(b"archdsl lint 1\n\n")
    assert archdsl("lint", "biased.arch") == expected


def test_many_files_in_several_processes(
    archdsl: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        archdsl.write(f"net{number:02}.arch", (BIASED, CLEAN, WRONG)[number % 3])
    monkeypatch.setattr(run, "_processors", lambda: 1)
    alone = archdsl("lint", ".", "--no-cache")
    monkeypatch.setattr(run, "_processors", lambda: 2)
    assert archdsl("lint", ".", "--no-cache") == alone
    assert archdsl("lint", ".") == alone
    assert alone.out.endswith("in 60 files; --fix mends 40\n")


def test_comments_of_imported_files_count(archdsl: Commands) -> None:
    archdsl.write("blocks.arch", "# archdsl: ignore-file[P108] why\nblock Unit { conv(8) -> bn }\n")
    archdsl.write(
        "net.arch",
        'from "blocks.arch" import Unit\nnetwork N {\n  input x: image[3, 8, 8]\n  Unit\n}\n',
    )
    assert archdsl("lint", "net.arch", "--select", "P108,S404").code == 0


def test_findings_of_shipped_blocks_stand_where_they_are_called(archdsl: Commands) -> None:
    archdsl.write(
        "net.arch",
        "from std.blocks import SqueezeExcite\n"
        "block Gated { conv(8); SqueezeExcite(64, act=identity) }\n"
        "network N {\n  input x: image[3, 8, 8]\n  Gated\n  relu\n  Gated\n}\n",
    )
    result = archdsl("lint", "net.arch", "--select", "P109")
    check_golden("lint/shipped.txt", str(result))


def test_what_shipped_networks_silence_stays_silent(archdsl: Commands) -> None:
    archdsl.write(
        "net.arch",
        "from zoo.vgg import VGG16_BN\n"
        "network N {\n  input x: image[3, 64, 64]\n  VGG16_BN\n  fc = linear(3)\n}\n",
    )
    assert archdsl("lint", "net.arch", "--select", "P108").code == 0


def test_a_diff_parts_lines_where_files_do(archdsl: Commands) -> None:
    """U+2028 ends no line, and a last line without an end is said to have none."""
    text = BIASED.replace("block Unit", "# one\u2028line\nblock Unit").rstrip("\n")
    archdsl.write("net.arch", text)
    shown = archdsl("lint", "net.arch", "--diff", "--select", "P108").out
    assert " # one\u2028line\n" in shown
    assert shown.count("\n@@") == 1
    archdsl.write("short.arch", "network N {\n  input x: image[3, 8, 8]\n  conv(4) -> bn }")
    shown = archdsl("lint", "short.arch", "--diff", "--select", "P108").out
    assert shown.endswith("+  conv(4, bias=false) -> bn }\n\\ No newline at end of file\n")
