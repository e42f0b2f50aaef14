"""Compile-time values: Python's semantics, types, binding of arguments, defaults, functions."""

import builtins
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.elaborate import Elaborator
from archdsl.elaborate.builtins import FUNCTIONS, make_divisible
from archdsl.elaborate.mistakes import Mistake
from archdsl.source import Source
from archdsl.syntax import parse_value
from tests.elaborate.programs import check, found, graph, named, network


def value(text: str, file: str = "") -> object:
    """The value of an expression at the level of a file; raises `Mistake`."""
    elaborator = Elaborator(Source("net.arch", file), "/project/net.arch", lambda path, shown: "")
    expr, diagnostics = parse_value(text, "a value")
    assert expr is not None, diagnostics
    return elaborator.evaluate(expr)


def as_python(text: str) -> object:
    """What Python makes of the same text, lists as tuples."""
    names: dict[str, object] = {"true": True, "false": False, "none": None}
    functions = {name: builtin.function for name, builtin in FUNCTIONS.items()}
    own = {"str", "make_divisible"}
    names |= {
        name: functions[name] if name in own else getattr(math, name, None) or _builtin(name)
        for name in functions
    }
    return frozen(eval(text, {"__builtins__": {}}, names))  # noqa: S307 - our own test texts


def _builtin(name: str) -> object:
    return getattr(builtins, name)


def frozen(found: object) -> object:
    if isinstance(found, list | tuple | range | zip | enumerate | type(reversed([]))):
        return tuple(map(frozen, found))
    return found


# --- against Python -------------------------------------------------------------------------------

numbers = st.one_of(
    st.integers(0, 40).map(str),
    st.floats(0, 40, allow_nan=False).map(lambda x: f"{x:.3f}"),
    st.sampled_from(["true", "false", "2_048", "1e-3"]),
)


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    binary = st.tuples(
        inner,
        st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "and", "or"]),
        inner,
    ).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})")
    chain = st.tuples(
        inner,
        st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
        inner,
        st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
        inner,
    ).map(lambda parts: f"({' '.join(parts)})")
    unary = st.tuples(st.sampled_from(["-", "+", "not "]), inner).map(
        lambda parts: f"({''.join(parts)})"
    )
    conditional = st.tuples(inner, inner, inner).map(
        lambda parts: f"({parts[0]} if {parts[1]} else {parts[2]})"
    )
    call = st.tuples(
        st.sampled_from(["abs", "round", "floor", "ceil", "int", "float", "sqrt", "log2"]), inner
    ).map(lambda parts: f"{parts[0]}({parts[1]})")
    several = st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(
        lambda parts: f"{parts[0]}({parts[1]}, {parts[2]})"
    )
    listed = st.tuples(
        st.sampled_from(["sum", "max", "min", "len", "any", "all"]), inner, inner, inner
    ).map(lambda parts: f"{parts[0]}([{', '.join(parts[1:])}])")
    return st.one_of(binary, chain, unary, conditional, call, several, listed)


@given(st.recursive(numbers, _combined, max_leaves=12))
def test_arithmetic_is_that_of_python(text: str) -> None:
    try:
        expected = as_python(text)
    except (ArithmeticError, ValueError, TypeError):
        with pytest.raises(Mistake):
            value(text)
        return
    finite = not isinstance(expected, float) or math.isfinite(expected)
    if isinstance(expected, complex) or not finite or not _fits(text):
        with pytest.raises(Mistake):
            value(text)
        return
    try:
        computed = value(text)
    except Mistake as mistake:
        assert "64 bits" in str(mistake), text
        return
    assert (type(computed), computed) == (type(expected), expected), text


def _fits(text: str) -> bool:
    """Whether no intermediate result is complex or infinite, which the language refuses."""
    try:
        value(text)
    except Mistake as mistake:
        return not any(
            word in str(mistake) for word in ("real number", "not a finite", "too large")
        )
    return True


SAME = """
[3, 1, 2][-1]
[3, 1, 2][1:]
[3, 1, 2][:-1]
[3, 1, 2][-9:9]
"abc"[1]
"abc"[1:]
[1] + [2, 3]
[1, 2] * 2
2 * "ab"
"a" + "b"
[1, [2, 3]] == [1, [2, 3]]
[1, 2] < [1, 3]
"a" < "b" < "c"
1 < 2 < 3 > 2
1 < 3 < 2
1 == 1.0 == true
none == none
none == 0
"1" == 1
[i * i for i in range(5)]
[i for i in range(10) if i % 3 == 0]
[a * b for a, b in [[1, 2], [3, 4]]]
enumerate(["a", "b"])
enumerate(["a", "b"], 1)
enumerate(["a", "b"], start=1)
zip([1, 2], [3, 4, 5])
range(5)
range(2, 5)
range(5, 0, -2)
sorted([3, 1, 2])
sorted([3, 1, 2], reverse=true)
reversed([3, 1, 2])
sum([1, 2, 3])
sum([1, 2], 3)
sum([1, 2], start=3)
sum([])
sum([true, true, false])
max([1, 3, 2])
min(4, 2)
len("abc")
len([])
round(2.5)
round(3.5)
round(-2.5)
round(2.675, 2)
round(7, 0)
int(-2.7)
int("12")
int(true)
float(3)
-2 ** 2
2 ** -1
2 ** 3 ** 2
-7 // 2
-7 % 3
7.5 // 2
true + true
0 or "x"
"" or []
1 and 2
not []
any([0, 1])
all([])
3 if 0 else 4
abs(-3)
1_000 * 2
-1 if true else 1
"""


@pytest.mark.parametrize("text", SAME.strip().split("\n"))
def test_same_as_python(text: str) -> None:
    expected = as_python(text)
    assert (type(value(text)), value(text)) == (type(expected), expected)


def test_units_and_words_of_its_own() -> None:
    assert value("60K") == 60_000
    assert value("25.5M") == 25_500_000
    assert value("4.2G") == 4_200_000_000
    assert value('"{1 + 1}-{true}-{none}-{1.0}-{[1, 2]}-{{}}"') == "2-true-none-1.0-[1, 2]-{}"
    assert value("str([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])") == "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"
    assert value('"a\\"b\\\\c\\n"') == 'a"b\\c\n'


@given(st.floats(0, 5000), st.integers(1, 64))
def test_make_divisible(v: float, divisor: int) -> None:
    rounded = make_divisible(v, divisor)
    assert rounded % divisor == 0
    assert rounded >= divisor
    assert rounded >= 0.9 * v
    assert rounded <= max(divisor, v + divisor)
    assert value(f"make_divisible({v!r}, {divisor})") == rounded


def test_no_other_name_exists() -> None:
    for name in ("open", "eval", "print", "math", "random", "exp", "map", "dict", "type", "id"):
        with pytest.raises(Mistake, match="not defined"):
            value(f"{name}(1)")
    for text in ('"a".upper()', "(1).real", "[1].append", '"a".__class__'):
        with pytest.raises(Mistake):
            value(text)


def test_long_and_deep_expressions() -> None:
    assert value(" + ".join(["1"] * 5000)) == 5000
    assert value(" and ".join(["1"] * 5000)) == 1
    assert value("(" * 150 + "1" + ")" * 150) == 1
    assert value("f(500)", "fn f(n: int) = 0 if n == 0 else f(n - 1) + 1\n") == 500


# --- types and arguments --------------------------------------------------------------------------

ACCEPTED = {
    "int": (["1", "-3"], ["1.0", "true", '"a"', "none", "[1]", "relu"]),
    "float": (["1", "1.5"], ["true", '"1"', "none"]),
    "bool": (["true", "1 < 2"], ["1", "0", "none"]),
    "str": (['"a"'], ["1", "none"]),
    "none": (["none"], ["0", "false"]),
    "list[int]": (["[]", "[1, 2]"], ["[1.5]", "[true]", "1", "[[1]]"]),
    "list[list[int]]": (["[[1], []]"], ["[1]"]),
    "int | none": (["1", "none"], ["1.5"]),
    "int | list[int] | str": (["1", "[1]", '"same"'], ["1.5", '["a"]']),
    "list[int | none]": (["[1, none]"], ['["a"]']),
    "block": (["relu", "conv(8)", "Unit", "conv(kernel=3)"], ["1", '"relu"', "x"]),
    "list[block]": (["[relu, conv(8)]"], ["[1]", "relu"]),
    "tensor": (["x", '"x"', "prev"], ["1", "relu"]),
    "tensor | none": (["x", "none"], ["1"]),
}


@pytest.mark.parametrize("type_", ACCEPTED)
def test_types(type_: str) -> None:
    accepted, refused = ACCEPTED[type_]
    before = f"block Unit {{\n  relu\n}}\nblock B(a: {type_}) {{\n  conv(8)\n}}\n"
    for text in accepted:
        assert found(f"B({text})", before) == [], text
    for text in refused:
        (message,) = found(f"B({text})", before)
        assert message.startswith(f"E206 `a` of `B` must be {type_}, not "), text


def test_an_int_becomes_a_float() -> None:
    instances = graph("conv(8)\nB(0)", "block B(p: float) {\n  dropout(p)\n}\n").instances
    args = [instance.args for instance in instances if instance.definition == "B"]
    assert repr(args) == "[(('p', 0.0),)]"


def test_arguments_bind_as_in_python() -> None:
    before = "block B(a: int, b: int = 2, c: int = a + b) {\n  conv(100 * a + 10 * b + c)\n}\n"
    for call, channels in {
        "B(1)": 123,
        "B(1, 3)": 134,
        "B(1, c=5)": 125,
        "B(b=3, a=1)": 134,
        "B(1, 3, 4,)": 134,
    }.items():
        assert graph(call, before).steps[0].layer.outputs[0].channels == channels
    for call in ("B()", "B(1, a=1)", "B(1, 2, 3, 4)", "B(d=1)", "B(a=1, 2)"):
        assert found(call, before)[0][:4] in ("E203", "E204", "E205")


def test_what_is_fixed_takes_no_position() -> None:
    of = graph("let b = conv(8)\nb(5)\nlet c = conv(kernel=1)\nc(4)\nlet d = b(5)\nd\nd(2)")
    assert [step.layer.args["kernel"] for step in of.steps] == [(5, 5), (1, 1), (5, 5), (5, 5)]
    assert [step.layer.outputs[0].channels for step in of.steps] == [8, 4, 8, 8]
    assert of.steps[-1].layer.args["stride"] == (2, 2)
    assert found("let b = conv(8)\nb(channels=4)")[0].startswith("E205 ")
    partial = "block Unit(width: int, act: block = relu) {\n  conv(width) -> act\n}\n"
    partial += "let wide = Unit(64)\n"
    assert named("wide(silu)\nwide(act=tanh)", partial) == "unit1.conv1 unit2.conv1"


def test_words_of_ops() -> None:
    assert graph("let same = 0\nconv(8, pad=same)").steps[0].layer.args["pad"] == ((1, 1), (1, 1))
    assert graph('conv(8, pad="same")').steps[0].layer.args["pad"] == ((1, 1), (1, 1))
    assert graph("let p = 0\nconv(8, pad=p)").steps[0].layer.args["pad"] == ((0, 0), (0, 0))
    assert graph("conv(8, pad=same if 1 < 2 else 0)").steps[0].layer.args["pad"] == ((1, 1), (1, 1))
    assert found("conv(8, pad=smae)")[0].startswith("E201 ")


# --- defaults, functions, variants ----------------------------------------------------------------


def biases(body: str, before: str = "") -> str:
    """For each convolution whether it has a bias."""
    steps = graph(body, before).steps
    return "".join("01"[len(step.layer.weights) - 1] for step in steps if step.layer.weights)


def test_defaults_hold_for_the_rest_of_their_scope() -> None:
    assert biases("conv(8)\ndefault conv(bias=false)\nconv(8)\nconv(8, bias=true)") == "101"
    assert biases("{ default conv(bias=false); conv(8) }\nconv(8)") == "01"
    assert biases("conv(8)", "default conv(bias=false)\n") == "0"
    assert biases("default conv(bias=true)\nconv(8)", "default conv(bias=false)\n") == "1"
    every = "depthwise\npointwise(8)\nseparable(8)\ndepthwise(bias=true)"
    assert biases(f"default conv(bias=false)\n{every}") == "00001"
    assert biases(f"default conv(bias=false)\ndefault depthwise(bias=true)\n{every}") == "10001"


def test_defaults_are_lexical() -> None:
    block = "block B {\n  conv(8)\n}\n"
    assert biases("default conv(bias=false)\nB\nconv(8)", block) == "10"
    assert biases("B", "default conv(bias=false)\n" + block) == "0"
    other = {"other.arch": "default conv(bias=false)\nblock B {\n  conv(8)\n}\n"}
    outcome = check('from "other.arch" import B\n' + network("B\nconv(8)"), other)
    assert [len(step.layer.weights) for step in outcome.graph.steps] == [1, 2]


def test_an_op_that_a_default_names_gets_its_own_later_default() -> None:
    file = """fn without_bias(layer: block) = false
default conv(bias=without_bias(dropout))
default dropout(p=0.25)
"""
    of = graph("conv(8) -> dropout", file)
    assert [step.layer.args.get("p") for step in of.steps] == [None, 0.25]


def test_a_parameter_varies_from_outside() -> None:
    block = "block B(norm: block = bn) {\n  conv(8) -> norm\n}\n"
    assert named("B\nB(gn(groups=2))\nB(norm=ln)", block) == (
        "b1.conv1 b1.bn1 b2.conv1 b2.gn1 b3.conv1 b3.ln1"
    )


def test_functions() -> None:
    file = "fn width_of(c: int, w: float = 1.0) = make_divisible(c * w, 8)\n"
    assert value("width_of(32)", file) == 32
    assert value("width_of(32, 0.5)", file) == 16
    assert value("width_of(w=0.75, c=32)", file) == 24
    for text in ("width_of()", "width_of(1.5)", "width_of(1, 2, 3)", "width_of(d=1)"):
        with pytest.raises(Mistake):
            value(text, file)
    # A function sees its own file, not its caller.
    assert found("let k = 3\nconv(f(1))", "fn f(n: int) = n + k\n")[0].startswith("E201 ")
    assert value("f(1)", "let k = 3\nfn f(n: int) = n + k\n") == 4


def test_variants() -> None:
    file = network("conv(width) -> conv(depth)", image="image[3, 8, 8]").replace(
        "network N {", "network N(width: int, depth: int = 2) {"
    )
    file += "network A = N(4)\nnetwork B = N(width=5, depth=6)\nnetwork C = A(7)\nnetwork D = A\n"
    graphs = check(file).graphs
    channels = {
        name: [step.layer.outputs[0].channels for step in found.steps]
        for name, found in graphs.items()
    }
    assert channels == {"A": [4, 2], "B": [5, 6], "C": [4, 7], "D": [4, 2]}
    assert check(file + "network E = A(width=8)\n").codes == ["E205"]
    assert check(file + "network E = A(8, 9)\n").codes == ["E205"]
    assert check(file + "network E = E\n").codes == ["E201"]
    assert check(file + "network E = A {\n  conv(8)\n}\n").codes == ["E217"]


def test_definitions_may_be_used_before_they_appear() -> None:
    assert named("B", "block B {\n  C\n}\nblock C {\n  conv(n)\n}\nlet n = m + 1\nlet m = 7\n") == (
        "b1.c1.conv1"
    )


def test_recursion_that_ends() -> None:
    block = "block B(n: int) {\n  conv(8)\n  if n > 1 { B(n - 1) }\n}\n"
    assert len(graph("B(500)", block).steps) == 500
    assert check(network("B(600)", block)).codes == ["E418"]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("len(sum([[1], [2, 3]], start=[4])) + 4", None),
        ("sum([[1], 2], start=[])", "E206"),
        ("sum([[1]], start=0)", "E206"),
        ("make_divisible(8, divisor=0)", "E207"),
        ("min([])", "E207"),
        ('int("x")', "E207"),
        ('int(float("x"))', "E207"),
        ("int(log2(0))", "E207"),
        ("int(sqrt(-1))", "E207"),
        ("range(1, 2, 0)[0]", "E207"),
    ],
)
def test_functions_say_what_they_cannot_do(call: str, code: str | None) -> None:
    assert check(network(f"conv({call})")).codes == ([] if code is None else [code])
