"""Sources made to take long: little text that means much work, or text of a shape that is hard.

Each is at most a few hundred kilobytes, or is refused for its size.
"""

from tests.bombs.bomb import Bomb
from tests.bombs.files import FILES
from tests.elaborate.programs import network


def _lets(count: int, first: str, of_the_one_before: str, last: str) -> str:
    """`let v0 = first`, then each from the one before, and a use of the last."""
    lines = [f"let v0 = {first}"]
    lines += [f"let v{n + 1} = {of_the_one_before.replace('@', f'v{n}')}" for n in range(count)]
    return "\n".join(lines) + "\n" + last.replace("@", f"v{count}")


def _symbolic(body: str) -> str:
    return network(body, image="image[3, H=64, W=64]")


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
    Bomb("50,000 terms", network("conv(" + "+".join(["1"] * 50_000) + ")"), None),
    Bomb("100,000 terms", network("conv(" + "+".join(["1"] * 100_000) + ")"), "E405"),
    Bomb("100,000 products", network("conv(" + "1 * 1 + " * 100_000 + "1)"), "E405"),
    Bomb("100,000 signs", network("conv(" + "-" * 100_000 + "1)"), "E405"),
    Bomb("100,000 times not", network("if " + "not " * 100_000 + "true { relu }\nrelu"), "E405"),
    Bomb("100,000 items", network("conv([" + "1, " * 100_000 + "][0])"), None),
    Bomb(
        "100,000 times and", network("if " + "true and " * 100_000 + "true { relu }\nrelu"), "E405"
    ),
    Bomb("100,000 comparisons", network("if " + "1 <= " * 100_000 + "1 { relu }\nrelu"), "E405"),
    Bomb(
        "100,000 choices in a row", network("conv(" + "1 if false else " * 100_000 + "2)"), "E405"
    ),
    Bomb("100,000 powers of one", network("conv(" + "1 ** " * 100_000 + "1)"), "E405"),
    Bomb(
        "if in if, 100,000 deep", network("if true { " * 100_000 + "relu" + " }" * 100_000), "E405"
    ),
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
    *(
        Bomb(f"{step} on a map of {size}", network(step, image=f"image[{size}]"), None, onnx=True)
        for size, step in (
            ("3, H=8, W=2 ** 24", "maxpool([1, 2], stride=1, dilation=[1, 2 ** 23])"),
            ("3, H=8, W=2 ** 22", "maxpool([1, 2], stride=1, pad=[0, 1], dilation=[1, 2 ** 22])"),
            ("3, 8, 2 ** 22", "maxpool([1, 2 ** 21], stride=1, pad=[0, 2 ** 20], dilation=[1, 2])"),
            ("3, 8, 2 ** 26 + 1", "adaptive_maxpool([1, 2 ** 25])"),
            ("3, 1, 2 ** 25 + 1", "upsample(size=[1, 2 ** 26])"),
            ("2 ** 26, 1, 1", "channel_shuffle(2)"),
            ("2 ** 26, 4, 4", "pixel_unshuffle(2)"),
        )
    ),
    Bomb(
        "200 layers that skip positions of a long map",
        network(
            "concat [" + "conv(8, [1, 1], stride=[1, 2]), " * 200 + "]",
            image="image[3, 1, 2_000_000]",
        ),
        None,
    ),
    Bomb(
        "maps joined that are alike at every 251 * 241 * 239th position",
        network(
            "concat ["
            + ", ".join(
                f"avgpool([1, {n}]) -> conv_transpose(3, [1, {n}], stride=[1, {n}])"
                for n in (251, 241, 239)
            )
            + "]",
            image="image[3, 1, 251 * 241 * 239]",
        ),
        None,
    ),
    *(
        Bomb(f"{step} on 2 ** 62 channels", network(step, image="image[2 ** 62, 1, 1]"), "E304")
        for step in ("conv(8, 1, groups=3)", "gn(7)", "channel_shuffle(7)")
    ),
    *FILES,
]
