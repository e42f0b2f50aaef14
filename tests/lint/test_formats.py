"""Findings as other programs read them."""

import json
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from tests.cli.commands import Commands
from tests.golden import check_golden
from tests.lint.nets import BIASED, CLEAN, SILENCED, WRONG

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text())

HOSTILE_NAME = "a%0A::error::,b:c]]><![CDATA[&.arch"
HOSTILE = (
    "network N {\n  input x: image[3, 8, 8]\n"
    '  conv(8) -> "::error file=x::%0A]]></failure><!--"\n  let \u202e\u2028 = 1\n}\n'
)


def written(archdsl: Commands) -> None:
    for name, text in (("biased.arch", BIASED), ("silenced.arch", SILENCED), ("wrong.arch", WRONG)):
        archdsl.write(name, text)


@pytest.mark.parametrize("form", ["sarif", "github", "junit"])
def test_whole_outputs(form: str, archdsl: Commands) -> None:
    written(archdsl)
    result = archdsl("lint", ".", "--format", form)
    assert result.code == 1 and not result.err
    check_golden(f"lint/format.{form}", result.out)


@pytest.mark.parametrize("text", [BIASED, CLEAN, WRONG])
def test_sarif_keeps_to_the_standard_and_to_githubs_rules(text: str, archdsl: Commands) -> None:
    archdsl.write("a net.arch", text)
    log = json.loads(archdsl("lint", ".", "--format", "sarif").out)
    jsonschema.validate(log, SCHEMA)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        assert rule["help"]["text"] and rule["help"]["markdown"].startswith(f"# {rule['id']} ")
        assert len(rule["shortDescription"]["text"]) < 1024
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (place,) = result["locations"]
        assert place["physicalLocation"]["artifactLocation"] == {
            "uri": "a%20net.arch",
            "uriBaseId": "%SRCROOT%",
        }
        assert result["partialFingerprints"]["archdsl/v1"]
    marks = [result["partialFingerprints"]["archdsl/v1"] for result in run["results"]]
    assert len(set(marks)) == len(marks)


def test_sarif_schema_is_strict() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"version": "2.1.0", "runs": [{}]}, SCHEMA)


def test_sarif_fixes_are_the_linters(archdsl: Commands) -> None:
    archdsl.write("biased.arch", BIASED)
    log = json.loads(archdsl("lint", ".", "--format", "sarif", "--select", "P108").out)
    (change,) = log["runs"][0]["results"][0]["fixes"][0]["artifactChanges"]
    (replacement,) = change["replacements"]
    region = replacement["deletedRegion"]
    lines = BIASED.split("\n")
    line, column = region["startLine"] - 1, region["startColumn"] - 1
    assert (region["endLine"] - 1, region["endColumn"] - 1) == (line, column)
    inserted = replacement["insertedContent"]["text"]
    lines[line] = lines[line][:column] + inserted + lines[line][column:]
    archdsl("lint", ".", "--fix", "--select", "P108")
    assert (archdsl.folder / "biased.arch").read_text() == "\n".join(lines)


def test_nothing_in_a_file_starts_a_workflow_command(archdsl: Commands) -> None:
    archdsl.write(HOSTILE_NAME, HOSTILE)
    result = archdsl("lint", ".", "--format", "github")
    lines = result.out.removesuffix("\n").split("\n")
    assert all(line.startswith("::error file=a%250A%3A%3Aerror%3A%3A%2Cb%3Ac") for line in lines)
    for line in lines:
        head, _, message = line.removeprefix("::").partition("::")
        assert "::" not in head and "\r" not in message
        assert len(head.split(",")) == 6


def test_nothing_in_a_file_ends_an_element(archdsl: Commands) -> None:
    archdsl.write(HOSTILE_NAME, HOSTILE)
    plain = HOSTILE.replace("::error file=x::%0A]]></failure><!--", "harmless" * 4)
    tree = ElementTree.fromstring(archdsl("lint", ".", "--format", "junit").out)
    (archdsl.folder / HOSTILE_NAME).unlink()
    archdsl.write("b.arch", plain)
    other = ElementTree.fromstring(archdsl("lint", ".", "--format", "junit").out)
    assert [each.tag for each in tree.iter()] == [each.tag for each in other.iter()]
    assert tree.find("testsuite").get("name") == HOSTILE_NAME  # type: ignore[union-attr]


def test_sarif_of_hostile_names(archdsl: Commands) -> None:
    archdsl.write(HOSTILE_NAME, HOSTILE)
    log = json.loads(archdsl("lint", ".", "--format", "sarif").out)
    jsonschema.validate(log, SCHEMA)
    uri = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert uri["uri"] == "a%250A%3A%3Aerror%3A%3A%2Cb%3Ac%5D%5D%3E%3C%21%5BCDATA%5B%26.arch"


def test_without_findings(archdsl: Commands) -> None:
    archdsl.write("clean.arch", CLEAN)
    log = json.loads(archdsl("lint", ".", "--format", "sarif").out)
    jsonschema.validate(log, SCHEMA)
    assert log["runs"][0]["results"] == []
    assert archdsl("lint", ".", "--format", "github").out == ""
    ElementTree.fromstring(archdsl("lint", ".", "--format", "junit").out)
