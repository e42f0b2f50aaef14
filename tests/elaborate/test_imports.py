"""Imports: files, libraries, aliases, and what they may not reach."""

import os
from pathlib import Path

import pytest

from archdsl.driver import check as check_file
from tests.elaborate.programs import check, layers, network

UNIT = "let width = 8\nblock Unit(c: int = width) {\n  conv(c)\n}\n"


def test_files() -> None:
    files = {
        "blocks.arch": UNIT,
        "sub/more.arch": 'from "../blocks.arch" import Unit as U\nblock More {\n  U\n}\n',
    }
    text = 'from "blocks.arch" import Unit as Small, width\nfrom "sub/more.arch" import More\n'
    outcome = check(text + network("Small\nSmall(width * 2)\nMore"), files)
    assert layers(outcome.graph) == ["unit1.conv1", "unit2.conv1", "more1.unit1.conv1"]


def test_libraries() -> None:
    text = "from std.blocks import SqueezeExcite\nfrom zoo.resnet import ResNet18\n"
    outcome = check(text + network("conv(64) -> SqueezeExcite(8)"))
    assert outcome.messages == []
    body = "r = ResNet18\nr.layer2 -> conv(1)"
    outcome = check(text + network(body, image="image[3, H=224, W=224]"))
    assert outcome.messages == []
    assert layers(outcome.graph)[-1] == "conv1"
    assert not any(path.startswith("r.layer3") for path in layers(outcome.graph))


def test_a_file_is_loaded_once() -> None:
    files = {"a.arch": 'from "u.arch" import Unit\nblock A {\n  Unit\n}\n', "u.arch": UNIT}
    text = 'from "a.arch" import A\nfrom "u.arch" import Unit\nfrom "./u.arch" import width\n'
    of = check(text + network("A\nUnit"), files).graph
    assert len({id(node.syntax) for node in of.instances if node.definition == "Unit"}) == 1


WRONG = {
    'from "nothing.arch" import a\n': "E411",
    'from "blocks.arch" import Unti\n': "E415",
    'from "blocks.arch" import Unit, Unit\n': "E211",
    'from "blocks.arch" import Unit\nblock Unit {\n  relu\n}\n': "E211",
    'from "blocks.arch" import Unit as loss\n': "E212",
    'from "again.arch" import Unit\n': "E415",
    'from "../outside.arch" import a\n': "E413",
    'from "/etc/passwd" import a\n': "E413",
    'from "a.arch" import a\n': "E412",
    'from "net.arch" import a\n': "E412",
    'from "" import a\n': "E411",
    'from "." import a\n': "E411",
    "from std.nothing import a\n": "E411",
    "from std import blocks\n": "E411",
    "from std.blocks.more import a\n": "E411",
    "from os.path import join\n": "E411",
}


@pytest.mark.parametrize("text", WRONG)
def test_wrong_imports(text: str) -> None:
    files = {
        "blocks.arch": UNIT,
        "again.arch": 'from "blocks.arch" import Unit\nlet own = 1\n',
        "a.arch": 'from "b.arch" import b\nlet a = b\n',
        "b.arch": 'from "a.arch" import a\nlet b = a\n',
    }
    # What depends on a name that was not imported is not reported again.
    outcome = check(text + network("a -> conv(8)") if " a\n" in text else text, files)
    assert outcome.codes == [WRONG[text]], outcome.messages


def test_a_cycle_is_shown() -> None:
    files = {"a.arch": 'from "b.arch" import b\n', "b.arch": 'from "a.arch" import a\nlet b = 1\n'}
    (message,) = check('from "a.arch" import a\n', files).messages[:1]
    assert "a.arch -> b.arch -> a.arch" in message


def test_256_files() -> None:
    files = {f"f{i}.arch": f"let a{i} = {i}\n" for i in range(300)}
    imports = [f'from "f{i}.arch" import a{i}\n' for i in range(300)]
    assert check("".join(imports[:255]), files).codes == []
    assert check("".join(imports[:256]), files).codes == ["E416"]


def test_the_project_root(tmp_path: Path) -> None:
    inner = tmp_path / "project" / "models"
    inner.mkdir(parents=True)
    (tmp_path / "project" / "blocks.arch").write_text(UNIT)
    (tmp_path / "outside.arch").write_text(UNIT)
    file = inner / "net.arch"

    def codes() -> list[str]:
        return [found.code for found in check_file(str(file)).diagnostics]

    file.write_text('from "../blocks.arch" import Unit\n' + network("Unit"))
    assert codes() == ["E413"]
    (tmp_path / "project" / "archdsl.toml").write_text("")
    assert codes() == []
    file.write_text('from "../../outside.arch" import Unit\n' + network("Unit"))
    assert codes() == ["E413"]


def test_links_do_not_lead_out_of_the_root(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "outside.arch").write_text(UNIT)
    os.symlink(tmp_path / "outside.arch", tmp_path / "project" / "inside.arch")
    os.symlink(tmp_path, tmp_path / "project" / "folder")
    file = tmp_path / "project" / "net.arch"
    for path in ("inside.arch", "folder/outside.arch"):
        file.write_text(f'from "{path}" import Unit\n' + network("Unit"))
        assert [found.code for found in check_file(str(file)).diagnostics] == ["E413"]
    # Inside the root they may lead anywhere.
    (tmp_path / "project" / "own.arch").write_text(UNIT)
    os.symlink("own.arch", tmp_path / "project" / "link.arch")
    file.write_text('from "link.arch" import Unit\n' + network("Unit"))
    assert check_file(str(file)).diagnostics == ()


def test_errors_of_imported_files_are_reported_there() -> None:
    files = {"a.arch": "block Unit {\n  conv(8, kernal=3)\n}\n"}
    (diagnostic,) = check('from "a.arch" import Unit\n' + network("Unit"), files).diagnostics
    assert str(diagnostic.span) == "a.arch:2:11"
    (diagnostic,) = check(
        'from "a.arch" import Unit\n' + network("Unit"), {"a.arch": "block {"}
    ).diagnostics
    assert diagnostic.span.source.name == "a.arch"
