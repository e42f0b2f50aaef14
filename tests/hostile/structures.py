"""What is the same of an output, whatever its strings say."""

import ast
import json
import re
from collections.abc import Callable, Collection
from html.parser import HTMLParser
from xml.etree import ElementTree

import html5lib
import onnx


def python_structure(data: bytes) -> object:
    assert data.isascii()
    # From bytes, as Python reads a file: a comment could name another encoding.
    compile(data, "emitted", "exec", dont_inherit=True)  # also what ast.parse lets pass
    tree = ast.parse(data)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def onnx_structure(data: bytes) -> object:
    model = onnx.load_from_string(data)
    onnx.checker.check_model(model)
    graph = model.graph
    return (
        [entry.key for entry in model.metadata_props],
        [(node.op_type, node.domain, node.name, *node.input, *node.output) for node in graph.node],
        [[(one.name, one.type) for one in node.attribute] for node in graph.node],
        [(one.name, list(one.dims)) for one in graph.initializer],
        len(model.functions),
    )


QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_MARKED = re.compile(r"<(?:[^<>]|<[^<>]*>)*>")


def dot_structure(data: bytes) -> object:
    """DOT without what stands in strings, and without the text between the tags of labels."""
    assert b"\x00" not in data
    text = QUOTED.sub('""', data.decode("utf-8"))
    return _MARKED.sub(lambda label: "".join(re.findall(r"<[^<>]*>", label[0][1:-1])), text)


def mermaid_structure(data: bytes) -> object:
    text = data.decode("utf-8")
    return re.sub(r"(?m)^  accTitle: .*$", "", re.sub(r'"[^"\n]*"', '""', text)).split("\n")


def svg_structure(data: bytes) -> object:
    tree = ElementTree.fromstring(data.decode("utf-8"))
    return [(one.tag, sorted(one.attrib.keys() - {"title"})) for one in tree.iter()]


class _Page(HTMLParser):
    """The elements of a page, and the data in it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[object] = []
        self._is_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, sorted(name for name, _ in attrs)))
        self._is_data = ("type", "application/json") in attrs

    def handle_data(self, data: str) -> None:
        if self._is_data:
            self.found.append(json_structure(data))
            self._is_data = False

    def handle_comment(self, data: str) -> None:
        self.found.append("comment")


def html_structure(data: bytes) -> object:
    page = _Page()
    page.feed(data.decode("utf-8"))
    page.close()
    return page.found


def fragment_structure(text: str) -> object:
    """What a browser makes of a part of a page; characters alone may be at fault there."""
    parser = html5lib.HTMLParser()
    tree = parser.parseFragment(text)
    assert {code for _, code, _ in parser.errors} <= {"invalid-codepoint"}
    return [(str(one.tag), sorted(one.attrib.keys() - {"title"})) for one in tree.iter()]


def json_structure(text: str, without: Collection[str] = ()) -> object:
    """JSON with the kind of a text in its place, and without some of its keys."""

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items() if key not in without}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        return type(value).__name__ if isinstance(value, str) else value

    assert text.isascii()
    return plain(json.loads(text))


def findings_structure(text: str) -> object:
    """Findings but for their columns, which follow the text that is underlined."""
    return json_structure(text, ("column", "end_column", "startColumn", "endColumn"))


def github_structure(text: str) -> object:
    lines = text.removesuffix("\n").split("\n")
    assert all(re.match(r"::(error|warning|notice) file=[^,:]*,line=\d+,", line) for line in lines)
    return [line.split(",title=")[1][:4] for line in lines]


def junit_structure(text: str) -> object:
    tree = ElementTree.fromstring(text.encode("utf-8"))
    return [(one.tag, *sorted(one.attrib)) for one in tree.iter()]


OUTPUTS: dict[str, Callable[[bytes], object]] = {
    "net.py": python_structure,
    "net.onnx": onnx_structure,
    "net.dot": dot_structure,
    "net.html": html_structure,
    "net.svg": svg_structure,
    "net.mmd": mermaid_structure,
}
"""Every file that `compile` writes."""

FORMATS: dict[str, Callable[[str], object]] = {
    "text": lambda text: len(text.split("\n")),
    "json": findings_structure,
    "sarif": findings_structure,
    "github": github_structure,
    "junit": junit_structure,
}
"""Every format in which the linter reports."""


def _of_github(text: str) -> list[tuple[str, str]]:
    found = re.findall(r"(?m)^::(?:error|warning|notice) file=([^,:]*),.*?title=([A-Z]\d+)", text)
    assert len(found) == text.count("\n")
    return [(name, code) for name, code in found]


def _of_junit(text: str) -> list[tuple[str, str]]:
    tree = ElementTree.fromstring(text.encode("utf-8"))
    return [
        (case.attrib["classname"], case.attrib["name"].split()[0])
        for case in tree.iter("testcase")
        if len(case)
    ]


LISTED: dict[str, Callable[[str], list[tuple[str, str]]]] = {
    "json": lambda text: [(one["file"], one["code"]) for one in json.loads(text)],
    "sarif": lambda text: [
        (one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], one["ruleId"])
        for one in json.loads(text)["runs"][0]["results"]
    ],
    "github": _of_github,
    "junit": _of_junit,
}
"""The files and codes of all findings, as a format that programs read tells them."""
