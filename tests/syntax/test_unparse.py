"""Expressions to text and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.source import Source, Span
from archdsl.syntax import ast, parse_value
from archdsl.syntax.unparse import unparse
from tests.syntax.dump import dump

NOWHERE = Span(Source("test", ""), 0, 0)


def parsed(text: str) -> ast.Expr:
    value, diagnostics = parse_value(text, "test")
    assert diagnostics == (), text
    assert value is not None
    return value


@pytest.mark.parametrize(
    "text",
    [
        "a + b * c - (d - e)",
        "(a + b) * c // d % e / f",
        "-a ** -b ** c",
        "(-a) ** b",
        "(a ** b) ** c",
        "not a == b and c or d and (e or f)",
        "(not a) + 1",
        "a < b <= c",
        "(a < b) < c",
        "a if b else c if d else e",
        "(a if b else c) if (d if e else f) else g",
        "(a if b else c) + 1",
        "f(x, k=2)(y)[0][1:][:2][:].z.add",
        "(a + b).c",
        "[]",
        "[1, 0.5, 1e-05, true, false, none, prev, input]",
        "[a if b else c for i, j in (x if y else z) if k or l]",
        '"a\\"\\\\\\n\\t{{}}{i + 1}b"',
        "op(concat, add)",
    ],
)
def test_canonical_text_stays_as_it_is(text: str) -> None:
    assert unparse(parsed(text)) == text


def test_numbers_and_parentheses_that_are_clear_stay() -> None:
    assert unparse(parsed("((a)+( b*c ))*2_000K")) == "(a + (b * c)) * 2_000K"


def test_a_negative_value_keeps_its_meaning() -> None:
    minus_two = ast.Number(-2, NOWHERE)
    assert unparse(ast.Binary("**", minus_two, minus_two, NOWHERE)) == "(-2) ** -2"


def test_depth() -> None:
    text = " + ".join(["x"] * 5000)
    assert unparse(parsed(text)) == text


names = st.sampled_from(["x", "conv", "block"]).map(lambda name: ast.Name(name, NOWHERE))
literal_texts = st.text(
    st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from('\n\t"\\{}')
)
leaves = st.one_of(
    names,
    st.integers(0, 2**63 - 1).map(lambda value: ast.Number(value, NOWHERE)),
    st.floats(0, allow_infinity=False).map(lambda value: ast.Number(value, NOWHERE)),
    st.sampled_from([True, False, None]).map(lambda value: ast.Constant(value, NOWHERE)),
    st.just(ast.Prev(NOWHERE)),
    st.just(ast.Input(NOWHERE)),
    literal_texts.map(lambda text: ast.String((text,) if text else (), NOWHERE)),
)


def larger(inner: st.SearchStrategy[ast.Expr]) -> st.SearchStrategy[ast.Expr]:
    operators = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "and", "or"])
    comparisons = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    optional = st.none() | inner
    arguments = st.builds(ast.Argument, st.none() | names, inner, st.just(NOWHERE))
    here = st.just(NOWHERE)
    return st.one_of(
        st.builds(ast.Unary, st.sampled_from(["-", "+", "not"]), inner, here),
        st.builds(ast.Binary, operators, inner, inner, here),
        st.builds(
            ast.Comparison,
            inner,
            st.lists(st.tuples(comparisons, inner), min_size=1, max_size=2).map(tuple),
            here,
        ),
        st.builds(ast.Conditional, inner, inner, inner, here),
        st.builds(ast.Attribute, inner, names, here),
        st.builds(ast.Index, inner, inner, here),
        st.builds(ast.Slice, inner, optional, optional, here),
        st.builds(ast.Apply, inner, st.lists(arguments, max_size=2).map(tuple), here),
        st.builds(ast.List, st.lists(inner, max_size=2).map(tuple), here),
        st.builds(
            ast.Comprehension,
            inner,
            st.lists(names, min_size=1, max_size=2).map(tuple),
            inner,
            optional,
            here,
        ),
    )


@given(st.recursive(leaves, larger, max_leaves=12))
def test_what_is_written_parses_to_the_same_tree(expr: ast.Expr) -> None:
    assert dump(parsed(unparse(expr)), spans=False) == dump(expr, spans=False)
