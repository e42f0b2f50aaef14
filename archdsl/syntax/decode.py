"""Files, and their bytes, to text."""

import re

from archdsl.diagnostics import Diagnostic
from archdsl.inputs import MOST_SOURCE, read_most
from archdsl.source import Source, Span

MAX_BYTES = MOST_SOURCE
MAX_LINES = 200_000
"""Nobody writes as many; a million of them would take many seconds to be looked at."""
BOM = b"\xef\xbb\xbf"


def decode(data: bytes, name: str) -> Source | Diagnostic:
    """The text of a file, without a byte order mark; or what is wrong with its bytes.

    Args:
        name: the file's name as diagnostics show it.
    """
    too_large = beyond_limits(data, name)
    if too_large is not None:
        return too_large
    data = data.removeprefix(BOM)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        start = len(data[: error.start].decode("utf-8"))
        source = Source(name, data.decode("utf-8", errors="replace"))
        found = ", ".join(f"0x{byte:02X}" for byte in data[error.start : error.end])
        return Diagnostic(
            "E401",
            f"the file is not UTF-8: found {found}",
            Span(source, start, start + 1),
            help="save it as UTF-8",
        )
    source = Source(name, text)
    nul = text.find("\0")
    if nul >= 0:
        return Diagnostic(
            "E402",
            "the file holds a NUL character",
            Span(source, nul, nul + 1),
            help="remove it; is this a text file?",
        )
    lone = re.search(r"\r(?!\n)", text) if "\r" in text else None
    if lone:
        return Diagnostic(
            "E403",
            "this line ends in a carriage return alone",
            Span(source, lone.start(), lone.end()),
            help="end lines in LF or CRLF",
        )
    return source


def beyond_limits(data: bytes, name: str) -> Diagnostic | None:
    """What is said of a file that is larger than those that are read, or has more lines."""
    if len(data) > MAX_BYTES:
        found, most = f"{len(data):_} bytes", MAX_BYTES
    elif (lines := data.count(b"\n")) > MAX_LINES:
        found, most = f"{lines:_} lines", MAX_LINES
    else:
        return None
    return Diagnostic(
        "E404",
        f"the file has {found}; at most {most:_} are read",
        Span(Source(name, ""), 0, 0),
        help="use `for` and `repeat`, or move blocks into a file of their own",
    )


def read(path: str, shown: str) -> Source | Diagnostic | str:
    """Read a source file: its text, a diagnostic of its bytes, or why it cannot be read."""
    return _decoded(read_bytes(path), shown)


def read_ordinary(path: str, shown: str) -> Source | Diagnostic | str:
    """The same for a file that no user has named, which must be an ordinary one."""
    return _decoded(read_bytes(path, ordinary=True), shown)


def _decoded(data: bytes | str, shown: str) -> Source | Diagnostic | str:
    return data if isinstance(data, str) else decode(data, shown)


def read_bytes(path: str, ordinary: bool = False) -> bytes | str:
    """The bytes of a file, or why it cannot be read; of one that is too large, enough to tell."""
    try:
        return read_most(path, MAX_BYTES, ordinary)
    except OSError as error:
        return (error.strerror or str(error)).lower()
    except ValueError:
        return "the path is not a valid file name"
