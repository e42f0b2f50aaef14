"""Names of files and folders, words on the command line, and settings."""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.commands import Commands
from tests.hostile.nets import HARMLESS, broken
from tests.hostile.structures import LISTED, OUTPUTS, svg_structure
from tests.hostile.telling import check_shown, check_told
from tests.hostile.texts import HOSTILE, fits_string, in_string

SOUND = """\
network Net(classes: int = 4) {
  input image: image[3, H=8, W=8]
  conv(4)   -> gap -> flatten -> linear(classes)
}
"""
IMPORTING = 'from "net.arch" import Nothing\n' + SOUND


def file_names() -> list[str]:
    """Texts that a file can be called, and names that are no text."""
    names = [text.replace("/", "\u2215") for text in HOSTILE]
    return [
        *(n for n in names if n.strip(".") and "\0" not in n and len(n.encode()) < 200),
        *(os.fsdecode(name) for name in (b"\xff\xfe", b"a\x1b[2J\xc0", b"\xed\xa0\x80")),
    ]


NAMES = file_names()


def test_there_are_enough() -> None:
    assert len(set(HOSTILE)) > 250 and len(set(NAMES)) > 200


TARGETS = "pytorch,onnx,dot,html,mermaid"


def written(folder: str) -> dict[str, object]:
    """The structure of what was compiled, in which the name of the source may stand."""
    return {
        name: structure(Path(folder, name).read_bytes())
        for name, structure in OUTPUTS.items()
        if name != "net.svg"
    }


@pytest.mark.parametrize("share", range(2))
def test_names_of_files_and_folders(archdsl: Commands, share: int) -> None:
    expected: dict[str, object] = {}
    for name in (HARMLESS, *NAMES[share::2]):
        folder = os.path.join(".", name) if name.startswith("-") else name
        os.mkdir(folder)
        sound, wrong = (os.path.join(folder, f"{name}{kind}.arch") for kind in ("", "2"))
        for path, text in (
            (sound, SOUND),
            (wrong, broken(HARMLESS)),
            (f"{wrong}3.arch", IMPORTING),
        ):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        for words in (
            ("check", sound, wrong, f"{wrong}3.arch", f"{sound}:Nothing", f"{folder}/none"),
            ("summary", sound),
            ("explain", sound, "conv1"),
            ("fmt", "--check", "--diff", folder),
            ("compile", sound, "-o", os.path.join(folder, name), "--to", TARGETS),
            ("compile", sound, "-o", wrong),
            ("compile", wrong),
            ("lint", folder, "--fix"),
            ("lint", folder, "--write-baseline", f"{folder}/base{name}"),
            ("lint", folder, "--baseline", f"{folder}/base{name}"),
            ("lint", folder, "--baseline", wrong),
            ("lint", f"{folder}/none", folder),
            ("fmt", folder),
        ):
            check_told(archdsl(*words))
        assert f"base{name}" in os.listdir(folder), name
        found = written(os.path.join(folder, name))
        expected = expected or found
        assert found == expected, name


UNIT = """\
block UnitN(width: int) {
  relu
  conv(width, bias=BIAS) -> bn
}
"""


AROUND = """\
network Net {
  input image: image[3, 8, 8]
UNITS
  gap -> flatten
  fc = linear(4)
}
"""


def write_units(names: Sequence[str], bias: str) -> None:
    for number, name in enumerate(names):
        with open(f"{name}.arch", "w", encoding="utf-8") as file:
            file.write(UNIT.replace("N", str(number)).replace("BIAS", bias))


def importing(archdsl: Commands, names: Sequence[str]) -> dict[str, object]:
    """What is compiled and found of a network whose blocks stand in a file of each of the names."""
    write_units(names, "false")
    imports, uses = "", ""
    for number, name in enumerate(names):
        imports += f'from "./{in_string(name)}.arch" import Unit{number}\n'
        uses += f"  residual {{ Unit{number}(3) }}\n"
    archdsl.write("net.arch", imports + AROUND.replace("UNITS", uses))
    result = archdsl("compile", "net.arch", "--to", f"{TARGETS},svg")
    check_told(result)
    assert result.code == 0, result
    picture = svg_structure((archdsl.folder / "build" / "net.svg").read_bytes())
    found = {**written("build"), "net.svg": picture}
    write_units(names, "true")  # a finding in each: P108
    for form, listed in LISTED.items():
        result = archdsl("lint", "net.arch", "--no-cache", "--format", form)
        check_shown(result.out.replace("::", "--") if form == "github" else result.out)
        found[form] = [code for _, code in listed(result.out)]
    return found


def test_names_that_are_imported(archdsl: Commands) -> None:
    names = [name for name in NAMES if fits_string(name)]
    assert len(names) > 200
    expected = importing(archdsl, [f"{HARMLESS}{number}" for number in range(len(names))])
    assert expected["sarif"] == len(names) * ["P108"]
    for output, structure in importing(archdsl, names).items():
        assert structure == expected[output], output


@pytest.mark.parametrize("share", range(2))
def test_names_in_formats(archdsl: Commands, share: int) -> None:
    for name in NAMES[share::2]:
        path = f"./{name}.arch"
        with open(path, "w", encoding="utf-8") as file:
            file.write(broken(HARMLESS))
        found = {
            form: archdsl("lint", path, "--no-cache", "--format", form).out
            for form in ("text", "json", "sarif", "github", "junit")
        }
        check_shown(found["text"])
        entries = json.loads(found["json"])
        assert found["json"].isascii() and [entry["code"] for entry in entries] == 2 * ["E601"]
        assert len(json.loads(found["sarif"])["runs"][0]["results"]) == 2
        cases = ElementTree.fromstring(found["junit"]).iter("testcase")
        assert [case.attrib["name"][:4] for case in cases] == 2 * ["E601"]
        check_shown(found["junit"])
        lines = found["github"].removesuffix("\n").split("\n")
        assert len(lines) == 2
        for line in lines:
            assert re.match(
                r"::error file=[^,:]*,line=5,endLine=5,title=E601,|::error .*line=6", line
            )
            check_shown(line.replace("::", "--"))


WORDS = (
    ("WORD",),
    ("lint", "net.arch", "--select", "WORD"),
    ("lint", "net.arch", "--format", "WORD"),
    ("lint", "net.arch", "--WORD"),
    ("lint", "net.arch", "--exclude", "WORD"),
    ("check", "net.arch", "--set", "WORD"),
    ("check", "net.arch", "--set", "classes=WORD"),
    ("check", "net.arch", "--input", "H=WORD"),
    ("check", "net.arch", "--input", "WORD=3"),
    ("compile", "net.arch", "--to", "WORD"),
    ("compile", "net.arch", "--to", "onnx", "--seed", "WORD"),
    ("compile", "net.arch", "--to", "onnx", "--weights", "WORD"),
    ("compile", "net.arch", "--to", "onnx", "--weights", "WORD.pt"),
    ("diagram", "net.arch", "-o", "WORD"),
    ("diagram", "net.arch", "-o", "a.dot", "--show", "WORD"),
    ("explain", "WORD"),
    ("explain", "net.arch", "WORD"),
    ("explain", "net.arch", "layer.WORD"),
    ("zoo", "WORD"),
    ("init", "net.arch", "-o", "WORD"),
)


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_words_of_the_command_line(archdsl: Commands, words: tuple[str, ...]) -> None:
    archdsl.write("net.arch", SOUND)
    # For a name, `zoo` reads all of its files.
    for text in HOSTILE[:: 10 if words[0] == "zoo" else 1]:
        if "\0" in text or text in ("--help", "-"):
            continue
        check_told(archdsl(*(word.replace("WORD", text) for word in words)))


SETTINGS = (
    '[lint]\nselect = ["TEXT"]\n',
    '[lint]\nlevel = "TEXT"\n',
    '[lint]\n"TEXT" = 3\n',
    '[lint]\nselect = {"TEXT" = "TEXT"}\n',
    '[lint.per-path."TEXT"]\nignore = ["TEXT"]\n',
    '[lint.per-path."TEXT"]\n"TEXT" = 3\n',
    '["TEXT"]\n"TEXT" = 3\n',
    "[lint]\nselect = TEXT\n",
    "TEXT",
)


@pytest.mark.parametrize("settings", SETTINGS)
def test_configurations(archdsl: Commands, settings: str) -> None:
    archdsl.write("net.arch", SOUND)
    for text in HOSTILE:
        # JSON's strings are strings of TOML.
        inside = json.dumps(text)[1:-1] if '"TEXT"' in settings else text
        written = settings.replace("TEXT", inside)
        with open("archdsl.toml", "w", encoding="utf-8", errors="replace", newline="") as file:
            file.write(written)
        check_told(archdsl("lint", "net.arch", "--no-cache"))
