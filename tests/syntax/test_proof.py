"""The proof that a formatted text says the same: printers that are broken on purpose are caught."""

import re
from collections.abc import Callable

import pytest

from archdsl.source import Source
from archdsl.syntax import ast, formatting
from archdsl.syntax.formatting import format_source
from archdsl.syntax.printer import printed, proof
from archdsl.syntax.printer.proof import FormatterBug

TEXT = """\
arch 1

# Squeezes.
block Gate(r: int) {
  "Squeeze and excitation."
  pointwise(input.channels // (2 * r))  # half
  relu()
  "a" -> relu -> conv(2)
}
"""


def broken(change: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> FormatterBug:
    """What the proof says of a printer whose text is changed."""

    def wrong(tree: ast.File) -> str:
        return change(printed(tree))

    monkeypatch.setattr(formatting, "printed", wrong)
    with pytest.raises(FormatterBug) as caught:
        format_source(Source("a.arch", TEXT))
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "message", "place"),
    [
        ("(2 * r)", "2 * r", "has another meaning", "a.arch:6:13"),
        ("  # half", "", "a comment is lost", "a.arch:6:41"),
        ("# half", "# whole", "a comment is lost", "a.arch:6:41"),
        ("# half", "# half\n  # half", "written twice", "a.arch:1:1"),
        ("relu()", "relu", "has another meaning", "a.arch:7:3"),
        ("relu()", "relu(", "has a syntax error", "a.arch:1:1"),
        ("relu()", "", "has another meaning", "a.arch:4:20"),
        ('"a"', '"b"', "has another meaning", "a.arch:8:3"),
        ("conv(2)", "conv(2.0)", "has another meaning", "a.arch:8:23"),
        ("Squeeze and", "Squeeze, and", "has another meaning", "a.arch:5:3"),
        ("relu()", "relu( )", "otherwise again", "a.arch:1:1"),
        ("arch 1\n", "", "has another meaning", "a.arch:1:1"),
    ],
)
def test_a_broken_printer_is_caught(
    old: str, new: str, message: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert old in TEXT
    bug = broken(lambda text: text.replace(old, new, 1), monkeypatch)
    assert message in str(bug)
    assert str(bug.span) == place


def test_comments_in_another_order_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def swap(text: str) -> str:
        return re.sub(
            "Squeezes.|half", lambda found: {"half": "Squeezes."}.get(found[0], "half"), text
        )

    assert "a comment is lost" in str(broken(swap, monkeypatch))


def test_a_printer_that_is_not_stable_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "printed", lambda tree: printed(tree).replace("relu()", "relu( )"))
    with pytest.raises(FormatterBug, match="otherwise again"):
        format_source(Source("a.arch", TEXT.replace("relu()", "relu( )")))
