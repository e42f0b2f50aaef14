"""No text of a user's can become code, markup, a command or a line of its own in any output.

Outputs are compared with those of a harmless text in the same places: they may differ in what
strings say, and in nothing else.
"""

import ast
import io
import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from xml.etree import ElementTree

import onnx
import pytest

from tests.cli.commands import Commands
from tests.hostile.nets import HARMLESS, RESTRICTED, broken, everywhere, planned, restricted
from tests.hostile.telling import check_shown, check_told
from tests.hostile.texts import HOSTILE, is_blank

SHARES = 4
TEXTS = [HOSTILE[start::SHARES] for start in range(SHARES)]


# --- What is the same of an output, whatever its strings say --------------------------------------


def python_structure(data: bytes) -> object:
    text = data.decode("ascii")
    compile(text, "emitted", "exec", dont_inherit=True)  # also what ast.parse lets pass
    tree = ast.parse(text)
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


_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_MARKED = re.compile(r"<(?:[^<>]|<[^<>]*>)*>")


def dot_structure(data: bytes) -> object:
    """DOT without what stands in strings, and without the text between the tags of labels."""
    assert b"\x00" not in data
    text = _QUOTED.sub('""', data.decode("utf-8"))
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


def json_structure(text: str) -> object:
    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        return type(value).__name__ if isinstance(value, str) else value

    assert text.isascii()
    return plain(json.loads(text))


OUTPUTS: dict[str, Callable[[bytes], object]] = {
    "net.py": python_structure,
    "net.onnx": onnx_structure,
    "net.dot": dot_structure,
    "net.html": html_structure,
    "net.svg": svg_structure,
    "net.mmd": mermaid_structure,
}
"""Every file that `compile` writes."""

LACKING = ("net.py", "net.html", "explain net.arch unit1")
"""Outputs without a place for documentation that says nothing."""

TARGETS = "pytorch,onnx,dot,mermaid,html,svg"

PRINTED: dict[str, Callable[[str], object]] = {
    "summary net.arch": str,
    "summary net.arch --format md": str,
    "summary net.arch --format csv": str,
    "summary net.arch --format json": json_structure,
    "explain net.arch unit1.odd1": lambda text: _QUOTED.sub('""', text),
    "explain net.arch unit1": lambda text: _QUOTED.sub('""', text),
    "check net.arch": str,
    "fmt --check net.arch": lambda text: text.replace("would reformat net.arch\n", "")[-40:],
}
"""What commands print of a sound network: what no text of it should change at all."""


EXPLAINED = {command: said for command, said in PRINTED.items() if command[0] == "e"}


def structures(archdsl: Commands, text: str, in_full: bool = True) -> Iterator[tuple[str, object]]:
    (archdsl.folder / "net.arch").write_text(everywhere(text), encoding="utf-8", newline="")
    targets = TARGETS if in_full else TARGETS.removesuffix(",svg")
    result = archdsl("compile", "net.arch", "--to", targets)
    assert (result.code, result.err) == (0, ""), result
    for name, structure in OUTPUTS.items():
        if in_full or name != "net.svg":
            yield name, structure((archdsl.folder / "build" / name).read_bytes())
    assert len(list((archdsl.folder / "build").iterdir())) == len(OUTPUTS)
    for command, said in PRINTED.items() if in_full else EXPLAINED.items():
        result = archdsl(*command.split())
        check_told(result)
        yield command, said(result.out)


@pytest.mark.parametrize("texts", TEXTS, ids=lambda texts: str(len(texts)))
def test_no_text_changes_what_outputs_are(archdsl: Commands, texts: tuple[str, ...]) -> None:
    expected = dict(structures(archdsl, HARMLESS))
    for number, text in enumerate(texts):
        # A picture is made of the DOT text, by a program of its own; a summary has names alone.
        for output, structure in structures(archdsl, text, in_full=number % 3 == 0):
            if output.startswith("fmt"):
                continue
            if output in LACKING and is_blank(text):
                continue  # an empty docstring is left out
            assert structure == expected[output], (output, text)


def test_plans(archdsl: Commands) -> None:
    """A plan's documentation and the name of its weights stand in the module."""
    expected: object = None
    for text in (HARMLESS, *HOSTILE):
        (archdsl.folder / "net.arch").write_text(planned(text), encoding="utf-8", newline="")
        result = archdsl("compile", "net.arch:Tuned")
        check_told(result)
        if result.code == 0:
            structure = python_structure((archdsl.folder / "build" / "tuned.py").read_bytes())
            expected = expected or structure
            assert structure == expected or is_blank(text), text
            check_told(archdsl("summary", "net.arch:Tuned"))
        else:
            # Out of the folder, or no ending that weights files have.
            assert re.search(r"error E(508|22\d|50\d)", result.err), (text, result)


# --- What is said of errors and findings ----------------------------------------------------------


def github_structure(text: str) -> object:
    lines = text.removesuffix("\n").split("\n")
    assert all(re.match(r"::(error|warning|notice) file=[^,:]*,line=\d+,", line) for line in lines)
    return [line.split(",title=")[1][:4] for line in lines]


def junit_structure(text: str) -> object:
    tree = ElementTree.fromstring(text.encode("utf-8"))
    return [(one.tag, *sorted(one.attrib)) for one in tree.iter()]


FORMATS: dict[str, Callable[[str], object]] = {
    "text": lambda text: len(text.split("\n")),
    "json": json_structure,
    "sarif": json_structure,
    "github": github_structure,
    "junit": junit_structure,
}


def findings(archdsl: Commands, text: str) -> Iterator[tuple[str, object]]:
    (archdsl.folder / "net.arch").write_text(broken(text), encoding="utf-8", newline="")
    for form, structure in FORMATS.items():
        result = archdsl("lint", "net.arch", "--format", form, "--no-cache")
        assert (result.code, result.err) == (1, "")
        check_shown(result.out.replace("::", "--") if form == "github" else result.out)
        yield form, structure(result.out)


@pytest.mark.parametrize("texts", TEXTS, ids=lambda texts: str(len(texts)))
def test_no_text_changes_how_much_is_found(archdsl: Commands, texts: tuple[str, ...]) -> None:
    expected = dict(findings(archdsl, HARMLESS))
    for text in texts:
        for form, structure in findings(archdsl, text):
            # Columns and the extent of what is underlined follow the text.
            if form in ("text", "github", "junit"):
                assert structure == expected[form], (form, text)


FREE = ("raw comment", "suppressed", "value")
"""Places where anything may stand that ends neither a line nor a string."""


@pytest.mark.parametrize("place", RESTRICTED)
def test_what_is_no_name_is_told_safely(archdsl: Commands, place: str) -> None:
    told = 0
    for text in HOSTILE:
        source = restricted(place, text).encode("utf-8", "replace")
        (archdsl.folder / "net.arch").write_bytes(source)
        result = archdsl("check", "net.arch")
        check_told(result)
        told += result.code
        if place in FREE and not result.code:
            check_told(archdsl("compile", "net.arch"))
            python_structure((archdsl.folder / "build" / "net.py").read_bytes())
    assert told or place in FREE


@pytest.mark.parametrize(
    "command", ["fmt --diff", "lint --diff --select P108", "fmt -", "lint --fix -"]
)
def test_sources_on_a_terminal(
    archdsl: Commands, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they are in a file or a pipe; on a terminal, what would steer it can be seen."""
    source = "network Net {\n  input x: image[3, 8, 8]\n  conv( 4) -> bn  # \x1b[2J\u202e\n}\n"
    (archdsl.folder / "net.arch").write_text(source, encoding="utf-8")
    words = command.split() + ["net.arch"] * (not command.endswith("-"))
    for is_terminal in (False, True):
        out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        out.isatty = lambda: is_terminal  # type: ignore[method-assign]  # noqa: B023
        with monkeypatch.context() as patched:
            patched.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(source.encode())))
            patched.setattr("sys.stdout", out)
            archdsl(*words)
        out.flush()
        said = out.buffer.getvalue().decode()  # type: ignore[attr-defined]
        assert ("\x1b[2J\u202e" in said) is not is_terminal
        assert ("\\x1b[2J\\u202e" in said) is is_terminal
