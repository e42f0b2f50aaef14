"""How time grows with a file: many shapes of valid sources, each at a size and at twice of it.

`python -m tests.bombs.growth --lines 100000` doubles up to 100,000 lines; the process of each
measurement is its own, and its processor time is taken.
"""

import argparse
import gc
import multiprocessing
import sys
import time
from collections.abc import Callable
from multiprocessing.pool import Pool
from pathlib import Path
from tempfile import TemporaryDirectory

from archdsl import driver
from archdsl.garbage import Postponed
from archdsl.lint.catalogue import selected
from archdsl.source import Source
from archdsl.syntax import parse
from archdsl.syntax.formatting import format_source
from tests.elaborate.programs import network

MOST_RATIO = 2.5
"""Of the times for doubled input."""
MOST_TRIES = 3

UNIT = """from std.blocks import SqueezeExcite
block Unit(width: int) {
  conv(width) -> relu
}
"""


def _lines(line: str, last: str = "") -> Callable[[int], str]:
    """A network whose body is one line again and again; `@` in it is the line's number."""

    def shape(count: int) -> str:
        return network("\n".join(line.replace("@", str(n)) for n in range(count)) + last, UNIT)

    return shape


def _items(item: str, every: int) -> Callable[[int], str]:
    """A file of one definition again and again, each of so many lines."""

    def shape(count: int) -> str:
        found = "".join(item.replace("@", str(n)) for n in range(count // every))
        return UNIT + found + network("relu")

    return shape


def _inside(before: str, line: str, after: str) -> Callable[[int], str]:
    """A network with one statement of many lines."""

    def shape(count: int) -> str:
        lines = "\n".join(line.replace("@", str(n)) for n in range(count))
        return network(f"{before}\n{lines}\n{after}")

    return shape


def _skips(count: int) -> str:
    half = count // 2
    first = [f"s{n} = relu" for n in range(half)]
    return network("\n".join(first + [f"add [prev, s{n}]" for n in reversed(range(half))]))


def _gates(count: int) -> str:
    unit = "residual {\n  depthwise\n  SqueezeExcite(2)\n  pointwise(3)\n}\n"
    return network(unit * (count // 5) + "relu", UNIT)


def _sums(count: int) -> str:
    """Sums of 100 lines each: they may not be as long as a file."""
    terms = "  1 +\n" * 98
    return network("".join(f"let s{n} = 0 +\n{terms}  1\n" for n in range(count // 100)) + "relu")


SHAPES: dict[str, Callable[[int], str]] = {
    "layers": _lines("conv(8)"),
    "chains": _lines("conv(8) -> bn -> relu"),
    "named layers": _lines("c@ = conv(8)"),
    "different layers": _lines("conv(@ + 1)"),
    "one long chain": _inside("relu", "  -> relu", ""),
    "calls of a block": _lines("Unit(8)"),
    "calls with other arguments": _lines("Unit(@ % 50 + 1)"),
    "residuals": _lines("residual { relu }"),
    "gates": _gates,
    "merges": _lines("concat [relu, identity] -> conv(3)"),
    "loops": _lines("repeat 2 { relu }"),
    "branches": _lines("if @ > 3 { relu } else { bn }"),
    "values": _lines("let v@ = @ * 2", "\nrelu"),
    "expectations": _lines("expect params >= 0", "\nrelu"),
    "long skips": _skips,
    "blocks": _items("block B@(n: int) {\n  conv(n)\n}\n", 3),
    "networks": _items("network N@ {\n  input x: image[3, 8, 8]\n  relu\n}\n", 4),
    "functions": _items("fn f@(n: int) = n + @\n", 1),
    "comments": _lines("# a comment", "\nrelu"),
    "silencing comments": _lines("relu6  # archdsl: ignore[P110] why"),
    "a list": _inside("conv([", "  @,", "][0] + 1)"),
    "sums": _sums,
    "branches of one merge": _inside("add [", "  relu,", "]"),
}


def _parse(path: str, text: str) -> None:
    assert parse(Source(path, text)).file is not None


def _check(path: str, text: str) -> None:
    assert not driver.check(path).diagnostics


def _lint(path: str, text: str) -> None:
    found = driver.lint(path, selected()).diagnostics
    assert all(one.severity != "error" for one in found), found[:1]


def _fmt(path: str, text: str) -> None:
    assert format_source(Source(path, text)).text is not None


STAGES = {"parse": _parse, "check": _check, "lint": _lint, "fmt": _fmt}


def seconds(shape: str, stage: str, lines: int, tries: int = 1) -> float:
    """Processor time of a stage, the best of some tries."""
    # The program puts off collections, too.
    with TemporaryDirectory() as folder, Postponed():
        path = Path(folder) / "net.arch"
        text = SHAPES[shape](lines)
        path.write_text(text, encoding="utf-8")
        best = float("inf")
        for _ in range(tries):
            gc.collect()
            start = time.process_time()
            STAGES[stage](str(path), text)
            best = min(best, time.process_time() - start)
    return best


def _growth(pool: Pool, shape: str, stage: str, lines: int) -> tuple[float, float]:
    """Seconds for so many lines, and how many times as long as for half of them that is.

    Other work of the machine makes some runs longer: what grows too fast is measured again, and the
    best times count.
    """
    half = whole = float("inf")
    for _ in range(MOST_TRIES):
        half = min(half, pool.apply(seconds, (shape, stage, lines // 2)))
        whole = min(whole, pool.apply(seconds, (shape, stage, lines)))
        if whole <= MOST_RATIO * half:
            break
    return whole, whole / half


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=100_000, help="the larger of the two sizes")
    parser.add_argument("shapes", nargs="*", default=list(SHAPES))
    args = parser.parse_args()
    failed = 0
    with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        for shape in args.shapes:
            cells = []
            for stage in STAGES:
                whole, ratio = _growth(pool, shape, stage, args.lines)
                failed += ratio > MOST_RATIO
                cells.append(f"{stage} {whole:.2f} s ({ratio:.2f})")
            sys.stdout.write(f"{shape}: {', '.join(cells)}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(args.shapes)} shapes, {args.lines:,} lines; {failed} grow too fast\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
