"""S402: what could be a `repeat`, and that a `repeat` in its place changes no name."""

from pathlib import Path

import pytest

from archdsl import driver
from archdsl.lint.catalogue import RULES
from archdsl.linting.fixing import fixed
from archdsl.source import Source
from archdsl.syntax.formatting import format_source
from tests.lint.linting import codes, network

CHAIN = "conv(3) -> relu"
BODIES: dict[str, str] = {
    "chains": network(CHAIN, CHAIN, CHAIN, "conv(3)", "relu"),
    "single layers": network("relu", "conv(3)", "conv(3)", "conv(3)", "conv(4)", "relu"),
    "numbered layers": network("f = { conv(3); conv(3); conv(3); conv(4) }", "conv(3)"),
    "numbered chains": network(f"f = {{ bn; {CHAIN}; {CHAIN}; {CHAIN}; bn }}"),
    "all of a level": network(f"f = {{ {CHAIN}; {CHAIN}; {CHAIN}; {CHAIN} }}"),
    "braces in a level": network("f = { { conv(3); bn }; { conv(3); bn }; { conv(3); bn }; bn }"),
    "residuals": network(*3 * ["residual { conv(1) -> bn }"], "conv(3)"),
    "merges": network(*3 * ["add [conv(3), prev]"], "concat [prev, prev]"),
    "loops": network(*3 * ["for n in [2, 3] { conv(n) -> bn }"], "conv(3)"),
    "conditions": network(*3 * ["if true { conv(3) } else { conv(4) }"], "conv(3)"),
    "nested": network(*3 * ["{ conv(3); conv(3); conv(3) }"], "conv(3)"),
    "repeats": network(*3 * ["repeat 2 { conv(3) }"], "conv(3)"),
    "blocks": "block B(n: int = 3) { conv(n); conv(n); conv(n); relu }\n"
    + network("B", "B", "B", "b = B(4)", "f = { B; B; B; conv(3) }"),
    "a block of one flow": "block B = { bn; conv(3); conv(3); conv(3); relu }\n"
    + network("B", "b = B"),
    "defaults and lets": network(
        "default conv(bias=false)", "let n = 3", *3 * ["conv(n)"], "conv(n)"
    ),
    "several networks": network("conv(1)", "conv(1)", "conv(1)")
    + network(*3 * ["Net"]).replace("network Net", "network Other"),
    "the last of a body": network("a = conv(3)", "a -> relu", "relu", "relu", "relu"),
    "a shared layer": network("shared s = conv(1)", "s -> relu", "s -> relu", "s -> relu"),
    "the current value in arguments": network(*3 * ["conv(prev.channels + 1)"]),
    "long lines": network(*3 * ["conv(3) -> " + " -> ".join(12 * ["dropout"])]),
    "several lines": network(*3 * ["residual {\n    conv(1)\n\n    relu\n  }"]),
}


def keys(text: str) -> list[tuple[str, list[str]]]:
    """The state-dict keys of every network of a text."""
    Path("net.arch").write_text(text, encoding="utf-8")
    checked = driver.check("net.arch")
    assert not checked.diagnostics
    return [(graph.name, [key for key, _ in graph.weights()]) for graph in checked.graphs]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("text", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_names_stay(text: str, newline: str) -> None:
    text = text.replace("\n", newline)
    before = keys(text)
    assert any(of_one for _, of_one in before)
    mended = fixed("net.arch", text, [RULES["S402"]])
    assert mended.fixes > 0
    assert not mended.left
    assert "repeat " in mended.text
    assert "\n" not in mended.text.replace("\r\n", "") or newline == "\n"
    assert keys(mended.text) == before


@pytest.mark.parametrize("text", BODIES.values(), ids=BODIES)
def test_the_style_is_the_canonical_one(text: str) -> None:
    """What was written in it still is."""
    formatted = format_source(Source("net.arch", text)).text
    assert formatted is not None
    mended = fixed("net.arch", formatted, [RULES["S402"]]).text
    assert format_source(Source("net.arch", mended)).text == mended


OTHERS: dict[str, str] = {
    "two": network("conv(3)", "conv(3)", "conv(4)", "conv(4)"),
    "other arguments": network("conv(3)", "conv(3)", "conv(3, 1)"),
    "the same number of another type": network("dropout(1)", "dropout(1.0)", "dropout(1)"),
    "something between": network("conv(3)", "relu", "conv(3)", "relu", "conv(3)", "relu"),
    "computed names": network('"a{1}" = conv(3)', '"a{2}" = conv(3)', '"a{3}" = conv(3)'),
    "values": network("a = conv(3)", '"a"', '"a"', '"a"'),
    "in one chain": network("conv(3) -> conv(3) -> conv(3)"),
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_what_could_not_be_repeated(text: str) -> None:
    assert codes("S402", text) == []


@pytest.mark.parametrize(
    "statements",
    [
        ("conv(3)  # the first", "conv(3)", "conv(3)"),
        ("conv(3)", "# the second", "conv(3)", "conv(3)"),
        3 * ('residual {\n    """\n    Of a kind.\n    """\n    conv(1)\n  }',),
    ],
)
def test_nothing_written_is_lost(statements: tuple[str, ...]) -> None:
    text = network(*statements)
    assert codes("S402", text) == ["S402"]
    assert fixed("net.arch", text, [RULES["S402"]]).text == text


def test_comments_around_stay() -> None:
    text = network("# before", "conv(3)", "conv(3)", "conv(3)  # behind", "conv(4)")
    mended = fixed("net.arch", text, [RULES["S402"]]).text
    assert mended == network("# before", "repeat 3 { conv(3) }  # behind", "conv(4)")
