"""No text of a user's can become code, markup, a command or a line of its own in any output.

Outputs are compared with those of a harmless text in the same places: they may differ in what
strings say, and in nothing else.
"""

import io
import re
from collections.abc import Iterator

import pytest

from archdsl import driver
from archdsl.diagnostics import Diagnostic, render
from archdsl.linting.formats import formatted
from tests.cli.commands import Commands
from tests.hostile.nets import HARMLESS, RESTRICTED, broken, everywhere, planned, restricted
from tests.hostile.structures import FORMATS, LISTED, OUTPUTS, QUOTED, python_structure
from tests.hostile.telling import check_shown, check_told
from tests.hostile.texts import HOSTILE, is_blank

SHARES = 4
TEXTS = [HOSTILE[start::SHARES] for start in range(SHARES)]


LACKING = ("net.py", "net.html", "explain net.arch unit1")
"""Outputs without a place for documentation that says nothing."""

TARGETS = "pytorch,onnx,dot,mermaid,html"
"""A picture is made of the DOT text by a program of its own; `test_packed` draws all of them."""

EXPLAINED = ("explain net.arch unit1.odd1", "explain net.arch unit1")


def structures(archdsl: Commands, text: str) -> Iterator[tuple[str, object]]:
    (archdsl.folder / "net.arch").write_text(everywhere(text), encoding="utf-8", newline="")
    result = archdsl("compile", "net.arch", "--to", TARGETS)
    assert (result.code, result.err) == (0, ""), result
    names = OUTPUTS.keys() - {"net.svg"}
    assert {path.name for path in (archdsl.folder / "build").iterdir()} == names
    for name in names:
        yield name, OUTPUTS[name]((archdsl.folder / "build" / name).read_bytes())
    for command in EXPLAINED:
        result = archdsl(*command.split())
        check_told(result)
        yield command, QUOTED.sub('""', result.out)


@pytest.mark.parametrize("texts", TEXTS, ids=lambda texts: str(len(texts)))
def test_no_text_changes_what_outputs_are(archdsl: Commands, texts: tuple[str, ...]) -> None:
    expected = dict(structures(archdsl, HARMLESS))
    for text in texts:
        for output, structure in structures(archdsl, text):
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
            assert structure == expected[form], (form, text)


FREE = ("raw comment", "suppressed", "value")
"""Places where anything may stand that ends neither a line nor a string."""


@pytest.mark.parametrize("place", RESTRICTED)
def test_what_is_no_name_is_told_safely(archdsl: Commands, place: str) -> None:
    """All that is wrong in a place in one report: each format tells the same findings."""
    found: list[Diagnostic] = []
    for number, text in enumerate(HOSTILE):
        name = f"net{number}.arch"
        (archdsl.folder / name).write_bytes(restricted(place, text).encode("utf-8", "replace"))
        found += driver.check(name, {}, {}).diagnostics
    check_shown("\n".join(map(render, found)))
    expected = [(one.span.source.name, one.code) for one in found]
    assert expected or place in FREE
    for form, listed in LISTED.items():
        assert listed(formatted(form, found)) == expected, form


@pytest.mark.parametrize("place", FREE)
def test_what_may_be_any_text(archdsl: Commands, place: str) -> None:
    for text in HOSTILE:
        source = restricted(place, text).encode("utf-8", "replace")
        (archdsl.folder / "net.arch").write_bytes(source)
        result = archdsl("compile", "net.arch")
        check_told(result)
        if not result.code:
            python_structure((archdsl.folder / "build" / "net.py").read_bytes())
            check_told(archdsl("explain", "net.arch", "--", text))


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
