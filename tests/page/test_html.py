"""The page as a file: its policy, its one script, and names that try to be more than text."""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import html5lib
import pytest

import archdsl as package
from archdsl.backends.diagram import Diagram, Look
from archdsl.backends.diagram.page import page_data, page_html
from tests.cli.commands import Commands
from tests.cli.nets import TINY
from tests.diagram.nets import ROOT, named

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "-->]]></style><img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)' onfocus='alert(1)",
    "javascript:alert(1)",
    "{script}{data}{policy}",
    "\\u003c/script\\u003e \\ \\\\ \\'",
    "&lt;b&gt; &amp; &#60;",
    "a\r\nb\x00c\u2028d\u2029e\x85f\ud800",
    "${alert(1)} `x` //",
    "\u202e evil \u202d",
    "é × 中 🎉",
]


def page_with(text: str) -> str:
    """The page of a network in which everything that a user can name is this text."""
    data = page_data(named("specs/lenet.arch:LeNet5"), "block", (), {})
    return page_html(renamed(data, text))


def renamed(value: Any, text: str) -> Any:
    """All texts replaced, but those that the page takes for words of its own."""
    if isinstance(value, dict):
        kept = ("kind", "family", "kinds", "level", "show", "severity")
        return {key: entry if key in kept else renamed(entry, text) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [renamed(entry, text) for entry in value]
    return text if isinstance(value, str) else value


def parsed(page: str) -> Any:
    return html5lib.parse(page, treebuilder="etree", namespaceHTMLElements=False)


def structure(page: str) -> list[tuple[str, tuple[str, ...]]]:
    """The elements of a page with the names of their attributes, as a browser parses it."""
    return [(str(one.tag), tuple(one.attrib)) for one in parsed(page).iter()]


def embedded(page: str) -> Any:
    """The data in a page."""
    (script,) = [one for one in parsed(page).iter("script") if one.get("id") == "network"]
    return json.loads(script.text)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_names_are_no_more_than_text(text: str) -> None:
    page = page_with(text)
    assert structure(page) == structure(page_with("harmless"))
    assert embedded(page)["name"] == text
    policies = [re.search(r'content="([^"]*)"', one) for one in (page, page_with("harmless"))]
    assert len({found and found[1] for found in policies}) == 1


def test_the_page_is_sound_html() -> None:
    parser = html5lib.HTMLParser(strict=True)
    parser.parse(page_with("harmless"))


def test_the_policy_allows_the_one_script_and_nothing_else() -> None:
    page = Diagram(named("specs/lenet.arch:LeNet5"), Look()).html
    tree = parsed(page)
    (policy,) = [
        one.get("content")
        for one in tree.iter("meta")
        if one.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["connect-src"] == "'none'"
    (code,) = [one for one in tree.iter("script") if one.get("id") is None]
    (style,) = tree.iter("style")
    assert rules["script-src"] == digest(code.text)
    assert rules["style-src"] == digest(style.text)
    # Nothing is loaded, and nothing runs from an attribute.
    names = {name for one in tree.iter() for name in one.attrib}
    assert not names & {"src", "href", "style", "action"}
    assert not [name for name in names if name.startswith("on")]


def digest(text: str) -> str:
    encoded = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{encoded}'"


def test_the_script_makes_no_markup_of_texts() -> None:
    """Texts become nodes by `append` and `textContent` alone."""
    folder = ROOT / "archdsl" / "backends" / "diagram" / "page"
    for path in folder.glob("*.js"):
        code = path.read_text(encoding="utf-8")
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert word not in code, path.name
        assert "Function(" not in code, path.name


# --- commands, Python -----------------------------------------------------------------------------


def test_commands_write_pages(archdsl: Commands) -> None:
    archdsl.write("tiny.arch", TINY)
    result = archdsl("diagram", "tiny.arch", "-o", "net.html", "--level", "stage", "--show", "macs")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("net.html  ")
    assert result.out.endswith("  stage level\n")
    data = embedded((archdsl.folder / "net.html").read_text(encoding="utf-8"))
    assert (data["name"], data["level"], data["show"]) == ("Tiny", "stage", ["macs"])
    result = archdsl("compile", "tiny.arch", "--to", "html", "-o", "out")
    assert (result.code, result.err) == (0, "")
    assert (archdsl.folder / "out" / "tiny.html").is_file()


def test_networks_larger_than_a_page(archdsl: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    archdsl.write("tiny.arch", TINY)
    monkeypatch.setattr("archdsl.backends.diagram.page.data.MOST_STEPS", 20)
    for words in ("diagram tiny.arch -o n.html", "compile tiny.arch --to html", "view tiny.arch"):
        result = archdsl(*words.split())
        assert (result.code, result.out) == (2, "")
        assert result.err == "archdsl: a page shows up to 20 layers, and Tiny has 35\n"


def test_options_of_pictures_are_refused(archdsl: Commands) -> None:
    archdsl.write("tiny.arch", TINY)
    for words in ("--direction LR", "--theme dark", "--engine dot", "--timeout 3"):
        result = archdsl("diagram", "tiny.arch", "-o", "net.html", *words.split())
        option = words.split()[0]
        assert result.code == 2
        assert result.err == f"archdsl: diagram: {option} does not go with a page (.html)\n"
    assert not (archdsl.folder / "net.html").exists()


def test_findings_are_those_of_the_configuration(archdsl: Commands) -> None:
    archdsl.write("tiny.arch", TINY.replace("conv(width, bias=false)", "conv(width)"))

    def codes() -> list[str]:
        assert archdsl("diagram", "tiny.arch", "-o", "net.html").code == 0
        data = embedded((archdsl.folder / "net.html").read_text(encoding="utf-8"))
        return [finding["code"] for finding in data["findings"]]

    assert "P108" in codes()
    archdsl.write("archdsl.toml", '[lint]\nignore = ["P108"]\n')
    assert "P108" not in codes()
    archdsl.write("archdsl.toml", '[lint]\nignore = ["P10x"]\n')
    result = archdsl("diagram", "tiny.arch", "-o", "net.html")
    assert result.code == 2
    assert "there is no rule P10x" in result.err


def test_python_writes_pages(tmp_path: Path) -> None:
    net = package.load(ROOT / "specs" / "resnet.arch", "ResNet50")
    made = net.diagram("stage").save(tmp_path / "net.html")
    page = (tmp_path / "net.html").read_text(encoding="utf-8")
    assert page.encode() == made.content
    assert page == net.diagram("stage").html
    assert [one["code"] for one in embedded(page)["findings"]] == [
        finding.code for finding in net.lint()
    ]
