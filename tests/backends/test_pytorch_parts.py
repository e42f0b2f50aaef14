"""The parts of the PyTorch backend by themselves: layout, expressions, docstrings, names."""

import ast
import keyword
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archdsl.backends.pytorch.expressions import (
    Choice,
    Expr,
    Items,
    Literal,
    Negative,
    Not,
    Operation,
    Param,
    Unfit,
    decided,
    evaluate,
    negated,
    write,
)
from archdsl.backends.pytorch.printer import Code, Group, call, layout, listing, signature
from archdsl.backends.pytorch.text import camel_case, docstring, literal, safe, snake_case
from tests.backends.emitted import run_tool

# --- layout ---------------------------------------------------------------------------------------

words = st.text("abgh", min_size=1, max_size=14)
codes: st.SearchStrategy[Code] = st.recursive(
    words,
    lambda inner: (
        st.builds(
            lambda head, items, keywords: Group(
                f"{head}(",
                (
                    *(("", item) for item in items),
                    *((f"k{k}=", one) for k, one in enumerate(keywords)),
                ),
            ),
            words,
            st.lists(inner, max_size=4),
            st.lists(inner, max_size=2),
        )
        | st.builds(
            lambda head, items: call(head, *items, exploded=len(items) > 1), words, st.lists(inner)
        )
        | st.builds(listing, st.lists(inner, max_size=5))
    ),
    max_leaves=14,
)


def test_the_formatter_changes_no_layout(tmp_path: Path) -> None:
    """Many random statements in one file, so that the formatter starts once."""
    lines = ["class A:", "    def f(self):", "        pass"]

    @given(st.lists(codes, min_size=1, max_size=20), st.lists(words, max_size=8))
    @settings(max_examples=40, database=None)
    def collect(drawn: list[Code], names: list[str]) -> None:
        for code in drawn:
            # Text that does not fit anywhere is not ours to break.
            made = layout(code, " " * 8, "value = ")
            if all(len(line) <= 88 for line in made) and not isinstance(code, str):
                lines.extend(made)
        parameters = [f"{name}{k}: int" for k, name in enumerate(names)]
        lines.extend(["", *signature("g", parameters, "Tensor", "    "), "        pass"])

    collect()
    path = tmp_path / "layout.py"
    path.write_text("\n".join([*lines, ""]))
    done = run_tool("ruff", "format", "--isolated", "--diff", str(path), folder=tmp_path)
    assert done.returncode == 0, done.stdout[:3000]


# --- expressions ----------------------------------------------------------------------------------

VALUES = {"a": 3, "b": 7, "c": 1, "flag": True}

expressions: st.SearchStrategy[Expr] = st.recursive(
    st.builds(Literal, st.integers(0, 9)) | st.builds(Param, st.sampled_from(sorted(VALUES))),
    lambda inner: (
        st.builds(
            Operation,
            st.sampled_from(["+", "-", "*", "//", "%", "**", "==", "!=", "<", ">=", "and", "or"]),
            inner,
            inner,
        )
        | st.builds(Not, inner)
        | st.builds(Negative, inner)
        | st.builds(Choice, inner, inner, inner)
    ),
    max_leaves=8,
)


@given(expressions)
def test_expressions_are_written_as_they_are_evaluated(expr: Expr) -> None:
    try:
        value = evaluate(expr, VALUES)
    except Unfit:
        return
    assert eval(write(expr), {}, VALUES) == value  # noqa: S307 - written by us
    assert ast.dump(ast.parse(write(expr))) == ast.dump(ast.parse(f"({write(expr)})"))


@given(expressions)
def test_a_negated_condition_is_the_opposite(expr: Expr) -> None:
    try:
        value = evaluate(expr, VALUES)
    except Unfit:
        return
    assert bool(evaluate(negated(expr), VALUES)) is not bool(value)


@given(expressions)
def test_what_is_left_of_an_answered_question_has_its_value(expr: Expr) -> None:
    try:
        value = evaluate(expr, VALUES)
    except Unfit:
        return
    found = evaluate(decided(expr), VALUES)
    assert found == value
    # `True * 1` is 1: of the two, true is left.
    assert isinstance(found, bool) or type(found) is type(value)


def test_answered_questions() -> None:
    asked, yes, no = Operation(">", Param("a"), Literal(1)), Literal(True), Literal(False)
    assert decided(Choice(Param("a"), no, Param("b"))) == Param("b")
    assert decided(Operation("and", yes, Param("a"))) == Param("a")
    assert decided(Operation("or", yes, Param("a"))) == yes
    assert decided(Operation("and", asked, yes)) == decided(Operation("or", asked, no)) == asked
    for one in ("a + 0", "0 + a", "a - 0", "a * 1", "1 * a"):
        left, op, right = one.split()
        sides = [Param(side) if side == "a" else Literal(int(side)) for side in (left, right)]
        assert decided(Operation(op, *sides)) == Param("a")
    open_ones = [Operation("and", Param("a"), yes), Operation("and", asked, no)]
    open_ones += [Operation("-", Literal(0), Param("a")), Operation("//", Param("a"), Literal(1))]
    assert [*map(decided, open_ones)] == open_ones


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (Items((Literal(1), Param("stride"))), "(1, stride)"),
        (Items((Operation("+", Param("a"), Literal(1)),)), "(a + 1,)"),
        (Operation("*", Literal(4), Param("width")), "4 * width"),
        (Operation("*", Operation("+", Param("a"), Param("b")), Literal(2)), "(a + b) * 2"),
        (Operation("-", Param("a"), Operation("-", Param("b"), Literal(1))), "a - (b - 1)"),
        (Operation("**", Literal(2), Param("a")), "2**a"),
        (Not(Operation("==", Param("a"), Literal(1))), "not a == 1"),
        (Operation("and", Operation("or", Param("a"), Param("b")), Param("c")), "(a or b) and c"),
        (Negative(Operation("+", Param("a"), Literal(1))), "-(a + 1)"),
    ],
)
def test_written_expressions(expr: Expr, text: str) -> None:
    assert write(expr) == text


# --- text -----------------------------------------------------------------------------------------


@given(st.text())
@settings(max_examples=300)
def test_no_text_leaves_its_docstring(text: str) -> None:
    lines = ["class A:", *docstring(text, "    "), "    pass", ""]
    module = "\n".join(lines)
    assert module.isascii()
    (made,) = ast.parse(module).body
    assert isinstance(made, ast.ClassDef)
    assert [type(node) for node in made.body[-1:]] == [ast.Pass]
    assert len(made.body) <= 2
    assert all(len(line) <= 88 or " " not in line.strip() for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        '"',
        'ends in a quote"',
        '"""',
        "a\\",
        "\\",
        "a\rb",
        "a\u2028b",
        "\ud800",
        "\x00",
        "a\n\n  b\nc",
    ],
)
def test_text_that_ends_strings(text: str) -> None:
    test_no_text_leaves_its_docstring.hypothesis.inner_test(text)  # type: ignore[attr-defined]


@given(
    st.text() | st.integers() | st.floats(allow_nan=False) | st.tuples(st.integers(), st.booleans())
)
def test_literals_mean_their_values(value: object) -> None:
    text = literal(value)
    assert text.isascii()
    assert eval(text, {"float": float}) == value  # noqa: S307 - written by us


@given(st.text(min_size=1))
def test_safe_names_are_names(name: str) -> None:
    made = safe(name)
    assert made.isidentifier() and made.isascii() and not keyword.iskeyword(made)


def test_names_in_other_cases() -> None:
    assert camel_case("layer_1") == "Layer1"
    assert camel_case("a-b") == "AB"
    assert camel_case("0") == "Level0"
    assert snake_case("SqueezeExcite") == "squeeze_excite"
