"""No input takes long: what does not end in time ends in a diagnostic."""

import time

import pytest

from archdsl.elaborate.mistakes import MAX_ERRORS
from tests.elaborate.programs import check, network

ENDLESS = {
    "power": ("conv(9 ** 9 ** 9)", "", "E207"),
    "range": ("conv(len(range(10 ** 9)))", "", "E419"),
    "list": ("conv(len([0] * 10 ** 9))", "", "E419"),
    "string": ('conv(len("a" * 10 ** 9))', "", "E419"),
    "comprehension": ("conv(len([i for i in range(1_000_000)]))", "", "E419"),
    "nested comprehensions": (
        "conv(len([[j for j in range(1000)] for i in range(1000)]))",
        "",
        "E419",
    ),
    "repeat": ("repeat 10 ** 9 { relu }", "", "E417"),
    "empty repeat": ("repeat 10 ** 9 { }", "", "E419"),
    "repeat of a let": ("repeat 10 ** 9 { let n = 1 }", "", "E419"),
    "nested repeats": ("repeat 1000 { repeat 1000 { repeat 1000 { relu } } }", "", "E417"),
    "nested empty repeats": ("repeat 1000 { repeat 1000 { repeat 1000 { prev } } }", "", "E419"),
    "nested loops": (
        "for i in range(10_000) { for j in range(10_000) { if i < 0 { relu } } }",
        "",
        "E419",
    ),
    "lists in a loop": ("for i in range(1000) { let l = range(1_000_000) }", "", "E419"),
    "strings in a loop": ('for i in range(100_000) { let s = "a" * 1_000_000 }', "", "E419"),
    "blocks in a loop": (
        "repeat 100_000 { Hundred }",
        "block Hundred {\n  repeat 100 { relu }\n}\n",
        "E417",
    ),
    "endless recursion": ("Deep(0)", "block Deep(n: int) {\n  Deep(n + 1)\n}\n", "E418"),
    "branching recursion": (
        "Tree(1)",
        "block Tree(n: int) {\n  Tree(2 * n)\n  Tree(2 * n + 1)\n}\n",
        "E207",
    ),
    "blocks in blocks": (
        "Two(40)",
        "block Two(n: int) {\n  if n > 0 {\n    Two(n - 1)\n    Two(n - 1)\n  }\n}\n",
        "E419",
    ),
    "exponential recursion": (
        "conv(fib(60))",
        "fn fib(n: int) = n if n < 2 else fib(n - 1) + fib(n - 2)\n",
        "E419",
    ),
    "recursion of a network": (
        "Inner",
        "network Inner {\n  input y: image[3, H=8, W=8]\n  Inner\n}\n",
        "E418",
    ),
    "list of lists": (
        "\n".join(f"let l{i + 1} = [l{i}, l{i}]" for i in range(40)) + "\nconv(len(str(l40)))",
        "let l0 = [0]\n",
        "E419",
    ),
    "list of lists as argument": (
        "\n".join(f"let l{i + 1} = l{i} + l{i}" for i in range(40)) + "\nTake(l40)",
        "let l0 = [0]\nblock Take(l: list[int]) {\n  relu\n}\n",
        "E419",
    ),
}


@pytest.mark.parametrize("title", ENDLESS)
def test_endless(title: str) -> None:
    body, before, code = ENDLESS[title]
    start = time.process_time()
    codes = check(network(body, before)).codes
    # Well under a second on an idle machine; without the limit it would be minutes.
    assert time.process_time() - start < 5
    assert codes[0] == code
    # A passed limit ends the run: it is reported once.
    assert sum(found in ("E417", "E418", "E419") for found in codes) == (title != "power")


def test_what_is_large_but_sensible_is_accepted() -> None:
    assert check(network("conv(" + " + ".join(["1"] * 5000) + ")")).codes == []
    assert len(check(network("repeat 20_000 { relu }")).graph.steps) == 20_000
    assert len(check(network("for i in range(300) { repeat 100 { relu } }")).graph.steps) == 30_000
    chain = " -> ".join(["relu"] * 5000)
    assert len(check(network(chain)).graph.steps) == 5000
    statements = "\n".join(f"c{i} = conv(8)" for i in range(2000))
    assert len(check(network(statements)).graph.steps) == 2000
    assert check(network("conv(sum(range(1000)))")).codes == []


def test_deep_nesting() -> None:
    blocks = (
        "".join(f"block B{i} {{\n  B{i + 1}\n}}\n" for i in range(500))
        + "block B500 {\n  conv(8)\n}\n"
    )
    assert len(check(network("B0", blocks)).graph.steps) == 1
    braces = "f = " + "{ " * 60 + "conv(8)" + " }" * 60
    assert len(check(network(braces)).graph.steps) == 1
    residuals = "residual { " * 60 + "conv(3)" + " }" * 60
    assert len(check(network(residuals)).graph.steps) == 61


def test_a_longer_file_may_expand_to_more() -> None:
    loop = "repeat 200_000 { relu }"
    assert check(network(loop)).codes == ["E417"]
    assert check(network(loop) + "# a comment\n" * 20_000).codes == []


def test_nothing_is_looked_for_after_a_thousand_errors() -> None:
    lines = "".join(f"layer{n}\n" for n in range(MAX_ERRORS + 10))
    second = network("another").replace("network N", "network M")
    codes = check(network(lines) + second).codes
    assert codes == ["E202"] * MAX_ERRORS + ["E420"]
    parts = "".join(f"block B{n} {{\n  layer\n}}\n" for n in range(MAX_ERRORS + 10))
    assert check(parts).codes == ["E202"] * MAX_ERRORS + ["E420"]
    doubled = "let a = 1\n" * (MAX_ERRORS + 10)
    assert check(doubled).codes == ["E211"] * MAX_ERRORS + ["E420"]
    few = "".join(f"layer{n}\n" for n in range(MAX_ERRORS - 1))
    assert check(network(few) + second).codes == ["E202"] * MAX_ERRORS + ["E420"]


def test_thousands_of_unknown_names_are_compared_for_the_first_ones_only() -> None:
    names = "".join(f"let abcdef{n} = 1\n" for n in range(500))
    found = check(network(names + "".join(f"conv(abcdfe{n})\n" for n in range(500)))).diagnostics
    helps = [one.help or "" for one in found]
    assert helps[0] == "did you mean `abcdef0`?"
    assert helps[-1].startswith("define it with")
