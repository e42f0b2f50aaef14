"""Files that are made to take long: large ones, many, with many errors, or much for the linter."""

from tests.bombs.bomb import Bomb
from tests.elaborate.programs import network


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
FILES = [
    Bomb("a line of 10 MB", "relu " * 2_000_000, "E404"),
    *(
        Bomb(f"10 MB of {title}", text * 10_000_000, "E404")
        for title, text in (
            ("newlines", "\n"),
            ("blanks", " "),
            ("semicolons", ";"),
            ("quotes", '"'),
            ("one comment", "#"),
            ("parentheses", "("),
            ("NUL", b"\0"),
            ("no UTF-8", b"\xff"),
        )
    ),
    Bomb("a comment of 4 MB", "#" + "x" * 4_000_000 + "\n" + network("relu"), None),
    Bomb("4 MB of blanks", " " * 4_000_000 + network("relu"), None),
    Bomb("4 MB of newlines", "\n" * 4_000_000 + network("relu"), "E404"),
    Bomb("200,000 empty lines", "\n" * 199_990 + network("relu"), None),
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
    Bomb("1,000,000 wrong signs", "$ " * 1_000_000, "E133"),
    Bomb("1,000,000 syntax errors", network("1 2;" * 1_000_000), "E101"),
    Bomb("190,000 texts that are not closed", '"a\n' * 190_000, "E111"),
    Bomb("1,000,000 lines with an error", network("a\n" * 1_000_000), "E404"),
    Bomb("an error in each of 1,000,000 turns", network("repeat 1_000_000 { conv(z) }"), "E419"),
    Bomb(
        "an error in each of 15,000 blocks",
        network("repeat 15_000 { B }", "block B { conv(z) }\n"),
        "E201",
    ),
    Bomb("a list of 100,000 unknown names", network("conv([" + "z, " * 100_000 + "][0])"), "E201"),
    Bomb("50,000 unknown names", network("zz\n" * 50_000), "E202"),
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
    Bomb(
        "2,000 outputs",
        network(
            "".join(f"c{n} = conv(8)\n" for n in range(2000))
            + "".join(f"output c{n}\n" for n in range(2000))
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
