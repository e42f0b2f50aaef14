"""Bytes to text: encodings, line ends, size."""

from pathlib import Path

import pytest

from archdsl.diagnostics import Diagnostic, render
from archdsl.inputs import USUAL
from archdsl.source import Source
from archdsl.syntax import decode
from archdsl.syntax.decode import MAX_BYTES, MAX_LINES, read_bytes
from tests.golden import check_golden


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    source = decode(b"\xef\xbb\xbflet a = 1\r\n", "a.arch")
    assert isinstance(source, Source)
    assert source.text == "let a = 1\r\n"
    assert source.position(4) == (1, 5)


def test_what_cannot_be_read() -> None:
    broken = {
        "not UTF-8": 'let é = 1\nlet b = "'.encode() + b'\xff\xfe"\n',
        "cut off within a character": "# é".encode()[:-1],
        "UTF-16": "let a = 1".encode("utf-16"),
        "NUL": b"let a = 1\nlet \0 = 2\n",
        "a lone carriage return": b"let a = 1\r\nlet b = 2\rlet c = 3\n",
        "too large": b"#" * (MAX_BYTES + 1),
        "too many lines": b"\n" * (MAX_LINES + 1),
    }
    shown = []
    for title, data in broken.items():
        diagnostic = decode(data, "net.arch")
        assert isinstance(diagnostic, Diagnostic)
        shown.append(f"=== {title}\n{render(diagnostic)}")
    check_golden("syntax/decode.txt", "\n\n".join(shown) + "\n")


def test_the_largest_file() -> None:
    assert isinstance(decode(b"#" * MAX_BYTES, "a.arch"), Source)
    assert isinstance(decode(b"\n" * MAX_LINES, "a.arch"), Source)


@pytest.mark.parametrize("size", [0, USUAL - 1, USUAL, USUAL + 1, MAX_BYTES])
def test_files_are_read_whole(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.arch"
    path.write_bytes(b"#" * size)
    assert read_bytes(str(path)) == b"#" * size


def test_of_a_file_that_is_too_large_enough_is_read_to_tell(tmp_path: Path) -> None:
    path = tmp_path / "a.arch"
    path.write_bytes(b"#" * (MAX_BYTES + 1000))
    assert read_bytes(str(path)) == b"#" * (MAX_BYTES + 1)
