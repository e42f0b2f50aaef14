"""What the parser makes of valid files: records, spans, comments, depth."""

import contextlib
from pathlib import Path

import pytest

from archdsl.source import Source
from archdsl.syntax import ast, parse, parse_value
from archdsl.syntax.build import MAX_OPERATORS
from archdsl.syntax.lexer import MAX_NESTING
from tests.golden import check_golden
from tests.syntax.dump import dump

CORPUS = Path(__file__).with_name("corpus.arch")


def tree(text: str) -> ast.File:
    result = parse(Source("a.arch", text))
    assert result.diagnostics == ()
    assert result.file is not None
    return result.file


def expression(text: str) -> ast.Expr:
    value, diagnostics = parse_value(text, "--set x")
    assert diagnostics == ()
    assert value is not None
    return value


def test_every_construct() -> None:
    check_golden("syntax/corpus.txt", dump(tree(CORPUS.read_text(encoding="utf-8"))) + "\n")


def test_line_endings_and_blanks_change_nothing_but_places() -> None:
    text = CORPUS.read_text(encoding="utf-8")
    plain = dump(tree(text).items, spans=False)
    windows = tree(text.replace("\n", "\r\n"))
    assert dump(windows.items, spans=False).replace("\\r\\n", "\\n") == plain
    assert dump(tree(text.replace("  ", "\t\t")).items, spans=False) == plain.replace(
        r"\n  lines", r"\n\t\tlines"
    )
    assert dump(tree(f"\n\n;;\n{text}\n\n# end").items, spans=False) == plain


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_spans_count_code_points_and_lines_end_at_newlines_only(newline: str) -> None:
    text = newline.join(["# \u2028\x0c\x85 é 🙂", 'let a = "🙂\u2028é" + b', ""])
    item = tree(text).items[0]
    assert isinstance(item, ast.Let)
    assert str(item.value.span) == "a.arch:2:9"
    assert isinstance(item.value, ast.Binary)
    assert str(item.value.right.span) == "a.arch:2:17"
    assert item.value.span.text == '"🙂\u2028é" + b'


def test_comments_are_kept_without_their_line_ends() -> None:
    file = tree("# one\r\nlet a = [ # two\r\n  1]\r\n#")
    assert [span.text for span in file.comments] == ["# one", "# two", "#"]


def test_an_empty_file() -> None:
    for text in ("", "\n", " # nothing", ";", "\r\n\r\n"):
        assert tree(text).items == ()


def test_spans_of_bodies_hold_their_braces_and_parentheses_are_no_node() -> None:
    file = tree("network A { relu }\nlet x = ((1)) + (2)")
    network, let = file.items
    assert isinstance(network, ast.Network)
    assert network.body.span.text == "{ relu }"
    assert isinstance(let, ast.Let)
    assert let.value.span.text == "((1)) + (2)"
    assert isinstance(let.value, ast.Binary)
    assert let.value.left.span.text == "1"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("2_040", 2040),
        ("007", 7),
        ("0.5", 0.5),
        ("2.0", 2.0),
        ("1e-3", 0.001),
        ("1e3", 1000.0),
        ("60K", 60_000),
        ("25.5M", 25_500_000),
        ("4.2G", 4_200_000_000),
        ("4.089284456G", 4_089_284_456),
        ("0.0005K", 0.5),
        ("9223372036854775807", 2**63 - 1),
        ("0" * 5000 + "1", 1),
    ],
)
def test_numbers(text: str, value: float) -> None:
    number = expression(text)
    assert isinstance(number, ast.Number)
    assert number.value == value
    assert type(number.value) is type(value)


@pytest.mark.parametrize(
    "text",
    ["9223372036854775808", "9" * 5000, "9" * 5000 + "K", "9." + "9" * 5000 + "e400", "1e999"],
)
def test_numbers_that_are_too_large(text: str) -> None:
    value, diagnostics = parse_value(text, "--set x")
    assert value is None
    assert [diagnostic.code for diagnostic in diagnostics] == ["E409"]


def test_strings() -> None:
    string = expression(r'"a\"\\\n\t{{x}}{i + 1}b{j}{k}"')
    assert isinstance(string, ast.String)
    texts = [part if isinstance(part, str) else part.span.text for part in string.parts]
    assert texts == ['a"\\\n\t{x}', "i + 1", "b", "j", "k"]
    empty = expression('""')
    assert isinstance(empty, ast.String)
    assert empty.parts == ()


def test_a_sum_of_thousands_of_terms() -> None:
    value = expression(" + ".join(f"x{i}" for i in range(5000)))
    terms = 1
    while isinstance(value, ast.Binary):
        value = value.left
        terms += 1
    assert terms == 5000


@pytest.mark.parametrize(
    ("before", "after"),
    [("f(", ")"), ("[", "]"), ("(", ")"), ("x[", "]"), ("- ", ""), ("not ", "")],
)
def test_nesting_up_to_the_limit(before: str, after: str) -> None:
    fits = before * (MAX_NESTING - 1) + "1" + after * (MAX_NESTING - 1)
    assert expression(fits)
    for levels in (MAX_NESTING + 1, 500, 100_000):
        value, diagnostics = parse_value(before * levels + "1" + after * levels, "--set x")
        assert value is None
        assert [diagnostic.code for diagnostic in diagnostics] == ["E405"]


@pytest.mark.parametrize(
    "link", [".a", "(1)", "[0]", "[:]", " if a else x", "**x", "**-x", " if a else -x**y[0]"]
)
def test_long_chains_that_are_no_sums_end_in_an_error(link: str) -> None:
    assert expression("x" + link * 50)
    value, diagnostics = parse_value("x" + link * 5000, "--set x")
    assert value is None
    assert [diagnostic.code for diagnostic in diagnostics] == ["E405"]


@pytest.mark.parametrize(
    "link", [" + x - x", " * x / x", " and x and x", " < x < x", " + x * x + x"]
)
def test_operators_in_a_row_up_to_the_limit(link: str) -> None:
    pairs = MAX_OPERATORS // 2
    assert expression("x" + link * pairs)
    value, diagnostics = parse_value("x" + link * (pairs + 1), "--set x")
    assert value is None
    assert [diagnostic.code for diagnostic in diagnostics] == ["E405"]


def test_deep_braces_and_long_chains_of_else() -> None:
    deep = "network A " + "{ repeat 2 " * 150 + "{ relu }" + " }" * 150
    assert tree(deep)
    result = parse(Source("a.arch", "network A " + "{ repeat 2 " * 500 + "{ relu }" + " }" * 500))
    assert [diagnostic.code for diagnostic in result.diagnostics] == ["E405"]
    chain = "network A { if a { relu }" + " else if a { relu }" * 1000 + " }"
    assert [found.code for found in parse(Source("a.arch", chain)).diagnostics] == ["E405"]


def test_repr_and_equality_of_deep_trees_do_not_end_the_process() -> None:
    value = expression("+".join(["x"] * 5000))
    for operation in (repr, hash, lambda node: node == expression("+".join(["x"] * 5000))):
        with contextlib.suppress(RecursionError):
            operation(value)
    del value


def test_documentation_has_no_indentation() -> None:
    def documentation(text: str) -> str:
        (block,) = tree(f"block A {{ {text} }}").items
        assert isinstance(block, ast.Block) and isinstance(block.body, ast.Body) and block.body.doc
        return block.body.doc.text

    long = '"""One\\t\n\t  two  \r\n\n\t\tthree\n\t  """'
    assert documentation(long) == "One\t\ntwo\n\n      three"
    assert documentation('"""\n    "a"  """') == '"a"'
    assert documentation('"  a\\n  b "') == "a\n  b"


def test_a_newline_counts_after_a_word_behind_a_dot() -> None:
    file = tree("let a = net.not\nlet b = net.and\nlet c = not\n  net.or\n")
    assert len(file.items) == 3
