"""How long parsing takes, printed (`pytest -s`); only the growth is asserted, and generously."""

import time

import pytest

from archdsl.source import Source
from archdsl.syntax import parse

pytestmark = pytest.mark.no_cover  # it takes time, which is measured here

LINE = "  conv(64, 3, stride=2) -> bn -> relu\n"


def seconds(lines: int) -> float:
    source = Source("net.arch", "network Net {\n" + LINE * lines + "}\n")
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        assert parse(source).file is not None
        best = min(best, time.process_time() - start)
    return best


def test_time_grows_with_the_lines() -> None:
    times = {lines: seconds(lines) for lines in (100, 1_000, 10_000)}
    for lines, taken in times.items():
        print(f"{lines:>7} lines: {taken * 1e3:8.2f} ms, {taken / lines * 1e6:5.1f} us a line")  # noqa: T201
    assert times[10_000] < 40 * times[1_000]


def test_errors_at_the_end_of_a_long_file_are_found_quickly() -> None:
    text = "network Net {\n" + LINE * 10_000 + "  conv(1 2)\n" * 30 + "}\n"
    start = time.process_time()
    assert parse(Source("net.arch", text)).file is None
    print(f"20 errors after 10,000 lines: {time.process_time() - start:.2f} s")  # noqa: T201


def test_blanks_comments_and_unclosed_strings_take_linear_time() -> None:
    for text in (" " * 300_000, "\n" * 300_000, "#\n" * 100_000, '"""' * 3_000, '"' * 3_001):
        start = time.process_time()
        parse(Source("net.arch", text))
        assert time.process_time() - start < 10, text[:10]
