"""Sources made to take long: little text that means much work, or text of a shape that is hard.

Each is at most a few hundred kilobytes, or is refused for its size.
"""

from typing import NamedTuple

from tests.elaborate.programs import network


class Bomb(NamedTuple):
    """A source and what must become of it.

    Attributes:
        text: the file `net.arch`, as text or bytes.
        code: of the first error of `check`; None where there is none.
        files: others beside it.
    """

    title: str
    text: str | bytes
    code: str | None
    files: dict[str, str] = {}  # noqa: RUF012


def _lets(count: int, first: str, of_the_one_before: str, last: str) -> str:
    """`let v0 = first`, then each from the one before, and a use of the last."""
    lines = [f"let v0 = {first}"]
    lines += [f"let v{n + 1} = {of_the_one_before.replace('@', f'v{n}')}" for n in range(count)]
    return "\n".join(lines) + "\n" + last.replace("@", f"v{count}")


def _symbolic(body: str) -> str:
    return network(body, image="image[3, H=64, W=64]")


def _diamonds(depth: int) -> dict[str, str]:
    """Files of which each imports the next two, so that there are 2 ** depth ways down."""
    files = {}
    for n in range(depth):
        imports = "".join(
            f'from "d{n + step}.arch" import B{n + step}\n' for step in (1, 2) if n + step < depth
        )
        files[f"d{n}.arch"] = f"{imports}block B{n} {{\n  relu\n}}\n"
    return files


def _first() -> str:
    return 'from "c0.arch" import B0\n' + network("B0")


def _chain(end: int, last: int | None) -> dict[str, str]:
    """Files c0, c1, ... of which each imports the next one; the one at the end the last, if any."""
    files = {}
    for n in range(end + 1):
        following = n + 1 if n < end else last
        begin = f'from "c{following}.arch" import B{following}\n' if following is not None else ""
        body = "relu" if following is None else f"B{following}"
        files[f"c{n}.arch"] = f"{begin}block B{n} {{\n  {body}\n}}\n"
    return files


UNIT = "block Unit(width: int) {\n  conv(width) -> bn -> relu\n}\n"
BOMBS = [
    # --- arithmetic, lists and texts ---
    Bomb("9 ** 9 ** 9", network("conv(9 ** 9 ** 9)"), "E207"),
    Bomb("2 ** 2 ** 2 ..., 10,000 times", network("conv(" + "2 ** " * 10_000 + "1)"), "E405"),
    Bomb("products that pass 64 bits", network(_lets(80, "3", "@ * @", "conv(@)")), "E207"),
    Bomb("a number of 100,000 digits", network(f"conv({'9' * 100_000})"), "E409"),
    Bomb("a float of 100,000 digits", network(f"dropout(0.{'9' * 100_000})"), None),
    Bomb("1e999999999", network("dropout(1e999999999)"), "E409"),
    Bomb("a range of 10 ** 9", network("conv(len(range(10 ** 9)))"), "E419"),
    Bomb("[0] * 10 ** 9", network("conv(len([0] * 10 ** 9))"), "E419"),
    Bomb("a list doubled 60 times", network(_lets(60, "[1]", "@ + @", "conv(len(@))")), "E419"),
    Bomb("a text doubled 60 times", network(_lets(60, '"a"', "@ + @", "conv(len(@))")), "E419"),
    Bomb(
        "lists in lists, 60 deep", network(_lets(60, "[0]", "[@, @]", "conv(len(str(@)))")), "E419"
    ),
    Bomb(
        "equal lists of lists compared",
        network(
            _lets(30, "[0]", "[@, @]", "")
            + _lets(30, "[0]", "[@, @]", "").replace("v", "w")
            + "conv(1 if v30 == w30 else 2)"
        ),
        "E419",
    ),
    Bomb(
        "texts in texts, doubled 60 times",
        network(_lets(60, '"a"', '"{@}{@}"', "conv(len(@))")),
        "E419",
    ),
    Bomb(
        "a text of 50,000 computed parts",
        network(f'let t = "{"{1}" * 50_000}"\nconv(len(t))'),
        None,
    ),
    Bomb(
        "100 comprehensions in each other",
        network("let v = " + "[" * 100 + "0" + " for i in range(10)]" * 100 + "\nconv(len(v))"),
        "E419",
    ),
    Bomb(
        "a comprehension of 1000 * 1000",
        network("conv(len([[j for j in range(1000)] for i in range(1000)]))"),
        "E419",
    ),
    Bomb(
        "sums of a million numbers, again and again",
        network("let l = range(1_000_000)\nfor i in range(1000) {\n  let s = sum(l)\n}\nrelu"),
        "E419",
    ),
    Bomb(
        "sorting a million numbers, again and again",
        network("let l = range(1_000_000)\nlet v = [sorted(l) for i in range(1000)]\nrelu"),
        "E419",
    ),
    Bomb(
        "membership by comparing lists",
        network("let l = range(1_000_000)\nlet v = [l == l for i in range(5000)]\nrelu"),
        "E419",
    ),
    Bomb(
        "slices of a long list",
        network("let l = range(1_000_000)\nlet v = [l[1:] for i in range(5000)]\nrelu"),
        "E419",
    ),
    Bomb(
        "zip of long lists",
        network("let l = range(1_000_000)\nlet v = [zip(l, l, l, l) for i in range(50)]\nrelu"),
        "E419",
    ),
    Bomb(
        "texts of a long list",
        network("let l = range(1_000_000)\nlet v = [str(l) for i in range(50)]\nrelu"),
        "E419",
    ),
    Bomb("sums of lists", network("conv(len(sum([[i] for i in range(20_000)], start=[])))"), None),
    Bomb(
        "long lists as arguments, 10,000 times",
        network(
            "let b = B(range(1_000_000))\nrepeat 10_000 { b }", "block B(l: list[int]) { relu }\n"
        ),
        "E419",
    ),
    Bomb(
        "comparisons of lists in lists",
        network(
            _lets(14, "[0]", "[@, @]", "")
            + _lets(14, "[0]", "[@, @]", "").replace("v", "w")
            + "let c = [v14 == w14 for i in range(20_000)]\nrelu"
        ),
        "E419",
    ),
    # --- loops and recursion ---
    Bomb("repeat 10 ** 9", network("repeat 10 ** 9 { relu }"), "E417"),
    Bomb("repeat 10 ** 9 of nothing", network("repeat 10 ** 9 { }"), "E419"),
    Bomb("repeats in repeats", network("repeat 10 { " * 30 + "relu" + " }" * 30), "E417"),
    Bomb("empty repeats in repeats", network("repeat 10 { " * 30 + "prev" + " }" * 30), "E419"),
    Bomb(
        "loops in loops",
        network("for i in range(99) { " * 30 + "if i < 0 { relu }" + " }" * 30),
        "E419",
    ),
    Bomb("a block that calls itself", network("B(0)", "block B(n: int) { B(n + 1) }\n"), "E418"),
    Bomb("two blocks that call each other", network("A", "block A { B }\nblock B { A }\n"), "E418"),
    Bomb(
        "blocks that double, 60 deep",
        network("B(60)", "block B(n: int) {\n  if n > 0 { B(n - 1); B(n - 1) } else { relu }\n}\n"),
        "E417",
    ),
    Bomb(
        "blocks that double and make nothing",
        network(
            "B(60)",
            "block B(n: int) {\n  if n > 0 { B(n - 1); B(n - 1) }\n}\nrelu\n".replace("relu\n", ""),
        ),
        "E419",
    ),
    Bomb(
        "blocks that double, each call another",
        network(
            "B(1)",
            "block B(n: int) {\n  if n < 2 ** 60 { B(2 * n); B(2 * n + 1) } else { relu }\n}\n",
        ),
        "E419",
    ),
    Bomb("a network in itself", network("N"), "E418"),
    Bomb(
        "a function that calls itself", network("conv(f(0))", "fn f(n: int) = f(n + 1)\n"), "E418"
    ),
    Bomb(
        "two functions that call each other",
        network("conv(f(0))", "fn f(n: int) = g(n)\nfn g(n: int) = f(n)\n"),
        "E418",
    ),
    Bomb(
        "fib(60)",
        network("conv(fib(60))", "fn fib(n: int) = n if n < 2 else fib(n - 1) + fib(n - 2)\n"),
        "E419",
    ),
    Bomb(
        "functions that give lists, doubled",
        network("conv(len(f(60)))", "fn f(n: int) = [1] if n == 0 else f(n - 1) + f(n - 1)\n"),
        "E419",
    ),
    Bomb(
        "5,000 values, each from the next",
        "".join(f"let v{n} = v{n + 1} + 1\n" for n in range(5000))
        + "let v5000 = 1\n"
        + network("conv(v0)"),
        None,
    ),
    Bomb(
        "blocks as arguments of themselves",
        network("B(B(B(relu)))", "block B(b: block) {\n  b -> B(b)\n}\n"),
        "E418",
    ),
    # --- depth and width ---
    Bomb("100,000 parentheses", network(f"conv({'(' * 100_000}1{')' * 100_000})"), "E405"),
    Bomb("100,000 parentheses, none closed", "let a = " + "(" * 100_000, "E405"),
    Bomb("100,000 braces", network("{" * 100_000 + "relu" + "}" * 100_000), "E405"),
    Bomb("100,000 lists", network(f"conv({'[' * 100_000}1{']' * 100_000})"), "E405"),
    Bomb("100,000 closing braces", "}" * 100_000, "E108"),
    Bomb("100,000 calls", network("conv" + "(1)" * 100_000), "E101"),
    Bomb("100,000 indices", network("conv(a" + "[0]" * 100_000 + ")"), "E405"),
    Bomb("100,000 attributes", network("a" + ".b" * 100_000), "E405"),
    Bomb("40,000 terms", network("conv(" + "+".join(["1"] * 40_000) + ")"), None),
    Bomb("100,000 signs", network("conv(" + "-" * 100_000 + "1)"), "E405"),
    Bomb("100,000 times not", network("if " + "not " * 100_000 + "true { relu }\nrelu"), "E405"),
    Bomb("40,000 times and", network("if " + "true and " * 40_000 + "true { relu }\nrelu"), None),
    Bomb("40,000 comparisons", network("if " + "1 <= " * 40_000 + "1 { relu }\nrelu"), None),
    Bomb("20,000 choices in a row", network("conv(" + "1 if false else " * 20_000 + "2)"), "E405"),
    Bomb("20,000 powers of one", network("conv(" + "1 ** " * 20_000 + "1)"), "E405"),
    Bomb("if in if, 10,000 deep", network("if true { " * 10_000 + "relu" + " }" * 10_000), "E405"),
    Bomb(
        "10,000 times else if",
        network(
            "".join(f"if n == {n} {{ relu }} else " for n in range(10_000)) + "{ relu }",
            "let n = -1\n",
        ),
        "E405",
    ),
    Bomb(
        "residual in residual, 190 deep", network("residual { " * 190 + "relu" + " }" * 190), None
    ),
    Bomb(
        "concat in concat, 18 deep and doubling",
        network("concat [prev, " * 18 + "relu" + "]" * 18),
        None,
    ),
    Bomb(
        "projections in projections",
        network(
            "residual { " * 90
            + "conv(4)"
            + "".join(f" }} shortcut p{n} = project" for n in range(90))
        ),
        None,
    ),
    Bomb("concat of 5,000 branches", network("concat [" + "relu, " * 5000 + "]"), None),
    Bomb("add of 5,000 branches", network("add [" + "relu, " * 5000 + "]"), None),
    Bomb(
        "chunk into a million", network("chunk(1_000_000)", image="image[1_000_000, 8, 8]"), "E215"
    ),
    Bomb(
        "a split into a million",
        network("split([1] * 1_000_000)", image="image[1_000_000, 8, 8]"),
        "E215",
    ),
    Bomb(
        "a tensor of 10,000 axes", network("relu", image="tensor[" + "1, " * 10_000 + "]"), "E222"
    ),
    Bomb(
        "a dense block of 1,000 layers",
        network("for i in range(1000) {\n  concat [prev, bn -> relu -> conv(12)]\n}"),
        None,
    ),
    Bomb(
        "a block with 2,000 parameters",
        network(
            "B(" + "1, " * 2000 + ")",
            "block B(" + ", ".join(f"p{n}: int" for n in range(2000)) + ") { relu }\n",
        ),
        None,
    ),
    # --- sizes that depend on the input ---
    Bomb("60 strides", _symbolic("pad([40, 40])\n" + "conv(8, stride=2, pad=9)\n" * 60), None),
    Bomb("heights joined, 60 times", _symbolic("concat(axis=height) [prev, prev]\n" * 60), None),
    Bomb(
        "products of sums of sizes",
        _symbolic(_lets(40, "prev.height + prev.width + 1", "@ * @", "expect @ > 0\nrelu")),
        "E207",
    ),
    Bomb(
        "products of many quotients",
        _symbolic(
            "let v = "
            + " * ".join(
                f"(prev.height // {n} + prev.width // {n + 1} + {n})" for n in range(2, 40)
            )
            + "\nconv(8, pad=v // v)"
        ),
        "E207",
    ),
    Bomb(
        "quotients of quotients",
        _symbolic(
            _lets(60, "prev.height", "(@ + prev.width // (@ + 1)) // 2", "conv(8, pad=@ - @)")
        ),
        "E207",
    ),
    Bomb(
        "2,000 conditions",
        network("relu", image="image[3, H=64, W=64] where " + ", ".join(["H % 2 == 0"] * 2000)),
        None,
    ),
    Bomb(
        "conditions without a common multiple",
        network(
            "conv(8, stride=2)",
            image="image[3, H=64, W=64] where " + ", ".join(f"H % {n} == 0" for n in range(2, 60)),
        ),
        "E307",
    ),
    Bomb(
        "branches of 200 different sizes",
        _symbolic(
            "concat [" + ", ".join(f"conv(8, {2 * n + 1}, pad=0)" for n in range(1, 200)) + "]"
        ),
        "E303",
    ),
    Bomb(
        "a U-Net of 20 levels",
        _symbolic(
            "".join(f"d{n} = conv(8)\nmaxpool\n" for n in range(5))
            + "".join(f"upsample\nconcat [d{n}, prev]\n" for n in reversed(range(5)))
        ),
        "E302",
    ),
    *(
        Bomb(
            f"a map of 2 ** 26 positions and {step}",
            network(step, image="image[3, 1, 2 ** 26]"),
            None,
        )
        for step in (
            "conv(8, stride=2, kernel=1)",
            "conv(8, [1, 3], stride=[1, 7])",
            "conv(8, [1, 2 ** 12], pad=0, stride=[1, 2 ** 13])",
            "conv(8, [1, 3], pad=same, dilation=[1, 2 ** 20])",
            "conv_transpose(8, [1, 2 ** 3 + 1], stride=[1, 2 ** 2], dilation=[1, 6])",
            "avgpool([1, 2 ** 20]) -> conv_transpose(8, [1, 2 ** 18], stride=[1, 2 ** 18])",
            "maxpool([1, 2 ** 20])",
            "avgpool([1, 2 ** 20], stride=[1, 2 ** 20])",
            "maxpool([1, 3], stride=[1, 5], dilation=[1, 2 ** 20])",
            "gap -> upsample([1, 2 ** 26])",
            "adaptive_avgpool([1, 2 ** 20])",
            "pad([[0, 0], [2 ** 20, 2 ** 20]]) -> crop([[0, 0], [2 ** 20, 1]])",
            "flatten -> linear(10)",
        )
    ),
    # --- files ---
    Bomb("a line of 10 MB", "relu " * 2_000_000, "E404"),
    Bomb("10 MB of newlines", "\n" * 10_000_000, "E404"),
    Bomb("a comment of 4 MB", "#" + "x" * 4_000_000 + "\n" + network("relu"), None),
    Bomb("4 MB of blanks", " " * 4_000_000 + network("relu"), None),
    Bomb("4 MB of newlines", "\n" * 4_000_000 + network("relu"), None),
    Bomb("4 MB of semicolons", ";" * 4_000_000, None),
    Bomb("4 MB of quotes", '"' * 4_000_001, "E132"),
    Bomb("4 MB of backslashes", '"' + "\\" * 4_000_000, "E111"),
    Bomb("4 MB of NUL", b"\0" * 4_000_000, "E402"),
    Bomb("4 MB that are no UTF-8", b"\xff" * 4_000_000, "E401"),
    Bomb("a text of 4 MB", network('"' + "a" * 4_000_000 + '"\nrelu'), "E419"),
    Bomb("a name of 4 MB", network("a" * 4_000_000 + " = relu"), None),
    Bomb("a number of 4 MB", network("conv(" + "1" * 4_000_000 + ")"), "E409"),
    Bomb(
        "long names in long names",
        network(
            "".join(f"{'n' * 200}{n} = {{ " for n in range(190)) + "conv(1); " * 500 + " }" * 190
        ),
        None,
    ),
    Bomb("200,000 wrong signs", "$ " * 200_000, "E133"),
    Bomb("50,000 lines with a syntax error", network("conv(1 2)\n" * 50_000), "E102"),
    Bomb("5,000 unknown names", network("conv(zzz)\n" * 5000), "E201"),
    Bomb(
        "5,000 names with a near one",
        network(
            "".join(f"let abcdef{n} = 1\n" for n in range(2500))
            + "".join(f"conv(abcdfe{n})\n" for n in range(2500))
        ),
        "E201",
    ),
    Bomb("2,000 layers of one name", network("a = conv(8)\n" * 2000), "E210"),
    Bomb("10,000 definitions of one name", "let a = 1\n" * 10_000, "E211"),
    Bomb(
        "2 ** 100 ways to a file",
        'from "d0.arch" import B0\n' + network("B0"),
        None,
        _diamonds(100),
    ),
    Bomb("a file that imports itself", 'from "net.arch" import N\n' + network("relu"), "E412"),
    Bomb("a cycle of 100 files", _first(), "E412", _chain(99, last=0)),
    Bomb("a chain of 250 files", _first(), None, _chain(249, last=None)),
    Bomb("a chain of 1,000 files", _first(), "E416", _chain(999, last=None)),
    # --- expectations and the linter ---
    Bomb("2,000 expectations that fail", network("relu\n" + "expect params == 1\n" * 2000), "E601"),
    Bomb(
        "1,000 expectations on fields",
        network(
            "".join(f"c{n} = conv(8)\n" for n in range(500))
            + "".join(f"expect c{n}.receptive_field > 0\n" for n in range(500))
        ),
        None,
    ),
    Bomb(
        "5,000 comments that silence nothing",
        network("# archdsl: ignore[P108] why\n" * 5000 + "relu"),
        None,
    ),
    Bomb(
        "1,500 findings, 1,500 comments",
        network("conv(8, bias=true) -> bn -> relu  # archdsl: ignore[P108] why\n" * 1500),
        None,
    ),
    Bomb(
        "a comment that silences 20,000 codes",
        network("# archdsl: ignore[" + "P108, " * 20_000 + "] why\nrelu"),
        None,
    ),
    Bomb("50,000 comments", network("# a comment\n" * 50_000 + "relu"), None),
    Bomb("2,000 alike lines", network("conv(8)\n" * 2000), None),
    Bomb(
        "3,000 unused values",
        network("".join(f"let v{n} = {n}\n" for n in range(3000)) + "relu"),
        None,
    ),
    Bomb("1,500 activations in a row", network("relu\n" * 1500), None),
    Bomb(
        "1,000 layers that reach no output",
        network("".join(f"a{n} = conv(8)\n" for n in range(1000)) + "relu\n"),
        None,
    ),
    Bomb(
        "1,000 long skips",
        network(
            "".join(f"s{n} = conv(8)\n" for n in range(500))
            + "".join(f"add [prev, s{n}]\n" for n in reversed(range(500)))
        ),
        None,
    ),
    Bomb(
        "500 values read by 500 layers each",
        network(
            "".join(f"s{n} = conv(8)\n" for n in range(150))
            + ("add [" + ", ".join(f"s{n}" for n in range(150)) + "]\n") * 150
        ),
        None,
    ),
    Bomb(
        "200 networks",
        UNIT
        + "".join(
            network("Unit(8) -> Unit(8)").replace("network N", f"network N{n}") for n in range(200)
        ),
        None,
    ),
    Bomb("a shared layer used 2,000 times", network("shared s = conv(3)\n" + "s\n" * 2000), None),
    Bomb(
        "1,000 outputs",
        network(
            "".join(f"c{n} = conv(8)\n" for n in range(500))
            + "".join(f"output c{n}\n" for n in range(500))
        ),
        None,
    ),
    Bomb("2,000 skips in a row", network("residual { relu }\n" * 2000), None),
    Bomb(
        "2,000 values, none of them the one that is named",
        network("".join(f"value{n} = relu\n" for n in range(1000)) + '"valeu" -> relu\n' * 1000),
        "E201",
    ),
    Bomb(
        "1,000 comments that silence the whole file",
        network(
            "# archdsl: ignore-file[P108] why\n" * 1000
            + "conv(8, bias=true) -> bn -> relu\n" * 1000
        ),
        None,
    ),
    Bomb("a channel count of 2 ** 62", network("conv(2 ** 62, 99)\nconv(2 ** 62, 99)"), "E309"),
]
