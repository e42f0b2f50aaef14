"""Text of users on a terminal."""

import pytest

from archdsl.visible import quoted, shown, visible


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain, é and 😀", "plain, é and 😀"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\x9b2J", "\\x9b2J"),
        ("a\u202eb\u2028c\ufeff", "a\\u202eb\\u2028c\\ufeff"),
        ("\U000e0041", "\\U000e0041"),
        ("a\nb\tc\r", "a\\nb\tc\\r"),
        ("\udc80", "\\udc80"),
    ],
)
def test_visible(text: str, seen: str) -> None:
    assert visible(text, "\t") == seen


def test_paths_stand_on_one_line_and_are_no_command_of_a_ci_server() -> None:
    assert shown("a\n::error::b.arch") == "a\\n::error::b.arch"
    assert shown("::error::b.arch") == "./::error::b.arch"


def test_quoted_is_what_the_language_reads() -> None:
    assert quoted('a "b" \\ c\nd\te') == '"a \\"b\\" \\\\ c\\nd\\te"'
