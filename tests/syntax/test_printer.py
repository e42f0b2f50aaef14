"""The printer: whole results, trees drawn at random and written untidily, depth and length."""

import re
import time
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archdsl.source import Source
from archdsl.syntax import ast, parse
from archdsl.syntax.formatting import format_source
from tests.golden import check_golden
from tests.syntax.dump import dump
from tests.syntax.scribble import scribbled
from tests.syntax.trees import files

ROOT = Path(__file__).parent.parent.parent
UNTIDY = Path(__file__).with_name("untidy.arch")
CORPUS = Path(__file__).with_name("corpus.arch")
# `make check` formats specs and std as well, before it runs any test.
SHOWN = sorted(
    file
    for folder in ("specs", "archdsl/std", "tests/checkpoints", "tests/backends/corpus")
    for file in (ROOT / folder).rglob("*.arch")
)


def tree(text: str) -> ast.File:
    file, diagnostics = parse(Source("a.arch", text))
    assert file is not None, (diagnostics, text)
    return file


def formatted(text: str) -> str:
    result = format_source(Source("a.arch", text)).text
    assert result is not None
    return result


def body(text: str) -> str:
    """The formatted statements of a network's body."""
    lines = formatted(f"arch 1\nnetwork N {{\n{text}\n}}").split("\n")[2:-2]
    return "\n".join(line.removeprefix("  ") for line in lines)


def comments(file: ast.File) -> list[str]:
    return [comment.text.rstrip() for comment in file.comments]


def test_every_construct() -> None:
    text = formatted(UNTIDY.read_text(encoding="utf-8"))
    check_golden("syntax/formatted.arch", text)
    assert formatted(text) == text


def test_the_parsers_corpus() -> None:
    text = CORPUS.read_text(encoding="utf-8")
    again = formatted(text)
    assert formatted(again) == again
    before = dump(tree(text).items, spans=False)
    assert dump(tree(again).items, spans=False) == before


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.name)
def test_what_ships_is_in_the_style(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert formatted(text) == text


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(files(), st.randoms(use_true_random=False))
def test_formatting_keeps_what_a_file_says(
    items: tuple[ast.Definition, ...], random: Random
) -> None:
    source, written = scribbled(items, random)
    parsed = tree(source)
    assert dump(parsed.items, spans=False) == dump(items, spans=False)
    assert comments(parsed) == written
    text = formatted(source)
    again = tree(text)
    own = again.items
    if items and not isinstance(items[0], ast.Version):
        assert dump(own[0], spans=False) == "Version\n  number: Number 1"
        own = own[1:]
    assert dump(own, spans=False) == dump(items, spans=False)
    assert comments(again) == written
    assert formatted(text) == text
    # No blanks at ends of lines, no tabs, no two empty lines, none at the ends of the file.
    assert not re.search(r"[ \t\r]\n|\t|\n\n\n|\A\n|\n\n\Z|[^\n]\Z", text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("\n\n", ""),
        (" ;\n", ""),
        ("# only\n\n\n\n  # comments", "# only\n\n# comments\n"),
        ("let a = 1", "arch 1\n\nlet a = 1\n"),
        ("arch 1", "arch 1\n"),
        ("# why\narch 1;let a = 1", "# why\narch 1\nlet a = 1\n"),
        ("# why\n\nlet a = 1", "arch 1\n\n# why\n\nlet a = 1\n"),
        ("arch 1\r\nlet a=1\r\n", "arch 1\r\nlet a = 1\r\n"),
        ("arch 1\nlet a=1\r\n", "arch 1\nlet a = 1\n"),
        ("arch 1\nlet a = 1 # b\t\n", "arch 1\nlet a = 1  # b\n"),
    ],
)
def test_files(text: str, expected: str) -> None:
    assert formatted(text) == expected
    assert formatted(expected) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("relu()", "relu()"),
        ("residual( ) { }", "residual() {}"),
        ("{conv(8);bn}", "{ conv(8); bn }"),
        ("{conv(8)\nbn}", "{\n  conv(8)\n  bn\n}"),
        ("{ conv(8); \n}", "{\n  conv(8)\n}"),
        ('{ "doc"; relu }', '{\n  "doc"\n  relu\n}'),
        ('{ """a "quoted" word""" }', '{\n  """a "quoted" word"""\n}'),
        ('{ """a\ttab""" }', '{\n  """a\ttab"""\n}'),
        ('{ """\n a\n  b\n""" }', '{\n  """\n  a\n   b\n  """\n}'),
        ("{ # a\n\n# b\n\nrelu }", "{  # a\n  # b\n\n  relu\n}"),
        ("{ relu\n\n\n# b\n\n}", "{\n  relu\n\n  # b\n}"),
        ("relu\n; # b\nbn", "relu\n# b\nbn"),
        ("conv(8) ->\n  bn", "conv(8)\n  -> bn"),
        ("conv(\n  8,\n  3)", "conv(8, 3)"),
        ("conv(8, 3,)", "conv(\n  8,\n  3,\n)"),
        ("let a = b.not\nrelu", "let a = b.not\nrelu"),
        ("let a = (b if c else d) + (e)", "let a = (b if c else d) + e"),
        ("let a = -(-b)", "let a = -(-b)"),
        ("let a = - - b", "let a = --b"),
        ("let a = (b + c) + d + (e + f)", "let a = (b + c) + d + (e + f)"),
        ("let a = (b < c) < (d < e)", "let a = (b < c) < (d < e)"),
        (
            "let a = [b for c in (d if e else f) if (g)]",
            "let a = [b for c in (d if e else f) if g]",
        ),
    ],
)
def test_statements(text: str, expected: str) -> None:
    assert body(text) == expected
    assert body(expected) == expected


LONG = "a_name_of_forty_columns_that_fills_lines"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # What follows a bracket that closes on a line of its own stays behind it.
        (
            f"conv(8) -> concat [{LONG}, {LONG}, {LONG}] -> bn -> relu",
            f"conv(8)\n  -> concat [\n    {LONG},\n    {LONG},\n    {LONG},\n  ] -> bn -> relu",
        ),
        # Braces are indented like their statement, however the header was broken.
        (
            f"for i in {LONG} + {LONG} + {LONG} {{\nrelu }}",
            f"for i in {LONG} +\n    {LONG} +\n    {LONG} {{\n  relu\n}}",
        ),
        (
            f"let a = [{LONG} if {LONG} else {LONG}]",
            f"let a = [\n  {LONG} if {LONG}\n    else {LONG},\n]",
        ),
        (
            f"let a = {LONG} * ({LONG} + {LONG}) + x // {LONG} % {LONG}",
            f"let a = {LONG} *\n    ({LONG} + {LONG}) +\n  x // {LONG} % {LONG}",
        ),
        (
            f'expect {LONG} < {LONG} + {LONG}, "why"',
            f'expect {LONG} <\n    {LONG} + {LONG},\n  "why"',
        ),
        (f"output {LONG}, {LONG}, {LONG}", f"output {LONG},\n  {LONG},\n  {LONG}"),
        (
            f"repeat 2 {{ {LONG}; {LONG}; {LONG} }}",
            f"repeat 2 {{\n  {LONG}\n  {LONG}\n  {LONG}\n}}",
        ),
    ],
)
def test_long_lines(text: str, expected: str) -> None:
    assert body(text) == expected
    assert body(expected) == expected


def test_no_line_is_longer_than_it_must_be() -> None:
    for line in formatted(UNTIDY.read_text(encoding="utf-8")).split("\n"):
        assert len(line) <= 100, line


def test_a_line_of_exactly_100_columns_stays() -> None:
    name = "n" * (100 - len("  conv(, 3)"))
    assert body(f"conv({name}, 3)") == f"conv({name}, 3)"
    assert body(f"conv({name}n, 3)") == f"conv(\n  {name}n,\n  3,\n)"


def test_depth() -> None:
    calls = "f(" * 150 + "x" + ")" * 150
    assert "f(" * 3 in re.sub(r"\s", "", formatted(f"let a = {calls}"))
    mixed = ("[" + "-" * 150) * 150 + "x" + "]" * 150
    assert formatted(f"let a = {mixed}").count("-") == 150 * 150
    deep = format_source(Source("a.arch", f"let a = {'f(' * 500}x{')' * 500}"))
    assert [found.code for found in deep.diagnostics] == ["E405"]


def test_a_sum_of_thousands_of_terms() -> None:
    terms = [f"x{number}" for number in range(5000)]
    expected = " +\n  ".join(terms)
    assert formatted(f"let a = {'+'.join(terms)}") == f"arch 1\n\nlet a = {expected}\n"


def seconds(text: str) -> float:
    taken = []
    for _ in range(3):
        start = time.process_time()
        assert format_source(Source("a.arch", text)).text
        taken.append(time.process_time() - start)
    return min(taken)


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("before", "repeated", "after"),
    [
        ("network N {\n", "  conv(64,3) -> bn ->relu # c\n", "}"),
        ("network N {", "conv(8);", "}"),
        ("network N { relu", "->relu", "}"),
        ("let a = [", "1,", "2]"),
        ("let a = (1", "+ # (\n2", ")"),
        ("", "# c\n", ""),
        ("network N {", "\n;\n", "}"),
        ('network N {"""', " a\n", '"""}'),
    ],
    ids=["lines", "inline", "chain", "list", "sum", "comments", "blanks", "documentation"],
)
def test_time_grows_with_the_length(before: str, repeated: str, after: str) -> None:
    short = seconds(before + repeated * 300 + after)
    assert seconds(before + repeated * 3000 + after) < 40 * short + 0.2


def test_brackets_at_the_start_of_a_line_are_measured_with_their_indentation() -> None:
    for length in range(70, 92):
        text = formatted(f"network N {{\n  x[[[{'n' * length}], 1]]\n}}\n")
        assert max(map(len, text.split("\n"))) <= 100, text
        assert formatted(text) == text
